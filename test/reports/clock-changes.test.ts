import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { NewEvent } from '@ledgerline/core/kernel/event.ts'
import { nextDay, startOfDay } from '@ledgerline/core/kernel/time.ts'
import { daysIn, rangeOf } from '@ledgerline/projections/reports/range.ts'
import type { Interval } from '@ledgerline/projections/reports/report.ts'
import { intervals } from '@ledgerline/projections/reports/report.ts'
import { instantText } from '@ledgerline/projections/reports/values.ts'
import { say } from '../projections/rig.ts'
import { Book, offered, reportDesk, values, type ReportDesk } from './desk.ts'

const HOUR_MS = 3_600_000

let desk: ReportDesk
const test = suite('reports across daylight-saving changes')
test.before(async () => void (desk = await reportDesk('reports clock')))
test.after(() => desk.close())

const changes = [
  { zone: 'America/New_York', day: '2026-03-08', hours: 23, missing: 2 },
  { zone: 'America/New_York', day: '2026-11-01', hours: 25, twice: 1 },
  { zone: 'Europe/Berlin', day: '2026-03-29', hours: 23, missing: 2 },
  { zone: 'Europe/Berlin', day: '2026-10-25', hours: 25, twice: 2 },
] as const

for (const { zone, day, hours, ...change } of changes) {
  test(`A11.3.3-work C8.0-chart ${day} in ${zone} has ${hours} hours`, async () => {
    const starts = startOfDay(day, zone)
    const before = starts - HOUR_MS
    const book = await Book.open(desk, `${zone}-${day}`.toLowerCase().replaceAll(/\W/g, '_'), zone, before)
    await book.shift(before, '201', say.signedIn('201'), say.work('AgentBecameReady', '201'))
    for (let hour = 0; hour < hours; hour++)
      await offered(book, starts + hour * HOUR_MS + HOUR_MS / 2, { agent: '201', ringMs: 1_000, talkMs: 9_000 })
    await book.shift(starts + hours * HOUR_MS + HOUR_MS, '201', {
      ...say.work('AgentBecameNotReady', '201'),
    } as NewEvent)
    desk.now = starts + hours * HOUR_MS + 2 * HOUR_MS

    const days = { from: day, to: day }
    assert.equal(values((await book.ask('work', days)).rows, 'readyMs', 'totalMs'), [
      [hours * HOUR_MS, hours * HOUR_MS],
    ])
    const next = nextDay(day)
    assert.equal(values((await book.ask('work', { from: next, to: next })).rows, 'readyMs', 'notReadyMs'), [
      [HOUR_MS, HOUR_MS],
    ])

    const byHour = await book.ask('call-statistics', { ...days, interval: 'hour' })
    assert.is(byHour.periods.length, hours)
    assert.equal(
      values(byHour.rows, 'period', 'calls'),
      byHour.periods.map(({ startsAt }) => [startsAt, 1]),
    )
    const clock = byHour.rows.map(({ period }) => Number(instantText(Number(period), zone).slice(11, 13)))
    if ('missing' in change) assert.not(clock.includes(change.missing))
    else assert.is(clock.filter((hour) => hour === change.twice).length, 2)
    assert.is(
      new Set(byHour.rows.map(({ period }) => instantText(Number(period), zone))).size,
      hours,
      'the offset distinguishes the two',
    )

    const ready = await book.ask('agent-intervals', { ...days, interval: '15min' })
    assert.equal(
      values(ready.rows, 'period', 'readyMs'),
      ready.periods.map(({ startsAt }) => [startsAt, HOUR_MS / 4]),
    )
    const offeredPerDay = await book.ask('queue-intervals', { ...days, interval: 'day' })
    assert.equal(values(offeredPerDay.rows, 'period', 'offered'), [[day, hours]])
  })
}

test('periods of any interval are in order, adjoin and fill the range', () => {
  for (const zone of [
    'Asia/Shanghai',
    'America/New_York',
    'Europe/Berlin',
    'America/Sao_Paulo',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
  ]) {
    for (const [from, to] of [
      ['2026-03-01', '2026-04-05'],
      ['2018-11-03', '2018-11-05'],
      ['2026-10-24', '2026-11-02'],
    ] as const) {
      for (const interval of [null, ...intervals] as (Interval | null)[]) {
        const { periods, startsAt, endsAt } = rangeOf(from, to, interval, zone)
        assert.is(periods[0]!.startsAt, startsAt)
        assert.is(periods.at(-1)!.endsAt, endsAt)
        for (const [index, period] of periods.entries()) {
          assert.ok(period.endsAt > period.startsAt)
          if (index > 0) assert.is(period.startsAt, periods[index - 1]!.endsAt)
        }
        assert.is(new Set(periods.map(({ value }) => value)).size, periods.length)
        if (interval === 'day') assert.is(periods.length, daysIn(from, to))
      }
    }
  }
})

test.run()
