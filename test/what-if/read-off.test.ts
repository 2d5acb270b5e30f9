/** What a record of services alone tells: when people were free or on break, what skills they have, who comes first. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import type { Worker } from '@ledgerline/ops/simulate/day.ts'
import type { CallOnRecord, DayOnRecord } from '@ledgerline/ops/simulate/day-on-record.ts'
import { Attendance } from '@ledgerline/ops/simulate/attendance.ts'
import { fitted } from '@ledgerline/ops/simulate/fit.ts'
import { gapsOf } from '@ledgerline/ops/simulate/gaps.ts'
import type { Gap } from '@ledgerline/ops/simulate/day-on-record.ts'
import { headStartsOf } from '@ledgerline/ops/simulate/order.ts'
import { skillsOf } from '@ledgerline/ops/simulate/skills.ts'
import { changedPeople } from '@ledgerline/ops/simulate/staff.ts'
import { Turnaround } from '@ledgerline/ops/simulate/turnaround.ts'

const S = 1000
const MINUTE = 60 * S

/** A call that queues at a given second and is served by someone after a wait, or abandons. */
const call = (
  atS: number,
  waitS: number,
  agentId: string | null,
  change: Partial<CallOnRecord> = {},
): CallOnRecord => ({
  at: atS * S,
  waitMs: waitS * S,
  agentId,
  queueCode: 'A',
  priority: 0,
  outcome: agentId ? 'answered' : 'abandoned',
  inTarget: false,
  short: false,
  serviceMs: agentId ? 60 * S : 0,
  wrapUpMs: 0,
  ...change,
})
const serving = (...agentIds: string[]) => agentIds.map((agentId) => ({ agentId, queues: [{ queueCode: 'A' }] }))
const inOrder = (...calls: CallOnRecord[]) => calls.toSorted((a, b) => a.at - b.at)

const gaps = suite('gaps between services')

gaps('an agent who takes a waiting caller was not free before; one who takes a caller at once was free earlier', () => {
  // 0–60 served; one waits from 40 and is taken at 66; done at 126; the next comes at 200 and is answered at once.
  const found = gapsOf(inOrder(call(0, 0, 'ann'), call(40, 26, 'ann'), call(200, 0, 'ann')), serving('ann'))
  assert.equal(
    found.map(({ from, to, leastMs, known }) => [from / S, to / S, leastMs / S, known]),
    [
      [60, 66, 6, true],
      [126, 200, 0, false],
    ],
  )
})

gaps('while a caller waits and gives up whom somebody could have served, that person was not free', () => {
  const [gap] = gapsOf(inOrder(call(0, 0, 'ann'), call(100, 80, null), call(300, 0, 'ann')), serving('ann'))
  assert.equal([gap!.leastMs / S, gap!.known], [120, false], 'until the caller gave up at 180')
  const [other] = gapsOf(
    inOrder(call(0, 0, 'ann'), call(100, 80, null, { queueCode: 'B' }), call(300, 0, 'ann')),
    serving('ann'),
  )
  assert.is(other!.leastMs, 0, 'a queue that this person does not serve does not matter')
})

gaps('nobody is there through forty minutes in which call after call went to the only colleague', () => {
  const busy = Array.from({ length: 20 }, (_, index) => call(120 + index * 120, 0, 'bob'))
  const [gap] = gapsOf(inOrder(call(0, 0, 'ann'), ...busy, call(2520, 0, 'ann')), serving('ann', 'bob')).filter(
    ({ agentId }) => agentId === 'ann',
  )
  assert.is(gap!.to - gap!.from, 41 * MINUTE)
  assert.ok(gap!.leastMs >= 30 * MINUTE && gap!.leastMs < gap!.to - gap!.from, `${gap!.leastMs / MINUTE} min`)
})

gaps.run()

const turnaround = suite('the time after a call')

/** A gap of this length; seen whole, or only known to have ended when the next call came. */
const gapOf = (tookS: number, lastedS: number, known: boolean, leastS = 0): Gap => ({
  agentId: 'ann',
  from: 0,
  to: (known ? tookS : lastedS) * S,
  leastMs: (known ? tookS : leastS) * S,
  known,
})

turnaround('breaks are parted from what belongs to a call where the day itself parts them', () => {
  const dice = seededDice(1)
  const lengths = [
    ...Array.from({ length: 200 }, () => 4 + Math.floor(dice() * 5)),
    ...Array.from({ length: 60 }, () => 300 + Math.floor(dice() * 600)),
  ]
  const { breakFromMs } = new Turnaround(lengths.map((length) => gapOf(length, length, true)))
  assert.ok(breakFromMs > 8 * S && breakFromMs < 300 * S, `${breakFromMs}`)
})

turnaround('is found again although of most gaps only bounds are known, and every length lies between its own', () => {
  const dice = seededDice(2)
  const found: Gap[] = Array.from({ length: 4000 }, () => {
    const took = dice() < 0.7 ? 5 : 120
    for (let least = 0; ;) {
      // The next caller is answered at once by someone who is free, or later by the same person or a colleague.
      const next = least + -100 * Math.log(1 - dice())
      if (next >= took) return gapOf(took, next, false, least)
      if (dice() < 0.5) return gapOf(took, took, true)
      least = next
    }
  })
  const { allMs, breaks } = new Turnaround(found).drawn(seededDice(3))
  const rests = breaks.get('ann')!
  assert.ok(Math.abs(rests.length / 4000 - 0.3) < 0.03, `${rests.length} of 4000 are breaks, but it should be 1200`)
  assert.is(allMs[Math.floor(allMs.length / 2)], 5 * S)
  // Among the known gaps alone, most would be breaks.
  const known = found.filter((gap) => gap.known)
  assert.ok(known.filter(({ to }) => to > 60 * S).length / known.length > 0.6)
  assert.equal(
    new Turnaround(found).drawn(seededDice(3)),
    new Turnaround(found).drawn(seededDice(3)),
    'the same seed, the same day',
  )
})

turnaround('of a day on which nobody ever waited is nothing that there is evidence for', () => {
  const { allMs, breaks } = new Turnaround([gapOf(0, 100, false), gapOf(0, 50, false)]).drawn(() => 0.5)
  assert.equal([allMs, breaks.size], [[0, 0], 0])
})

turnaround.run()

const attendance = suite('attendance')

attendance('a break that comes due in a call begins when that is over, and keeps its length', () => {
  const there = new Attendance([{ from: 0, to: 1000 }], [{ from: 100, to: 150 }])
  assert.equal(there.working(50), [
    { from: 0, to: 100 },
    { from: 150, to: 1000 },
  ])
  there.turn(true, 90)
  assert.ok(
    there.working(120).every(({ from, to }) => !(from <= 120 && 120 < to)),
    'due: on break as soon as the call is over',
  )
  there.turn(false, 300)
  assert.equal(there.working(300), [
    { from: 0, to: 300 },
    { from: 350, to: 1000 },
  ])
  assert.ok(
    there.working(360).some(({ from, to }) => from <= 360 && 360 < to),
    'back',
  )
})

attendance('a break that comes due in another one makes it longer', () => {
  const there = new Attendance(
    [{ from: 0, to: 1000 }],
    [
      { from: 100, to: 200 },
      { from: 150, to: 180 },
    ],
  )
  there.working(100)
  assert.equal(there.working(160), [
    { from: 0, to: 100 },
    { from: 230, to: 1000 },
  ])
})

attendance('a break that comes due in another one is had once, whenever somebody looks', () => {
  // 100–200 and then the other 80 s: back at 280, whether or not anything looked in between.
  for (const looks of [[100], [100, 150], [100, 160, 230], [100, 199, 200, 201], [230]]) {
    const there = new Attendance(
      [{ from: 0, to: 1000 }],
      [
        { from: 100, to: 200 },
        { from: 150, to: 230 },
      ],
    )
    for (const at of looks) there.working(at)
    assert.equal(there.working(240).at(-1), { from: 280, to: 1000 }, `looked at ${looks.join(', ')}`)
  }
})

attendance('two breaks that come due in one call are had one after the other, and begin as the call ends', () => {
  const there = new Attendance(
    [{ from: 0, to: 1000 }],
    [
      { from: 100, to: 150 },
      { from: 170, to: 200 },
    ],
  )
  there.turn(true, 90)
  assert.is(there.isDue(95), false)
  assert.is(there.isDue(110), true)
  there.turn(false, 300)
  assert.equal(there.working(400), [
    { from: 0, to: 300 },
    { from: 380, to: 1000 },
  ])
})

attendance.run()

const rules = suite('skills, order and the factor')

rules('levels follow a queue’s share of what an agent serves: each halving is one level, an exception is none', () => {
  const served = (agentId: string, queueCode: string, times: number) =>
    Array.from({ length: times }, () => call(0, 0, agentId, { queueCode }))
  const skills = skillsOf([
    ...served('all', 'A', 50),
    ...served('all', 'B', 50),
    ...served('half', 'A', 150),
    ...served('half', 'B', 50),
    ...served('one', 'A', 199),
    ...served('one', 'B', 1),
  ])
  const level = (agentId: string) => skills.get(agentId)!.find(({ queueCode }) => queueCode === 'B')?.level
  assert.equal(['all', 'half', 'one'].map(level), [1, 1, undefined])
  const seldom = skillsOf([
    ...served('all', 'A', 60),
    ...served('all', 'B', 40),
    ...served('seldom', 'A', 90),
    ...served('seldom', 'B', 10),
  ])
  assert.is(seldom.get('seldom')!.find(({ queueCode }) => queueCode === 'B')!.level, 2)
})

rules('the head start of a queue is read off who was taken first', () => {
  // By arrival, but A is a minute ahead: one agent, and two callers waiting whenever one is taken.
  const dice = seededDice(4)
  const waiting = Array.from({ length: 400 }, (_, index) => ({
    at: index * 50 + Math.floor(dice() * 40),
    queueCode: dice() < 0.6 ? 'A' : 'B',
  }))
  const calls: CallOnRecord[] = []
  for (let now = 300; waiting.length > 0; now += 50) {
    const here = waiting.filter(({ at }) => at <= now)
    if (here.length === 0) continue
    const score = ({ at, queueCode }: (typeof here)[number]) => now - at + (queueCode === 'A' ? 60 : 0)
    const next = here.toSorted((a, b) => score(b) - score(a))[0]!
    waiting.splice(waiting.indexOf(next), 1)
    calls.push(call(next.at, now - next.at, 'ann', { queueCode: next.queueCode, serviceMs: 40 * S }))
  }
  const both = [{ agentId: 'ann', queues: [{ queueCode: 'A' }, { queueCode: 'B' }] }]
  const starts = headStartsOf(inOrder(...calls), both)
  assert.ok(Math.abs(starts.get('A')! - 60) <= 15, `${starts.get('A')}`)
  assert.is(starts.get('B'), 0)
  assert.equal(
    [...headStartsOf(inOrder(call(0, 10, 'ann'), call(5, 20, 'ann', { queueCode: 'B' })), both).values()],
    [0, 0],
    'a few choices are not enough',
  )
})

rules('the factor is found in a few tries, the nearest one is kept, and without one the search ends', async () => {
  const looks: number[] = []
  const look = (answer: (factor: number) => number) => async (factor: number) => {
    looks.push(factor)
    return answer(factor)
  }
  const line = await fitted(
    look((factor) => 0.7 - 0.5 * (factor - 1)),
    (level) => level - 0.55,
  )
  assert.ok(Math.abs(line.found - 0.55) < 0.008 && Math.abs(line.factor - 1.3) < 0.02, `${line.factor}`)
  assert.ok(looks.length <= 4, `${looks.length} looks`)
  assert.is(
    (
      await fitted(
        look(() => 0.5),
        (level) => level - 0.5,
      )
    ).factor,
    1,
    'as estimated where that is right',
  )
  const never = await fitted(
    look((factor) => 0.9 - 0.01 * factor),
    (level) => level - 0.2,
  )
  assert.ok(never.factor <= 2 && never.found > 0.8)
})

rules('who is there again rests as often and as long as the first, at other moments, and never twice at once', () => {
  const work = [{ from: 0, to: 8 * 60 * MINUTE }]
  const breaks = [60, 180, 200, 400].map((at, index) => ({ from: at * MINUTE, to: (at + 10 + index) * MINUTE }))
  const ann: Worker = {
    agentId: 'ann',
    agentCode: 'ann',
    queues: [],
    work,
    breaks,
    ringMs: [],
    ignores: 0,
    refuses: 0,
    turnaroundsMs: [0],
  }
  const people = changedPeople({} as DayOnRecord, [ann], [], { agents: 12 }, seededDice(6))
  assert.equal(people[0], ann, 'those who were there are unchanged')
  const lengths = (of: Worker) => of.breaks.map(({ from, to }) => to - from)
  for (const copy of people.slice(1)) {
    assert.equal(lengths(copy), lengths(ann))
    copy.breaks.forEach(({ from, to }, index) =>
      assert.ok(from >= (copy.breaks[index - 1]?.to ?? 0) && to <= work[0]!.to, `${from}`),
    )
  }
  for (const index of breaks.keys())
    assert.ok(
      new Set(people.map((each) => each.breaks[index]!.from)).size >= 11,
      'all of them at once would leave nobody',
    )
  assert.equal(
    changedPeople({} as DayOnRecord, [ann], [], { agents: 12 }, seededDice(6)),
    people,
    'the same seed, the same breaks',
  )
})

rules.run()
