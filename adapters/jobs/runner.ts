/**
 * Carries jobs out (`projections/engine/jobs.ts`): each at least once, by one process at a time, again after growing
 * pauses when it fails, and given up, with a warning, after many attempts. A job that was given up stays in the table
 * until someone has it tried again.
 *
 * Several processes may run this: the lease decides which one works. Before each attempt the lease's epoch is compared
 * in the database, in the statement that takes the job: a process that was stopped and continues a minute later takes
 * none. An attempt that was in progress by then may be made twice; a job's id is there for that.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Pool } from 'pg'
import type { Clock } from '@ledgerline/core/kernel/clock.ts'
import { Tenure, type Leases } from '@ledgerline/core/kernel/lease.ts'
import { growingPause } from '@ledgerline/core/kernel/pauses.ts'
import type { Job } from '@ledgerline/projections/engine/changes.ts'
import { SCHEMA } from '@ledgerline/projections/engine/table.ts'
import type { ServerLog } from '../server-log.ts'
import { answered } from '../postgres/answered.ts'
import { connections } from '../postgres/connect.ts'

/** Carries out one job; if it throws, that is reported and the job is tried again. */
export type CarryOut = (job: Job, signal: AbortSignal) => Promise<void>

export interface RunnerPace {
  /** How often the table is checked, ms. */
  lookMs: number
  /** The first pause after a failure, ms; doubles with each further one. */
  againMs: number
  /** … up to this. */
  longestMs: number
  /** Time limit of an attempt, ms. */
  attemptMs: number
  /** After this many attempts a job is given up. */
  attempts: number
}

/** Twelve attempts within 70 minutes, the last of twenty after nine hours. */
const usualPace: RunnerPace = { lookMs: 500, againMs: 1_000, longestMs: 3_600_000, attemptMs: 10_000, attempts: 20 }
/** Attempts at once. */
const AT_ONCE = 8
/** How long a job is kept after it was carried out, for those who ask whether it was. */
const KEPT_DAYS = 7
const TIDY_EVERY_MS = 3_600_000
const ANSWER_MS = 5_000
/** Longest reason that is kept. */
const REASON_LENGTH = 500

const JOBS_LEASE = 'jobs'

export interface JobRunnerOptions {
  /** The tables' database, as the engine's own user. */
  url: string
  leases: Leases
  /** A monotonic clock that keeps running while this process is stopped. */
  steady: Clock
  /** Names this process and its life. */
  node: string
  /** By kind. */
  carryOut: ReadonlyMap<string, CarryOut>
  logger: Pick<ServerLog, 'warn' | 'error'>
  pace?: Partial<RunnerPace>
}

export interface JobsState {
  /** Jobs are carried out by this process. */
  runner: boolean
  waiting: number
  dead: number
  /** How long the oldest waiting job has waited, ms. */
  oldestMs: number
}

interface Taken {
  id: string
  kind: string
  tenant: string
  model: string
  event_id: string
  event_type: string
  position: string
  recorded: number
  row: Record<string, unknown>
  attempts: number
}

/** Takes jobs that are due, while the lease is of this epoch. A job whose runner dies becomes due again after a while. */
const TAKE = `
update ${SCHEMA}.jobs j set attempts = attempts + 1, due_at = now() + $4 * interval '1 ms'
where j.id in (select id from ${SCHEMA}.jobs where state = 'waiting' and due_at <= now() and kind = any($1) order by due_at limit $2 for update skip locked)
  and exists (select from processes.leases where name = '${JOBS_LEASE}' and epoch = $3)
returning id, kind, tenant, model, event_id, event_type, position, (extract(epoch from recorded_at) * 1000)::float8 as recorded, row, attempts`

const DONE = `update ${SCHEMA}.jobs set state = 'done', ended_at = now(), last_error = null where id = $1`
const AGAIN = `update ${SCHEMA}.jobs set last_error = $2, due_at = now() + $3 * interval '1 ms' where id = $1 and state = 'waiting'`
const DEAD = `update ${SCHEMA}.jobs set last_error = $2, state = 'dead', ended_at = now() where id = $1 and state = 'waiting'`
const TIDY = `delete from ${SCHEMA}.jobs where state = 'done' and ended_at < now() - ${KEPT_DAYS} * interval '1 day'`
const STATE = `
select count(*) filter (where state = 'waiting') as waiting, count(*) filter (where state = 'dead') as dead,
  coalesce(extract(epoch from now() - min(queued_at) filter (where state = 'waiting')), 0)::float8 * 1000 as oldest
from ${SCHEMA}.jobs where state <> 'done'`

export class JobRunner {
  readonly #with: JobRunnerOptions
  readonly #pace: RunnerPace
  readonly #pool: Pool
  readonly #tenure: Tenure
  readonly #stopping = new AbortController()
  #running: Promise<unknown> = Promise.resolve()

  constructor(options: JobRunnerOptions) {
    const { url, leases, steady, node, logger } = options
    this.#with = options
    this.#pace = { ...usualPace, ...options.pace }
    this.#pool = connections(url, { application: 'ledgerline jobs', max: 2, statementMs: ANSWER_MS })
    this.#tenure = new Tenure({
      leases,
      steady,
      name: JOBS_LEASE,
      holder: node,
      above: () => 0,
      won: () => {},
      held: () => {},
      lost: () => {},
      trouble: (reason) => logger.warn({ reason }, 'the lease of jobs could not be asked for'),
    })
  }

  start(): void {
    const { signal } = this.#stopping
    this.#running = Promise.all([this.#tenure.run(signal), this.#look(signal), this.#tidy(signal)])
  }

  /** Ends; attempts in progress are abandoned, and the next runner makes them again. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
    await this.#pool.end()
  }

  /** @throws Problem `log.unavailable` */
  async state(): Promise<JobsState> {
    const { rows } = await answered(
      this.#pool.query<{ waiting: number; dead: number; oldest: number }>(STATE),
      ANSWER_MS,
    )
    const { waiting, dead, oldest } = rows[0]!
    return { runner: this.#tenure.holds(), waiting, dead, oldestMs: Math.round(oldest) }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { logger } = this.#with
    while (!signal.aborted) {
      let taken = 0
      try {
        taken = await this.#turn(signal)
      } catch (error) {
        if (!signal.aborted) logger.warn({ error: reasonOf(error) }, 'jobs could not be looked at')
      }
      if (taken < AT_ONCE) await pause(this.#pace.lookMs, undefined, { signal }).catch(() => {})
    }
  }

  /** Carries out what is due; how many jobs were taken. */
  async #turn(signal: AbortSignal): Promise<number> {
    const { epoch } = this.#tenure
    if (epoch === null) return 0
    const { attemptMs, againMs } = this.#pace
    const { rows } = await answered(
      this.#pool.query<Taken>(TAKE, [[...this.#with.carryOut.keys()], AT_ONCE, epoch, attemptMs + againMs]),
      ANSWER_MS,
    )
    // A result that could not be recorded is reported; the others are still waited for.
    for (const made of await Promise.allSettled(rows.map((taken) => this.#attempt(taken, signal)))) {
      if (made.status === 'rejected' && !signal.aborted)
        this.#with.logger.warn({ error: reasonOf(made.reason) }, 'the result of a job could not be recorded')
    }
    return rows.length
  }

  async #attempt(taken: Taken, signal: AbortSignal): Promise<void> {
    const { id, kind, attempts } = taken
    const { logger, carryOut } = this.#with
    try {
      await within(AbortSignal.any([signal, AbortSignal.timeout(this.#pace.attemptMs)]), (given) =>
        carryOut.get(kind)!(jobOf(taken), given),
      )
    } catch (error) {
      if (signal.aborted) return
      const reason = reasonOf(error).slice(0, REASON_LENGTH)
      if (attempts < this.#pace.attempts) {
        await answered(this.#pool.query(AGAIN, [id, reason, this.#pauseAfter(attempts)]), ANSWER_MS)
      } else {
        await answered(this.#pool.query(DEAD, [id, reason]), ANSWER_MS)
        logger.error({ job: id, kind, attempts, reason }, 'a job was given up')
      }
      return
    }
    await answered(this.#pool.query(DONE, [id]), ANSWER_MS)
  }

  /** Doubles each time, with jitter, so that a customer's system that comes back is not hit by everything at once. */
  #pauseAfter(attempts: number): number {
    const { againMs, longestMs } = this.#pace
    return Math.round(growingPause({ firstMs: againMs, longestMs }, attempts, Math.random))
  }

  async #tidy(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await pause(TIDY_EVERY_MS, undefined, { signal }).catch(() => {})
      if (this.#tenure.holds())
        await answered(this.#pool.query(TIDY), ANSWER_MS).catch((error: unknown) =>
          this.#with.logger.warn({ error: reasonOf(error) }, 'old jobs could not be cleared away'),
        )
    }
  }
}

/** Does not wait any longer even for code that ignores its signal: it must not hold up other jobs. */
async function within(signal: AbortSignal, attempt: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const { promise: over, reject } = Promise.withResolvers<never>()
  const end = (): void => reject(signal.reason as Error)
  signal.addEventListener('abort', end, { once: true })
  try {
    signal.throwIfAborted()
    await Promise.race([attempt(signal), over])
  } finally {
    signal.removeEventListener('abort', end)
  }
}

function jobOf({ id, kind, tenant, model, event_id, event_type, position, recorded, row }: Taken): Job {
  return {
    id,
    kind,
    tenant,
    model,
    event: { id: event_id, type: event_type, position: position as Job['event']['position'] },
    recordedAt: recorded,
    row,
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // `fetch` gives the reason only in its error's cause.
  return error.cause instanceof Error && error.cause.message
    ? `${error.message}: ${error.cause.message}`
    : error.message
}
