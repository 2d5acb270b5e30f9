/** Where a customer is in the survey, as folded from its events. Plain JSON. */
import type { EventsOf } from '../kernel/event.ts'
import type { surveyEvents, WrongAnswer } from './events.ts'
import type { SurveyQuestions } from './settings.ts'

export type SurveyEvent = EventsOf<typeof surveyEvents>

export interface SurveyProgress {
  agentId: string
  agentCode: string
  segmentId: string | null
  queueCode: string | null
  asks: SurveyQuestions
  /** Prompts they have yet to hear; the first is playing. */
  says: readonly string[]
  /** Since when: of the first prompt, or of the wait for a key. */
  since: number
  /** The question was asked again. */
  repeated: boolean
  /** There is a rating, or there will be none. */
  over: boolean
  /** How often something has happened here. */
  steps: number
}

/** No prompt lasts longer. */
export const LONGEST_PROMPT_MS = 60_000

export function evolveSurvey(
  state: SurveyProgress | null | undefined,
  event: SurveyEvent & { at: number },
): SurveyProgress | null {
  const { at } = event
  if (event.type === 'SurveyStarted') {
    const { agentId, agentCode, segmentId, queueCode, asks } = event.data
    if (!asks) return null
    const who = { agentId, agentCode, segmentId, queueCode }
    return { ...who, asks, says: [asks.question], since: at, repeated: false, over: false, steps: 0 }
  }
  if (!state) return null
  const next = { ...state, since: at, steps: state.steps + 1 }
  const says = (...prompts: (string | null)[]): string[] => prompts.filter((prompt) => prompt !== null)
  const { question, invalid, silent, thanks } = state.asks
  switch (event.type) {
    case 'SurveyRepeated':
      return { ...next, repeated: true, says: says(event.data.reason === 'invalid_key' ? invalid : silent, question) }
    case 'SurveyRated':
      return { ...next, over: true, says: says(thanks) }
    case 'SurveySkipped':
      return { ...next, over: true, says: [] }
  }
}

/** A prompt is over; one that was cut short takes those behind it along, since a key was pressed. */
export function heard(state: SurveyProgress, complete: boolean, at: number): SurveyProgress {
  return { ...state, says: complete ? state.says.slice(1) : [], since: at, steps: state.steps + 1 }
}

/** The customer pressed a key. */
export function answered(state: SurveyProgress, callId: string, key: string): SurveyEvent[] {
  const meant = state.asks.keys.find((one) => one.key === key)
  if (!meant) return wrong(state, callId, 'invalid_key', key)
  return [{ type: 'SurveyRated', data: { callId, ...whoOf(state), rating: meant.rating, key } }]
}

/** The question is asked once more, and then no longer. */
export function wrong(state: SurveyProgress, callId: string, reason: WrongAnswer, key: string | null): SurveyEvent[] {
  return state.repeated
    ? [{ type: 'SurveySkipped', data: { callId, ...whoOf(state), reason } }]
    : [{ type: 'SurveyRepeated', data: { callId, ...whoOf(state), reason, key } }]
}

export function skipped(state: SurveyProgress, callId: string, reason: 'hung_up' | 'failed'): SurveyEvent[] {
  return state.over ? [] : [{ type: 'SurveySkipped', data: { callId, ...whoOf(state), reason } }]
}

function whoOf({ agentId, agentCode, segmentId, queueCode }: SurveyProgress) {
  return { agentId, agentCode, segmentId, queueCode }
}
