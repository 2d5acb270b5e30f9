/** Views over the models' tables: one per model, repointed when its table is swapped, and those based on them. */
import { createHash } from 'node:crypto'
import type { Client } from 'pg'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { sqlState } from './connect.ts'
import type { ReadModel } from './model.ts'
import { isPersonal, MASKED, maskedJoined, maskedView, standsOnPersonal } from './masked.ts'
import { ALL_READER, ALL_SQL, TENANT_READERS, TENANT_SQL } from './readers.ts'
import { quote, snake } from './names.ts'
import { createView, fieldsOf, LISTED, listedView, literal, SCHEMA, tenantAbout } from './table.ts'
import { metricAbout, type JoinedView, type MetricView, type View } from './view.ts'

/** A table in use and its model. */
export interface ViewTarget {
  model: ReadModel
  table: string
}

/** SQLSTATE: the view has other columns; other views depend on it. */
const OTHER_COLUMNS = '42P16'
const STOOD_UPON = '2BP01'

/**
 * Points the views of these models at their tables, and creates those based on them. One over several models is created
 * once all of them have a table of the declared version. Within the caller's transaction.
 * @throws Problem `tables.view_in_use`
 */
export async function pointViews(
  client: Client,
  targets: readonly ViewTarget[],
  views: readonly View[],
): Promise<void> {
  const { rows } = await client.query<{ name: string; digest: string }>(`select name, digest from ${SCHEMA}.views`)
  const known = new Map(rows.map(({ name, digest }) => [name, digest]))
  for (const { model, table } of targets) {
    const joined = views.flatMap((view) =>
      'over' in view && view.over.some(({ name }) => name === model.name) ? [view] : [],
    )
    const own = views.flatMap((view) => ('of' in view && view.of === model.name ? [view] : []))
    const standing = [
      ...joined.filter(standsOnPersonal).map(({ name }) => masked(name)),
      ...[...joined, ...own].map(({ name }) => plain(name)),
    ]
    const personal = isPersonal(model)
    await pointList(client, known, model, table)
    for (const [view, statements, readers] of [
      [plain(model.name), createView(model, table), personal ? PROGRAM : EVERYBODY],
      ...(personal ? [[masked(model.name), maskedView(model, table), PEOPLE] as const] : []),
    ] as const) {
      const replaced = await makeView(client, known, view, statements, readers, standing)
      if (replaced) for (const name of standing) known.delete(name)
    }
    for (const view of own)
      await makeView(client, known, plain(view.name), metricStatements(view, model), personal ? PROGRAM : EVERYBODY, [])
  }
  const live = await client.query<{ model: string; version: number }>(
    `select model, version from ${SCHEMA}.models where live`,
  )
  const versions = new Map(live.rows.map(({ model, version }) => [model, version]))
  for (const view of views) {
    if (!('over' in view) || !view.over.every(({ name, version }) => versions.get(name) === version)) continue
    const personal = standsOnPersonal(view)
    await makeView(client, known, plain(view.name), joinedStatements(view), personal ? PROGRAM : EVERYBODY, [])
    if (personal) await makeView(client, known, masked(view.name), maskedJoined(view), PEOPLE, [])
  }
}

/** The view that lists read, if it has more than the one that people read. */
async function pointList(
  client: Client,
  known: ReadonlyMap<string, string>,
  model: ReadModel,
  table: string,
): Promise<void> {
  const name = `${LISTED}.${quote(model.name)}`
  const statements = listedView(model, table)
  if (statements) await makeView(client, known, name, statements, PROGRAM, [])
  else if (known.has(name)) {
    // It would keep the table that it was made of.
    await dropView(client, name)
    await client.query(`delete from ${SCHEMA}.views where name = $1`, [name])
  }
}

/** The program's own readers, which mask what its viewers may not see; and people who query by SQL. */
const PROGRAM = [ALL_READER, TENANT_READERS]
const PEOPLE = [ALL_SQL, TENANT_SQL]
const EVERYBODY = [...PROGRAM, ...PEOPLE]

const plain = (name: string): string => `public.${quote(name)}`
const masked = (name: string): string => `${MASKED}.${quote(name)}`

/**
 * Creates or repoints a view unless it already is as it should be; true if it had to be dropped, with those based on
 * it.
 */
async function makeView(
  client: Client,
  known: ReadonlyMap<string, string>,
  name: string,
  statements: readonly string[],
  readers: readonly string[],
  standing: readonly string[],
): Promise<boolean> {
  const all = [...statements, `grant select on ${name} to ${readers.join(', ')}`].join(';\n')
  const digest = createHash('sha256').update(all).digest('base64url')
  if (known.get(name) === digest) return false
  let dropped = false
  await client.query('savepoint view')
  try {
    await client.query(all)
  } catch (error) {
    if (sqlState(error) !== OTHER_COLUMNS) throw error
    await client.query('rollback to savepoint view')
    for (const view of [...standing, name]) await dropView(client, view)
    await client.query(all)
    dropped = true
  }
  await client.query(
    `insert into ${SCHEMA}.views (name, digest) values ($1, $2) on conflict (name) do update set digest = excluded.digest`,
    [name, digest],
  )
  return dropped
}

function metricStatements({ name, of, about, metrics }: MetricView, model: ReadModel): string[] {
  const view = `public.${quote(name)}`
  const columns = ['tenant', ...fieldsOf(model).map(([column]) => quote(snake(column)))]
  return [
    `create or replace view ${view} with (security_invoker = true) as select ${[...columns, ...metrics.map((metric) => `${metric.sql} as ${quote(metric.name)}`)].join(', ')} from public.${quote(of)}`,
    `comment on view ${view} is ${literal(about)}`,
    `comment on column ${view}.tenant is ${literal(tenantAbout)}`,
    ...fieldsOf(model).map(
      ([column, { about }]) => `comment on column ${view}.${quote(snake(column))} is ${literal(about)}`,
    ),
    ...metrics.map((metric) => `comment on column ${view}.${quote(metric.name)} is ${literal(metricAbout(metric))}`),
  ]
}

function joinedStatements({ name, about, columns, sql }: JoinedView): string[] {
  const view = `public.${quote(name)}`
  return [
    `create or replace view ${view} with (security_invoker = true) as ${sql}`,
    `comment on view ${view} is ${literal(about)}`,
    `comment on column ${view}.tenant is ${literal(tenantAbout)}`,
    ...Object.entries(columns).map(
      ([column, about]) => `comment on column ${view}.${quote(column)} is ${literal(about)}`,
    ),
  ]
}

async function dropView(client: Client, name: string): Promise<void> {
  try {
    await client.query(`drop view if exists ${name}`)
  } catch (error) {
    if (sqlState(error) !== STOOD_UPON) throw error
    throw new Problem(
      'tables.view_in_use',
      { model: name, views: (error as { detail?: string }).detail ?? '' },
      { cause: error },
    )
  }
}
