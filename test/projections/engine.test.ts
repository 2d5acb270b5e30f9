/** The engine on a real database: live pages, poison, lost connections, a standby. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import type { Committed } from '@ledgerline/projections/engine/engine.ts'
import { readModels } from '@ledgerline/projections/models.ts'
import { calls } from '@ledgerline/projections/models/calls.ts'
import { fill } from '../bench/events.ts'
import { until } from '../support/gate.ts'
import { type Rig, abandoned, say, withModel, withEmptyRig, withRig } from './rig.ts'

const engine = suite('the engine of the read models')

engine(
  'what is appended is in the tables once waitFor says so, and the listener has the changed rows',
  withEmptyRig('engine live', async (rig) => {
    const running = rig.engine()
    const told: Committed[] = []
    running.onCommitted((committed) => told.push(committed))
    await running.start()
    await rig.append('switchboard-test.configuration', say.activated())
    const position = await rig.append('call-test.c1', say.received('c1'), say.queued('c1', rig.now()))
    await rig.holds(running, position)
    const [row] = await rig.sql('select status, queue_code, from_number, wait_ms from calls')
    assert.equal(row, { status: 'waiting', queue_code: 'PS', from_number: '13800002225', wait_ms: null })
    assert.equal(await rig.sql('select waiting::int, configured::int from queue_monitor'), [
      { waiting: 1, configured: 1 },
    ])
    const pushed = told
      .flatMap(({ tables }) => tables)
      .filter(({ model }) => model.name === 'calls')
      .flatMap(({ inserts, updates }) => [...inserts, ...updates])
    assert.is(pushed.at(-1)!.row!.status, 'waiting')
    assert.is(running.boardRows('calls', 'test')!.length, 1)
    assert.is(running.status().find(({ lane }) => lane === 'switchboard')!.lagMs, 0)
    await rig.verified(running)
  }),
)

engine(
  'rows are loaded by their key, even from tables that were empty when first queried',
  withRig('engine plans', async (rig) => {
    await fill(rig.log, rig.codec, { events: 20_000 })
    rig.log.pageSize = () => 500
    const running = rig.engine()
    await running.start()
    await rig.caughtUp(running, 'bench')
    await running.stop()
    // A session leaves its figures behind when it ends.
    await until(
      'the figures',
      async () =>
        (
          await rig.sql(
            "select from pg_stat_user_indexes where indexrelname = 'call_segments_v2_key' and idx_scan > 100",
          )
        ).length > 0,
    )
    const wide = await rig.sql(
      "select indexrelname, idx_tup_read from pg_stat_user_indexes where schemaname = 'tables' and indexrelname not like '%_key' and idx_tup_read > 100000",
    )
    assert.equal(wide, [], 'rows that were read and passed over')
  }),
)

engine(
  'a key whose event a fold cannot take is parked; later events of that key wait, all others carry on; verify names it',
  withRig('engine parked', async (rig) => {
    const picky = withModel(readModels, 'calls', (model) => ({
      ...model,
      on: {
        ...model.on,
        CallLeftQueue: (row: unknown, event: { data: { callId: string; waitMs: number } }, place: never) => {
          if (event.data.callId === 'poison') throw new Error('a wait that this fold cannot take')
          return (calls.on.CallLeftQueue as (...given: unknown[]) => unknown)(row, event, place)
        },
      },
    }))
    const running = rig.engine({ models: picky })
    await running.start()
    await abandoned(rig, 'c1')
    await abandoned(rig, 'poison')
    await abandoned(rig, 'c2')
    await rig.caughtUp(running)
    assert.equal(await rig.sql('select call_id, status from calls order by 1'), [
      { call_id: 'c1', status: 'ended' },
      { call_id: 'c2', status: 'ended' },
      { call_id: 'poison', status: 'waiting' },
    ])
    assert.equal(
      rig.parked.map(({ model, key, reason }) => [model, key, reason]),
      [['calls', 'poison', 'a wait that this fold cannot take']],
    )
    assert.equal(await rig.sql('select tenant, key, event_type, waiting::int from tables.parked'), [
      { tenant: 'test', key: 'poison', event_type: 'CallLeftQueue', waiting: 1 },
    ])
    // Other models have taken the event.
    assert.equal(await rig.sql('select count(*)::int as n from call_segments where result is not null'), [{ n: 3 }])

    await running.stop()
    const again = rig.engine({ models: picky })
    await again.start()
    await rig.append('call-test.poison', {
      type: 'CallTransferred',
      data: {
        callId: 'poison',
        agentId: '201',
        agentCode: '201',
        segmentId: 's',
        kind: 'blind',
        to: { kind: 'queue', code: 'PS', number: null },
      },
    })
    await rig.caughtUp(again)
    assert.equal(await rig.sql('select transfers, status from calls where call_id = $1', ['poison']), [
      { transfers: 0, status: 'waiting' },
    ])
    const verified = await again.verify(['calls'])
    assert.ok(verified.equal)
    assert.equal(
      verified.models[0]!.parked.map(({ key, waiting }) => [key, waiting]),
      [['poison', 2]],
    )

    // What stands still may stand still in new tables, and is named; what does not, may not.
    const rebuilt = await again.rebuild(['calls'])
    assert.equal(
      rebuilt.parked.map(({ model, key, waiting, closed }) => [model, key, waiting, closed]),
      [['calls', 'poison', 2, false]],
    )
    assert.equal(await rig.sql('select transfers, status from calls where call_id = $1', ['poison']), [
      { transfers: 0, status: 'waiting' },
    ])
    assert.equal(await rig.sql('select key, waiting::int from tables.parked'), [{ key: 'poison', waiting: 2 }])
    await rig.verified(again)
    await again.stop()

    // With a fold that takes it, a rebuild takes up what waited.
    const mended = rig.engine()
    await mended.start()
    await mended.rebuild(['calls'])
    assert.equal(await rig.sql('select transfers, status from calls where call_id = $1', ['poison']), [
      { transfers: 1, status: 'ended' },
    ])
    assert.equal(await rig.sql('select 1 from tables.parked'), [])
    await rig.verified(mended)
    await mended.stop()
    const failure = await rig
      .engine({ models: picky })
      .rebuild(['calls'])
      .then(
        () => null,
        (error: unknown) => error,
      )
    assert.ok(isProblem(failure, 'tables.poison'), String(failure))
    assert.equal(await rig.sql('select transfers, status from calls where call_id = $1', ['poison']), [
      { transfers: 1, status: 'ended' },
    ])
  }),
)

engine(
  'an event that nobody can read parks its stream for the models it concerns, and nothing else',
  withRig('engine unreadable', async (rig) => {
    const running = rig.engine()
    await running.start()
    await rig.append('call-test.c1', say.received('c1'), say.queued('c1', rig.now()))
    await rig.appendRaw('call-test.c1', 'CallLeftQueue', '{"callId": "c1", "segm')
    await rig.append('call-test.c1', say.left('c1', 7_000))
    await rig.append('call-test.c2', say.received('c2'))
    await rig.appendRaw('call-test.c2', 'CallFromTheFuture', '{}')
    await rig.append('call-test.c2', say.queued('c2', rig.now()))
    await abandoned(rig, 'c3')
    await rig.caughtUp(running)
    assert.equal(await rig.sql('select call_id, status from calls order by 1'), [
      { call_id: 'c1', status: 'waiting' },
      { call_id: 'c2', status: 'ringing' },
      { call_id: 'c3', status: 'ended' },
    ])
    const parked = await rig.sql<{ model: string; key: string }>(
      'select m.model, p.key from tables.parked p join tables.models m using (table_name) order by 1, 2',
    )
    assert.equal(
      parked.filter(({ key }) => key === 'stream call-test.c1').map(({ model }) => model),
      ['call_segments', 'calls'],
    )
    assert.ok(parked.some(({ model, key }) => model === 'calls' && key === 'stream call-test.c2'))
    await rig.verified(running)
    // New tables set aside what these do, with what has waited behind it, and name it.
    const before = await rig.sql(
      'select key, event_type, revision::int, waiting::int from tables.parked p join tables.models m using (table_name) where m.model = $1 order by 1',
      ['calls'],
    )
    const rows = await rig.sql('select call_id, status, set_aside from calls order by 1')
    assert.equal(
      rows.map(({ set_aside: aside }) => aside),
      [true, true, false],
    )
    const rebuilt = await running.rebuild(['calls'])
    assert.equal(
      rebuilt.parked
        .filter(({ model }) => model === 'calls')
        .map(({ key, eventType, revision, closed }) => [key, eventType, revision, closed]),
      [
        ['stream call-test.c1', 'CallLeftQueue', 2, false],
        ['stream call-test.c2', 'CallFromTheFuture', 1, false],
      ],
    )
    await rig.caughtUp(running)
    assert.equal(
      await rig.sql(
        'select key, event_type, revision::int, waiting::int from tables.parked p join tables.models m using (table_name) where m.live and m.model = $1 order by 1',
        ['calls'],
      ),
      before,
    )
    assert.equal(await rig.sql('select call_id, status, set_aside from calls order by 1'), rows)
    await rig.verified(running)
  }),
)

engine(
  'killed connections between pages: every event is counted exactly once',
  withRig('engine killed', async (rig) => {
    const running = rig.engine({ pageSize: 7 })
    await running.start()
    await rig.append('switchboard-test.configuration', say.activated())
    const expected = 60
    for (let number = 1; number <= expected; number++) {
      await abandoned(rig, `c${number}`)
      if (number % 10 === 0) await running.waitFor((await rig.log.head())!, 'test', 20)
      if (number % 6 === 0) await killAll(rig)
    }
    await rig.caughtUp(running)
    assert.equal(
      await rig.sql('select sum(offered)::int as offered, sum(abandoned)::int as abandoned from queue_day'),
      [{ offered: expected, abandoned: expected }],
    )
    await rig.verified(running)
    assert.ok(rig.troubles.every((problem) => isProblem(problem, 'tables.unavailable')))
  }),
)

async function killAll(rig: Rig): Promise<void> {
  await rig.sql(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  )
}

engine(
  'an engine that dies in the middle continues where it was; a second one is on standby until then',
  withRig('engine standby', async (rig) => {
    const first = rig.engine({ pageSize: 3 })
    await first.start()
    for (let number = 1; number <= 20; number++) await abandoned(rig, `c${number}`)
    const second = rig.engine({ pageSize: 5 })
    await second.start()
    await rig.caughtUp(first)
    assert.is(second.status()[0]!.state, 'standby')
    await first.stop()
    await abandoned(rig, 'c21')
    await rig.caughtUp(second)
    assert.equal(await rig.sql('select count(*)::int as n from calls'), [{ n: 21 }])
    await rig.verified(second)
  }),
)

engine(
  'a lane without events does not read the whole log again at its next start',
  withRig('nothing comes', async (rig) => {
    for (let number = 0; number < 20; number++) await rig.append(`call-test.c${number}`, say.received(`c${number}`))
    const head = await rig.log.head()
    const running = rig.engine()
    await running.start()
    await until('all lanes at the head', () => running.status().every(({ position }) => position === head))
    await running.stop()
    const places = await rig.sql('select distinct position from tables.checkpoints')
    assert.equal(places, [{ position: head }])
    const again = rig.engine()
    await again.start()
    await rig.append('call-test.c0', say.ended('c0'))
    await rig.caughtUp(again)
    await rig.verified(again)
  }),
)

engine(
  'a checkpoint that someone else moved rolls the page back',
  withRig('engine fenced', async (rig) => {
    const running = rig.engine()
    await running.start()
    await abandoned(rig, 'c1')
    await rig.caughtUp(running)
    const [{ position }] = (await rig.sql<{ position: string }>(
      'select distinct position from tables.checkpoints where lane = $1',
      ['switchboard'],
    )) as [{ position: string }]
    const next = await rig.append('call-test.c2', say.received('c2'))
    await rig.caughtUp(running)
    // Back to before c2, as after a restore of the tables' database: c2 is there, and comes again.
    await rig.sql('update tables.checkpoints set position = $1 where lane = $2', [position, 'switchboard'])
    await rig.append('call-test.c3', say.received('c3'))
    await rig.caughtUp(running)
    assert.ok(next > position)
    assert.equal(await rig.sql('select count(*)::int as n from calls'), [{ n: 3 }])
    await rig.verified(running)
  }),
)

engine.run()
