/** Pauses between attempts: they grow, they stop growing, and they may be spread. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { growingPause } from '@ledgerline/core/kernel/pauses.ts'

const test = suite('pauses that grow')
const growth = { firstMs: 20, longestMs: 1_000 }

test('a pause doubles with each failure up to the longest, however many there are', () => {
  const pauses = [0, 1, 2, 3, 6, 7, 60, 100_000].map((failures) => growingPause(growth, failures))
  assert.equal(pauses, [20, 20, 40, 80, 640, 1_000, 1_000, 1_000])
})

test('with dice it is spread from half of it to all of it', () => {
  const spread = [0, 0.5, 0.9999].map((draw) => Math.round(growingPause(growth, 3, () => draw)))
  assert.equal(spread, [40, 60, 80])
  assert.is(
    growingPause(growth, 100, () => 0),
    500,
  )
})

test.run()
