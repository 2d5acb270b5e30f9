/** The engine on a real database: live pages, poison, lost connections, swaps, comparisons. */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Client } from 'pg'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import type { Committed } from '@ledgerline/projections/engine/engine.ts'
import type { Entity } from '@ledgerline/projections/engine/model.ts'
import { type ReadModel } from '@ledgerline/projections/engine/model.ts'
import { tableName } from '@ledgerline/projections/engine/table.ts'
import type { ReadModels } from '@ledgerline/projections/engine/lanes.ts'
import { readModels } from '@ledgerline/projections/models.ts'
import { calls } from '@ledgerline/projections/models/calls.ts'
import { fill } from '../bench/events.ts'
import { until } from '../support/gate.ts'
import { day, houseAfter } from './histories.ts'
import { rig, say, withRig, type Rig } from './rig.ts'

const engine = suite('the engine of the read models')

/** A short call: received, queued, abandoned after 7 s. */
async function abandoned(rig: Rig, callId: string, tenant = 'test'): Promise<void> {
  const stream = `call-${tenant}.${callId}`
  await rig.append(stream, say.received(callId), say.queued(callId, rig.now()))
  rig.pass(7_000)
  await rig.append(stream, say.left(callId, 7_000), say.ended(callId))
}

engine(
  'what is appended is in the tables once waitFor says so, and the listener has the changed rows',
  withRig('engine live', async (rig) => {
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
  'a table that is behind the others (another version of the program fed them) is rebuilt at the next start; the ' +
    'others do not wait',
  withRig('engine behind', async (rig) => {
    const first = rig.engine()
    await first.start()
    await rig.append('switchboard-test.configuration', say.activated())
    await abandoned(rig, 'c1')
    const position = await rig.append('call-test.c2', say.received('c2'), say.queued('c2', rig.now()))
    await rig.holds(first, position)
    await first.stop()
    // As if a lane that did not know the table had carried on without it.
    await rig.sql(
      "update tables.checkpoints set position = '0000000000000000001' where table_name like 'queue_day%' and lane = 'switchboard'",
    )
    await rig.sql('delete from queue_day')
    const second = rig.engine()
    await second.start()
    const later = await rig.append('call-test.c3', say.received('c3'), say.queued('c3', rig.now()))
    await rig.holds(second, later)
    await second.built()
    await until('the table is built', async () => (await rig.sql('select offered::int from queue_day')).length === 1)
    assert.equal(await rig.sql('select offered::int, abandoned::int from queue_day'), [{ offered: 3, abandoned: 1 }])
    await rig.verified(second)
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

engine('random days in random pages: the tables equal a fresh fold, before and after a rebuild', async () => {
  await fc.assert(
    fc.asyncProperty(day, fc.nat(), async (random, seed) => {
      const past = await houseAfter(random)
      const made = await rig('engine random')
      try {
        const dice = seededDice(seed)
        made.log.pageSize = () => 1 + Math.floor(dice() ** 3 * 60)
        for await (const page of past.log.readAll(null)) {
          for (const event of page.events)
            await made.log.append(event.stream, event.revision === 0 ? 'none' : event.revision - 1, [event])
        }
        const running = made.engine({ codec: past.codec })
        await running.start()
        await made.caughtUp(running)
        await made.verified(running)
        await running.rebuild()
        await made.verified(running)
        assert.equal(made.parked, [])
        assert.equal(made.troubles, [])
      } finally {
        await made.close()
        await past.close()
      }
    }),
    { numRuns: Number(process.env['HISTORIES'] ?? 3) },
  )
})

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

engine(
  'tables are swapped under readers and traffic, and nobody notices',
  withRig('engine swap', async (rig) => {
    const running = rig.engine({ pageSize: 50 })
    await running.start()
    await rig.append('switchboard-test.configuration', say.activated())
    for (let number = 1; number <= 100; number++) await abandoned(rig, `a${number}`)
    await rig.caughtUp(running)
    let done = false
    let reads = 0
    const reading = (async () => {
      const reader = new Client(rig.database.url)
      await reader.connect()
      let last = 0
      while (!done) {
        const { rows } = await reader.query<{ calls: number; offered: number }>(
          'select (select count(*)::int from calls) as calls, (select sum(offered)::int from queue_interval) as offered',
        )
        assert.ok(rows[0]!.calls >= last, 'rows went away')
        last = rows[0]!.calls
        reads++
      }
      await reader.end()
    })()
    const traffic = (async () => {
      for (let number = 1; !done; number++) {
        await abandoned(rig, `b${number}`)
        // As fast as the tables follow, no faster.
        if (number % 10 === 0) await rig.caughtUp(running)
      }
    })()
    for (let round = 0; round < 3; round++) await running.rebuild()
    done = true
    await Promise.all([reading, traffic])
    assert.ok(reads > 0)
    await rig.caughtUp(running)
    await rig.verified(running)
    const tables = await rig.sql<{ table_name: string }>(
      "select table_name from information_schema.tables where table_schema = 'tables' and table_name like 'calls_v%'",
    )
    assert.equal(
      tables.map(({ table_name }) => table_name),
      [`${tableOf('calls')}_r4`],
    )
  }),
)

engine(
  'a raised version is built beside the old table, which answers until then',
  withRig('engine version', async (rig) => {
    const first = rig.engine()
    await first.start()
    await abandoned(rig, 'c1')
    await rig.caughtUp(first)
    await first.stop()
    const raised = withModel(readModels, 'legs', (model) => ({
      ...model,
      version: model.version + 1,
      columns: { ...model.columns, extension: { ...model.columns.extension!, about: 'Said anew.' } },
    }))
    const second = rig.engine({ models: raised })
    await second.start()
    await abandoned(rig, 'c2')
    await second.built()
    await rig.caughtUp(second)
    const [view] = await rig.sql<{ definition: string }>(
      "select definition from pg_views where schemaname = 'public' and viewname = 'legs'",
    )
    assert.match(view!.definition, new RegExp(tableOf('legs', raised)))
    assert.equal(await rig.sql('select count(*)::int as n from legs'), [{ n: 2 }])
    await rig.verified(second)
    await second.stop()

    const old = await rig
      .engine()
      .start()
      .then(
        () => null,
        (error: unknown) => error,
      )
    assert.ok(isProblem(old, 'tables.newer'), String(old))
    const changed = withModel(raised, 'queues', (model) => ({
      ...model,
      columns: { ...model.columns, more: model.columns.name! },
    }))
    const refused = await rig
      .engine({ models: changed })
      .start()
      .then(
        () => null,
        (error: unknown) => error,
      )
    assert.ok(isProblem(refused, 'tables.changed'), String(refused))
  }),
)

engine(
  'a new model comes to an old house, and a view gets other columns',
  withRig('engine new model', async (rig) => {
    const before: ReadModels = { ...readModels, models: readModels.models.filter(({ name }) => name !== 'legs') }
    const first = rig.engine({ models: before })
    await first.start()
    await abandoned(rig, 'c1')
    await rig.caughtUp(first)
    await first.stop()
    const other = withModel(readModels, 'queues', (model) => ({
      ...model,
      version: model.version + 1,
      columns: { label: model.columns.name!, ...model.columns },
      on: {},
    }))
    const second = rig.engine({ models: other })
    await second.start()
    await second.built()
    await rig.caughtUp(second)
    assert.equal(await rig.sql('select count(*)::int as n from legs'), [{ n: 1 }])
    assert.equal(await rig.sql('select label from queues'), [])
    await rig.verified(second)
  }),
)

engine(
  'verify finds a row that was changed, one that was removed and one that was added',
  withRig('engine tampered', async (rig) => {
    const running = rig.engine()
    await running.start()
    await rig.append('switchboard-test.configuration', say.activated())
    for (const id of ['c1', 'c2', 'c3']) await abandoned(rig, id)
    await rig.caughtUp(running)
    const [calls, queues] = [tableOf('calls'), tableOf('queues')]
    await rig.sql(`update tables.${calls} set wait_ms = 1, outcome = 'answered' where call_id = 'c1'`)
    await rig.sql(`delete from tables.${calls} where call_id = 'c2'`)
    await rig.sql(
      `insert into tables.${queues} select (jsonb_populate_record(q, '{"queue_code": "NE"}')).* from tables.${queues} q`,
    )
    const verified = await running.verify(['calls', 'queues'])
    assert.not(verified.equal)
    const found = verified.models.flatMap(({ model, differences }) =>
      differences.map(({ key, what, columns }) => [model, Object.values(key).join(), what, columns.join()]),
    )
    assert.equal(found, [
      ['queues', 'NE', 'unexpected', ''],
      ['calls', 'c1', 'different', 'outcome,wait_ms'],
      ['calls', 'c2', 'missing', ''],
    ])
    await running.rebuild(['calls', 'queues'])
    await rig.verified(running)
  }),
)

engine(
  'imported history goes through a lane of its own, in the zone that it names',
  withRig('engine bulk', async (rig) => {
    const running = rig.engine()
    await running.start()
    await rig.append('imported_history-bank.history', {
      type: 'HistoryOpened',
      data: { source: 'anonymous-bank', zone: 'Asia/Jerusalem' },
    })
    await rig.append(
      'imported_call-bank.c1',
      say.received('c1'),
      say.queued('c1', rig.now()),
      say.left('c1', 0),
      say.ended('c1'),
    )
    await rig.append('switchboard-test.configuration', say.activated())
    await abandoned(rig, 'c1')
    const head = (await rig.log.head())!
    await rig.holds(running, head)
    while (running.laneOf('bank') !== 'bulk' || (running.status()[1]!.position ?? '') < head)
      await new Promise((resolve) => setImmediate(resolve))
    assert.equal(await rig.sql('select tenant, zone from tenants order by 1'), [
      { tenant: 'bank', zone: 'Asia/Jerusalem' },
      { tenant: 'test', zone: 'Asia/Shanghai' },
    ])
    assert.equal(await rig.sql('select tenant, zone from calls order by 1'), [
      { tenant: 'bank', zone: 'Asia/Jerusalem' },
      { tenant: 'test', zone: 'Asia/Shanghai' },
    ])
    await running.rebuild()
    await rig.verified(running)
  }),
)

/** The first table of a model’s declared version. */
function tableOf(name: string, models: ReadModels = readModels): string {
  return tableName(
    models.models.find((model) => model.name === name)!,
    1,
  )
}

function withModel(models: ReadModels, name: string, change: (model: Entity) => unknown): ReadModels {
  const changed = models.models.map((model) => (model.name === name ? (change(model as never) as ReadModel) : model))
  const found = changed.find((model) => model.name === name)!
  // What follows from the changed model follows from the change.
  return {
    ...models,
    models: changed.map((model) => {
      if (model.kind === 'derived' && model.of.name === name) return { ...model, of: found as never }
      if (model.kind === 'aggregate')
        return {
          ...model,
          from: model.from.map((source) =>
            source.source.name === name ? { ...source, source: found as never } : source,
          ),
        }
      return model
    }),
  }
}

engine.run()
