/**
 * A recorded day to replay: who called when, how patient they were, how long they talked, and who worked from when to
 * when.
 */
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Dice } from '@ledgerline/core/kernel/clock.ts'
import { readAnonymousBank, type BankCall, type Stretch } from './rows.ts'

/** Times in seconds after the midnight at which the day begins. */
export interface RecordedDay {
  /** `YYYY-MM-DD` */
  date: string
  /** In order of time. */
  calls: RecordedCall[]
  shifts: RecordedShift[]
}

export interface RecordedCall {
  /** When they reached the queue. Callers who hung up in the bank's voice menu never did and are left out. */
  at: number
  type: string
  customerId: string | null
  /** From the bank's data: 0, 1 or 2. */
  priority: number
  /** How long they waited, seconds. */
  waitS: number
  /** True if they then lost patience; false if they were served and would have waited longer. */
  gaveUp: boolean
  /** 0 if they were not served. */
  talkS: number
  /** Who served them; null if nobody did, or it is not recorded. */
  server: string | null
}

export interface RecordedShift {
  server: string
  /** When they worked: from the first service to the last, without the long gaps. */
  work: Stretch[]
  /** The services they handled. */
  types: string[]
}

export interface RecordedDays {
  days: RecordedDay[]
  /** Everybody who serves any of them. */
  servers: string[]
  types: string[]
  /** Mean patience, seconds, assuming it is exponential: total waiting divided by those who gave up. */
  meanPatienceS: number
  /** Mean talk of served calls, seconds: also assumed for callers who gave up. */
  meanTalkS: number
}

/** A server who serves nobody for this long is on a break. */
const BREAK_S = 40 * 60
/** Agents arrive a little before their first call. */
const BEFORE_FIRST_S = 120
/** Longer services and waits come from clocks that were forgotten. */
export const LONGEST_S = 2 * 3600
/** A server with fewer calls than this on a day was doing something else. */
const FEWEST_CALLS = 3

/** @throws Problem `history.no_day` and whatever reading a file throws */
export async function readRecordedDays(file: string, signal?: AbortSignal): Promise<RecordedDays> {
  const byDate = new Map<string, BankCall[]>()
  for await (const rows of readAnonymousBank(file, signal ? { signal } : {})) {
    for (const { call } of rows) {
      if (!call || call.outcome === 'PHANTOM' || (call.outcome === 'HANG' && !call.queue)) continue
      const calls = byDate.get(call.date)
      if (calls) calls.push(call)
      else byDate.set(call.date, [call])
    }
  }
  if (byDate.size === 0) throw new Problem('history.no_day', { file }, { where: file })
  const days = [...byDate].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([date, calls]) => recordedDay(date, calls))
  const all = days.flatMap((day) => day.calls)
  const gaveUp = all.filter((call) => call.gaveUp).length
  const served = all.length - gaveUp
  return {
    days,
    servers: [...new Set(days.flatMap((day) => day.shifts.map((shift) => shift.server)))].toSorted(),
    types: [...new Set(all.map((call) => call.type))].toSorted(),
    meanPatienceS: gaveUp > 0 ? total(all, (call) => call.waitS) / gaveUp : LONGEST_S,
    meanTalkS: served > 0 ? total(all, (call) => call.talkS) / served : 180,
  }
}

/** The day with the most calls. */
export function busiestDay({ days }: RecordedDays): number {
  return days.reduce((best, day, index) => (day.calls.length > days[best]!.calls.length ? index : best), 0)
}

/**
 * Start of the 60 minutes with the most work, seconds after midnight, on a quarter of an hour. Served calls count: an
 * hour full of callers who gave up may be one in which nobody worked (3 February 1999, 13:00).
 */
export function busiestHour(day: RecordedDay): number {
  const quarters = new Array<number>(100).fill(0)
  for (const { at, gaveUp } of day.calls) if (!gaveUp) quarters[Math.min(99, Math.floor(at / 900))]!++
  const hours = quarters.map(
    (_, i) => (quarters[i] ?? 0) + (quarters[i + 1] ?? 0) + (quarters[i + 2] ?? 0) + (quarters[i + 3] ?? 0),
  )
  return hours.indexOf(Math.max(...hours)) * 900
}

/**
 * How long a caller waits before giving up, ms. For a served caller only a lower bound is known; the rest is drawn from
 * the remainder of an exponential, which is again the same exponential.
 */
export function patienceOf(call: RecordedCall, { meanPatienceS }: RecordedDays, dice: Dice): number {
  const beyond = call.gaveUp ? 0 : -meanPatienceS * Math.log(1 - dice())
  return Math.max(1000, Math.round((call.waitS + beyond) * 1000))
}

/** How long they talk, ms; drawn at random for callers who were never served. */
export function talkOf(call: RecordedCall, { meanTalkS }: RecordedDays, dice: Dice): number {
  return Math.round((call.gaveUp ? -meanTalkS * Math.log(1 - dice()) : call.talkS) * 1000)
}

function recordedDay(date: string, calls: readonly BankCall[]): RecordedDay {
  const recorded = calls.map((call): RecordedCall => {
    const { type, customerId, priority, queue, vru, service, serviceS, outcome, server } = call
    const served = outcome === 'AGENT'
    const left = served && service && !queue ? service.from : (queue ?? vru).to
    const at = queue ? queue.from : served && service ? service.from : vru.to
    return {
      at,
      type,
      customerId,
      priority,
      waitS: within(left - at),
      gaveUp: !served,
      talkS: within(serviceS),
      server: served ? server : null,
    }
  })
  const byServer = new Map<string, BankCall[]>()
  for (const call of calls) {
    if (call.server === null || !call.service) continue
    const of = byServer.get(call.server)
    if (of) of.push(call)
    else byServer.set(call.server, [call])
  }
  const shifts = [...byServer]
    .filter(([, served]) => served.length >= FEWEST_CALLS)
    .map(([server, served]): RecordedShift => ({
      server,
      work: workOf(served.map((call) => call.service!)),
      types: [...new Set(served.map((call) => call.type))].toSorted(),
    }))
  return {
    date,
    calls: recorded.toSorted((a, b) => a.at - b.at),
    shifts: shifts.toSorted((a, b) => (a.server < b.server ? -1 : 1)),
  }
}

/**
 * When an agent worked, estimated from the services: they are joined into stretches of work, in which only a long gap
 * counts as a break. All in seconds.
 */
function workOf(services: readonly Stretch[]): Stretch[] {
  const work: Stretch[] = []
  for (const { from, to } of services.toSorted((a, b) => a.from - b.from)) {
    const end = from + within(to - from)
    const last = work.at(-1)
    if (last && from - last.to < BREAK_S) last.to = Math.max(last.to, end)
    else work.push({ from: from - BEFORE_FIRST_S, to: end })
  }
  return work
}

function within(seconds: number): number {
  return Math.min(LONGEST_S, Math.max(0, seconds))
}

function total<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0)
}
