import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { freshness } from '../../ui/live/freshness.ts'
import { TenantClock } from '../../ui/live/tenant-clock.ts'

const test = suite('the tenant’s clock and the age of data, in the browser')

test('the clock runs on between messages, as fast as the tenant’s does', () => {
  const clock = new TenantClock()
  assert.not(clock.known)
  clock.sync(1_000_000, 10, 500)
  assert.is(clock.at(500), 1_000_000)
  assert.is(clock.at(1_500), 1_010_000)
})

test('a message that was delayed on its way does not set the clock back', () => {
  const clock = new TenantClock()
  clock.sync(1_000_000, 1, 0)
  clock.sync(1_001_200, 1, 2_000)
  assert.is(clock.at(2_000), 1_002_000)
})

test('a later reading than the clock’s own corrects it at once', () => {
  const clock = new TenantClock()
  clock.sync(1_000_000, 1, 0)
  clock.sync(1_002_300, 1, 2_000)
  assert.is(clock.at(2_000), 1_002_300)
})

test('a clock that was really set back, or runs at another speed, is followed', () => {
  const clock = new TenantClock()
  clock.sync(1_000_000, 1, 0)
  clock.sync(500_000, 1, 2_000)
  assert.is(clock.at(2_000), 500_000)
  clock.sync(500_500, 20, 3_000)
  assert.is(clock.at(4_000), 520_500)
})

test('the next tick comes at the tenant’s next full second, a demo’s not more often than the floor', () => {
  const clock = new TenantClock()
  clock.sync(1_000_250, 1, 0)
  assert.is(clock.untilNextSecond(0), 750)
  clock.sync(1_000_250, 100, 0)
  assert.is(clock.untilNextSecond(0, 500), 500)
  const still = new TenantClock()
  still.sync(1_000_250, 0, 0)
  assert.is(still.untilNextSecond(0), 1000)
})

test('data is late after 5 s of silence and stale after 15 s; the server’s own lag counts as age', () => {
  assert.equal(
    [0, 4_999, 5_000, 14_999, 15_000].map((ms) => freshness(ms, 0, false, false)),
    ['waiting', 'waiting', 'late', 'late', 'stale'],
    'a page that cannot connect says so',
  )
  assert.is(freshness(4_999, 0), 'live')
  assert.is(freshness(5_000, 0), 'late')
  assert.is(freshness(14_999, 0), 'late')
  assert.is(freshness(15_000, 0), 'stale')
  assert.is(freshness(0, 6_000), 'late')
  assert.is(freshness(100, 0, true), 'late')
  assert.is(freshness(16_000, 0, true), 'stale')
  assert.is(freshness(500, 20_000), 'stale')
})

test.run()
