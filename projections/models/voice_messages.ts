/** One row per message that a caller left: for whom, for how long, and what became of it (catalogue A11.1.5-voicemail). */
import { messageStates } from '@ledgerline/core/voicemail/words.ts'
import { duration, instant, instantOrNull, personalText, text, textOrNull, word } from '../engine/model.ts'
import { entity } from '../entity.ts'
import { searchedAs } from '../search/keys.ts'

const endings = ['key', 'hung_up', 'limit'] as const

export const voiceMessages = entity('voice_messages', {
  version: 1,
  about:
    'Voice messages (语音留言): one row for each message left by a caller. Its sound is the recording of the same id.',
  key: { messageId: text('Id of the message, and of its recording.') },
  columns: {
    callId: text('The call in which it was left.'),
    box: text('The extension whose box it is.'),
    agentId: textOrNull('The agent whose extension that is.'),
    agentCode: textOrNull('The agent’s number (工号).'),
    queueCode: textOrNull('The queue whose extension it is, or from which the caller came.'),
    fromNumber: personalText('The caller’s number.'),
    leftAt: instant('When it was left.'),
    durationMs: duration('How long the caller spoke.'),
    endedBy: word(endings, 'What ended it: key, hung_up, or limit (the longest time).'),
    state: word(messageStates, 'new, heard, handled or deleted.'),
    heardAt: instantOrNull('When somebody first listened to it, or marked it as heard.'),
    heardBy: textOrNull('Who.'),
    handledAt: instantOrNull('When it was marked as handled; null when it is not.'),
    handledBy: textOrNull('Who marked it.'),
    calledBackAt: instantOrNull('When the caller was last called back.'),
    calledBackBy: textOrNull('The agent who did, by number (工号).'),
    callbackCallId: textOrNull('That call.'),
    deletedAt: instantOrNull('When it was deleted.'),
    deletedBy: textOrNull('Who deleted it.'),
    failure: textOrNull('Why its sound was lost; null: it was not.'),
  },
  keysOf: { RecordingFailed: ({ data }) => [{ messageId: data.recordingId }] },
  begins: { VoiceMessageLeft: true },
  on: {
    VoiceMessageLeft: (_, { at, data }) => ({
      messageId: data.messageId,
      callId: data.callId,
      box: data.box,
      agentId: data.agentId,
      agentCode: data.agentCode,
      queueCode: data.queueCode,
      fromNumber: data.number,
      leftAt: at,
      durationMs: data.durationMs,
      endedBy: data.by,
      state: 'new',
      heardAt: null,
      heardBy: null,
      handledAt: null,
      handledBy: null,
      calledBackAt: null,
      calledBackBy: null,
      callbackCallId: null,
      deletedAt: null,
      deletedBy: null,
      failure: null,
    }),
    RecordingFailed: (row, { data }) => row && { ...row, failure: data.reason },
    VoiceMessageMarked: (row, { at, data: { mark, by } }) => {
      if (!row) return null
      const handled = mark === 'handled'
      const heard = mark === 'heard' && row.heardAt === null ? { heardAt: at, heardBy: by } : {}
      return { ...row, ...heard, state: mark, handledAt: handled ? at : null, handledBy: handled ? by : null }
    },
    VoiceMessageCalledBack: (row, { at, data }) =>
      row && { ...row, calledBackAt: at, calledBackBy: data.byAgentCode, callbackCallId: data.callbackCallId },
    VoiceMessageDeleted: (row, { at, data }) => row && { ...row, state: 'deleted', deletedAt: at, deletedBy: data.by },
  },
  finished: (row) => row.state === 'deleted',
  searched: { fromNumber: searchedAs.number },
  scanned: true,
  indexes: [['leftAt'], ['agentCode', 'leftAt'], ['state', 'leftAt']],
})
