/** A reader sees their tenant's rows and nothing else, whatever SQL they type. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Client } from 'pg'
import { readerUrl } from '@ledgerline/projections/engine/readers.ts'
import { tableName } from '@ledgerline/projections/engine/table.ts'
import { readModels } from '@ledgerline/projections/models.ts'
import { Engine } from '@ledgerline/projections/engine/engine.ts'
import { freshDatabase } from '../support/postgres.ts'
import { emptyRig, say, type Rig } from './rig.ts'

const readers = suite('readers')
let made: Rig
let ours: Client
let everybody: Client

readers.before(async () => {
  made = await emptyRig('readers')
  const engine = made.engine()
  await engine.start()
  for (const tenant of ['rls-a', 'rls-b']) {
    await made.append(`switchboard-${tenant}.configuration`, say.activated())
    await made.append(
      `call-${tenant}.c1`,
      say.received('c1'),
      say.queued('c1', made.now()),
      say.left('c1', 0),
      say.ended('c1'),
    )
  }
  await made.caughtUp(engine, 'rls-a')
  ours = await loggedIn('rls-a')
  await loggedIn('rls-b').then((client) => client.end())
  everybody = await loggedIn(null)
})

readers.after(async () => {
  await ours?.end()
  await everybody?.end()
  await made.close()
})

async function loggedIn(tenant: string | null): Promise<Client> {
  const client = new Client(await readerUrl(made.client, made.database.url, tenant))
  await client.connect()
  return client
}

async function tenantsSeen(client: Client, from: string): Promise<string[]> {
  return (await client.query<{ tenant: string }>(`select distinct tenant from ${from} order by 1`)).rows.map(
    ({ tenant }) => tenant,
  )
}

async function refusal(client: Client, sql: string): Promise<string> {
  return client.query(sql).then(
    () => 'done',
    (error: unknown) => (error as { code: string }).code,
  )
}

const views = [
  'tenants',
  'queues',
  'calls',
  'call_segments',
  'legs',
  'agent_monitor',
  'queue_monitor',
  'queue_interval',
  'queue_minute',
  'queue_day',
]

readers('a tenant’s reader sees that tenant’s rows in every view, and no others', async () => {
  for (const view of views) {
    const seen = await tenantsSeen(ours, view)
    assert.ok(
      seen.every((tenant) => tenant === 'rls-a'),
      `${view}: ${seen.join()}`,
    )
  }
  assert.equal(await tenantsSeen(ours, 'calls'), ['rls-a'])
  assert.equal((await ours.query("select * from calls where tenant = 'rls-b'")).rows, [])
})

readers('the reader of all tenants sees all', async () => {
  assert.equal(await tenantsSeen(everybody, 'calls'), ['rls-a', 'rls-b'])
})

readers('nothing that a reader can set changes who they are', async () => {
  for (const attempt of [
    "select set_config('role', 'reader_rls-b', false)",
    "select set_config('role', 'ledgerline_reader', false)",
    'set role "reader_rls-b"',
    'set role ledgerline_reader',
    'set role postgres',
    'set session authorization "reader_rls-b"',
    'set row_security = off',
    "select set_config('app.tenant', 'rls-b', false)",
    "select set_config('ledgerline.tenant', 'rls-b', false)",
  ]) {
    await refusal(ours, attempt)
    const seen = await ours.query<{ tenant: string }>('select distinct tenant from calls').then(
      ({ rows }) => rows.map(({ tenant }) => tenant),
      (): string[] => [],
    )
    assert.ok(!seen.includes('rls-b'), `${attempt}: ${seen.join()}`)
  }
  await ours.query('reset all; reset role')
  assert.equal(await tenantsSeen(ours, 'calls'), ['rls-a'])
})

readers(
  'the tables beneath the views, their bookkeeping and other readers’ secrets are closed to a reader',
  async () => {
    for (const sql of [
      `select * from tables.${tableName(
        readModels.models.find(({ name }) => name === 'calls')!,
        1,
      )}`,
      'select * from tables.readers',
      'select secret from tables.readers',
      'select * from tables.parked',
      'select * from tables.board_snapshots',
      'select * from tables.checkpoints',
    ]) {
      assert.is(await refusal(ours, sql), '42501', sql)
      assert.is(await refusal(everybody, sql), '42501', sql)
    }
  },
)

readers('a reader can neither write nor create anything', async () => {
  const statements = [
    "update calls set outcome = 'answered'",
    'delete from calls',
    'create table mine (a int)',
    'create temporary table mine (a int)',
    'create view mine as select 1',
    'create function f() returns int language sql as $$ select 1 $$',
  ]
  for (const sql of statements) assert.ok(['25006', '42501'].includes(await refusal(ours, sql)), sql)
  await ours.query('set default_transaction_read_only = off')
  for (const sql of statements) assert.is(await refusal(ours, sql), '42501', sql)
  await ours.query('reset all')
})

readers('statistics and functions with a back door show nothing of another tenant', async () => {
  assert.equal((await ours.query("select 1 from pg_stats where schemaname = 'tables'")).rows, [])
  const leaked: string[] = []
  ours.on('notice', ({ message }) => leaked.push(message ?? ''))
  await refusal(
    ours,
    "do $$ declare r record; begin for r in select tenant from calls loop raise notice '%', r.tenant; end loop; end $$",
  )
  assert.ok(!leaked.includes('rls-b'))
})

readers('the same tenant gets the same log-in again', async () => {
  assert.is(
    await readerUrl(made.client, made.database.url, 'rls-a'),
    await readerUrl(made.client, made.database.url, 'rls-a'),
  )
  const odd = await loggedIn('ein Mandant; drop role "x"')
  assert.equal(await tenantsSeen(odd, 'calls'), [])
  await odd.end()
})

readers('after a rebuild a reader sees the same', async () => {
  const engine = made.engine()
  await engine.rebuild()
  assert.equal(await tenantsSeen(ours, 'calls'), ['rls-a'])
  assert.equal(await tenantsSeen(everybody, 'agent_monitor'), ['rls-a', 'rls-b'])
})

const settingsOf = async (role: string) =>
  (
    await made.client.query<{ set: string[] | null }>('select rolconfig as set from pg_roles where rolname = $1', [
      role,
    ])
  ).rows[0]?.set ?? []

const connectionsOf = async (role: string) =>
  (await made.client.query<{ most: number }>('select rolconnlimit as most from pg_roles where rolname = $1', [role]))
    .rows[0]?.most

readers('readers made by an earlier version get today’s limits at the next start', async () => {
  await readerUrl(made.client, made.database.url, 'rls-a', 'sql')
  const today = (await settingsOf('sql_rls-a')).sort()
  assert.ok(
    today.includes('temp_file_limit=1GB') &&
      today.includes('work_mem=32MB') &&
      today.includes('search_path=masked, public'),
    today.join(),
  )
  assert.is(await connectionsOf('sql_rls-a'), 20)
  for (const statement of [
    'alter role "sql_rls-a" reset all',
    'alter role "sql_rls-a" connection limit -1',
    `alter role "sql_rls-a" set statement_timeout = '0'`,
    'alter role "reader_rls-a" reset all',
    'grant execute on function pg_sleep(double precision) to public',
  ])
    await made.client.query(statement)
  const engine = made.engine()
  await engine.prepare()
  assert.equal((await settingsOf('sql_rls-a')).sort(), today)
  assert.is(await connectionsOf('sql_rls-a'), 20)
  assert.ok((await settingsOf('reader_rls-a')).includes('work_mem=32MB'))
  const may = await made.client.query<{ may: boolean }>(
    `select has_function_privilege('sql_rls-a', 'pg_sleep(double precision)', 'execute') as may`,
  )
  assert.equal([may.rows[0]!.may, engine.leftOpen], [false, null])
})

readers(
  'if the tables belong to no administrator, limits that cannot be set are reported with the SQL that sets them',
  async () => {
    const database = await freshDatabase('readers_plain')
    const plain = `plain_${process.pid}`
    const admin = new Client(database.url)
    await admin.connect()
    try {
      await admin.query(
        `create role ${plain} login createrole password 'plain'; grant ledgerline_tenant_sql to ${plain} with admin option`,
      )
      await admin.query(`do $$ begin execute format('alter database %I owner to ${plain}', current_database()); end $$`)
      const url = Object.assign(new URL(database.url), { username: plain, password: 'plain' }).toString()
      const engine = new Engine({ log: made.log, codec: made.codec, url, models: readModels })
      await engine.prepare()
      assert.is(engine.leftOpen?.code, 'tables.readers_unbounded')
      const client = new Client(url)
      await client.connect()
      await readerUrl(client, url, 'rls-plain', 'sql')
      await client.end()
      await engine.prepare()
      const { user, sql, count } = engine.leftOpen!.details as { user: string; sql: string; count: number }
      assert.is(user, plain)
      assert.ok(count >= 2, sql)
      assert.match(sql, /alter role "sql_rls-plain" set temp_file_limit = '1GB'/)
      assert.match(sql, /revoke execute on function/)
      // What is printed is what an administrator can run, and all there is to do.
      await admin.query(sql)
      await engine.prepare()
      assert.is(engine.leftOpen, null)
    } finally {
      await admin.end()
      await database.drop()
      for (const statement of ['drop role if exists "sql_rls-plain"', `drop owned by ${plain}`, `drop role ${plain}`])
        await made.client.query(statement)
    }
  },
)

readers.run()
