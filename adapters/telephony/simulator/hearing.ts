/**
 * Who hears whom on the simulated network. It follows from the state of the legs alone: nobody is told what anybody hears,
 * so this cannot differ from who is connected with whom.
 */
import type { Leg } from './leg.ts'

/** What the party of a leg hears. */
export interface Hearing {
  /** Those who are heard, by the legs of their telephones. */
  legs: string[]
  /** What is played to them; null: nothing. */
  media: string | null
}

/** @param legs all legs that there are */
export function hearingOf(leg: Leg, legs: readonly Leg[]): Hearing {
  // A call put through to a phone that is kept connected is heard on that phone's own leg.
  const here = leg.carries ?? leg
  if (here.state === 'held') return { legs: [], media: here.playing?.media ?? here.music }
  const heard = new Set(
    isAttending(here) ? attended(here, legs) : [...talkers(here), ...supervisorsHeardBy(here, legs)],
  )
  heard.delete(here)
  return { legs: Array.from(heard, ({ on, legId }) => on?.legId ?? legId), media: here.playing?.media ?? null }
}

/** Those with whom somebody talks, supervisors apart. */
function talkers({ state, partner, conference }: Leg): Leg[] {
  if (state !== 'answered') return []
  return [partner, ...(conference?.members ?? [])].filter((other): other is Leg => other?.state === 'answered')
}

const isAttending = (leg: Leg): boolean => leg.listensTo !== null && leg.supervises !== null

/** A supervisor hears their agent, what the agent hears, and other supervisors who speak to everybody. */
function attended(leg: Leg, legs: readonly Leg[]): Leg[] {
  const agent = agentOf(leg, legs)
  if (!agent) return []
  return [
    agent,
    ...talkers(agent),
    ...supervisorsOf(agent, legs).filter((other) => other.supervises!.mode === 'three_way'),
  ]
}

/** An agent hears the supervisors who whisper to them; in three-way everybody in the talk does. */
function supervisorsHeardBy(leg: Leg, legs: readonly Leg[]): Leg[] {
  const own = supervisorsOf(leg, legs).filter(({ supervises }) => supervises!.mode !== 'listen')
  const others = talkers(leg).flatMap((other) => supervisorsOf(other, legs))
  return [...own, ...others.filter(({ supervises }) => supervises!.mode === 'three_way')]
}

function supervisorsOf(agent: Leg, legs: readonly Leg[]): Leg[] {
  return legs.filter((leg) => isAttending(leg) && leg.supervises!.agent === agent.legId)
}

function agentOf({ supervises }: Leg, legs: readonly Leg[]): Leg | undefined {
  return legs.find(({ legId }) => legId === supervises?.agent)
}
