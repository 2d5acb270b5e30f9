/**
 * What follows from what is, for an agent's shift: his reservation, his call, his deadlines. See
 * `follow-call.ts` for what holds of both.
 */
import type { ShiftCommand } from '../agent/shift.ts'
import type { OpenShift } from '../agent/state.ts'
import type { CallCommand } from '../call/commands.ts'
import { legOfAgent } from '../call/state.ts'
import type { OfferFailure } from '../call/events.ts'
import type { QueueSettings } from '../queue/settings.ts'
import { settingsOf, type Follow, type Step } from './follow-call.ts'
import { ownerOfShift, type LegCommand } from '../telephony/port.ts'
import { rings } from '../queue/strategies.ts'
import type { SwitchboardState } from '../state/switchboard-state.ts'

/** What a phone hears when it is kept connected from now on (坐席长签音, catalogue C4.4-enter-by-button). */
export const LONG_SIGN_IN_TONE = 'tone:long_sign_in'
/** A reservation whose offer never came is given up this long after its deadline. */
const RESERVATION_GRACE_MS = 2_000
/** After an offer that his phone turned down at once, an agent is left alone so long at least: nobody is dialled in a loop. */
const LEAST_PAUSE_MS = 1_000

/** What follows for an agent's shift: his reservation, his call, his deadlines. */
export function followShift(shift: OpenShift, switchboard: SwitchboardState, now: number): Follow {
  const { agentId, shiftId, reservation, engagement } = shift
  const rules = switchboard.configuration.state.shifts
  const steps: Step[] = []
  let wakeAt: number | null = null
  const step = (key: string, command: ShiftCommand): number =>
    steps.push({ to: 'shift', key, agentId, shiftId, command })
  const due = (at: number): boolean => {
    if (at <= now) return true
    wakeAt = Math.min(wakeAt ?? Infinity, at)
    return false
  }

  if (reservation) followReservation()
  if (engagement.kind === 'talking') {
    const { callId, segmentId } = engagement
    const call = switchboard.call(callId)
    const talks =
      call?.status === 'live' && (legOfAgent(call, agentId) !== null || call.supervisors[segmentId] !== undefined)
    if (!talks) {
      const spent = sinceSignIn(
        call?.spent[segmentId] ?? { talkMs: call ? 0 : Math.max(0, now - engagement.since), holdMs: 0 },
        shift,
        call?.endedAt ?? now,
      )
      step(`${segmentId}:end_call`, { do: 'end_call', callId, ...spent })
    }
  } else if (engagement.kind === 'wrap_up') {
    if (due(engagement.deadline))
      step(`${engagement.segmentId}:wrap_up:${engagement.deadline}`, { do: 'end_wrap_up', by: 'deadline' })
  } else if (engagement.kind === 'previewing') {
    if (due(engagement.deadline))
      step(`${engagement.itemId}:preview:${engagement.deadline}`, { do: 'end_preview', result: 'timed_out' })
  }
  // Whatever brought it about: nothing that was asked for is left standing when nothing stands in its way.
  if (shift.wish && !reservation && engagement.kind === 'idle')
    step(`${shiftId}:wish:${shift.wish.since ?? 0}`, { do: 'grant_wish' })
  followPresence()
  followLongSignIn()
  if (shift.pausedUntil > now) due(shift.pausedUntil)
  return { steps, wakeAt }

  /** Nobody is left in a state that only a report could end: desk, phone and the shift itself have their time. */
  function followPresence(): void {
    const { deskSignOutMs, phoneGraceMs, maxShiftMs } = rules
    const { deskLost, unregisteredSince, work } = shift
    const leaving = shift.wish?.work === 'signed_out'
    const signOut = (key: string, reason: string): void =>
      void (leaving || step(key, { do: 'sign_out', by: 'system', reason }))
    // Of two who came to one phone in one moment the later one is out: their calls would ring at the other's.
    if (shift.extension !== null && switchboard.agentOfExtension(shift.extension) !== agentId)
      signOut(`${shiftId}:phone_taken:${shift.extensionSince}`, 'phone_taken')
    if (maxShiftMs > 0 && due(shift.signedInAt + maxShiftMs)) signOut(`${shiftId}:limit`, 'shift_limit')
    if (deskLost) {
      if (deskSignOutMs > 0 && due(deskLost.since + deskSignOutMs))
        signOut(`${shiftId}:desk_out:${deskLost.since}`, 'desk_lost')
      else if (work !== 'away' && due(deskLost.deadline))
        step(`${shiftId}:desk:${deskLost.deadline}`, {
          do: 'set_work',
          work: 'away',
          by: 'system',
          reason: 'desk_lost',
        })
    }
    // Who sets himself ready without a phone is given its time anew, and not set back in the same moment.
    const takesCalls = work === 'ready' || work === 'on_demand'
    if (
      unregisteredSince !== null &&
      takesCalls &&
      !shift.longSignIn?.active &&
      phoneGraceMs > 0 &&
      due(Math.max(unregisteredSince, shift.idleSince) + phoneGraceMs)
    ) {
      step(`${shiftId}:phone:${unregisteredSince}:${shift.idleSince}`, {
        do: 'set_work',
        work: 'not_ready',
        by: 'system',
        reason: 'phone_unregistered',
      })
    }
  }

  /** His phone is rung, and kept: it hears the tone that says so, and between calls the music that the rules name. */
  function followLongSignIn(): void {
    if (!shift.longSignIn) return
    const { legId, active, deadline } = shift.longSignIn
    const owner = ownerOfShift(shiftId)
    const network = (key: string, command: LegCommand): number =>
      steps.push({ to: 'network', key: `${legId}:${key}`, callId: owner, legId, command })
    if (!active) {
      if (due(deadline))
        return void step(`${legId}:end`, { do: 'end_long_sign_in', legId, by: 'system', reason: 'no_answer' })
      const to = { kind: 'extension' as const, extension: shift.extension ?? '' }
      network('dial', {
        do: 'dial',
        target: { legId, callId: owner, purpose: 'standing', to, callerId: null, ringMs: Math.max(1, deadline - now) },
      })
      return
    }
    network('tone', { do: 'play', legId, media: LONG_SIGN_IN_TONE, repeat: false })
    const { longSignInMusic } = rules
    const free = engagement.kind !== 'talking' && !reservation
    if (longSignInMusic !== null && free)
      network(`music:${shift.idleSince}`, { do: 'play', legId, media: longSignInMusic, repeat: true })
  }

  function followReservation(): void {
    const { offerId, callId, legId, queueCode, deadline, rang } = reservation!
    const call = switchboard.call(callId)
    const release = (result: 'caller_gone' | 'withdrawn' | 'failed'): number =>
      step(`${offerId}:release`, { do: 'end_reservation', offerId, result, maxNoAnswer: 0, pauseMs: 0 })
    if (!call || call.status === 'ended') {
      // A call of his own making is written after his reservation, so it is given the time to come.
      const mayCome = !call && queueCode === null
      if (!mayCome || due(Math.min(deadline, reservation!.since + RESERVATION_GRACE_MS))) release('caller_gone')
      return
    }
    const leg = call.legs[legId]
    if (leg?.offerResult) {
      const settings = settingsOf(queueCode, agentId, switchboard)
      const pauseMs = pauseAfter(leg.offerResult, settings)
      step(`${offerId}:release`, {
        do: 'end_reservation',
        offerId,
        result: leg.offerResult,
        maxNoAnswer: settings.maxNoAnswer,
        pauseMs,
      })
      return
    }
    if (leg && leg.state === 'ended' && !call.segments[agentId]) {
      release('failed')
      return
    }
    if (leg) {
      if (!rang && leg.state === 'ringing') step(`${offerId}:rang`, { do: 'ring', callId, offerId })
      // A phone that is gone rings nobody: the next one is tried, and he is not blamed for it.
      if (!shift.registered && !shift.longSignIn?.active && leg.answeredAt === null && call.offers[offerId]) {
        steps.push({
          to: 'call',
          key: `${offerId}:unregistered`,
          callId,
          command: { do: 'end_offer', offerId, result: 'unregistered' },
        })
      }
      // Answered and not yet talking: the bridge is under way, and the call speaks for it.
      return
    }
    const wanted = (call.queue && call.queue.queueCode === queueCode) || call.transferTo?.agentCode === shift.agentCode
    if (wanted && deadline > now) {
      const { version } = switchboard.configuration.state
      const strategy = queueCode ? switchboard.configuration.state.queues[queueCode]?.strategy : undefined
      const alone = !strategy || rings(strategy) === 'one'
      if (alone && Object.keys(call.offers).length > 0) {
        // Another owner of the switchboard was faster: the caller is rung elsewhere.
        release('withdrawn')
        return
      }
      const command: CallCommand = {
        do: 'offer',
        offerId,
        agentId,
        agentCode: shift.agentCode,
        extension: shift.extension,
        legId,
        deadline,
        configVersion: version,
        alone,
      }
      steps.push({ to: 'call', key: `${offerId}:offer`, callId, command })
      due(deadline + RESERVATION_GRACE_MS)
    } else if (!wanted) {
      // It may be a consultation that is about to be written, so it is given the time of its lease.
      if (due(Math.min(deadline, reservation!.since + RESERVATION_GRACE_MS))) release('withdrawn')
    } else {
      release('failed')
    }
  }
}

/** What came before the shift, in a call that went on when the one before was set aside, stands in that one. */
function sinceSignIn(
  { talkMs, holdMs }: { talkMs: number; holdMs: number },
  { signedInAt }: OpenShift,
  endedAt: number,
): { talkMs: number; holdMs: number } {
  const most = Math.max(0, endedAt - signedInAt)
  const talked = Math.min(talkMs, most)
  return { talkMs: talked, holdMs: Math.min(holdMs, most - talked) }
}

/** How long an agent gets no offers after one that failed (catalogue A3.2.2.4-reject-delay, A3.2.2.4-busy-delay). */
function pauseAfter(
  result: OfferFailure,
  settings: Pick<QueueSettings, 'noAnswerDelayMs' | 'rejectDelayMs' | 'busyDelayMs'>,
): number {
  switch (result) {
    case 'no_answer':
      return settings.noAnswerDelayMs
    case 'refused':
      return Math.max(LEAST_PAUSE_MS, settings.rejectDelayMs)
    case 'busy':
      return Math.max(LEAST_PAUSE_MS, settings.busyDelayMs)
    case 'failed':
    case 'unregistered':
      return LEAST_PAUSE_MS
    case 'caller_gone':
    case 'lost_race':
    case 'withdrawn':
      return 0
  }
}
