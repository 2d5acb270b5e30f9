import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { connection } from '@ledgerline/adapters/postgres/connect.ts'
import { topicNames } from '@ledgerline/adapters/live/topics.ts'
import { readModels } from '@ledgerline/projections/models.ts'
import { LiveClient } from './live-client.ts'
import { startSpine, type Spine } from './spine.ts'
import { get, post, type Reply } from './web.ts'

let spine: Spine
const test = suite('from the switchboard to the screen')
test.before.each(async () => void (spine = await startSpine('spine', { agents: 4 })))
test.after.each(() => spine.close())

const list = async (path: string): Promise<any[]> => {
  const reply = await get(spine, `/api/v1/${path}`)
  assert.is(reply.status, 200, reply.text)
  return reply.json.rows
}
/** A command; its sender's clock keeps running meanwhile. */
const command = (path: string, body: object): Promise<Reply> =>
  spine.during(post(spine, `/api/v1/commands/${path}`, body))

/** The tiles of a browser are the rows of the tables. */
async function boardsEqualTables(client: LiveClient): Promise<void> {
  await spine.settled()
  for (const topic of [
    'queues',
    'queue_monitor',
    'agent_monitor',
    'calls',
    'call_parties',
    'queue_minute',
    'queue_day',
    'mailboxes',
    'gateways',
    'registrations',
  ]) {
    const query = topic === 'calls' || topic === 'call_parties' ? '?endedAt.is=null&limit=200' : '?limit=200'
    const keys = Object.keys(readModels.models.find(({ name }) => name === topic)!.key)
    const sorted = (rows: any[]) =>
      rows
        .map((row) => [keys.map((key) => String(row[key])).join(' '), row])
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, row]) => row)
    const table = sorted(await list(topic + query))
    await client
      .until(
        `${topic} is as the table`,
        () => JSON.stringify(inOrder(sorted(client.rows(topic)))) === JSON.stringify(inOrder(table)),
      )
      .catch((error: Error) => {
        assert.equal(inOrder(sorted(client.rows(topic))), inOrder(table), `${topic}: ${error.message}`)
      })
  }
}

/** Columns in one order: the database and the fold need not agree on it. */
const inOrder = (rows: Record<string, unknown>[]) =>
  rows.map((row) => Object.fromEntries(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1))))

test('a call is seen waiting, talking and gone, and its story is told completely', async () => {
  const client = await LiveClient.connect(spine.port)
  await client.ready()
  assert.is(client.rows('agent_monitor').filter((row) => row['state'] === 'ready').length, 4)
  const callId = spine.floor.call()
  await spine.pass(1_000)
  await client.until('the call is there', () => client.rows('calls').some((row) => row['callId'] === callId))
  await spine.pass(10_000)
  await client.until(
    'somebody talks',
    () =>
      client.rows('calls').some((row) => row['status'] === 'talking') &&
      client.rows('agent_monitor').some((row) => row['state'] === 'in_call'),
  )
  assert.is(client.rows('calls')[0]!['fromNumber'], '138****2225')
  await boardsEqualTables(client)
  await spine.pass(120_000)
  await client.until('the call is gone', () => client.rows('calls').length === 0)
  await boardsEqualTables(client)

  const [call] = await list(`calls?callId=${callId}`)
  assert.is(call.outcome, 'answered')
  const { json } = await get(spine, `/api/v1/calls/${callId}/timeline`)
  assert.equal(json.call, call)
  assert.equal(
    json.segments.map((segment: { kind: string }) => segment.kind),
    ['queue', 'agent'],
  )
  assert.equal(json.legs.map((leg: { purpose: string }) => leg.purpose).sort(), ['agent', 'customer'])
  assert.equal(
    json.events.map((event: { type: string }) => event.type),
    await spine.floor.story(callId),
  )
  assert.is(json.events[0].data.from, '138****2225')
  assert.not.match(JSON.stringify(json), /13800002225/)
  client.drop()
})

test('an unknown call is not found', async () => {
  const { status, json } = await get(spine, '/api/v1/calls/nobody/timeline')
  assert.is(status, 404)
  assert.equal(json.details, { what: 'call', id: 'nobody' })
})

test('people read what they wrote: a query waits for the position of their command', async () => {
  const [agent] = await list('agent_monitor?agentCode=201')
  for (const [path, state] of [
    ['not-ready', 'not_ready'],
    ['away', 'away'],
    ['ready', 'ready'],
    ['not-ready', 'not_ready'],
  ] as const) {
    const { status, json, text } = await command(`agents/${path}`, {
      agentCode: agent.agentCode,
      commandId: `read-your-writes-${path}-${Math.random()}`,
    })
    assert.is(status, 200, text)
    const [row] = await list(`agent_monitor?agentCode=201&position=${json.position}`)
    assert.is(row.state, state)
  }
})

test('any read waits for what was written, and says so while its tables do not have it', async () => {
  const asked = { agentCode: '201', commandId: 'read-after-a-write' }
  const owner = connection(spine.database.url, { application: 'test' })
  await owner.connect()
  try {
    const [{ table_name: table }] = (
      await owner.query(`select table_name from tables.models where model = 'agent_monitor' and live`)
    ).rows
    // Rows can be read, and none can be written.
    await owner.query(`begin; lock table tables.${table} in share mode`)
    const { status, json, text } = await command('agents/away', asked)
    assert.is(status, 200, text)
    const read = (path: string) => get(spine, path, { 'x-read-after': json.position })
    for (const path of [
      '/api/v1/agent_monitor?agentCode=201',
      '/api/v1/reports/agents?from=2026-02-01&to=2026-02-02',
    ]) {
      const { status, headers, json: late } = await read(path)
      assert.equal([status, headers['x-read-behind'], late.asOf.behind], [200, 'true', true], path)
    }
    assert.is((await read('/api/v1/agent_monitor?agentCode=201')).json.rows[0].state, 'ready')
    const waits = read('/api/v1/agent_monitor?agentCode=201')
    await owner.query('commit')
    const { headers, json: there } = await waits
    assert.equal([headers['x-read-behind'], there.asOf.behind, there.rows[0].state], [undefined, false, 'away'])
  } finally {
    await owner.end()
  }
  const { status, json } = await get(spine, '/api/v1/calls', { 'x-read-after': 'no position' })
  assert.equal([status, json.where], [400, 'X-Read-After'])
})

test('the state of the server names its lanes and its models', async () => {
  const { json } = await get(spine, '/api/v1/status')
  assert.equal(
    json.lanes.map(({ lane, state }: { lane: string; state: string }) => [lane, state]),
    [
      ['switchboard', 'running'],
      ['bulk', 'running'],
    ],
  )
  assert.equal(
    json.models.map(({ model }: { model: string }) => model).sort(),
    readModels.models.map(({ name }) => name).sort(),
  )
  assert.ok(json.models.every(({ version, declared, parked }: any) => version === declared && parked === 0))
})

test('the boards as they stood, by the tenant’s own clock', async () => {
  const before = spine.floor.clock.now()
  await spine.pass(1_000)
  const callId = spine.floor.call()
  await spine.pass(10_000)
  const during = spine.floor.clock.now()
  await spine.pass(200_000)
  await spine.settled()
  const at = async (moment: number) => (await get(spine, `/api/v1/boards/as-of?by=event&at=${moment}`)).json.boards
  assert.equal((await at(before)).calls, [])
  const then = await at(during)
  assert.equal(
    then.calls.map((row: any) => [row.callId, row.status, row.fromNumber]),
    [[callId, 'talking', '138****2225']],
  )
  assert.is(then.agent_monitor.filter((row: any) => row.state === 'in_call').length, 1)
  assert.is(then.queue_monitor[0].talking, 1)
  const sums = (boards: any) =>
    [boards.queue_day, boards.queue_minute].map((rows) =>
      rows.map((row: any) => [row.offered, row.answered, row.answeredInTarget]),
    )
  assert.equal(
    [sums(await at(before)), sums(then)],
    [
      [[], []],
      [[[1, 1, 1]], [[1, 1, 1]]],
    ],
  )
  assert.equal(Object.keys(then).sort(), [
    'agent_monitor',
    'call_parties',
    'calls',
    'gateways',
    'mailboxes',
    'queue_day',
    'queue_minute',
    'queue_monitor',
    'queues',
    'registrations',
  ])
  assert.is((await get(spine, '/api/v1/boards/as-of?at=2000-01-01T00:00:00Z')).json.code, 'tables.before_history')
})

test('screens stay true while the database drops its connections', async () => {
  const client = await LiveClient.connect(spine.port)
  await client.ready()
  for (let round = 0; round < 6; round++) {
    for (let count = 0; count < 3; count++) spine.floor.call()
    await spine.pass(7_000)
    await spine.database.dropConnections()
    await spine.pass(7_000)
  }
  await boardsEqualTables(client)
  await spine.pass(600_000)
  await boardsEqualTables(client)
  assert.is(client.rows('calls').length, 0)
  client.drop()
})

test('a rebuild is not noticed by viewers', async () => {
  const client = await LiveClient.connect(spine.port)
  await client.ready()
  spine.floor.call()
  await spine.pass(8_000)
  await spine.engine.rebuild()
  spine.floor.call()
  await spine.pass(3_000)
  await boardsEqualTables(client)
  assert.is(client.messages.filter(({ event }) => event === 'snapshot').length, topicNames.length)
  client.drop()
})

test('a reader’s connection sees no other tenant even without a condition', async () => {
  const owner = connection(spine.database.url, { application: 'test' })
  await owner.connect()
  await owner.query(
    `insert into tables.tenants_v1 (tenant, zone, source, config_version, since) values ('other', 'UTC', 'switchboard', 1, now())`,
  )
  await owner.end()
  assert.equal((await list('tenants')).length, 1)
})

test.run()
