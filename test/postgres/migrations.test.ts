/**
 * Bookkeeping schemas are owned by numbered migrations: a fresh database and one made before there were migrations
 * (`before-migrations/*.sql`) end up with the same catalog, and nothing that was kept is lost.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { memoryVault } from '@ledgerline/adapters/keys/memory.ts'
import { openVault } from '@ledgerline/adapters/keys/postgres.ts'
import { openLeases } from '@ledgerline/adapters/lease/postgres.ts'
import { openSeals } from '@ledgerline/adapters/log/chain/seals.ts'
import { openAnswers } from '@ledgerline/adapters/log/postgres/answers.ts'
import { openPostgresLog } from '@ledgerline/adapters/log/postgres/log.ts'
import { connection } from '@ledgerline/adapters/postgres/connect.ts'
import { openProcessSnapshots } from '@ledgerline/adapters/postgres/process-snapshots.ts'
import { catalogue } from '@ledgerline/core/catalogue.ts'
import { Codec } from '@ledgerline/core/kernel/codec.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import { Engine } from '@ledgerline/projections/engine/engine.ts'
import { readModels } from '@ledgerline/projections/models.ts'
import { freshDatabase } from '../support/postgres.ts'

/** The schemas that were there before there were migrations, and how many each has had since. */
const MIGRATIONS = { log: 1, answers: 1, keys: 1, chain: 2, processes: 1, tables: 1 }
const SCHEMAS = Object.keys(MIGRATIONS) as (keyof typeof MIGRATIONS)[]
const nameOf = (number: number): string => String(number).padStart(4, '0')
const namesOf = (schema: keyof typeof MIGRATIONS): { name: string }[] =>
  Array.from({ length: MIGRATIONS[schema] }, (_, index) => ({ name: nameOf(index + 1) }))
const NOW = 1_700_000_000_000

const test = suite<{ directory: string }>('migrations')

test.before((context) => {
  context.directory = mkdtempSync(join(tmpdir(), 'ledgerline-migrations-'))
})
test.after(({ directory }) => rmSync(directory, { recursive: true }))

async function sql(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = connection(url, { application: 'test' })
  await client.connect()
  try {
    return (await client.query(text)).rows as Record<string, unknown>[]
  } finally {
    await client.end()
  }
}

/** Opens every part that keeps a schema of its own, as a process that starts does. */
async function openAll(url: string, directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true })
  const log = await openPostgresLog({ url })
  const engine = new Engine({
    log,
    codec: new Codec(catalogue, memoryVault()),
    url,
    models: readModels,
    now: () => NOW,
  })
  const opened = await Promise.all([
    openAnswers(url, () => NOW),
    openVault({ url, directory, environment: {} }),
    openSeals(url, log),
    openLeases(url),
    openProcessSnapshots(url, log),
    engine.prepare().then(() => ({ close: async () => {} })),
  ])
  await Promise.all([log.close(), ...opened.map((part) => part.close())])
}

/** What PostgreSQL knows of our schemas. The order of columns is left out: nothing selects by it. */
async function catalog(url: string): Promise<unknown> {
  const list = SCHEMAS.map((schema) => `'${schema}'`).join(', ')
  const inOurs = `n.nspname in (${list})`
  const named = `n.nspname || '.' || c.relname`
  const [schemas, columns, constraints, indexes, triggers, functions] = await Promise.all([
    sql(url, `select nspname, nspacl::text from pg_namespace n where ${inOurs} order by 1`),
    sql(
      url,
      `select ${named} as relation, c.relkind, c.reloptions, c.relacl::text, obj_description(c.oid) as about, a.attname,
         format_type(a.atttypid, a.atttypmod) as type, a.attnotnull, pg_get_expr(d.adbin, d.adrelid) as otherwise, col_description(c.oid, a.attnum) as meaning
       from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
       left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
       where ${inOurs} and c.relkind in ('r', 'v') order by 1, a.attname`,
    ),
    sql(
      url,
      `select ${named} as relation, k.conname, pg_get_constraintdef(k.oid) as definition
       from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace where ${inOurs} order by 1, 2`,
    ),
    sql(url, `select indexdef from pg_indexes where schemaname in (${list}) order by 1`),
    sql(
      url,
      `select pg_get_triggerdef(t.oid) as definition from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
       where ${inOurs} and not t.tgisinternal order by 1`,
    ),
    sql(
      url,
      `select pg_get_functiondef(p.oid) as definition, obj_description(p.oid) as about from pg_proc p join pg_namespace n on n.oid = p.pronamespace where ${inOurs} order by 1`,
    ),
  ])
  return { schemas, columns, constraints, indexes, triggers, functions }
}

test('a database made before there were migrations and a fresh one end up alike, and keep what they hold', async ({
  directory,
}) => {
  const [before, fresh] = [await freshDatabase('before_migrations'), await freshDatabase('migrations')]
  try {
    for (const schema of SCHEMAS)
      await sql(before.url, readFileSync(new URL(`before-migrations/${schema}.sql`, import.meta.url), 'utf8'))
    await sql(
      before.url,
      `insert into log.events values (1, 'call-t.1', 0, gen_random_uuid(), 'Happened', '{}', '{}', now());
       insert into answers.kept values ('t', 'c', 'digest', '{}', null, now());
       insert into processes.leases values ('jobs', 7, 'somebody', now(), 1, 1, now());
       insert into processes.snapshots values ('switchboard t', 5, '1', '{}');
       insert into chain.seals (page, events, position, digest, marks) values (1, 1, '1', 'd', 'm');
       insert into keys.person_keys values ('t', 's', 'k')`,
    )
    await openAll(fresh.url, join(directory, 'fresh'))
    await openAll(before.url, join(directory, 'before'))
    assert.equal(await catalog(before.url), await catalog(fresh.url))
    assert.equal(
      await sql(
        before.url,
        `select (select count(*) from log.events) as events, (select count(*) from log.layout) as layouts, (select count(*) from answers.kept) as answers,
           (select count(*) from processes.leases where epoch = 7) as leases, (select count(*) from processes.snapshots) as snapshots,
           (select count(*) from chain.seals) as seals, (select count(*) from keys.person_keys) as keys, (select count(*) from tables.books) as books`,
      ),
      [{ events: 1, layouts: 1, answers: 1, leases: 1, snapshots: 1, seals: 1, keys: 1, books: 1 }],
    )
    for (const schema of SCHEMAS)
      assert.equal(
        await sql(before.url, `select name from ${schema}.migrations order by name`),
        namesOf(schema),
        schema,
      )
  } finally {
    await Promise.all([before.drop(), fresh.drop()])
  }
})

test('processes that start at the same time migrate once', async ({ directory }) => {
  const database = await freshDatabase('migrations_at_once')
  try {
    await Promise.all(Array.from({ length: 4 }, () => openAll(database.url, join(directory, 'at-once'))))
    for (const schema of SCHEMAS)
      assert.equal(
        await sql(database.url, `select name from ${schema}.migrations order by name`),
        namesOf(schema),
        schema,
      )
  } finally {
    await database.drop()
  }
})

test('a schema that a newer version migrated is refused by name, and left as it is', async ({ directory }) => {
  const database = await freshDatabase('migrations_newer')
  try {
    await openAll(database.url, join(directory, 'newer'))
    for (const schema of SCHEMAS) {
      const there = await catalog(database.url)
      const known = MIGRATIONS[schema]
      const newer = nameOf(known + 1)
      await sql(database.url, `insert into ${schema}.migrations values ('${newer}', '2026-12-01T00:00:00.000Z')`)
      const problem = await openAll(database.url, join(directory, 'newer')).then(
        () => assert.unreachable(`${schema} was taken`),
        (error: unknown) => error,
      )
      const own = schema === 'processes' || schema === 'tables'
      assert.ok(isProblem(problem, own ? 'tables.newer' : 'log.newer'), `${schema}: ${String(problem)}`)
      assert.is(problem.details['found'], known + 1)
      assert.is(problem.details['known'], known)
      assert.equal(await catalog(database.url), there)
      await sql(database.url, `delete from ${schema}.migrations where name = '${newer}'`)
    }
  } finally {
    await database.drop()
  }
})

test.run()
