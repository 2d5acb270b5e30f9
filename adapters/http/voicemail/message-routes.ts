/**
 * What people do with voice messages (catalogue A11.1.5-voicemail): mark, call back, delete. The list of messages is a
 * query like any other, and their sound is that of recordings.
 */
import { z } from 'zod'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { messageMark } from '@ledgerline/core/voicemail/events.ts'
import type { ReadSide } from '../../queries/read-side.ts'
import { selectPage } from '../../queries/select.ts'
import { keyOf, type RecordingFiles } from '../../recordings/files.ts'
import { followUp } from '../commands/follow-up.ts'
import type { CommandDependencies } from '../routing/command.ts'
import type { Route } from '../routing/route.ts'

const messageId = z.string().min(1).max(100).meta({ description: 'id of the message' })

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
  async function gone(tenant: string, id: string, deletedBy: string): Promise<void> {
    if (!files) return
    await files.delete(keyOf(tenant, id))
    const command = { do: 'recording_deleted' as const, recordingId: id, keptDays: null }
    const envelope = { tenant, commandId: `${deletedBy}:gone`, actor: 'system:recordings' }
    await dependencies.deskOf(tenant).desk.call(await callOf(tenant, id), command, envelope)
  }

  const { command, callBack } = followUp(dependencies, {
    path: 'voicemail',
    permission: 'voicemail.handle',
    group: 'Voice messages',
    named: { messageId },
    problems: ['request.not_found', 'voicemail.unknown', 'voicemail.deleted'],
    callOf: (tenant, named) => callOf(tenant, named.messageId),
  })
  return [
    command(
      'mark',
      'Marks a voice message as new, heard or handled.',
      { mark: messageMark.meta({ description: 'what it is from now on' }) },
      ({ desk, callId, by, envelope, body }) =>
        desk.call(callId, { do: 'mark_message', messageId: body.messageId, mark: body.mark, by }, envelope),
    ),
    command(
      'delete',
      'Deletes a voice message and its sound. The ledger keeps that it was left, and who deleted it.',
      {},
      ({ desk, callId, by, envelope, body }) =>
        desk.call(callId, { do: 'delete_message', messageId: body.messageId, by }, envelope),
      { after: ({ messageId: id, commandId }, { tenant }) => gone(tenant, id, commandId).catch(() => {}) },
    ),
    callBack(
      'Calls the person who left a message; the agent’s own phone rings first. The message counts as handled.\n\n' +
        'The call is one that the agent places, linked to the one in which the message was left.',
      ({ desk, agentId, callId, callbackCallId, at, envelope, named }) =>
        desk.callBackMessage(agentId, { callId, messageId: named.messageId, callbackCallId }, at, envelope),
    ),
  ]
}
