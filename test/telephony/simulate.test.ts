import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { batchMeans, type Batch, type Measures } from '@ledgerline/ops/batch-means.ts'
import { readFaults } from '@ledgerline/adapters/telephony/faults.ts'
import { simulate, type Simulation } from '@ledgerline/ops/simulate.ts'
import { erlangA, erlangC } from '../support/erlang.ts'

const truth = suite('the real ACD against the truth of Erlang')

/** Does the measure agree within its own 95 % interval? */
function agrees(measured: Simulation, expected: Partial<Measures>): void {
  for (const [name, value] of Object.entries(expected) as [keyof Measures, number][]) {
    const [found, half] = [measured[name]!, measured.ci95[name]!]
    assert.ok(Math.abs(found - value) <= half, `${name}: ${found} ± ${half}, and should be ${value}`)
  }
}

truth('the formulas give the values of the reference', () => {
  const rounded = (values: object) => Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number((value as number).toFixed(5))]))
  assert.equal(rounded(erlangC({ callsPerHour: 200, talkS: 180, agents: 14 })), { waited_ratio: 0.17413, service_level_20: 0.88835, asa_s: 7.83594, occupancy: 0.71429, abandon_ratio: 0 })
  const { waited_ratio, service_level_20, asa_s } = erlangC({ callsPerHour: 360, talkS: 240, agents: 28 })
  assert.equal(rounded({ waited_ratio, service_level_20, asa_s }), { waited_ratio: 0.33314, service_level_20: 0.7613, asa_s: 19.98831 })
  const patient = erlangA({ callsPerHour: 200, talkS: 180, agents: 14, patienceS: 300 })
  assert.equal([patient.abandon_ratio.toFixed(5), patient.occupancy.toFixed(4)], ['0.01398', '0.7043'])
})

truth('Erlang C: 200 calls an hour of 180 s for 14 agents', async () => {
  const queue = { callsPerHour: 200, talkS: 180, agents: 14 }
  const measured = await simulate({ ...queue, hours: 25, seed: 1 })
  agrees(measured, erlangC(queue))
  assert.is(measured.answered, measured.offered)
})

truth('Erlang A: the same with callers who lose patience after 300 s on average', async () => {
  const queue = { callsPerHour: 200, talkS: 180, agents: 14, patienceS: 300 }
  const measured = await simulate({ ...queue, hours: 25, seed: 2 })
  agrees(measured, { ...erlangA(queue), service_level_20: 0.91679 })
  assert.is(measured.answered + measured.abandoned, measured.offered)
})

truth('the same seed gives the same day', async () => {
  const options = { callsPerHour: 100, talkS: 180, agents: 6, patienceS: 60, hours: 2, seed: 3 }
  assert.equal(await simulate(options), await simulate(options))
  assert.not.equal(await simulate({ ...options, seed: 4 }), await simulate(options))
})

truth('more load than there are agents is measured too: everybody is busy, most give up', async () => {
  const measured = await simulate({ callsPerHour: 120, talkS: 180, agents: 2, patienceS: 60, hours: 4, seed: 5 })
  assert.ok(measured.occupancy! > 0.9)
  agrees(measured, erlangA({ callsPerHour: 120, talkS: 180, agents: 2, patienceS: 60 }))
})

truth('a network that fails all day long: every call ends all the same, and who was cut off has not abandoned', async () => {
  const queue = { callsPerHour: 200, talkS: 180, agents: 14, hours: 5, seed: 6 }
  const plan = readFaults('leg-lost=0.01,bye-lost=0.02,bye-at-once=0.02,crossing=0.02,command-lost=0.01,phone-gone=0.01,media-down=1/h:20s,report-late=0.01,report-doubled=0.02,report-overtaken=0.02')
  assert.ok('plan' in plan)
  const measured = await simulate({ ...queue, faults: plan.plan })
  const hungUp = measured.faults!['crossing']! + measured.faults!['bye-at-once']!
  assert.ok(measured.abandoned! <= hungUp, 'nobody ever loses patience: who abandoned hung up in the very moment of something else')
  assert.ok(measured.answered! < measured.offered! && measured.answered! > measured.offered! * 0.9)
  assert.equal(Object.keys(measured.faults!).toSorted(), plan.plan.map(({ kind }) => kind).toSorted(), 'each kind has struck')
})

truth('many hours are simulated in two halves at once: the same seed gives the same, and they stop when they are told to', async () => {
  const options = { callsPerHour: 15, talkS: 180, agents: 2, patienceS: 60, hours: 100, seed: 6 }
  const measured = await simulate(options)
  assert.equal(await simulate(options), measured)
  agrees(measured, erlangA(options))
  const stop = new AbortController()
  await simulate({ ...options, signal: stop.signal, progress: () => stop.abort(new Error('enough')) }).then(
    () => assert.unreachable(),
    (error) => assert.is(error.message, 'enough'),
  )
})

truth('a simulation stops when it is told to', async () => {
  const stop = new AbortController()
  await simulate({ callsPerHour: 100, talkS: 60, agents: 3, hours: 10, seed: 1, signal: stop.signal, progress: () => stop.abort(new Error('enough')) }).then(
    () => assert.unreachable(),
    (error) => assert.is(error.message, 'enough'),
  )
})

truth.run()

const means = suite('batch means')
const batch = (change: Partial<Batch>): Batch => ({ offered: 0, answered: 0, abandoned: 0, waited: 0, inTarget: 0, waitMs: 0, busyMs: 0, ...change })

means('a whole is a ratio of sums, never a mean of ratios', () => {
  const measured = batchMeans([batch({ offered: 1, answered: 1, waitMs: 10_000, inTarget: 1 }), batch({ offered: 9, answered: 9, waitMs: 0, inTarget: 0 })], { agents: 1, batchMs: 1000 })
  assert.equal([measured.offered, measured.asa_s, measured.service_level_20], [10, 1, 0.1])
})

means('batches that say the same leave no doubt; nothing to divide by gives null', () => {
  const measured = batchMeans(Array.from({ length: 20 }, () => batch({ busyMs: 500 })), { agents: 1, batchMs: 1000 })
  assert.equal([measured.occupancy, measured.ci95.occupancy], [0.5, 0])
  assert.equal([measured.asa_s, measured.ci95.asa_s, measured.waited_ratio], [null, null, null])
})

means('the interval of a mean is that of Student with 19 degrees of freedom', () => {
  const measured = batchMeans(Array.from({ length: 20 }, (_, i) => batch({ busyMs: i % 2 === 0 ? 400 : 600 })), { agents: 1, batchMs: 1000 })
  // s = 0.1·√(20/19), half-width t·s/√20 with t(19) = 2.0930
  assert.is(measured.ci95.occupancy!.toFixed(5), ((2.093 * 0.1 * Math.sqrt(20 / 19)) / Math.sqrt(20)).toFixed(5))
})

means.run()
