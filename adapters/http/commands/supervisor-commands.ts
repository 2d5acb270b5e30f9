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
  extension,
  notSignedIn,
  notTalking,
  outsideNumber,
  reason,
  type SupervisorMaker,
} from './command-route.ts'

const notWaiting = ['call.unknown', 'call.ended', 'call.not_waiting']

/** A supervisor sets an agent's state (catalogue C5.0, C5.1). A call that he is in goes on. */
export function forcedStates(command: SupervisorMaker): Route[] {
  const set = (path: string, permission: SupervisorPermission, state: ForcedState, about: string) =>
    command(path, permission, about, { agentCode, reason }, ['agent.unknown', ...notSignedIn], async (body, at) =>
      at.desk.force(agentOf(body.agentCode, at).agentId, state, at.supervisorCode, body.reason, at.envelope),
    )
  return [
    set('ready', 'supervise.ready', 'ready', 'A supervisor sets an agent ready.'),
    set('not-ready', 'supervise.not_ready', 'not_ready', 'A supervisor sets an agent not ready (busy).'),
    set('away', 'supervise.away', 'away', 'A supervisor sets an agent away.'),
    set(
      'sign-out',
      'supervise.sign_out',
      'signed_out',
      'A supervisor signs an agent out: no new calls at once, out after the call that he is in.',
    ),
    command(
      'long-sign-in',
      'supervise.long_sign_in',
      'An agent’s phone is rung; answered, it stays connected.',
      { agentCode },
      ['agent.unknown', ...notSignedIn, 'agent.no_phone', 'agent.not_available'],
      async (body, at) => at.desk.longSignIn(agentOf(body.agentCode, at).agentId, at.supervisorCode, at.envelope),
    ),
    command(
      'long-sign-in/end',
      'supervise.long_sign_in',
      'An agent’s phone is no longer kept connected.',
      { agentCode },
      ['agent.unknown', ...notSignedIn, 'agent.in_call'],
      async (body, at) => at.desk.endLongSignIn(agentOf(body.agentCode, at).agentId, at.supervisorCode, at.envelope),
    ),
    command(
      'queues',
      'supervise.queues',
      'An agent serves other queues from now on.',
      {
        agentCode,
        queues: z
          .array(membership)
          .max(200)
          .meta({ description: 'the queues that he serves from now on, all of them' }),
      },
      ['agent.unknown', ...notSignedIn, 'request.not_found', 'switchboard.out_of_bounds'],
      async (body, at) => {
        const { queues } = at.board.configuration.state
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
 * A supervisor takes part in an agent's call: his phone rings (catalogue C5.2–C5.5). He follows the agent he
 * chose, hears what that agent hears, and is out when that agent leaves the call. What the others hear of
 * him stands with each mode.
 */
export function supervisedCalls(command: SupervisorMaker): Route[] {
  const phone = {
    extension: extension.default(null).meta({
      description:
        'phone of the supervisor, up to six digits or one that is configured; by default that of his own shift, or the one configured for him',
    }),
    number: z
      .string()
      .regex(outsideNumber)
      .nullable()
      .default(null)
      .meta({ description: 'or a number outside: landline, mobile' }),
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
    takePart('listen', 'supervise.listen', 'listen', 'A supervisor listens; nobody hears him, and nobody notices.'),
    takePart(
      'whisper',
      'supervise.whisper',
      'whisper',
      'A supervisor speaks to the agent; the customer does not hear him.',
    ),
    takePart(
      'three-way',
      'supervise.three_way',
      'three_way',
      'A supervisor joins the conversation: all hear each other.',
    ),
    takePart(
      'take-over',
      'supervise.take_over',
      'take_over',
      'A supervisor takes the customer over, at once where he takes part already, else as soon as he answers; the agent’s part ends then.',
    ),
    command(
      'leave',
      'supervise.listen',
      'A supervisor takes no further part; the call goes on.',
      { callId },
      ['call.unknown', 'call.ended', 'call.not_supervised'],
      ({ callId }, { desk, supervisorCode, envelope }) =>
        desk.call(callId, { do: 'end_supervision', supervisorCode }, envelope),
    ),
    command(
      'disconnect',
      'supervise.disconnect',
      'A supervisor ends the agent’s call: the agent is out at once, and the customer too unless somebody else talks to him.',
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

/** A supervisor arranges the line. */
export function waitingCalls(command: SupervisorMaker): Route[] {
  return [
    command(
      'priority',
      'supervise.priority',
      'A waiting call is moved up or down.',
      { callId, priority: z.number().int().min(-1000).max(1000).meta({ description: 'higher goes first' }) },
      notWaiting,
      ({ callId, priority }, { desk, supervisorCode, envelope }) =>
        desk.call(callId, { do: 'change_priority', priority, by: supervisorCode }, envelope),
    ),
    command(
      'move',
      'supervise.move',
      'A waiting call goes to another queue; its wait there begins anew.',
      { callId, queueCode: code.meta({ description: 'code of the queue' }) },
      [...notWaiting, 'request.not_found'],
      ({ callId, queueCode }, { desk, envelope }) => desk.move(callId, queueCode, envelope),
    ),
  ]
}
