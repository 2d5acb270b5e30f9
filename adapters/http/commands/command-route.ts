/**
 * How a command becomes a route: fields shared by several commands, and the makers of agents' commands, of commands in
 * a call and of supervisors' commands. The three differ in whom a command names and in which role the requester acts.
 */
import { z } from 'zod'
import {
  actorName,
  type ActorKind,
  type NamedActor,
  type Session,
  type SupervisorPermission,
} from '@ledgerline/core/access/session.ts'
import { isReason } from '@ledgerline/core/configuration/configuration.ts'
import type { AgentSettings } from '@ledgerline/core/configuration/events.ts'
import type { Answer, CommandEnvelope } from '@ledgerline/core/kernel/command.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { commandAnswer, commandId, type CommandDependencies, type CommandDesk } from '../routing/command.ts'
import { defineRoute, type Route } from '../routing/route.ts'

export const code = z.string().min(1).max(64)
export const agentCode = code.meta({ description: 'code (工号) of the agent' })
export const callId = z.string().min(1).max(100).meta({ description: 'id of the call' })
const supervisorCode = code.meta({ description: 'code of the supervisor' })
export const dialledNumber = z.string().regex(/^\+?[\d*#() -]{2,40}$/)
export const reason = code
  .nullable()
  .default(null)
  .meta({ description: 'code of one of the configured reasons (`/api/v1/reasons`)' })
export const deskId = z.uuid().meta({ description: 'made by the browser, once per browser session' })
/** Sent along with what an agent asks for: another browser may have taken over as the desk a moment ago. */
const fromDesk = deskId.optional().meta({
  description:
    'the browser that sends this, if it is the agent’s desk: refused while another browser is; without it there is no such check',
})
export const extension = z.string().min(1).max(64).nullable()

export const notSignedIn = ['agent.not_signed_in']
const elsewhere = ['agent.desk_elsewhere']
export const notTalking = ['agent.unknown', 'agent.not_signed_in', 'call.unknown', 'call.ended', 'call.not_talking']

/** Where a command is carried out, and on whose behalf. */
export interface At extends CommandDesk {
  envelope: CommandEnvelope
}
export type AtAgent = At & { agentId: string }
export type AtCall = AtAgent & { callId: string }
export type AtSupervisor = At & { supervisorCode: string }

type CarryOut<S extends z.ZodRawShape, Context> = (body: z.infer<z.ZodObject<S>>, context: Context) => Promise<Answer>
export type Maker<Context> = <S extends z.ZodRawShape>(
  path: string,
  about: string,
  shape: S,
  problems: readonly string[],
  carryOut: CarryOut<S, Context>,
) => Route
/** Each command of supervisors has a permission of its own. */
export type SupervisorMaker = <S extends z.ZodRawShape>(
  path: string,
  permission: SupervisorPermission,
  about: string,
  shape: S,
  problems: readonly string[],
  carryOut: CarryOut<S, AtSupervisor>,
) => Route

/** What a maker of commands adds to all of them. */
interface CommandSpec {
  path: string
  permission: 'agents.act' | SupervisorPermission
  /** The role in which the requester acts. */
  as: ActorKind
  about: string
  shape: z.ZodRawShape
  problems: readonly string[]
}

/** The makers of agents' commands, of commands in an agent's call, and of supervisors' commands. */
export function makers({ once, deskOf }: CommandDependencies) {
  function route(spec: CommandSpec, carryOut: (body: never, at: Acting) => Promise<Answer>): Route {
    const { path, permission, as, about, shape, problems } = spec
    return defineRoute({
      method: 'post',
      path: `/api/v1/commands/${path}`,
      permission,
      group: permission === 'agents.act' ? 'Agent commands' : 'Supervisor commands',
      about,
      request: { body: z.strictObject({ commandId, ...shape }) },
      responses: { 200: { about: 'Done, and in the ledger.', schema: commandAnswer } },
      problems: ['command.reused', ...('reason' in shape ? ['agent.reason_unknown'] : []), ...problems],
      async handle({ body, session }) {
        const { commandId, ...asked } = body as { commandId: string; reason?: string | null } & NamedActor
        const { tenant } = session
        const content = JSON.stringify({ path, ...asked })
        const { position, events } = await once.answer(tenant, commandId, content, async () => {
          const at = deskOf(tenant)
          demandReason(asked.reason, at)
          const actor = session.actor(as, asked)
          const envelope = { tenant, commandId, actor: actorName(actor) }
          return carryOut(asked as never, { ...at, session, actorCode: actor.code, envelope })
        })
        return { position, events }
      },
    })
  }

  const agentCommand: Maker<AtAgent> = (path, about, shape, problems, carryOut) =>
    route(
      {
        path: `agents/${path}`,
        permission: 'agents.act',
        as: 'agent',
        about,
        shape: { agentCode, deskId: fromDesk, ...shape },
        problems: ['agent.unknown', ...('deskId' in shape ? [] : elsewhere), ...problems],
      },
      (body: FromDesk, at) => {
        const { agentId } = agentOf(at.actorCode, at)
        return carryOut(body as never, { ...at, desk: at.desk.from(body.deskId), agentId })
      },
    )

  const callCommand: Maker<AtCall> = (path, about, shape, problems, carryOut) =>
    route(
      {
        path: `calls/${path}`,
        permission: 'agents.act',
        as: 'agent',
        about,
        shape: { callId, agentCode, deskId: fromDesk, ...shape },
        problems: [...notTalking, ...elsewhere, ...problems],
      },
      async (body: FromDesk & { callId: string }, at) => {
        const agentId = agentInCall(body.callId, at.actorCode, at)
        const desk = at.desk.from(body.deskId)
        await desk.demandDesk(agentId, at.envelope)
        return carryOut(body as never, { ...at, desk, callId: body.callId, agentId })
      },
    )

  const supervisorCommand: SupervisorMaker = (path, permission, about, shape, problems, carryOut) =>
    route(
      {
        path: `supervisor/${path}`,
        permission,
        as: 'supervisor',
        about,
        shape: { supervisorCode, ...shape },
        problems: ['supervisor.unknown', ...problems],
      },
      (body: object, at) => {
        demandSupervisor(at)
        return carryOut(body as never, { ...at, supervisorCode: at.actorCode })
      },
    )

  return { agentCommand, callCommand, supervisorCommand }
}

/** What agents do in their own name, and the operator if no agent is named. */
interface AskedByAnybody {
  commandId: string
  agentCode?: string | undefined
}
export type AtAnybody = At & {
  /** Code of the person who acts. */
  by: string
}

/**
 * Carries out what an agent asks, or the operator.
 * @param path tells the command from others with the same content
 */
export async function carriedOutFor(
  { once, deskOf }: CommandDependencies,
  path: string,
  { commandId, ...content }: AskedByAnybody,
  session: Session,
  act: (at: AtAnybody) => Promise<Answer>,
): Promise<Pick<Answer, 'position' | 'events'>> {
  const { tenant } = session
  const { position, events } = await once.answer(tenant, commandId, JSON.stringify({ path, ...content }), async () => {
    const at = deskOf(tenant)
    const { agentCode } = content
    const actor = agentCode === undefined ? session.actor('operator', {}) : session.actor('agent', { agentCode })
    if (actor.kind === 'agent') agentOf(actor.code, at)
    return act({ ...at, envelope: { tenant, commandId, actor: actorName(actor) }, by: actor.code })
  })
  return { position, events }
}

/** The code of the agent or supervisor who acts, in addition to everything else a command needs. */
interface Acting extends At {
  session: Session
  actorCode: string
}

interface FromDesk {
  deskId?: string
}

/** @throws Problem `agent.unknown` */
export function agentOf(agentCode: string, { state }: Pick<CommandDesk, 'state'>): AgentSettings {
  const agent = state.configuration.state.agents[state.agentOfCode(agentCode) ?? '']
  if (!agent) throw new Problem('agent.unknown', { agent: agentCode })
  return agent
}

/**
 * Reasons come from the configured list only, because free text would stay in the ledger for ever.
 * @throws Problem `agent.reason_unknown`
 */
function demandReason(reason: string | null | undefined, { state }: Pick<CommandDesk, 'state'>): void {
  const configuration = state.configuration.state
  if (reason == null || isReason(configuration, reason)) return
  throw new Problem(
    'agent.reason_unknown',
    { reasons: configuration.reasons.map(({ code }) => code).join(', ') },
    { where: 'reason' },
  )
}

/**
 * A supervisor is an agent, a configured supervisor, or the operator.
 * @throws Problem `supervisor.unknown`
 */
function demandSupervisor({ state, session, actorCode }: Acting): void {
  const known =
    actorCode === session.actor('operator', {}).code ||
    state.agentOfCode(actorCode) !== null ||
    state.configuration.state.supervisors.some(({ code }) => code === actorCode)
  if (!known) throw new Problem('supervisor.unknown', {}, { where: 'supervisorCode' })
}

/**
 * The agent, provided this is the call they are in now: a click that arrives a moment late must not hit the next customer.
 * @throws Problem `agent.unknown`, `agent.not_signed_in`, `call.not_talking`
 */
export function agentInCall(callId: string, agentCode: string, at: Pick<CommandDesk, 'state'>): string {
  const { agentId } = agentOf(agentCode, at)
  const shift = at.state.shift(agentId)
  if (!shift) throw new Problem('agent.not_signed_in', { agent: agentCode })
  const present = shift.engagement.kind === 'talking' ? shift.engagement.callId : shift.reservation?.callId
  if (present !== callId) throw new Problem('call.not_talking', { agent: agentCode, call: callId })
  return agentId
}
