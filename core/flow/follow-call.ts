/**
 * What follows for a call: the commands that bring the ledger and the network to where they should be. It is
 * level-triggered: it looks at the state, never at how the state came about, so a crash, a late report or a failed
 * command loses nothing. Every command has a key derived from its cause, and carrying it out twice changes nothing.
 *
 * This is both the call flow and the reconciler. A reservation without an offer, an offer without a leg and a shift in
 * a call that is over are all closed here and in `follow-shift.ts`, live and after a restart.
 */
import { CALLBACK_CONFIRM_MS, owedCallback } from '../acd/callback.ts'
import type { Leg, LiveCall } from '../call/state.ts'
import { queueing, successorOf } from '../configuration/configuration.ts'
import { TRANSFER_MS } from '../state/place-in-line.ts'
import type { SwitchboardState } from '../state/switchboard-state.ts'
import { followLeg } from './follow-leg.ts'
import { followCallback, followQueue } from './follow-queue.ts'
import { COMPLETED, hangUp, NO_ANSWER } from './leg-ends.ts'
import { Steps, type Follow } from './steps.ts'
import { wrapUpAfter } from './wrap-up.ts'

/** How long a customer's phone rings. */
const CUSTOMER_RING_MS = 60_000
/** How long a customer has to answer the survey. */
const SURVEY_MS = 60_000

/** What follows for a call and its legs, and for the shifts of those talking in it. */
export function followCall(call: LiveCall, switchboard: SwitchboardState, now: number): Follow {
  const steps = new Steps(call.callId, now)
  followCallback(call, switchboard, steps)
  if (call.setAside && !call.setAside.written)
    steps.call(`${call.callId}:set_aside:${call.setAside.revision}`, call.callId, { do: 'set_aside' })
  if (call.status === 'ended') {
    for (const leg of open(call)) hangUp(steps, leg, COMPLETED)
    return steps
  }
  if (call.queue && followQueue(call, call.queue, switchboard, steps)) return steps
  followCustomer(call, switchboard, steps)
  for (const leg of open(call)) {
    if (leg.purpose !== 'customer') followLeg(call, leg, switchboard, steps)
  }
  for (const offer of Object.values(call.offers)) {
    const answered = call.legs[offer.legId]?.answeredAt !== null
    // If a shift is set aside while the phone rings, the agent is no longer reserved: nobody would know what it rings
    // for.
    const unheld = !answered && switchboard.shift(offer.agentId)?.reservation?.offerId !== offer.offerId
    if (unheld)
      steps.call(`${offer.offerId}:unheld`, call.callId, {
        do: 'end_offer',
        offerId: offer.offerId,
        result: 'withdrawn',
      })
    else if (!answered && steps.due(offer.deadline))
      steps.call(`${offer.offerId}:end`, call.callId, { do: 'end_offer', offerId: offer.offerId, result: 'no_answer' })
  }
  if (call.threeWay) {
    const legIds = call.threeWay
    steps.network(`conference:${legIds.join(',')}`, legIds[0]!, { do: 'conference', conferenceId: call.callId, legIds })
  }
  if (call.forwardTo)
    steps.call(`${call.callId}:forward:${call.forwardTo.since}`, call.callId, {
      do: 'forward',
      legId: `${call.callId}:forward:${call.forwardTo.since}`,
    })
  followTransfer(call, switchboard, steps)
  followTalkers(call, switchboard, steps)
  return steps
}

function open(call: LiveCall): Leg[] {
  const legs: Leg[] = []
  for (const legId in call.legs) {
    const leg = call.legs[legId]!
    if (leg.state !== 'ended') legs.push(leg)
  }
  return legs
}

function followCustomer(call: LiveCall, switchboard: SwitchboardState, steps: Steps): void {
  const { callId, queue } = call
  const leg = call.customerLegId ? call.legs[call.customerLegId] : undefined
  if (!leg) {
    // In a placed call the agent's leg comes first (catalogue C3.1-agent-leg-first); in a call-back, the leg of the
    // agent the queue found.
    const first = call.placedBy?.legId ?? Object.values(call.offers)[0]?.legId
    const own = call.placedBy && first ? call.legs[first] : undefined
    if (own?.state === 'answered' && call.number !== null)
      steps.call(`${callId}:dial_customer`, callId, {
        do: 'dial_customer',
        legId: `${callId}:customer`,
        number: call.number,
      })
    return
  }
  if (leg.state === 'ended') return
  if (call.placedBy) {
    if (leg.state === 'dialled' && leg.number !== null) {
      const { legId, number } = leg
      const target = {
        legId,
        callId,
        purpose: 'customer' as const,
        to: { kind: 'number' as const, number, gateway: null },
        callerId: call.callerId,
        ringMs: CUSTOMER_RING_MS,
      }
      steps.network('dial', legId, { do: 'dial', target })
    }
    if (leg.answeredAt === null && steps.due(leg.since + CUSTOMER_RING_MS)) hangUp(steps, leg, NO_ANSWER)
  } else if (leg.state === 'ringing' && !call.leaving) {
    steps.network('answer', leg.legId, { do: 'answer', legId: leg.legId })
  }
  const talkers = Object.values(call.segments)
  if (leg.state === 'held') steps.network(`hold:${leg.holds}`, leg.legId, { do: 'hold', legId: leg.legId, music: null })
  else if (leg.holds > 0 && talkers[0]) {
    // The key names the other party: if they have gone by then, the customer is connected with the agent who is left.
    const to = talkers.at(-1)!.legId
    steps.network(`resume:${leg.holds}:${to}`, leg.legId, { do: 'resume', legId: leg.legId, to })
  }

  if (call.surveying !== null) {
    if (steps.due(call.surveying + SURVEY_MS)) hangUp(steps, leg, COMPLETED)
    return
  }
  const nobody =
    !queue &&
    talkers.length === 0 &&
    Object.keys(call.offers).length === 0 &&
    !call.transferTo &&
    !call.forwardTo &&
    !call.outsideLegId
  if (!call.leaving || !nobody) return
  // A caller who asked for a call-back hears a confirmation, and is released once the call-back has its place in the
  // queue.
  const noted = call.callback && switchboard.configuration.state.queues[call.callback.queueCode]?.callback.media
  if (noted && leg.state === 'answered')
    steps.network('callback', leg.legId, { do: 'play', legId: leg.legId, media: noted, repeat: false })
  if (
    call.callback &&
    (owedCallback(call, switchboard.configuration.state) || !steps.due(call.callback.since + CALLBACK_CONFIRM_MS))
  )
    return
  hangUp(steps, leg, { ...call.leaving, sip: null })
}

/** A blind transfer to an agent: they are reserved as soon as they are free; if that takes too long, the caller goes back to the queue. */
function followTransfer(call: LiveCall, switchboard: SwitchboardState, steps: Steps): void {
  const { transferTo } = call
  if (!transferTo || Object.keys(call.offers).length > 0) return
  const agentId = switchboard.agentOfCode(transferTo.agentCode)
  const shift = agentId ? switchboard.shift(agentId) : null
  if (shift && !steps.due(transferTo.since + TRANSFER_MS)) return
  // A queue that has given the caller up does not get them back.
  const serving =
    call.lastQueueCode && transferTo.from ? successorOf(call.lastQueueCode, switchboard.configuration.state) : null
  const queue = serving?.kind === 'queue' ? switchboard.configuration.state.queues[serving.code] : undefined
  const back = queue
    ? { ...queueing(queue, 0, switchboard.configuration.state.version), joinedAt: call.startedAt }
    : null
  steps.call(`${call.callId}:transfer_failed:${transferTo.since}`, call.callId, {
    do: 'transfer_failed',
    reason: shift ? 'no_answer' : 'unregistered',
    queue: back,
  })
}

/**
 * The shifts of those talking follow the call. That includes a new shift, if the previous one was set aside in the
 * middle of the call.
 */
function followTalkers(call: LiveCall, switchboard: SwitchboardState, steps: Steps): void {
  const { callId, direction } = call
  for (const { agentId, segmentId, queueCode, heldSince, legId } of Object.values(call.segments)) {
    const shift = switchboard.shift(agentId)
    if (!shift) continue
    const { engagement, shiftId } = shift
    const offerId = call.legs[legId]?.offerId ?? null
    if (engagement.kind !== 'talking' || engagement.segmentId !== segmentId) {
      steps.shift(`${segmentId}:start:${shiftId}`, shift, {
        do: 'start_call',
        callId,
        segmentId,
        offerId,
        queueCode,
        direction,
        ...wrapUpAfter(shift, queueCode, switchboard),
      })
    } else if (engagement.held !== (heldSince !== null)) {
      steps.shift(`${segmentId}:held:${heldSince ?? `no:${holdsOf(call)}`}:${shiftId}`, shift, {
        do: heldSince !== null ? 'hold_call' : 'resume_call',
        callId,
      })
    }
  }
  // A supervisor who is also an agent is in the call and gets no other one meanwhile.
  for (const { legId, supervisorAgentId } of Object.values(call.supervisors)) {
    if (call.legs[legId]?.state === 'answered')
      followThirdParty(callId, supervisorAgentId, legId, null, switchboard, steps)
  }
  const { consultation } = call
  const third = consultation?.answered ? call.legs[consultation.legId] : undefined
  if (third) followThirdParty(callId, third.agentId, third.legId, third.offerId, switchboard, steps)
}

/** An agent who is in a call but not in the conversation with the customer. */
function followThirdParty(
  callId: string,
  agentId: string | null,
  legId: string,
  offerId: string | null,
  switchboard: SwitchboardState,
  steps: Steps,
): void {
  const shift = agentId ? switchboard.shift(agentId) : null
  if (!shift || shift.engagement.kind === 'talking') return
  steps.shift(`${legId}:start:${shift.shiftId}`, shift, {
    do: 'start_call',
    callId,
    segmentId: legId,
    offerId,
    queueCode: null,
    direction: 'internal',
    wrapUpMs: 0,
  })
}

function holdsOf(call: LiveCall): number {
  return (call.customerLegId && call.legs[call.customerLegId]?.holds) || 0
}
