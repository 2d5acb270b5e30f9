import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Client } from 'pg'
import type { Entity, ReadModel } from '@ledgerline/projections/engine/model.ts'
import { readerUrl } from '@ledgerline/projections/engine/readers.ts'
import type { ReadModels } from '@ledgerline/projections/engine/lanes.ts'
import { readModels } from '@ledgerline/projections/models.ts'
import { trafficRecords } from '@ledgerline/projections/reports/traffic-records.ts'
import { say, withEmptyRig, withRig, type Rig } from '../projections/rig.ts'

const views = suite('views over several models')

async function answered(rig: Rig, callId: string, tenant = 'test'): Promise<void> {
  await rig.append(`call-${tenant}.${callId}`, say.received(callId), say.queued(callId, rig.now()))
  rig.pass(7_000)
  await rig.append(`call-${tenant}.${callId}`, say.answered(callId, '201', 7_000))
  rig.pass(60_000)
  await rig.append(`call-${tenant}.${callId}`, say.agentLeft(callId, '201', 60_000), say.ended(callId))
}

/** The read models with `calls` changed, and everything that depends on them. */
function withCalls(change: (calls: Entity) => Entity): ReadModels {
  const before = readModels.models.find(({ name }) => name === 'calls') as Entity
  const after = change(before)
  const models = readModels.models.map((model): ReadModel => {
    if (model === before) return after
    if (model.kind === 'aggregate')
      return { ...model, from: model.from.map((from) => (from.source === before ? { ...from, source: after } : from)) }
    return model
  })
  const renewed = readModels.views.map((view) =>
    'over' in view ? { ...view, over: view.over.map((model) => (model.name === 'calls' ? after : model)) } : view,
  )
  return { ...readModels, models, views: renewed }
}

const records = (rig: Rig) =>
  rig.sql(
    "select call_id, direction, talk_ms::int as talk_ms from traffic_records where direction <> 'external_in' order by 1",
  )

views(
  'a view is created once the last of its models exists, and again when the columns of one of them change',
  withEmptyRig('views upgrade', async (rig) => {
    const old = withCalls((calls) => {
      const { placedById: _, placedByCode: __, placedFrom: ___, placedSegmentId: ____, ...columns } = calls.columns
      return { ...calls, version: calls.version - 1, columns }
    })
    const first = rig.engine({
      models: {
        ...old,
        models: old.models.filter(({ name }) => name !== 'offers' && name !== 'shifts'),
        views: old.views.filter((view) => view.name !== 'traffic_records'),
      },
    })
    await first.start()
    await answered(rig, 'c1')
    await rig.caughtUp(first)
    await first.stop()

    const second = rig.engine()
    await second.start()
    await second.built()
    await answered(rig, 'c2')
    await rig.caughtUp(second)
    const both = [
      { call_id: 'c1', direction: 'external_transfer', talk_ms: 60_000 },
      { call_id: 'c2', direction: 'external_transfer', talk_ms: 60_000 },
    ]
    assert.equal(await records(rig), both)
    await second.rebuild(['calls'])
    assert.equal(await records(rig), both)
    await second.stop()

    const third = rig.engine({
      models: withCalls((calls) => ({
        ...calls,
        version: calls.version + 1,
        columns: { outcome: calls.columns['outcome']!, ...calls.columns },
      })),
    })
    await third.start()
    await third.built()
    await rig.caughtUp(third)
    assert.equal(await records(rig), both)
    assert.equal(
      (
        await rig.sql<{ column: string }>(
          "select column_name as column from information_schema.columns where table_schema = 'public' and table_name = 'calls' order by ordinal_position limit 3",
        )
      ).map(({ column }) => column),
      ['tenant', 'call_id', 'outcome'],
    )
  }),
)

views(
  'a reader sees only their tenant’s rows, even through a view over several models',
  withRig('views readers', async (rig) => {
    const engine = rig.engine()
    await engine.start()
    await answered(rig, 'c1', 'one')
    await answered(rig, 'c2', 'two')
    await rig.caughtUp(engine, 'two')
    const reader = new Client(await readerUrl(rig.client, rig.database.url, 'one'))
    await reader.connect()
    const seen = async (name: string) =>
      (await reader.query<{ tenant: string }>(`select distinct tenant from ${name}`)).rows
    for (const { name } of [trafficRecords, { name: 'queue_day_report' }])
      assert.equal(await seen(name), [{ tenant: 'one' }], name)
    await reader.end()
  }),
)

views(
  'columns match their descriptions, in order and type',
  withRig('views columns', async (rig) => {
    await rig.engine().prepare()
    for (const view of readModels.views) {
      if (!('over' in view)) continue
      const columns = await rig.sql<{ name: string; type: string }>(
        'select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute where attrelid = $1::regclass and attnum > 0 order by attnum',
        [view.name],
      )
      assert.equal(columns, [
        { name: 'tenant', type: 'text' },
        ...Object.keys(view.columns).map((name) => ({ name, type: view.types[name] ?? 'text' })),
      ])
    }
  }),
)

views.run()
