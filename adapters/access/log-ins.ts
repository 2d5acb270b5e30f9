/**
 * Logging in and out. An unknown user, a wrong password, a disabled user and an expired password get the same answer
 * after the same work: one hash is computed for each try that counts.
 */
import { createSecretKey, randomBytes, randomUUID, type KeyObject } from 'node:crypto'
import { FROZEN_MS, isFrozen, workFor } from '@ledgerline/core/access/attempts.ts'
import { folded, userNamed, type User } from '@ledgerline/core/access/directory.ts'
import type { LogInRefusal, SessionEnd } from '@ledgerline/core/access/trail.ts'
import type { Codec } from '@ledgerline/core/kernel/codec.ts'
import { isProblem, Problem } from '@ledgerline/core/kernel/problem.ts'
import { derive } from '../keys/sealing.ts'
import type { LiveDirectory } from './directories.ts'
import type { Hashing } from './hashing.ts'
import type { Account, KeptSession, SessionStore } from './session-store.ts'
import type { Trail } from './trail.ts'
import { hashOf } from './user-sessions.ts'
import { solves, taskFor } from './work.ts'

/** Others may be trying the same name at the same moment; a try that loses this often is told to come back. */
const ROUNDS = 3
const HOUR_MS = 3_600_000

/** Who tries, and with what. */
export interface LogInTry {
  name: string
  password: string
  /** The solution of the task that the last answer gave. */
  work: string | null
  /** The address that it comes from. */
  source: string
  /** What the browser says of itself. */
  program: string
}

export interface LogInsOptions {
  tenant: string
  directory: LiveDirectory
  store: SessionStore
  passwords: Hashing
  trail: Trail
  codec: Codec
  masterKey: Buffer
  now: () => number
}

export class LogIns {
  readonly #with: LogInsOptions
  readonly #tasks: KeyObject

  constructor(options: LogInsOptions) {
    this.#with = options
    this.#tasks = createSecretKey(derive(options.masterKey, 'tasks of log-ins'))
  }

  /**
   * Begins a session. Its token is returned here and kept nowhere.
   * @throws Problem `access.wrong`, `access.work_needed`, `access.frozen`, `access.busy`, `log.unavailable`
   */
  async logIn(asked: LogInTry): Promise<{ token: string; session: KeptSession }> {
    const { directory, trail, store, tenant, now } = this.#with
    const user = userNamed(directory.now, asked.name)
    const account = this.#account(asked.name, asked.source)
    const failures = await this.#counted(account, asked, user)
    const why = await this.#fault(account, user, asked.password)
    if (why !== null) {
      const { name, source } = asked
      await trail.refused({ userId: user?.userId ?? null, name, why, failures, source })
      throw new Problem('access.wrong')
    }
    const { userId } = user!
    const startedAt = now()
    const session = {
      sessionId: randomUUID(),
      tenant,
      userId,
      startedAt,
      usedAt: startedAt,
      source: asked.source,
      program: asked.program,
    }
    const token = randomBytes(32).toString('base64url')
    const { sessionId, source } = session
    await trail.loggedIn({ sessionId, userId, factors: ['password'], source })
    await store.begin(hashOf(token), session)
    await store.forgive(account)
    return { token, session }
  }

  /** Ends sessions of a user: one, or all (but one). */
  async end(
    userId: string,
    which: { only: string } | { but: string | null },
    why: SessionEnd,
    by: string,
  ): Promise<number> {
    const { store, tenant, trail } = this.#with
    const ended = await store.end(tenant, userId, which)
    for (const sessionId of ended) await trail.ended(sessionId, userId, why, by)
    return ended.length
  }

  /**
   * Whether this is the user’s password; counted like a log-in, since a borrowed session could guess here, too.
   * @throws Problem `access.frozen`, `access.busy`
   */
  async confirm(user: User, password: string, source: string): Promise<boolean> {
    const { store, passwords, now } = this.#with
    const account = this.#account(user.name ?? user.userId, source)
    const before = await store.failures(account, now())
    if (isFrozen(before, now())) throw frozen(before.lastAt, now())
    if ((await store.count(account, before.here, now())) === null) throw new Problem('access.busy')
    const isRight = await passwords.verify(user.password?.hash ?? null, password)
    if (isRight) await store.forgive(account)
    return isRight
  }

  /** The name is open again: somebody who may has given it another password. */
  async thaw(name: string): Promise<void> {
    await this.#with.store.thaw(this.#with.tenant, this.#account(name, '').account)
  }

  #account(name: string, source: string): Account {
    const { codec, tenant } = this.#with
    return {
      tenant,
      account: codec.digest(tenant, `log-in of ${folded(name)}`),
      source: codec.digest(tenant, `log-in from ${source}`),
    }
  }

  /**
   * Counts this try as failed before it is made. How many there are now.
   * @throws Problem `access.frozen`, `access.work_needed`
   */
  async #counted(account: Account, asked: LogInTry, user: User | null): Promise<number> {
    const { store, now, trail } = this.#with
    for (let round = 1; ; round++) {
      const before = await store.failures(account, now())
      if (isFrozen(before, now())) {
        const { name, source } = asked
        const data = { userId: user?.userId ?? null, name, why: 'frozen', failures: before.here, source } as const
        await trail.refused(data, `${account.account} ${account.source}`)
        throw frozen(before.lastAt, now())
      }
      const bits = workFor(before)
      const task = taskFor(this.#tasks, account, before.here)
      if (bits > 0 && (asked.work === null || !solves(task, asked.work, bits)))
        throw new Problem('access.work_needed', { task, bits })
      const failures = await store.count(account, before.here, now())
      if (failures !== null) return failures
      if (round === ROUNDS) throw new Problem('access.busy')
    }
  }

  /** What is wrong with this try; null: nothing. One hash is computed, whatever it is. */
  async #fault(account: Account, user: User | null, password: string): Promise<LogInRefusal | null> {
    const { passwords, store, now } = this.#with
    let isRight: boolean
    try {
      isRight = await passwords.verify(user?.password?.hash ?? null, password)
    } catch (error) {
      // Nothing was tried.
      if (isProblem(error, 'access.busy')) await store.uncount(account)
      throw error
    }
    if (!user) return 'unknown_user'
    if (!isRight) return 'wrong_password'
    if (!user.enabled) return 'disabled'
    const { validUntil } = user.password!
    return validUntil !== null && validUntil <= now() ? 'password_expired' : null
  }
}

function frozen(lastAt: number, now: number): Problem {
  const left = lastAt + FROZEN_MS - now
  return new Problem('access.frozen', { hours: Math.max(1, Math.ceil(left / HOUR_MS)) })
}
