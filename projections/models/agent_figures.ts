/**
 * What an agent's segments and states add to their figures: one definition for quarter hours and days.
 *
 * There are two kinds of figures: the calls an agent handled (from segments, counted in the interval in which the agent
 * answered; the basis of handling times) and how the agent's time was spent (from states, cut at the borders of the
 * interval; the basis of occupancy). A call that crosses a border counts in one interval of the first kind and in two of
 * the second.
 */
import { contributions, count, duration, type AggregateSource, type Contribution, type Row } from '../engine/model.ts'
import { agentStateLog } from './agent_state_log.ts'
import { callSegments } from './call_segments.ts'

export const agentFigures = {
  answered: count('Calls the agent took from a queue, a transfer or a dial, counted when they answered.'),
  transferred: count('How many of these the agent transferred.'),
  missed: count('Offers that rang and were not answered.'),
  refused: count('Offers the agent refused.'),
  ringMs: duration('Ringing of the answered calls, ms.'),
  talkMs: duration('The agent’s own talk, without hold, ms.'),
  holdMs: duration('Hold in these calls, ms.'),
  wrapUpMs: duration('The agent’s wrap-up of these calls, ms.'),
  signedInMs: duration('Time signed in, ms.'),
  readyMs: duration('Time ready, ms.'),
  onDemandMs: duration('Time ready for one call, ms.'),
  ringingMs: duration('Time ringing, ms.'),
  inCallMs: duration('Time in calls, ms.'),
  onHoldMs: duration('Time with the customer on hold, ms.'),
  inWrapUpMs: duration('Time in wrap-up, ms.'),
  previewMs: duration('Time previewing customers before calling them, ms.'),
  notReadyMs: duration('Time not ready (busy), ms.'),
  awayMs: duration('Time on breaks, ms.'),
  notRespondingMs: duration('Time not responding after unanswered offers, ms.'),
} as const

/** The figure that the time in a state adds to. */
export const columnOf: Readonly<Record<string, keyof typeof agentFigures>> = {
  ready: 'readyMs',
  on_demand: 'onDemandMs',
  ringing: 'ringingMs',
  in_call: 'inCallMs',
  on_hold: 'onHoldMs',
  wrap_up: 'inWrapUpMs',
  previewing: 'previewMs',
  not_ready: 'notReadyMs',
  away: 'awayMs',
  not_responding: 'notRespondingMs',
}

/** Cuts an interval at the borders of the aggregate: its key columns and the part that falls into each. */
type Cut = (from: number, to: number, zone: string) => readonly { when: Row; ms: number }[]

/** The key columns of an aggregate that do not depend on time. */
type Who = (row: { agentId: string; agentCode: string; shiftId: string | null }) => Row

/** Sources of an aggregate by agent; `whoOf` gives its key columns for an agent, `whenOf` for a moment, `cut` for a period. */
export function agentSources(whoOf: Who, whenOf: (at: number, zone: string) => Row, cut: Cut): AggregateSource[] {
  return [
    contributions(
      callSegments,
      ({ kind, agentId, agentCode, shiftId, startedAt, zone, result, ringMs, talkMs, holdMs, wrapUpMs }) => {
        if (kind !== 'agent' || agentId === null || agentCode === null) return []
        const add = { answered: 1, transferred: result === 'transferred' ? 1 : 0, ringMs, talkMs, holdMs, wrapUpMs }
        return [{ key: { ...whoOf({ agentId, agentCode, shiftId }), ...whenOf(startedAt, zone) }, add }]
      },
    ),
    contributions(agentStateLog, ({ agentId, agentCode, shiftId, state, startedAt, endedAt, result, zone }) => {
      const column = columnOf[state]
      if (endedAt === null || column === undefined) return []
      const who = whoOf({ agentId, agentCode, shiftId })
      const parts: Contribution[] = cut(startedAt, endedAt, zone).map(({ when, ms }) => ({
        key: { ...who, ...when },
        add: { signedInMs: ms, [column]: ms },
      }))
      if (result === 'no_answer') parts.push({ key: { ...who, ...whenOf(endedAt, zone) }, add: { missed: 1 } })
      if (result === 'refused') parts.push({ key: { ...who, ...whenOf(endedAt, zone) }, add: { refused: 1 } })
      return parts
    }),
  ]
}
