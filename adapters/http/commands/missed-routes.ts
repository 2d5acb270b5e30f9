/**
 * What people do with missed calls (catalogue C19): say that one is dealt with, give it to somebody, call back. Their lists
 * are queries like any other.
 */
import { z } from 'zod'
import { type CommandDependencies } from '../routing/command.ts'
import type { Route } from '../routing/route.ts'
import { agentCode, agentOf, callId } from './command-route.ts'
import { followUp } from './follow-up.ts'

export function missedRoutes(dependencies: CommandDependencies): Route[] {
  const { command, callBack } = followUp(dependencies, {
    path: 'missed',
    permission: 'missed.handle',
    group: 'Missed calls',
    named: { callId },
    problems: ['call.unknown', 'call.not_missed'],
    callOf: (_tenant, named) => named.callId,
  })
  return [
    command(
      'mark',
      'Says of a missed call that nothing is left to do, or that something is.',
      { handled: z.boolean().meta({ description: 'whether it is dealt with' }) },
      ({ desk, by, envelope, body }) =>
        desk.call(body.callId, { do: 'mark_missed', handled: body.handled, by }, envelope),
    ),
    command(
      'allocate',
      'Gives a missed call to an agent, who is to deal with it: it is then one of theirs.',
      { to: agentCode.meta({ description: 'code (工号) of that agent' }) },
      ({ desk, by, envelope, body, ...at }) => {
        const { agentId, agentCode: to } = agentOf(body.to, at)
        return desk.call(body.callId, { do: 'allocate_missed', agentId, agentCode: to, by }, envelope)
      },
    ),
    callBack(
      'Calls back the caller of a missed call; the agent’s own phone rings first. The missed call then counts as dealt with.\n\n' +
        'The call is one that the agent places, linked to the one that was missed.',
      ({ desk, agentId, callId: missed, callbackCallId, at, envelope }) =>
        desk.callBackMissed(agentId, { callId: missed, callbackCallId }, at, envelope),
    ),
  ]
}
