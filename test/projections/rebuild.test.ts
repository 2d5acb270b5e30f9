/** New tables beside the old ones, on a real database: rebuilds, swaps, raised versions, comparisons with the log. */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Client } from 'pg'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import { tableName } from '@ledgerline/projections/engine/table.ts'
import type { ReadModels } from '@ledgerline/projections/engine/lanes.ts'
import { readModels } from '@ledgerline/projections/models.ts'
import { times } from '../support/depth.ts'
import { until } from '../support/gate.ts'
import { day, houseAfter } from './histories.ts'
import { abandoned, rig, say, withModel, withEmptyRig, withRig } from './rig.ts'

const rebuilt = suite('rebuilt read models')

rebuilt(
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

rebuilt('random days in random pages: the tables equal a fresh fold, before and after a rebuild', async () => {
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
    { numRuns: times('HISTORIES', 3, 100) },
  )
})

rebuilt(
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

rebuilt(
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

rebuilt(
  'a new model comes to an old house, and a view gets other columns',
  withEmptyRig('engine new model', async (rig) => {
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

rebuilt(
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

rebuilt(
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

rebuilt.run()
