/**
 * A recorded day made larger, as if several such call centres worked in one hall. Each copy has its own people and
 * customers, and its callers come a little earlier or later than the recorded ones, so that they do not come in step.
 */
import type { Dice } from '@ledgerline/core/kernel/clock.ts'
import type { RecordedDay, RecordedDays } from './anonymous-bank/recorded-day.ts'

/** How much earlier or later a copy's caller may come, seconds. */
const SPREAD_S = 600

/** The day, `times` as large; 1 leaves it unchanged. */
export function enlarged(recorded: RecordedDays, times: number, dice: Dice): RecordedDays {
  if (times <= 1) return recorded
  const copies = Array.from({ length: times }, (_, copy) => copy)
  return {
    ...recorded,
    days: recorded.days.map((day) => enlargedDay(day, copies, dice)),
    servers: copies.flatMap((copy) => recorded.servers.map((server) => named(server, copy))),
  }
}

function enlargedDay(day: RecordedDay, copies: readonly number[], dice: Dice): RecordedDay {
  const calls = copies.flatMap((copy) =>
    day.calls.map((call) => ({
      ...call,
      at: copy === 0 ? call.at : Math.max(0, Math.round(call.at + (2 * dice() - 1) * SPREAD_S)),
      customerId: call.customerId === null ? null : named(call.customerId, copy),
      server: call.server === null ? null : named(call.server, copy),
    })),
  )
  const shifts = copies.flatMap((copy) => day.shifts.map((shift) => ({ ...shift, server: named(shift.server, copy) })))
  return { ...day, calls: calls.toSorted((a, b) => a.at - b.at), shifts }
}

function named(name: string, copy: number): string {
  return copy === 0 ? name : `${name}${copy + 1}`
}
