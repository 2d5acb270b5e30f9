/**
 * What people do with voice messages (catalogue A11.1.5-voicemail): mark, call back, delete. The list of messages is a
 * query like any other, and their sound is that of recordings.
 */
import { z } from 'zod'
import { demand, type Session } from '@ledgerline/core/access/session.ts'
import type { Answer } from '@ledgerline/core/kernel/command.ts'
import { derivedId } from '@ledgerline/core/kernel/derived-id.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { messageMark } from '@ledgerline/core/voicemail/events.ts'
import type { ReadSide } from '../../queries/read-side.ts'
import { selectPage } from '../../queries/select.ts'
import { keyOf, type RecordingFiles } from '../../recordings/files.ts'
import { agentCode, agentOf, carriedOutFor, notSignedIn, type AtAnybody } from '../commands/command-route.ts'
import { commandAnswer, commandId, type CommandDependencies } from '../routing/command.ts'
import { defineRoute, type Route } from '../routing/route.ts'

const messageId = z.string().min(1).max(100).meta({ description: 'id of the message' })
/** Agents act in their own name; a request without one comes from the operator. */
const asAgent = agentCode.optional()

interface Asked {
  commandId: string
  messageId: string
  agentCode?: string | undefined
}

export function messageRoutes(
  readSide: ReadSide,
  dependencies: CommandDependencies,
  files: RecordingFiles | undefined,
): Route[] {
  const model = readSide.models.find(({ name }) => name === 'voice_messages')!

  /** The call in which a message was left, of the asker's own tenant. @throws Problem `request.not_found` */
  async function callOf(tenant: string, id: string): Promise<string> {
    const conditions = [{ column: 'messageId', is: 'one_of' as const, values: [id] }]
    const asked = { tenant, conditions, sort: 'messageId', limit: 1 }
    const { rows } = await selectPage(await readSide.tablesOf(tenant), model, asked)
    if (!rows[0]) throw new Problem('request.not_found', { what: 'message', id })
    return String(rows[0]['callId'])
  }

  /** The file of a deleted message goes at once if it can. Nobody can hear it meanwhile; `RecordingRetention` tries again. */
  async function gone(tenant: string, { messageId, commandId: id }: Asked): Promise<void> {
    if (!files) return
    await files.delete(keyOf(tenant, messageId))
    const command = { do: 'recording_deleted' as const, recordingId: messageId, keptDays: null }
    const envelope = { tenant, commandId: `${id}:gone`, actor: 'system:recordings' }
    await dependencies.deskOf(tenant).desk.call(await callOf(tenant, messageId), command, envelope)
  }

  const carryOut = (
    path: string,
    asked: Asked,
    session: Session,
    act: (at: AtAnybody & { callId: string }) => Promise<Answer>,
  ) =>
    carriedOutFor(dependencies, path, asked, session, async (at) =>
      act({ ...at, callId: await callOf(session.tenant, asked.messageId) }),
    )

  const common = {
    method: 'post' as const,
    permission: 'voicemail.handle' as const,
    group: 'Voice messages',
    responses: { 200: { about: 'Done, and in the ledger.', schema: commandAnswer } },
  }
  const problems = ['command.reused', 'request.not_found', 'agent.unknown', 'voicemail.unknown', 'voicemail.deleted']
  return [
    defineRoute({
      ...common,
      path: '/api/v1/commands/voicemail/mark',
      about: 'Marks a voice message as new, heard or handled.',
      request: {
        body: z.strictObject({
          commandId,
          messageId,
          agentCode: asAgent,
          mark: messageMark.meta({ description: 'what it is from now on' }),
        }),
      },
      problems,
      handle: ({ body, session }) =>
        carryOut('mark', body, session, ({ desk, callId, by, envelope }) =>
          desk.call(callId, { do: 'mark_message', messageId: body.messageId, mark: body.mark, by }, envelope),
        ),
    }),
    defineRoute({
      ...common,
      path: '/api/v1/commands/voicemail/delete',
      about: 'Deletes a voice message and its sound. The ledger keeps that it was left, and who deleted it.',
      request: { body: z.strictObject({ commandId, messageId, agentCode: asAgent }) },
      problems,
      async handle({ body, session }) {
        const answer = await carryOut('delete', body, session, ({ desk, callId, by, envelope }) =>
          desk.call(callId, { do: 'delete_message', messageId: body.messageId, by }, envelope),
        )
        await gone(session.tenant, body).catch(() => {})
        return answer
      },
    }),
    defineRoute({
      ...common,
      path: '/api/v1/commands/voicemail/call-back',
      about:
        'Calls the person who left a message; the agent’s own phone rings first. The message counts as handled.\n\n' +
        'The call is one that the agent places, linked to the one in which the message was left.',
      request: { body: z.strictObject({ commandId, messageId, agentCode }) },
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
        return carryOut('call-back', body, session, ({ desk, callId, envelope, now, ...at }) => {
          const { agentId } = agentOf(body.agentCode, at)
          const callbackCallId = derivedId(envelope.commandId, 'call')
          const which = { callId, messageId: body.messageId, callbackCallId }
          return desk.callBackMessage(agentId, which, now(), envelope)
        })
      },
    }),
  ]
}
