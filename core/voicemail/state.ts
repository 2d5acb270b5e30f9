/** A caller at a box, and the message they leave, as folded from their events. Plain JSON. */
import type { EventsOf } from '../kernel/event.ts'
import type { MessageState, voicemailEvents } from './events.ts'

export type VoicemailEvent = EventsOf<typeof voicemailEvents>

/** Whose box it is. */
export interface Box {
  box: string
  agentId: string | null
  agentCode: string | null
  queueCode: string | null
}

export interface AtBox extends Box {
  /** Prompts they have yet to hear; the first is playing. */
  says: readonly string[]
  /** Since when: of the first prompt, of the recording, of the end. */
  since: number
  longestMs: number
  /** What they say is recorded; null: not yet. */
  recordingId: string | null
  /** They have left a message, or none. */
  over: boolean
  steps: number
}

export interface VoiceMessage extends Box {
  messageId: string
  state: MessageState
}

/** Prompts of the house: after the greeting, and after the message. */
export const TONE = 'voicemail_beep'
export const SAVED = 'voicemail_saved'
export const USUAL_GREETING = 'voicemail_greeting'
export const USUAL_LONGEST_MS = 120_000
/** What is shorter is no message. */
export const SHORTEST_MS = 1_000
/** The key that ends a message. */
export const END_KEY = '#'

export function evolveAtBox(state: AtBox | null | undefined, event: VoicemailEvent & { at: number }): AtBox | null {
  const { at } = event
  switch (event.type) {
    case 'VoicemailReached': {
      const { box, agentId, agentCode, queueCode, says, longestMs } = event.data
      const whose = { box, agentId, agentCode, queueCode }
      return { ...whose, says, since: at, longestMs, recordingId: null, over: false, steps: 0 }
    }
    case 'VoiceMessageLeft':
      return state ? { ...state, over: true, says: [SAVED], since: at, steps: state.steps + 1 } : null
    case 'VoicemailLeft':
      return state ? { ...state, over: true, says: [], since: at, steps: state.steps + 1 } : null
    default:
      return state ?? null
  }
}

export function evolveMessage(state: VoiceMessage | undefined, event: VoicemailEvent): VoiceMessage | undefined {
  switch (event.type) {
    case 'VoiceMessageLeft': {
      const { box, agentId, agentCode, queueCode, messageId } = event.data
      return { box, agentId, agentCode, queueCode, messageId, state: 'new' }
    }
    case 'VoiceMessageMarked':
      return state && { ...state, state: event.data.mark }
    case 'VoiceMessageDeleted':
      return state && { ...state, state: 'deleted' }
    default:
      return state
  }
}
