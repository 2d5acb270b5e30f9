/**
 * Who works on a simulated day, and when: the people of the record, or others. Other people are assumed to rest and
 * wrap up like those of the record; someone who never did would promise more than anyone can keep.
 */
import type { Working } from '@ledgerline/adapters/telephony/simulator/agents.ts'
import type { QueueSettings } from '@ledgerline/core/queue/settings.ts'
import type { Dice } from '@ledgerline/core/kernel/clock.ts'
import type { Worker } from './day.ts'
import type { DayOnRecord, PersonOnRecord } from './day-on-record.ts'
import type { Change, PlannedShift } from './change.ts'
import type { Between } from './turnaround.ts'

/** For someone with fewer lengths after a call it is unknown what is usual: they do as all do. */
const ENOUGH = 20

/**
 * The people as they were.
 * @param between null if it is on record
 * @param factor by which breaks and turnarounds last longer than estimated
 */
export function peopleAsTheyWere({ people }: DayOnRecord, between: Between | null, factor: number): Worker[] {
  if (!between) return people.map((person) => ({ ...person, turnaroundsMs: null }))
  return people.map((person) => {
    const own = between.turnaroundsMs.get(person.agentId) ?? []
    return {
      ...person,
      breaks: (between.breaks.get(person.agentId) ?? []).map(({ from, to }) => ({
        from,
        to: from + Math.round((to - from) * factor),
      })),
      turnaroundsMs: (own.length >= ENOUGH ? own : between.allMs).map((ms) => Math.round(ms * factor)),
    }
  })
}

/** The people with the changes. @param dice says when planned people rest */
export function changedPeople(
  record: DayOnRecord,
  people: readonly Worker[],
  queues: readonly QueueSettings[],
  { shifts, agents }: Change,
  dice: Dice,
): Worker[] {
  const planned = shifts ? plannedPeople(shifts, record, people, queues, dice) : people
  return agents === undefined ? [...planned] : scaled(planned, agents, dice)
}

/** People as planned, each for all queues, who rest as often and as long as those of the record. */
function plannedPeople(
  shifts: readonly PlannedShift[],
  { from }: DayOnRecord,
  people: readonly Worker[],
  queues: readonly QueueSettings[],
  dice: Dice,
): Worker[] {
  const served = queues.map(({ code }) => ({ queueCode: code, level: 1, position: 1 }))
  const lengths = people.flatMap(({ breaks }) => breaks.map((each) => each.to - each.from))
  const workedMs = people.reduce((sum, { work }) => sum + lengthOf(work), 0)
  const [known] = people
  const all = (of: (person: Worker) => readonly number[]): number[] => people.flatMap(of).sort((a, b) => a - b)
  const like = {
    turnaroundsMs: known && known.turnaroundsMs === null ? null : all(({ turnaroundsMs }) => turnaroundsMs ?? []),
    ringMs: all(({ ringMs }) => ringMs),
    ignores: meanOf(people, ({ ignores }) => ignores),
    refuses: meanOf(people, ({ refuses }) => refuses),
  }
  return shifts.flatMap(({ people: count, fromMs, toMs }, shift) =>
    Array.from({ length: count }, (_, index): Worker => {
      const code = `${shift + 1}-${index + 1}`
      const work = { from: from + fromMs, to: from + toMs }
      return {
        agentId: code,
        agentCode: code,
        queues: served,
        work: [work],
        breaks: breaksWithin(work, lengths, workedMs, dice),
        ...like,
      }
    }),
  )
}

/** Breaks at random moments, as many per hour and as long as there were. */
function breaksWithin({ from, to }: Working, lengths: readonly number[], workedMs: number, dice: Dice): Working[] {
  const breaks: Working[] = []
  if (lengths.length === 0) return breaks
  const everyMs = workedMs / lengths.length
  for (let at = from; ;) {
    at += Math.round(-everyMs * Math.log(1 - dice()))
    if (at >= to) return breaks
    breaks.push({ from: at, to: at + lengths[Math.floor(dice() * lengths.length)]! })
  }
}

/**
 * This many of these people: those who worked most first, and from the first again if there are not enough. A person
 * used twice rests as long, but not at the same moments: planners send people one after the other.
 */
function scaled(people: readonly Worker[], count: number, dice: Dice): Worker[] {
  const ordered = people.toSorted((a, b) => lengthOf(b.work) - lengthOf(a.work) || (a.agentCode < b.agentCode ? -1 : 1))
  return Array.from({ length: ordered.length === 0 ? 0 : count }, (_, index) => {
    const person = ordered[index % ordered.length]!
    const again = Math.floor(index / ordered.length)
    if (again === 0) return person
    return {
      ...person,
      agentId: `${person.agentId}+${again}`,
      agentCode: `${person.agentCode}+${again}`,
      breaks: staggered(person, dice),
    }
  })
}

/**
 * The same breaks at other moments of the same stretches of work. Each may begin anywhere between the previous and the
 * next one, as these were: that is its window, and two breaks of a person never meet.
 */
function staggered({ work, breaks }: Worker, dice: Dice): Working[] {
  const inOrder = breaks.toSorted((a, b) => a.from - b.from)
  let free = Number.NEGATIVE_INFINITY
  return inOrder.map(({ from, to }, index) => {
    const throwOfDice = dice()
    const stretch = work.find((each) => each.from <= from && from < each.to)
    const earliest = Math.max(free, stretch?.from ?? from)
    const latest = Math.min(stretch?.to ?? from, inOrder[index + 1]?.from ?? Number.POSITIVE_INFINITY) - (to - from)
    const begin = latest > earliest ? Math.round(earliest + throwOfDice * (latest - earliest)) : Math.max(free, from)
    free = begin + to - from
    return { from: begin, to: free }
  })
}

function lengthOf(stretches: PersonOnRecord['work']): number {
  return stretches.reduce((sum, { from, to }) => sum + to - from, 0)
}

function meanOf<T>(items: readonly T[], of: (item: T) => number): number {
  return items.length === 0 ? 0 : items.reduce((sum, item) => sum + of(item), 0) / items.length
}
