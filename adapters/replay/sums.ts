/**
 * The boards' sums (a queue's day, its last minutes) as they stood at a moment. Boards only hold calls in progress, but
 * sums need finished calls too. So they are added up again from the day's passages through queues, each as it was then:
 * one that was not over yet counts only as offered. The sums are defined by the read models, here as there.
 */
import { sql } from 'kysely'
import { dayOf, startOfDay } from '@ledgerline/core/kernel/time.ts'
import type { Aggregate, Row } from '@ledgerline/projections/engine/model.ts'
import { calls } from '@ledgerline/projections/models/calls.ts'
import { callSegments } from '@ledgerline/projections/models/call_segments.ts'
import { queueDay } from '@ledgerline/projections/models/queue_day.ts'
import { queueMinute } from '@ledgerline/projections/models/queue_minute.ts'
import type { Tables } from '../queries/select.ts'
import { rethrow } from '../queries/rethrow.ts'

/** How far back minutes are given: what the board's half hours need. */
const MINUTES_MS = 60 * 60_000
/** How long before the day began a call of the day may have arrived. */
const BEFORE_MS = 2 * 3_600_000

export interface Sums {
  queue_day: readonly Row[]
  queue_minute: readonly Row[]
}

/** @param at the moment by the events' own time, UTC ms */
export async function sumsAsOf(tables: Tables, tenant: string, at: number, zone: string): Promise<Sums> {
  const today = dayOf(at, zone)
  const from = Math.min(startOfDay(today, zone), at - MINUTES_MS)
  const [segments, direct] = await passages(tables, tenant, from - BEFORE_MS, at)
  const then = segments.map((row) =>
    (row['endedAt'] as number | null) !== null && (row['endedAt'] as number) > at
      ? { ...row, endedAt: null, result: null, waitMs: null }
      : row,
  )
  const of = (model: Aggregate) =>
    totals(model, (source) => (source === callSegments.name ? then : source === calls.name ? direct : []))
  return {
    queue_day: of(queueDay).filter((row) => row['day'] === today),
    queue_minute: of(queueMinute).filter((row) => (row['startsAt'] as number) > at - MINUTES_MS),
  }
}

/** Passages through queues of the calls of a span, and calls that were answered without waiting in one. */
async function passages(
  tables: Tables,
  tenant: string,
  from: number,
  at: number,
): Promise<[segments: Row[], direct: Row[]]> {
  const [begin, end] = [from, at].map((moment) => sql`${new Date(moment).toISOString()}::timestamptz`)
  try {
    const segments = sql<Row>`
      select s.kind, s.queue_code as "queueCode", s.entered_at as "enteredAt", s.ended_at as "endedAt", s.zone, s.result, s.wait_ms as "waitMs", s.target_ms as "targetMs", s.short_abandon_ms as "shortAbandonMs"
      from calls c join call_segments s on s.tenant = c.tenant and s.call_id = c.call_id
      where c.tenant = ${tenant} and c.received_at >= ${begin} and c.received_at <= ${end} and s.kind = 'queue' and s.started_at <= ${end}`.execute(
      tables,
    )
    const direct = sql<Row>`
      select direct_queue_code as "directQueueCode", queued_at as "queuedAt", zone from calls
      where tenant = ${tenant} and received_at >= ${begin} and received_at <= ${end} and direct_queue_code is not null and queued_at <= ${end}`.execute(
      tables,
    )
    return [(await segments).rows, (await direct).rows]
  } catch (error) {
    rethrow(error)
  }
}

/** The rows of an aggregate over these rows, from scratch; figures that are not numbers (histograms) are left out. */
function totals(model: Aggregate, rowsOf: (source: string) => readonly Row[]): Row[] {
  const found = new Map<string, Record<string, unknown>>()
  const nothing = Object.fromEntries(
    Object.keys(model.columns).map((name) => [name, model.columns[name]!.sql === 'bigint[]' ? [] : 0]),
  )
  for (const { source, contribute } of model.from) {
    for (const row of rowsOf(source.name)) {
      for (const { key, add } of contribute(row)) {
        const id = Object.values(key).map(String).join('\n')
        let sum = found.get(id)
        if (!sum) found.set(id, (sum = { ...key, ...nothing }))
        for (const [name, value] of Object.entries(add))
          if (typeof value === 'number') sum[name] = (sum[name] as number) + value
      }
    }
  }
  return [...found.values()]
}
