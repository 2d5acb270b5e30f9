import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { reports } from '@ledgerline/projections/reports/all.ts'
import { clockText } from '@ledgerline/projections/reports/values.ts'
import { say } from '../projections/rig.ts'
import { Book, moment, offered, placed, reportDesk, values, type ReportDesk } from './desk.ts'

const NOON = moment('2026-02-02T12:00:00+08:00')
const DAY = { from: '2026-02-02', to: '2026-02-02' }
const SECOND = 1000

let desk: ReportDesk
const test = suite('traffic reports of catalogue A')
test.before(async () => void (desk = await reportDesk('reports traffic')))
test.after(() => desk.close())

const headings = (id: string) => reports.find((report) => report.id === id)!.columns.map(({ label }) => label.zh)

test('A11.3.1-traffic A11.3.2-agent-traffic A11.3.4-inbound A11.3.5-outbound have exactly the manual’s columns', () => {
  assert.equal(headings('traffic'), [
    '坐席',
    '用户名',
    '方向',
    '呼损',
    '总话量',
    '通话总时长',
    '平均通话时长',
    '平均振铃时长',
  ])
  assert.equal(headings('agent-traffic'), ['被叫', '呼损', '总话量', '通话总时长', '平均通话时长', '平均振铃时长'])
  const ten = [
    '坐席',
    '用户名',
    '总话量',
    '有效量',
    '通话总时长',
    '平均通话时长',
    '最长通话时长',
    '最短通话时长',
    '最大振铃时长',
    '平均振铃时长',
  ]
  assert.equal(headings('inbound'), ten)
  assert.equal(headings('outbound'), ten)
})

test('A11.3.2-agent-traffic is A11.3.1-traffic summed by user and direction: 47 = 33 + 14, 480 = 472 + 8; A11.3.4-inbound 527 = 47 + 480 and 25960 s / 527 = 49 s', async () => {
  const book = await Book.open(desk, 'sums', 'Asia/Shanghai', NOON)
  // 46 talks of 552 s and one of 568 s: 25,960 s.
  const answered = (index: number) => (index === 0 ? 568 : 552) * SECOND
  for (let index = 0; index < 47; index++)
    await offered(book, NOON + index * SECOND, {
      agent: '202',
      direction: index < 33 ? 'inbound' : 'internal',
      ringMs: 4_000,
      talkMs: answered(index),
    })
  for (let index = 0; index < 480; index++)
    await offered(book, NOON + 100_000 + index * SECOND, {
      agent: '202',
      direction: index < 472 ? 'inbound' : 'internal',
      ringMs: 20_000,
      talkMs: null,
    })

  const { rows } = await book.ask('traffic', { ...DAY, endpoint: '8202' })
  assert.equal(values(rows, 'endpoint', 'agent', 'direction', 'lost', 'calls'), [
    ['8202', '202', 'external_queue', 0, 33],
    ['8202', '202', 'external_queue', 1, 472],
    ['8202', '202', 'internal_queue', 0, 14],
    ['8202', '202', 'internal_queue', 1, 8],
  ])
  const summed = await book.ask('agent-traffic', { ...DAY, endpoint: '8202' })
  assert.equal(values(summed.rows, 'endpoint', 'lost', 'calls', 'talkMs', 'averageRingMs'), [
    ['8202', 0, 47, 25_960 * SECOND, 4_000],
    ['8202', 1, 480, 0, 20_000],
  ])
  const inbound = await book.ask('inbound', DAY)
  const keys = ['endpoint', 'agent', 'calls', 'effective', 'talkMs', 'longestTalkMs', 'shortestTalkMs', 'longestRingMs']
  assert.equal(values(inbound.rows, ...keys), [['8202', '202', 527, 47, 25_960 * SECOND, 568 * SECOND, 0, 20_000]])
  assert.is(clockText(inbound.rows[0]!['averageTalkMs'] as number), '0:00:49')
  assert.equal(values([inbound.totals], 'calls', 'effective', 'talkMs'), [[527, 47, 25_960 * SECOND]])
  assert.is(inbound.rows[0]!['averageRingMs'], (47 * 4_000 + 480 * 20_000) / 527)
})

test('A11.3.5-outbound: 337 s / 48 = 7 s, over all calls, answered or not', async () => {
  const book = await Book.open(desk, 'outbound', 'Asia/Shanghai', NOON)
  for (let index = 0; index < 14; index++)
    await placed(book, NOON + index * 60_000, {
      agent: '201',
      ringMs: 15_000,
      talkMs: (index === 0 ? 25 : 24) * SECOND,
    })
  for (let index = 0; index < 34; index++)
    await placed(book, NOON + index * 60_000, { agent: '201', ringMs: 30_000, talkMs: null })
  const { rows, totals } = await book.ask('outbound', DAY)
  assert.equal(
    values(
      rows,
      'endpoint',
      'agent',
      'calls',
      'effective',
      'talkMs',
      'shortestTalkMs',
      'longestTalkMs',
      'longestRingMs',
    ),
    [['8201', '201', 48, 14, 337_000, 0, 25_000, 30_000]],
  )
  assert.is(clockText(rows[0]!['averageTalkMs'] as number), '0:00:07')
  assert.is(totals['averageTalkMs'], 337_000 / 48)
  assert.is((await book.ask('inbound', DAY)).rows.length, 0)
})

test('A11.3-rounding averages come from milliseconds: 7:09:15 / 33 = 13 min, 205 s / 14 = 15 s, "37 s" / 2 = 18 s', async () => {
  assert.is(clockText(((7 * 3600 + 9 * 60 + 15) * SECOND) / 33), '0:13:00')
  assert.is(clockText(205_000 / 14), '0:00:15')
  const book = await Book.open(desk, 'rounding', 'Asia/Shanghai', NOON)
  await offered(book, NOON, { agent: '201', ringMs: 18_300, talkMs: 1_000 })
  await offered(book, NOON + 60_000, { agent: '201', ringMs: 18_300, talkMs: 1_000 })
  const { rows } = await book.ask('inbound', DAY)
  assert.is(clockText(2 * 18_300), '0:00:37')
  assert.is(clockText(rows[0]!['averageRingMs'] as number), '0:00:18')
})

test('A11.1-leg-records A11.1-directions a call leaves one record for our number and one for each extension it reached', async () => {
  const book = await Book.open(desk, 'records', 'Asia/Shanghai', NOON)
  const callId = await offered(book, NOON, { agent: '201', ringMs: 9_000, talkMs: 2_000, holdMs: 1_000 })
  await offered(book, NOON + 60_000, { agent: '202', queue: null, ringMs: 5_000, talkMs: 10_000 })
  const { rows } = await book.ask('traffic', DAY)
  assert.equal(values(rows, 'endpoint', 'direction', 'lost', 'calls', 'talkMs'), [
    ['8201', 'external_queue', 0, 1, 3_000],
    ['8202', 'external_transfer', 0, 1, 10_000],
    // Our own number never rings: the queue takes the call at once, and the caller stays until they hang up.
    ['95588', 'external_in', 0, 2, 22_000],
  ])
  // A11.1-time-identity: hang-up − dial = ring + talk.
  const [record] = await desk.rig.sql<{ ring: number; talk: number; whole: number }>(
    `select r.ring_ms::int as ring, r.talk_ms::int as talk, (extract(epoch from s.ended_at - r.at) * 1000)::int as whole
     from traffic_records r join call_segments s using (tenant, call_id, agent_id) where call_id = $1 and s.kind = 'agent'`,
    [callId],
  )
  assert.equal(record, { ring: 9_000, talk: 3_000, whole: 12_000 })
})

test('A11.3.4-inbound leaves out transfers and our own numbers', async () => {
  const book = await Book.open(desk, 'transfers', 'Asia/Shanghai', NOON)
  await offered(book, NOON, { agent: '201', queue: null, ringMs: 9_000, talkMs: 2_000 })
  assert.equal((await book.ask('inbound', DAY)).rows, [])
})

test('A11.3-filters by call state, by number typed as called number, by agent and group', async () => {
  const book = await Book.open(desk, 'filters', 'Asia/Shanghai', NOON)
  for (const [agent, group] of [
    ['201', 'east'],
    ['203', 'west'],
  ] as const) {
    const signedIn = say.signedIn(agent)
    await book.shift(NOON - 60_000, agent, {
      ...signedIn,
      data: { ...(signedIn.data as object), group, department: 'cards' },
    } as typeof signedIn)
  }
  const callId = await offered(book, NOON, { agent: '201', ringMs: 3_000, talkMs: 60_000 })
  await book.shift(
    NOON + 3_000,
    '201',
    say.shift('AgentCallStarted', '201', {
      callId,
      segmentId: `${callId}-201`,
      offerId: `${callId}-o`,
      queueCode: 'PS',
      direction: 'inbound',
      wrapUpMs: 0,
    }),
  )
  await placed(book, NOON + 200_000, { agent: '201', ringMs: 3_000, talkMs: null })
  await offered(book, NOON, { agent: '202', ringMs: 3_000, talkMs: null })
  const endpoints = async (query: Record<string, string>) =>
    values((await book.ask('agent-traffic', { ...DAY, ...query })).rows, 'endpoint', 'lost', 'calls')
  assert.equal(await endpoints({}), [
    ['8201', 0, 1],
    ['8201', 1, 1],
    ['8202', 1, 1],
    ['95588', 0, 1],
    ['95588', 1, 1],
  ])
  assert.equal(await endpoints({ lost: 'lost' }), [
    ['8201', 1, 1],
    ['8202', 1, 1],
    ['95588', 1, 1],
  ])
  assert.equal(await endpoints({ lost: 'answered', agent: '201,202' }), [['8201', 0, 1]])
  assert.equal(await endpoints({ endpoint: '8202' }), [['8202', 1, 1]])
  assert.equal(await endpoints({ endpoint: '95588', lost: 'lost' }), [['95588', 1, 1]], 'a called number')
  const unknown = await book.reply('agent-traffic', { ...DAY, endpoint: '8202,8999' })
  assert.equal(
    [unknown.status, (unknown.json as { code: string }).code, (unknown.json as { where: string }).where],
    [400, 'request.names_nothing', 'endpoint'],
  )
  // Calls that they placed and nobody answered also belong to the group that they were in.
  assert.equal(await endpoints({ group: 'east' }), [
    ['8201', 0, 1],
    ['8201', 1, 1],
  ])
  assert.equal(await endpoints({ department: 'cards', lost: 'answered' }), [['8201', 0, 1]])
  assert.equal(await endpoints({ group: 'west' }), [], 'a group whose agents had no calls')
  const nowhere = await book.reply('agent-traffic', { ...DAY, group: 'north' })
  assert.equal(
    [nowhere.status, (nowhere.json as { code: string }).code],
    [400, 'request.names_nothing'],
    'a group without agents',
  )
})

test('a call that is still ringing is neither answered nor lost; one in progress counts up to now', async () => {
  const book = await Book.open(desk, 'open', 'Asia/Shanghai', NOON)
  const talking = 'talking'
  await book.call(NOON, talking, say.received(talking), say.queued(talking, NOON), {
    type: 'CallOffered',
    data: {
      callId: talking,
      offerId: 't-o',
      agentId: '201',
      agentCode: '201',
      queueCode: 'PS',
      legId: 'l',
      extension: '8201',
      deadline: NOON + 20_000,
      configVersion: 1,
    },
  })
  const asked = async () => values((await book.ask('inbound', DAY)).rows, 'endpoint', 'calls', 'effective', 'talkMs')
  desk.now = NOON + 5_000
  assert.equal(await asked(), [])
  await book.call(NOON + 5_000, talking, say.answered(talking, '201', 5_000, { offerId: 't-o', ringMs: 5_000 }))
  desk.now = NOON + 65_000
  assert.equal(await asked(), [['8201', 1, 1, 60_000]])
  assert.equal(values((await book.ask('traffic', DAY)).rows, 'endpoint', 'lost', 'talkMs'), [
    ['8201', 0, 60_000],
    ['95588', 0, 65_000],
  ])
  // For a day that is over, it counts up to the end of the day.
  desk.now = NOON + 100 * 3_600_000
  assert.equal(await asked(), [['8201', 1, 1, 12 * 3_600_000 - 5_000]])
})

test('A11.1-leg-records a call can have several records, and the report says so above its rows, at its totals and in its files', async () => {
  const book = await Book.open(desk, 'several-records', 'Asia/Shanghai', NOON)
  await offered(book, NOON, { agent: '201', ringMs: 10_000, talkMs: 60_000 })
  const { rows, totals } = await book.ask('traffic', DAY)
  // Our own number took the call at once: its 70 s of talk include the caller's 10 s of waiting and the agent's 60 s.
  assert.equal(values(rows, 'endpoint', 'talkMs'), [
    ['8201', 60_000],
    ['95588', 70_000],
  ])
  assert.equal(values([totals], 'calls', 'talkMs'), [[2, 130_000]])
  for (const id of ['traffic', 'agent-traffic']) {
    const { note, totals: label } = reports.find((report) => report.id === id)!
    assert.match(note!.en, 'including the wait in the queue')
    assert.match(note!.zh, '含排队等待')
    const lines = new TextDecoder()
      .decode((await book.file(id, { ...DAY, format: 'csv', lang: 'en' })).bytes)
      .trim()
      .split('\r\n')
    assert.ok(lines.at(-1)!.startsWith(label!.en), lines.at(-1))
  }
  // Agents' own extensions: only talk.
  assert.is((await book.ask('traffic', { ...DAY, endpoint: '8201' })).totals['talkMs'], 60_000)
})

test('the tables behind the reports equal a fresh fold', async () => {
  await desk.rig.verified(desk.engine)
})

test.run()
