/** The boards as they stood: whatever the moment, the answer is what the board showed then. */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import type { RecordedEvent } from '@ledgerline/core/kernel/event.ts'
import type { Row } from '@ledgerline/projections/engine/model.ts'
import { unpacked } from '@ledgerline/projections/engine/snapshots.ts'
import { readModels } from '@ledgerline/projections/models.ts'
import { day, houseAfter } from './histories.ts'
import { foldLive } from './paper.ts'
import { rig, say, withRig } from './rig.ts'

const asOf = suite('the boards as of a moment')

/** Rows by key, in one order, as text. */
const text = (rows: readonly Row[]): string =>
  rows
    .map((row) => JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1))))
    .sort()
    .join('\n')

asOf('equals a fold of the ledger up to that moment', async () => {
  await fc.assert(
    fc.asyncProperty(
      day,
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 6 }),
      async (random, moments) => {
        const past = await houseAfter(random)
        const made = await rig('as of')
        try {
          for await (const page of past.log.readAll(null)) {
            for (const event of page.events) {
              made.pass(1_000)
              await made.log.append(event.stream, event.revision === 0 ? 'none' : event.revision - 1, [event])
            }
          }
          const engine = made.engine({ codec: past.codec, pageSize: 7, snapshotEvery: 20 })
          await engine.start()
          await made.caughtUp(engine)
          if (moments[0]! > 0.5) await engine.rebuild()
          const stored = (await made.log.readAll(null)[Symbol.asyncIterator]().next()).value!.events
          const events = (await past.codec.decodeAll(stored)) as RecordedEvent[]
          for (const share of moments) {
            const last = events[Math.floor(share * (events.length - 1))]!
            const { boards } = await engine.boardsAsOf('test', last.recordedAt)
            const { paper } = foldLive(
              readModels,
              events.filter(({ recordedAt }) => recordedAt <= last.recordedAt),
            )
            for (const model of ['agent_monitor', 'queues', 'queue_monitor'])
              assert.is(text(boards[model]!), text(paper.rows(model)), model)
            assert.is(text(boards.calls!), text(paper.rows('calls').filter(({ endedAt }) => endedAt === null)), 'calls')
          }
        } finally {
          await made.close()
          await past.close()
        }
      },
    ),
    { numRuns: 5 },
  )
})

asOf(
  'can be asked by the events’ own time, and refuses a moment before everything',
  withRig('as of at', async (rig) => {
    const engine = rig.engine()
    await engine.start()
    await rig.append('switchboard-test.configuration', say.activated())
    rig.pass(1_000)
    const came = rig.now()
    await rig.append('call-test.c1', say.received('c1'), say.queued('c1', came))
    rig.pass(5_000)
    await rig.append('call-test.c1', say.left('c1', 5_000), say.ended('c1'))
    await rig.caughtUp(engine)
    const then = await engine.boardsAsOf('test', { at: came + 4_999 })
    assert.equal(
      then.boards.calls!.map(({ callId, status, fromNumber }) => [callId, status, fromNumber]),
      [['c1', 'waiting', '13800002225']],
    )
    assert.equal(
      then.boards.queue_monitor!.map(({ waiting }) => waiting),
      [1],
    )
    assert.equal((await engine.boardsAsOf('test', { at: came + 5_000 })).boards.calls, [])
    const early = await engine.boardsAsOf('test', came - 60_000).then(
      () => null,
      (error: unknown) => error,
    )
    assert.ok(isProblem(early, 'tables.before_history'), String(early))
  }),
)

asOf(
  'a snapshot contains nothing that identifies a person',
  withRig('as of persons', async (rig) => {
    const engine = rig.engine({ snapshotEvery: 1 })
    await engine.start()
    await rig.append('switchboard-test.configuration', say.activated())
    await rig.append('call-test.c1', say.received('c1', '13800002225'), say.queued('c1', rig.now()))
    await rig.caughtUp(engine)
    const [kept] = await rig.sql<{ boards: string }>(
      'select boards from tables.board_snapshots order by position desc limit 1',
    )
    const text = JSON.stringify(unpacked(kept!.boards))
    assert.match(text, /"c1"/)
    assert.not.match(text, /13800002225|Agent 201/)
    const { boards } = await engine.boardsAsOf('test', rig.now())
    assert.is(boards.calls![0]!.fromNumber, '13800002225')
    assert.equal(boards.agent_monitor!.map(({ name }) => name).sort(), ['Agent 201', 'Agent 202'])
  }),
)

asOf(
  'a snapshot of an earlier version, which kept boards as plain JSON, is gone on from',
  withRig('as of plain', async (rig) => {
    const engine = rig.engine({ snapshotEvery: 2 })
    await engine.start()
    await rig.append('switchboard-test.configuration', say.activated())
    await rig.append('call-test.c1', say.received('c1', '13800002225'), say.queued('c1', rig.now()))
    await rig.append('call-test.c2', say.received('c2', '13800002226'))
    await rig.caughtUp(engine)
    const before = await engine.boardsAsOf('test', rig.now())
    for (const { boards, position } of await rig.sql<{ boards: string; position: string }>(
      'select boards, position from tables.board_snapshots',
    ))
      await rig.sql(
        `update tables.board_snapshots set versions = regexp_replace(versions, '^deflate ', ''), boards = '${JSON.stringify(unpacked(boards))}' where position = '${position}'`,
      )
    const plain = await rig.sql(
      "select from tables.board_snapshots where jsonb_typeof(boards) = 'object' and versions like 'agent%'",
    )
    assert.ok(plain.length > 0)
    const after = await engine.boardsAsOf('test', rig.now())
    assert.equal(after, before)
    assert.ok(after.folded < 4, 'from the snapshot on, not from the beginning')
  }),
)

asOf(
  'a quiet tenant’s past takes no longer to answer than a busy one’s',
  withRig('as of quiet', async (rig) => {
    rig.log.pageSize = () => 10
    const engine = rig.engine({ snapshotEvery: 10 })
    await engine.start()
    await rig.append('switchboard-quiet.configuration', say.activated())
    await rig.append('call-quiet.c1', say.received('c1'), say.queued('c1', rig.now()))
    await rig.append('switchboard-busy.configuration', say.activated())
    for (let number = 0; number < 150; number++) {
      rig.pass(1_000)
      await rig.append(`call-busy.c${number}`, say.received(`c${number}`), say.queued(`c${number}`, rig.now()))
    }
    await rig.caughtUp(engine, 'busy')
    const [kept] = await rig.sql<{ behind: string }>(
      `select (select max(position) from tables.board_snapshots)::bigint - max(position)::bigint as behind from tables.board_snapshots where tenant = 'quiet'`,
    )
    assert.ok(Number(kept!.behind) < 100, `its last snapshot is ${kept!.behind} events old`)
    assert.equal(
      (await engine.boardsAsOf('quiet', rig.now())).boards.calls!.map(({ callId }) => callId),
      ['c1'],
    )
  }),
)

asOf(
  'a tenant that has sent nothing since the start is not found by a moment that its events never had',
  withRig('as of unheard', async (rig) => {
    rig.log.pageSize = () => 10
    const first = rig.engine()
    await first.start()
    await rig.append('switchboard-quiet.configuration', say.activated())
    // A demo's clock is ahead of the ledger's.
    const ahead = rig.now() + 3_600_000
    await rig.appendRaw(
      'call-quiet.c1',
      'CallReceived',
      JSON.stringify(say.received('c1').data),
      JSON.stringify({ t: 'quiet', a: 'test', at: ahead }),
    )
    await rig.caughtUp(first, 'quiet')
    await first.stop()
    const engine = rig.engine({ snapshotEvery: 10 })
    await engine.start()
    await rig.append('switchboard-busy.configuration', say.activated())
    for (let number = 0; number < 100; number++) await rig.append(`call-busy.c${number}`, say.received(`c${number}`))
    await rig.caughtUp(engine, 'busy')
    const [kept] = await rig.sql<{ count: string }>(
      `select count(*) from tables.board_snapshots where tenant = 'quiet'`,
    )
    assert.ok(Number(kept!.count) > 0)
    assert.equal((await engine.boardsAsOf('quiet', { at: rig.now() })).boards.calls, [])
    assert.is((await engine.boardsAsOf('quiet', { at: ahead })).boards.calls!.length, 1)
  }),
)

asOf.run()
