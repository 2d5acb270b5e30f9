/** What agents ask of the switchboard: signing in, their state, their calls, and the sign of life of their desk. */
import { z } from 'zod'
import { work, type Work } from '@ledgerline/core/agent/events.ts'
import { DESK_BEAT_MS } from '@ledgerline/core/desk/presence.ts'
import { actorName } from '@ledgerline/core/access/session.ts'
import { derivedId } from '@ledgerline/core/kernel/command.ts'
import type { CommandDependencies } from '../routing/command.ts'
import { defineRoute, type Route } from '../routing/route.ts'
import { agentCode, agentOf, code, deskId, extension, notSignedIn, outsideNumber, reason } from './command-route.ts'
import type { AtAgent, AtCall, Maker } from './command-route.ts'

/** What an agent says of himself. */
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
      'An agent begins his shift. He is away until he says otherwise.',
      {
        extension: extension
          .optional()
          .meta({ description: 'another phone than the configured one: up to six digits, or one that is configured' }),
        deskId: deskId.optional().meta({
          description: 'the browser that is their desk from then on; left out: it has to be claimed (`desk/claim`)',
        }),
        via: z
          .enum(['desk', 'phone'])
          .default('desk')
          .meta({ description: 'with a desk in a browser, or by phone only' }),
      },
      ['agent.already_signed_in', 'agent.phone_taken', 'agent.phone_unknown'],
      // A phone is taken to be registered until the network says that it is not.
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
      'Somebody says in a browser that they work as this agent there.\n\nFrom then on its silence counts (`/api/v1/desk/here`). Another browser that was the desk before only looks on; showing a desk claims nothing.',
      { deskId },
      notSignedIn,
      ({ deskId }, { desk, agentId, envelope }) => desk.claimDesk(agentId, deskId, envelope),
    ),
    command(
      'extension',
      'An agent moves to another phone; not in the middle of a call.',
      { extension: extension.meta({ description: 'up to six digits, or one that is configured; null: no phone' }) },
      [...notSignedIn, 'agent.phone_taken', 'agent.phone_unknown', 'agent.in_call'],
      ({ extension }, { desk, agentId, envelope }) => desk.changeExtension(agentId, extension, envelope),
    ),
    command(
      'sign-out',
      'An agent ends his shift; in a call it takes effect afterwards.',
      { reason },
      notSignedIn,
      (body, { desk, agentId, envelope }) =>
        desk.agent(agentId, { do: 'sign_out', by: 'agent', reason: body.reason }, envelope),
    ),
    setWork('ready', 'ready', 'An agent takes calls; in wrap-up, the write-up is thereby done.'),
    setWork('on-demand', 'on_demand', 'An agent takes one call, then must say so again.'),
    setWork('not-ready', 'not_ready', 'An agent takes no queue calls (busy).'),
    setWork('away', 'away', 'An agent goes on a break.'),
    command(
      'wish',
      'The state that an agent wants after the present call; null takes the wish back.',
      {
        work: z
          .enum([...work.options, 'signed_out'])
          .nullable()
          .meta({ description: 'the state wished for' }),
        reason,
      },
      notSignedIn,
      (body, { desk, agentId, envelope }) =>
        desk.agent(agentId, { do: 'wish', work: body.work, reason: body.reason }, envelope),
    ),
    command(
      'wrap-up/end',
      'The write-up is done.',
      {},
      [...notSignedIn, 'agent.not_in_wrap_up', 'agent.form_not_sent'],
      (_, { desk, agentId, envelope }) => desk.agent(agentId, { do: 'end_wrap_up', by: 'agent' }, envelope),
    ),
    command(
      'wrap-up/form-sent',
      'The form of the call was sent; that ends the write-up where the queue asks for it.',
      {},
      [...notSignedIn, 'agent.not_in_wrap_up'],
      (_, { desk, agentId, envelope }) => desk.agent(agentId, { do: 'end_wrap_up', by: 'form' }, envelope),
    ),
    command(
      'preview',
      'An agent looks at a customer before he calls him; he gets no queue calls meanwhile. A deadline ends it, calling too.',
      { itemId: z.uuid().meta({ description: 'what they look at' }) },
      [...notSignedIn, 'agent.not_available'],
      (body, { desk, agentId, envelope, now }) => desk.startPreview(agentId, body.itemId, now(), envelope),
    ),
    command('preview/end', 'He does not call him.', {}, notSignedIn, (_, { desk, agentId, envelope }) =>
      desk.agent(agentId, { do: 'end_preview', result: 'skipped' }, envelope),
    ),
    command(
      'long-sign-in',
      'His phone is rung; answered, it stays connected, and calls are put through with a beep.\n\nHe leaves it by hanging up his phone, or with `long-sign-in/end`.',
      {},
      [...notSignedIn, 'agent.no_phone', 'agent.not_available'],
      (_, { desk, agentId, envelope }) => desk.longSignIn(agentId, null, envelope),
    ),
    command(
      'long-sign-in/end',
      'His phone is hung up and rings again for calls; not in the middle of one.',
      {},
      [...notSignedIn, 'agent.in_call'],
      (_, { desk, agentId, envelope }) => desk.endLongSignIn(agentId, null, envelope),
    ),
    command(
      'wrap-up/extend',
      'More time for the write-up.',
      { byMs: z.number().int().min(1_000).max(1_800_000).meta({ description: 'so much more, ms' }) },
      [...notSignedIn, 'agent.not_in_wrap_up', 'agent.wrap_up_too_long'],
      (body, { desk, agentId, envelope }) => desk.agent(agentId, { do: 'extend_wrap_up', byMs: body.byMs }, envelope),
    ),
  ]
}

/** What an agent does in the call that he is in. */
export function conversationCommands(command: Maker<AtCall>, agentCommand: Maker<AtAgent>): Route[] {
  return [
    agentCommand(
      'place-call',
      'An agent calls somebody; his own phone rings first.',
      { number: z.string().regex(outsideNumber).meta({ description: 'number to be called' }) },
      [...notSignedIn, 'agent.not_available'],
      ({ number }, { desk, agentId, envelope, now }) =>
        desk.place(agentId, number, derivedId(envelope.commandId, 'call'), now(), envelope),
    ),
    command(
      'hold',
      'The customer is put on hold and hears music.',
      {},
      ['call.held'],
      (_, { desk, agentId, callId, envelope }) => desk.call(callId, { do: 'hold', agentId }, envelope),
    ),
    command(
      'resume',
      'The customer is taken back from hold.',
      {},
      ['call.not_held'],
      (_, { desk, agentId, callId, envelope }) => desk.call(callId, { do: 'resume', agentId }, envelope),
    ),
    command(
      'hang-up',
      'The agent leaves the conversation; when nobody else talks to the customer, the call ends.\n\nThe network does it, and its report writes the events: the answer has none.',
      {},
      ['agent.not_in_call', 'telephony.no_leg', 'telephony.unavailable'],
      (_, { desk, agentId, envelope }) => desk.hangUp(agentId, envelope),
    ),
    command(
      'transfer',
      'The call goes on to a queue or to another agent, unannounced.',
      { to: z.strictObject({ kind: z.enum(['queue', 'agent']), code }).meta({ description: 'where it goes on' }) },
      ['request.not_found'],
      ({ to }, { desk, agentId, envelope }) =>
        to.kind === 'queue'
          ? desk.transferToQueue(agentId, to.code, envelope)
          : desk.transferToAgent(agentId, to.code, envelope),
    ),
    command(
      'consult',
      'The agent calls another one while the customer holds.',
      { toAgentCode: code.meta({ description: 'code of the agent who is asked' }) },
      ['agent.not_available', 'call.consulting'],
      (body, { desk, agentId, envelope, now }) => desk.consult(agentId, body.toAgentCode, now(), envelope),
    ),
    command(
      'consult/end',
      'The consultation is over; the customer comes back.',
      {},
      ['call.not_consulting'],
      (_, { desk, agentId, envelope }) => desk.endConsultation(agentId, envelope),
    ),
    command(
      'hand-over',
      'The customer goes to the agent who was consulted.',
      {},
      ['call.not_consulting'],
      (_, { desk, agentId, envelope }) => desk.handOver(agentId, envelope),
    ),
    command(
      'join',
      'Customer, agent and the consulted party talk together.',
      {},
      ['call.not_consulting'],
      (_, { desk, agentId, envelope }) => desk.join(agentId, envelope),
    ),
  ]
}

/** A desk says that it is there. No command: it has no id, because saying so twice is the point of it. */
export function presenceRoute({ deskOf }: CommandDependencies): Route {
  return defineRoute({
    method: 'post',
    path: '/api/v1/desk/here',
    permission: 'agents.act',
    group: 'Agent commands',
    about: `The browser that is an agent’s desk says that it is there, every ${DESK_BEAT_MS / 1000} s.\n\nA desk that was claimed (\`agents/desk/claim\`, or by signing in) and then falls silent is lost: no offers, then away, then signed out, as the rules for shifts say. Who only looks at a desk is refused.`,
    request: { body: z.strictObject({ agentCode, deskId }) },
    responses: {
      200: {
        about: 'Heard.',
        schema: z
          .object({ againInMs: z.number().int().describe('say so again within this time') })
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
