import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import { Patience, type Waited } from '@ledgerline/ops/simulate/patience.ts'

const gaveUp = (waitMs: number): Waited => ({ waitMs, gaveUp: true })
const answered = (waitMs: number): Waited => ({ waitMs, gaveUp: false })
const near = (found: number, value: number, within = 1e-9) =>
  assert.ok(Math.abs(found - value) <= within, `${found}, but should be ${value} ± ${within}`)

const test = suite('the patience of callers')

test('is the product limit: each hang-up counts against those who were still waiting', () => {
  // By hand: 6 at risk at 10 → 5/6; 4 at 30 (one answered at 20) → · 3/4; 2 at 50 → · 1/2.
  const patience = new Patience([gaveUp(10), answered(20), gaveUp(30), answered(40), gaveUp(50), answered(60)])
  assert.equal(
    [0, 9].map((at) => patience.beyond(at)),
    [1, 1],
  )
  near(patience.beyond(10), 5 / 6)
  near(patience.beyond(49), (5 / 6) * (3 / 4))
  near(patience.beyond(50), (5 / 6) * (3 / 4) * (1 / 2))
  assert.is(patience.medianMs, 50)
})

test('counts a caller answered at the moment of a hang-up as patient until then', () => {
  near(new Patience([answered(10), gaveUp(10)]).beyond(10), 1 / 2)
  near(new Patience([gaveUp(10), gaveUp(10), answered(20)]).beyond(10), 1 / 3)
})

test('is the wait of callers who hung up, and longer than the wait of those who were answered', () => {
  const patience = new Patience([gaveUp(10), gaveUp(20), gaveUp(40), answered(15), answered(100)])
  assert.is(patience.of(gaveUp(20), 0.7), 20)
  for (const throwOfDice of [0, 0.3, 0.6, 0.999]) {
    assert.ok(patience.of(answered(15), throwOfDice) >= 15)
    assert.ok(patience.of(answered(100), throwOfDice) >= 100)
  }
  assert.ok(
    patience.of(answered(15), 0.1) < patience.of(answered(15), 0.9),
    'the same draw, the same place in the distribution',
  )
})

test('is recovered although most were answered before it ran out', () => {
  const dice = seededDice(7)
  const exponential = (mean: number) => -mean * Math.log(1 - dice())
  const waits = Array.from({ length: 20_000 }, () => {
    const [own, turn] = [exponential(300_000), exponential(60_000)]
    return own < turn ? gaveUp(own) : answered(turn)
  })
  const patience = new Patience(waits)
  const drawn = waits.map((wait) => patience.of(wait, dice()))
  const mean = drawn.reduce((sum, each) => sum + each, 0) / drawn.length
  near(mean, 300_000, 25_000)
  // The mean of those who hung up would have been a sixth of it.
  const naive = waits.filter((wait) => wait.gaveUp)
  assert.ok(naive.reduce((sum, { waitMs }) => sum + waitMs, 0) / naive.length < 60_000)
})

test('beyond the estimate follows those who waited longest, not all callers', () => {
  // Half of all callers hang up within seconds; those who stay have a mean patience of half an hour and are answered earlier.
  const dice = seededDice(8)
  const exponential = (mean: number) => -mean * Math.log(1 - dice())
  const waits = Array.from({ length: 3000 }, () => {
    const [own, turn] = [exponential(dice() < 0.5 ? 20_000 : 1_800_000), exponential(300_000)]
    return own < turn ? gaveUp(own) : answered(turn)
  })
  const patience = new Patience(waits)
  const longest = Math.max(...waits.map(({ waitMs }) => waitMs))
  const beyond = Array.from({ length: 4000 }, () => patience.of(answered(longest), dice()) - longest)
  const mean = beyond.reduce((sum, each) => sum + each, 0) / beyond.length
  const asAllDo = waits.reduce((sum, { waitMs }) => sum + waitMs, 0) / waits.filter((each) => each.gaveUp).length
  assert.ok(asAllDo < 300_000)
  assert.ok(mean > 1_200_000 && mean < 2_700_000, `${mean}`)
})

test('ends even on a day when nobody hung up', () => {
  const patience = new Patience([answered(0), answered(5_000)])
  assert.is(patience.medianMs, null)
  assert.is(patience.of(answered(5_000), 0.5), 2 * 3_600_000)
})

test.run()
