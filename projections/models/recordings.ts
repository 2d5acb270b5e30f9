/** One row per recording: who was recorded when and for how long, and what became of its file. */
import { callDirection } from '@ledgerline/core/call/events.ts'
import { recordingRule } from '@ledgerline/core/recording/events.ts'
import {
  count,
  duration,
  flag,
  instant,
  instantOrNull,
  integer,
  personalText,
  text,
  textOrNull,
  word,
} from '../engine/model.ts'
import { entity } from '../entity.ts'

const statuses = ['recording', 'stopped', 'kept', 'failed'] as const

const key = { recordingId: text('Id of the recording.') }

const columns = {
  callId: text('The call.'),
  agentId: textOrNull('The agent who talked when it began; null: a party outside did.'),
  agentCode: textOrNull('The agent’s number (工号).'),
  rule: word(
    recordingRule.options,
    'Why it was recorded: route, queue, extension, agent (by button), or voicemail (the caller leaves a message).',
  ),
  direction: word(callDirection.options, 'inbound, outbound or internal.'),
  fromNumber: personalText('Calling number: the customer’s when inbound, ours when outbound.', [
    'direction',
    'outbound',
  ]),
  toNumber: personalText('Called number: ours when inbound, the customer’s when outbound.', ['direction', 'inbound']),
  status: word(statuses, 'recording, stopped (its file is not confirmed yet), kept, failed.'),
  startedAt: instant('When it began.'),
  stoppedAt: instantOrNull('When it ended.'),
  durationMs: duration('Length of the file; 0 until it is confirmed.'),
  masks: integer('How often something was left out of it.'),
  bytes: count('Size of the file.'),
  sha256: textOrNull('Hash of the file.'),
  file: textOrNull('Key of the file in the store; null: there is none.'),
  simulated: flag('Nobody really spoke.'),
  failure: textOrNull('Why there is no file.'),
  plays: integer('How often somebody listened to it or downloaded it.'),
}

export const recordings = entity('recordings', {
  version: 1,
  about: 'Recordings: one row for each stretch of a call that was recorded.',
  key,
  columns,
  begins: { RecordingStarted: true },
  on: {
    RecordingStarted: (_, { at, data }, { key }) => ({
      ...key,
      callId: data.callId,
      agentId: data.agentId,
      agentCode: data.agentCode,
      rule: data.rule,
      direction: data.direction,
      fromNumber: data.direction === 'outbound' ? data.ours : data.number,
      toNumber: data.direction === 'outbound' ? data.number : data.ours,
      status: 'recording',
      startedAt: at,
      stoppedAt: null,
      durationMs: 0,
      masks: 0,
      bytes: 0,
      sha256: null,
      file: null,
      simulated: false,
      failure: null,
      plays: 0,
    }),
    RecordingMasked: (row) => row && { ...row, masks: row.masks + 1 },
    RecordingStopped: (row, { at }) => row && { ...row, status: 'stopped', stoppedAt: at },
    RecordingCompleted: (row, { data: { bytes, durationMs, sha256, file, simulated } }) =>
      row && { ...row, status: 'kept', bytes, durationMs, sha256, file, simulated, failure: null },
    RecordingFailed: (row, { data }) => row && { ...row, status: 'failed', failure: data.reason },
    RecordingPlayed: (row) => row && { ...row, plays: row.plays + 1 },
  },
  indexes: [['startedAt'], ['agentCode', 'startedAt'], ['callId']],
})
