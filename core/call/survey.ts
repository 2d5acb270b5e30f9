/** The satisfaction survey after a call: the agent's side ends, and the customer is asked (catalogue A2.2-btn-satisfaction). */
import type { Context } from '../kernel/decider.ts'
import { answered, skipped, wrong } from '../survey/progress.ts'
import { usualQuestions } from '../survey/settings.ts'
import type { SurveyCommand } from './commands.ts'
import { consultationEnded, customerLeg, leftCall, resumed, talking } from './decision-parts.ts'
import type { CallEvent } from './events.ts'
import type { LiveCall } from './state.ts'

export function decideSurvey(command: SurveyCommand, call: LiveCall, { at }: Context): CallEvent[] {
  const { callId, survey } = call
  switch (command.do) {
    case 'start_survey': {
      const { agentId, agentCode, segmentId, queueCode, legId } = talking(call, command.agentId)
      const leg = customerLeg(call)
      const extension = call.legs[legId]?.extension ?? null
      const asks = command.asks ?? usualQuestions
      const who = { callId, agentId, agentCode, segmentId, queueCode, extension }
      return [
        ...(call.consultation ? [consultationEnded(call, 'dropped')] : []),
        { type: 'SurveyStarted', data: { ...who, by: 'agent', asks } },
        // Everybody else in the conversation leaves too: a rating is given in private.
        ...Object.values(call.segments).map((segment) => leftCall(call, segment, 'agent', at)),
        ...(leg.state === 'held' ? [resumed(call, null)] : []),
      ]
    }
    case 'survey_by_rule': {
      const { lastTalker } = call
      if (call.status !== 'live' || call.surveyed || !lastTalker || Object.keys(call.segments).length > 0) return []
      const { asks } = command
      return [{ type: 'SurveyStarted', data: { callId, ...lastTalker, by: 'rule', asks } }]
    }
    case 'survey_key': {
      const [key] = command.keys
      if (!survey || survey.over || command.legId !== call.customerLegId || key === undefined) return []
      return answered(survey, callId, key)
    }
    case 'survey_due':
      if (call.status !== 'live' || !survey || survey.steps !== command.step) return []
      if (command.what === 'silent') return survey.over ? [] : wrong(survey, callId, 'no_key', null)
      return surveyPromptOver(call, false)
  }
}

/** A prompt of the survey is over. */
export function surveyPromptOver({ callId, survey, customerLegId }: LiveCall, complete: boolean): CallEvent[] {
  const [media] = survey?.says ?? []
  if (media === undefined || customerLegId === null) return []
  return [{ type: 'PromptPlayed', data: { callId, legId: customerLegId, media, complete } }]
}

/** The customer is gone without a rating. */
export function leftSurvey({ callId, survey }: LiveCall, by: 'hung_up' | 'failed'): CallEvent[] {
  return survey ? skipped(survey, callId, by) : []
}
