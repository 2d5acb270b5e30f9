/**
 * "What happens if X calls Y at Z?" The operator's question, answered by the same function that routes calls, with the
 * reason at every step in both languages.
 */
import { seededDice } from '../kernel/clock.ts'
import type { Words } from '../kernel/words.ts'
import { calledNumber, lookupOf, type DialPlan } from './dial-plan.ts'
import type { Lines } from './lines.ts'
import { personalValues, type Destination, type Outcome, type Routing, type StepCode } from './outcome.ts'
import { outcomeInWords, stepInWords } from './reasons.ts'
import { route, type From } from './route.ts'

export interface Question {
  /** An extension of ours, or a number outside; null: withheld. */
  from: string | null
  /** The gateway by which the call comes; null: not said. With it, `from` is always a number outside. */
  gateway: string | null
  to: string
  /** UTC ms. */
  at: number
}

/** The answer, plain JSON. */
export interface Explanation {
  /** Who was taken to be calling. */
  caller: From['kind']
  /** Null: no rule decided. */
  rule: string | null
  /** What is done with the call: queue, extension, agent, ivr, robot, voicemail, outside, feature, closed, hang_up, refused. */
  outcome: Outcome['do']
  /** Queue, extension, agent, menu, robot or function; the reason of a refusal; null where nothing is named. */
  target: string | null
  /** Of a call that finds it closed: what is done with it then. */
  then: Destination['do'] | null
  /** Gateways in the order in which they would be tried. */
  gateways: readonly string[]
  record: boolean
  summary: Words
  steps: readonly { code: StepCode; words: Words }[]
}

/** @param shown how somebody's number is shown to the person who asks */
export function explain(
  { from, gateway, to, at }: Question,
  plan: DialPlan,
  lines: Lines,
  shown: (number: string) => string,
): Explanation {
  const caller = callerOf(from, gateway, plan, lines)
  const { outcome, rule, record, steps } = route({ from: caller, to, at, dice: seededDice(0) }, plan, lines)
  const told = maskedOutcome(outcome, shown)
  return {
    caller: caller.kind,
    rule,
    outcome: outcome.do,
    target: targetOf(outcome),
    then: outcome.do === 'closed' ? outcome.then.do : null,
    gateways: waysOf(outcome),
    record,
    summary: { en: outcomeInWords(told, 'en'), zh: outcomeInWords(told, 'zh') },
    steps: masked(steps, shown).map((step) => ({
      code: step.code,
      words: { en: stepInWords(step, 'en'), zh: stepInWords(step, 'zh') },
    })),
  }
}

/** A number that is one of our extensions is a phone of ours, unless the call comes by a gateway. */
function callerOf(from: string | null, gateway: string | null, plan: DialPlan, lines: Lines): From {
  if (gateway !== null || from === null) return { kind: 'gateway', gateway }
  const { normalised } = calledNumber(from)
  const { extensions, agentOf } = lookupOf(plan)
  const ours = extensions.has(normalised) || agentOf.has(normalised) || lines.agentAt(normalised) !== null
  return ours ? { kind: 'extension', extension: normalised } : { kind: 'gateway', gateway: null }
}

function masked(steps: Routing['steps'], shown: (number: string) => string): Routing['steps'] {
  return steps.map((step) => {
    const values = Object.entries(step.values).map(([name, value]) => [
      name,
      personalValues.has(name) && typeof value === 'string' ? shown(value) : value,
    ])
    return { ...step, values: Object.fromEntries(values) as Record<string, string | number> }
  })
}

function maskedOutcome<O extends Outcome>(outcome: O, shown: (number: string) => string): O {
  if (outcome.do === 'closed') return { ...outcome, then: maskedOutcome(outcome.then, shown) }
  return outcome.do === 'outside'
    ? { ...outcome, number: shown(outcome.number), dialled: shown(outcome.dialled) }
    : outcome
}

function targetOf(outcome: Outcome): string | null {
  switch (outcome.do) {
    case 'queue':
      return outcome.queueCode
    case 'extension':
    case 'voicemail':
      return outcome.extension
    case 'agent':
      return outcome.agentCode
    case 'ivr':
    case 'robot':
      return outcome.code
    case 'feature':
      return outcome.action
    case 'refused':
      return outcome.reason
    case 'closed':
      return targetOf(outcome.then)
    case 'outside':
    case 'hang_up':
      return null
  }
}

function waysOf(outcome: Outcome): string[] {
  if (outcome.do === 'closed') return waysOf(outcome.then)
  return outcome.do === 'outside' ? outcome.ways.map(({ gateway }) => gateway) : []
}
