/**
 * The clocks of the house when a process starts. Leaps while it runs are noticed by comparison with a time that nobody
 * sets (`adapters/clock/machine.ts`, `adapters/log/postgres/clock.ts`). A clock that was wrong before can only be
 * compared with others: that of the tables' server, and the last moment known to the ledger.
 */
import { instantOf } from '@ledgerline/adapters/log/postgres/clock.ts'
import { CLOCK_STRAYS_MS } from '@ledgerline/core/kernel/clock.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'

/** A house without any event for longer than this was switched off, or its clock is wrong, ms. */
const QUIET_MS = 24 * 3_600_000

/** All UTC ms. */
export interface Clocks {
  /** Of this machine. */
  own: number
  /** Of the tables' server. */
  server: number
  /** When the last event in the tables counts as recorded; null: there is none. */
  last: number | null
}

/** What has to be reported about them. */
export function clockProblems({ own, server, last }: Clocks): Problem[] {
  const found: Problem[] = []
  if (Math.abs(own - server) > CLOCK_STRAYS_MS)
    found.push(new Problem('clock.apart', { own: instantOf(own), server: instantOf(server) }))
  // The earlier of the two: which one is right was reported above.
  const now = Math.min(own, server)
  if (last !== null && now - last > QUIET_MS)
    found.push(
      new Problem('clock.quiet', {
        last: instantOf(last),
        now: instantOf(now),
        hours: Math.floor((now - last) / 3_600_000),
      }),
    )
  return found
}
