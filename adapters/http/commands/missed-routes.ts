/** What people do with missed calls (catalogue C19): say that one is dealt with, and call back. Their lists are queries like any other. */
import { z } from 'zod'
import { demand } from '@ledgerline/core/access/session.ts'
import { derivedId } from '@ledgerline/core/kernel/derived-id.ts'
import { commandAnswer, commandId, type CommandDependencies } from '../routing/command.ts'
import { defineRoute, type Route } from '../routing/route.ts'
import { agentCode, agentOf, callId, carriedOutFor, notSignedIn } from './command-route.ts'

export function missedRoutes(dependencies: CommandDependencies): Route[] {
  const common = {
    method: 'post' as const,
    permission: 'missed.handle' as const,
    group: 'Missed calls',
    responses: { 200: { about: 'Done, and in the ledger.', schema: commandAnswer } },
  }
  const problems = ['command.reused', 'agent.unknown', 'call.unknown', 'call.not_missed']
  return [
    defineRoute({
      ...common,
      path: '/api/v1/commands/missed/mark',
      about: 'Says of a missed call that nothing is left to do, or that something is.',
      request: {
        body: z.strictObject({
          commandId,
          callId,
          agentCode: agentCode.optional(),
          handled: z.boolean().meta({ description: 'whether it is dealt with' }),
        }),
      },
      problems,
      handle: ({ body, session }) =>
        carriedOutFor(dependencies, 'missed', body, session, ({ desk, by, envelope }) =>
          desk.call(body.callId, { do: 'mark_missed', handled: body.handled, by }, envelope),
        ),
    }),
    defineRoute({
      ...common,
      path: '/api/v1/commands/missed/call-back',
      about:
        'Calls back the caller of a missed call; the agent’s own phone rings first. The missed call then counts as dealt with.\n\n' +
        'The call is one that the agent places, linked to the one that was missed.',
      request: { body: z.strictObject({ commandId, callId, agentCode }) },
      problems: [
        ...problems,
        ...notSignedIn,
        'agent.not_available',
        'call.no_number_kept',
        'call.not_eligible',
        'call.refused',
      ],
      handle({ body, session }) {
        demand(session, 'agents.act')
        return carriedOutFor(dependencies, 'call-back-missed', body, session, ({ desk, envelope, now, ...at }) => {
          const { agentId } = agentOf(body.agentCode, at)
          const which = { callId: body.callId, callbackCallId: derivedId(envelope.commandId, 'call') }
          return desk.callBackMissed(agentId, which, now(), envelope)
        })
      },
    }),
  ]
}
