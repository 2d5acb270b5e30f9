/** What follows for a leg of a call that is not the customer's. */
import { legOfAgent, type Leg, type LiveCall } from '../call/state.ts'
import type { SwitchboardState } from '../state/switchboard-state.ts'
import { settingsInCall } from './agent-settings.ts'
import { CANCELLED, COMPLETED, hangUp, NO_ANSWER } from './leg-ends.ts'
import type { Steps } from './steps.ts'

/** How long an agent, a consulted party or a supervisor is rung if no queue says otherwise. */
const RING_MS = 30_000

/** What follows for a leg of an agent, a consulted party, a supervisor or another outside party. */
export function followLeg(call: LiveCall, leg: Leg, switchboard: SwitchboardState, steps: Steps): void {
  const { callId } = call
  const offer = leg.offerId ? call.offers[leg.offerId] : undefined
  const segment = Object.values(call.segments).find((candidate) => candidate.legId === leg.legId)
  const placed = call.placedBy?.legId === leg.legId
  const consulting = call.consultation?.legId === leg.legId
  const supervision = call.supervisors[leg.legId]
  const outside = call.outsideLegId === leg.legId
  const customerLegId = call.customerLegId
  const customer = customerLegId ? call.legs[customerLegId] : undefined

  if (leg.state === 'dialled' && (offer || placed || consulting || supervision || outside)) {
    const standing = leg.agentId !== null && leg.number === null ? switchboard.shift(leg.agentId)?.longSignIn : null
    const to =
      leg.number !== null
        ? { kind: 'number' as const, number: leg.number, gateway: null }
        : standing?.active
          ? { kind: 'standing' as const, legId: standing.legId }
          : { kind: 'extension' as const, extension: leg.extension ?? '' }
    const ringMs = offer ? settingsInCall(call, leg.agentId, switchboard).ringMs : RING_MS
    steps.network('dial', leg.legId, {
      do: 'dial',
      target: { legId: leg.legId, callId, purpose: leg.purpose, to, callerId: call.number, ringMs },
    })
  }
  const unanswered = leg.state === 'dialled' || leg.state === 'ringing'
  if (offer || placed) {
    // If several agents are rung, only the first to answer is put through.
    const ready =
      leg.state === 'answered' && customer?.state === 'answered' && !segment && (!offer || isFirst(call, leg))
    if (ready) steps.network('bridge', leg.legId, { do: 'bridge', legId: leg.legId, to: customer.legId })
    if (placed && unanswered && steps.due(leg.since + RING_MS)) hangUp(steps, leg, NO_ANSWER)
    return
  }
  if (consulting) {
    const agent = call.consultation && call.segments[call.consultation.agentId]
    if (leg.state === 'answered' && agent)
      steps.network('consult', leg.legId, { do: 'bridge', legId: leg.legId, to: agent.legId })
    if (unanswered && steps.due(leg.since + RING_MS)) hangUp(steps, leg, NO_ANSWER)
    return
  }
  if (supervision) {
    const { agentId, mode, supervisorCode, changes } = supervision
    const agent = legOfAgent(call, agentId)
    // The supervisor follows the chosen agent and hears what that agent hears.
    if (!agent) hangUp(steps, leg, COMPLETED)
    else if (leg.state === 'answered') {
      const heard = customer?.state === 'answered' && call.segments[agentId] ? customer.legId : null
      const how = `${changes}:${mode}:${agent.legId}:${heard ?? 'without'}:${customer?.holds ?? 0}`
      if (mode === 'take_over') steps.call(`${leg.legId}:take_over`, callId, { do: 'take_over', supervisorCode })
      else
        steps.network(`supervise:${how}`, leg.legId, {
          do: 'supervise',
          legId: leg.legId,
          customerLegId: heard,
          agentLegId: agent.legId,
          mode,
        })
    } else if (unanswered && steps.due(leg.since + RING_MS)) hangUp(steps, leg, NO_ANSWER)
    return
  }
  if (segment) {
    // A party who came by transfer or took over talks on the leg they already have.
    if (leg.purpose !== 'agent' && customerLegId && !call.threeWay)
      steps.network('bridge', leg.legId, { do: 'bridge', legId: leg.legId, to: customerLegId })
    return
  }
  if (outside) {
    if (leg.state === 'answered' && customerLegId && !call.threeWay)
      steps.network('bridge', leg.legId, { do: 'bridge', legId: leg.legId, to: customerLegId })
    if (unanswered && steps.due(leg.since + RING_MS)) hangUp(steps, leg, NO_ANSWER)
    return
  }
  hangUp(
    steps,
    leg,
    leg.answeredAt === null
      ? leg.offerResult === 'no_answer'
        ? NO_ANSWER
        : CANCELLED
      : { ...COMPLETED, by: call.leaving?.by ?? 'system' },
  )
}

/** Did this leg answer before those of all other open offers? */
function isFirst(call: LiveCall, leg: Leg): boolean {
  for (const { legId } of Object.values(call.offers)) {
    const other = call.legs[legId]
    if (!other || other.answeredAt === null || other.legId === leg.legId) continue
    if (other.answeredAt < leg.answeredAt! || (other.answeredAt === leg.answeredAt && other.legId < leg.legId))
      return false
  }
  return true
}
