/**
 * Commands: what agents and supervisors ask of the switchboard's desk. Each carries an id that its
 * sender made; the same id again changes nothing and gets the same answer, so that a browser may simply
 * repeat what it got no answer to. The answer names the position from which on a query shows what was done.
 *
 * Agents are named by code (工号), calls by id. Until there are log-ins a command says whose it is.
 */
import { z } from 'zod'
import type { Desk, ForcedState } from '@ledgerline/core/desk/desk.ts'
import { isReason } from '@ledgerline/core/configuration/configuration.ts'
import { DESK_BEAT_MS, type DeskPresence } from '@ledgerline/core/desk/presence.ts'
import type { AgentSettings } from '@ledgerline/core/configuration/events.ts'
import type { SwitchboardState } from '@ledgerline/core/state/switchboard-state.ts'
import { membership, work, type Work } from '@ledgerline/core/agent/events.ts'
import type { SupervisionMode } from '@ledgerline/core/call/events.ts'
import type { AnsweredOnce } from '@ledgerline/core/kernel/answered-once.ts'
import { derivedId, type Answer, type CommandEnvelope } from '@ledgerline/core/kernel/command.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { defineRoute, type Route } from '../routing/route.ts'
import type { SupervisorPermission } from '@ledgerline/core/access/session.ts'

/** The switchboard of a tenant, as commands need it. */
export interface CommandDesk {
  desk: Desk
  presence: Pick<DeskPresence, 'here'>
  board: Pick<SwitchboardState, 'configuration' | 'agentOfCode' | 'shift'>
  /** The tenant's clock, UTC ms. */
  now(): number
}

export interface CommandDependencies {
  once: AnsweredOnce
  /** @throws Problem where the tenant has no switchboard here (imported history) */
  deskOf(tenant: string): CommandDesk
}

const code = z.string().min(1).max(64)
export const commandId = z
  .string()
  .regex(/^[\w.:-]{8,100}$/)
  .meta({ description: 'made by the sender and unique (a UUID): the same again gets the same answer' })
const agentCode = code.meta({ description: 'code (工号) of the agent' })
const callId = z.string().min(1).max(100).meta({ description: 'id of the call' })
const supervisorCode = code.meta({ description: 'code of the supervisor' })
const outsideNumber = /^\+?[\d*#() -]{2,40}$/
const reason = code
  .nullable()
  .default(null)
  .meta({ description: 'code of one of the reasons that are configured (`/api/v1/reasons`)' })
const deskId = z.uuid().meta({ description: 'made by the browser, once for each of its sessions' })
/** With what an agent asks for: the browser may have been replaced as the desk of the shift a moment ago. */
const fromDesk = deskId.optional().meta({
  description:
    'the browser that it comes from, where it is the agent’s desk: refused while another one is; left out: whoever asks may',
})
const extension = z.string().min(1).max(64).nullable()

export const answerSchema = z
  .object({
    position: z
      .string()
      .nullable()
      .describe('give it to a query as `position` to read what was done; null when nothing was written'),
    events: z.array(z.string()).describe('types of the events that were written'),
  })
  .meta({ id: 'CommandAnswer' })

const notSignedIn = ['agent.not_signed_in']
const elsewhere = ['agent.desk_elsewhere']
const notWaiting = ['call.unknown', 'call.ended', 'call.not_waiting']
const notTalking = ['agent.unknown', 'agent.not_signed_in', 'call.unknown', 'call.ended', 'call.not_talking']

/** Carries out commands, whoever gives them. */
interface At extends CommandDesk {
  envelope: CommandEnvelope
}

export function commandRoutes(dependencies: CommandDependencies): Route[] {
  const { agentCommand, callCommand, supervisorCommand } = makers(dependencies)
  return [
    ...shiftCommands(agentCommand),
    presenceRoute(dependencies),
    ...conversationCommands(callCommand, agentCommand),
    ...forcedStates(supervisorCommand),
    ...supervisedCalls(supervisorCommand),
    ...waitingCalls(supervisorCommand),
  ]
}

type CarryOut<S extends z.ZodRawShape, Context> = (body: z.infer<z.ZodObject<S>>, context: Context) => Promise<Answer>
type Maker<Context> = <S extends z.ZodRawShape>(
  path: string,
  about: string,
  shape: S,
  problems: readonly string[],
  carryOut: CarryOut<S, Context>,
) => Route
/** A supervisor's command, each with a permission of its own. */
type SupervisorMaker = <S extends z.ZodRawShape>(
  path: string,
  permission: SupervisorPermission,
  about: string,
  shape: S,
  problems: readonly string[],
  carryOut: CarryOut<S, At & { supervisorCode: string }>,
) => Route

/** The routes of agents, of agents in a call, and of supervisors differ in whom a command names, and who is its actor. */
function makers({ once, deskOf }: CommandDependencies) {
  function route(
    spec: {
      path: string
      permission: 'agents.act' | SupervisorPermission
      about: string
      shape: z.ZodRawShape
      problems: readonly string[]
    },
    carryOut: (
      body: never,
      at: CommandDesk & { envelope: Omit<CommandEnvelope, 'actor'>; viewer: string },
    ) => Promise<Answer>,
  ): Route {
    const { path, permission, about, shape, problems } = spec
    return defineRoute({
      method: 'post',
      path: `/api/v1/commands/${path}`,
      permission,
      group: permission === 'agents.act' ? 'Agent commands' : 'Supervisor commands',
      about,
      request: { body: z.strictObject({ commandId, ...shape }) },
      responses: { 200: { about: 'Done, and in the ledger.', schema: answerSchema } },
      problems: ['command.reused', ...('reason' in shape ? ['agent.reason_unknown'] : []), ...problems],
      async handle({ body, session: { tenant, viewer } }) {
        const { commandId, ...asked } = body as { commandId: string; reason?: string | null }
        const { position, events } = await once.answer(
          tenant,
          commandId,
          JSON.stringify({ path, ...asked }),
          async () => {
            const at = deskOf(tenant)
            demandReason(asked.reason, at)
            return carryOut(asked as never, { ...at, viewer, envelope: { tenant, commandId } })
          },
        )
        return { position, events }
      },
    })
  }

  const agentCommand: Maker<At & { agentId: string }> = (path, about, shape, problems, carryOut) =>
    route(
      {
        path: `agents/${path}`,
        permission: 'agents.act',
        about,
        shape: { agentCode, deskId: fromDesk, ...shape },
        problems: ['agent.unknown', ...('deskId' in shape ? [] : elsewhere), ...problems],
      },
      (body: FromDesk & { agentCode: string }, at) => {
        const { agentId, agentCode } = agentOf(body.agentCode, at)
        return carryOut(body as never, {
          ...at,
          desk: at.desk.from(body.deskId),
          agentId,
          envelope: { ...at.envelope, actor: `agent:${agentCode}` },
        })
      },
    )

  const callCommand: Maker<At & { callId: string; agentId: string }> = (path, about, shape, problems, carryOut) =>
    route(
      {
        path: `calls/${path}`,
        permission: 'agents.act',
        about,
        shape: { callId, agentCode, deskId: fromDesk, ...shape },
        problems: [...notTalking, ...elsewhere, ...problems],
      },
      async (body: FromDesk & InCall, at) => {
        const agentId = agentInCall(body, at)
        const desk = at.desk.from(body.deskId)
        await desk.demandDesk(agentId, at.envelope)
        return carryOut(body as never, {
          ...at,
          desk,
          callId: body.callId,
          agentId,
          envelope: { ...at.envelope, actor: `agent:${body.agentCode}` },
        })
      },
    )

  const supervisorCommand: SupervisorMaker = (path, permission, about, shape, problems, carryOut) =>
    route(
      {
        path: `supervisor/${path}`,
        permission,
        about,
        shape: { supervisorCode, ...shape },
        problems: ['supervisor.unknown', ...problems],
      },
      (body: { supervisorCode: string }, at) => {
        const { supervisorCode } = body
        demandSupervisor(supervisorCode, at)
        return carryOut(body as never, {
          ...at,
          supervisorCode,
          envelope: { ...at.envelope, actor: `supervisor:${supervisorCode}` },
        })
      },
    )

  return { agentCommand, callCommand, supervisorCommand }
}

/** @throws Problem `agent.unknown` */
function agentOf(agentCode: string, { board }: Pick<CommandDesk, 'board'>): AgentSettings {
  const agent = board.configuration.state.agents[board.agentOfCode(agentCode) ?? '']
  if (!agent) throw new Problem('agent.unknown', { agent: agentCode })
  return agent
}

/**
 * A reason is chosen from the configured list: what somebody writes would stand in the ledger for ever.
 * @throws Problem `agent.reason_unknown`
 */
function demandReason(reason: string | null | undefined, { board }: Pick<CommandDesk, 'board'>): void {
  const { state } = board.configuration
  if (reason == null || isReason(state, reason)) return
  throw new Problem(
    'agent.reason_unknown',
    { reasons: state.reasons.map(({ code }) => code).join(', ') },
    { where: 'reason' },
  )
}

/**
 * Until there are log-ins a command says whose it is: an agent's, a configured supervisor's, or the session's own.
 * @throws Problem `supervisor.unknown`
 */
function demandSupervisor(
  supervisorCode: string,
  { board, viewer }: Pick<CommandDesk, 'board'> & { viewer: string },
): void {
  const known =
    supervisorCode === viewer ||
    board.agentOfCode(supervisorCode) !== null ||
    board.configuration.state.supervisors.some(({ code }) => code === supervisorCode)
  if (!known) throw new Problem('supervisor.unknown', {}, { where: 'supervisorCode' })
}

interface FromDesk {
  deskId?: string
}

interface InCall {
  callId: string
  agentCode: string
}

/**
 * The agent, if this is the call that he is in now: a click that comes a moment late must not hit his next customer.
 * @throws Problem `agent.unknown`, `agent.not_signed_in`, `call.not_talking`
 */
function agentInCall({ callId, agentCode }: InCall, at: Pick<CommandDesk, 'board'>): string {
  const { agentId } = agentOf(agentCode, at)
  const shift = at.board.shift(agentId)
  if (!shift) throw new Problem('agent.not_signed_in', { agent: agentCode })
  const present = shift.engagement.kind === 'talking' ? shift.engagement.callId : shift.reservation?.callId
  if (present !== callId) throw new Problem('call.not_talking', { agent: agentCode, call: callId })
  return agentId
}

/** What an agent says of himself. */
function shiftCommands(command: Maker<At & { agentId: string }>): Route[] {
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
function conversationCommands(
  command: Maker<At & { callId: string; agentId: string }>,
  agentCommand: Maker<At & { agentId: string }>,
): Route[] {
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

/** A supervisor sets an agent's state (catalogue C5.0, C5.1). A call that he is in goes on. */
function forcedStates(command: SupervisorMaker): Route[] {
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
function supervisedCalls(command: SupervisorMaker): Route[] {
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
        return desk.supervise(agentInCall(body, at), { supervisorCode, mode, extension, number }, now(), envelope)
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
function waitingCalls(command: SupervisorMaker): Route[] {
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

/** A desk says that it is there. No command: it has no id, because saying so twice is the point of it. */
function presenceRoute({ deskOf }: CommandDependencies): Route {
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
    async handle({ body, session: { tenant } }) {
      const at = deskOf(tenant)
      const { agentId, agentCode } = agentOf(body.agentCode, at)
      await at.presence.here(agentId, body.deskId, {
        tenant,
        commandId: `${agentCode}:desk:${body.deskId}:${at.now()}`,
        actor: `agent:${agentCode}`,
      })
      return { againInMs: DESK_BEAT_MS }
    },
  })
}
