import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import { batchMeans, type Batch, type Measures } from '@ledgerline/ops/simulate/batch-means.ts'
import { independentFrom, seriesOf } from '@ledgerline/ops/simulate/intervals.ts'
import { readFaults } from '@ledgerline/adapters/telephony/simulator/faults.ts'
import { simulate, type Simulation } from '@ledgerline/ops/simulate/simulate.ts'
import { erlangA, erlangC } from '../support/erlang.ts'

const truth = suite('the real ACD against Erlang’s formulas')

/** Whether the measure agrees within its own 95 % interval. */
function agrees(measured: Simulation, expected: Partial<Measures>): void {
  for (const [name, value] of Object.entries(expected) as [keyof Measures, number][]) {
    const [found, half] = [measured[name]!, measured.ci95[name]]
    assert.ok(half !== null && half > 0, `${name} has an interval`)
    assert.ok(Math.abs(found - value) <= half, `${name}: ${found} ± ${half}, but should be ${value}`)
  }
}

truth('the formulas give the values of the reference', () => {
  const rounded = (values: object) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number((value as number).toFixed(5))]))
  assert.equal(rounded(erlangC({ callsPerHour: 200, talkS: 180, agents: 14 })), {
    waited_ratio: 0.17413,
    service_level_20: 0.88835,
    asa_s: 7.83594,
    occupancy: 0.71429,
    abandon_ratio: 0,
  })
  const { waited_ratio, service_level_20, asa_s } = erlangC({ callsPerHour: 360, talkS: 240, agents: 28 })
  assert.equal(rounded({ waited_ratio, service_level_20, asa_s }), {
    waited_ratio: 0.33314,
    service_level_20: 0.7613,
    asa_s: 19.98831,
  })
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

truth(
  'on a network that fails all day every call still ends, and a caller who was cut off has not abandoned',
  async () => {
    const queue = { callsPerHour: 200, talkS: 180, agents: 14, hours: 5, seed: 6 }
    const plan = readFaults(
      'leg-lost=0.01,bye-lost=0.02,bye-at-once=0.02,crossing=0.02,command-lost=0.01,phone-gone=0.01,media-down=1/h:20s,report-late=0.01,report-doubled=0.02,report-overtaken=0.02',
    )
    assert.ok('plan' in plan)
    const measured = await simulate({ ...queue, faults: plan.plan })
    const hungUp = measured.faults!['crossing']! + measured.faults!['bye-at-once']!
    assert.ok(
      measured.abandoned! <= hungUp,
      'nobody ever loses patience: callers who abandoned hung up at the moment of another event',
    )
    assert.ok(measured.answered! < measured.offered! && measured.answered! > measured.offered! * 0.9)
    assert.equal(
      Object.keys(measured.faults!).toSorted(),
      plan.plan.map(({ kind }) => kind).toSorted(),
      'each kind has struck',
    )
  },
)

truth(
  'long runs are simulated in two parallel halves: the same seed gives the same result, and both stop when told to',
  async () => {
    const options = { callsPerHour: 15, talkS: 180, agents: 2, patienceS: 60, hours: 100, seed: 6 }
    const measured = await simulate(options)
    assert.equal(await simulate(options), measured)
    agrees(measured, erlangA(options))
    const stop = new AbortController()
    await simulate({ ...options, signal: stop.signal, progress: () => stop.abort(new Error('enough')) }).then(
      () => assert.unreachable(),
      (error) => assert.is(error.message, 'enough'),
    )
  },
)

truth('a simulation stops when it is told to', async () => {
  const stop = new AbortController()
  await simulate({
    callsPerHour: 100,
    talkS: 60,
    agents: 3,
    hours: 10,
    seed: 1,
    signal: stop.signal,
    progress: () => stop.abort(new Error('enough')),
  }).then(
    () => assert.unreachable(),
    (error) => assert.is(error.message, 'enough'),
  )
})

truth.run()

const means = suite('batch means')
const batch = (change: Partial<Batch>): Batch => ({
  offered: 0,
  answered: 0,
  abandoned: 0,
  waited: 0,
  inTarget: 0,
  waitMs: 0,
  busyMs: 0,
  ...change,
})
const twenty = (of: (index: number) => Partial<Batch>) => [Array.from({ length: 20 }, (_, index) => batch(of(index)))]

means('a whole is a ratio of sums, never a mean of ratios', () => {
  const found = batchMeans(
    [
      [
        batch({ offered: 1, answered: 1, waitMs: 10_000, inTarget: 1 }),
        batch({ offered: 9, answered: 9, waitMs: 0, inTarget: 0 }),
      ],
    ],
    { agents: 1, batchMs: 1000 },
  )
  assert.equal([found.offered, found.asa_s, found.service_level_20], [10, 1, 0.1])
})

means('nothing to divide by gives null', () => {
  const found = batchMeans(
    twenty(() => ({ busyMs: 500 })),
    { agents: 1, batchMs: 1000 },
  )
  assert.equal([found.asa_s, found.ci95.asa_s, found.waited_ratio], [null, null, null])
})

means('the interval of a mean is that of Student with 19 degrees of freedom', () => {
  const found = batchMeans(
    twenty((index) => ({ busyMs: index % 2 === 0 ? 400 : 600, answered: 1000 })),
    { agents: 1, batchMs: 1000 },
  )
  // s = 0.1·√(20/19), half-width t·s/√20 with t(19) = 2.0930
  assert.is(found.ci95.occupancy!.toFixed(5), ((2.093 * 0.1 * Math.sqrt(20 / 19)) / Math.sqrt(20)).toFixed(5))
})

means(
  'a share of none, of all, or the same in every batch still has the uncertainty of that many calls, never zero',
  () => {
    const found = batchMeans(
      twenty(() => ({ offered: 50, answered: 50, inTarget: 50, busyMs: 500 })),
      { agents: 1, batchMs: 1000 },
    )
    // Half an agent is busy: two callers make one independent case, 500 in all. Wilson's bound for 0 of n is z²/(n + z²).
    const bound = 1.959964 ** 2 / (500 + 1.959964 ** 2)
    for (const name of ['waited_ratio', 'abandon_ratio', 'service_level_20'] as const)
      assert.is(found.ci95[name]!.toFixed(6), bound.toFixed(6), name)
    assert.ok(found.ci95.asa_s! > 0 && found.ci95.occupancy! > 0)
    assert.is(
      found.ci95.abandoned!.toFixed(3),
      (bound * 1000).toFixed(3),
      'a count of zero leaves the same uncertainty',
    )
  },
)

means(
  'dependent batches are joined until they are independent; if twenty never are, the time needed is given instead of an interval',
  () => {
    const dice = seededDice(3)
    // The share of a batch's excess that carries over to the next one, with 640 batches.
    const remembering = (memory: number) => {
      let excess = 0
      return [
        Array.from({ length: 640 }, () =>
          batch({ busyMs: 500 + (excess = memory * excess + (dice() - 0.5) * 20), answered: 1 }),
        ),
      ]
    }
    const of = { agents: 1, batchMs: 1000 }
    const series = (stretches: Batch[][]) =>
      seriesOf(stretches.map((stretch) => stretch.map(({ busyMs }) => [busyMs, 1000] as const)))!
    assert.is(independentFrom(series(remembering(0))), 1)
    const joined = independentFrom(series(remembering(0.6)))!
    assert.ok(joined >= 4 && joined <= 32, `${joined}`)
    const long = batchMeans(remembering(0.995), of)
    assert.is(long.ci95.occupancy, null)
    assert.ok(long.timesLonger! > 5, `${long.timesLonger}`)
  },
)

means('a load that never settles has no intervals, and no number of hours that would give them', async () => {
  const found = await simulate({ callsPerHour: 50, talkS: 180, agents: 2, hours: 2, seed: 1 })
  assert.equal(
    [found.never_settles, found.needs_hours, new Set(Object.values(found.ci95))],
    [true, null, new Set([null])],
  )
})

means.run()
