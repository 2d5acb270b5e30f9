/** The read models as kysely knows tables: queries that are written by hand are built and typed from the declarations. */
import { CamelCasePlugin, sql, type Kysely, type RawBuilder } from 'kysely'
import type { Columns, RowOf } from '@ledgerline/projections/engine/model.ts'
import type { calls } from '@ledgerline/projections/models/calls.ts'
import type { callSegments } from '@ledgerline/projections/models/call_segments.ts'
import type { queueInterval } from '@ledgerline/projections/models/queue_interval.ts'
import type { queueMinute } from '@ledgerline/projections/models/queue_minute.ts'
import type { Tables } from './select.ts'

type Stored<M extends { key: Columns; columns: Columns }> = { tenant: string } & RowOf<M['key'] & M['columns']>

/** Tables by name, columns in camel case, as folds know them. */
export interface Declared {
  calls: Stored<typeof calls>
  call_segments: Stored<typeof callSegments>
  queue_interval: Stored<typeof queueInterval>
  queue_minute: Stored<typeof queueMinute>
}

const camelCase = new CamelCasePlugin({ maintainNestedObjectKeys: true })

/** The same tables, with types. */
export function declared(tables: Tables): Kysely<Declared> {
  return tables.withPlugin(camelCase) as unknown as Kysely<Declared>
}

/** A moment (UTC ms) as a parameter: connections give instants out as numbers, but do not take them as such. */
export function instant(at: number): RawBuilder<number> {
  return sql<number>`${new Date(at).toISOString()}::timestamptz`
}
