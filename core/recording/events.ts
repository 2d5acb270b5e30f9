/** Events of recordings. They are in the stream of the call. */
import { z } from 'zod'
import { clearText, codeText as code, defineEvents, event, idText as id, personalIdentity } from '../kernel/event.ts'
import { recordingLack } from '../telephony/port.ts'

const recording = { recordingId: id, callId: id }
const agent = { agentId: id.nullable(), agentCode: code.nullable() }

/** Why a call is recorded: its route, the queue, the agent's phone, the agent's button, or the caller leaves a message. */
export const recordingRule = z.enum(['route', 'queue', 'extension', 'agent', 'voicemail'])
export type RecordingRule = z.infer<typeof recordingRule>

export const callRecordingEvents = defineEvents({
  RecordingStarted: event('From here on the call is recorded.', {
    ...recording,
    legId: id.describe('the leg on which it is recorded: the customer left, everybody else right'),
    rule: recordingRule,
    ...agent,
    queueCode: code.nullable().default(null).describe('the queue whose call it is'),
    campaign: code.nullable().default(null).describe('the campaign that placed the call'),
    direction: z.enum(['inbound', 'outbound', 'internal']),
    number: personalIdentity('the customer’s number; of an internal call, that of the phone that called'),
    ours: clearText('ours', 100).nullable().describe('the number of ours that was called, or that the customer saw'),
  }),
  RecordingJoined: event(
    'Another agent talks in the recording: who was rung when it began, or to whom the call went.',
    {
      ...recording,
      agentId: id,
      agentCode: code,
    },
  ),
  RecordingMasked: event('What is said is left out of the recording, for instance a card number.', {
    ...recording,
    ...agent,
  }),
  RecordingUnmasked: event(
    'What is said is recorded again. Without an agent: it was masked for as long as it may be.',
    {
      ...recording,
      ...agent,
    },
  ),
  RecordingStopped: event('The recording is over; its file is not confirmed yet.', {
    ...recording,
    by: z.enum(['agent', 'system']).describe('system: the customer has left'),
    ...agent,
  }),
  RecordingCompleted: event('The file of the recording was checked and is kept.', {
    ...recording,
    bytes: z.number().int().min(0),
    durationMs: z.number().int().min(0),
    sha256: clearText('id', 64).nullable().describe('of the file, hexadecimal; null: there is no file'),
    file: clearText('id', 200).nullable().describe('its key in the store; null: a simulated recording without a file'),
    simulated: z.boolean().describe('nobody really spoke'),
    shortByMs: z
      .number()
      .int()
      .min(0)
      .default(0)
      .describe(
        'how much longer the recording ran than its file is, if that is more than a few seconds: a disk was full',
      ),
  }),
  RecordingDelayed: event(
    'The file of the recording is still not in the store. It stays where it was written, and is tried again until it is.',
    recording,
  ),
  RecordingPlayed: event('Somebody listened to the recording, or downloaded it: at most once every ten minutes each.', {
    ...recording,
    by: code.describe('who'),
    download: z.boolean(),
  }),
  RecordingFailed: event('There is no usable file of the recording.', {
    ...recording,
    reason: recordingLack,
  }),
  RecordingDeleted: event('The file of the recording was deleted; what is known about it stays.', {
    ...recording,
    reason: z
      .enum(['retention', 'message'])
      .describe('retention: it was kept for as long as the configuration says; message: somebody deleted the message'),
    keptDays: z
      .number()
      .int()
      .min(1)
      .nullable()
      .describe('for how long the configuration has such recordings kept, days; null: that was not the reason'),
  }),
})
