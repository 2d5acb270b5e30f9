/** Days, quarter hours and minutes of zones, also where the clock is put forward or back. */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  dayOf,
  isZone,
  nextDay,
  offsetAt,
  slice,
  sliceDays,
  startOf,
  startOfDay,
} from '@ledgerline/core/kernel/time.ts'

const HOUR_MS = 3_600_000
const time = suite('time in zones')

const zone = fc.constantFrom(
  'Asia/Shanghai',
  'Asia/Jerusalem',
  'Europe/Berlin',
  'America/New_York',
  'America/Sao_Paulo',
  'America/St_Johns',
  'America/Havana',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Pacific/Apia',
  'Africa/Casablanca',
  'UTC',
)
const at = fc.integer({ min: Date.UTC(1985, 0), max: Date.UTC(2035, 0) })
const length = fc.oneof(fc.integer({ min: 0, max: 5 * HOUR_MS }), fc.integer({ min: 0, max: 80 * HOUR_MS }))
const size = fc.constantFrom(60_000, 900_000, 1_800_000, HOUR_MS)

/** The wall clock as Intl tells it, without what is under test. */
function wall(at: number, zone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' }).format(at)
}

time('days have 23, 24 and 25 hours', () => {
  const hours = (day: string, zone: string) => (startOfDay(nextDay(day), zone) - startOfDay(day, zone)) / HOUR_MS
  assert.is(hours('1999-04-02', 'Asia/Jerusalem'), 23)
  assert.is(hours('1999-09-03', 'Asia/Jerusalem'), 25)
  assert.is(hours('2024-03-31', 'Europe/Berlin'), 23)
  assert.is(hours('2024-10-27', 'Europe/Berlin'), 25)
  assert.is(hours('2026-02-01', 'Asia/Shanghai'), 24)
  assert.is(hours('2024-04-07', 'Australia/Lord_Howe'), 24.5)
})

time('a day begins at its first moment: 01:00 where midnight is skipped', () => {
  assert.is(new Date(startOfDay('2018-11-04', 'America/Sao_Paulo')).toISOString(), '2018-11-04T03:00:00.000Z')
  assert.is(wall(startOfDay('2018-11-04', 'America/Sao_Paulo'), 'America/Sao_Paulo'), '2018-11-04 01:00:00')
})

time('the clock agrees with Intl', () => {
  fc.assert(
    fc.property(at, zone, (at, zone) => {
      const local = new Date(at + offsetAt(at, zone)).toISOString()
      assert.is(`${local.slice(0, 10)} ${local.slice(11, 19)}`, wall(at, zone))
      assert.is(dayOf(at, zone), wall(at, zone).slice(0, 10))
    }),
    { numRuns: 500 },
  )
})

time('slices add up, touch one another, and each lies in one stretch of the clock', () => {
  fc.assert(
    fc.property(at, length, size, zone, (from, length, size, zone) => {
      const slices = slice(from, from + length, size, zone)
      assert.is(
        slices.reduce((sum, { ms }) => sum + ms, 0),
        length,
      )
      let begin = from
      for (const { startsAt, ms } of slices) {
        assert.ok(ms > 0 && startsAt <= begin && begin - startsAt < size)
        assert.is(startOf(begin, size, zone), startsAt)
        assert.is(startOf(begin + ms - 1, size, zone), startsAt)
        begin += ms
      }
      assert.is(new Set(slices.map(({ startsAt }) => startsAt)).size, slices.length)
    }),
    { numRuns: 500 },
  )
})

/**
 * How long a day can be. In Newfoundland the clock went back at one minute past midnight until 2011: the next day
 * had begun, and the last hour of the day before came once more.
 */
function longest(day: string, zone: string): number {
  return zone === 'America/St_Johns' ? 25 * HOUR_MS : startOfDay(nextDay(day), zone) - startOfDay(day, zone)
}

time('slices of days add up, and each lies on its day', () => {
  fc.assert(
    fc.property(at, length, zone, (from, length, zone) => {
      const slices = sliceDays(from, from + length, zone)
      assert.is(
        slices.reduce((sum, { ms }) => sum + ms, 0),
        length,
      )
      assert.equal(
        [...new Set(slices.map(({ day }) => day))].sort(),
        slices.map(({ day }) => day),
      )
      for (const { day, ms } of slices) assert.ok(ms <= longest(day, zone))
      if (length > 0) assert.is(slices[0]!.day, dayOf(from, zone))
    }),
    { numRuns: 500 },
  )
})

time('a day whose last hour comes again after midnight is one day', () => {
  const before = Date.UTC(1994, 9, 29, 12)
  assert.equal(
    sliceDays(before, before + 24 * HOUR_MS, 'America/St_Johns').map(({ day }) => day),
    ['1994-10-29', '1994-10-30'],
  )
})

time('two cuts of an interval give the same as one', () => {
  fc.assert(
    fc.property(at, length, length, size, zone, (from, first, second, size, zone) => {
      const sum = (...parts: ReturnType<typeof slice>[]) => {
        const byStart = new Map<number, number>()
        for (const { startsAt, ms } of parts.flat()) byStart.set(startsAt, (byStart.get(startsAt) ?? 0) + ms)
        return [...byStart]
      }
      assert.equal(
        sum(slice(from, from + first, size, zone), slice(from + first, from + first + second, size, zone)),
        sum(slice(from, from + first + second, size, zone)),
      )
    }),
    { numRuns: 300 },
  )
})

time('an unknown zone is none', () => {
  assert.ok(isZone('Asia/Shanghai'))
  assert.not(isZone('Asia/Atlantis'))
})

time.run()
