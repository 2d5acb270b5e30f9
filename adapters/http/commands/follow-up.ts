/**
 * What people do about a customer who was not served: say where the matter stands, and call back. The same for missed calls
 * (C19) and for voice messages (A11.1.5); they differ in what names one and in whose call it is.
 */
import { z } from 'zod'
import { demand, type Permission, type Session } from '@ledgerline/core/access/session.ts'
import type { Desk } from '@ledgerline/core/desk/desk.ts'
import type { Answer, CommandEnvelope } from '@ledgerline/core/kernel/command.ts'
import { derivedId } from '@ledgerline/core/kernel/derived-id.ts'
import { commandAnswer, commandId, type CommandDependencies } from '../routing/command.ts'
import { defineRoute, type Route } from '../routing/route.ts'
import { agentCode, agentOf, carriedOutFor, notSignedIn, type AtAnybody } from './command-route.ts'

export interface FollowUp<Named extends z.ZodRawShape> {
  /** After `/api/v1/commands/`. */
  path: 'missed' | 'voicemail'
  permission: Permission
  group: string
  /** The fields that name one. */
  named: Named
  problems: readonly string[]
  /** The call that it is about, of this tenant. */
  callOf(tenant: string, named: z.infer<z.ZodObject<Named>>): Promise<string> | string
}

export type Following<Body> = AtAnybody & { callId: string; body: Body }

/** The makers of its routes. */
export function followUp<Named extends z.ZodRawShape>(dependencies: CommandDependencies, of: FollowUp<Named>) {
  type Id = z.infer<z.ZodObject<Named>>
  type Asked<S extends z.ZodRawShape> = Id & z.infer<z.ZodObject<S>> & { commandId: string; agentCode?: string }

  /** Something that an agent does in their own name, or the operator. */
  function command<S extends z.ZodRawShape>(
    name: string,
    about: string,
    shape: S,
    act: (at: Following<Asked<S>>) => Promise<Answer>,
    more: {
      problems?: readonly string[]
      asAgent?: true
      after?: (body: Asked<S>, session: Session) => Promise<void>
    } = {},
  ): Route {
    const { path, permission, group, named, problems, callOf } = of
    const asked = z.strictObject({
      commandId,
      ...named,
      agentCode: more.asAgent ? agentCode : agentCode.optional(),
      ...shape,
    })
    return defineRoute({
      method: 'post',
      path: `/api/v1/commands/${path}/${name}`,
      permission,
      group,
      about,
      request: { body: asked },
      responses: { 200: { about: 'Done, and in the ledger.', schema: commandAnswer } },
      problems: ['command.reused', 'agent.unknown', ...problems, ...(more.problems ?? [])],
      async handle({ body: sent, session }) {
        const body = sent as unknown as Asked<S>
        if (more.asAgent) demand(session, 'agents.act')
        const answer = await carriedOutFor(dependencies, `${path}/${name}`, body, session, async (at) =>
          act({ ...at, callId: await callOf(session.tenant, body), body }),
        )
        await more.after?.(body, session)
        return answer
      },
    })
  }

  /** The agent's own phone rings first; the call is one that they place, linked to the one it is about. */
  function callBack(
    about: string,
    place: (at: {
      desk: Desk
      agentId: string
      callId: string
      callbackCallId: string
      at: number
      envelope: CommandEnvelope
      named: Id
    }) => Promise<Answer>,
  ): Route {
    return command(
      'call-back',
      about,
      {},
      ({ desk, envelope, now, callId, body, ...at }) => {
        const { agentId } = agentOf(body.agentCode!, at)
        const callbackCallId = derivedId(envelope.commandId, 'call')
        return place({ desk, agentId, callId, callbackCallId, at: now(), envelope, named: body })
      },
      {
        asAgent: true,
        problems: [...notSignedIn, 'agent.not_available', 'call.no_number_kept', 'call.not_eligible', 'call.refused'],
      },
    )
  }

  return { command, callBack }
}
