/**
 * How small and how great each setting of the switchboard may be. What is shorter would make a storm (a phone rung
 * for a millisecond, a caller sent on and back a thousand times a second), what is longer is a slip of the keyboard.
 *
 * Activation refuses what lies outside. Versions activated before there were bounds stay readable and are paced:
 * whoever folds them takes the nearest bound ({@link paced}).
 */
import type { Membership } from '../agent/events.ts'
import type { ShiftRules } from '../agent/rules.ts'
import type { AgentInput, QueueSettings } from '../acd/events.ts'
import { Problem } from '../kernel/problem.ts'

/** Least and greatest; `off`: 0 is allowed below the least and switches the rule off. */
interface Bound {
  least: number
  most: number
  off?: true
}

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const ring: Bound = { least: SECOND, most: 5 * MINUTE }
const pause: Bound = { least: 0, most: DAY }
const wrapUp: Bound = { least: 0, most: 30 * MINUTE }
const rule: Bound = { least: SECOND, most: DAY, off: true }
const misses: Bound = { least: 0, most: 1_000 }
const rank: Bound = { least: 1, most: 1_000_000 }

const ofMember = { level: rank, position: rank, ringMs: ring, wrapUpMs: wrapUp, maxNoAnswer: misses, noAnswerDelayMs: pause, rejectDelayMs: pause, busyDelayMs: pause }

/** Every numeric setting of a queue, by path; `[]` goes through a list. */
export const queueBounds: Readonly<Record<string, Bound>> = {
  priority: { least: -1_000_000, most: 1_000_000 },
  ageingMs: rule,
  ringMs: ring,
  wrapUpMs: wrapUp,
  maxNoAnswer: misses,
  noAnswerDelayMs: pause,
  rejectDelayMs: pause,
  busyDelayMs: pause,
  targetMs: { least: 0, most: HOUR },
  targetRatio: { least: 0, most: 1 },
  shortAbandonMs: { least: 0, most: 10 * MINUTE },
  'tiers.waitMs': { least: 0, most: DAY },
  maxWaitMs: rule,
  'noAgent.afterMs': rule,
  'noAgent.rejectMs': pause,
  'overflow.length': { least: 0, most: 100_000 },
  'overflow.afterMs': rule,
  'hours[].days[]': { least: 1, most: 7 },
  'callback.attempts': { least: 1, most: 10 },
  'callback.retryMs': { least: SECOND, most: DAY },
  'resume.withinMs': { least: 0, most: DAY },
  'announcements[].firstAfterMs': { least: 0, most: DAY },
  'announcements[].everyMs': { least: 5 * SECOND, most: DAY },
}

/** Of an agent's place in a queue, and what is set there for that agent alone. */
export const memberBounds: Readonly<Record<string, Bound>> = ofMember

export const shiftBounds: Readonly<Record<string, Bound>> = {
  deskGraceMs: { least: SECOND, most: HOUR },
  deskSignOutMs: { ...rule, most: 7 * DAY },
  phoneGraceMs: rule,
  maxShiftMs: { least: MINUTE, most: 7 * DAY, off: true },
  previewMs: { least: SECOND, most: DAY },
  longSignInRingMs: ring,
}

/** Names that every object has: looked up as a code, they would find something that nobody configured. */
const INHERITED = new Set([...Object.getOwnPropertyNames(Object.prototype), 'prototype'])

/**
 * A code is what people type and other systems send.
 * @throws Problem `switchboard.code_invalid`
 */
export function refuseCode(what: string, code: string): void {
  // eslint-disable-next-line no-control-regex
  if (INHERITED.has(code) || /[\u0000-\u001f\u007f-\u009f]/.test(code) || code !== code.trim()) throw new Problem('switchboard.code_invalid', { what, code: JSON.stringify(code) })
}

/** @throws Problem `switchboard.out_of_bounds`, naming the first setting that is */
export function refuseOutOfBounds({ queues, agents, shifts }: { queues: readonly QueueSettings[]; agents: readonly AgentInput[]; shifts: ShiftRules }): void {
  for (const queue of queues) each(queue, queueBounds, refuse(`queue ${queue.code}`))
  for (const { agentCode, queues: places } of agents) refusePlaces(agentCode, places)
  each(shifts, shiftBounds, refuse('shifts'))
}

/**
 * An agent's places in queues.
 * @throws Problem `switchboard.out_of_bounds`
 */
export function refusePlaces(agentCode: string, places: readonly Membership[]): void {
  for (const place of places) each(place, memberBounds, refuse(`agent ${agentCode} in ${place.queueCode}`))
}

/** The same settings within the bounds: of versions that were activated before there were any. */
export function paced<T extends QueueSettings | Membership | ShiftRules>(settings: T, bounds: Readonly<Record<string, Bound>>): T {
  let changed: T | null = null
  each(settings, bounds, (path, value, { least, most }) => {
    changed ??= structuredClone(settings)
    setAt(changed, path, Math.min(most, Math.max(least, value)))
  })
  return changed ?? settings
}

const refuse =
  (of: string) =>
  (path: readonly (string | number)[], value: number, { least, most, off }: Bound): never => {
    throw new Problem('switchboard.out_of_bounds', { of, setting: path.join('.'), value, least, most, off: off ? '0, ' : '' }, { where: path.join('.') })
  }

/** Calls back for each value that lies outside its bound. */
function each(settings: object, bounds: Readonly<Record<string, Bound>>, outside: (path: readonly (string | number)[], value: number, bound: Bound) => void): void {
  for (const [name, bound] of Object.entries(bounds)) {
    for (const [path, value] of valuesAt(settings, name.split('.'), [])) {
      const within = (value >= bound.least && value <= bound.most) || (bound.off === true && value === 0)
      if (!within) outside(path, value, bound)
    }
  }
}

function* valuesAt(holder: unknown, steps: readonly string[], path: readonly (string | number)[]): Generator<[path: readonly (string | number)[], value: number]> {
  const [step, ...rest] = steps
  if (step === undefined) {
    if (typeof holder === 'number') yield [path, holder]
    return
  }
  if (typeof holder !== 'object' || holder === null) return
  const name = step.replace(/\[\]$/, '')
  const value = (holder as Record<string, unknown>)[name]
  if (name === step) yield* valuesAt(value, rest, [...path, name])
  else if (Array.isArray(value)) for (const [index, item] of value.entries()) yield* valuesAt(item, rest, [...path, name, index])
}

function setAt(holder: object, path: readonly (string | number)[], value: number): void {
  let at = holder as Record<string | number, unknown>
  for (const step of path.slice(0, -1)) at = at[step] as Record<string | number, unknown>
  at[path.at(-1)!] = value
}
