/** The recordings of a call, as they are folded from its events. Plain JSON. */
import type { EventsOf } from '../kernel/event.ts'
import { callRecordingEvents } from './events.ts'

export type CallRecordingEvent = EventsOf<typeof callRecordingEvents>

export function isOfRecording(event: { type: string }): event is CallRecordingEvent {
  return Object.hasOwn(callRecordingEvents, event.type)
}

export interface CallRecording {
  recordingId: string
  legId: string
  masked: boolean
  /** How often it was masked or unmasked: tells one change from the next. */
  changes: number
  startedAt: number
  stoppedAt: number | null
  result: 'completed' | 'failed' | null
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
      const { legId } = event.data
      const begun = { recordingId, legId, masked: false, changes: 0, startedAt: at, stoppedAt: null, result: null }
      return { ...recordings, [recordingId]: begun }
    }
    case 'RecordingMasked':
    case 'RecordingUnmasked':
      return changed({ masked: event.type === 'RecordingMasked', changes: (known?.changes ?? 0) + 1 })
    case 'RecordingStopped':
      return changed({ stoppedAt: at })
    case 'RecordingCompleted':
      return changed({ result: 'completed' })
    case 'RecordingFailed':
      return changed({ result: 'failed' })
    case 'RecordingPlayed':
      return recordings
  }
}

/** The recording that is running. */
export function running(recordings: CallRecordings = {}): CallRecording | null {
  return Object.values(recordings).find(({ stoppedAt, result }) => stoppedAt === null && result === null) ?? null
}

/** Is there a recording whose file is neither confirmed nor given up? */
export function isUnsettled(recordings: CallRecordings = {}): boolean {
  return Object.values(recordings).some(({ result }) => result === null)
}
