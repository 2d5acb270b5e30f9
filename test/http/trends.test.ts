/** The last half hour of the boards' current figures, from the tables. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Book, moment, reportDesk, type ReportDesk } from '../reports/desk.ts'
import { say } from '../projections/rig.ts'
import { get } from './web.ts'

const NOON = moment('2026-02-02T12:00:00+08:00')
const MINUTE = 60_000

let desk: ReportDesk
const test = suite('trends of the boards')
test.before(async () => void (desk = await reportDesk('trends')))
test.after(() => desk.close())

interface Point {
  at: number
  waiting: number
  longestMs: number
  ready: number
  inCall: number
}

async function trends(book: Book, query = ''): Promise<Point[]> {
  await book.desk.rig.caughtUp(book.desk.engine, book.tenant)
  const reply = await get(desk, `/api/v1/boards/trends${query}`)
  assert.is(reply.status, 200, reply.text)
  return (reply.json as { points: Point[] }).points
}

test('a fresh board has the past: one point per minute, of all queues or of one, up to now or to a moment of the past', async () => {
  const book = await Book.open(desk, 'trend', 'Asia/Shanghai', NOON, { queues: ['PS', 'NE'], agents: ['201'] })
  const ready = say.shift('AgentBecameReady', '201', { by: 'agent', byCode: null, reason: null })
  await book.shift(NOON, '201', say.signedIn('201'), ready)
  // One waits from 12:02 to 12:05 in PS, one from 12:04 on in NE.
  await book.call(NOON + 2 * MINUTE, 'c1', say.received('c1'), say.queued('c1', NOON + 2 * MINUTE, 'PS'))
  await book.call(NOON + 4 * MINUTE, 'c2', say.received('c2'), say.queued('c2', NOON + 4 * MINUTE, 'NE'))
  await book.call(NOON + 5 * MINUTE, 'c1', say.left('c1', 3 * MINUTE), say.ended('c1'))
  await book.shift(
    NOON + 6 * MINUTE,
    '201',
    say.shift('AgentWentAway', '201', { by: 'agent', byCode: null, reason: null }),
  )
  desk.now = NOON + 8 * MINUTE + 30_000

  const points = await trends(book)
  assert.is(points.length, 30)
  assert.equal([points[0]!.at, points.at(-1)!.at], [NOON - 21 * MINUTE, NOON + 8 * MINUTE])
  const at = (all: readonly Point[], minute: number) => all.find((point) => point.at === NOON + minute * MINUTE)!
  const figures = (all: readonly Point[], minute: number) => {
    const { waiting, longestMs, ready } = at(all, minute)
    return [waiting, longestMs / MINUTE, ready]
  }
  assert.equal(
    [1, 2, 4, 5, 6, 8].map((minute) => figures(points, minute)),
    [
      [0, 0, 1],
      [1, 0, 1],
      [2, 2, 1],
      [1, 1, 1],
      [1, 2, 0],
      [1, 4, 0],
    ],
  )
  assert.equal(
    [4, 5].map((minute) => figures(points, minute)).map(([waiting]) => waiting),
    [2, 1],
  )
  const one = await trends(book, '?queue=PS')
  assert.equal(
    [4, 5, 8].map((minute) => at(one, minute).waiting),
    [1, 0, 0],
  )
  const past = await trends(book, `?at=${NOON + 4 * MINUTE}`)
  assert.equal([past.at(-1)!.at, past.at(-1)!.waiting], [NOON + 4 * MINUTE, 2])
  assert.is((await get(desk, '/api/v1/boards/trends?group=nowhere')).status, 400)
})

test('a tenant sees its own', async () => {
  const book = await Book.open(desk, 'another', 'Asia/Shanghai', NOON)
  desk.now = NOON + 8 * MINUTE
  assert.ok((await trends(book)).every(({ waiting, ready }) => waiting === 0 && ready === 0))
})

test.run()
