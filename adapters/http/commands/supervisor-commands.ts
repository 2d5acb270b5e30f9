/** What supervisors ask of the switchboard: agents' states and queues, taking part in calls, the order of waiting callers. */
import { z } from 'zod'
import type { SupervisorPermission } from '@ledgerline/core/access/session.ts'
import { membership } from '@ledgerline/core/agent/events.ts'
import type { SupervisionMode } from '@ledgerline/core/call/events.ts'
import type { ForcedState } from '@ledgerline/core/desk/desk.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Route } from '../routing/route.ts'
import {
  agentCode,
  agentInCall,
  agentOf,
  callId,
  code,
  dialledNumber,
  extension,
  notSignedIn,
  notTalking,
  reason,
  type SupervisorMaker,
} from './command-route.ts'

const notWaiting = ['call.unknown', 'call.ended', 'call.not_waiting']

/** A supervisor sets an agent's state (catalogue C5.0, C5.1). A call in progress continues. */
export function forcedStates(command: SupervisorMaker): Route[] {
  const set = (path: string, permission: SupervisorPermission, state: ForcedState, about: string) =>
    command(path, permission, about, { agentCode, reason }, ['agent.unknown', ...notSignedIn], async (body, at) =>
      at.desk.force(agentOf(body.agentCode, at).agentId, state, at.supervisorCode, body.reason, at.envelope),
    )
  return [
    set('ready', 'supervise.ready', 'ready', 'Sets an agent ready.'),
    set('not-ready', 'supervise.not_ready', 'not_ready', 'Sets an agent not ready (busy).'),
    set('away', 'supervise.away', 'away', 'Sets an agent away.'),
    set(
      'sign-out',
      'supervise.sign_out',
      'signed_out',
      'Signs an agent out: no new calls from now on, signed out after the current call.',
    ),
    command(
      'long-sign-in',
      'supervise.long_sign_in',
      'Rings an agent’s phone; once answered, it stays connected.',
      { agentCode },
      ['agent.unknown', ...notSignedIn, 'agent.no_phone', 'agent.not_available'],
      async (body, at) => at.desk.longSignIn(agentOf(body.agentCode, at).agentId, at.supervisorCode, at.envelope),
    ),
    command(
      'long-sign-in/end',
      'supervise.long_sign_in',
      'Stops keeping an agent’s phone connected.',
      { agentCode },
      ['agent.unknown', ...notSignedIn, 'agent.in_call'],
      async (body, at) => at.desk.endLongSignIn(agentOf(body.agentCode, at).agentId, at.supervisorCode, at.envelope),
    ),
    command(
      'queues',
      'supervise.queues',
      'Changes which queues an agent serves.',
      {
        agentCode,
        queues: z.array(membership).max(200).meta({ description: 'all queues the agent serves from now on' }),
      },
      ['agent.unknown', ...notSignedIn, 'request.not_found', 'switchboard.out_of_bounds'],
      async (body, at) => {
        const { queues } = at.state.configuration.state
        for (const { queueCode } of body.queues)
          if (!Object.hasOwn(queues, queueCode))
            throw new Problem('request.not_found', { what: 'queue', id: queueCode })
        return at.desk.agent(
          agentOf(body.agentCode, at).agentId,
          { do: 'change_queues', queues: body.queues, byCode: at.supervisorCode },
          at.envelope,
        )
      },
    ),
  ]
}

/**
 * A supervisor takes part in an agent's call; the supervisor's phone rings (catalogue C5.2–C5.5). They follow the
 * chosen agent: they hear what that agent hears, and leave when that agent leaves the call. Each mode says what the
 * others hear of them.
 */
export function supervisedCalls(command: SupervisorMaker): Route[] {
  const phone = {
    extension: extension.default(null).meta({
      description:
        'phone of the supervisor, up to six digits or a configured one; by default the phone of their own shift, or the ' +
        'one configured for them',
    }),
    number: dialledNumber.nullable().default(null).meta({ description: 'or an outside number: landline, mobile' }),
  }
  const takePart = (path: string, permission: SupervisorPermission, mode: SupervisionMode, about: string) =>
    command(
      path,
      permission,
      about,
      { callId, agentCode, ...phone },
      [
        ...notTalking,
        'agent.not_available',
        'agent.phone_taken',
        'agent.phone_unknown',
        'call.supervised',
        'call.no_supervisor_phone',
      ],
      async (body, at) => {
        const { desk, supervisorCode, envelope, now } = at
        const { extension, number } = body
        return desk.supervise(
          agentInCall(body.callId, body.agentCode, at),
          { supervisorCode, mode, extension, number },
          now(),
          envelope,
        )
      },
    )
  return [
    takePart('listen', 'supervise.listen', 'listen', 'Listens to a call, unheard and unnoticed.'),
    takePart('whisper', 'supervise.whisper', 'whisper', 'Speaks to the agent without the customer hearing it.'),
    takePart('three-way', 'supervise.three_way', 'three_way', 'Joins the conversation: everyone hears everyone.'),
    takePart(
      'take-over',
      'supervise.take_over',
      'take_over',
      'Takes over the customer, at once or when the supervisor’s phone is answered. The agent then leaves the call.',
    ),
    command(
      'leave',
      'supervise.listen',
      'Leaves the call, which continues.',
      { callId },
      ['call.unknown', 'call.ended', 'call.not_supervised'],
      ({ callId }, { desk, supervisorCode, envelope }) =>
        desk.call(callId, { do: 'end_supervision', supervisorCode }, envelope),
    ),
    command(
      'disconnect',
      'supervise.disconnect',
      'Ends the agent’s call: the agent is disconnected at once, and so is the customer unless they are talking to someone else.',
      { callId, agentCode },
      notTalking,
      async (body, at) =>
        at.desk.call(
          body.callId,
          { do: 'force_disconnect', supervisorCode: at.supervisorCode, agentId: agentOf(body.agentCode, at).agentId },
          at.envelope,
        ),
    ),
  ]
}

/** A supervisor changes the order of waiting callers, or their queue. */
export function waitingCalls(command: SupervisorMaker): Route[] {
  return [
    command(
      'priority',
      'supervise.priority',
      'Moves a waiting call up or down.',
      { callId, priority: z.number().int().min(-1000).max(1000).meta({ description: 'higher goes first' }) },
      notWaiting,
      ({ callId, priority }, { desk, supervisorCode, envelope }) =>
        desk.call(callId, { do: 'change_priority', priority, by: supervisorCode }, envelope),
    ),
    command(
      'move',
      'supervise.move',
      'Moves a waiting call to another queue, where its wait starts over.',
      { callId, queueCode: code.meta({ description: 'code of the queue' }) },
      [...notWaiting, 'request.not_found'],
      ({ callId, queueCode }, { desk, envelope }) => desk.move(callId, queueCode, envelope),
    ),
  ]
}
