/** Users, log-ins and sessions of one tenant, as this process has them. */
import { randomBytes, randomUUID } from 'node:crypto'
import { FIRST_PASSWORD_MS } from '@ledgerline/core/access/lifetime.ts'
import { ADMINISTRATOR_ROLE, startingRoles } from '@ledgerline/core/access/starting-roles.ts'
import type { Codec } from '@ledgerline/core/kernel/codec.ts'
import { Commands, type AnswerBook } from '@ledgerline/core/kernel/command.ts'
import type { EventLog } from '@ledgerline/core/kernel/log.ts'
import { isProblem, type ProblemEntries } from '@ledgerline/core/kernel/problem.ts'
import type { Language } from '@ledgerline/core/kernel/words.ts'
import type { Sessions } from '@ledgerline/core/access/session.ts'
import type { ServerLog } from '../server-log.ts'
import { LiveDirectory } from './directories.ts'
import { Passwords, type Hashing } from './hashing.ts'
import { LogIns } from './log-ins.ts'
import { OperatorTokens } from './operator-token.ts'
import { SessionStore } from './session-store.ts'
import { Trail } from './trail.ts'
import { UserSessions } from './user-sessions.ts'

/** What administers a house that has just begun. */
const FIRST_USER = 'admin'

export interface AccessOptions {
  tenant: string
  log: EventLog
  codec: Codec
  answers: AnswerBook
  problems: ProblemEntries
  /** The database of sessions: the log’s. */
  url: string
  masterKey: Buffer
  logger: ServerLog
  /** Requests without a log-in act as the one viewer of a demo. */
  automatic: boolean
  /** UTC ms. Sessions last by real time, whatever clock the tenant has. */
  now?: () => number
  passwords?: Hashing
}

export interface Access {
  readonly tenant: string
  readonly automatic: boolean
  readonly directory: LiveDirectory
  readonly store: SessionStore
  readonly logIns: LogIns
  readonly users: UserSessions
  readonly sessions: Sessions
  readonly trail: Trail
  readonly passwords: Hashing
  /** Passwords that are tried first. */
  readonly common: ReadonlySet<string>
  now(): number
  /**
   * The first administrator of a house without users, with a password that is returned here and kept nowhere; null: there
   * are users.
   */
  begin(language: Language): Promise<{ name: string; password: string } | null>
  close(): Promise<void>
}

/** @throws Problem `log.unavailable`, `access.newer`, or why an event cannot be read */
export async function openAccess(options: AccessOptions): Promise<Access> {
  const { tenant, log, codec, answers, problems, logger, masterKey, automatic } = options
  const now = options.now ?? Date.now
  const passwords = options.passwords ?? new Passwords()
  const clock = { now, at: afterwards(now) }
  const commands = new Commands({ log, codec, clock, dice: Math.random, answers, problems })
  const store = await SessionStore.open(options.url)
  const directory = await LiveDirectory.open({ log, codec, commands, tenant, logger }).catch(async (error: unknown) => {
    await store.close()
    throw error
  })
  const trail = new Trail(log, codec, tenant, now)
  const logIns = new LogIns({ tenant, directory, store, passwords, trail, codec, masterKey, now })
  const tokens = new OperatorTokens(masterKey)
  const users = new UserSessions({ tenant, directory, store, tokens, automatic, now })
  return {
    tenant,
    automatic,
    directory,
    store,
    logIns,
    users,
    sessions: users.of,
    trail,
    passwords,
    common: new Set(),
    now,
    async begin(language) {
      if (directory.now.users.size > 0) return null
      const password = freshPassword()
      const userId = randomUUID()
      const hash = await passwords.hash(password)
      const begins = { userId, name: FIRST_USER, hash, roles: startingRoles(language), roleId: ADMINISTRATOR_ROLE }
      const envelope = { tenant, commandId: randomUUID(), actor: 'system:access' }
      try {
        await directory.carryOut({ do: 'begin', ...begins, validUntil: now() + FIRST_PASSWORD_MS }, envelope)
      } catch (error) {
        // Another process was first, and has told its password.
        if (isProblem(error, 'access.begun')) return null
        throw error
      }
      return { name: FIRST_USER, password }
    },
    async close() {
      users.close()
      await directory.close()
      await store.close()
    },
  }
}

/** Letters and digits that nobody confuses when they are read out. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789'

/** A password for the first log-in, in groups of four: some 79 bits. */
export function freshPassword(): string {
  let text = ''
  while (text.length < 19) {
    // What would favour some letters is thrown away.
    for (const byte of randomBytes(32)) {
      if (byte >= LETTERS.length * 8 || text.length >= 19) continue
      if (text.length % 5 === 4) text += '-'
      text += LETTERS[byte % LETTERS.length]
    }
  }
  return text
}

/** Pauses between two attempts to append. */
function afterwards(now: () => number) {
  return (at: number, then: () => void): (() => void) => {
    const timer = setTimeout(then, Math.max(0, at - now()))
    return () => clearTimeout(timer)
  }
}
