/** A caller at a box of voicemail, and what becomes of their message (catalogue A11.1.5). */
import type { Context } from '../kernel/decider.ts'
import { Problem } from '../kernel/problem.ts'
import type { VoicemailCommand } from '../voicemail/commands.ts'
import type { MessageMark } from '../voicemail/events.ts'
import { END_KEY, SHORTEST_MS, type AtBox, type VoiceMessage } from '../voicemail/state.ts'
import { withdrawn } from './decision-parts.ts'
import type { CallEvent } from './events.ts'
import { messageStarted, messageStopped } from './recording.ts'
import type { LiveCall } from './state.ts'

export function decideVoicemail(command: VoicemailCommand, call: LiveCall, { at }: Context): CallEvent[] {
  const { callId, voicemail } = call
  switch (command.do) {
    case 'to_voicemail': {
      const sought = call.transferTo || call.forwardTo || call.outsideLegId || call.leaving
      if (call.status !== 'live' || !sought || call.toVoicemail || voicemail) return []
      const { box, configVersion } = command
      const to = { kind: 'voicemail' as const, code: box, number: null }
      const record = call.record === true
      return [
        ...withdrawn(call),
        { type: 'CallRouted', data: { callId, route: null, to, configVersion, outside: null, record } },
      ]
    }
    case 'reach_voicemail': {
      if (call.status !== 'live' || !call.toVoicemail || voicemail || call.customerLegId === null) return []
      const { box, says, longestMs, configVersion } = command
      const data = { callId, ...box, legId: call.customerLegId, says: [...says], longestMs, configVersion }
      return [{ type: 'VoicemailReached', data }]
    }
    case 'voicemail_due':
      if (call.status !== 'live' || !voicemail || voicemail.steps !== command.step) return []
      if (command.what === 'said') return promptOver(call, voicemail, false)
      return voicemail.recordingId === null ? [] : messageOver(call, voicemail, 'limit', at)
    case 'voicemail_key':
      if (call.status !== 'live' || !voicemail || voicemail.over || command.legId !== call.customerLegId) return []
      return voicemail.recordingId !== null && command.keys.includes(END_KEY)
        ? messageOver(call, voicemail, 'key', at)
        : []
    case 'mark_message':
      return marked(call, messageOf(call, command.messageId), command.mark, command.by)
    case 'delete_message': {
      const message = messageOf(call, command.messageId)
      const { state: before, ...which } = message
      return [{ type: 'VoiceMessageDeleted', data: { callId, ...which, before, by: command.by } }]
    }
    case 'call_back_message': {
      const { callbackCallId, agentId, agentCode } = command
      const { state: before, ...which } = messageOf(call, command.messageId)
      const by = { byAgentId: agentId, byAgentCode: agentCode }
      const called: CallEvent = { type: 'VoiceMessageCalledBack', data: { callId, ...which, callbackCallId, ...by } }
      return before === 'handled'
        ? [called]
        : [called, ...marked(call, { ...which, state: before }, 'handled', agentCode)]
    }
  }
}

/** @throws Problem `voicemail.unknown`, `voicemail.deleted` */
function messageOf({ callId, message }: LiveCall, messageId: string): VoiceMessage {
  if (message?.messageId !== messageId) throw new Problem('voicemail.unknown', { message: messageId, call: callId })
  if (message.state === 'deleted') throw new Problem('voicemail.deleted', { message: messageId })
  return message
}

/** Nobody listens to a message that was deleted. @throws Problem `voicemail.deleted` */
export function demandNotDeleted({ message }: LiveCall, recordingId: string): void {
  if (message?.messageId === recordingId && message.state === 'deleted')
    throw new Problem('voicemail.deleted', { message: recordingId })
}

function marked({ callId }: LiveCall, message: VoiceMessage, mark: MessageMark, by: string): CallEvent[] {
  const { state: before, ...which } = message
  return before === mark ? [] : [{ type: 'VoiceMessageMarked', data: { callId, ...which, before, mark, by } }]
}

/** Somebody listened to a recording: if it is a new message, it is one no longer. */
export function messageHeard(call: LiveCall, recordingId: string, by: string): CallEvent[] {
  const { message } = call
  return message?.messageId === recordingId && message.state === 'new' ? marked(call, message, 'heard', by) : []
}

/** A prompt at the box is over; after the last one, what the caller says is recorded. */
export function promptOver(call: LiveCall, atBox: AtBox, complete: boolean): CallEvent[] {
  const { callId, customerLegId } = call
  const [media, ...left] = atBox.says
  if (media === undefined || customerLegId === null) return []
  const played: CallEvent = { type: 'PromptPlayed', data: { callId, legId: customerLegId, media, complete } }
  return left.length === 0 && atBox.recordingId === null && !atBox.over
    ? [played, ...messageStarted(call, atBox)]
    : [played]
}

/** The caller is gone from the box, or has ended their message: it is kept, or too short to be one. */
function messageOver(
  call: LiveCall,
  { box, agentId, agentCode, queueCode, recordingId, over }: AtBox,
  by: 'key' | 'hung_up' | 'limit',
  at: number,
): CallEvent[] {
  if (over) return []
  const { callId, number } = call
  const whose = { callId, box, agentId, agentCode, queueCode }
  const recording = recordingId === null ? undefined : call.recordings?.[recordingId]
  if (!recording) return [{ type: 'VoicemailLeft', data: { ...whose, reason: 'hung_up' } }]
  const { startedAt, stoppedAt } = recording
  const durationMs = Math.max(0, (stoppedAt ?? at) - startedAt)
  const stopped = stoppedAt === null ? [messageStopped(callId, recording)] : []
  if (durationMs < SHORTEST_MS) return [...stopped, { type: 'VoicemailLeft', data: { ...whose, reason: 'too_short' } }]
  const messageId = recording.recordingId
  return [...stopped, { type: 'VoiceMessageLeft', data: { ...whose, messageId, number, durationMs, by } }]
}

/** The caller hung up at a box. */
export function leftVoicemail(call: LiveCall, at: number): CallEvent[] {
  return call.voicemail ? messageOver(call, call.voicemail, 'hung_up', at) : []
}
