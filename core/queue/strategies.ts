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

type Comparison = (a: Candidate, b: Candidate) => number

/**
 * The order of a strategy before it considers who was tried last. A queue that keeps its free agents in this order need not
 * sort them for a choice. Every order begins with the lowest level.
 */
export function standingOrder(strategy: Strategy): Comparison {
  switch (strategy) {
    case 'longest-idle-agent':
      return byIdleTime
    case 'agent-with-least-talk-time':
      return byTalk
    case 'agent-with-fewest-calls':
      return byCalls
    case 'round-robin':
    case 'sequentially-by-agent-order':
      return byLastOffered
    case 'ring-all':
    case 'ring-progressively':
    case 'top-down':
    case 'random':
      return byPlace
  }
}

/** The candidates in the order in which the strategy tries them. */
export function inOrder(strategy: Strategy, candidates: readonly Candidate[], situation: Situation): Candidate[] {
  return firstOf(strategy, candidates.toSorted(standingOrder(strategy)), situation, candidates.length)
}

/**
 * The first few of the order in which the strategy tries them.
 * @param standing the candidates in their {@link standingOrder}
 */
export function firstOf<T extends Candidate>(
  strategy: Strategy,
  standing: readonly T[],
  { lastOfQueue, lastOfCaller, dice }: Situation,
  count: number,
): T[] {
  if (strategy === 'random') return drawn(standing, dice, count)
  // First those after the last one, on the level last offered in this queue; then everybody from the start.
  if (strategy === 'round-robin' && lastOfQueue)
    return goingOn(standing, upTo(lastOfQueue, standing), upToLevel(lastOfQueue.level, standing), count)
  // Those after the last one this caller was offered to, then higher levels; from the top again when nobody is left.
  if (strategy === 'top-down' && lastOfCaller)
    return goingOn(standing, upTo(lastOfCaller, standing), standing.length, count)
  return standing.slice(0, count)
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

/** Level, then who has been available longest. */
function byIdleTime(a: Candidate, b: Candidate): number {
  return a.level - b.level || a.idleSince - b.idleSince || byPlace(a, b)
}

/** Level, then least talk. */
function byTalk(a: Candidate, b: Candidate): number {
  return a.level - b.level || a.talkMs - b.talkMs || byPlace(a, b)
}

/** Level, then fewest calls. */
function byCalls(a: Candidate, b: Candidate): number {
  return a.level - b.level || a.calls - b.calls || byPlace(a, b)
}

/** How many agents are at this place or before it; they are in order of level and position. */
function upTo({ level, position }: Place, standing: readonly Candidate[]): number {
  let low = 0
  let high = standing.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const each = standing[middle]!
    if (each.level < level || (each.level === level && each.position <= position)) low = middle + 1
    else high = middle
  }
  return low
}

/** How many agents are on this level or a lower one. */
function upToLevel(level: number, standing: readonly Candidate[]): number {
  return upTo({ level, position: Infinity }, standing)
}

/** The first few of those between two places, then of everybody else from the start. */
function goingOn<T>(standing: readonly T[], from: number, to: number, count: number): T[] {
  const first = standing.slice(from, Math.min(to, from + count))
  first.push(...standing.slice(0, Math.min(from, count - first.length)))
  first.push(...standing.slice(to, to + count - first.length))
  return first
}

/** Levels in order, random within a level (Fisher–Yates, no further than needed). */
function drawn<T extends Candidate>(standing: readonly T[], dice: Dice, count: number): T[] {
  const first: T[] = []
  for (let from = 0; from < standing.length && first.length < count;) {
    const to = upToLevel(standing[from]!.level, standing)
    // The same agents and dice give the same order, since they are in order of place.
    const left = standing.slice(from, to)
    for (let place = 0; place < left.length && first.length < count; place++) {
      const other = place + Math.floor(dice() * (left.length - place))
      ;[left[place], left[other]] = [left[other]!, left[place]!]
      first.push(left[place]!)
    }
    from = to
  }
  return first
}
