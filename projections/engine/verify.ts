/**
 * Do the tables equal the log? The models are folded from scratch into scratch tables, from the first event on, and
 * compared row by row with the present tables, both as of the same place in the log.
 */
import type { Client } from 'pg'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import { Build, connected, type BuildOptions } from './build.ts'
import type { Lane } from './lanes.ts'
import type { ReadModel } from './model.ts'
import { refuseOtherLog } from './origin.ts'
import { alone, checkpoints, followAll, named } from './rebuild.ts'
import { liveTables } from './schema.ts'
import type { Target } from './store.ts'
import { parkedKeys, type ParkedKey } from './parked-keys.ts'
import { quote, snake } from './names.ts'
import { writtenFields, tableIn } from './table.ts'

/** A row that differs from the log. */
export interface Difference {
  tenant: string
  /** Key columns as text. */
  key: Record<string, string>
  what: 'missing' | 'unexpected' | 'different'
  /** Columns that differ. */
  columns: string[]
}

export interface VerifiedModel {
  model: string
  rows: number
  differing: number
  /** The first of them. */
  differences: Difference[]
  parked: ParkedKey[]
}

export interface Verified {
  /** True if every table equals the log, up to its checkpoint. */
  equal: boolean
  models: VerifiedModel[]
  /** Models that have no table of the declared version yet: nothing to compare. */
  pending: string[]
  events: number
  /** Up to where, by lane. */
  positions: Partial<Record<Lane, Position | null>>
  tookMs: number
}

/** How many differences are named. */
const NAMED = 20

/**
 * Compares models (none named: all) with a fresh fold. The lanes carry on meanwhile.
 * @throws Problem `tables.unknown_model`, `tables.being_built`, `tables.other_log`
 */
export async function verify(options: BuildOptions, names: readonly string[]): Promise<Verified> {
  const { models } = options.models
  const asked = new Set(named(models, names))
  return alone(options.url, async (client) => {
    const begun = performance.now()
    await refuseOtherLog(client, options.log)
    const live = new Map((await liveTables(client, models)).map(({ model, table }) => [model, table]))
    const wanted = connected(
      models,
      [...asked].filter((name) => live.has(name)),
    ).filter(({ name }) => live.has(name))
    const build = new Build(options, {
      models: wanted,
      tableOf: (model) => ({ table: `${model.name}_verify`, round: 0 }),
      standStill: null,
      unknownTypes: 'every',
      scratch: true,
      until: await checkpoints(client),
    })
    try {
      await build.fill()
      while ((await followAll(build, client, await checkpoints(client))) > 5_000);
      // One snapshot of all present tables, and the scratch tables brought to exactly its place within it.
      await client.query('begin isolation level repeatable read')
      const positions = await checkpoints(client)
      await followAll(build, client, positions, true)
      const verified: VerifiedModel[] = []
      for (const target of build.targets.values()) {
        if (asked.has(target.model.name))
          verified.push(await compare(client, options, target, live.get(target.model.name)!))
      }
      await client.query('rollback')
      const equal = verified.every(({ differing }) => differing === 0)
      const pending = [...asked].filter((name) => !live.has(name))
      return {
        equal,
        models: verified,
        pending,
        events: build.events,
        positions: Object.fromEntries(positions),
        tookMs: performance.now() - begun,
      }
    } finally {
      await client.query('rollback').catch(() => {})
      await build.drop(client).catch(() => {})
    }
  })
}

async function compare(
  client: Client,
  { log, models }: Pick<BuildOptions, 'log' | 'models'>,
  { model, table: fresh }: Target,
  table: string,
): Promise<VerifiedModel> {
  const keys = ['tenant', ...Object.keys(model.key).map((name) => quote(snake(name)))]
  const columns = writtenFields(model).map(([name]) => snake(name))
  const row = (alias: string) => `row(${columns.map((name) => `${alias}.${quote(name)}`).join(', ')})`
  const joined = `from ${tableIn(table)} t full join ${tableIn(fresh)} f on ${keys.map((name) => `t.${name} = f.${name}`).join(' and ')}
    where t.tenant is null or f.tenant is null or ${row('t')} is distinct from ${row('f')}`
  const counted = await client.query<{ rows: string; differing: string }>(
    `select (select count(*) from ${tableIn(table)}) as rows, count(*) as differing ${joined}`,
  )
  const differing = Number(counted.rows[0]!.differing)
  return {
    model: model.name,
    rows: Number(counted.rows[0]!.rows),
    differing,
    differences: differing === 0 ? [] : await differences(client, model, joined),
    parked: await parkedKeys(client, { log, events: models.events }, [{ model: model.name, table }]),
  }
}

async function differences(client: Client, model: ReadModel, joined: string): Promise<Difference[]> {
  const keys = Object.keys(model.key).map(snake)
  const columns = writtenFields(model).flatMap(([name]) => (name in model.key ? [] : [snake(name)]))
  const flags = columns.map((name) => `t.${quote(name)} is distinct from f.${quote(name)}`)
  const { rows } = await client.query<{
    tenant: string
    keys: string[]
    missing: boolean
    unexpected: boolean
    flags: boolean[]
  }>(
    `select coalesce(t.tenant, f.tenant) as tenant, array[${keys.map((name) => `coalesce(t.${quote(name)}, f.${quote(name)})::text`).join(', ')}]::text[] as keys,
       t.tenant is null as missing, f.tenant is null as unexpected, array[${flags.join(', ')}]::boolean[] as flags ${joined} order by 1, 2 limit ${NAMED}`,
  )
  return rows.map((row) => ({
    tenant: row.tenant,
    key: Object.fromEntries(keys.map((name, index) => [name, row.keys[index]!])),
    what: row.missing ? 'missing' : row.unexpected ? 'unexpected' : 'different',
    columns: row.missing || row.unexpected ? [] : columns.filter((_, index) => row.flags[index]),
  }))
}
