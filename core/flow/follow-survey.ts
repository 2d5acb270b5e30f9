/** What follows for a customer in the satisfaction survey; every wait has a deadline here. */
import type { Leg, LiveCall } from '../call/state.ts'
import type { SwitchboardState } from '../state/switchboard-state.ts'
import { LONGEST_PROMPT_MS } from '../survey/progress.ts'
import { COMPLETED, hangUp } from './leg-ends.ts'
import type { Steps } from './steps.ts'

/** How long a customer has in a survey of which no question is known. */
const SURVEY_MS = 60_000
/** Nobody is given less time than this to press a key. */
const LEAST_WAIT_MS = 1_000

/** The customer is asked. */
export function followSurvey(call: LiveCall, leg: Leg, steps: Steps): void {
  const { callId, survey } = call
  if (!survey) {
    if (call.surveying === null || steps.due(call.surveying + SURVEY_MS)) hangUp(steps, leg, COMPLETED)
    return
  }
  const { says, since, asks, over } = survey
  const { legId } = leg
  const key = `${callId}:survey:${survey.steps}`
  const [media] = says
  const due = (what: 'said' | 'silent') =>
    steps.call(`${key}:${what}`, callId, { do: 'survey_due', what, step: survey.steps })
  if (media === undefined && over) return hangUp(steps, leg, COMPLETED)
  const waitMs = Math.max(LEAST_WAIT_MS, asks.waitMs)
  if (media !== undefined) {
    steps.network(`say:${key}`, legId, { do: 'play', legId, media, repeat: false })
    if (steps.due(since + LONGEST_PROMPT_MS)) due('said')
  } else if (steps.due(since + waitMs)) due('silent')
  // Keys count from the question on, and are not asked for once there is a rating.
  if (!over) {
    const left = media === undefined ? Math.max(1, since + waitMs - steps.now) : LONGEST_PROMPT_MS
    steps.network(`keys:${key}`, legId, { do: 'collect', legId, maxDigits: 1, waitMs: left })
  }
}

/** The agent has hung up, and their queue asks after every call. True: the customer stays for it. */
export function asksAfterCall(
  call: LiveCall,
  { configuration }: Pick<SwitchboardState, 'configuration'>,
  steps: Steps,
): boolean {
  const { callId, leaving, lastTalker, surveyed } = call
  if (surveyed || !lastTalker || leaving?.by !== 'agent' || leaving.reason !== 'hung_up') return false
  const settings = lastTalker.queueCode === null ? null : configuration.state.queues[lastTalker.queueCode]?.survey
  const customer = call.customerLegId ? call.legs[call.customerLegId] : undefined
  if (settings?.when !== 'every_call' || customer?.state !== 'answered') return false
  const { when: _, ...asks } = settings
  steps.call(`${callId}:survey:${lastTalker.segmentId}`, callId, { do: 'survey_by_rule', asks })
  return true
}
