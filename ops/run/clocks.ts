/**
 * The clocks of the house when a process of it begins. What leaps while it runs is noticed by whoever has a time that nobody sets
 * (`adapters/clock/machine.ts`, `adapters/log/postgres/clock.ts`). A clock that was wrong before can only be held against others: that of the tables'
 * server, and the last moment that the ledger knows.
 */
import { instantOf } from '@ledgerline/adapters/log/postgres/clock.ts'
import { CLOCK_STRAYS_MS } from '@ledgerline/core/kernel/clock.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'

/** A house without any event for longer than this was off, or its clock is wrong, ms. */
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

/** What is to be told of them. */
export function clockProblems({ own, server, last }: Clocks): Problem[] {
  const found: Problem[] = []
  if (Math.abs(own - server) > CLOCK_STRAYS_MS)
    found.push(new Problem('clock.apart', { own: instantOf(own), server: instantOf(server) }))
  // Of two the earlier one: which of them is right was told above.
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
