/** One row per recording: who was recorded when and for how long, and what became of its file. */
import { callDirections } from '@ledgerline/core/call/words.ts'
import { recordingRule } from '@ledgerline/core/recording/events.ts'
import { recordingStates } from '@ledgerline/core/recording/words.ts'
import {
  count,
  duration,
  flag,
  instant,
  instantOrNull,
  integer,
  personalText,
  text,
  texts,
  textOrNull,
  word,
} from '../engine/model.ts'
import { entity } from '../entity.ts'
import { searchedAs } from '../search/keys.ts'

const key = { recordingId: text('Id of the recording.') }

const columns = {
  callId: text('The call.'),
  agentId: textOrNull('The first agent who talks in it; null: a party outside does.'),
  agentCode: textOrNull('The agent’s number (工号).'),
  agentCodes: texts('Numbers of all agents who talk in it.'),
  queueCode: textOrNull('The queue whose call it is.'),
  task: textOrNull('The campaign that placed the call; empty outside campaigns.'),
  rule: word(
    recordingRule.options,
    'Why it was recorded: route, queue, extension, agent (by button), or voicemail (the caller leaves a message).',
  ),
  direction: word(callDirections, 'inbound, outbound or internal.'),
  fromNumber: personalText('Calling number: the customer’s when inbound, ours when outbound.', [
    'direction',
    'outbound',
  ]),
  toNumber: personalText('Called number: ours when inbound, the customer’s when outbound.', ['direction', 'inbound']),
  ours: textOrNull('The number of ours that was called, or that the customer saw (虚拟号码).'),
  status: word(
    recordingStates,
    'recording, stopped (its file is being checked), delayed (its file waits for the store), kept, failed (there is no ' +
      'file), deleting (somebody deleted the message; its file still has to go), deleted.',
  ),
  startedAt: instant('When it began.'),
  stoppedAt: instantOrNull('When it ended.'),
  durationMs: duration('Length of the file; 0 until it is confirmed.'),
  masked: flag('What is said is left out of it now.'),
  masks: integer('How often something was left out of it.'),
  bytes: count('Size of the file.'),
  sha256: textOrNull('Hash of the file.'),
  file: textOrNull('Key of the file in the store; null: there is none.'),
  simulated: flag('Nobody really spoke.'),
  failure: textOrNull('Why there is no file.'),
  shortByMs: duration('How much longer the recording ran than its file is, if more than a few seconds.'),
  deletedAt: instantOrNull('When its file was deleted.'),
  plays: integer('How often somebody listened to it or downloaded it.'),
}

export const recordings = entity('recordings', {
  version: 4,
  about: 'Recordings: one row for each stretch of a call that was recorded.',
  key,
  columns,
  keysOf: { VoiceMessageDeleted: ({ data }) => [{ recordingId: data.messageId }] },
  begins: { RecordingStarted: true },
  on: {
    RecordingStarted: (_, { at, data }, { key }) => ({
      ...key,
      callId: data.callId,
      agentId: data.agentId,
      agentCode: data.agentCode,
      agentCodes: data.agentCode === null ? [] : [data.agentCode],
      queueCode: data.queueCode,
      task: data.campaign,
      rule: data.rule,
      direction: data.direction,
      fromNumber: data.direction === 'outbound' ? data.ours : data.number,
      toNumber: data.direction === 'outbound' ? data.number : data.ours,
      ours: data.ours,
      status: 'recording',
      startedAt: at,
      stoppedAt: null,
      durationMs: 0,
      masked: false,
      masks: 0,
      bytes: 0,
      sha256: null,
      file: null,
      simulated: false,
      failure: null,
      shortByMs: 0,
      deletedAt: null,
      plays: 0,
    }),
    RecordingJoined: (row, { data: { agentId, agentCode } }) =>
      row && {
        ...row,
        agentId: row.agentId ?? agentId,
        agentCode: row.agentCode ?? agentCode,
        agentCodes: [...row.agentCodes, agentCode],
      },
    RecordingMasked: (row) => row && { ...row, masked: true, masks: row.masks + 1 },
    RecordingUnmasked: (row) => row && { ...row, masked: false },
    RecordingStopped: (row, { at }) => row && { ...row, status: 'stopped', stoppedAt: at },
    RecordingDelayed: (row) => row && { ...row, status: unlessDeleting(row, 'delayed') },
    RecordingCompleted: (row, { data: { bytes, durationMs, sha256, file, simulated, shortByMs } }) =>
      row && {
        ...row,
        status: unlessDeleting(row, 'kept'),
        bytes,
        durationMs,
        sha256,
        file,
        simulated,
        shortByMs,
        failure: null,
      },
    RecordingFailed: (row, { data }) => row && { ...row, status: 'failed', failure: data.reason },
    RecordingDeleted: (row, { at }) => row && { ...row, status: 'deleted', file: null, deletedAt: at },
    VoiceMessageDeleted: (row) =>
      row && (row.status === 'failed' || row.status === 'deleted' ? row : { ...row, status: 'deleting' }),
    RecordingPlayed: (row) => row && { ...row, plays: row.plays + 1 },
  },
  finished: ({ status }) => status !== 'recording' && status !== 'stopped',
  searched: {
    fromNumber: searchedAs.number,
    toNumber: searchedAs.number,
    agentCode: searchedAs.part,
    task: searchedAs.part,
  },
  scanned: true,
  indexes: [['startedAt'], ['agentCode', 'startedAt'], ['callId']],
})

/** A message that somebody deleted before its file was in the store stays so. */
function unlessDeleting({ status }: { status: string }, otherwise: (typeof recordingStates)[number]): string {
  return status === 'deleting' ? status : otherwise
}
