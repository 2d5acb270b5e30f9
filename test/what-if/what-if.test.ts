import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Problem } from '@ledgerline/core/kernel/problem.ts'
import { readRecordedDays } from '@ledgerline/adapters/import/anonymous-bank/recorded-day.ts'
import { DEMO_DAY } from '@ledgerline/fixtures/demo.ts'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import { dayOfFile, judged } from '@ledgerline/ops/simulate/record.ts'
import type { CallOnRecord, DayOnRecord } from '@ledgerline/ops/simulate/day-on-record.ts'
import { visitorsOf } from '@ledgerline/ops/simulate/day.ts'
import { Patience } from '@ledgerline/ops/simulate/patience.ts'
import { whatIf } from '@ledgerline/ops/simulate/what-if.ts'
import type { Change } from '@ledgerline/ops/simulate/change.ts'
import { NOTICED_MS } from '@ledgerline/ops/simulate/gaps.ts'
import { Turnaround } from '@ledgerline/ops/simulate/turnaround.ts'
import { countsOf, figuresOf, Occupied } from '@ledgerline/ops/simulate/figures.ts'
import { ledgerline, openDirectory } from '../cli/run.ts'
import { callsOf } from '../support/demo-day.ts'

const DAY = '1999-02-03'
const HOUR_MS = 3_600_000

/** An hour of the morning, which the real switchboard goes through in a moment. */
const whole = await dayOfFile(DEMO_DAY, DAY)
const [from, to] = [whole.from + 10 * HOUR_MS, whole.from + 11 * HOUR_MS]
const morning: DayOnRecord = {
  ...whole,
  to,
  calls: whole.calls.filter(({ at }) => at >= from && at < to),
  people: whole.people.filter(({ work }) => work.some((stretch) => stretch.from < to && stretch.to > from)),
  gaps: whole.gaps.filter((gap) => gap.from >= from && gap.to <= to),
}
const ask = (change: Change, seed = 1) => whatIf({ record: morning, change, runs: 2, seed })
const refusedWith = (change: Change, code: string, details: object) =>
  ask(change).then(
    () => assert.unreachable(`expected ${code}`),
    (error: Problem) => {
      assert.is(error.code, code)
      for (const [name, value] of Object.entries(details)) assert.is(error.details[name], value)
    },
  )

const test = suite('what if')

test('a recorded day is read with its callers, its people and their outcomes', () => {
  assert.equal([whole.calls.length, whole.people.length, whole.staffKnownBy], [1545, 17, 'services'])
  assert.is(whole.calls.filter(({ outcome }) => outcome === 'abandoned').length, 226)
  for (const { work } of whole.people) assert.ok(work.length === 1 && work[0]!.from < work[0]!.to)
})

test('people in a file are known by numbers: neither the simulation nor the output names anyone', async () => {
  const { servers } = await readRecordedDays(DEMO_DAY)
  const names = new RegExp(`\\b(${servers.join('|')})\\b`, 'i')
  assert.ok(servers.length >= 17 && names.test('"agentId":"ANAT"'))
  assert.not.match(JSON.stringify({ ...whole, headStarts: [...whole.headStarts] }), names)
  assert.equal(
    whole.people.map(({ agentCode }) => agentCode),
    Array.from({ length: 17 }, (_, index) => String(index + 1).padStart(2, '0')),
  )
  assert.not.match(JSON.stringify(await ask({ agents: morning.people.length + 1 })), names)
})

test('no agent counts as free while a caller they could have served was waiting', () => {
  const waits = whole.calls.filter(({ waitMs }) => waitMs >= NOTICED_MS)
  const between = new Turnaround(whole.gaps).drawn(seededDice(1))
  const served = new Map(
    whole.people.map(({ agentId, queues }) => [agentId, new Set(queues.map(({ queueCode }) => queueCode))]),
  )
  for (const { agentId, from, to, leastMs, known } of whole.gaps) {
    if (known) assert.is(leastMs, to - from)
    for (const { at, waitMs, queueCode } of waits) {
      const until = Math.min(at + waitMs, to)
      if (served.get(agentId)!.has(queueCode) && until - Math.max(at, from) >= NOTICED_MS)
        assert.ok(from + leastMs >= until, `${agentId} at ${new Date(from).toISOString()}`)
    }
  }
  for (const [agentId, breaks] of between.breaks)
    for (const rest of breaks)
      assert.ok(whole.gaps.some((gap) => gap.agentId === agentId && gap.from === rest.from && rest.to <= gap.to))
})

test('no agent is in two calls at once, even if a clock was not stopped; calls nobody served are not work', () => {
  for (const { agentId } of whole.people) {
    const own = whole.calls
      .filter((call) => call.agentId === agentId)
      .map(({ at, waitMs, serviceMs }) => ({ from: at + waitMs, to: at + waitMs + serviceMs }))
    own
      .sort((a, b) => a.from - b.from || a.to - b.to)
      .forEach(({ from }, index) => index > 0 && assert.ok(own[index - 1]!.to <= from, agentId))
  }
  const visitors = visitorsOf(
    whole,
    new Patience(whole.calls.map(({ waitMs, outcome }) => ({ waitMs, gaveUp: outcome === 'abandoned' }))),
    1,
  )
  const passed = visitors.filter(({ passedBy }) => passedBy !== null)
  assert.is(passed.length, 25)
  for (const { passedBy } of passed)
    assert.equal([passedBy!.agentId, passedBy!.waitMs, passedBy!.outcome], [null, 0, 'answered'])
})

test('head starts follow from who was served first: new customers of this bank waited a minute and a half longer than others', () => {
  assert.equal(
    [whole.headStarts.get('PS')! - whole.headStarts.get('NW')!, Math.min(...whole.headStarts.values())],
    [90, 0],
  )
})

test('a caller answered at once has no recorded priority: it is drawn from those who waited in the queue', () => {
  const patience = new Patience(whole.calls.map(({ waitMs, outcome }) => ({ waitMs, gaveUp: outcome === 'abandoned' })))
  const visitors = visitorsOf(whole, patience, 1)
  const preferred = (keep: (call: CallOnRecord) => boolean, priorityOf: (index: number) => number) => {
    const regular = whole.calls.flatMap((call, index) =>
      call.queueCode === 'PS' && keep(call) ? [priorityOf(index)] : [],
    )
    return regular.filter((priority) => priority > whole.headStarts.get('PS')!).length / regular.length
  }
  const waited = preferred(
    ({ waitMs }) => waitMs > 0,
    (index) => whole.calls[index]!.priority,
  )
  assert.ok(
    preferred(
      ({ waitMs }) => waitMs === 0,
      (index) => whole.calls[index]!.priority,
    ) < 0.1,
    'as written down',
  )
  assert.ok(
    Math.abs(
      preferred(
        ({ waitMs }) => waitMs === 0,
        (index) => visitors[index]!.priority,
      ) - waited,
    ) < 0.1,
  )
  whole.calls.forEach((call, index) => call.waitMs > 0 && assert.is(visitors[index]!.priority, call.priority))
})

test('the same seed gives the same answer, another seed a different one', async () => {
  const first = await ask({})
  assert.equal(await ask({}), first)
  assert.not.equal((await ask({}, 5)).total.base, first.total.base)
  assert.is(first.total.variant, null)
  assert.is(first.total.base.offered!.value, first.total.recorded.offered)
})

test('a change that changes nothing makes no difference, because both runs get the same callers', async () => {
  const { total } = await ask({ strategy: 'longest-idle-agent' })
  for (const difference of Object.values(total.difference!))
    assert.equal(difference, { value: 0, half: null }, 'the same in every run, so there is no interval')
})

test('with ten more people fewer callers hang up, answers come sooner and people are less busy', async () => {
  const { total, staff } = await ask({ agents: morning.people.length + 10 })
  assert.is(staff.variant, staff.base + 10)
  const { abandoned, asa_s, occupancy, service_level, offered } = total.difference!
  assert.is(offered!.value, 0)
  assert.ok(abandoned!.value < 0 && asa_s!.value < 0 && occupancy!.value < 0 && service_level!.value > 0)
})

test('other shifts replace the people; callers who come after everyone has left wait as long as they can', async () => {
  const { staff, half_hours } = await ask({ shifts: [{ people: 12, fromMs: 10 * HOUR_MS, toMs: 10.5 * HOUR_MS }] })
  assert.is(staff.variant, 12)
  const late = half_hours.find(({ starts_at }) => starts_at === whole.from + 10.5 * HOUR_MS)!
  assert.equal([late.variant!.answered!.value, late.variant!.abandoned!.value], [0, late.recorded.offered])
})

test('a setting reaches the named queues and no others', async () => {
  const { queues } = await ask({
    shifts: [{ people: 1, fromMs: 10 * HOUR_MS, toMs: 11 * HOUR_MS }],
    set: [{ name: 'maxWaitMs', value: '1000' }],
    queues: ['PS'],
  })
  const other = (code: string) => queues.find(({ queue }) => queue === code)!.variant!.other!.value
  assert.ok(other('PS') > 0)
  assert.is(other('NW'), 0)
})

test('what does not exist is refused, with what does', async () => {
  await refusedWith({ queues: ['XX'], strategy: 'random' }, 'what_if.no_queue', {
    queue: 'XX',
    queues: morning.queues.map(({ code }) => code).join(', '),
  })
  await refusedWith({ set: [{ name: 'maxwait', value: '1' }] }, 'what_if.no_setting', { setting: 'maxwait' })
  await refusedWith({ set: [{ name: 'code', value: 'A' }] }, 'what_if.no_setting', { setting: 'code' })
  await refusedWith({ set: [{ name: 'tiers.apply', value: 'perhaps' }] }, 'what_if.bad_value', {
    setting: 'tiers.apply',
    value: 'perhaps',
  })
  await refusedWith({ set: [{ name: 'maxWaitMs', value: '-1' }] }, 'what_if.bad_value', {
    setting: 'maxWaitMs',
    value: '-1',
  })
})

test('figures follow their definitions', () => {
  const day = { from: 0, to: 24 * HOUR_MS, zone: 'UTC' }
  const rules = { targetMs: 20_000, shortAbandonMs: 5_000 }
  const call = (at: number, outcome: CallOnRecord['outcome'], waitMs: number) => ({
    at,
    queueCode: 'A',
    ...judged(outcome, waitMs, rules),
  })
  const occupied = new Occupied(day)
  occupied.turn('one', 'ready', 0)
  occupied.turn('one', 'busy', HOUR_MS / 4)
  occupied.turn('one', 'gone', HOUR_MS)
  const calls = [
    call(0, 'answered', 20_000),
    call(1, 'answered', 30_000),
    call(HOUR_MS / 2, 'abandoned', 40_000),
    call(HOUR_MS / 2, 'abandoned', 4_999),
    call(HOUR_MS, 'other', 60_000),
  ]
  const { total, halfHours, queues } = countsOf({ calls, occupied }, 'UTC')
  assert.equal(figuresOf(total), {
    offered: 5,
    answered: 2,
    abandoned: 2,
    other: 1,
    service_level: 1 / 3,
    abandon_ratio: 1 / 4,
    asa_s: 25,
    longest_wait_s: 60,
    occupancy: 0.75,
  })
  assert.equal(figuresOf(halfHours.get(0)).occupancy, 0.5)
  assert.equal(
    [figuresOf(halfHours.get(HOUR_MS / 2)).service_level, figuresOf(halfHours.get(HOUR_MS)).service_level],
    [0, null],
  )
  assert.is(figuresOf(queues.get('A')).occupancy, null)
})

test('the command shows what was, how the model reproduces it, and what would have been', async () => {
  const scratch = openDirectory()
  const file = join(scratch.path, 'morning.txt')
  writeFileSync(file, callsOf(/\t990203\t[6-9]:/), 'latin1')
  const { code, out, err } = await ledgerline([
    'simulate',
    '--from',
    DAY,
    '--file',
    file,
    '--agents',
    '25',
    '--runs',
    '2',
  ]).finally(() => scratch.remove())
  assert.is(code, 0, err)
  assert.match(out, /recorded +base +base − recorded +variant +variant − base/)
  assert.match(out, /people: 9 → 25/)
  assert.match(out, /offered +259 +259 +0 +259 +0/)
  assert.match(out, /^08:30 +71 /m)
})

test('the command refuses nonsense', async () => {
  const asked: [string, string][] = [
    [
      `simulate --from 1999-02-04 --file ${DEMO_DAY}`,
      `${DEMO_DAY} has no calls of 1999-02-04. It has days from 1999-02-03 to 1999-02-03.`,
    ],
    ['simulate --from 1999-02-03 --talk 180', '--from and --talk cannot be used together. Give only one of them.'],
    [
      'simulate --strategy random --agents 3',
      '--strategy: --from is missing. To see the usage, run: ops/ledgerline simulate --help.',
    ],
    [
      'simulate --from 1999-02-03 --shift 9-17',
      '--shift cannot be 9-17. Give a number of people and a period of the day, such as 12@09:00-17:30.',
    ],
    [
      'simulate --from 1999-02-03 --set maxWaitMs',
      '--set cannot be maxWaitMs. Give a name and a value, such as maxWaitMs=60000.',
    ],
    [
      'simulate --from 1999-02-03 --queue PS',
      '--queue: --strategy, --set is missing. To see the usage, run: ops/ledgerline simulate --help.',
    ],
  ]
  for (const [line, complaint] of asked) {
    const { code, err } = await ledgerline(line.split(' '))
    assert.equal([code, err.trim()], [1, complaint])
  }
})

test.run()
