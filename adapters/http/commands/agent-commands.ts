/** What agents ask of the switchboard: signing in, their state, their calls, and the sign of life of their desk. */
import { z } from 'zod'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { work, type Work } from '@ledgerline/core/agent/events.ts'
import { DESK_BEAT_MS } from '@ledgerline/core/desk/presence.ts'
import { actorName } from '@ledgerline/core/access/session.ts'
import { derivedId } from '@ledgerline/core/kernel/derived-id.ts'
import type { CommandDependencies } from '../routing/command.ts'
import { defineRoute, type Route } from '../routing/route.ts'
import { agentCode, agentOf, code, deskId, extension, dialledNumber, notSignedIn, reason } from './command-route.ts'
import type { AtAgent, AtCall, Maker } from './command-route.ts'

/** An agent's shift: signing in and out, states, wrap-up. */
export function shiftCommands(command: Maker<AtAgent>): Route[] {
  const setWork = (path: string, to: Work, about: string) =>
    command(
      path,
      about,
      { reason },
      [...notSignedIn, 'agent.desk_lost', 'agent.form_not_sent'],
      (body, { desk, agentId, envelope }) => desk.setWork(agentId, to, body.reason, envelope),
    )
  return [
    command(
      'sign-in',
      'Starts a shift. The agent is away until they choose another state.',
      {
        extension: extension
          .optional()
          .meta({ description: 'a phone other than the agent’s own: up to six digits, or a configured one' }),
        deskId: deskId.optional().meta({
          description:
            'the browser that becomes the agent’s desk; without it, a browser has to claim the desk (`desk/claim`)',
        }),
        via: z
          .enum(['desk', 'phone'])
          .default('desk')
          .meta({ description: 'with a desk in a browser, or by phone only' }),
      },
      ['agent.already_signed_in', 'agent.phone_taken', 'agent.phone_unknown'],
      // A phone counts as registered until the network says otherwise.
      ({ extension, via, deskId }, { desk, agentId, envelope }) =>
        desk.signIn(
          agentId,
          {
            via,
            registered: true,
            ...(extension !== undefined && { extension }),
            ...(deskId !== undefined && { deskId }),
          },
          envelope,
        ),
    ),
    command(
      'desk/claim',
      'Makes this browser the agent’s desk.\n\nFrom then on it must report regularly (`/api/v1/desk/here`). The ' +
        'previous desk, if any, can only look on; showing a desk does not claim it.',
      { deskId },
      notSignedIn,
      ({ deskId }, { desk, agentId, envelope }) => desk.claimDesk(agentId, deskId, envelope),
    ),
    command(
      'extension',
      'Moves to another phone; not during a call.',
      { extension: extension.meta({ description: 'up to six digits, or a configured one; null: no phone' }) },
      [...notSignedIn, 'agent.phone_taken', 'agent.phone_unknown', 'agent.in_call'],
      ({ extension }, { desk, agentId, envelope }) => desk.changeExtension(agentId, extension, envelope),
    ),
    command(
      'sign-out',
      'Ends the shift; during a call it takes effect afterwards.',
      { reason },
      notSignedIn,
      (body, { desk, agentId, envelope }) =>
        desk.agent(agentId, { do: 'sign_out', by: 'agent', reason: body.reason }, envelope),
    ),
    setWork('ready', 'ready', 'Ready for calls. Ends a wrap-up.'),
    setWork('on-demand', 'on_demand', 'Ready for one call only; after it the agent must go ready again.'),
    setWork('not-ready', 'not_ready', 'Busy: takes no queue calls.'),
    setWork('away', 'away', 'Goes on a break.'),
    command(
      'wish',
      'Chooses the state to follow the current call; null cancels the choice.',
      {
        work: z
          .enum([...work.options, 'signed_out'])
          .nullable()
          .meta({ description: 'the state to follow' }),
        reason,
      },
      notSignedIn,
      (body, { desk, agentId, envelope }) =>
        desk.agent(agentId, { do: 'wish', work: body.work, reason: body.reason }, envelope),
    ),
    command(
      'wrap-up/end',
      'Ends the wrap-up.',
      {},
      [...notSignedIn, 'agent.not_in_wrap_up', 'agent.form_not_sent'],
      (_, { desk, agentId, envelope }) => desk.agent(agentId, { do: 'end_wrap_up', by: 'agent' }, envelope),
    ),
    command(
      'wrap-up/form-sent',
      'Reports that the form for the call was sent, which ends the wrap-up in queues that require one.',
      {},
      [...notSignedIn, 'agent.not_in_wrap_up'],
      (_, { desk, agentId, envelope }) => desk.agent(agentId, { do: 'end_wrap_up', by: 'form' }, envelope),
    ),
    command(
      'preview',
      'Previews a customer before calling them; no queue calls arrive meanwhile. Ends at its deadline or with the call.',
      { itemId: z.uuid().meta({ description: 'what is previewed' }) },
      [...notSignedIn, 'agent.not_available'],
      (body, { desk, agentId, envelope, now }) => desk.startPreview(agentId, body.itemId, now(), envelope),
    ),
    command('preview/end', 'Ends the preview without calling.', {}, notSignedIn, (_, { desk, agentId, envelope }) =>
      desk.agent(agentId, { do: 'end_preview', result: 'skipped' }, envelope),
    ),
    command(
      'long-sign-in',
      'Rings the agent’s phone; once answered, it stays connected and calls are put through with a beep.\n\n' +
        'Hanging up the phone ends it, as does `long-sign-in/end`.',
      {},
      [...notSignedIn, 'agent.no_phone', 'agent.not_available'],
      (_, { desk, agentId, envelope }) => desk.longSignIn(agentId, null, envelope),
    ),
    command(
      'long-sign-in/end',
      'Hangs up the agent’s phone, which from then on rings for each call; not during a call.',
      {},
      [...notSignedIn, 'agent.in_call'],
      (_, { desk, agentId, envelope }) => desk.endLongSignIn(agentId, null, envelope),
    ),
    command(
      'wrap-up/extend',
      'Extends the wrap-up.',
      { byMs: z.number().int().min(1_000).max(1_800_000).meta({ description: 'additional time, ms' }) },
      [...notSignedIn, 'agent.not_in_wrap_up', 'agent.wrap_up_too_long'],
      (body, { desk, agentId, envelope }) => desk.agent(agentId, { do: 'extend_wrap_up', byMs: body.byMs }, envelope),
    ),
  ]
}

/** What an agent does in their current call, and placing one. */
export function conversationCommands(command: Maker<AtCall>, agentCommand: Maker<AtAgent>): Route[] {
  return [
    agentCommand(
      'place-call',
      'Calls a number outside, a colleague, a queue or a menu; the agent’s own phone rings first.',
      { number: dialledNumber.meta({ description: 'number to call' }) },
      [...notSignedIn, 'agent.not_available', 'call.number_invalid', 'call.not_eligible', 'call.refused'],
      ({ number }, { desk, agentId, envelope, now }) =>
        desk.place(agentId, number, derivedId(envelope.commandId, 'call'), now(), envelope),
    ),
    command(
      'hold',
      'Puts the customer on hold, with music.',
      {},
      ['call.held'],
      (_, { desk, agentId, callId, envelope }) => desk.call(callId, { do: 'hold', agentId }, envelope),
    ),
    command('resume', 'Resumes a held call.', {}, ['call.not_held'], (_, { desk, agentId, callId, envelope }) =>
      desk.call(callId, { do: 'resume', agentId }, envelope),
    ),
    command(
      'record',
      'Starts or stops the recording of the call by button.',
      { on: z.boolean().meta({ description: 'true: record from here on; false: stop' }) },
      ['recording.not_running'],
      ({ on }, { desk, agentId, callId, envelope }) => desk.call(callId, { do: 'record', agentId, on }, envelope),
    ),
    command(
      'mask-recording',
      'Leaves what is said out of the recording, for instance while a card number is spoken, until it is unmasked or ' +
        'five minutes have passed.',
      { on: z.boolean().meta({ description: 'true: mask from here on; false: record again' }) },
      ['recording.not_running'],
      ({ on }, { desk, agentId, callId, envelope }) =>
        desk.call(callId, { do: 'mask_recording', agentId, on }, envelope),
    ),
    command(
      'hang-up',
      'Leaves the conversation; the call ends unless someone else is talking to the customer.\n\n' +
        'The events follow from the network’s report, so the answer lists none.',
      {},
      ['agent.not_in_call', 'telephony.no_leg', 'telephony.unavailable'],
      (_, { desk, agentId, envelope }) => desk.hangUp(agentId, envelope),
    ),
    command(
      'survey',
      'The agent leaves, and the customer is asked how satisfied they are.',
      {},
      [],
      (_, { desk, agentId, envelope }) => desk.survey(agentId, envelope),
    ),
    command(
      'transfer',
      'Transfers the call without consulting first: to a queue, another agent, or whatever the agent’s phone could dial.',
      {
        to: z
          .discriminatedUnion('kind', [
            z.strictObject({ kind: z.enum(['queue', 'agent']), code }),
            z.strictObject({ kind: z.literal('number'), number: dialledNumber }),
          ])
          .meta({ description: 'where it is transferred to; a number may be an extension' }),
      },
      ['request.not_found', 'call.number_invalid', 'call.not_eligible', 'call.refused'],
      ({ to }, { desk, agentId, envelope, now }) => {
        if (to.kind === 'number') return desk.transferToNumber(agentId, to.number, now(), envelope)
        return to.kind === 'queue'
          ? desk.transferToQueue(agentId, to.code, envelope)
          : desk.transferToAgent(agentId, to.code, envelope)
      },
    ),
    command(
      'consult',
      'Consults another agent, or someone at a number, while the customer is on hold.',
      {
        toAgentCode: code.optional().meta({ description: 'code of the agent to consult' }),
        toNumber: dialledNumber.optional().meta({ description: 'or an extension, or a number outside' }),
      },
      ['agent.not_available', 'call.consulting', 'call.number_invalid', 'call.not_eligible', 'call.refused'],
      ({ toAgentCode, toNumber }, { desk, agentId, envelope, now }) => {
        if (toAgentCode !== undefined && toNumber === undefined)
          return desk.consult(agentId, toAgentCode, now(), envelope)
        if (toNumber !== undefined && toAgentCode === undefined)
          return desk.consultNumber(agentId, toNumber, now(), envelope)
        throw new Problem('request.invalid', { path: 'toAgentCode', reason: 'one of toAgentCode and toNumber' })
      },
    ),
    command(
      'consult/end',
      'Ends the consultation and resumes the customer’s call.',
      {},
      ['call.not_consulting'],
      (_, { desk, agentId, envelope }) => desk.endConsultation(agentId, envelope),
    ),
    command(
      'hand-over',
      'Completes the transfer to the consulted agent.',
      {},
      ['call.not_consulting'],
      (_, { desk, agentId, envelope }) => desk.handOver(agentId, envelope),
    ),
    command(
      'join',
      'Starts a conference of customer, agent and the consulted party.',
      {},
      ['call.not_consulting'],
      (_, { desk, agentId, envelope }) => desk.join(agentId, envelope),
    ),
  ]
}

/** A desk reports that it is there. Not a command: it needs no id, because repeating it is the point. */
export function presenceRoute({ deskOf }: CommandDependencies): Route {
  return defineRoute({
    method: 'post',
    path: '/api/v1/desk/here',
    permission: 'agents.act',
    group: 'Agent commands',
    about:
      `Sign of life of the browser that is an agent’s desk, every ${DESK_BEAT_MS / 1000} s.\n\n` +
      'Browsers that only look on are refused.\n\n' +
      'If the desk falls silent, the agent gets no offers, and under the shift rules is later set away, then signed out.',
    request: { body: z.strictObject({ agentCode, deskId }) },
    responses: {
      200: {
        about: 'Noted.',
        schema: z
          .object({ againInMs: z.number().int().describe('report again within this time') })
          .meta({ id: 'DeskHeard' }),
      },
    },
    problems: ['agent.unknown', ...notSignedIn, 'agent.desk_elsewhere'],
    async handle({ body, session }) {
      const { tenant } = session
      const at = deskOf(tenant)
      const actor = session.actor('agent', body)
      const { agentId } = agentOf(actor.code, at)
      await at.presence.here(agentId, body.deskId, {
        tenant,
        commandId: `${actor.code}:desk:${body.deskId}:${at.now()}`,
        actor: actorName(actor),
      })
      return { againInMs: DESK_BEAT_MS }
    },
  })
}
