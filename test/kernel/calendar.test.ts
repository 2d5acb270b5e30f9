import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import fc from 'fast-check'
import {
  FIRST_DAY,
  FIRST_INSTANT,
  isDay,
  isInCalendar,
  LAST_DAY,
  LAST_INSTANT,
  readDay,
  readInstant,
} from '@ledgerline/core/kernel/calendar.ts'
import { dayOf, nextDay, slice, sliceDays, startOfDay } from '@ledgerline/core/kernel/time.ts'
import { MOST_DAYS, rangeOf } from '@ledgerline/projections/reports/range.ts'

const test = suite('the calendar that requests are read by')
const zones = ['Asia/Shanghai', 'Pacific/Apia', 'America/New_York', 'Pacific/Kiritimati', 'Pacific/Niue']

test('days of the calendar within range, and nothing else', () => {
  for (const day of ['1900-01-01', '2199-12-31', '2026-01-31', '2024-02-29', '2000-02-29'])
    assert.equal(readDay(day), { value: day })
  const none = [
    '',
    '2026-02-31',
    '2026-02-29',
    '1900-02-29',
    '2026-04-31',
    '2026-13-01',
    '2026-00-01',
    '2026-01-00',
    '0000-01-01',
    '0001-01-01',
    '1899-12-31',
    '2200-01-01',
    '9999-12-31',
    '+010000-01-01',
    '-0001-01-01',
    '2026-1-1',
    '20260101',
    'today',
    '2026-01-01 ',
    '２０２６-01-01',
  ]
  for (const day of none) {
    const read = readDay(day)
    assert.ok('fault' in read && read.fault.en && read.fault.zh && read.fault.en !== read.fault.zh, day)
  }
})

test('a day is in the calendar if the engine gives it back', () => {
  const any = fc
    .tuple(fc.integer({ min: 1, max: 9999 }), fc.integer({ min: 0, max: 13 }), fc.integer({ min: 0, max: 32 }))
    .map(
      ([year, month, day]) =>
        `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`,
    )
  fc.assert(
    fc.property(any, (text) => {
      const at = new Date(`${text}T00:00:00Z`)
      assert.is(isInCalendar(text), !Number.isNaN(at.getTime()) && at.toISOString().slice(0, 10) === text)
    }),
    { numRuns: 2_000, seed: 6 },
  )
})

test('moments are UTC ms, or ISO 8601 with an offset, on a day of the calendar', () => {
  const at = Date.UTC(2026, 1, 1, 2, 0, 2)
  for (const text of [
    String(at),
    '2026-02-01T02:00:02Z',
    '2026-02-01T10:00:02+08:00',
    '2026-02-01T10:00:02+0800',
    '2026-02-01T02:00:02.000Z',
    '2026-02-01T02:00:02,000Z',
  ])
    assert.equal(readInstant(text), { value: at }, text)
  assert.equal(readInstant('2026-02-01T02:00Z'), { value: Date.UTC(2026, 1, 1, 2) })
  const none = [
    '',
    '2026-02-01',
    '2026-02-01T02:00:02',
    '2026-02-31T00:00:00Z',
    '2026-02-01T24:00:00Z',
    '2026-02-01T25:00:00Z',
    '2026-02-01T00:60:00Z',
    '2026-02-01T00:00:00+99:99',
    '0001-01-01T00:00:00Z',
    '9999-12-31T23:59:59Z',
    '-62135596800000',
    '253402300799999',
    '99999999999999999',
    '1e12',
    '1.5',
  ]
  for (const text of none) assert.ok('fault' in readInstant(text), text)
  assert.equal(readInstant(String(FIRST_INSTANT)), { value: FIRST_INSTANT })
  assert.ok('fault' in readInstant(String(LAST_INSTANT + 1)))
})

test('every day within range has a beginning and an end in every zone', () => {
  for (const zone of zones) {
    for (const day of [FIRST_DAY, LAST_DAY]) {
      assert.ok(
        startOfDay(day, zone) >= FIRST_INSTANT && startOfDay(nextDay(day), zone) <= LAST_INSTANT,
        `${zone} ${day}`,
      )
      assert.is(dayOf(startOfDay(day, zone), zone), day)
    }
  }
  assert.ok(isDay(FIRST_DAY) && isDay(LAST_DAY))
})

test('counting days ends at the ends of the calendar', () => {
  for (const day of ['9999-12-31', '', 'today', '2026-99-99'])
    assert.throws(
      () => nextDay(day),
      (error: Error) => error instanceof RangeError,
      day,
    )
  assert.is(nextDay('2026-02-28'), '2026-03-01')
})

test('what is wrong by centuries is not cut into pieces for ever', () => {
  const before = process.cpuUsage()
  assert.throws(
    () => slice(0, 8e15, 900_000, 'Asia/Shanghai'),
    (error: Error) => error instanceof RangeError,
  )
  assert.throws(
    () => rangeOf('2026-01-01', '9999-12-31', 'month', 'Asia/Shanghai'),
    (error: Error) => error instanceof RangeError,
  )
  assert.throws(
    () => rangeOf('2026-01-02', '2026-01-01', 'day', 'Asia/Shanghai'),
    (error: Error) => error instanceof RangeError,
  )
  assert.throws(
    () => rangeOf('2020-01-01', '2026-01-01', '15min', 'Asia/Shanghai'),
    (error: Error) => error instanceof RangeError,
  )
  // The process's own time, which a busy machine does not lengthen.
  const { user } = process.cpuUsage(before)
  assert.ok(user < 20_000_000, `${user / 1_000} ms of work`)
})

test('a day that comes in two parts is one, however long the stretch', () => {
  // Where the clock of St. John’s went back at one minute past midnight.
  const parts = sliceDays(Date.UTC(2006, 0, 1), Date.UTC(2007, 0, 1), 'America/St_Johns')
  assert.is(new Set(parts.map(({ day }) => day)).size, parts.length)
  assert.is(
    parts.reduce((sum, { ms }) => sum + ms, 0),
    Date.UTC(2007, 0, 1) - Date.UTC(2006, 0, 1),
  )
  assert.is(rangeOf('2024-01-01', '2025-12-31', 'day', 'Asia/Shanghai').periods.length, 731)
  assert.ok(MOST_DAYS >= 731)
})

test.run()
