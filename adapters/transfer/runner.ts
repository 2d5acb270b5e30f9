/**
 * Carries tasks out: one process of the house at a time, by a lease, a few tasks at once. What a task has done is in its
 * stream, so whoever has the lease next goes on behind the last part. Large records whose group was removed go here, too.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Pool } from 'pg'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import { FILE_KEPT_MS } from '@ledgerline/core/transfer/task.ts'
import { answered } from '../postgres/answered.ts'
import { connections } from '../postgres/connect.ts'
import type { ServerLog } from '../server-log.ts'
import { taskNow, tellTask, type Running, type TaskTools } from './context.ts'
import { runExport, wasCancelled } from './export-job.ts'
import { runImport } from './import-job.ts'
import { removeOrphans } from './orphans.ts'
import { runUndo } from './undo-job.ts'

/** Tasks at once. */
const AT_ONCE = 2
const LOOK_MS = 1_000
/** How often expired files and orphans are looked for, ms. */
const TIDY_MS = 60_000
/** How long what was announced is looked for at every look, ms. */
const EXPECTED_MS = 10_000
const ANSWER_MS = 5_000

export interface TransferRunnerOptions extends TaskTools {
  /** The tables' database, as the engine's own user. */
  url: string
  /** Whether this process is the one that carries tasks out. */
  mayWork(): boolean
  logger: Pick<ServerLog, 'warn' | 'error'>
}

interface Open {
  tenant: string
  task_id: string
  asked_by: string
}

export class TransferRunner {
  readonly #with: TransferRunnerOptions
  readonly #pool: Pool
  readonly #stopping = new AbortController()
  readonly #running = new Map<string, Promise<void>>()
  #wake: (() => void) | null = null
  #tidyAt = 0
  #expectedUntil = 0
  #looking: Promise<void> = Promise.resolve()

  constructor(options: TransferRunnerOptions) {
    this.#with = options
    this.#pool = connections(options.url, { application: 'ledgerline tasks', max: 1, statementMs: ANSWER_MS })
  }

  start(): void {
    this.#looking = this.#look()
  }

  /** There may be something to do, now or as soon as tables show it. */
  nudge(): void {
    this.#expectedUntil = Date.now() + EXPECTED_MS
    this.#wake?.()
  }

  /** Ends; what is under way is left where it is, for the next process. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#wake?.()
    await this.#looking
    await Promise.allSettled(this.#running.values())
    await this.#pool.end()
  }

  async #look(): Promise<void> {
    const { signal } = this.#stopping
    const { logger, mayWork, files } = this.#with
    while (!signal.aborted) {
      try {
        if (mayWork()) {
          await this.#begin()
          if (Date.now() < this.#expectedUntil || Date.now() >= this.#tidyAt)
            await removeOrphans(this.#with, this.#pool, signal)
          if (Date.now() >= this.#tidyAt) {
            this.#tidyAt = Date.now() + TIDY_MS
            await files.tidy(this.#with.wall())
          }
        }
      } catch (error) {
        if (!signal.aborted) logger.warn({ error: String(error) }, 'tasks could not be looked at')
      }
      const woken = new Promise<void>((resolve) => (this.#wake = resolve))
      await Promise.race([woken, pause(LOOK_MS, undefined, { signal }).catch(() => {})])
    }
  }

  async #begin(): Promise<void> {
    if (this.#running.size >= AT_ONCE) return
    const { rows } = await answered(
      this.#pool.query<Open>(
        'select tenant, task_id, asked_by from public.tasks where ended_at is null order by asked_at limit 20',
      ),
      ANSWER_MS,
    )
    for (const { tenant, task_id: taskId, asked_by: actor } of rows) {
      if (this.#running.size >= AT_ONCE) break
      if (this.#running.has(taskId)) continue
      const carried = this.#carryOut({ tenant, taskId, actor, signal: this.#stopping.signal }).finally(() => {
        this.#running.delete(taskId)
        this.#wake?.()
      })
      this.#running.set(taskId, carried)
    }
  }

  async #carryOut(running: Running): Promise<void> {
    const { taskId, signal } = running
    const { logger } = this.#with
    try {
      const task = await taskNow(this.#with, running)
      if (!task.asked || task.ended) return
      if (task.cancelled) return await this.#end(running, 'cancelled', null)
      const { asked } = task
      let bytes = 0
      if (asked.kind === 'import') await runImport(this.#with, running, asked, task)
      else if (asked.kind === 'undo') await runUndo(this.#with, running, asked, task)
      else bytes = await runExport(this.#with, running, asked, task)
      const { cancelled } = await taskNow(this.#with, running)
      await this.#end(running, cancelled ? 'cancelled' : 'done', null, cancelled ? 0 : bytes)
    } catch (error) {
      if (signal.aborted) return
      if (wasCancelled(error)) return await this.#end(running, 'cancelled', null)
      // The log or the tables may be there again soon; another process may have it.
      if (isProblem(error) && (PASSING.has(error.code) || error.code === 'task.elsewhere')) {
        logger.warn({ task: taskId, code: error.code }, 'a task waits')
        await pause(LOOK_MS, undefined, { signal }).catch(() => {})
        return
      }
      if (!isProblem(error)) logger.error({ task: taskId, error: reasonOf(error) }, 'a task failed')
      await this.#end(running, 'failed', isProblem(error) ? error.code : 'internal').catch(() => {})
    }
  }

  async #end(
    running: Running,
    outcome: 'done' | 'cancelled' | 'failed',
    problem: string | null,
    bytes = 0,
  ): Promise<void> {
    const { taskId } = running
    const { refused } = await taskNow(this.#with, running)
    const hasFile = bytes > 0 || refused > 0
    const fileUntil = hasFile ? this.#with.wall() + FILE_KEPT_MS : null
    await tellTask(this.#with, running, 'end', { do: 'end', end: { taskId, outcome, problem, bytes, fileUntil } })
  }
}

/** What may pass by itself. */
const PASSING: ReadonlySet<string> = new Set(['log.unavailable', 'tables.unavailable', 'log.conflict'])

const reasonOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error)
