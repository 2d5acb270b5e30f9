/** What follows for an agent's shift: their reservation, their call, their deadlines. See also `follow-call.ts`. */
import type { OpenShift, Reservation } from '../agent/state.ts'
import type { OfferFailure } from '../call/events.ts'
import { legOfAgent } from '../call/state.ts'
import type { QueueSettings } from '../queue/settings.ts'
import { rings } from '../queue/strategies.ts'
import type { SwitchboardState } from '../state/switchboard-state.ts'
import { ownerOfShift } from '../telephony/port.ts'
import { settingsOf } from './agent-settings.ts'
import { Steps, type Follow } from './steps.ts'

/** What a phone plays when it enters long sign-in (坐席长签音, catalogue C4.4-enter-by-button). */
export const LONG_SIGN_IN_TONE = 'tone:long_sign_in'
/** A reservation whose offer never came is given up this long after its deadline. */
const RESERVATION_GRACE_MS = 2_000
/**
 * The shortest pause after an offer that the agent's phone turned down at once, so that nobody is dialled in a loop.
 */
const LEAST_PAUSE_MS = 1_000
/** The longest that a phone is not called because it keeps saying that it is busy, unless the queue says longer. */
const MOST_BUSY_PAUSE_MS = 16_000

export function followShift(shift: OpenShift, switchboard: SwitchboardState, now: number): Follow {
  const { shiftId, reservation, engagement } = shift
  const steps = new Steps(ownerOfShift(shiftId), now)
  if (reservation) followReservation(shift, reservation, switchboard, steps)
  followEngagement(shift, switchboard, steps)
  // However it came about: a wish does not stay open when nothing prevents it.
  if (shift.wish && !reservation && engagement.kind === 'idle')
    steps.shift(`${shiftId}:wish:${shift.wish.since ?? 0}`, shift, { do: 'grant_wish' })
  followPresence(shift, switchboard, steps)
  if (shift.longSignIn) followLongSignIn(shift, shift.longSignIn, switchboard, steps)
  if (shift.pausedUntil > now) steps.due(shift.pausedUntil)
  return steps
}

/** The call, wrap-up or preview that the agent is in. */
function followEngagement(shift: OpenShift, switchboard: SwitchboardState, steps: Steps): void {
  const { agentId, engagement } = shift
  if (engagement.kind === 'talking') {
    const { callId, segmentId } = engagement
    const call = switchboard.call(callId)
    const talks =
      call?.status === 'live' && (legOfAgent(call, agentId) !== null || call.supervisors[segmentId] !== undefined)
    if (talks) return
    const spent = sinceSignIn(
      call?.spent[segmentId] ?? { talkMs: call ? 0 : Math.max(0, steps.now - engagement.since), holdMs: 0 },
      shift,
      call?.endedAt ?? steps.now,
    )
    // Their phone is gone, and the customer waits for them: nobody else may reserve them meanwhile.
    const { transferTo } = call ?? {}
    const back =
      call?.status === 'live' && transferTo?.until !== undefined && transferTo.agentCode === shift.agentCode
        ? { offerId: `${segmentId}:back`, legId: `${segmentId}:back:leg`, deadline: transferTo.until }
        : null
    steps.shift(`${segmentId}:end_call`, shift, { do: 'end_call', callId, ...spent, ...(back && { back }) })
  } else if (engagement.kind === 'wrap_up') {
    if (steps.due(engagement.deadline))
      steps.shift(`${engagement.segmentId}:wrap_up:${engagement.deadline}`, shift, {
        do: 'end_wrap_up',
        by: 'deadline',
      })
  } else if (engagement.kind === 'previewing') {
    if (steps.due(engagement.deadline))
      steps.shift(`${engagement.itemId}:preview:${engagement.deadline}`, shift, {
        do: 'end_preview',
        result: 'timed_out',
      })
  }
}

/** No agent is left in a state that only a report could end: desk, phone and the shift itself have their deadlines. */
function followPresence(shift: OpenShift, switchboard: SwitchboardState, steps: Steps): void {
  const { agentId, shiftId, deskLost, unregisteredSince, work } = shift
  const { deskSignOutMs, phoneGraceMs, maxShiftMs } = switchboard.configuration.state.shifts
  const leaving = shift.wish?.work === 'signed_out'
  const signOut = (key: string, reason: string): void => {
    if (!leaving) steps.shift(key, shift, { do: 'sign_out', by: 'system', reason })
  }
  // Of two agents who came to one phone at the same moment, the later one is signed out: their calls would ring at the other's.
  if (shift.extension !== null && switchboard.agentOfExtension(shift.extension) !== agentId)
    signOut(`${shiftId}:phone_taken:${shift.extensionSince}`, 'phone_taken')
  if (maxShiftMs > 0 && steps.due(shift.signedInAt + maxShiftMs)) signOut(`${shiftId}:limit`, 'shift_limit')
  if (deskLost) {
    if (deskSignOutMs > 0 && steps.due(deskLost.since + deskSignOutMs))
      signOut(`${shiftId}:desk_out:${deskLost.since}`, 'desk_lost')
    else if (work !== 'away' && steps.due(deskLost.deadline))
      steps.shift(`${shiftId}:desk:${deskLost.deadline}`, shift, {
        do: 'set_work',
        work: 'away',
        by: 'system',
        reason: 'desk_lost',
      })
  }
  // Agents who go ready without a phone get its grace time again, instead of being set back at once.
  const takesCalls = work === 'ready' || work === 'on_demand'
  if (
    unregisteredSince !== null &&
    takesCalls &&
    !shift.longSignIn?.active &&
    phoneGraceMs > 0 &&
    steps.due(Math.max(unregisteredSince, shift.idleSince) + phoneGraceMs)
  ) {
    steps.shift(`${shiftId}:phone:${unregisteredSince}:${shift.idleSince}`, shift, {
      do: 'set_work',
      work: 'not_ready',
      by: 'system',
      reason: 'phone_unregistered',
    })
  }
}

/**
 * The phone is rung, or was dialled from, and kept connected: it plays a tone to say so, and between calls the music that
 * the rules name.
 */
function followLongSignIn(
  shift: OpenShift,
  { legId, active, deadline, dialled }: NonNullable<OpenShift['longSignIn']>,
  switchboard: SwitchboardState,
  steps: Steps,
): void {
  if (!active) {
    if (steps.due(deadline)) {
      steps.shift(`${legId}:end`, shift, { do: 'end_long_sign_in', legId, by: 'system', reason: 'no_answer' })
      return
    }
    steps.network('dial', legId, {
      do: 'dial',
      target: {
        legId,
        callId: ownerOfShift(shift.shiftId),
        purpose: 'standing',
        to: { kind: 'extension', extension: shift.extension ?? '' },
        callerId: null,
        ringMs: Math.max(1, deadline - steps.now),
      },
    })
    return
  }
  if (dialled) steps.network('keep', legId, { do: 'keep', legId, owner: ownerOfShift(shift.shiftId) })
  steps.network('tone', legId, { do: 'play', legId, media: LONG_SIGN_IN_TONE, repeat: false })
  const { longSignInMusic } = switchboard.configuration.state.shifts
  const free = shift.engagement.kind !== 'talking' && !shift.reservation
  if (longSignInMusic !== null && free)
    steps.network(`music:${shift.idleSince}`, legId, { do: 'play', legId, media: longSignInMusic, repeat: true })
}

/** A reservation becomes an offer, follows the offer's outcome, and ends with it. */
function followReservation(
  shift: OpenShift,
  reservation: Reservation,
  switchboard: SwitchboardState,
  steps: Steps,
): void {
  const { agentId, agentCode } = shift
  const { offerId, callId, legId, queueCode, deadline, since, rang } = reservation
  const call = switchboard.call(callId)
  const release = (result: 'caller_gone' | 'withdrawn' | 'failed'): void =>
    steps.shift(`${offerId}:release`, shift, { do: 'end_reservation', offerId, result, maxNoAnswer: 0, pauseMs: 0 })
  const overdue = (): boolean => steps.due(Math.min(deadline, since + RESERVATION_GRACE_MS))
  if (!call || call.status === 'ended') {
    // A call that the agent places is written after the reservation, so it is given time to appear.
    const mayCome = !call && queueCode === null
    if (!mayCome || overdue()) release('caller_gone')
    return
  }
  const leg = call.legs[legId]
  if (leg?.offerResult) {
    const settings = settingsOf(queueCode, agentId, switchboard)
    steps.shift(`${offerId}:release`, shift, {
      do: 'end_reservation',
      offerId,
      result: leg.offerResult,
      maxNoAnswer: settings.maxNoAnswer,
      pauseMs: pauseAfter(leg.offerResult, settings, shift.busy ?? 0),
    })
    return
  }
  if (leg && leg.state === 'ended' && !call.segments[agentId]) {
    release('failed')
    return
  }
  if (leg) {
    if (!rang && leg.state === 'ringing') steps.shift(`${offerId}:rang`, shift, { do: 'ring', callId, offerId })
    // A phone that is not there rings nobody: the next one is tried, and the agent is not blamed for it.
    if (!shift.registered && !shift.longSignIn?.active && leg.answeredAt === null && call.offers[offerId])
      steps.call(`${offerId}:unregistered`, callId, { do: 'end_offer', offerId, result: 'unregistered' })
    // Answered but not talking yet: the bridge is on its way, and the call takes care of it.
    return
  }
  // Their phone is waited for; it rings as soon as it is there.
  if (call.transferTo?.until !== undefined && !shift.registered && !shift.longSignIn?.active && !steps.due(deadline))
    return
  const wanted = (call.queue && call.queue.queueCode === queueCode) || call.transferTo?.agentCode === agentCode
  if (!wanted) {
    // It may be for a consultation that is about to be written, so it is given the time of its lease.
    if (overdue()) release('withdrawn')
    return
  }
  if (deadline <= steps.now) {
    release('failed')
    return
  }
  const { version, queues } = switchboard.configuration.state
  const strategy = queueCode ? queues[queueCode]?.strategy : undefined
  const alone = !strategy || rings(strategy) === 'one'
  if (alone && Object.keys(call.offers).length > 0) {
    // Another owner of the switchboard was faster: the caller is being offered to somebody else.
    release('withdrawn')
    return
  }
  steps.call(`${offerId}:offer`, callId, {
    do: 'offer',
    offerId,
    agentId,
    agentCode,
    extension: shift.extension,
    legId,
    deadline,
    configVersion: version,
    alone,
  })
  steps.due(deadline + RESERVATION_GRACE_MS)
}

/**
 * Time in the call counts from the sign-in: anything earlier belongs to the agent's previous shift, which was set
 * aside.
 */
function sinceSignIn(
  { talkMs, holdMs }: { talkMs: number; holdMs: number },
  { signedInAt }: OpenShift,
  endedAt: number,
): { talkMs: number; holdMs: number } {
  const most = Math.max(0, endedAt - signedInAt)
  const talked = Math.min(talkMs, most)
  return { talkMs: talked, holdMs: Math.min(holdMs, most - talked) }
}

/** How long an agent gets no offers after a failed one (catalogue A3.2.2.4-reject-delay, A3.2.2.4-busy-delay). */
function pauseAfter(
  result: OfferFailure,
  settings: Pick<QueueSettings, 'noAnswerDelayMs' | 'rejectDelayMs' | 'busyDelayMs'>,
  busyBefore: number,
): number {
  switch (result) {
    case 'no_answer':
      return settings.noAnswerDelayMs
    case 'refused':
      return Math.max(LEAST_PAUSE_MS, settings.rejectDelayMs)
    case 'busy':
      // Nobody knows with whom it is busy: it is asked less and less often.
      return Math.max(Math.min(LEAST_PAUSE_MS * 2 ** busyBefore, MOST_BUSY_PAUSE_MS), settings.busyDelayMs)
    case 'failed':
    case 'unregistered':
      return LEAST_PAUSE_MS
    case 'caller_gone':
    case 'lost_race':
    case 'withdrawn':
      return 0
  }
}
