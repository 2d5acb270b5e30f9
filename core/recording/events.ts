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
    direction: z.enum(['inbound', 'outbound', 'internal']),
    number: personalIdentity('the customer’s number; of an internal call, that of the phone that called'),
    ours: clearText('ours', 100).nullable().describe('the number of ours that was called, or that the customer saw'),
  }),
  RecordingMasked: event('What is said is left out of the recording, for instance a card number.', {
    ...recording,
    ...agent,
  }),
  RecordingUnmasked: event('What is said is recorded again.', { ...recording, ...agent }),
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
  }),
  RecordingPlayed: event('Somebody listened to the recording, or downloaded it: at most once every ten minutes each.', {
    ...recording,
    by: code.describe('who'),
    download: z.boolean(),
  }),
  RecordingFailed: event('There is no usable file of the recording.', {
    ...recording,
    reason: z.enum([...recordingLack.options, 'not_confirmed']).describe('not_confirmed: no file was reported in time'),
  }),
})
