/**
 * A ledger as large as a year's, made quickly: events go straight into the log's table, with the times at which they
 * happened, and its keys are made afterwards. Only for benchmarks: real appends go through the log.
 */
import { int4Array, textArray, uuidArray } from '@ledgerline/adapters/log/postgres/arrays.ts'
import { connection } from '@ledgerline/adapters/postgres/connect.ts'
import type { Codec } from '@ledgerline/core/kernel/codec.ts'
import { traffic, type Step, type TrafficOptions } from './events.ts'

export interface Loaded {
  events: number
  /** When the first and the last event were recorded, UTC ms. */
  from: number
  to: number
}

const STEPS = 1_000

const insert = {
  name: 'load',
  text: `insert into log.events (position, stream, revision, id, type, data, metadata, recorded_at)
    select $1 + place, stream, revision, id, type, data, metadata, to_timestamp(at::float8 / 1000)
    from unnest($2::text[], $3::integer[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[]) with ordinality as e(stream, revision, id, type, data, metadata, at, place)`,
}

/** Fills an empty log. */
export async function load(url: string, codec: Codec, options: TrafficOptions): Promise<Loaded> {
  const client = connection(url, { application: 'ledgerline bench load', statementMs: 0, durable: false })
  await client.connect()
  try {
    await client.query('alter table log.events drop constraint events_pkey, drop constraint events_stream_revision_key')
    const revisions = new Map<string, number>()
    const loaded: Loaded = { events: 0, from: 0, to: 0 }
    let writing: Promise<unknown> = Promise.resolve()
    const write = async (steps: readonly Step[]) => {
      const stored = await codec.encode(steps.flatMap(({ drafts }) => drafts))
      const places = steps.flatMap(({ at, stream, drafts }) => {
        const begun = revisions.get(stream) ?? -1
        // Nothing follows the end of a call's last leg.
        if (drafts.length === 1 && drafts[0]!.event.type === 'LegEnded') revisions.delete(stream)
        else revisions.set(stream, begun + drafts.length)
        return drafts.map((_, index) => ({ stream, at, revision: begun + 1 + index }))
      })
      const values = [
        loaded.events,
        textArray(places.map(({ stream }) => stream)),
        int4Array(places.map(({ revision }) => revision)),
        uuidArray(stored.map(({ id }) => id)),
        textArray(stored.map(({ type }) => type)),
        textArray(stored.map(({ data }) => data)),
        textArray(stored.map(({ metadata }) => metadata)),
        textArray(places.map(({ at }) => String(at))),
      ]
      await writing
      writing = client.query({ ...insert, values })
      writing.catch(() => {})
      loaded.events += stored.length
      loaded.from ||= steps[0]!.at
      loaded.to = steps.at(-1)!.at
    }
    let steps: Step[] = []
    for (const step of traffic(options)) {
      if (steps.push(step) < STEPS) continue
      await write(steps)
      steps = []
    }
    if (steps.length > 0) await write(steps)
    await writing
    await client.query(`set maintenance_work_mem = '1GB'`)
    await client.query(
      'alter table log.events add constraint events_pkey primary key (position), add constraint events_stream_revision_key unique (stream, revision)',
    )
    await client.query('vacuum (analyze, freeze) log.events')
    return loaded
  } finally {
    await client.end()
  }
}
