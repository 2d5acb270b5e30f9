/**
 * Effects: what other systems are sent because a row changed (a customer's system learns that a call ended). A fold
 * only names the kind; a job is queued in the transaction that writes the row and the checkpoint, so that the job
 * exists if and only if the row does. `adapters/jobs` carries jobs out, at least once, each with an id by which the
 * receiver recognises a repetition.
 *
 * Only a live lane queues jobs, and only for events recorded since these tables were made: folding history again sends
 * nothing.
 */
import type { Client } from 'pg'
import type { RecordedEvent } from '@ledgerline/core/kernel/event.ts'
import { jsonText } from './binary.ts'
import type { Job } from './changes.ts'
import type { Entity, Row } from './model.ts'
import type { Statement } from './statement.ts'
import { SCHEMA } from './table.ts'

/** When these tables were made, UTC ms: the effects of earlier events have happened, or were never meant to. */
export async function madeAt(client: Client): Promise<number> {
  const { rows } = await client.query<{ made: number }>(
    `select (extract(epoch from made_at) * 1000)::float8 as made from ${SCHEMA}.books`,
  )
  return rows[0]?.made ?? Number.POSITIVE_INFINITY
}

/** The jobs of a change. Imported events have none: nothing acts on history. */
export function jobsOf(
  model: Entity,
  before: Row | null,
  after: Row | null,
  event: RecordedEvent,
  wanted: Wanted,
): Job[] {
  if (model.effects === null || after === null || event.origin === 'imported' || event.recordedAt < wanted.since)
    return []
  const kinds = (model.effects as (before: Row | null, after: Row, event: RecordedEvent) => readonly string[])(
    before,
    after,
    event,
  )
  return kinds
    .filter((kind) => wanted.kinds.has(kind))
    .map((kind) => ({
      id: `${event.id}:${model.name}:${kind}`,
      kind,
      tenant: event.tenant,
      model: model.name,
      event: { id: event.id, type: event.type, position: event.position },
      recordedAt: event.recordedAt,
      row: impersonal(model, after),
    }))
}

/** Which effects are carried out, and from when on. */
export interface Wanted {
  kinds: ReadonlySet<string>
  /** UTC ms, by the log's clock. */
  since: number
}

/** A row without anything that identifies a person. */
export function impersonal(model: Entity, row: Row): Row {
  const kept: Record<string, unknown> = { ...row }
  for (const [name, { personal }] of Object.entries(model.columns)) if (personal) delete kept[name]
  return kept
}

/** Statements that queue jobs; a job that already exists stays as it is. */
export function jobStatements(jobs: readonly Job[]): Statement[] {
  if (jobs.length === 0) return []
  return [
    {
      text: `insert into ${SCHEMA}.jobs (id, kind, tenant, model, event_id, event_type, position, recorded_at, row)
             select id, kind, tenant, model, event_id, event_type, position, to_timestamp(recorded / 1000), row::jsonb
             from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::float8[], $9::text[])
               as given(id, kind, tenant, model, event_id, event_type, position, recorded, row)
             on conflict (id) do nothing`,
      values: [
        jobs.map(({ id }) => id),
        jobs.map(({ kind }) => kind),
        jobs.map(({ tenant }) => tenant),
        jobs.map(({ model }) => model),
        jobs.map(({ event }) => event.id),
        jobs.map(({ event }) => event.type),
        jobs.map(({ event }) => event.position),
        jobs.map(({ recordedAt }) => recordedAt),
        jobs.map(({ row }) => jsonText(row)),
      ],
    },
  ]
}
