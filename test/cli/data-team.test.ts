/**
 * C-data: the data team's commands, from an import to a verified answer, on their own data directory; and what is
 * reported about data that are not as they should be. Time limit: 180 s.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connection } from '@ledgerline/adapters/postgres/connect.ts'
import { startEmbedded, type OwnedServer } from '@ledgerline/adapters/postgres/embedded.ts'
import { DEMO_DAY } from '@ledgerline/fixtures/demo.ts'
import { readConfig } from '@ledgerline/ops/config.ts'
import { openDatabases } from '@ledgerline/ops/installation/databases.ts'
import type { WhatIf } from '@ledgerline/ops/simulate/what-if.ts'
import { masked } from '@ledgerline/adapters/queries/mask.ts'
import { callsOf } from '../support/demo-day.ts'
import { begunIn } from '../support/tables.ts'
import { ledgerline, openDirectory } from './run.ts'

const scratch = openDirectory()
const data = join(scratch.path, 'data')
const ask = (...args: string[]) => ledgerline([...args, '--data', data])
/** The answer as JSON. */
async function told<T>(...args: string[]): Promise<T> {
  const { out, err } = await ask(...args, '--json')
  assert.is.not(out, '', err)
  return JSON.parse(out) as T
}
const rows = (statement: string, ...options: string[]) => told<Record<string, unknown>[]>('sql', statement, ...options)
const callsCounted = async (...options: string[]) =>
  (await rows('select count(*) as n from calls', ...options))[0]!['n'] as number

/** Does something to the databases by hand. */
async function byHand(which: 'log' | 'tables', ...statements: string[]): Promise<void> {
  const databases = await openDatabases(readConfig({}, { data }), 'write')
  const client = connection(databases[which], { application: 'test' })
  try {
    await client.connect()
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
    await databases.close()
  }
}

const test = suite('the data team')
let server: OwnedServer
// They ask beside a house that is there: starting its server for each question would take longer than the answers.
test.before(async () => {
  await begunIn(data)
  server = await startEmbedded({ directory: data, durable: false })
})
test.after(async () => {
  await server?.stop()
  scratch.remove()
})

test('imports a day and reports what was odd', async () => {
  const { code, out } = await ask('import', 'anonymous-bank', DEMO_DAY)
  assert.is(code, 0)
  assert.match(out, /calls in the ledger +\d{4}\b/)
  assert.match(out, /:\d+ +\w+ .* loaded/)
})

test('queries in SQL: counts are JSON numbers, one object per row', async () => {
  const answer = await told<{ outcome: string; count: number }[]>(
    'sql',
    'select outcome, count(*) from calls group by 1 order by 1',
  )
  assert.equal(
    answer.map(({ outcome }) => outcome),
    ['abandoned', 'answered', 'pre_queue'],
  )
  for (const { count } of answer) assert.type(count, 'number')
  const [all] = await rows('select count(*) as total from calls')
  assert.is(
    answer.reduce((sum, { count }) => sum + count, 0),
    all!['total'],
  )
})

/**
 * The first hours of the demo's day as those of the following day: the real switchboard lives through them many times,
 * and quickly.
 */
function morningAfter(): string {
  const file = join(scratch.path, 'morning.txt')
  writeFileSync(file, callsOf(/\t990203\t[6-8]:/).replaceAll('\t990203\t', '\t990204\t'), 'latin1')
  return file
}

test('replays a day of its tables and finds in them what the file has', async () => {
  const morning = morningAfter()
  assert.is((await ask('import', 'anonymous-bank', morning)).code, 0)
  // One after the other: both work in this process, and one would keep the other from hearing its database.
  const fromTables = await told<WhatIf>('simulate', '--from', '1999-02-04', '--runs', '2')
  const fromFile = await ledgerline(['simulate', '--from', '1999-02-04', '--file', morning, '--runs', '2', '--json'])
  const file = JSON.parse(fromFile.out) as WhatIf
  assert.equal({ ...fromTables.total.recorded, occupancy: 0 }, { ...file.total.recorded, occupancy: 0 })
  assert.equal(
    fromTables.queues.map(({ queue, recorded }) => [queue, recorded]),
    file.queues.map(({ queue, recorded }) => [queue, recorded]),
  )
  assert.is(fromTables.staff.base, file.staff.base)
  assert.is(fromTables.total.base.offered!.value, fromTables.total.recorded.offered)
  const { code, err } = await ask('simulate', '--from', '1999-02-05')
  assert.is(code, 1)
  assert.match(err, /No call of \w+ entered a queue on 1999-02-05\./)
})

test('importing twice changes nothing', async () => {
  const before = await rows('select count(*) from calls')
  const report = await told<{ calls: number; alreadyThere: number; events: number }>(
    'import',
    'anonymous-bank',
    DEMO_DAY,
  )
  assert.equal([report.calls - report.alreadyThere, report.events], [0, 0])
  assert.equal(await rows('select count(*) from calls'), before)
})

test('gets every kind of value in its JSON form, and no number that is silently another', async () => {
  assert.equal(
    await rows(`select 9007199254740993 as beyond, 12 as whole, 1.5::numeric as part, null as nothing, true as flag, '1999-02-03'::date as day,
      timestamptz '1999-02-03 10:00+02' as moment, '{"a":1}'::jsonb as json, array[1, 2]::bigint[] as list, '坐席' as text`),
    [
      {
        beyond: '9007199254740993',
        whole: 12,
        part: 1.5,
        nothing: null,
        flag: true,
        day: '1999-02-03',
        moment: '1999-02-03T08:00:00.000Z',
        json: { a: 1 },
        list: [1, 2],
        text: '坐席',
      },
    ],
  )
  assert.equal(await rows('select 1 as one where false'), [])
})

test('gets an answer of many pages whole', async () => {
  const answer = await rows('select n from generate_series(1, 2500) n')
  assert.equal([answer.length, answer.at(-1)], [2500, { n: 2500 }])
})

test('sees only the tenant that is named', async () => {
  const { code, out, err } = await ask('sql', 'select 1', '--tenant', 'anonymus_bank')
  assert.equal([code, out, err.trimEnd()], [1, '', 'There is no tenant anonymus_bank here. There are: anonymous_bank.'])
  assert.equal(
    await rows(`select 1 from pg_roles where rolname like '%anonymus%'`),
    [],
    'a name that was mistyped makes no role',
  )
  assert.ok((await callsCounted('--tenant', 'anonymous_bank')) > 1000)
})

for (const [statement, line] of [
  ['delete from calls', /^The statement does more than read: delete\./],
  ['with gone as (delete from calls returning 1) select * from gone', /^The database rejected the statement: /],
  [
    "select set_config('role', 'ledgerline', false), count(*) from calls",
    /^The database rejected the statement: permission denied/,
  ],
  ['select * from log.events', /^The database rejected the statement: /],
  ['select 1; select 2', /^That is more than one statement\. Run them one at a time\.$/],
  ['select colour from calls', /^The database rejected the statement: column "colour" does not exist\. The tables/],
  ['/* nothing */', /^<statement> is missing\./],
] as const) {
  test(`is refused: ${statement}`, async () => {
    const { code, out, err } = await ask('sql', statement)
    assert.match(err.trimEnd(), line)
    assert.equal([code, out, err.trimEnd().split('\n').length], [1, '', 1])
  })
}

test('keeps both of two columns that have one name', async () => {
  assert.equal(await rows('select 1 as n, 2 as n, 3 as n_2, 4 as n'), [{ n: 1, n_3: 2, n_2: 3, n_4: 4 }])
  assert.match((await ask('sql', 'select 1 as n, 2 as n')).out, /^n +n\n/)
})

test('sees customers and names masked, however they are queried, and unmasked once a role may', async () => {
  const plain = async () => {
    let found = ''
    await byHand('tables', 'grant ledgerline_numbers to ledgerline_sql')
    found = (await rows('select customer_id from calls where customer_id is not null order by call_id limit 1'))[0]![
      'customer_id'
    ] as string
    await byHand('tables', 'revoke ledgerline_numbers from ledgerline_sql')
    return found
  }
  const customer = await plain()
  assert.match(customer, /^\d{5,}$/)
  const [seen] = await rows('select customer_id from calls where customer_id is not null order by call_id limit 1')
  assert.is(seen!['customer_id'], masked(customer))
  assert.equal(
    await rows(`select count(*) from calls where customer_id = '${customer}'`),
    [{ count: 0 }],
    'nor can it be found by guessing',
  )
  assert.ok(
    (await rows('select name from agent_monitor')).every(
      ({ name }) => name === null || (name as string).endsWith('**'),
    ),
  )
  for (const around of [
    'select from_number from public.calls',
    'select * from tables.calls_v1',
    'select number from public.legs',
    'select name from public.agent_monitor',
  ]) {
    assert.match(
      (await ask('sql', around)).err,
      /^The database rejected the statement: (permission denied|relation .* does not exist)/,
      around,
    )
  }
  assert.ok(((await rows('select count(*) from traffic_records'))[0]!['count'] as number) > 0)
  const values = [
    '',
    '1',
    '12',
    '123',
    '1234',
    '12345',
    '123456',
    '1234567',
    '12345678',
    '123456789',
    '1234567890',
    '12345678901',
    '123456789012',
    '1234567890123',
    '123456789012345',
    '+8613812342225',
    '张三',
    'Anna',
    'R2D22',
    '坐席 101',
  ]
  const [answer] = await rows(`select array[${values.map((value) => `masked.mask('${value}')`).join(', ')}] as all`)
  assert.equal(answer!['all'], values.map(masked), 'the same mask as on every screen')
})

for (const call of [
  'pg_sleep(1)',
  'pg_advisory_lock(7239001144)',
  'pg_try_advisory_lock_shared(1, 2)',
  "pg_notify('ledgerline_log', '1')",
  "set_config('work_mem', '10GB', false)",
  'lo_create(0)',
  'pg_terminate_backend(1)',
]) {
  test(`may not do: ${call}`, async () => {
    const { code, err } = await ask('sql', `select ${call}`)
    assert.is(code, 1)
    assert.match(err, /^The database rejected the statement: permission denied for function/)
  })
}

test('has limits on memory and files that no statement changes', async () => {
  const [bounds] = await rows(
    `select current_setting('work_mem') as memory, current_setting('temp_file_limit') as files, current_setting('idle_in_transaction_session_timeout') as idle`,
  )
  assert.equal(bounds, { memory: '32MB', files: '1GB', idle: '1min' })
  for (const statement of [
    `set work_mem = '10GB'`,
    'listen ledgerline_log',
    'reset all',
    `explain analyze select set_config('work_mem', '10GB', false)`,
  ])
    assert.is((await ask('sql', statement)).code, 1, statement)
})

test('a statement that takes too long is given up', async () => {
  const { code, err } = await ask(
    'sql',
    'select count(*) from generate_series(1, 100000) a, generate_series(1, 100000) b',
    '--timeout',
    '1',
  )
  assert.equal(
    [code, err.trimEnd()],
    [
      1,
      'The statement took longer than 1 s and was cancelled. Narrow it (a day, a queue), or give it more time with --timeout.',
    ],
  )
})

test('verifies, sees what was tampered with, rebuilds, and verifies again', async () => {
  assert.is((await ask('verify')).code, 0)
  await byHand('tables', 'update calls set talk_ms = talk_ms + 1 where call_id = (select min(call_id) from calls)')
  const { models } = await told<{ models: { differing: number; differences: { columns: string[] }[] }[] }>(
    'verify',
    'calls',
  )
  assert.equal(
    models.map(({ differing, differences }) => [differing, differences[0]!.columns]),
    [[1, ['talk_ms']]],
  )
  const tampered = await ask('verify', 'calls')
  assert.is(tampered.code, 1)
  assert.match(tampered.out, /NOT EQUAL[\s\S]*differs in talk_ms[\s\S]*do NOT equal the ledger/)
  assert.is((await ask('rebuild', 'calls')).code, 0)
  assert.is((await ask('verify')).code, 0)
})

test('a read model that does not exist is refused with a list of those that do', async () => {
  for (const command of ['verify', 'rebuild']) {
    const { code, err } = await ask(command, 'cals')
    assert.match(err, /^There is no read model cals\. There are: tenants, .*calls/m)
    assert.is(code, 1)
  }
})

test("gets a call's story and an agent's day", async () => {
  const [first] = await rows(
    `select call_id, agent_code from calls where outcome = 'answered' and agent_code is not null order by received_at desc limit 1`,
  )
  const { call_id: callId, agent_code: agent } = first as { call_id: string; agent_code: string }
  const story = await told<{ events: { type: string }[] }>('replay', '--call', callId)
  assert.is(story.events[0]!.type, 'CallReceived')
  assert.is(story.events.at(-1)!.type, 'CallEnded')
  assert.match((await ask('replay', '--call', callId)).out, 'CallAnswered')
  const day = await told<{ day: string; segments: { callId: string }[] }>('replay', '--agent', agent)
  assert.is(day.day, '1999-02-04', 'their last one')
  assert.ok(day.segments.some((segment) => segment.callId === callId))
})

test('is told of an event that no schema knows, and of one that cannot be read, and where they are', async () => {
  await byHand(
    'log',
    `select log.append(array['call-anonymous_bank.odd'], array[-1], array[1, 1], array['00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000002']::uuid[], array['CallTeleported', 'CallEnded'],
      array['{}', '{"callId"'], array['{"t":"anonymous_bank","a":"test","at":1}', '{"t":"anonymous_bank","a":"test","at":2}'])`,
  )
  const story = await told<{ events: { type: string; unreadable: string }[] }>('replay', '--call', 'odd')
  assert.equal(
    story.events.map(({ type, unreadable }) => [type, unreadable]),
    [
      ['CallTeleported', 'event.unknown'],
      ['CallEnded', 'event.corrupt'],
    ],
  )
  const { code, out } = await ask('rebuild', 'calls')
  assert.match(out, /calls anonymous_bank .*odd.* is parked at CallTeleported \(.*position \d+\)/)
  assert.is(code, 0, 'new tables are built all the same')
  assert.ok((await callsCounted()) > 1000)
})

test('a file that is not a call log is refused', async () => {
  const wrong = join(scratch.path, 'wrong.txt')
  writeFileSync(wrong, 'a,b,c\n1,2,3\n')
  const { code, err } = await ask('import', 'anonymous-bank', wrong)
  assert.match(err.trimEnd(), /wrong\.txt is not an AnonymousBank call log: it begins with a,b,c/)
  assert.equal([code, err.trimEnd().split('\n').length], [1, 1])
})

test('a lost master key is reported, and no other is made in its place', async () => {
  const key = join(data, 'master.key')
  renameSync(key, `${key}.away`)
  const lost = await ask('verify')
  assert.equal(
    [lost.code, lost.err.trimEnd()],
    [
      1,
      `The master key ${key} does not fit the data: personal fields cannot be opened. Restore the key file that was made with this data, or set LEDGERLINE_MASTER_KEY to it.`,
    ],
  )
  const other = await ledgerline(['verify', '--data', data], { LEDGERLINE_MASTER_KEY: 'a'.repeat(64) })
  assert.match(other.err, /^The master key LEDGERLINE_MASTER_KEY does not fit the data/)
  const broken = await ledgerline(['verify', '--data', data], { LEDGERLINE_MASTER_KEY: 'short' })
  assert.match(broken.err, /^The master key in LEDGERLINE_MASTER_KEY is not 32 bytes/)
  renameSync(`${key}.away`, key)
})

test('a ledger or tables of a newer version are left alone', async () => {
  await byHand('log', 'insert into log.layout (version) values (99)')
  const log = await ask('sql', 'select 1')
  assert.match(
    log.err.trimEnd(),
    /^The event log has layout 99; this version knows up to \d+\. .*start that version\.$/,
  )
  await byHand('log', 'delete from log.layout where version = 99')
  await byHand('tables', `update tables.models set version = 99 where model = 'calls' and live`)
  const tables = await ask('sql', 'select 1')
  assert.match(tables.err.trimEnd(), /^The table of calls was made by a newer version of the program/)
  assert.equal([log.code, tables.code], [1, 1])
})

test.run()
