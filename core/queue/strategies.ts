/**
 * In which order a queue's free agents are tried (catalogue A3.2.2.1-strategy-*; two more are ours). One pure
 * comparison per strategy: the same agents, memory and dice give the same order. What strategies remember comes from
 * the events of offers, so that a take-over continues where the dead owner stopped.
 *
 * The semantics are those of FreeSWITCH's mod_callcenter, where the manuals' settings come from, with its defects
 * corrected: idle time counts from when the agent became available, round-robin remembers each queue separately, and
 * least talk and fewest calls look at a window of time instead of the whole shift.
 */
import type { Dice } from '../kernel/clock.ts'

export const strategies = [
  'ring-all',
  'longest-idle-agent',
  'round-robin',
  'top-down',
  'agent-with-least-talk-time',
  'agent-with-fewest-calls',
  'sequentially-by-agent-order',
  'random',
  'ring-progressively',
] as const

export type Strategy = (typeof strategies)[number]

/** A free agent as a queue sees them. */
export interface Candidate {
  agentId: string
  /** Their level and place in this queue; lower goes first. */
  level: number
  position: number
  /** Since when they have been available, UTC ms. */
  idleSince: number
  /** Their talk time in the window, ms. */
  talkMs: number
  /** Their calls in the window. */
  calls: number
  /** When this queue last offered them a call, UTC ms; 0: never. */
  lastOffered: number
}

/** A place among a queue's agents. */
export interface Place {
  level: number
  position: number
}

/** What a strategy may use besides the agents. */
export interface Situation {
  /** The place to which this queue last offered a call: round-robin continues from there. */
  lastOfQueue: Place | null
  /** The place to which this caller was last offered: top-down continues from there. */
  lastOfCaller: Place | null
  dice: Dice
}

/** How many agents ring at once. `progressive`: one more after each delay, while the earlier ones keep ringing. */
export function rings(strategy: Strategy): 'one' | 'all' | 'progressive' {
  return strategy === 'ring-all' ? 'all' : strategy === 'ring-progressively' ? 'progressive' : 'one'
}

/** The candidates in the order in which the strategy tries them. */
export function inOrder(strategy: Strategy, candidates: readonly Candidate[], situation: Situation): Candidate[] {
  return firstOf(strategy, candidates, situation, candidates.length)
}

/** The first few of that order: if there are many candidates, only these are sorted. */
export function firstOf(
  strategy: Strategy,
  candidates: readonly Candidate[],
  situation: Situation,
  count: number,
): Candidate[] {
  if (strategy === 'random') return drawn(candidates, situation.dice, count)
  const compare = comparison(strategy, situation)
  if (candidates.length <= count) return candidates.toSorted(compare)
  const first: Candidate[] = []
  for (const candidate of candidates) {
    if (first.length === count && compare(candidate, first[count - 1]!) > 0) continue
    let place = first.length
    while (place > 0 && compare(candidate, first[place - 1]!) < 0) place--
    first.splice(place, 0, candidate)
    if (first.length > count) first.pop()
  }
  return first
}

type Comparison = (a: Candidate, b: Candidate) => number

/** Who goes first, by strategy; `random` is a shuffle instead. */
function comparison(strategy: Exclude<Strategy, 'random'>, { lastOfQueue, lastOfCaller }: Situation): Comparison {
  switch (strategy) {
    case 'ring-all':
    case 'ring-progressively':
      return byPlace
    case 'longest-idle-agent':
      return (a, b) => a.level - b.level || a.idleSince - b.idleSince || byPlace(a, b)
    case 'agent-with-least-talk-time':
      return (a, b) => a.level - b.level || a.talkMs - b.talkMs || byPlace(a, b)
    case 'agent-with-fewest-calls':
      return (a, b) => a.level - b.level || a.calls - b.calls || byPlace(a, b)
    case 'sequentially-by-agent-order':
      return byLastOffered
    case 'round-robin':
      // First those after the last one, on the level last offered in this queue; then everybody from the start.
      return lastOfQueue
        ? goingOn((each) => each.level === lastOfQueue.level && each.position > lastOfQueue.position, byLastOffered)
        : byLastOffered
    case 'top-down':
      // Those after the last one this caller was offered to, then higher levels; from the top again when nobody is
      // left.
      return lastOfCaller
        ? goingOn(
            (each) =>
              each.level > lastOfCaller.level ||
              (each.level === lastOfCaller.level && each.position > lastOfCaller.position),
            byPlace,
          )
        : byPlace
  }
}

/**
 * The figure a strategy compares among agents of one level, which explains its choice. Null where only the place
 * decides.
 */
export function measureOf(strategy: Strategy, candidate: Candidate): number | null {
  switch (strategy) {
    case 'longest-idle-agent':
      return candidate.idleSince
    case 'agent-with-least-talk-time':
      return candidate.talkMs
    case 'agent-with-fewest-calls':
      return candidate.calls
    case 'round-robin':
    case 'sequentially-by-agent-order':
      return candidate.lastOffered
    case 'ring-all':
    case 'ring-progressively':
    case 'top-down':
    case 'random':
      return null
  }
}

function byId(a: Candidate, b: Candidate): number {
  return a.agentId < b.agentId ? -1 : a.agentId > b.agentId ? 1 : 0
}

/** Level, then position; ties by id, so that the order is total. */
function byPlace(a: Candidate, b: Candidate): number {
  return a.level - b.level || a.position - b.position || byId(a, b)
}

/** Level, position, then least recent offer. */
function byLastOffered(a: Candidate, b: Candidate): number {
  return a.level - b.level || a.position - b.position || a.lastOffered - b.lastOffered || byId(a, b)
}

/** Those who come next before the others. */
function goingOn(isNext: (candidate: Candidate) => boolean, compare: Comparison): Comparison {
  return (a, b) => Number(isNext(b)) - Number(isNext(a)) || compare(a, b)
}

/** Levels in order, random within a level (Fisher–Yates, no further than needed). */
function drawn(candidates: readonly Candidate[], dice: Dice, count: number): Candidate[] {
  const levels = new Map<number, Candidate[]>()
  for (const candidate of candidates) {
    const same = levels.get(candidate.level)
    if (same) same.push(candidate)
    else levels.set(candidate.level, [candidate])
  }
  const first: Candidate[] = []
  for (const level of [...levels.keys()].toSorted((a, b) => a - b)) {
    // The same agents and dice give the same order, however the agents are listed.
    const left = levels.get(level)!.sort(byPlace)
    for (let place = 0; place < left.length && first.length < count; place++) {
      const other = place + Math.floor(dice() * (left.length - place))
      ;[left[place], left[other]] = [left[other]!, left[place]!]
      first.push(left[place]!)
    }
  }
  return first
}
