/**
 * In which order a queue's free agents are tried (catalogue A3.2.2.1-strategy-*; two more are ours). One
 * comparison a strategy, pure: the same agents, memory and dice give the same order. What they remember
 * is told by the events of offers, so that a take-over goes on where the dead owner was.
 *
 * The semantics are those of FreeSWITCH's mod_callcenter, where the manuals' settings come from, with
 * its defects corrected: idle counts from having been available, round-robin remembers each queue for
 * itself, least and fewest look at a window of time and not at the whole shift.
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

/** A free agent as a queue sees him. */
export interface Candidate {
  agentId: string
  /** His level and place in this queue; lower goes first. */
  level: number
  position: number
  /** Since when he has been available, UTC ms. */
  idleSince: number
  /** His talk in the window, ms. */
  talkMs: number
  /** His calls in the window. */
  calls: number
  /** When this queue last offered him a call, UTC ms; 0: never. */
  lastOffered: number
}

/** A place among a queue's agents. */
export interface Place {
  level: number
  position: number
}

/** What a strategy may look at besides the agents. */
export interface Situation {
  /** The place that this queue offered a call to last: what round-robin goes on from. */
  lastOfQueue: Place | null
  /** The place that this caller was offered to last: what top-down goes on from. */
  lastOfCaller: Place | null
  dice: Dice
}

/** How many are rung at once. `progressive`: one more each delay, the earlier ones ring on. */
export function rings(strategy: Strategy): 'one' | 'all' | 'progressive' {
  return strategy === 'ring-all' ? 'all' : strategy === 'ring-progressively' ? 'progressive' : 'one'
}

/** The candidates in the order in which the strategy tries them. */
export function inOrder(strategy: Strategy, candidates: readonly Candidate[], situation: Situation): Candidate[] {
  switch (strategy) {
    case 'ring-all':
    case 'ring-progressively':
      return candidates.toSorted(byPlace)
    case 'longest-idle-agent':
      return candidates.toSorted((a, b) => a.level - b.level || a.idleSince - b.idleSince || byPlace(a, b))
    case 'agent-with-least-talk-time':
      return candidates.toSorted((a, b) => a.level - b.level || a.talkMs - b.talkMs || byPlace(a, b))
    case 'agent-with-fewest-calls':
      return candidates.toSorted((a, b) => a.level - b.level || a.calls - b.calls || byPlace(a, b))
    case 'sequentially-by-agent-order':
      return candidates.toSorted((a, b) => a.level - b.level || a.position - b.position || a.lastOffered - b.lastOffered || byId(a, b))
    case 'round-robin':
      return roundRobin(candidates, situation.lastOfQueue)
    case 'top-down':
      return topDown(candidates, situation.lastOfCaller)
    case 'random':
      return shuffledByLevel(candidates, situation.dice)
  }
}

/** What a strategy compares among agents of one level: the figure that explains its choice. Null where the place alone decides. */
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

/** Level, then position; by id among equals, so that there is an order at all. */
function byPlace(a: Candidate, b: Candidate): number {
  return a.level - b.level || a.position - b.position || byId(a, b)
}

/** First those of the level last offered in this queue who stand behind the last one; then everybody from the start. */
function roundRobin(candidates: readonly Candidate[], last: Place | null): Candidate[] {
  const fromStart = candidates.toSorted((a, b) => a.level - b.level || a.position - b.position || a.lastOffered - b.lastOffered || byId(a, b))
  return last ? goingOn(fromStart, (candidate) => candidate.level === last.level && candidate.position > last.position) : fromStart
}

/** Behind the last one that this caller was offered to, then higher levels; from the top again when nobody is left. */
function topDown(candidates: readonly Candidate[], last: Place | null): Candidate[] {
  const fromTop = candidates.toSorted(byPlace)
  return last ? goingOn(fromTop, ({ level, position }) => level > last.level || (level === last.level && position > last.position)) : fromTop
}

/** Those who come next, then the others. */
function goingOn(ordered: readonly Candidate[], isNext: (candidate: Candidate) => boolean): Candidate[] {
  return [...ordered.filter(isNext), ...ordered.filter((candidate) => !isNext(candidate))]
}

/** Levels in order, within a level by throw of the dice (Fisher–Yates). */
function shuffledByLevel(candidates: readonly Candidate[], dice: Dice): Candidate[] {
  const shuffled = candidates.toSorted(byPlace)
  for (let left = shuffled.length - 1; left > 0; left--) {
    const other = Math.floor(dice() * (left + 1))
    ;[shuffled[left], shuffled[other]] = [shuffled[other]!, shuffled[left]!]
  }
  return shuffled.toSorted((a, b) => a.level - b.level)
}
