/** What may be asked of a caller at a box, and of the message they leave. */
import type { MessageMark } from './events.ts'
import type { Box } from './state.ts'

export type VoicemailCommand =
  /** Nobody answers there: the caller may leave a message. */
  | { do: 'to_voicemail'; box: string; configVersion: number }
  | { do: 'reach_voicemail'; box: Box; says: readonly string[]; longestMs: number; configVersion: number }
  /** `step`: of which this follows; later it is void. */
  | { do: 'voicemail_due'; what: 'said' | 'longest'; step: number }
  | { do: 'voicemail_key'; legId: string; keys: string }
  | { do: 'mark_message'; messageId: string; mark: MessageMark; by: string }
  | { do: 'delete_message'; messageId: string; by: string }
  | { do: 'call_back_message'; messageId: string; callbackCallId: string; agentId: string; agentCode: string }

/** Commands that also count for a call that is over, or set aside. */
export const messageCommands = ['mark_message', 'delete_message', 'call_back_message'] as const
