/** The recordings of a call, as they are folded from its events. Plain JSON. */
import type { EventsOf } from '../kernel/event.ts'
import { callRecordingEvents } from './events.ts'

/** The n-th recording of a call. */
export function recordingIdOf(callId: string, n: number): string {
  return `${callId}-r${n}`
}

/** Which call a recording is of; null: it is no id of a recording. */
export function callOfRecording(recordingId: string): string | null {
  return /^(.+)-r\d+$/.exec(recordingId)?.[1] ?? null
}

export type CallRecordingEvent = EventsOf<typeof callRecordingEvents>

export function isOfRecording(event: { type: string }): event is CallRecordingEvent {
  return Object.hasOwn(callRecordingEvents, event.type)
}

export interface CallRecording {
  recordingId: string
  legId: string
  /** Who talks in it. Absent in older snapshots. */
  agents?: readonly string[]
  masked: boolean
  /** Since when it is masked; absent: it is not. */
  maskedAt?: number | null
  /** How often it was masked or unmasked: tells one change from the next. */
  changes: number
  startedAt: number
  stoppedAt: number | null
  result: 'completed' | 'failed' | null
  /** Its file is late, and will still come. */
  delayed?: boolean
  deleted?: boolean
}

/** By id, in the order in which they began. */
export type CallRecordings = Readonly<Record<string, CallRecording>>

export function evolveRecordings(recordings: CallRecordings, event: CallRecordingEvent, at: number): CallRecordings {
  const { recordingId } = event.data
  const known = recordings[recordingId]
  const changed = (change: Partial<CallRecording>): CallRecordings =>
    known ? { ...recordings, [recordingId]: { ...known, ...change } } : recordings
  switch (event.type) {
    case 'RecordingStarted': {
      const { legId, agentId } = event.data
      const agents = agentId === null ? [] : [agentId]
      const begun = {
        recordingId,
        legId,
        agents,
        masked: false,
        changes: 0,
        startedAt: at,
        stoppedAt: null,
        result: null,
      }
      return { ...recordings, [recordingId]: begun }
    }
    case 'RecordingJoined':
      return changed({ agents: [...(known?.agents ?? []), event.data.agentId] })
    case 'RecordingMasked':
    case 'RecordingUnmasked':
      return changed({
        masked: event.type === 'RecordingMasked',
        maskedAt: event.type === 'RecordingMasked' ? at : null,
        changes: (known?.changes ?? 0) + 1,
      })
    case 'RecordingStopped':
      return changed({ stoppedAt: at })
    case 'RecordingCompleted':
      return changed({ result: 'completed' })
    case 'RecordingDelayed':
      return changed({ delayed: true })
    case 'RecordingFailed':
      return changed({ result: 'failed' })
    case 'RecordingDeleted':
      return changed({ deleted: true })
    case 'RecordingPlayed':
      return recordings
  }
}

/** The recording that is running. */
export function running(recordings: CallRecordings = {}): CallRecording | null {
  return Object.values(recordings).find(({ stoppedAt, result }) => stoppedAt === null && result === null) ?? null
}

/** Is there a recording whose file is still waited for? */
export function isUnsettled(recordings: CallRecordings = {}): boolean {
  return Object.values(recordings).some(({ result, delayed }) => result === null && !delayed)
}
