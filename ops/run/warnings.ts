/**
 * What is wrong around a process and needs someone, though it works: clocks that disagree, a ledger whose time stands
 * still.
 */
import { recordedAhead } from '@ledgerline/adapters/log/postgres/clock.ts'
import type { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Engine } from '@ledgerline/projections/engine/engine.ts'
import { serverTimes } from '@ledgerline/projections/reports/latest.ts'
import { asked } from './asked.ts'
import { clockProblems } from './clocks.ts'
import type { Node } from './node.ts'

/** Looks around once, when the process starts, and reports what it finds. @returns what is wrong at any later moment */
export async function lookAround({ installation, logger, options }: Node, engine: Engine): Promise<() => Problem[]> {
  const recordedUntil = (): number | null => installation.eventLog.recordedUntil?.() ?? null
  const clocks = clockProblems({ own: Date.now(), ...(await asked(installation.tables, serverTimes)) })
  const problems = [engine.leftOpen, engine.slowSearch, ...clocks].filter((problem) => problem !== null)
  for (const problem of problems) {
    logger.warn({ code: problem.code, ...problem.details }, 'found at the start')
    options.onFound?.(problem)
  }
  const until = recordedUntil()
  if (until !== null) logger.warn({ until: new Date(until).toISOString() }, 'recorded time stands still')
  // An installation that was switched off for a while is none the worse for it.
  const lasting = problems.filter(({ code }) => code !== 'clock.quiet')
  return () => {
    const ahead = recordedUntil()
    return [...lasting, ...(ahead === null ? [] : [recordedAhead(ahead)])]
  }
}
