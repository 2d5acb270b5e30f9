/**
 * A ledger that the last version before migrations wrote (`before-migrations/ledger.jsonl`) opens as it is: loaded into
 * databases of the old layout, then migrated, read, folded, verified. The totals are those that the old version's own
 * tables showed.
 */
import { createReadStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openVault } from '@ledgerline/adapters/keys/postgres.ts'
import { openSeals } from '@ledgerline/adapters/log/chain/seals.ts'
import { verifyChain } from '@ledgerline/adapters/log/chain/verify-chain.ts'
import { openAnswers } from '@ledgerline/adapters/log/postgres/answers.ts'
import { openPostgresLog } from '@ledgerline/adapters/log/postgres/log.ts'
import { connection } from '@ledgerline/adapters/postgres/connect.ts'
import { openProcessSnapshots } from '@ledgerline/adapters/postgres/process-snapshots.ts'
import { catalogue } from '@ledgerline/core/catalogue.ts'
import { Codec } from '@ledgerline/core/kernel/codec.ts'
import type { EventDefinitions, RecordedEvent } from '@ledgerline/core/kernel/event.ts'
import { Engine } from '@ledgerline/projections/engine/engine.ts'
import { readModels } from '@ledgerline/projections/models.ts'
import { caughtUp } from '../support/history.ts'
import { freshDatabase, type TestDatabase } from '../support/postgres.ts'

const LEDGER = new URL('before-migrations/ledger.jsonl', import.meta.url)
/** Events that versions since then wrote; what becomes of them is proven where they belong. */
const OTHERS = new URL('../registration/contacts-in-clear.jsonl', import.meta.url)
/** The moment after its last event at which it is opened. */
const NOW = Date.UTC(2026, 11, 1)

interface Context {
  log: TestDatabase
  tables: TestDatabase
  directory: string
}

const test = suite<Context>('a ledger of before')

test.before(async (context) => {
  context.directory = mkdtempSync(join(tmpdir(), 'ledgerline-before-'))
  context.log = await freshDatabase('ledger_of_before')
  context.tables = await freshDatabase('tables_of_before')
  const schemas = { log: ['log', 'answers', 'keys', 'chain'], tables: ['processes', 'tables'] } as const
  for (const database of ['log', 'tables'] as const) {
    const client = connection(context[database].url, { application: 'test' })
    await client.connect()
    for (const schema of schemas[database])
      await client.query(readFileSync(new URL(`before-migrations/${schema}.sql`, import.meta.url), 'utf8'))
    for await (const line of createInterface({ input: createReadStream(LEDGER) })) {
      const { masterKey, table, ...row } = JSON.parse(line) as Record<string, string>
      if (masterKey !== undefined) writeFileSync(join(context.directory, 'master.key'), masterKey, { mode: 0o600 })
      else if ((schemas[database] as readonly string[]).includes(table!.split('.')[0]!))
        await client.query(`insert into ${table} select * from json_populate_record(null::${table}, $1)`, [
          JSON.stringify(row),
        ])
    }
    await client.end()
  }
})

test.after(async ({ log, tables, directory }) => {
  await Promise.all([log.drop(), tables.drop()])
  rmSync(directory, { recursive: true })
})

/** Opens the ledger as a process of this version does. */
async function opened({ log: { url }, directory }: Context) {
  const log = await openPostgresLog({ url })
  const vault = await openVault({ url, directory, environment: {} })
  return {
    log,
    codec: new Codec(catalogue, vault),
    close: async () => void (await Promise.all([vault.close(), log.close()])),
  }
}

test('every event is read, what is personal in it too, and the chain that was sealed still fits', async (context) => {
  const { log, codec, close } = await opened(context)
  const seals = await openSeals(context.log.url, log)
  try {
    const events: RecordedEvent[] = []
    for await (const page of log.readAll(null)) {
      const decoded = await codec.decode(page.events)
      assert.equal(decoded.failures, [])
      events.push(...decoded.events)
    }
    assert.is(events.length, 418)
    // Histories were opened by names until agents had keyed ids: a field that came later reads as what was meant.
    assert.equal(
      events.filter(({ type }) => type === 'HistoryOpened').map(({ data }) => data),
      [{ source: 'anonymous-bank', zone: 'Asia/Jerusalem', ids: 'clear' }],
    )
    const names = events.flatMap(({ type, data }) =>
      type === 'AgentSignedIn' ? [(data as { name: string | null }).name] : [],
    )
    assert.is(names.length, 8)
    assert.ok(
      names.every((name) => name !== null && name.length > 1),
      names.join(),
    )
    const { intact, head } = await verifyChain({ log, seals })
    assert.ok(intact)
    assert.is(head?.position, '0000000000000000418')
  } finally {
    await Promise.all([seals.close(), close()])
  }
})

test('its tables are folded, equal the ledger, and show what the old version showed', async (context) => {
  const { log, codec, close } = await opened(context)
  const engine = new Engine({ log, codec, url: context.tables.url, models: readModels, now: () => NOW })
  const client = connection(context.tables.url, { application: 'test' })
  await client.connect()
  const rows = async (text: string) =>
    (await client.query<string[]>({ text, rowMode: 'array', types: { getTypeParser: () => (value: string) => value } }))
      .rows
  try {
    await engine.start()
    await caughtUp(engine, log)
    const totals = async () => ({
      calls: await rows(
        'select tenant, outcome, count(*), sum(talk_ms), sum(wait_ms), count(ended_at) from calls group by 1, 2 order by 1, 2',
      ),
      segments: await rows('select tenant, kind, count(*) from call_segments group by 1, 2 order by 1, 2'),
      legs: await rows('select tenant, count(*) from legs group by 1'),
      states: await rows('select tenant, state, count(*) from agent_state_log group by 1, 2 order by 1, 2'),
      queues: await rows(
        'select tenant, queue_code, sum(offered), sum(answered), sum(abandoned), sum(talk_ms) from queue_interval group by 1, 2 order by 1, 2',
      ),
      offers: await rows('select tenant, count(*) from offers group by 1'),
      agents: await rows('select tenant, sum(answered) from agent_day group by 1 order by 1'),
    })
    const before = {
      calls: [
        ['bank', 'answered', '3', '776000', '23000', '3'],
        ['bank', 'pre_queue', '1', '0', null, '1'],
        ['demo', 'abandoned', '1', '0', '15274', '1'],
        ['demo', 'answered', '21', '1444998', '199394', '13'],
        ['demo', null, '2', '0', null, '0'],
      ],
      segments: [
        ['bank', 'agent', '3'],
        ['bank', 'queue', '3'],
        ['demo', 'agent', '21'],
        ['demo', 'queue', '24'],
      ],
      legs: [['demo', '48']],
      states: [
        ['demo', 'away', '8'],
        ['demo', 'in_call', '21'],
        ['demo', 'ready', '37'],
        ['demo', 'ringing', '24'],
        ['demo', 'wrap_up', '13'],
      ],
      queues: [
        ['bank', 'PS', '3', '3', '0', '776000'],
        ['demo', 'NE', '1', '0', '0', '0'],
        ['demo', 'NW', '6', '6', '0', '397614'],
        ['demo', 'PS', '17', '15', '1', '1047384'],
      ],
      offers: [['demo', '24']],
      agents: [
        ['bank', '2'],
        ['demo', '21'],
      ],
    }
    assert.equal(await totals(), before)
    const verified = await engine.verify()
    assert.equal(
      [verified.equal, verified.pending, verified.models.filter(({ differing }) => differing > 0)],
      [true, [], []],
    )
    await engine.rebuild()
    assert.equal(await totals(), before)
  } finally {
    await engine.stop()
    await client.end()
    await close()
  }
})

test('what its processes kept is kept: answers of commands, keys of people, where the switchboard stood', async (context) => {
  const { log, close } = await opened(context)
  const answers = await openAnswers(context.log.url, () => NOW)
  const snapshots = await openProcessSnapshots(context.tables.url, log)
  const clients = [context.log, context.tables].map(({ url }) => connection(url, { application: 'test' }))
  await Promise.all(clients.map((client) => client.connect()))
  try {
    const count = async (of: number, table: string) =>
      Number((await clients[of]!.query<{ count: string }>(`select count(*) from ${table}`)).rows[0]!.count)
    assert.equal(await Promise.all([count(0, 'answers.kept'), count(1, 'processes.snapshots')]), [5, 1])
    assert.is(await count(0, 'keys.person_keys'), 45)
    for (const [of, schema, done = 1] of [
      [0, 'log'],
      [0, 'answers'],
      [0, 'keys'],
      [0, 'chain', 2],
      [1, 'processes'],
      [1, 'tables'],
    ] as const)
      assert.is(await count(of, `${schema}.migrations`), done, schema)
  } finally {
    await Promise.all([...clients.map((client) => client.end()), answers.close(), snapshots.close(), close()])
  }
})

test('a type of event with upcasts has one event of each earlier schema in a kept ledger', () => {
  const kept = [LEDGER, OTHERS]
    .flatMap((file) => readFileSync(file, 'utf8').trim().split('\n'))
    .map((line) => JSON.parse(line) as Record<string, string>)
    .filter(({ type }) => type !== undefined)
    .map(({ type, metadata }) => `${type} ${(JSON.parse(metadata!) as { v?: number }).v ?? 1}`)
  const missing = Object.entries(catalogue as EventDefinitions).flatMap(([type, { upcasts }]) =>
    upcasts.flatMap((_, index) => (kept.includes(`${type} ${index + 1}`) ? [] : [`${type} ${index + 1}`])),
  )
  assert.equal(missing, [])
})

test.run()
