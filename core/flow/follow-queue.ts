/** What follows for a caller in a queue, and for a call-back that a caller was promised there. */
import { CALLBACK_LIFE_MS, owedCallback } from '../acd/callback.ts'
import type { Queueing } from '../call/commands.ts'
import type { QueueExit } from '../call/events.ts'
import { visitsTo, type LiveCall } from '../call/state.ts'
import { queueing, successorOf } from '../configuration/configuration.ts'
import { dueAt, prompt, STALE_MS } from '../queue/announcements.ts'
import { destinationOf, stayingIn, wayOut } from '../queue/exits.ts'
import type { QueueDestination } from '../queue/settings.ts'
import { nextTurn } from '../queue/tiers.ts'
import { PROGRESS_MS } from '../state/place-in-line.ts'
import type { SwitchboardState } from '../state/switchboard-state.ts'
import type { Steps } from './steps.ts'

/**
 * After this many visits without talking to anyone, no rule sends the caller to the same queue again: they are going in
 * circles.
 */
const MOST_VISITS = 10
/** Music begins this long after a caller was answered: callers who are connected by then hear no note of it, and two orders are saved. */
const MUSIC_AFTER_MS = 250
/** When to check that a call-back was placed. */
const CALLBACK_LOOK_MS = 200

/** A waiting caller: exits, music, announcements. True when they are on their way out. */
export function followQueue(
  call: LiveCall,
  queue: NonNullable<LiveCall['queue']>,
  switchboard: SwitchboardState,
  steps: Steps,
): boolean {
  const { state: configuration } = switchboard.configuration
  const { now } = steps
  const settings = configuration.queues[queue.queueCode]
  const { callId } = call
  const { segmentId, queueCode } = queue
  const leave = (exit: QueueExit, to: QueueDestination): true => {
    const other = to.kind === 'queue' ? configuration.queues[to.code] : undefined
    const place = to.keepPlace ? { joinedAt: queue.joinedAt } : {}
    const next = other ? { ...queueing(other, queue.priority, configuration.version), ...place } : null
    steps.call(`${segmentId}:${exit}`, callId, { do: 'leave_queue', exit, to: destinationOf(to), queue: next })
    return true
  }
  if (!settings) {
    // The queue has been removed: nobody may wait where nobody looks. A caller who is being connected stays.
    const connecting = Object.values(call.offers).some((offer) => call.legs[offer.legId]?.answeredAt !== null)
    return connecting ? false : leave('closed', successorOf(queueCode, configuration))
  }
  const leg = call.customerLegId ? call.legs[call.customerLegId] : undefined
  if (call.placedBy?.by === 'callback' && !leg) {
    // Nobody is on the line, so no rule for waiting applies; but the call-back expires.
    if (steps.due(queue.joinedAt + CALLBACK_LIFE_MS))
      return leave('timed_out', { kind: 'hang_up', code: '', keepPlace: false })
    if (queue.notBefore !== null) steps.due(queue.notBefore)
    wakeForTiersAndProgress()
    return false
  }
  // A caller who is being connected stays, however long they have waited.
  const connecting = Object.values(call.offers).some((offer) => call.legs[offer.legId]?.answeredAt !== null)
  if (!connecting) {
    const { zone } = configuration
    const facts = {
      zone,
      absentSince: switchboard.matching.absentSince(queueCode),
      ahead: switchboard.matching.arrivedBefore(queueCode, callId, settings.overflow.length),
    }
    const { exit, wakeAt } = wayOut(queue, queue.circled ? stayingIn(settings) : settings, facts, now)
    if (exit) {
      const to = settings.exits[exit]
      if (to.kind !== 'queue') return leave(exit, to)
      // Nobody serves the caller here, and the exit leads back here.
      if (queue.circled) return leave(exit, { kind: 'hang_up', code: '', keepPlace: false })
      const visits = visitsTo(call, to.code)
      if (visits < MOST_VISITS) return leave(exit, to)
      steps.call(`${segmentId}:circle`, callId, { do: 'break_circle', exit, to: to.code, visits })
      return false
    }
    if (wakeAt !== null) steps.due(wakeAt)
    if (queue.pressed !== null && queue.pressed === settings.callback.key && call.number !== null) {
      steps.call(`${segmentId}:callback`, callId, { do: 'request_callback' })
      return true
    }
  }
  wakeForTiersAndProgress()
  if (leg?.state !== 'answered' || connecting) return false
  const isNew = (said: { at: number } | undefined): boolean => said !== undefined && said.at > now - STALE_MS
  // Before anything is announced, since music that begins cuts it short.
  const speaks = settings.announcements.some(({ kind }) => isNew(queue.announced[kind]))
  if (steps.due((leg.answeredAt ?? now) + MUSIC_AFTER_MS) || speaks)
    steps.network(`music:${segmentId}`, leg.legId, {
      do: 'play',
      legId: leg.legId,
      media: settings.music,
      repeat: true,
    })
  for (const announcement of settings.announcements) {
    const { kind } = announcement
    const said = queue.announced[kind]
    if (said && isNew(said))
      steps.network(`announce:${kind}:${said.at}`, leg.legId, {
        do: 'play',
        legId: leg.legId,
        media: prompt(announcement, said.value),
        repeat: false,
      })
    const at = dueAt(announcement, queue)
    if (!steps.due(at)) continue
    const value = valueOf(kind)
    if (kind === 'sound' || value !== null)
      steps.call(`${segmentId}:announce:${kind}:${at}`, callId, { do: 'announce', kind, value })
    // The value is not known yet, so it is tried again later.
    else steps.due(now + announcement.everyMs)
  }
  return false

  /** The value a spoken announcement fills in; null: not known. */
  function valueOf(kind: 'sound' | 'place' | 'expected_wait'): number | null {
    const place = switchboard.matching.placeOf(queueCode, callId)
    if (kind === 'sound' || place === null) return null
    return kind === 'place' ? place : switchboard.memory.expectedWait(queueCode, place, now)
  }

  function wakeForTiersAndProgress(): void {
    const turn = settings!.tiers.apply
      ? nextTurn(settings!.tiers, switchboard.matching.levelsOf(queueCode), now - queue.joinedAt)
      : null
    if (turn !== null) steps.due(queue.joinedAt + turn)
    const rung = Object.values(call.offers)
    if (rung.length > 0 && settings!.strategy === 'ring-progressively')
      steps.due(Math.max(...rung.map((offer) => offer.offeredAt)) + PROGRESS_MS)
  }
}

/** A call-back that is owed is placed in its queue and then recorded in this call. */
export function followCallback(call: LiveCall, switchboard: SwitchboardState, steps: Steps): void {
  const { state: configuration } = switchboard.configuration
  const owed = owedCallback(call, configuration)
  const queue = owed && configuration.queues[owed.queueCode]
  if (!owed || !queue) return
  const { callId, number, joinedAt, attempt, notBefore } = owed
  if (switchboard.call(callId)) {
    steps.call(`${callId}:placed`, call.callId, { do: 'callback_placed', callbackCallId: callId })
    return
  }
  const place: Queueing = { ...queueing(queue, 0, configuration.version), joinedAt, callback: true, notBefore }
  // It is written to a stream of its own, so whether that succeeded is seen a moment later.
  steps.due(steps.now + CALLBACK_LOOK_MS)
  steps.call(`${callId}:place`, callId, {
    do: 'place_callback',
    callId,
    number,
    callerId: call.callerId,
    linkedCallId: call.callId,
    attempt,
    queue: place,
  })
}
