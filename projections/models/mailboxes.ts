/** One row per box of voicemail in which a message was ever left: how many wait to be heard. */
import { instantOrNull, integer, text, textOrNull } from '../engine/model.ts'
import { entity } from '../entity.ts'

export const mailboxes = entity('mailboxes', {
  version: 1,
  about: 'Boxes of voicemail: one row for each extension for which a message was left, with the messages that wait.',
  key: { box: text('The extension.') },
  columns: {
    agentId: textOrNull('The agent whose extension it was when the last message was left.'),
    agentCode: textOrNull('The agent’s number (工号).'),
    queueCode: textOrNull('The queue whose extension it is, or from which the last caller came.'),
    waiting: integer('Messages that nobody has listened to.'),
    unhandled: integer('Messages that are not marked as handled, those included.'),
    latestAt: instantOrNull('When the last message was left.'),
  },
  begins: { VoiceMessageLeft: true },
  on: {
    VoiceMessageLeft: (row, { at, data }) => ({
      box: data.box,
      agentId: data.agentId,
      agentCode: data.agentCode,
      queueCode: data.queueCode,
      waiting: (row?.waiting ?? 0) + 1,
      unhandled: (row?.unhandled ?? 0) + 1,
      latestAt: at,
    }),
    VoiceMessageMarked: (row, { data }) => row && moved(row, data.before, data.mark),
    VoiceMessageDeleted: (row, { data }) => row && moved(row, data.before, 'deleted'),
  },
  board: true,
})

function moved<R extends { waiting: number; unhandled: number }>(row: R, before: string, after: string): R {
  const change = (waits: (state: string) => boolean): number => Number(waits(after)) - Number(waits(before))
  const isNew = (state: string): boolean => state === 'new'
  const isOpen = (state: string): boolean => state === 'new' || state === 'heard'
  return { ...row, waiting: row.waiting + change(isNew), unhandled: row.unhandled + change(isOpen) }
}
