/**
 * One figure, one definition: a day’s figures are the same on the wallboard, in the SQL views, in the reports and in a
 * simulation, and they follow the dictionary.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import { countsOf, figuresOf, Occupied } from '@ledgerline/ops/simulate/figures.ts'
import { pages } from '@ledgerline/ops/docs/pages.ts'
import { queueMetrics } from '@ledgerline/projections/reports/metrics.ts'
import type { abandonRate } from '@ledgerline/projections/reports/ratios.ts'
import {
  abandonRateBy,
  serviceLevel,
  serviceLevelBy,
  standardRule,
  sumSql,
  valueOf,
} from '@ledgerline/projections/reports/ratios.ts'
import { figures, wholeHouse } from '../../ui/live/figures.ts'
import type { QueueDayRow } from '../../ui/live/protocol.ts'
import { applySnapshot, emptyTables } from '../../ui/live/tables.ts'
import { say } from '../projections/rig.ts'
import { Book, moment, reportDesk, type ReportDesk } from './desk.ts'

const NOON = moment('2026-02-02T12:00:00+08:00')
const DAY = { from: '2026-02-02', to: '2026-02-02' }
const TARGET_MS = 20_000
const SHORT_MS = 5_000

let desk: ReportDesk
const test = suite('one figure, one definition')
test.before(async () => void (desk = await reportDesk('one definition')))
test.after(() => desk.close())

type Outcome = 'answered' | 'abandoned' | 'timed_out' | 'left_by_key' | 'no_agent' | 'overflowed'
interface Passage {
  at: number
  waitMs: number
  outcome: Outcome
}

/** A random day: short abandons, waits of exactly the target, every exit. */
function dayOf(seed: number): Passage[] {
  const dice = seededDice(seed)
  const outcomes: readonly Outcome[] = [
    'answered',
    'answered',
    'answered',
    'abandoned',
    'abandoned',
    'timed_out',
    'left_by_key',
    'no_agent',
    'overflowed',
  ]
  return Array.from({ length: 80 }, (_, index) => ({
    at: NOON + index * 1_000,
    waitMs: [0, 1, 4_999, SHORT_MS, TARGET_MS, TARGET_MS + 1, Math.floor(dice() * 60_000)][Math.floor(dice() * 7)]!,
    outcome: outcomes[Math.floor(dice() * outcomes.length)]!,
  }))
}

/** The figures computed from the wording of the definition alone. */
function byHand(day: readonly Passage[]) {
  const n = (holds: (passage: Passage) => boolean) => day.filter(holds).length
  const answered = n(({ outcome }) => outcome === 'answered')
  const abandoned = n(({ outcome }) => outcome === 'abandoned')
  const short = n(({ outcome, waitMs }) => outcome === 'abandoned' && waitMs < SHORT_MS)
  const within = n(({ outcome, waitMs }) => outcome === 'answered' && waitMs <= TARGET_MS)
  const waited = day.reduce((sum, { outcome, waitMs }) => sum + (outcome === 'answered' ? waitMs : 0), 0)
  return {
    serviceLevel: within / (answered + abandoned - short),
    abandonRate: (abandoned - short) / (day.length - short),
    gross: abandoned / day.length,
    asaMs: waited / answered,
  }
}

for (const seed of [1, 2, 3]) {
  test(`wallboard, SQL view, report and simulation agree on a random day (seed ${seed})`, async () => {
    const day = dayOf(seed)
    const book = await Book.open(desk, `agree-${seed}`, 'Asia/Shanghai', NOON)
    for (const [index, { at, waitMs, outcome }] of day.entries()) {
      const id = `d${seed}-${index}`
      await book.call(at, id, say.received(id), say.queued(id, at, 'PS'))
      if (outcome === 'answered') {
        await book.call(at + waitMs, id, say.answered(id, '201', waitMs, { queueCode: 'PS' }))
        await book.call(at + waitMs + 60_000, id, say.agentLeft(id, '201', 60_000, 0, 'PS'), say.ended(id))
      } else await book.call(at + waitMs, id, say.left(id, waitMs, outcome, 'PS'), say.ended(id))
    }
    const expected = byHand(day)
    assert.ok(expected.abandonRate !== expected.gross, 'a day on which the definitions agree proves nothing')

    const { totals } = await book.ask('queues', DAY)
    const [view] = await desk.rig.sql(
      `select service_level, abandoned_ratio, abandoned_gross_ratio, asa_ms from queue_day_report where tenant = '${book.tenant}'`,
    )
    const rows = await desk.rig.sql(
      `select queue_code as "queueCode", day::text, offered::int, answered::int, abandoned::int, short_abandoned::int as "shortAbandoned", answered_in_target::int as "answeredInTarget" from queue_day where tenant = '${book.tenant}'`,
    )
    const tables = emptyTables()
    applySnapshot(tables, { topic: 'queue_day', rows: rows as unknown as QueueDayRow[] })
    const wall = figures(tables, wholeHouse, NOON)
    const lived = day.map(({ at, waitMs, outcome }) => {
      const kind = outcome === 'answered' || outcome === 'abandoned' ? outcome : ('other' as const)
      return {
        at,
        queueCode: 'PS',
        waitMs,
        outcome: kind,
        inTarget: kind === 'answered' && waitMs <= TARGET_MS,
        short: kind === 'abandoned' && waitMs < SHORT_MS,
      }
    })
    const simulated = figuresOf(
      countsOf(
        { calls: lived, occupied: new Occupied({ from: NOON, to: NOON + 3_600_000, zone: 'Asia/Shanghai' }) },
        'Asia/Shanghai',
      ).total,
    )

    const told = {
      wall: { serviceLevel: wall.serviceLevelToday, abandonRate: wall.abandonRateToday },
      view: { serviceLevel: view!['service_level'], abandonRate: view!['abandoned_ratio'] },
      report: { serviceLevel: totals['serviceLevel'], abandonRate: totals['abandonedRatio'] },
      simulation: { serviceLevel: simulated.service_level, abandonRate: simulated.abandon_ratio },
    }
    for (const [where, figure] of Object.entries(told))
      assert.equal(figure, { serviceLevel: expected.serviceLevel, abandonRate: expected.abandonRate }, where)
    assert.equal([view!['abandoned_gross_ratio'], totals['abandonedGrossRatio']], [expected.gross, expected.gross])
    assert.equal(
      [view!['asa_ms'], totals['asaMs'], simulated.asa_s],
      [expected.asaMs, expected.asaMs, expected.asaMs / 1000],
    )
    const counted = (await book.ask('queues', { ...DAY, shortAbandons: 'count' })).totals
    assert.is(counted['abandonedRatio'], expected.gross)
  })
}

test('the dictionary and the reports page show the formula that is computed', () => {
  const dictionary = pages().find(({ file }) => file === 'data-dictionary.md')!.text
  for (const { name, version, sql } of queueMetrics)
    assert.ok(dictionary.includes(`| \`${name}\` | ${version} |`) && dictionary.includes(`\`${sql}\``), name)
})

test('a ratio is computed from sums in the same way in the browser and in SQL, for every rule', async () => {
  const sums = {
    offered: 90,
    answered: 41,
    abandoned: 23,
    shortAbandoned: 7,
    answeredInTarget: 30,
    timedOut: 5,
    leftByKey: 4,
    noAgent: 3,
    overflowed: 2,
    calledBack: 1,
    otherExits: 6,
  }
  const inSql = Object.entries(sums)
    .map(([name, value]) => `${value} as "${name}"`)
    .join(', ')
  for (const shortAbandons of [true, false])
    for (const abandons of [true, false])
      for (const otherExits of [true, false]) {
        const rule = { shortAbandons, abandons, otherExits }
        for (const ratio of [serviceLevelBy(rule), abandonRateBy(rule)]) {
          const [row] = await desk.rig.sql(
            `select (${sumSql(ratio.above, (name) => `"${name}"`)})::float8 / (${sumSql(ratio.below, (name) => `"${name}"`)}) as value from (select ${inSql}) s`,
          )
          assert.is(row!['value'], valueOf(ratio as typeof abandonRate, sums), JSON.stringify(rule))
        }
      }
  assert.equal(serviceLevel, serviceLevelBy(standardRule))
  assert.is(valueOf(serviceLevel, { answered: 0, abandoned: 2, shortAbandoned: 2, answeredInTarget: 0 }), null)
})

test.run()
