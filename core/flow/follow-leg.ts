/** What follows for a leg of a call that is not the customer's. */
import { announcementOf } from '../call/announcement.ts'
import { legOfAgent, type Leg, type LiveCall } from '../call/state.ts'
import { lookupOf } from '../routing/dial-plan.ts'
import type { SwitchboardState } from '../state/switchboard-state.ts'
import { answersByItself, settingsInCall } from './agent-settings.ts'
import { CANCELLED, COMPLETED, hangUp, LIMIT, NO_ANSWER } from './leg-ends.ts'
import { outsideTarget } from './routed.ts'
import type { Steps } from './steps.ts'

/** How long an agent, a consulted party or a supervisor is rung if no queue says otherwise. */
const RING_MS = 30_000

/** How long the announcement of an agent may take; it lasts some three seconds. */
const ANNOUNCEMENT_MS = 8_000

/** What follows for a leg of an agent, a consulted party, a supervisor or another outside party. */
export function followLeg(call: LiveCall, leg: Leg, switchboard: SwitchboardState, steps: Steps): void {
  const { callId } = call
  const offer = leg.offerId ? call.offers[leg.offerId] : undefined
  const segment = Object.values(call.segments).find((candidate) => candidate.legId === leg.legId)
  const placed = call.placedBy?.legId === leg.legId
  const consulting = call.consultation?.legId === leg.legId
  const supervision = call.supervisors[leg.legId]
  const outside = call.outsideLegId === leg.legId
  const target = leg.number === null || leg.state === 'ended' ? null : outsideTarget(call, leg, steps.now, switchboard)
  const byPhone = placed && call.placedBy?.phoneLegId === leg.legId
  const customerLegId = call.customerLegId
  const customer = customerLegId ? call.legs[customerLegId] : undefined

  if (leg.state === 'dialled' && (offer || placed || consulting || supervision || outside)) {
    if (leg.number !== null && !target) return hangUp(steps, leg, NO_ANSWER)
    const standing = leg.agentId !== null && leg.number === null ? switchboard.shift(leg.agentId)?.longSignIn : null
    const to = target
      ? { kind: 'number' as const, number: target.number, gateway: target.gateway }
      : standing?.active
        ? { kind: 'standing' as const, legId: standing.legId }
        : { kind: 'extension' as const, extension: leg.extension ?? '' }
    const ringMs = offer ? settingsInCall(call, leg.agentId, switchboard).ringMs : (target?.ringMs ?? RING_MS)
    const callerId = target ? target.callerId : call.number
    const autoAnswer =
      to.kind === 'extension' && answersByItself(leg.extension, !!offer && call.queue !== null, switchboard)
    steps.network('dial', leg.legId, {
      do: 'dial',
      target: {
        legId: leg.legId,
        callId,
        purpose: leg.purpose,
        to,
        callerId,
        ringMs,
        ...(autoAnswer && { autoAnswer }),
        ...(call.outside?.emergency && { emergency: true }),
      },
    })
  }
  const unanswered = leg.state === 'dialled' || leg.state === 'ringing'
  if (offer || placed) {
    // If several agents are rung, only the first to answer is put through.
    const ready =
      leg.state === 'answered' && customer?.state === 'answered' && !segment && (!offer || isFirst(call, leg))
    // A phone that dialled by itself is answered when the other side is there.
    if (byPhone && leg.state === 'ringing' && customer?.state === 'answered')
      steps.network('answer', leg.legId, { do: 'answer', legId: leg.legId })
    if (byPhone) reserveDialling(call, leg, switchboard, steps)
    if (ready && !announces(call, leg, customer.legId, switchboard, steps))
      steps.network('bridge', leg.legId, { do: 'bridge', legId: leg.legId, to: customer.legId })
    if (placed && !byPhone && unanswered && steps.due(leg.since + RING_MS)) hangUp(steps, leg, NO_ANSWER)
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
    if (unanswered && steps.due(leg.since + (target?.ringMs ?? RING_MS))) hangUp(steps, leg, NO_ANSWER)
    if (leg.answeredAt !== null && leg.number !== null) followLongest(call, leg, switchboard, steps)
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

/** A leg that takes the place of one of another call does so before anything is asked of it. */
export function followTaken({ callId }: LiveCall, { legId, purpose, onLegId }: Leg, steps: Steps): void {
  if (onLegId === undefined) return
  const to = { kind: 'leg' as const, legId: onLegId }
  steps.network('dial', legId, { do: 'dial', target: { legId, callId, purpose, to, callerId: null, ringMs: 0 } })
}

/** A call to the outside is ended when it has lasted as long as any may; emergency calls never are. */
export function followLongest(call: LiveCall, leg: Leg, switchboard: SwitchboardState, steps: Steps): void {
  const { longestCallMs } = switchboard.configuration.state.network.limits
  if (longestCallMs > 0 && !call.outside?.emergency && steps.due(leg.answeredAt! + longestCallMs))
    hangUp(steps, leg, LIMIT)
}

/** An agent who dials by the keys of their phone gets no call meanwhile; one in wrap-up gets none anyway. */
function reserveDialling(call: LiveCall, leg: Leg, switchboard: SwitchboardState, steps: Steps): void {
  const shift = leg.agentId === null || leg.state !== 'ringing' ? null : switchboard.shift(leg.agentId)
  if (!shift || shift.reservation || shift.engagement.kind !== 'idle') return
  steps.shift(`${leg.legId}:dialling`, shift, {
    do: 'reserve',
    offerId: `${leg.legId}:dialling`,
    callId: call.callId,
    legId: leg.legId,
    queueCode: null,
    deadline: steps.now + (call.outside?.timeoutMs ?? RING_MS),
    direction: 'outbound',
    decision: null,
  })
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

/** The caller from a queue first hears the number of the agent, if the agent's phone says so. True while they do. */
function announces(
  call: LiveCall,
  leg: Leg,
  customerLegId: string,
  switchboard: SwitchboardState,
  steps: Steps,
): boolean {
  if (!leg.offerId || !call.queue || leg.announced || leg.answeredAt === null || leg.extension === null) return false
  const media = announcementOf(leg.agentCode)
  const phone = lookupOf(switchboard.configuration.state).extensions.get(leg.extension)
  if (media === null || !phone?.announceAgent || steps.due(leg.answeredAt + ANNOUNCEMENT_MS)) return false
  steps.network(`announce:${leg.legId}`, customerLegId, { do: 'play', legId: customerLegId, media, repeat: false })
  return true
}
