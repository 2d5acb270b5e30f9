/**
 * Does the base match the record? `ops/test` checks the busy morning of the day in `fixtures/`. WHAT_IF_DAYS=N checks N busy
 * days from the month files in the directory WHAT_IF_MONTHS, drawn with WHAT_IF_SEED, and prints the result for each.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readRecordedDays } from '@ledgerline/adapters/import/anonymous-bank/recorded-day.ts'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import { DEMO_DAY } from '@ledgerline/fixtures/demo.ts'
import { dayOfFile } from '@ledgerline/ops/simulate/record.ts'
import type { DayOnRecord } from '@ledgerline/ops/simulate/day-on-record.ts'
import { whatIf, type WhatIf } from '@ledgerline/ops/simulate/what-if.ts'

const { WHAT_IF_DAYS, WHAT_IF_SEED, WHAT_IF_MONTHS } = process.env
/** How many calls in queues make a day busy. */
const BUSY = 1_100
const HOUR_MS = 3_600_000

const test = suite('the base of a recorded day')

/** Seven hours of a day, which the real switchboard goes through in a moment. */
function until(day: DayOnRecord, hour: number): DayOnRecord {
  const to = day.from + hour * HOUR_MS
  return {
    ...day,
    to,
    calls: day.calls.filter(({ at }) => at < to),
    people: day.people.filter(({ work }) => work[0]!.from < to),
    gaps: day.gaps.filter((gap) => gap.to < to),
  }
}

function told({ day, total, model, half_hours_inside, half_hours_compared }: WhatIf): string {
  const { recorded, base, days, outside } = total
  const level = `service level ${(recorded.service_level! * 100).toFixed(1)} recorded, ${(base.service_level!.value * 100).toFixed(1)} ± ${(base.service_level!.half! * 100).toFixed(1)} base`
  return `${day} × ${model!.factor.toFixed(3)}: ${level} (days ± ${(days.service_level! * 100).toFixed(1)}); ${half_hours_inside} of ${half_hours_compared} half hours; outside: ${outside.join(', ') || 'nothing'}`
}

const inInterval = ({ total: { recorded, base } }: WhatIf): boolean =>
  Math.abs(base.service_level!.value - recorded.service_level!) <= base.service_level!.half!

test('has the recorded service level although attendance was not recorded, and names what it does not reproduce', async () => {
  const record = until(await dayOfFile(DEMO_DAY, '1999-02-03'), 14)
  const found = await whatIf({ record, change: {}, runs: 3, seed: 1 })
  assert.ok(Math.abs(found.total.residual.service_level!) <= 0.05, told(found))
  assert.ok(found.reproduced)
  assert.ok(found.half_hours_inside >= found.half_hours_compared * 0.7, told(found))
  const { factor, breaks_h, gaps, gaps_known, head_starts_s } = found.model!
  assert.ok(factor > 0.8 && factor < 1.25, `a correction of ${factor} means that the estimate was about right`)
  assert.ok(breaks_h > 1 && gaps_known > 0 && gaps_known < gaps && head_starts_s['PS']! > head_starts_s['NW']!)
  for (const name of found.total.outside) assert.ok(Math.abs(found.total.residual[name]!) > found.total.days[name]!)
})

test('that no fit can reproduce is not passed off as the day', async () => {
  const record = until(await dayOfFile(DEMO_DAY, '1999-02-03'), 10)
  // All callers were answered at once by people who can have been there for only one call in three.
  const impossible = {
    ...record,
    calls: record.calls.map((call) => ({
      ...call,
      outcome: 'answered' as const,
      waitMs: 0,
      inTarget: true,
      short: false,
    })),
    people: record.people.slice(0, 2),
  }
  const found = await whatIf({ record: impossible, change: {}, runs: 2, seed: 1 })
  assert.is(found.reproduced, false)
  assert.ok(found.total.outside.includes('service_level'))
})

if (WHAT_IF_DAYS) {
  test(`has the recorded service level on ${WHAT_IF_DAYS} busy days drawn by seed ${WHAT_IF_SEED ?? 1}`, async () => {
    const busy: { file: string; day: string }[] = []
    for (const name of readdirSync(WHAT_IF_MONTHS!)
      .filter((each) => each.endsWith('.txt.gz'))
      .sort()) {
      const file = join(WHAT_IF_MONTHS!, name)
      for (const { date, calls } of (await readRecordedDays(file)).days)
        if (calls.length >= BUSY) busy.push({ file, day: date })
    }
    const dice = seededDice(Number(WHAT_IF_SEED ?? 1))
    const drawn = busy
      .map((each) => ({ ...each, lot: dice() }))
      .sort((a, b) => a.lot - b.lot)
      .slice(0, Number(WHAT_IF_DAYS))
    const found: WhatIf[] = []
    for (const { file, day } of drawn) {
      found.push(await whatIf({ record: await dayOfFile(file, day), change: {}, runs: 5, seed: 1 }))
      console.log(told(found.at(-1)!))
    }
    for (const each of found) assert.ok(Math.abs(each.total.residual.service_level!) <= 0.05, told(each))
    assert.ok(
      found.filter(inInterval).length >= found.length * 0.7,
      'the recorded value lies inside the interval of the base on seven days of ten',
    )
  })
}

test.run()
