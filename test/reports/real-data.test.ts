import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { importAnonymousBank } from '@ledgerline/adapters/import/anonymous-bank/import.ts'
import { operatorPermissions } from '@ledgerline/core/access/session.ts'
import { DEMO_DAY } from '@ledgerline/fixtures/demo.ts'
import type { ReportAnswer } from '@ledgerline/projections/reports/report.ts'
import { get } from '../http/web.ts'
import { caughtUp } from '../support/history.ts'
import { reportDesk, values, type ReportDesk } from './desk.ts'

let desk: ReportDesk
const test = suite('reports on a real bank’s day')
test.before(async () => {
  desk = await reportDesk('reports bank')
  const { log, codec } = desk.rig
  await importAnonymousBank({ files: [DEMO_DAY], log, codec, tenant: 'bank' })
  await caughtUp(desk.engine, log)
  Object.assign(desk, { tenant: 'bank', permissions: operatorPermissions, now: Date.now() })
})
test.after(() => desk.close())

async function ask(report: string, query = ''): Promise<ReportAnswer> {
  const reply = await get(desk, `/api/v1/reports/${report}?from=1999-02-03&to=1999-02-03${query}`)
  assert.is(reply.status, 200, reply.text)
  return reply.json
}

const sum = (answer: ReportAnswer, key: string) => answer.rows.reduce((total, row) => total + Number(row[key]), 0)

test('offered, answered, abandoned and talk match the file, by queue, by hour and in total', async () => {
  for (const answer of [
    await ask('queues'),
    await ask('queue-intervals', '&interval=hour'),
    await ask('queue-by-interval', '&interval=15min'),
  ]) {
    assert.equal(
      values([answer.totals], 'offered', 'answered', 'abandoned', 'talkMs', 'waiting'),
      [[1545, 1319, 226, 226_426_000, 0]],
      answer.id,
    )
    for (const key of ['offered', 'answered', 'abandoned', 'shortAbandoned', 'talkMs'])
      assert.is(sum(answer, key), answer.totals[key], `${answer.id} ${key}`)
  }
  assert.equal(values([(await ask('calls')).totals], 'calls', 'answered', 'abandoned', 'preQueue', 'open', 'talkMs'), [
    [1939, 1319, 226, 394, 0, 226_426_000],
  ])
})

test('the service level at a threshold is what the calls themselves say, and it rises with the threshold', async () => {
  let before = -1
  for (const threshold of [
    0, 1_000, 10_000, 20_000, 30_000, 60_000, 65_000, 120_000, 300_000, 360_000, 1_800_000, 3_600_000,
  ]) {
    const { totals } = await ask('queues', `&thresholdMs=${threshold}`)
    const [counted] = await desk.rig.sql<{ within: number; level: number }>(
      `select count(*) filter (where outcome = 'answered' and wait_ms <= $1)::int as within,
         count(*) filter (where outcome = 'answered' and wait_ms <= $1)::float8 / count(*) filter (where outcome = 'answered' or (outcome = 'abandoned' and wait_ms >= 5000)) as level
       from calls where queued_at is not null`,
      [threshold],
    )
    assert.is(totals['answeredWithin'], counted!.within, `within ${threshold} ms`)
    assert.is(totals['serviceLevel'], counted!.level)
    assert.ok(counted!.within >= before)
    before = counted!.within
  }
  assert.is(
    (await ask('queues')).totals['serviceLevel'],
    (await ask('queues', '&thresholdMs=20000')).totals['serviceLevel'],
  )
})

test('A11.3.4-inbound C6.0-metric-calls by agent: every answered call with a known agent', async () => {
  const inbound = await ask('inbound')
  assert.equal(values([inbound.totals], 'calls', 'effective', 'talkMs'), [[1319, 1319, 226_426_000]])
  assert.is(inbound.rows.filter(({ agent }) => agent !== null).length, 17)
  const statistics = await ask('agent-statistics')
  assert.is(statistics.rows.length, 17)
  assert.equal(values([statistics.totals], 'calls', 'connected', 'connectRate'), [[1294, 1294, 1]])
  const [minutes] = await desk.rig.sql<{ minutes: number }>(
    "select sum(ceil(talk_ms / 60000.0))::int as minutes from calls where agent_code is not null and outcome = 'answered'",
  )
  assert.is(statistics.totals['minutes'], minutes!.minutes)
  assert.equal((await ask('work')).rows, [], 'a recorded history has no agent states')
})

test.run()
