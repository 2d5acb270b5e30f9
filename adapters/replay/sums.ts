/**
 * The boards' sums (a queue's day, its last minutes) as they stood at a moment. Boards only hold calls in progress, but
 * sums need finished calls too. The tables have them by quarter hour and by minute, as they are now: what is added up is
 * the whole quarter hours before the moment, corrected by the few passages through queues that have changed since, and
 * each passage of the quarter hour in which the moment lies. A passage that was not over yet counts only as offered, one
 * that had not begun not at all. So an answer takes no longer late in a busy day than early in it. The sums are defined by
 * the read models, here as there.
 *
 * A passage that lies across the moment belongs to a call that was on the board then, or began shortly before (its
 * beginning may not have been recorded yet), or began later with a wait that was carried on from before.
 */
import { sql, type Kysely, type Transaction } from 'kysely'
import { dayOf, startOf, startOfDay } from '@ledgerline/core/kernel/time.ts'
import type { Aggregate, Row } from '@ledgerline/projections/engine/model.ts'
import { calls } from '@ledgerline/projections/models/calls.ts'
import { callSegments } from '@ledgerline/projections/models/call_segments.ts'
import { queueDay } from '@ledgerline/projections/models/queue_day.ts'
import { queueMinute } from '@ledgerline/projections/models/queue_minute.ts'
import { declared, instant, type Declared } from '../queries/declared.ts'
import { rethrow } from '../queries/rethrow.ts'
import type { Tables } from '../queries/select.ts'

/** How far back minutes are given: what the board's half hours need. */
const MINUTES_MS = 60 * 60_000
const QUARTER_MS = 900_000
const DAY_MS = 86_400_000
/** How much later than it happened the beginning of a passage may have been recorded. */
const LATE_MS = 300_000

/** Figures of a queue that passages through it make. Agents' times and histograms are not given for a moment. */
const FIGURES = [
  'offered',
  'answered',
  'abandoned',
  'shortAbandoned',
  'answeredInTarget',
  'timedOut',
  'leftByKey',
  'noAgent',
  'overflowed',
  'calledBack',
  'otherExits',
  'waitMs',
  'abandonWaitMs',
] as const satisfies readonly (keyof Declared['queue_interval'])[]

export interface Sums {
  queue_day: readonly Row[]
  queue_minute: readonly Row[]
}

export interface SumsMoment {
  tenant: string
  /** IANA name: the day is cut in it. */
  zone: string
  /** By the events' own time, UTC ms. */
  at: number
  /** Calls that were on the board; null: that is not known, and passages are read since the day before. */
  openCalls: readonly string[] | null
}

/** @throws Problem `tables.unavailable` */
export async function sumsAsOf(tables: Tables, { tenant, zone, at, openCalls }: SumsMoment): Promise<Sums> {
  const today = dayOf(at, zone)
  const span: Span = {
    tenant,
    at,
    openCalls,
    day: startOfDay(today, zone),
    minutes: at - MINUTES_MS,
    settled: startOf(at, QUARTER_MS, zone),
  }
  const { quarters, minutes, passages, direct } = await read(tables, span)
  const corrections = passages.flatMap((row) => correction(row, span))
  const changes = { [callSegments.name]: corrections, [calls.name]: direct.map((row) => ({ row, sign: 1 })) }
  return {
    queue_day: totals(
      queueDay,
      quarters.map((row) => ({ ...row, day: today })),
      changes,
    ).filter((row) => row['day'] === today),
    queue_minute: totals(queueMinute, minutes, changes).filter((row) => (row['startsAt'] as number) > span.minutes),
  }
}

interface Span {
  tenant: string
  at: number
  openCalls: readonly string[] | null
  /** When the day began, and after which minutes are given. */
  day: number
  minutes: number
  /** Up to here the tables' sums are taken. */
  settled: number
}

/** A source row that is added to the sums, or taken out of them. */
interface Change {
  row: Row
  sign: number
}

/** What a passage was at the moment, in place of what the tables' sums say of it, if they are taken. */
function correction(row: Passage, { at, settled }: Span): Change[] {
  const changes: Change[] = []
  if (row.enteredAt < settled) changes.push({ row, sign: -1 })
  if (row.startedAt <= at) {
    const open = row.endedAt !== null && row.endedAt > at
    changes.push({ row: open ? { ...row, endedAt: null, result: null, waitMs: null } : row, sign: 1 })
  }
  return changes
}

type Passage = Awaited<ReturnType<typeof passagesOf>>[number]

/** All of it as of one moment of the tables: what is corrected must be what was summed up. */
async function read(tables: Tables, span: Span) {
  try {
    return await declared(tables)
      .transaction()
      .setAccessMode('read only')
      .setIsolationLevel('repeatable read')
      .execute(async (now) => ({
        quarters: await quartersOf(now, span),
        minutes: await minutesOf(now, span),
        passages: await passagesOf(now, span),
        direct: await directOf(now, span),
      }))
  } catch (error) {
    rethrow(error)
  }
}

type Reading = Kysely<Declared> | Transaction<Declared>

/** The figures of each queue in the day's whole quarter hours. */
function quartersOf(now: Reading, { tenant, day, settled }: Span) {
  return now
    .selectFrom('queue_interval')
    .select(({ cast, fn }) => [
      'queueCode',
      ...FIGURES.map((figure) => cast<number>(fn.sum(figure), 'float8').as(figure)),
    ])
    .where('tenant', '=', tenant)
    .where('startsAt', '>=', instant(day))
    .where('startsAt', '<', instant(settled))
    .groupBy('queueCode')
    .execute()
}

/** The last minutes, as far as they lie in whole quarter hours. */
function minutesOf(now: Reading, { tenant, minutes, settled }: Span) {
  return now
    .selectFrom('queue_minute')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('startsAt', '>', instant(minutes))
    .where('startsAt', '<', instant(settled))
    .execute()
}

/** The passages that the sums do not hold, or hold as they became later. */
function passagesOf(now: Reading, { tenant, at, openCalls, day, minutes, settled }: Span) {
  const first = Math.min(day, minutes - QUARTER_MS)
  const since = openCalls === null ? first - DAY_MS : settled - LATE_MS
  const passages = now
    .selectFrom('call_segments')
    .select([
      'kind',
      'queueCode',
      'enteredAt',
      'startedAt',
      'endedAt',
      'zone',
      'result',
      'waitMs',
      'targetMs',
      'shortAbandonMs',
    ])
    .where('tenant', '=', tenant)
    // Not a parameter: it is part of an index's condition.
    .where('kind', '=', sql.lit('queue'))
  const recent = passages.where('startedAt', '>=', instant(since)).where('startedAt', '<=', instant(at))
  const open = passages
    .where('callId', '=', ({ fn }) => fn.any(sql<string[]>`${openCalls ?? []}::text[]`))
    .where('startedAt', '<', instant(since))
    .where('enteredAt', '>=', instant(first))
  const carried = passages
    .whereRef('enteredAt', '<', 'startedAt')
    .where('enteredAt', '>=', instant(first))
    .where('enteredAt', '<=', instant(at))
    .where('startedAt', '>', instant(at))
  return recent.unionAll(open).unionAll(carried).execute()
}

/** Calls that were answered without waiting in a queue, since the last whole quarter hour: found by their agents. */
function directOf(now: Reading, { tenant, at, settled }: Span) {
  const answered = now
    .selectFrom('call_segments')
    .select('callId')
    .where('tenant', '=', tenant)
    .where('kind', '=', 'agent')
    .where('startedAt', '>=', instant(settled))
    .where('startedAt', '<=', instant(at))
  return (
    now
      .selectFrom('calls')
      .select(['directQueueCode', 'queuedAt', 'zone'])
      .where('tenant', '=', tenant)
      // An array, so that the calls are looked up by key. As a join the server may prefer to read all calls there are.
      .where('callId', '=', ({ fn }) => fn.any(sql<string[]>`array${answered}`))
      .where('directQueueCode', 'is not', null)
      .where('queuedAt', '>=', instant(settled))
      .where('queuedAt', '<=', instant(at))
      .execute()
  )
}

/** The rows of an aggregate: sums that are there already, and what the changes of its sources' rows do to them. */
function totals(model: Aggregate, sums: readonly Row[], changes: Readonly<Record<string, readonly Change[]>>): Row[] {
  const [keys, columns] = [Object.keys(model.key), Object.keys(model.columns)]
  const nothing = Object.fromEntries(columns.map((name) => [name, model.columns[name]!.sql === 'bigint[]' ? [] : 0]))
  const found = new Map<string, Record<string, unknown>>()
  const sumOf = (key: Row): Record<string, unknown> => {
    let id = ''
    for (const name of keys) id += `${String(key[name])}\n`
    let sum = found.get(id)
    if (!sum) found.set(id, (sum = { ...pick(key, keys), ...nothing }))
    return sum
  }
  for (const row of sums) Object.assign(sumOf(row), pick(row, columns))
  for (const { source, contribute } of model.from) {
    for (const { row, sign } of changes[source.name] ?? []) {
      for (const { key, add } of contribute(row)) {
        const sum = sumOf(key)
        for (const [name, value] of Object.entries(add))
          if (typeof value === 'number') sum[name] = (sum[name] as number) + sign * value
      }
    }
  }
  // Like the tables: a row of sums that are all 0 does not exist.
  const isThere = (value: unknown): boolean => typeof value === 'number' && value !== 0
  return [...found.values()].filter((sum) => columns.some((name) => isThere(sum[name])))
}

function pick(row: Row, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.filter((name) => name in row).map((name) => [name, row[name]]))
}
