import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import fc from 'fast-check'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import type { ReadModel, Row } from '@ledgerline/projections/engine/model.ts'
import { readModels } from '@ledgerline/projections/models.ts'
import { LiveClient } from './live-client.ts'
import { rowOf, startWeb, tenant, type Web } from './web.ts'

const model = (name: string): ReadModel => readModels.models.find((candidate) => candidate.name === name)!
const calls = model('calls')
const agents = model('agent_monitor')
const minutes = model('queue_minute')
const days = model('queue_day')

let web: Web
const test = suite('the live stream')
test.before.each(async () => void (web = await startWeb('live')))
test.after.each(() => web.close())

const agent = (number: number, change: Row = {}) =>
  rowOf(agents, {
    agentId: `a${number}`,
    agentCode: String(200 + number),
    name: `Agent ${number}`,
    state: 'ready',
    ...change,
  })
const call = (number: number, change: Row = {}) =>
  rowOf(calls, {
    callId: `c${number}`,
    status: 'waiting',
    fromNumber: '13800002225',
    receivedAt: web.tables.now,
    zone: 'Asia/Shanghai',
    ...change,
  })
const states = (client: LiveClient) => client.rows('agent_monitor').map((row) => row['state'])

test('says who and when, sends each topic whole, and then is ready', async () => {
  await web.tables.write(agents, [agent(1), agent(2)])
  await web.tables.write(calls, [call(1), call(2, { status: 'ended', endedAt: web.tables.now })])
  const client = await LiveClient.connect(web.port, { topics: ['calls', 'agent_monitor'] })
  await client.ready()
  const order = client.messages
    .filter(({ event }) => event !== 'beat')
    .map(({ event, data }) => `${event} ${data.topic ?? ''}`.trim())
  assert.equal(order, ['hello', 'snapshot calls', 'snapshot agent_monitor', 'ready'])
  const hello = client.messages[0]!.data
  assert.equal(hello, {
    tenant,
    zone: 'Asia/Shanghai',
    now: web.tables.now,
    speed: 1,
    asked: 1,
    behind: false,
    build: 'none',
    topics: ['calls', 'agent_monitor'],
  })
  assert.equal(client.rows('agent_monitor').length, 2)
  assert.equal(
    client.rows('calls').map((row) => [row['callId'], row['fromNumber']]),
    [['c1', '138****2225']],
  )
  assert.ok(client.lastId)
  client.drop()
})

test('a call that ends is removed; one that came and went unseen is not mentioned', async () => {
  await web.tables.write(calls, [call(1)])
  const client = await LiveClient.connect(web.port, { topics: ['calls'] })
  await client.ready()
  await web.tables.write(calls, [call(1, { status: 'ended', endedAt: web.tables.now })])
  await client.until('the call is gone', () => client.rows('calls').length === 0)
  const removes = client.messages.flatMap(({ event, data }) => (event === 'delta' ? data.removes : []))
  assert.equal(removes, [{ callId: 'c1' }])
  await web.tables.write(calls, [call(7, { status: 'ended', endedAt: web.tables.now })])
  await web.tables.write(calls, [call(8)])
  await client.until('the next call', () => client.rows('calls').length === 1)
  assert.ok(!JSON.stringify(client.messages).includes('"c7"'))
  client.drop()
})

test('another tenant’s rows never arrive', async () => {
  await web.tables.write(agents, [agent(1)], { tenant: 'other' })
  const client = await LiveClient.connect(web.port)
  await client.ready()
  await web.tables.write(agents, [agent(2)], { tenant: 'other' })
  await web.tables.write(agents, [agent(3)])
  await client.until('the own agent', () => client.rows('agent_monitor').length === 1)
  assert.is(client.rows('agent_monitor')[0]!['agentId'], 'a3')
  client.drop()
})

test('only the last hour’s minutes and today’s sums, even as time passes', async () => {
  const now = web.tables.now
  const minute = (back: number) => rowOf(minutes, { queueCode: 'PS', startsAt: now - back * 60_000, offered: 1 })
  await web.tables.write(minutes, [minute(61), minute(59), minute(1)])
  await web.tables.write(days, [
    rowOf(days, { queueCode: 'PS', day: '2026-01-31' }),
    rowOf(days, { queueCode: 'PS', day: '2026-02-01' }),
  ])
  const client = await LiveClient.connect(web.port, { topics: ['queue_minute', 'queue_day'] })
  await client.ready()
  assert.equal(
    client.rows('queue_minute').map((row) => (now - (row['startsAt'] as number)) / 60_000),
    [59, 1],
  )
  assert.equal(
    client.rows('queue_day').map((row) => row['day']),
    ['2026-02-01'],
  )
  await web.tables.write(minutes, [minute(90), minute(0)])
  await client.until('the new minute', () => client.rows('queue_minute').length === 3)
  web.tables.now = now + 20 * 3_600_000
  await client.until(
    'all of it is over',
    () => client.rows('queue_minute').length === 0 && client.rows('queue_day').length === 0,
  )
  client.drop()
})

test('beats carry the tenant’s clock and how late the tables are', async () => {
  web.tables.lagMs = 1234
  const client = await LiveClient.connect(web.port, { topics: ['queues'] })
  await client.ready()
  await client.until('a beat', () => client.messages.at(-1)!.event === 'beat')
  const beat = client.messages.at(-1)!
  assert.equal(beat.data, {
    now: web.tables.now,
    speed: 1,
    asked: 1,
    behind: false,
    lagMs: 1234,
    delayed: false,
    position: '0'.padStart(19, '0'),
  })
  assert.ok(beat.id)
  client.drop()
})

test('changes that come while the boards are being read are neither lost nor doubled', async () => {
  let open = (): void => {}
  web.tables.gate = new Promise((resolve) => (open = resolve))
  await web.tables.write(agents, [agent(1), agent(2), agent(3)])
  const client = await LiveClient.connect(web.port, { topics: ['agent_monitor'] })
  await client.until('hello', () => client.has('hello'))
  await web.tables.write(agents, [agent(1, { state: 'away' })], { removes: [agent(2)] })
  assert.not(client.has('snapshot'))
  open()
  await client.ready()
  await web.tables.write(agents, [agent(3, { state: 'in_call' })])
  await client.until('the last change', () => states(client).includes('in_call'))
  assert.equal(states(client), ['away', 'in_call'])
  client.drop()
})

test('a board that cannot be read is read as soon as it can be', async () => {
  await web.tables.write(agents, [agent(1)])
  web.tables.refuse = new Error('no connection')
  const client = await LiveClient.connect(web.port, { topics: ['agent_monitor'] })
  await client.until('hello', () => client.has('hello'))
  await web.tables.write(agents, [agent(2)])
  web.tables.refuse = null
  await client.ready()
  assert.is(client.rows('agent_monitor').length, 2)
  assert.ok(web.told.some(({ message }) => message === 'boards cannot be read'))
  client.drop()
})

test('changes that were committed but never reported arrive as soon as that is noticed', async () => {
  await web.tables.write(agents, [agent(1), agent(2), agent(3)])
  const client = await LiveClient.connect(web.port, { topics: ['agent_monitor'] })
  await client.ready()
  await web.tables.write(agents, [agent(1, { state: 'away' }), agent(4)], { removes: [agent(2)], untold: true })
  web.tables.stale()
  await web.tables.write(agents, [agent(3, { state: 'in_call' })])
  await client.until('everything', () => states(client).join() === 'away,in_call,ready')
  assert.is(client.messages.filter(({ event }) => event === 'snapshot').length, 1)
  client.drop()
})

test('a client that was away for a moment gets what it missed and no snapshot', async () => {
  await web.tables.write(
    agents,
    Array.from({ length: 50 }, (_, number) => agent(number)),
  )
  const before = await LiveClient.connect(web.port, { topics: ['agent_monitor'] })
  await before.ready()
  await web.tables.write(agents, [agent(1, { state: 'away' })])
  await before.until('away', () => states(before).includes('away'))
  before.drop()
  await web.tables.write(agents, [agent(2, { state: 'in_call' })])
  const after = await LiveClient.connect(web.port, { topics: ['agent_monitor'], before })
  await after.until('what was missed', () => states(after).includes('in_call'))
  assert.not(after.has('snapshot') || after.has('hello'))
  assert.equal(
    after.messages
      .filter(({ event }) => event === 'delta')
      .flatMap(({ data }) => data.upserts.map((row: Row) => row['agentId'])),
    ['a2'],
  )
  after.drop()
})

test('an id of another view, another server or none gets a snapshot', async () => {
  const first = await LiveClient.connect(web.port, { topics: ['agent_monitor'] })
  await first.ready()
  const [epoch, number, scope, view] = first.lastId!.split('.')
  for (const lastId of [
    `other.${number}.${scope}.${view}`,
    `${epoch}.99999.${scope}.${view}`,
    `${epoch}.${number}.calls.${view}`,
    `${epoch}.${number}.${scope}.9`,
    'nonsense',
  ]) {
    const client = await LiveClient.connect(web.port, { topics: ['agent_monitor'], lastId })
    await client.ready()
    assert.ok(client.has('hello') && client.has('snapshot'), lastId)
    client.drop()
  }
  first.drop()
})

test('a browser that reads slowly costs no more than a snapshot, and ends up with the truth', async () => {
  const padded = (number: number, state: string) => agent(number, { state, reason: 'x'.repeat(2_000) })
  const all = (state: string) => Array.from({ length: 300 }, (_, number) => padded(number, state))
  await web.tables.write(agents, all('ready'))
  const slow = await LiveClient.connect(web.port, { topics: ['agent_monitor'] })
  const quick = await LiveClient.connect(web.port, { topics: ['agent_monitor'] })
  await Promise.all([slow.ready(), quick.ready()])
  slow.pause()
  for (let round = 1; round <= 40; round++) {
    web.tables.tell(agents, all(`round ${round}`))
    await quick.until(`round ${round}`, () => states(quick)[0] === `round ${round}`)
  }
  const written = quick.messages.filter(({ event }) => event === 'delta').length
  slow.resume()
  await slow.until('the last round', () => states(slow).every((state) => state === 'round 40'))
  const read = slow.messages.filter(({ event }) => event === 'delta' || event === 'snapshot').length
  assert.ok(read < written, `the slow one was told ${read} times, the quick one ${written}`)
  assert.equal(slow.rows('agent_monitor'), quick.rows('agent_monitor'))
  slow.drop()
  quick.drop()
})

test('snapshot and deltas add up to the table, whatever changes and whoever comes back', async () => {
  const property = fc.asyncProperty(fc.integer(), async (seed) => {
    const dice = seededDice(seed)
    const present = new Map<string, Row>()
    const change = async (): Promise<void> => {
      const upserts: Row[] = []
      const removes: Row[] = []
      for (let count = Math.floor(dice() * 6); count >= 0; count--) {
        const row = agent(Math.floor(dice() * 12), { state: `s${Math.floor(dice() * 1e6)}` })
        const id = row['agentId'] as string
        if (upserts.some((other) => other['agentId'] === id) || removes.some((other) => other['agentId'] === id))
          continue
        if (dice() < 0.25) {
          removes.push(row)
          present.delete(id)
        } else {
          upserts.push(row)
          present.set(id, row)
        }
      }
      await web.tables.write(agents, upserts, { removes })
    }
    for (let turn = 0; turn < 3; turn++) await change()
    let client = await LiveClient.connect(web.port, { topics: ['agent_monitor'] })
    for (let turn = 0; turn < 25; turn++) {
      await change()
      if (dice() < 0.2) {
        // Wherever it was: even before the first snapshot, or in the middle of a frame.
        client.drop()
        if (dice() < 0.5) await change()
        client = await LiveClient.connect(web.port, { topics: ['agent_monitor'], before: client })
      }
      if (dice() < 0.3) await new Promise((resolve) => setImmediate(resolve))
    }
    const expected = () => [...present.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row['state'])
    await client.until(
      `the rows are those of the table (seed ${seed})`,
      () => JSON.stringify(states(client)) === JSON.stringify(expected()),
    )
    client.drop()
    await web.tables.write(agents, [], { removes: [...present.values()] })
  })
  await fc.assert(property, { numRuns: 15 })
})

test('without listeners nothing is held and nothing is followed', async () => {
  assert.is(web.tables.followers, 0)
  const client = await LiveClient.connect(web.port)
  await client.ready()
  assert.is(web.tables.followers, 1)
  assert.equal(web.server.feed.held, [tenant])
  const second = await LiveClient.connect(web.port)
  await second.ready()
  assert.is(web.tables.followers, 1, 'one board for all who listen')
  web.server.feed.close()
  await Promise.all([client, second].map((each) => each.until('the end', () => each.closed).catch(() => {})))
  assert.is(web.tables.followers, 0)
  assert.equal(web.server.feed.held, [])
})

test('topics that do not exist are refused', async () => {
  assert.is((await LiveClient.connect(web.port, { topics: ['agents'] })).status, 400)
  assert.is((await LiveClient.connect(web.port, { topics: ['calls', 'legs'] })).status, 400)
})

test.run()
