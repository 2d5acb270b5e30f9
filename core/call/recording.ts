/** What may be asked of a call's recordings, and what is written for it. */
import { talking } from './decision-parts.ts'
import type { LiveCall } from './state.ts'
import { Problem } from '../kernel/problem.ts'
import type { RecordedFile, RecordingLack } from '../telephony/port.ts'
import type { RecordingCommand } from '../recording/commands.ts'
import type { RecordingRule } from '../recording/events.ts'
import { running, type CallRecording, type CallRecordingEvent } from '../recording/state.ts'

export function decideRecording(command: RecordingCommand, call: LiveCall): CallRecordingEvent[] {
  const { callId, recordings = {} } = call
  switch (command.do) {
    case 'record_by_rule': {
      // Whoever stopped it by button does not want it back.
      if (call.status !== 'live' || Object.keys(recordings).length > 0) return []
      const talker = Object.values(call.segments)[0]
      return started(call, command.rule, talker ?? NOBODY)
    }
    case 'record': {
      const { agentId, agentCode } = talking(call, command.agentId)
      const current = running(recordings)
      if (command.on) return current ? [] : started(call, 'agent', { agentId, agentCode })
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
    case 'recording_over': {
      const known = recordings[command.recordingId]
      return known && known.stoppedAt === null && known.result === null
        ? [stopped(callId, known, 'system', NOBODY)]
        : []
    }
    case 'play_recording': {
      const { recordingId, by, download } = command
      if (recordings[recordingId]?.result !== 'completed') return []
      return [{ type: 'RecordingPlayed', data: { callId, recordingId, by, download } }]
    }
    case 'recorded':
      return recorded(call, command.recordingId, command.file)
    case 'recording_unconfirmed': {
      const known = recordings[command.recordingId]
      return known?.result === null ? [failed(callId, known.recordingId, 'not_confirmed')] : []
    }
  }
}

const NOBODY = { agentId: null, agentCode: null }

function started(
  call: LiveCall,
  rule: RecordingRule,
  { agentId, agentCode }: { agentId: string | null; agentCode: string | null },
): CallRecordingEvent[] {
  const { callId, direction, number, callerId, customerLegId, recordings = {} } = call
  if (customerLegId === null) return []
  const recordingId = `${callId}-r${Object.keys(recordings).length + 1}`
  const ours = call.called ?? callerId
  const data = { callId, recordingId, legId: customerLegId, rule, agentId, agentCode, direction, number, ours }
  return [{ type: 'RecordingStarted', data }]
}

/** What a caller says after the tone is recorded. */
export function messageStarted(
  call: LiveCall,
  { agentId, agentCode }: { agentId: string | null; agentCode: string | null },
): CallRecordingEvent[] {
  return started(call, 'voicemail', { agentId, agentCode })
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

function failed(callId: string, recordingId: string, reason: RecordingLack | 'not_confirmed'): CallRecordingEvent {
  return { type: 'RecordingFailed', data: { callId, recordingId, reason } }
}

/** A file that comes after it was given up is kept all the same; what is kept already is not kept twice. */
function recorded(call: LiveCall, recordingId: string, file: RecordedFile | RecordingLack): CallRecordingEvent[] {
  const { callId, recordings = {} } = call
  const known = recordings[recordingId]
  if (!known || known.result === 'completed') return []
  const over = known.stoppedAt === null && known.result === null ? [stopped(callId, known, 'system', NOBODY)] : []
  if (typeof file === 'string') return known.result === 'failed' ? [] : [...over, failed(callId, recordingId, file)]
  return [...over, { type: 'RecordingCompleted', data: { callId, recordingId, ...file } }]
}
