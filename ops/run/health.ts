/** The health of a process: what `GET /health` answers, and what the other processes of the installation learn. */
import { realClock } from '@ledgerline/adapters/clock/real.ts'
import type { JobRunner } from '@ledgerline/adapters/jobs/runner.ts'
import type { LivePush } from '@ledgerline/adapters/live/push.ts'
import { isWell, toldOf, type Health } from '@ledgerline/adapters/nodes/health.ts'
import type { Problem } from '@ledgerline/core/kernel/problem.ts'
import { describe } from '@ledgerline/core/problems.ts'
import type { Engine } from '@ledgerline/projections/engine/engine.ts'
import { problems } from '../problems.ts'
import { version } from '../version.ts'
import type { Node } from './node.ts'
import type { RunningSwitchboard } from './switchboard.ts'

/** No part of the answer may take longer than this. */
const PART_MS = 1_000

export interface HealthSources {
  engine: Engine
  push: LivePush | null
  jobs: JobRunner | null
  warnings: () => Problem[]
  /** Null: it is not running yet, or not in this process. */
  switchboard: () => RunningSwitchboard | null
  /** Whether a switchboard should run here at all. */
  switches: () => boolean
}

export async function healthOf(node: Node, sources: HealthSources): Promise<Health> {
  const { installation, options } = node
  const { engine, push, jobs, warnings } = sources
  const { ms: refusesMs, reason } = node.log.refuses
  const told = {
    node: node.name,
    version,
    roles: [...options.roles],
    switchboard: await switchboardHealth(sources),
    lanes: engine.status().map(({ lane, state, lagMs }) => ({ lane, state, lagMs })),
    log: {
      awayMs: Math.round(node.log.awayMs()),
      refusesMs: Math.round(refusesMs),
      reason,
      clockBehindMs: installation.eventLog.clockBehindMs?.() ?? 0,
    },
    clockHeldMs: Math.round(realClock.heldMs),
    disk: options.disk?.state ? { ...options.disk.state, database: !installation.shared } : null,
    journal: options.journal?.() ?? null,
    warnings: warnings().map((problem) => ({ code: problem.code, what: describe(problem, 'en', problems) })),
    push: push === null ? ('within' as const) : push.lost ? ('lost' as const) : ('redis' as const),
    // A process must be able to report its health while the tables are away.
    jobs: jobs ? await soon(jobs.state()) : null,
  }
  return { ...told, well: isWell(told) }
}

async function switchboardHealth({ switchboard, switches }: HealthSources): Promise<Health['switchboard']> {
  const running = switchboard()
  if (!running) return switches() ? { role: 'starting', epoch: 0, owner: null, aside: 0, mended: null } : null
  return {
    ...running.ownership(),
    aside: running.aside().filter(({ closed }) => !closed).length,
    // Another process holds them if this one stands by.
    legs: running.ownership().role === 'owner' ? await soon(running.legs()) : null,
    mended: toldOf(running.mended()),
  }
}

/** What can be answered at once; null otherwise. */
function soon<T>(answer: Promise<T>): Promise<T | null> {
  const late = new Promise<null>((resolve) => setTimeout(resolve, PART_MS, null).unref())
  return Promise.race([answer.catch(() => null), late])
}
