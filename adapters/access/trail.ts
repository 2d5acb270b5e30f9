/** Writes into the ledger who logged in, who could not, and what was refused. */
import { hash, randomUUID } from 'node:crypto'
import type { DataOf, NewEvent } from '@ledgerline/core/kernel/event.ts'
import { streamName } from '@ledgerline/core/kernel/event.ts'
import type { Codec } from '@ledgerline/core/kernel/codec.ts'
import type { EventLog } from '@ledgerline/core/kernel/log.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import type { SessionEnd, sessionEvents, trailEvents } from '@ledgerline/core/access/trail.ts'
import { derivedId } from '@ledgerline/core/kernel/derived-id.ts'

/** Nobody has proved yet who they are. */
const VISITOR = 'visitor'
/** What happens again and again within this time is written once, ms. */
const ONCE_IN_MS = 60_000

type TrailData<T extends keyof typeof trailEvents> = Omit<DataOf<typeof trailEvents, T>, 'attemptId'>

export const userActor = (userId: string): string => `user:${userId}`

export class Trail {
  readonly #log: EventLog
  readonly #codec: Codec
  readonly #tenant: string
  readonly #now: () => number

  constructor(log: EventLog, codec: Codec, tenant: string, now: () => number) {
    this.#log = log
    this.#codec = codec
    this.#tenant = tenant
    this.#now = now
  }

  /** @throws Problem `log.unavailable`: then nobody is logged in */
  async loggedIn(data: DataOf<typeof sessionEvents, 'LoggedIn'>): Promise<void> {
    const stream = streamName('session', this.#tenant, data.sessionId)
    await this.#append(stream, 'none', { type: 'LoggedIn', data }, userActor(data.userId))
  }

  /** @param by whose doing it was */
  async ended(sessionId: string, userId: string, why: SessionEnd, by: string): Promise<void> {
    const stream = streamName('session', this.#tenant, sessionId)
    await this.#append(stream, 0, { type: 'SessionEnded', data: { sessionId, userId, why } }, by)
  }

  /** A log-in that failed. With `once`, the same is written once a minute. */
  async refused(data: TrailData<'LogInRefused'>, once: string | null = null): Promise<void> {
    await this.#happened('LogInRefused', data, VISITOR, once)
  }

  async forbidden(data: TrailData<'RequestForbidden'>): Promise<void> {
    const { userId, permission, route } = data
    await this.#happened(
      'RequestForbidden',
      data,
      userId === null ? VISITOR : userActor(userId),
      `${permission} ${route}`,
    )
  }

  /** Somebody reads the trail; written once a minute. */
  async auditRead(data: TrailData<'AuditRead'>): Promise<void> {
    await this.#happened('AuditRead', data, data.userId === null ? 'operator:operator' : userActor(data.userId), 'read')
  }

  async #happened(type: keyof typeof trailEvents, data: object, actor: string, once: string | null): Promise<void> {
    const minute = Math.floor(this.#now() / ONCE_IN_MS)
    const attemptId =
      once === null ? randomUUID() : hash('sha256', `${type} ${actor} ${once} ${minute}`, 'base64url').slice(0, 22)
    try {
      const stream = streamName('trail', this.#tenant, attemptId)
      await this.#append(stream, 'none', { type, data: { attemptId, ...data } }, actor)
    } catch (error) {
      // Written before, within this minute.
      if (once === null || !isProblem(error, 'log.conflict')) throw error
    }
  }

  async #append(stream: string, expected: number | 'none', event: NewEvent, actor: string): Promise<void> {
    const at = this.#now()
    const meta = {
      tenant: this.#tenant,
      actor,
      at,
      origin: 'live' as const,
      correlation: null,
      causation: null,
    }
    // Its own id for each try: what another process wrote a moment ago is a conflict and no repetition.
    const id = derivedId(randomUUID(), stream)
    await this.#log.append(stream, expected, await this.#codec.encode([{ id, event, meta }]))
  }
}
