/**
 * Events of voicemail (catalogue A11.1.5). They are in the stream of the call. A message is a recording: that it begins,
 * ends and is kept, and that somebody listened to it, are events of recordings; its id is that of the recording. A box is
 * an extension.
 */
import { z } from 'zod'
import { codeText as code, event, idText as id, personalIdentity } from '../kernel/event.ts'
import { messageMarks, messageStates } from './words.ts'

const ms = z.number().int().min(0)
const ofBox = {
  callId: id,
  box: code.describe('the extension whose box it is'),
  agentId: id.nullable().describe('the agent whose extension it is; null: nobody’s, as that of a queue'),
  agentCode: code.nullable(),
  queueCode: code.nullable().describe('the queue whose extension it is, or from which the caller came'),
}
const message = { ...ofBox, messageId: id }

/** What people make of a message. */
export const messageMark = z.enum(messageMarks)
export type MessageMark = z.infer<typeof messageMark>
/** Where a message stands. */
export const messageState = z.enum(messageStates)
export type MessageState = z.infer<typeof messageState>

export const voicemailEvents = {
  VoicemailReached: event(
    'The caller may leave a message: they hear the greeting and a tone, and are recorded from then on.',
    {
      ...ofBox,
      legId: id,
      says: z.array(code).max(5).describe('prompts that the caller hears, in this order'),
      longestMs: ms.describe('longest message'),
      configVersion: z.number().int(),
    },
  ),
  VoiceMessageLeft: event('The caller has left a message.', {
    ...message,
    number: personalIdentity('the caller’s number'),
    durationMs: ms,
    by: z.enum(['key', 'hung_up', 'limit']).describe('what ended it: a key, a hang-up, the longest time'),
  }),
  VoicemailLeft: event('The caller has left no message.', {
    ...ofBox,
    reason: z.enum(['hung_up', 'too_short']).describe('hung_up: before the tone'),
  }),
  VoiceMessageMarked: event('Somebody listened to the message, or marked it.', {
    ...message,
    before: messageState.describe('where it stood'),
    mark: messageMark,
    by: code.describe('who'),
  }),
  VoiceMessageDeleted: event('The message was deleted: it is no longer in any list, and its sound is gone.', {
    ...message,
    before: messageState.describe('where it stood'),
    by: code.describe('who'),
  }),
  VoiceMessageCalledBack: event('An agent calls the person who left the message.', {
    ...message,
    callbackCallId: id.describe('that call'),
    byAgentId: id,
    byAgentCode: code,
  }),
}
