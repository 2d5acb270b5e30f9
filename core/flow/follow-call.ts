/**
 * What follows for a call: the commands that bring the ledger and the network to where they should be. It is
 * level-triggered: it looks at the state, never at how the state came about, so a crash, a late report or a failed
 * command loses nothing. Every command has a key derived from its cause, and carrying it out twice changes nothing.
 *
 * This is both the call flow and the reconciler. A reservation without an offer, an offer without a leg and a shift in
 * a call that is over are all closed here and in `follow-shift.ts`, live and after a restart.
 */
import { CALLBACK_CONFIRM_MS, owedCallback } from '../acd/callback.ts'
import type { Routed } from '../call/commands.ts'
import type { OfferFailure } from '../call/events.ts'
import { saidBy } from '../call/feature.ts'
import { offerResult } from '../call/network.ts'
import type { OpenShift } from '../agent/state.ts'
import { callerAgent, legOfAgent, type Leg, type LiveCall } from '../call/state.ts'
import { queueing, successorOf } from '../configuration/configuration.ts'
import { transferEnds } from '../state/place-in-line.ts'
import type { SwitchboardState } from '../state/switchboard-state.ts'
import { answersByItself } from './agent-settings.ts'
import { followIvr, returnToMenu } from './follow-ivr.ts'
import { followLeg, followLongest, followTaken } from './follow-leg.ts'
import { followCallback, followQueue } from './follow-queue.ts'
import { followRecording } from './follow-recording.ts'
import { asksAfterCall, followSurvey } from './follow-survey.ts'
import { followUnanswered, followVoicemail } from './follow-voicemail.ts'
import { COMPLETED, hangUp, NO_ANSWER, refusedFor } from './leg-ends.ts'
import { afterClosed, asRouted, outsideTarget, routeCall, sendCall, waysNow } from './routed.ts'
import { Steps, type Follow } from './steps.ts'
import { wrapUpAfter } from './wrap-up.ts'

const HOLD_MUSIC = 'hold_music'
/** When to look again whether somebody has left their other call. */
const LEAVING_MS = 50
/** How long a customer's phone rings. */
const CUSTOMER_RING_MS = 60_000
/** A function that was dialled is given up after this. */
const FEATURE_MS = 15_000
/** What is said of it lasts at most this long. */
const FEATURE_PROMPT_MS = 20_000
/** A prompt that says that it is closed lasts at most this long. */
const CLOSED_PROMPT_MS = 60_000

/** What follows for a call and its legs, and for the shifts of those talking in it. */
export function followCall(call: LiveCall, switchboard: SwitchboardState, now: number): Follow {
  const steps = new Steps(call.callId, now)
  followCallback(call, switchboard, steps)
  followRecording(call, switchboard, steps)
  if (call.setAside && !call.setAside.written)
    steps.call(`${call.callId}:set_aside:${call.setAside.revision}`, call.callId, { do: 'set_aside' })
  if (call.status === 'ended') {
    const end = call.rejected === undefined ? COMPLETED : refusedFor(call.rejected)
    for (const leg of open(call)) hangUp(steps, leg, end)
    return steps
  }
  if (call.queue && followQueue(call, call.queue, switchboard, steps)) return steps
  for (const leg of open(call)) followTaken(call, leg, steps)
  const toVoicemail = followUnanswered(call, switchboard, steps)
  followCustomer(call, switchboard, steps, toVoicemail)
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
  if (call.forwardTo) followForward(call, call.forwardTo, switchboard, steps)
  if (!toVoicemail) followTransfer(call, switchboard, steps)
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

function followCustomer(call: LiveCall, switchboard: SwitchboardState, steps: Steps, toVoicemail: boolean): void {
  const { callId, queue } = call
  const leg = call.customerLegId ? call.legs[call.customerLegId] : undefined
  if (!leg) {
    // In a placed call the agent's leg comes first (catalogue C3.1-agent-leg-first); in a call-back, the leg of the
    // agent the queue found.
    const first = call.placedBy?.legId ?? Object.values(call.offers)[0]?.legId
    const own = call.placedBy && first ? call.legs[first] : undefined
    const there = own?.state === 'answered' || (own?.state === 'ringing' && call.placedBy?.phoneLegId === own.legId)
    if (there && call.number !== null && !call.leaving) dialCustomer(call, call.number, switchboard, steps)
    return
  }
  if (leg.state === 'ended') return
  if (call.placedBy) {
    followDialled(call, leg, switchboard, steps)
  } else if (leg.state === 'ringing' && !call.leaving) {
    steps.network('answer', leg.legId, { do: 'answer', legId: leg.legId })
  }
  if (isKept(call, leg, switchboard, steps)) return
  if (call.feature) {
    const { since, heard } = call.feature
    const media = saidBy(call.feature)
    if (leg.state === 'answered')
      steps.network(`feature:${since}`, leg.legId, { do: 'play', legId: leg.legId, media, repeat: false })
    if (heard || steps.due(since + FEATURE_PROMPT_MS)) hangUp(steps, leg, COMPLETED)
    return
  }
  // A function that was dialled is still being carried out; nobody waits for ever.
  if (call.direction === 'internal' && !call.placedBy && !call.routed && !call.closed) {
    if (steps.due(call.startedAt + FEATURE_MS)) hangUp(steps, leg, COMPLETED)
    return
  }
  if (call.closed) {
    const { media, since, heard } = call.closed
    if (media !== null && leg.state === 'answered')
      steps.network(`closed:${since}`, leg.legId, { do: 'play', legId: leg.legId, media, repeat: false })
    if (heard || steps.due(since + CLOSED_PROMPT_MS))
      steps.call(`${callId}:closed`, callId, { do: 'route', routed: afterClosed(call, steps.now, switchboard) })
    return
  }
  if (call.toIvr || call.ivr) return followIvr(call, leg, switchboard, steps)
  if (call.toVoicemail || call.voicemail) return followVoicemail(call, leg, switchboard, steps)
  if (toVoicemail) return
  const talkers = Object.values(call.segments)
  if (leg.state === 'held') steps.network(`hold:${leg.holds}`, leg.legId, { do: 'hold', legId: leg.legId, music: null })
  else if (leg.holds > 0 && talkers[0]) {
    // The key names the other party: if they have gone by then, the customer is connected with the agent who is left.
    const to = talkers.at(-1)!.legId
    steps.network(`resume:${leg.holds}:${to}`, leg.legId, { do: 'resume', legId: leg.legId, to })
  }

  // A customer who was handed on, or who waits for their agent, hears music until somebody takes them.
  if (call.transferTo?.from && leg.state === 'answered' && talkers.length === 0 && !someoneAnswered(call))
    steps.network(`transfer:${call.transferTo.since}`, leg.legId, {
      do: 'play',
      legId: leg.legId,
      media: HOLD_MUSIC,
      repeat: true,
    })
  if (call.surveying !== null || call.survey) return followSurvey(call, leg, steps)
  const nobody =
    !queue &&
    talkers.length === 0 &&
    Object.keys(call.offers).length === 0 &&
    !call.transferTo &&
    !call.forwardTo &&
    !call.outsideLegId
  if (!call.leaving || !nobody) return
  if (call.fromIvr) return returnToMenu(call, call.leaving.reason, switchboard, steps)
  if (call.sentOn) return transferFailed(call, offerResult(call.leaving), switchboard, steps)
  if (asksAfterCall(call, switchboard, steps)) return
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

function someoneAnswered({ offers, legs }: LiveCall): boolean {
  return Object.values(offers).some(({ legId }) => legs[legId]?.answeredAt != null)
}

/** A phone that dialled its long sign-in stays connected: its leg leaves the call. */
function isKept(
  { callId, direction, feature, startedAt }: LiveCall,
  leg: Leg,
  switchboard: SwitchboardState,
  steps: Steps,
): boolean {
  if (direction !== 'internal' || leg.extension === null) return false
  const agentId = switchboard.agentOfExtension(leg.extension)
  const shift = agentId === null ? null : switchboard.shift(agentId)
  if (!shift || shift.longSignIn?.legId !== leg.legId) return false
  // What was dialled is written first, if it ever is.
  if (feature || steps.due(startedAt + FEATURE_MS))
    steps.call(`${callId}:keep`, callId, { do: 'keep_leg', legId: leg.legId, shiftId: shift.shiftId })
  return true
}

/** The leg of a placed call's customer; in a call within the house, that of the phone that was asked to call. */
function followDialled(call: LiveCall, leg: Leg, switchboard: SwitchboardState, steps: Steps): void {
  const { callId } = call
  const { legId, number, extension, state, answeredAt } = leg
  const outside = number === null ? null : outsideTarget(call, leg, steps.now, switchboard)
  const ringMs = outside?.ringMs ?? CUSTOMER_RING_MS
  if (state === 'dialled') {
    const purpose = 'customer' as const
    if (number !== null && !outside) return hangUp(steps, leg, NO_ANSWER)
    const standing = leg.agentId === null ? null : switchboard.shift(leg.agentId)?.longSignIn
    const to = outside
      ? { kind: 'number' as const, number: outside.number, gateway: outside.gateway }
      : standing?.active
        ? { kind: 'standing' as const, legId: standing.legId }
        : { kind: 'extension' as const, extension: extension ?? '' }
    const callerId = outside ? outside.callerId : call.number
    const autoAnswer = to.kind === 'extension' && answersByItself(extension, false, switchboard)
    const target = { legId, callId, purpose, to, callerId, ringMs, ...(autoAnswer && { autoAnswer }), ...urgency(call) }
    steps.network('dial', legId, { do: 'dial', target })
  }
  if (answeredAt === null && steps.due(leg.since + ringMs)) hangUp(steps, leg, NO_ANSWER)
  if (answeredAt !== null && number !== null) followLongest(call, leg, switchboard, steps)
  // The phone that called has been lifted: now the other party is sought (catalogue C3.1-agent-leg-first).
  if (answeredAt !== null && leg.agentId !== null && !call.routed && extension !== null && call.number !== null) {
    const routing = routeCall({ kind: 'extension', extension }, call.number, callId, steps.now, switchboard)
    const routed = asRouted(routing, { number: extension, priority: 0, at: steps.now }, switchboard)
    steps.call(`${callId}:route`, callId, { do: 'route', routed })
  }
}

/** Dials the customer of a placed call, by the next gateway that can carry it. */
function dialCustomer(call: LiveCall, number: string, switchboard: SwitchboardState, steps: Steps): void {
  const { callId } = call
  const attempts = Object.values(call.legs).filter(({ purpose }) => purpose === 'customer').length
  const legId = attempts === 0 ? `${callId}:customer` : `${callId}:customer:${attempts + 1}`
  const key = `${legId}:dial_customer`
  if (call.routed) {
    const ways = waysNow(call, steps.now, switchboard)
    const way = ways?.[0]
    if (ways?.length === 0) steps.call(`${callId}:give_up:${attempts}`, callId, { do: 'give_up_dialling' })
    else steps.call(key, callId, { do: 'dial_customer', legId, number, ...(way && { way }) })
    return
  }
  // A call-back: the house calls, by its own rules.
  const routing = routeCall({ kind: 'house' }, number, callId, steps.now, switchboard)
  const routed = asRouted(routing, { number: null, priority: 0, at: steps.now }, switchboard)
  const { to } = routed
  if (to.kind === 'outside') {
    const way = to.outside.ways[0]
    steps.call(key, callId, { do: 'dial_customer', legId, number, routed, ...(way && { way }) })
  } else if (routing.outcome.do === 'extension')
    steps.call(key, callId, { do: 'dial_customer', legId, number: null, extension: routing.outcome.extension })
  else steps.call(`${callId}:give_up:${attempts}`, callId, { do: 'give_up_dialling' })
}

/** A caller who was sent to a phone without a shift, or outside: it is dialled, by the next gateway that can carry it. */
function followForward(
  call: LiveCall,
  { number, since }: NonNullable<LiveCall['forwardTo']>,
  switchboard: SwitchboardState,
  steps: Steps,
): void {
  const { callId } = call
  const attempts = Object.values(call.legs).filter(({ purpose }) => purpose === 'consultation').length
  const legId = `${callId}:forward:${since}${attempts === 0 ? '' : `:${attempts + 1}`}`
  const forward = (more: { way?: { gateway: string; callerNumber: string | null }; routed?: Routed }): void =>
    steps.call(legId, callId, { do: 'forward', legId, ...more })
  const giveUp = (): void => {
    if (call.fromIvr) returnToMenu(call, 'unreachable', switchboard, steps)
    else if (call.sentOn) transferFailed(call, 'failed', switchboard, steps)
    else steps.call(`${callId}:give_up:${attempts}`, callId, { do: 'give_up_dialling' })
  }
  if (number === null) return forward({})
  if (call.outside) {
    const ways = waysNow(call, steps.now, switchboard)
    const way = ways?.[0]
    if (ways?.length === 0) giveUp()
    else forward(way ? { way } : {})
    return
  }
  const routing = sendCall({ kind: 'number', code: number }, callId, steps.now, switchboard)
  const routed = asRouted(routing, { number: null, priority: 0, at: steps.now }, switchboard)
  if (routed.to.kind !== 'outside') return giveUp()
  const way = routed.to.outside.ways[0]
  forward({ routed, ...(way && { way }) })
}

/** A blind transfer to an agent: they are reserved as soon as they are free; if that takes too long, the caller goes back to the queue. */
function followTransfer(call: LiveCall, switchboard: SwitchboardState, steps: Steps): void {
  const { transferTo } = call
  if (!transferTo || Object.keys(call.offers).length > 0) return
  const agentId = switchboard.agentOfCode(transferTo.agentCode)
  const shift = agentId ? switchboard.shift(agentId) : null
  // Who talked and is waited for was reserved as they left; once they no longer are, they do not come back.
  const isAwaited = transferTo.until === undefined || (shift && comesBack(call, shift))
  if (shift && isAwaited && !steps.due(transferEnds(transferTo))) return
  transferFailed(call, shift ? 'no_answer' : 'unregistered', switchboard, steps)
}

/** Is an agent whose phone is gone still in the call, or reserved for it again? */
function comesBack({ callId }: LiveCall, { engagement, reservation }: OpenShift): boolean {
  return reservation?.callId === callId || (engagement.kind === 'talking' && engagement.callId === callId)
}

/** The target of a transfer cannot be reached: the caller goes back to the queue they came from, if there was one. */
function transferFailed(call: LiveCall, reason: OfferFailure, switchboard: SwitchboardState, steps: Steps): void {
  const { callId, transferTo, sentOn, lastQueueCode } = call
  const byAgent = transferTo ? transferTo.from !== null : sentOn != null
  // A queue that has given the caller up does not get them back.
  const serving = lastQueueCode && byAgent ? successorOf(lastQueueCode, switchboard.configuration.state) : null
  const queue = serving?.kind === 'queue' ? switchboard.configuration.state.queues[serving.code] : undefined
  const back = queue
    ? { ...queueing(queue, 0, switchboard.configuration.state.version), joinedAt: call.startedAt }
    : null
  const attempt = transferTo?.since ?? Object.keys(call.legs).length
  steps.call(`${callId}:transfer_failed:${attempt}`, callId, { do: 'transfer_failed', reason, queue: back })
}

/**
 * The shifts of those talking follow the call. That includes a new shift, if the previous one was set aside in the
 * middle of the call.
 */
function followTalkers(call: LiveCall, switchboard: SwitchboardState, steps: Steps): void {
  const { callId, direction } = call
  for (const { agentId, segmentId, queueCode, heldSince, legId } of Object.values(call.segments)) {
    const shift = switchboard.shift(agentId)
    if (!shift || leavesAnother(call, shift, switchboard, steps)) continue
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
  // An agent who calls from their phone is in the call, and so is one who dials outside through it.
  const caller = callerAgent(call)
  if (caller && (caller.answeredAt !== null || !call.placedBy))
    followThirdParty(callId, caller.agentId, caller.legId, null, switchboard, steps)
  const { consultation } = call
  const third = consultation?.answered ? call.legs[consultation.legId] : undefined
  if (third) followThirdParty(callId, third.agentId, third.legId, third.offerId, switchboard, steps)
}

/** Somebody whose leg of another call goes on in this one leaves that one before they are in this: nobody is in two calls. */
function leavesAnother(
  { callId, legs }: LiveCall,
  { agentId, engagement }: OpenShift,
  switchboard: SwitchboardState,
  steps: Steps,
): boolean {
  if (engagement.kind !== 'talking' || engagement.callId === callId) return false
  if (!Object.values(legs).some((leg) => leg.agentId === agentId && leg.onLegId !== undefined)) return false
  const other = switchboard.call(engagement.callId)
  const leaves = other?.status === 'live' && legOfAgent(other, agentId) !== null
  if (leaves) steps.due(steps.now + LEAVING_MS)
  return leaves
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

function urgency({ outside }: LiveCall): { emergency?: true } {
  return outside?.emergency ? { emergency: true } : {}
}
