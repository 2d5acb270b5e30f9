import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { say } from '../projections/rig.ts'
import { Book, moment, reportDesk, values, type ReportDesk } from './desk.ts'

const NOON = moment('2026-02-02T12:00:00+08:00')
const DAY = { from: '2026-02-02', to: '2026-02-02' }

let desk: ReportDesk
let calls = 0
const test = suite('queue reports')
test.before(async () => void (desk = await reportDesk('reports queues')))
test.after(() => desk.close())

async function answered(book: Book, at: number, waitMs: number, queue = 'PS', talkMs = 60_000): Promise<void> {
  const id = `q${++calls}`
  await book.call(at, id, say.received(id), say.queued(id, at, queue))
  await book.call(at + waitMs, id, say.answered(id, '201', waitMs, { queueCode: queue }))
  await book.call(at + waitMs + talkMs, id, say.agentLeft(id, '201', talkMs, 0, queue), say.ended(id))
}

async function left(book: Book, at: number, waitMs: number, exit = 'abandoned', queue = 'PS'): Promise<void> {
  const id = `q${++calls}`
  await book.call(at, id, say.received(id), say.queued(id, at, queue))
  await book.call(at + waitMs, id, say.left(id, waitMs, exit, queue), say.ended(id))
}

/** Ten answered after 0, 5, 10, 15, 20 (exactly), 20.001, 25, 60, 90 and 400 s; abandoned after 2, 5 and 30 s; one timed out; one waits. */
async function tenAnswered(tenant: string): Promise<Book> {
  const book = await Book.open(desk, tenant, 'Asia/Shanghai', NOON)
  for (const wait of [0, 5_000, 10_000, 15_000, 20_000, 20_001, 25_000, 60_000, 90_000, 400_000])
    await answered(book, NOON, wait)
  for (const wait of [2_000, 5_000, 30_000]) await left(book, NOON, wait)
  await left(book, NOON, 600_000, 'timed_out')
  await book.call(NOON, 'waits', say.received('waits'), say.queued('waits', NOON))
  return book
}

test('service level for any threshold comes from the histogram of waits; a wait of exactly the threshold counts as within', async () => {
  const book = await tenAnswered('thresholds')
  const within = async (thresholdMs: number) => {
    const { rows } = await book.ask('queues', { ...DAY, thresholdMs: String(thresholdMs) })
    return rows[0]!['answeredWithin']
  }
  const expected: [number, number][] = [
    [0, 1],
    [4_000, 1],
    [5_000, 2],
    [19_000, 4],
    [20_000, 5],
    [21_000, 6],
    [25_000, 7],
    [59_000, 7],
    [60_000, 8],
    [85_000, 8],
    [90_000, 9],
    [300_000, 9],
    [360_000, 9],
    [420_000, 10],
    [3_600_000, 10],
  ]
  for (const [threshold, count] of expected) assert.is(await within(threshold), count, `within ${threshold} ms`)
  // 10 answered and 3 abandoned, one of them within 5 s: 12 count.
  const level = async (query: Record<string, string>) =>
    (await book.ask('queues', { ...DAY, ...query })).totals['serviceLevel']
  assert.is(await level({ thresholdMs: '20000' }), 5 / 12)
  // Without a threshold in the request, each queue’s own (20 s here) gives the same.
  assert.is(await level({}), 5 / 12)
  assert.is(await level({ shortAbandons: 'count' }), 5 / 13)
  assert.is(await level({ abandons: 'leave_out' }), 5 / 10)
  assert.is(await level({ abandons: 'leave_out', shortAbandons: 'count' }), 5 / 10)
  assert.is(await level({ otherExits: 'count' }), 5 / 13)
  assert.is(await level({ otherExits: 'count', shortAbandons: 'count', thresholdMs: '60000' }), 8 / 14)
})

test('at each threshold the curve says what the report says', async () => {
  const book = await tenAnswered('curve')
  for (const query of [{}, { shortAbandons: 'count' }, { otherExits: 'count' }] as Record<string, string>[]) {
    const curve = await book.ask('service-level', { ...DAY, ...query })
    for (const seconds of [0, 5, 20, 60, 90, 300]) {
      const { rows, totals } = await book.ask('queues', { ...DAY, ...query, thresholdMs: String(seconds * 1000) })
      assert.equal(
        [curve.rows[0]![`within${seconds}`], curve.totals[`within${seconds}`]],
        [rows[0]!['serviceLevel'], totals['serviceLevel']],
        `${seconds} s`,
      )
    }
  }
})

test('a threshold between two buckets is refused, with the valid ones', async () => {
  const book = await tenAnswered('between')
  for (const threshold of ['20500', '61000', '310000', '3660000', '-1', 'x', '1e4']) {
    const reply = await book.reply('queues', { ...DAY, thresholdMs: threshold })
    assert.is(reply.status, 400, threshold)
    assert.is(reply.json.code, 'request.invalid')
    assert.is(reply.json.where, 'thresholdMs')
    assert.match(reply.json.translations.zh.detail, '整秒')
  }
})

test('offered, answered, abandoned and other outcomes; a waiting call has none yet', async () => {
  const book = await tenAnswered('outcomes')
  const { rows, totals } = await book.ask('queues', DAY)
  const keys = [
    'queue',
    'queueName',
    'offered',
    'answered',
    'abandoned',
    'shortAbandoned',
    'timedOut',
    'noAgent',
    'waiting',
  ]
  assert.equal(values(rows, ...keys), [['PS', 'Queue PS', 15, 10, 3, 1, 1, 0, 1]])
  // One of the three abandoned within 5 s: the rate leaves it out of both sides, the gross rate counts it.
  assert.equal(
    values([totals], 'asaMs', 'abandonWaitMs', 'ahtMs', 'answeredRatio', 'abandonedRatio', 'abandonedGrossRatio'),
    [[645_001 / 10, 37_000 / 3, 60_000, 10 / 15, 2 / 14, 3 / 15]],
  )
  assert.is((await book.ask('queues', { ...DAY, shortAbandons: 'count' })).totals['abandonedRatio'], 3 / 15)
})

test('totals are ratios of sums, never means of ratios; without anything to divide by they are null', async () => {
  const book = await Book.open(desk, 'two-queues', 'Asia/Shanghai', NOON, { queues: ['PS', 'NE', 'IN'] })
  for (let index = 0; index < 9; index++) await answered(book, NOON, 1_000)
  await answered(book, NOON, 50_000, 'NE')
  await left(book, NOON, 1_000, 'no_agent', 'IN')
  const { rows, totals } = await book.ask('queues', DAY)
  assert.equal(values(rows, 'queue', 'serviceLevel', 'asaMs', 'ahtMs'), [
    ['IN', null, null, null],
    ['NE', 0, 50_000, 60_000],
    ['PS', 1, 1_000, 60_000],
  ])
  assert.equal(values([totals], 'queue', 'serviceLevel', 'asaMs'), [[null, 0.9, 5_900]])
  assert.equal(values((await book.ask('queues', { ...DAY, queue: 'NE,IN' })).rows, 'queue'), [['IN'], ['NE']])
})

test('by 15 and 30 minutes, hour, day, week and month: a call counts in the interval in which it entered the queue', async () => {
  const book = await Book.open(desk, 'intervals', 'Asia/Shanghai', NOON)
  const at = (iso: string) => moment(`${iso}+08:00`)
  // The second was offered before midnight and answered the next day.
  for (const time of [
    '2026-02-28T23:40:00',
    '2026-02-28T23:59:59',
    '2026-03-01T00:00:00',
    '2026-03-02T09:14:59',
    '2026-03-02T09:15:00',
  ])
    await answered(book, at(time), 2_000)
  const days = { from: '2026-02-28', to: '2026-03-02' }
  const periods = async (interval: string, more: Record<string, string> = {}) =>
    values((await book.ask('queue-intervals', { ...days, interval, ...more })).rows, 'period', 'offered')
  assert.equal(await periods('15min'), [
    [at('2026-02-28T23:30:00'), 1],
    [at('2026-02-28T23:45:00'), 1],
    [at('2026-03-01T00:00:00'), 1],
    [at('2026-03-02T09:00:00'), 1],
    [at('2026-03-02T09:15:00'), 1],
  ])
  assert.equal(await periods('30min'), [
    [at('2026-02-28T23:30:00'), 2],
    [at('2026-03-01T00:00:00'), 1],
    [at('2026-03-02T09:00:00'), 2],
  ])
  assert.equal(await periods('hour'), [
    [at('2026-02-28T23:00:00'), 2],
    [at('2026-03-01T00:00:00'), 1],
    [at('2026-03-02T09:00:00'), 2],
  ])
  assert.equal(await periods('day'), [
    ['2026-02-28', 2],
    ['2026-03-01', 1],
    ['2026-03-02', 2],
  ])
  // 28 February 2026 is a Saturday.
  assert.equal(await periods('week'), [
    ['2026-02-23', 3],
    ['2026-03-02', 2],
  ])
  assert.equal(await periods('week', { weekStart: 'sunday' }), [
    ['2026-02-22', 2],
    ['2026-03-01', 3],
  ])
  assert.equal(await periods('month'), [
    ['2026-02', 2],
    ['2026-03', 3],
  ])
  const each = await book.ask('queue-by-interval', { ...days, interval: 'day' })
  assert.equal(values(each.rows, 'period', 'queue', 'offered'), [
    ['2026-02-28', 'PS', 2],
    ['2026-03-01', 'PS', 1],
    ['2026-03-02', 'PS', 2],
  ])
  assert.equal(each.columns.map(({ key, unit }) => [key, unit])[0], ['period', 'day'])
  assert.equal((await book.ask('queue-intervals', { ...days, interval: 'hour' })).columns[0]!.unit, 'instant')
})

test('A11.3.7-traffic-situation calls per period, by direction and outcome', async () => {
  const book = await tenAnswered('situation')
  await book.call(NOON, 'early', say.received('early'), say.ended('early'))
  const { rows, totals } = await book.ask('calls', DAY)
  assert.equal(
    values(rows, 'period', 'direction', 'calls', 'answered', 'abandoned', 'preQueue', 'otherOutcomes', 'open'),
    [[NOON, 'inbound', 16, 10, 3, 1, 1, 1]],
  )
  assert.is(totals['talkMs'], 600_000)
})

test('the tables behind the reports equal a fresh fold', async () => {
  await desk.rig.verified(desk.engine)
})

test.run()
