/** Tables whose log was moved: a place in one log means nothing in another, and no fold continues from it. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MemoryLog } from '@ledgerline/adapters/log/memory.ts'
import { copyLog } from '@ledgerline/adapters/log/transfer.ts'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import type { EventLog, LogPage, ReadOptions } from '@ledgerline/core/kernel/log.ts'
import { isProblem, Problem } from '@ledgerline/core/kernel/problem.ts'
import { until } from '../support/gate.ts'
import { say, withRig, type Rig } from './rig.ts'

const test = suite('tables and another log')

/** A log whose positions have two parts, as EventStoreDB's have. */
class Elsewhere extends MemoryLog {
  override async *readAll(after: Position | null, options: ReadOptions = {}): AsyncIterable<LogPage> {
    for await (const page of super.readAll(here(after), options)) yield there(page)
  }

  override async *subscribe(after: Position | null, options: ReadOptions = {}): AsyncIterable<LogPage> {
    for await (const page of super.subscribe(here(after), options)) yield there(page)
  }

  override async head(): Promise<Position | null> {
    const head = await super.head()
    return head && farther(head)
  }
}

const farther = (position: Position): Position => `${position}.${position}` as Position
function here(position: Position | null): Position | null {
  if (position !== null && !position.includes('.')) throw new Problem('log.foreign_position', { position })
  return position && (position.split('.')[0] as Position)
}
function there({ events, position, atHead }: LogPage): LogPage {
  return {
    events: events.map((event) => ({ ...event, position: farther(event.position) })),
    position: farther(position),
    atHead,
  }
}

async function someCalls(rig: Rig): Promise<void> {
  await rig.append('switchboard-test.configuration', say.activated())
  for (const call of ['c1', 'c2']) {
    await rig.append(`call-test.${call}`, say.received(call), say.queued(call, rig.now()))
    rig.pass(7_000)
  }
  await rig.append('call-test.c1', say.left('c1', 7_000), say.ended('c1'))
}

const otherLog = async (work: Promise<unknown>): Promise<void> => {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  assert.ok(isProblem(error, 'tables.other_log'), String(error))
}

for (const [kind, make] of [
  ['the same', () => new MemoryLog(Date.now)],
  ['another', () => new Elsewhere(Date.now)],
] as const) {
  test(
    `a log was moved, its positions are of ${kind} kind: it is reported, no fold continues, and a rebuild of any ` +
      `model folds all tables from the new one`,
    withRig(`moved ${kind}`, async (rig) => {
      const before = rig.engine({ snapshotEvery: 2 })
      await before.start()
      await someCalls(rig)
      await rig.caughtUp(before)
      const asked = rig.now() - 5_000
      const boards = (await before.boardsAsOf('test', asked)).boards
      await before.stop()
      const rows = await rig.sql('select * from calls order by call_id')
      assert.is(rows.length, 2)

      const moved: EventLog = make()
      await copyLog({ from: rig.log, to: moved })
      const after = rig.engine({ log: moved, snapshotEvery: 2 })
      await otherLog(after.start())
      await otherLog(after.verify())
      assert.equal(await rig.sql('select * from calls order by call_id'), rows, 'the old tables answer')

      await after.prepare({ anyLog: true })
      const { models } = await after.rebuild(['calls'])
      assert.is(models.length, after.models.length)
      assert.equal(await rig.sql('select * from calls order by call_id'), rows)
      await rig.verified(after)
      assert.equal(
        (await after.boardsAsOf('test', asked)).boards,
        boards,
        'the boards of a moment are asked by when it was recorded then',
      )

      await after.start()
      await moved.append(
        'call-test.c2',
        1,
        await rig.codec.encode([
          {
            id: '00000000-0000-4000-8000-000000000001',
            event: say.ended('c2'),
            meta: { tenant: 'test', actor: 'test', at: rig.now(), origin: 'live', correlation: null, causation: null },
          },
        ]),
      )
      assert.ok(await after.waitFor((await moved.head())!, 'test', 10_000))
      assert.equal(await rig.sql(`select status from calls where call_id = 'c2'`), [{ status: 'ended' }])
      await rig.verified(after)
      await after.stop()
      // And back again: the old log is the other one now.
      await otherLog(rig.engine().start())
    }),
  )
}

test(
  'a process still running on the old log folds no more of it once the tables are of the new one',
  withRig('still on the old log', async (rig) => {
    const old = rig.engine()
    await old.start()
    await someCalls(rig)
    await rig.caughtUp(old)
    const moved = new MemoryLog(Date.now)
    await copyLog({ from: rig.log, to: moved })
    await rig.engine({ log: moved }).rebuild()
    await rig.append('call-test.c3', say.received('c3'))
    await until('the old log is refused', () => rig.troubles.some(({ code }) => code === 'tables.other_log'))
    assert.equal(await rig.sql(`select call_id from calls where call_id = 'c3'`), [])
  }),
)

test(
  'an unknown event is set aside by the rebuild from a new log, though no lane has seen it there',
  withRig('unknown in the new log', async (rig) => {
    const running = rig.engine()
    await running.start()
    await someCalls(rig)
    await rig.caughtUp(running)
    await running.stop()
    const moved = new MemoryLog(Date.now)
    await copyLog({ from: rig.log, to: moved })
    await moved.append('call-test.c9', 'none', [
      {
        id: '00000000-0000-4000-8000-000000000009',
        type: 'CallTeleported',
        data: '{}',
        metadata: '{"t":"test","a":"test","at":1}',
      },
    ])
    const { parked } = await rig.engine({ log: moved }).rebuild()
    assert.ok(
      parked.some(
        ({ model, key, eventType }) =>
          model === 'calls' && key === 'stream call-test.c9' && eventType === 'CallTeleported',
      ),
      JSON.stringify(parked),
    )
    const again = rig.engine({ log: moved })
    await again.start()
    await rig.verified(again)
  }),
)

test(
  'tables from before logs were distinguished were folded from PostgreSQL: they accept another PostgreSQL log, but no other kind',
  withRig('books without a log', async (rig) => {
    const running = rig.engine()
    await running.start()
    await someCalls(rig)
    await rig.caughtUp(running)
    await running.stop()
    const named = (identity: string): EventLog =>
      new Proxy(rig.log as EventLog, {
        get: (log, name) =>
          name === 'identity'
            ? async () => identity
            : (...given: unknown[]) => (log[name as 'head'] as (...all: unknown[]) => unknown)(...given),
      })
    await rig.sql('update tables.books set log = null')
    await otherLog(rig.engine({ log: named('eventstoredb 1') }).prepare())
    await rig.engine({ log: named('postgres 1') }).prepare()
    await otherLog(rig.engine({ log: named('postgres 2') }).prepare())
  }),
)

test.run()
