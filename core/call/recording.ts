/** What may be asked of a call's recordings, and what is written for it. */
import { talking } from './decision-parts.ts'
import type { LiveCall } from './state.ts'
import type { Context } from '../kernel/decider.ts'
import { Problem } from '../kernel/problem.ts'
import type { RecordedFile, RecordingLack } from '../telephony/port.ts'
import type { RecordingCommand } from '../recording/commands.ts'
import type { RecordingRule } from '../recording/events.ts'
import { recordingIdOf, running, type CallRecording, type CallRecordingEvent } from '../recording/state.ts'

export function decideRecording(command: RecordingCommand, call: LiveCall, { at }: Context): CallRecordingEvent[] {
  const { callId, recordings = {} } = call
  switch (command.do) {
    case 'record_by_rule': {
      // An agent who stopped it by button does not want it back.
      if (call.status !== 'live' || Object.keys(recordings).length > 0) return []
      const talker = Object.values(call.segments)[0]
      // While phones ring, nobody knows yet who will talk.
      const queueCode = talker?.queueCode ?? Object.values(call.offers)[0]?.queueCode ?? null
      return started(call, command.rule, talker ?? NOBODY, queueCode)
    }
    case 'record': {
      const { agentId, agentCode, queueCode } = talking(call, command.agentId)
      const current = running(recordings)
      if (command.on) return current ? [] : started(call, 'agent', { agentId, agentCode }, queueCode)
      if (!current) throw new Problem('recording.not_running', { call: callId })
      return [stopped(callId, current, 'agent', { agentId, agentCode })]
    }
    case 'mask_recording': {
      const { agentId, agentCode } = talking(call, command.agentId)
      const current = running(recordings)
      if (!current) throw new Problem('recording.not_running', { call: callId })
      if (current.masked === command.on) return []
      const type = command.on ? ('RecordingMasked' as const) : ('RecordingUnmasked' as const)
      return [{ type, data: { callId, recordingId: current.recordingId, agentId, agentCode } }]
    }
    case 'mask_over': {
      const known = recordings[command.recordingId]
      if (!known?.masked || known.stoppedAt !== null) return []
      return [{ type: 'RecordingUnmasked', data: { callId, recordingId: known.recordingId, ...NOBODY } }]
    }
    case 'recording_joined': {
      const known = recordings[command.recordingId]
      const segment = call.segments[command.agentId]
      if (!known || known.stoppedAt !== null || !segment || known.agents?.includes(command.agentId)) return []
      const { agentId, agentCode } = segment
      return [{ type: 'RecordingJoined', data: { callId, recordingId: known.recordingId, agentId, agentCode } }]
    }
    case 'recording_over': {
      const known = recordings[command.recordingId]
      return known && known.stoppedAt === null && known.result === null
        ? [stopped(callId, known, 'system', NOBODY)]
        : []
    }
    case 'play_recording': {
      const { recordingId, by, download } = command
      const known = recordings[recordingId]
      if (known?.result !== 'completed' || known.deleted) return []
      return [{ type: 'RecordingPlayed', data: { callId, recordingId, by, download } }]
    }
    case 'recorded':
      return recorded(call, command.recordingId, command.file, at)
    case 'recording_delayed': {
      const known = recordings[command.recordingId]
      if (!known || known.result !== null || known.delayed) return []
      return [{ type: 'RecordingDelayed', data: { callId, recordingId: known.recordingId } }]
    }
    case 'recording_deleted': {
      const { recordingId, keptDays } = command
      const known = recordings[recordingId]
      if (known?.result !== 'completed' || known.deleted) return []
      const reason = keptDays === null ? 'message' : 'retention'
      return [{ type: 'RecordingDeleted', data: { callId, recordingId, reason, keptDays } }]
    }
  }
}

/** A file that is shorter by less than this lacks nothing: orders take time, and the last moment may be cut off, ms. */
const UNNOTICED_MS = 5_000

const NOBODY = { agentId: null, agentCode: null }

function started(
  call: LiveCall,
  rule: RecordingRule,
  { agentId, agentCode }: { agentId: string | null; agentCode: string | null },
  queueCode: string | null,
): CallRecordingEvent[] {
  const { callId, direction, number, callerId, customerLegId, recordings = {}, campaign = null } = call
  if (customerLegId === null) return []
  const recordingId = recordingIdOf(callId, Object.keys(recordings).length + 1)
  const ours = call.called ?? callerId
  const who = { agentId, agentCode, queueCode, campaign, direction, number, ours }
  return [{ type: 'RecordingStarted', data: { callId, recordingId, legId: customerLegId, rule, ...who } }]
}

/** What a caller says after the tone is recorded. */
export function messageStarted(
  call: LiveCall,
  { agentId, agentCode }: { agentId: string | null; agentCode: string | null },
): CallRecordingEvent[] {
  return started(call, 'voicemail', { agentId, agentCode }, null)
}

/** The message is over. */
export function messageStopped(callId: string, recording: CallRecording): CallRecordingEvent {
  return stopped(callId, recording, 'system', NOBODY)
}

function stopped(
  callId: string,
  { recordingId }: CallRecording,
  by: 'agent' | 'system',
  { agentId, agentCode }: { agentId: string | null; agentCode: string | null },
): CallRecordingEvent {
  return { type: 'RecordingStopped', data: { callId, recordingId, by, agentId, agentCode } }
}

/** A file that comes after there seemed to be none is kept all the same; what is kept already is not kept twice. */
function recorded(
  call: LiveCall,
  recordingId: string,
  file: RecordedFile | RecordingLack,
  at: number,
): CallRecordingEvent[] {
  const { callId, recordings = {} } = call
  const known = recordings[recordingId]
  if (!known || known.result === 'completed') return []
  const over = known.stoppedAt === null && known.result === null ? [stopped(callId, known, 'system', NOBODY)] : []
  if (typeof file === 'string') {
    const failed = { type: 'RecordingFailed' as const, data: { callId, recordingId, reason: file } }
    return known.result === 'failed' ? [] : [...over, failed]
  }
  const lacks = Math.max(0, (known.stoppedAt ?? at) - known.startedAt - file.durationMs)
  const shortByMs = lacks > UNNOTICED_MS ? lacks : 0
  return [...over, { type: 'RecordingCompleted', data: { callId, recordingId, ...file, shortByMs } }]
}
