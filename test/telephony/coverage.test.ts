/**
 * Do intervals keep their promise? Over seeds and loads, the values from Erlang's formulas must lie inside as often
 * as 95 % intervals say, allowing for chance. A queue without a switchboard provides the many hours that this
 * needs; the real ACD is run with a few seeds, or overnight with COVERAGE_SEEDS=N.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Measures } from '@ledgerline/ops/simulate/batch-means.ts'
import { measured, simulate, stretchesOf, type Simulation } from '@ledgerline/ops/simulate/simulate.ts'
import { times } from '../support/depth.ts'
import { erlangA, erlangC } from '../support/erlang.ts'
import { batchesOf } from '../support/known-queue.ts'

const LOADS = [0.7, 0.8, 0.9, 0.95]
const AGENTS = 14
const TALK_S = 180
const seedsOfAcd = times('COVERAGE_SEEDS', 0, 20)

interface Covered {
  asked: number
  given: number
  inside: number
}

const queueOf = (load: number, patienceS?: number) => ({
  callsPerHour: (load * AGENTS * 3600) / TALK_S,
  talkS: TALK_S,
  agents: AGENTS,
  ...(patienceS !== undefined && { patienceS }),
})

/** The measures whose true value is known. */
function truthOf(queue: ReturnType<typeof queueOf>): Partial<Measures> {
  if (queue.patienceS !== undefined) return erlangA({ ...queue, patienceS: queue.patienceS })
  const { abandon_ratio: _, ...truth } = erlangC(queue)
  return truth
}

function note(covered: Covered, found: Simulation, truth: Partial<Measures>): void {
  for (const [name, value] of Object.entries(truth) as [keyof Measures, number][]) {
    covered.asked++
    const half = found.ci95[name]
    if (half === null) {
      assert.ok(
        found.needs_hours !== null && found.needs_hours > 0,
        `${name} has no interval and no estimate of how long it would take`,
      )
      continue
    }
    assert.ok(half > 0, `${name} ± 0`)
    covered.given++
    if (Math.abs(found[name]! - value) <= half) covered.inside++
  }
}

const share = ({ inside, given }: Covered): number => (given === 0 ? 1 : inside / given)
const test = suite('95 % intervals')

for (const [hours, seeds] of [
  [50, 25],
  [200, 15],
] as const) {
  test(`of ${hours} hours contain the true value as often as they should, at every load`, () => {
    const all: Covered = { asked: 0, given: 0, inside: 0 }
    for (const load of LOADS) {
      const covered: Covered = { asked: 0, given: 0, inside: 0 }
      for (const patienceS of [undefined, 300]) {
        const queue = queueOf(load, patienceS)
        for (let seed = 1; seed <= seeds; seed++) {
          const options = { ...queue, hours, seed }
          const stretches = stretchesOf(options)
          note(
            covered,
            measured(
              options,
              stretches,
              stretches.map((stretch) => batchesOf(stretch)),
            ),
            truthOf(queue),
          )
        }
      }
      assert.ok(share(covered) >= 0.88, `load ${load}: ${covered.inside} of ${covered.given} inside`)
      for (const name of Object.keys(all) as (keyof Covered)[]) all[name] += covered[name]
    }
    assert.ok(share(all) >= 0.92, `${all.inside} of ${all.given} inside`)
    assert.ok(all.given >= all.asked * 0.7, `${all.given} of ${all.asked} have an interval`)
  })
}

test('exist for enough hours even in a queue with a long memory, and the stated need is what it takes', () => {
  const queue = queueOf(0.95)
  const found = (hours: number, seed: number) => {
    const options = { ...queue, hours, seed }
    const stretches = stretchesOf(options)
    return measured(
      options,
      stretches,
      stretches.map((stretch) => batchesOf(stretch)),
    )
  }
  const refused = Array.from({ length: 10 }, (_, seed) => found(25, seed)).filter(
    ({ needs_hours }) => needs_hours !== null,
  )
  assert.ok(refused.length >= 8, `${refused.length} of 10 short ones lack an interval`)
  const complete = Array.from({ length: 10 }, (_, seed) => found(2000, seed)).filter(
    ({ needs_hours }) => needs_hours === null,
  )
  assert.ok(complete.length >= 8, `${complete.length} of 10 long ones lack none`)
})

if (seedsOfAcd > 0) {
  test(`of the real ACD contain the true value as often as they should: ${seedsOfAcd} seeds`, async () => {
    const all: Covered = { asked: 0, given: 0, inside: 0 }
    for (const load of LOADS) {
      const covered: Covered = { asked: 0, given: 0, inside: 0 }
      for (const patienceS of [undefined, 300]) {
        const queue = queueOf(load, patienceS)
        for (let seed = 1; seed <= seedsOfAcd; seed++)
          note(covered, await simulate({ ...queue, hours: 100, seed }), truthOf(queue))
      }
      console.log(
        `load ${load}: ${covered.given} of ${covered.asked} given, ${covered.inside} inside (${(100 * share(covered)).toFixed(1)} %)`,
      )
      for (const name of Object.keys(all) as (keyof Covered)[]) all[name] += covered[name]
    }
    assert.ok(share(all) >= 0.9, `${all.inside} of ${all.given} inside`)
  })
}

test.run()
