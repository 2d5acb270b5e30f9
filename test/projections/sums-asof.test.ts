/** The boards' sums as of a moment: whatever the moment, they are what a fold up to it gives, and what every passage adds up to. */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openTables } from '@ledgerline/adapters/queries/tables.ts'
import { sumsAsOf } from '@ledgerline/adapters/replay/sums.ts'
import type { NewEvent, RecordedEvent } from '@ledgerline/core/kernel/event.ts'
import { dayOf } from '@ledgerline/core/kernel/time.ts'
import type { Aggregate, Row } from '@ledgerline/projections/engine/model.ts'
import { queueDay } from '@ledgerline/projections/models/queue_day.ts'
import { queueMinute } from '@ledgerline/projections/models/queue_minute.ts'
import { readModels } from '@ledgerline/projections/models.ts'
import { foldLive } from './paper.ts'
import { rig, say, withRig, type Rig } from './rig.ts'

const test = suite('the boards’ sums as of a moment')

/** The rig's clock starts at 22:13 UTC: a few hours lie on two days. */
const ZONE = 'UTC'
const HOUR = 3_600_000
const MINUTE = 60_000
const HOURS = 4

const exits = ['answered', 'abandoned', 'timed_out', 'left_by_key', 'no_agent', 'overflowed', 'called_back', 'moved']

const passage = fc.record({
  queue: fc.constantFrom('PS', 'NE'),
  /** Most are short; some take longer than a quarter hour, or than an hour. */
  wait: fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 0, max: 2 * MINUTE }) },
    { weight: 3, arbitrary: fc.integer({ min: 0, max: 90 * MINUTE }) },
  ),
  exit: fc.constantFrom(...exits),
  /** Does the wait go on from the passage before? */
  carried: fc.boolean(),
  callback: fc.boolean(),
})

const call = fc.record({
  at: fc.integer({ min: 0, max: (HOURS - 1) * HOUR }),
  /** Before its first queue, or before an agent is put through without one. */
  menu: fc.oneof(fc.integer({ min: 0, max: MINUTE }), fc.integer({ min: 0, max: 3 * HOUR })),
  /** How long before it came its caller's wait began: in a call before this one. */
  resumed: fc.option(fc.integer({ min: 1, max: 2 * HOUR }), { nil: 0, freq: 3 }),
  passages: fc.array(passage, { maxLength: 3 }),
  direct: fc.boolean(),
  talk: fc.integer({ min: 0, max: HOUR }),
})
type Call = typeof call extends fc.Arbitrary<infer T> ? T : never

interface Told {
  at: number
  stream: string
  events: NewEvent[]
}

/** What the ledger says of a call, until nobody writes any longer. */
function toldOf({ at, menu, resumed, passages, direct, talk }: Call, number: number, from: number): Told[] {
  const callId = `c${number}`
  const told: Told[] = []
  const happen = (moment: number, ...events: NewEvent[]) =>
    void told.push({ at: from + moment, stream: `call-test.${callId}`, events })
  let now = at
  let joined = from + at + menu - resumed
  happen(now, say.received(callId))
  now += menu
  if (passages.length === 0 && direct) {
    happen(now, say.answered(callId, '201', 0, { queueSegmentId: null }))
    now += talk
    happen(now, say.agentLeft(callId, '201', talk))
  }
  passages.forEach(({ queue, wait, exit, carried, callback }, index) => {
    if (index > 0 && !carried) joined = from + now
    const segment = `${callId}-q${index}`
    const queued = say.queued(callId, joined, queue, segment)
    happen(now, { ...queued, data: { ...(queued.data as object), callback, notBefore: null } })
    now += wait
    const waitMs = from + now - joined
    if (exit === 'answered') {
      const more = { queueSegmentId: segment, queueCode: queue, segmentId: `${callId}-a${index}` }
      happen(now, say.answered(callId, '201', waitMs, more))
      now += talk
      const left = say.agentLeft(callId, '201', talk, 0, queue)
      happen(now, { ...left, data: { ...(left.data as object), segmentId: `${callId}-a${index}` } })
    } else happen(now, say.left(callId, waitMs, exit, queue, segment))
  })
  happen(now, say.ended(callId))
  return told.filter((each) => each.at < from + HOURS * HOUR)
}

async function write(made: Rig, calls: readonly Call[]): Promise<void> {
  await made.append('switchboard-test.configuration', say.activated(['PS', 'NE'], ['201'], ZONE))
  const told = calls.flatMap((each, number) => toldOf(each, number, made.now() + 1))
  for (const { at, stream, events } of told.sort((a, b) => a.at - b.at)) {
    made.pass(at - made.now())
    await made.append(stream, ...events)
  }
}

const FIGURES = [
  'offered',
  'answered',
  'abandoned',
  'shortAbandoned',
  'answeredInTarget',
  'timedOut',
  'leftByKey',
  'noAgent',
  'overflowed',
  'calledBack',
  'otherExits',
  'waitMs',
  'abandonWaitMs',
]

/** As text, in one order; rows without any of the figures are left out. */
function text(rows: readonly Row[], key: 'day' | 'startsAt'): string {
  return rows
    .filter((row) => FIGURES.some((figure) => (row[figure] ?? 0) !== 0))
    .map((row) => [row['queueCode'], row[key], ...FIGURES.map((figure) => `${figure} ${row[figure] ?? 0}`)].join(' '))
    .sort()
    .join('\n')
}

/** The sums, from every passage that the tables have. */
async function everyPassage(made: Rig, at: number): Promise<{ queue_day: Row[]; queue_minute: Row[] }> {
  const ms = (column: string) => `(extract(epoch from ${column}) * 1000)::float8`
  const segments = await made.sql<Record<string, unknown>>(
    `select kind, queue_code as "queueCode", ${ms('entered_at')} as "enteredAt", ${ms('ended_at')} as "endedAt", zone, result, wait_ms::float8 as "waitMs", target_ms::float8 as "targetMs", short_abandon_ms::float8 as "shortAbandonMs"
     from call_segments where kind = 'queue' and ${ms('started_at')} <= ${at}`,
  )
  const direct = await made.sql<Record<string, unknown>>(
    `select direct_queue_code as "directQueueCode", ${ms('queued_at')} as "queuedAt", zone from calls where direct_queue_code is not null and ${ms('queued_at')} <= ${at}`,
  )
  const then = segments.map((row) =>
    row['endedAt'] !== null && (row['endedAt'] as number) > at ? { ...row, result: null, waitMs: null } : row,
  )
  const sums = (model: Aggregate): Row[] => {
    const found = new Map<string, Record<string, unknown>>()
    for (const { source, contribute } of model.from) {
      for (const row of source.name === 'calls' ? direct : then) {
        for (const { key, add } of contribute(row)) {
          const id = JSON.stringify(key)
          const sum = found.get(id) ?? { ...key }
          found.set(id, sum)
          for (const [name, value] of Object.entries(add))
            if (typeof value === 'number') sum[name] = ((sum[name] as number | undefined) ?? 0) + value
        }
      }
    }
    return [...found.values()]
  }
  return { queue_day: sums(queueDay), queue_minute: sums(queueMinute) }
}

test('equal a fold of the ledger up to that moment, and the sum of every passage until then', async () => {
  const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 8, maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(fc.array(call, { minLength: 5, maxLength: 40 }), shares, async (calls, moments) => {
      const made = await rig('sums as of')
      const tables = openTables(made.database.url)
      try {
        const engine = made.engine({ snapshotEvery: 20 })
        await engine.start()
        const began = made.now()
        await write(made, calls)
        await made.caughtUp(engine)
        if (moments[0]! > 0.5) await engine.rebuild()
        const events: RecordedEvent[] = []
        for await (const page of made.log.readAll(null))
          events.push(...((await made.codec.decodeAll(page.events)) as RecordedEvent[]))
        for (const share of moments) {
          // Anywhere, and exactly where something happens.
          const some = events[Math.floor(share * (events.length - 1))]!.at
          const at = share > 0.5 ? some : began + Math.round(share * HOURS * HOUR)
          const { boards } = await engine.boardsAsOf('test', { recordedAt: at })
          const openCalls = boards['calls']!.map((row) => row['callId'] as string)
          const found = await sumsAsOf(tables, { tenant: 'test', zone: ZONE, at, openCalls })
          const { paper } = foldLive(
            readModels,
            events.filter((event) => event.at <= at),
          )
          const passages = await everyPassage(made, at)
          const ofDay = (rows: readonly Row[]) =>
            text(
              rows.filter((row) => row['day'] === dayOf(at, ZONE)),
              'day',
            )
          const ofHour = (rows: readonly Row[]) =>
            text(
              rows
                .filter((row) => (row['startsAt'] as number) > at - HOUR)
                .map((row) => ({ ...row, abandonWaitMs: 0 })),
              'startsAt',
            )
          assert.is(ofDay(found.queue_day), ofDay(paper.rows('queue_day')), 'the day, folded')
          assert.is(ofDay(found.queue_day), ofDay(passages.queue_day), 'the day, by passages')
          assert.is(ofHour(found.queue_minute), ofHour(paper.rows('queue_minute')), 'the minutes, folded')
          assert.is(ofHour(found.queue_minute), ofHour(passages.queue_minute), 'the minutes, by passages')
          const unknown = await sumsAsOf(tables, { tenant: 'test', zone: ZONE, at, openCalls: null })
          assert.is(ofDay(unknown.queue_day), ofDay(found.queue_day), 'the day, where the board is not known')
        }
      } finally {
        await tables.destroy()
        await made.close()
      }
    }),
    { numRuns: 4 },
  )
})

test(
  'a passage that was recorded late is counted at its own time, not at that of its end',
  withRig('sums late', async (made) => {
    const engine = made.engine()
    await engine.start()
    await made.append('switchboard-test.configuration', say.activated(['PS'], ['201'], ZONE))
    // Two seconds before a quarter hour begins; recorded a second after.
    made.pass(15 * MINUTE - (made.now() % (15 * MINUTE)) + 15 * MINUTE - 2_000)
    const began = made.now()
    const meta = (at: number) => JSON.stringify({ t: 'test', a: 'test', at })
    made.pass(3_000)
    await made.appendRaw('call-test.c1', 'CallReceived', JSON.stringify(say.received('c1').data), meta(began))
    await made.appendRaw('call-test.c1', 'CallQueued', JSON.stringify(say.queued('c1', began).data), meta(began))
    made.pass(MINUTE)
    await made.append('call-test.c1', say.left('c1', MINUTE), say.ended('c1'))
    await made.caughtUp(engine)
    const tables = openTables(made.database.url)
    try {
      // The board of that moment does not show the call yet.
      const at = began + 2_500
      assert.equal((await engine.boardsAsOf('test', { recordedAt: at })).boards['calls'], [])
      const { queue_day } = await sumsAsOf(tables, { tenant: 'test', zone: ZONE, at, openCalls: [] })
      assert.equal(
        queue_day.map(({ offered, abandoned, abandonWaitMs }) => [offered, abandoned, abandonWaitMs]),
        [[1, 0, 0]],
      )
    } finally {
      await tables.destroy()
    }
  }),
)

test(
  'a table made before an index was declared gets it at the next start',
  withRig('sums index', async (made) => {
    const first = made.engine()
    await first.start()
    await made.append('switchboard-test.configuration', say.activated())
    await made.append('call-test.c1', say.received('c1'), say.queued('c1', made.now()))
    await made.caughtUp(first)
    await first.stop()
    const indexes = async () =>
      (
        await made.sql<{ name: string }>(
          "select indexname as name from pg_indexes where tablename like 'call_segments%' order by 1",
        )
      ).map(({ name }) => name)
    const all = await indexes()
    const [carried] = all.filter((name) => name.endsWith('_carried'))
    await made.sql(`drop index tables.${carried}`)
    assert.is((await indexes()).length, all.length - 1)
    await made.engine().prepare()
    assert.equal(await indexes(), all)
  }),
)

test.run()
