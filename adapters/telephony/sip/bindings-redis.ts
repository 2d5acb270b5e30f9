/**
 * Registrations in Redis: one hash for a house, one field for each phone. Contacts are sealed
 * (`nodes/sealed-messages.ts`): anybody able to write them could lead calls elsewhere. They do not expire there: the
 * registrar finds out that a phone is gone, and says so.
 */
import { createClient } from 'redis'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { growingPause } from '@ledgerline/core/kernel/pauses.ts'
import type { SealedMessages } from '../../nodes/sealed-messages.ts'
import { within } from '../../postgres/line.ts'
import { STORE_MS, type Bindings, type Kept, type Phone } from './bindings.ts'
import type { Binding } from './registrar.ts'

export interface RedisBindingsOptions {
  /** `redis://…` or `rediss://…` */
  url: string
  sealedMessages: SealedMessages
  /** Name of the tables' database: several installations, or several databases of one, may share a Redis. */
  database: string
}

const CONNECT_MS = 3_000
const PAUSES = { firstMs: 50, longestMs: 2_000 }

/** Compares the revision in front of the value, and sets it if it is the expected one. */
const SAVE = `
local kept = redis.call('HGET', KEYS[1], ARGV[1])
local revision = kept and string.match(kept, '^%d+') or '0'
if revision ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1`

/** Opens the store; it connects by itself, and again after an outage. */
export function openRedisBindings({ url, sealedMessages, database }: RedisBindingsOptions): Bindings {
  const key = `ledgerline:${sealedMessages.house}:${database}:registrations`
  const client = createClient({
    url,
    name: 'ledgerline-registrations',
    disableOfflineQueue: true,
    pingInterval: STORE_MS,
    maintNotifications: 'disabled',
    socket: {
      connectTimeout: CONNECT_MS,
      socketTimeout: 3 * STORE_MS,
      reconnectStrategy: (tries) => growingPause(PAUSES, tries + 1, Math.random),
    },
  })
  let lastError: Error | null = null
  client.on('error', (error: Error) => (lastError = error))
  client.on('ready', () => (lastError = null))
  // The first question waits for the first attempt.
  const tried = new Promise<void>((resolve) => client.once('ready', resolve).once('error', () => resolve()))
  client.connect().catch(() => {})

  async function ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await within(STORE_MS, tried.then(question))
    } catch (error) {
      const cause = lastError ?? (error as Error)
      const reason = cause.message || String((cause as NodeJS.ErrnoException).code ?? cause.name)
      throw new Problem('sip.bindings_away', { reason: `Redis: ${reason}` }, { cause })
    }
  }

  const read = (phone: Phone, value: string | null): Kept => {
    const [revision, sealed] = (value ?? '0:').split(':')
    const opened = sealedMessages.open(`${key} ${fieldOf(phone)}`, Buffer.from(sealed!, 'base64')) as Binding[] | null
    return { ...phone, revision: Number(revision), bindings: opened ?? [] }
  }
  return {
    async all() {
      const kept = Object.entries(await ask(() => client.hGetAll(key)))
      return kept.map(([field, value]) => read(phoneOf(field), value)).filter(({ bindings }) => bindings.length > 0)
    },
    load: async (phone) => read(phone, await ask(() => client.hGet(key, fieldOf(phone)))),
    async save(phone, expected, bindings) {
      const sealed = sealedMessages.seal(`${key} ${fieldOf(phone)}`, bindings).toString('base64')
      const value = `${expected + 1}:${sealed}`
      const saved = await ask(() =>
        client.eval(SAVE, { keys: [key], arguments: [fieldOf(phone), String(expected), value] }),
      )
      return saved === 1 ? expected + 1 : null
    },
    async close() {
      client.destroy()
    },
  }
}

const fieldOf = ({ tenant, extension }: Phone): string => JSON.stringify([tenant, extension])

function phoneOf(field: string): Phone {
  const [tenant, extension] = JSON.parse(field) as [string, string]
  return { tenant, extension }
}
