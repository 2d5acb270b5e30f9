/** What may be asked of a call's recordings. */
import type { RecordedFile, RecordingLack } from '../telephony/port.ts'
import type { RecordingRule } from './events.ts'

export type RecordingCommand =
  /** A rule has the call recorded. */
  | { do: 'record_by_rule'; rule: Exclude<RecordingRule, 'agent'> }
  /** The agent's buttons. */
  | { do: 'record'; agentId: string; on: boolean }
  | { do: 'mask_recording'; agentId: string; on: boolean }
  /** Another agent talks in it. */
  | { do: 'recording_joined'; recordingId: string; agentId: string }
  /** It was masked for as long as it may be. */
  | { do: 'mask_over'; recordingId: string }
  /** The customer has left. */
  | { do: 'recording_over'; recordingId: string }
  | { do: 'recorded'; recordingId: string; file: RecordedFile | RecordingLack }
  /** Somebody listens to it, or downloads it. */
  | { do: 'play_recording'; recordingId: string; by: string; download: boolean }
  /** Its file is late. */
  | { do: 'recording_delayed'; recordingId: string }
  /** Its file is gone: it was kept for as long as it should be. */
  | { do: 'recording_deleted'; recordingId: string; keptDays: number | null }

/** Commands that also count for a call that is over, or set aside. */
export const afterTheCall = [
  'recording_over',
  'recorded',
  'recording_delayed',
  'play_recording',
  'recording_deleted',
] as const
