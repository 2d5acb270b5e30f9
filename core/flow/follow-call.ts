/**
 * What follows from what is: for a call (here) and for an agent's shift (`follow-shift.ts`), the commands that bring the ledger
 * and the network to where they should be. Level-triggered: it looks at the state and never at how it
 * came about, so that nothing is lost by a crash, a late report or a command that failed. Every command
 * has a key that follows from what caused it; done twice it changes nothing.
 *
 * This is the call flow, and it is also the reconciler of the house: a reservation without an offer, an
 * offer without a leg, a shift in a call that is over are all closed here, live and after a restart.
 */
import type { ShiftCommand } from '../agent/shift.ts'
import type { CallCommand, Queueing } from '../call/commands.ts'
import type { QueueExit } from '../call/events.ts'
import { legOfAgent, visitsTo, type Leg, type LiveCall } from '../call/state.ts'
import type { LegCommand, LegEnd } from '../telephony/port.ts'
import { dueAt, prompt, STALE_MS } from '../queue/announcements.ts'
import { CALLBACK_CONFIRM_MS, CALLBACK_LIFE_MS, owedCallback } from '../acd/callback.ts'
import { queueing, successorOf } from '../configuration/configuration.ts'
import type { QueueDestination, QueueSettings } from '../queue/settings.ts'
import { destinationOf, stayingIn, wayOut } from '../queue/exits.ts'
import { PROGRESS_MS, TRANSFER_MS, type SwitchboardState } from '../state/switchboard-state.ts'
import { nextTurn } from '../queue/tiers.ts'
import { wrapUpAfter } from './wrap-up.ts'

/** Something to be done, once, under its key. */
export type Step =
  | { to: 'call'; key: string; callId: string; command: CallCommand }
  | { to: 'shift'; key: string; agentId: string; shiftId: string; command: ShiftCommand; callId?: string }
  /** `callId` is the leg's owner: a call, or a shift (`ownerOfShift`). */
  | { to: 'network'; key: string; callId: string; legId: string; command: LegCommand }

/** What to do, and when to look again although nothing happened. */
export interface Follow {
  steps: Step[]
  /** UTC ms; null: only when something happens. */
  wakeAt: number | null
}

/** A customer who is called is rung so long. */
const CUSTOMER_RING_MS = 60_000
/** A consulted party, or a supervisor, is rung so long. */
const THIRD_RING_MS = 30_000
/** A customer has so long to rate. */
const SURVEY_MS = 60_000

/** A queue that has had a caller so often since somebody talked to them does not get them again by a rule: it is a circle. */
const MOST_VISITS = 10

/** A call-back that was just placed is looked for after this. */
const CALLBACK_LOOK_MS = 200

const COMPLETED: LegEnd = { by: 'system', cause: 16, sip: null, reason: 'completed' }
const CANCELLED: LegEnd = { by: 'system', cause: 16, sip: 487, reason: 'cancelled' }
const NO_ANSWER: LegEnd = { by: 'system', cause: 19, sip: 480, reason: 'no_answer' }

/** The ring time and delays of a call that no queue speaks for. */
const outsideQueues = { ringMs: 20_000, maxNoAnswer: 0, noAnswerDelayMs: 0, rejectDelayMs: 0, busyDelayMs: 0 } as const

class Steps {
  readonly steps: Step[] = []
  wakeAt: number | null = null
  readonly #call: LiveCall

  constructor(call: LiveCall) {
    this.#call = call
  }

  call(key: string, command: CallCommand): void {
    this.steps.push({ to: 'call', key, callId: this.#call.callId, command })
  }

  network(key: string, legId: string, command: LegCommand): void {
    this.steps.push({ to: 'network', key: `${legId}:${key}`, callId: this.#call.callId, legId, command })
  }

  hangUp(leg: Leg, end: LegEnd): void {
    this.network('hang_up', leg.legId, { do: 'hang_up', legId: leg.legId, end })
  }

  /** True when the moment has come; else asks to be woken then. */
  due(at: number, now: number): boolean {
    if (at <= now) return true
    this.wakeAt = Math.min(this.wakeAt ?? Infinity, at)
    return false
  }
}

/** What follows for a call and its legs, and for the shifts of those who talk in it. */
export function followCall(call: LiveCall, switchboard: SwitchboardState, now: number): Follow {
  const todo = new Steps(call)
  followCallback(call, switchboard, todo, now)
  if (call.setAside && !call.setAside.written)
    todo.call(`${call.callId}:set_aside:${call.setAside.revision}`, { do: 'set_aside' })
  if (call.status === 'ended') {
    for (const leg of open(call)) todo.hangUp(leg, COMPLETED)
    return todo
  }
  if (call.queue && followQueue(call, call.queue, switchboard, todo, now)) return todo
  followCustomer(call, switchboard, todo, now)
  for (const leg of open(call)) {
    if (leg.purpose !== 'customer') followLeg(call, leg, switchboard, todo, now)
  }
  for (const offer of Object.values(call.offers)) {
    const answered = call.legs[offer.legId]?.answeredAt !== null
    // Whose shift was set aside while their phone rings is not reserved any more: nobody would know what it rings for.
    const unheld = !answered && switchboard.shift(offer.agentId)?.reservation?.offerId !== offer.offerId
    if (unheld) todo.call(`${offer.offerId}:unheld`, { do: 'end_offer', offerId: offer.offerId, result: 'withdrawn' })
    else if (!answered && todo.due(offer.deadline, now))
      todo.call(`${offer.offerId}:end`, { do: 'end_offer', offerId: offer.offerId, result: 'no_answer' })
  }
  if (call.threeWay) {
    const legIds = call.threeWay
    todo.network(`conference:${legIds.join(',')}`, legIds[0]!, { do: 'conference', conferenceId: call.callId, legIds })
  }
  if (call.forwardTo)
    todo.call(`${call.callId}:forward:${call.forwardTo.since}`, {
      do: 'forward',
      legId: `${call.callId}:forward:${call.forwardTo.since}`,
    })
  followTransfer(call, switchboard, todo, now)
  followTalkers(call, switchboard, todo)
  return todo
}

function open(call: LiveCall): Leg[] {
  const legs: Leg[] = []
  for (const legId in call.legs) {
    const leg = call.legs[legId]!
    if (leg.state !== 'ended') legs.push(leg)
  }
  return legs
}

function followCustomer(call: LiveCall, switchboard: SwitchboardState, todo: Steps, now: number): void {
  const { callId, queue } = call
  const leg = call.customerLegId ? call.legs[call.customerLegId] : undefined
  if (!leg) {
    // Of a placed call the agent's leg comes first (catalogue C3.1-agent-leg-first), of a call-back that of the agent whom its queue found.
    const first = call.placedBy?.legId ?? Object.values(call.offers)[0]?.legId
    const own = call.placedBy && first ? call.legs[first] : undefined
    if (own?.state === 'answered' && call.number !== null)
      todo.call(`${callId}:dial_customer`, { do: 'dial_customer', legId: `${callId}:customer`, number: call.number })
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
      todo.network('dial', legId, { do: 'dial', target })
    }
    if (leg.answeredAt === null && todo.due(leg.since + CUSTOMER_RING_MS, now)) todo.hangUp(leg, NO_ANSWER)
  } else if (leg.state === 'ringing' && !call.leaving) {
    todo.network('answer', leg.legId, { do: 'answer', legId: leg.legId })
  }
  const talkers = Object.values(call.segments)
  if (leg.state === 'held') todo.network(`hold:${leg.holds}`, leg.legId, { do: 'hold', legId: leg.legId, music: null })
  else if (leg.holds > 0 && talkers[0]) {
    // To whom: when he is gone by then, the customer goes to the one who is left.
    const to = talkers.at(-1)!.legId
    todo.network(`resume:${leg.holds}:${to}`, leg.legId, { do: 'resume', legId: leg.legId, to })
  }

  if (call.surveying !== null) {
    if (todo.due(call.surveying + SURVEY_MS, now)) todo.hangUp(leg, COMPLETED)
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
  // Who asked for a call-back hears that it is noted, and is let go when it has its place.
  const noted = call.callback && switchboard.configuration.state.queues[call.callback.queueCode]?.callback.media
  if (noted && leg.state === 'answered')
    todo.network('callback', leg.legId, { do: 'play', legId: leg.legId, media: noted, repeat: false })
  if (
    call.callback &&
    (owedCallback(call, switchboard.configuration.state) || !todo.due(call.callback.since + CALLBACK_CONFIRM_MS, now))
  )
    return
  todo.hangUp(leg, { ...call.leaving, sip: null })
}

/** A waiting caller: the ways out, music, announcements. True when he is on his way out. */
function followQueue(
  call: LiveCall,
  queue: NonNullable<LiveCall['queue']>,
  switchboard: SwitchboardState,
  todo: Steps,
  now: number,
): boolean {
  const { state: configuration } = switchboard.configuration
  const settings = configuration.queues[queue.queueCode]
  const { callId } = call
  const { segmentId, queueCode } = queue
  const leave = (exit: QueueExit, to: QueueDestination): true => {
    const other = to.kind === 'queue' ? configuration.queues[to.code] : undefined
    const place = to.keepPlace ? { joinedAt: queue.joinedAt } : {}
    const next = other ? { ...queueing(other, queue.priority, configuration.version), ...place } : null
    todo.call(`${segmentId}:${exit}`, { do: 'leave_queue', exit, to: destinationOf(to), queue: next })
    return true
  }
  if (!settings) {
    // The queue is no more: nobody waits where nobody looks. Who is just being connected stays.
    const connecting = Object.values(call.offers).some((offer) => call.legs[offer.legId]?.answeredAt !== null)
    return connecting ? false : leave('closed', successorOf(queueCode, configuration))
  }
  const leg = call.customerLegId ? call.legs[call.customerLegId] : undefined
  if (call.placedBy?.by === 'callback' && !leg) {
    // Nobody holds the line, so no rule of waiting applies; but it does not live for ever.
    if (todo.due(queue.joinedAt + CALLBACK_LIFE_MS, now))
      return leave('timed_out', { kind: 'hang_up', code: '', keepPlace: false })
    if (queue.notBefore !== null) todo.due(queue.notBefore, now)
    wakeForTiersAndProgress()
    return false
  }
  // Who is being connected stays, however long he has waited.
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
      // Nobody serves the caller here, and the way on leads round in a circle.
      if (queue.circled) return leave(exit, { kind: 'hang_up', code: '', keepPlace: false })
      const visits = visitsTo(call, to.code)
      if (visits < MOST_VISITS) return leave(exit, to)
      todo.call(`${segmentId}:circle`, { do: 'break_circle', exit, to: to.code, visits })
      return false
    }
    if (wakeAt !== null) todo.due(wakeAt, now)
    if (queue.pressed !== null && queue.pressed === settings.callback.key && call.number !== null) {
      todo.call(`${segmentId}:callback`, { do: 'request_callback' })
      return true
    }
  }
  wakeForTiersAndProgress()
  if (leg?.state !== 'answered' || connecting) return false
  todo.network(`music:${segmentId}`, leg.legId, { do: 'play', legId: leg.legId, media: settings.music, repeat: true })
  for (const announcement of settings.announcements) {
    const { kind } = announcement
    const said = queue.announced[kind]
    if (said && said.at > now - STALE_MS)
      todo.network(`announce:${kind}:${said.at}`, leg.legId, {
        do: 'play',
        legId: leg.legId,
        media: prompt(announcement, said.value),
        repeat: false,
      })
    const at = dueAt(announcement, queue)
    if (!todo.due(at, now)) continue
    const value = valueOf(kind)
    if (kind === 'sound' || value !== null)
      todo.call(`${segmentId}:announce:${kind}:${at}`, { do: 'announce', kind, value })
    // Nothing can be said yet: not for want of a rule but of knowledge, so it is tried again later.
    else todo.due(now + announcement.everyMs, now)
  }
  return false

  function valueOf(kind: 'sound' | 'place' | 'expected_wait'): number | null {
    const place = switchboard.matching.placeOf(queueCode, callId)
    if (kind === 'sound' || place === null) return null
    return kind === 'place' ? place : switchboard.memory.expectedWait(queueCode, place, now)
  }

  function wakeForTiersAndProgress(): void {
    const turn = settings!.tiers.apply
      ? nextTurn(settings!.tiers, switchboard.matching.levelsOf(queueCode), now - queue.joinedAt)
      : null
    if (turn !== null) todo.due(queue.joinedAt + turn, now)
    const rung = Object.values(call.offers)
    if (rung.length > 0 && settings!.strategy === 'ring-progressively')
      todo.due(Math.max(...rung.map((offer) => offer.offeredAt)) + PROGRESS_MS, now)
  }
}

/** A call-back that is owed is placed in its queue, and then noted here. */
function followCallback(call: LiveCall, switchboard: SwitchboardState, todo: Steps, now: number): void {
  const { state: configuration } = switchboard.configuration
  const owed = owedCallback(call, configuration)
  const queue = owed && configuration.queues[owed.queueCode]
  if (!owed || !queue) return
  const { callId, number, joinedAt, attempt, notBefore } = owed
  if (switchboard.call(callId)) {
    todo.call(`${callId}:placed`, { do: 'callback_placed', callbackCallId: callId })
    return
  }
  const place: Queueing = { ...queueing(queue, 0, configuration.version), joinedAt, callback: true, notBefore }
  // The place is taken in a stream of its own; whether it was is seen a moment later.
  todo.due(now + CALLBACK_LOOK_MS, now)
  todo.steps.push({
    to: 'call',
    key: `${callId}:place`,
    callId,
    command: {
      do: 'place_callback',
      callId,
      number,
      callerId: call.callerId,
      linkedCallId: call.callId,
      attempt,
      queue: place,
    },
  })
}

/** Legs of agents, consulted parties and supervisors. */
function followLeg(call: LiveCall, leg: Leg, switchboard: SwitchboardState, todo: Steps, now: number): void {
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
    const ringMs = offer ? queueOf(call, leg.agentId, switchboard).ringMs : THIRD_RING_MS
    todo.network('dial', leg.legId, {
      do: 'dial',
      target: { legId: leg.legId, callId, purpose: leg.purpose, to, callerId: call.number, ringMs },
    })
  }
  const unanswered = leg.state === 'dialled' || leg.state === 'ringing'
  if (offer || placed) {
    // Of several who are rung, whoever answered first is put through, and nobody else.
    const ready =
      leg.state === 'answered' && customer?.state === 'answered' && !segment && (!offer || isFirst(call, leg))
    if (ready) todo.network('bridge', leg.legId, { do: 'bridge', legId: leg.legId, to: customer.legId })
    if (placed && unanswered && todo.due(leg.since + THIRD_RING_MS, now)) todo.hangUp(leg, NO_ANSWER)
    return
  }
  if (consulting) {
    const agent = call.consultation && call.segments[call.consultation.agentId]
    if (leg.state === 'answered' && agent)
      todo.network('consult', leg.legId, { do: 'bridge', legId: leg.legId, to: agent.legId })
    if (unanswered && todo.due(leg.since + THIRD_RING_MS, now)) todo.hangUp(leg, NO_ANSWER)
    return
  }
  if (supervision) {
    const { agentId, mode, supervisorCode, changes } = supervision
    const agent = legOfAgent(call, agentId)
    // He follows the agent he chose, and hears what that one hears.
    if (!agent) todo.hangUp(leg, COMPLETED)
    else if (leg.state === 'answered') {
      const heard = customer?.state === 'answered' && call.segments[agentId] ? customer.legId : null
      const how = `${changes}:${mode}:${agent.legId}:${heard ?? 'without'}:${customer?.holds ?? 0}`
      if (mode === 'take_over') todo.call(`${leg.legId}:take_over`, { do: 'take_over', supervisorCode })
      else
        todo.network(`supervise:${how}`, leg.legId, {
          do: 'supervise',
          legId: leg.legId,
          customerLegId: heard,
          agentLegId: agent.legId,
          mode,
        })
    } else if (unanswered && todo.due(leg.since + THIRD_RING_MS, now)) todo.hangUp(leg, NO_ANSWER)
    return
  }
  if (segment) {
    // Who came by transfer or took over talks on the leg that he has already.
    if (leg.purpose !== 'agent' && customerLegId && !call.threeWay)
      todo.network('bridge', leg.legId, { do: 'bridge', legId: leg.legId, to: customerLegId })
    return
  }
  if (outside) {
    if (leg.state === 'answered' && customerLegId && !call.threeWay)
      todo.network('bridge', leg.legId, { do: 'bridge', legId: leg.legId, to: customerLegId })
    if (unanswered && todo.due(leg.since + THIRD_RING_MS, now)) todo.hangUp(leg, NO_ANSWER)
    return
  }
  todo.hangUp(
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

/** A blind transfer to an agent: he is reserved as soon as he is free; if he is not in time, the caller goes back to the queue. */
function followTransfer(call: LiveCall, switchboard: SwitchboardState, todo: Steps, now: number): void {
  const { transferTo } = call
  if (!transferTo || Object.keys(call.offers).length > 0) return
  const agentId = switchboard.agentOfCode(transferTo.agentCode)
  const shift = agentId ? switchboard.shift(agentId) : null
  if (shift && !todo.due(transferTo.since + TRANSFER_MS, now)) return
  // A queue that has given the caller up does not get him back.
  const serving =
    call.lastQueueCode && transferTo.from ? successorOf(call.lastQueueCode, switchboard.configuration.state) : null
  const queue = serving?.kind === 'queue' ? switchboard.configuration.state.queues[serving.code] : undefined
  const back = queue
    ? { ...queueing(queue, 0, switchboard.configuration.state.version), joinedAt: call.startedAt }
    : null
  todo.call(`${call.callId}:transfer_failed:${transferTo.since}`, {
    do: 'transfer_failed',
    reason: shift ? 'no_answer' : 'unregistered',
    queue: back,
  })
}

/** The shifts of those who talk follow the call; also a fresh one, where the one before was set aside in the middle of it. */
function followTalkers(call: LiveCall, switchboard: SwitchboardState, todo: Steps): void {
  const { callId, direction } = call
  for (const { agentId, segmentId, queueCode, heldSince, legId } of Object.values(call.segments)) {
    const shift = switchboard.shift(agentId)
    if (!shift) continue
    const { engagement } = shift
    const offerId = call.legs[legId]?.offerId ?? null
    if (engagement.kind !== 'talking' || engagement.segmentId !== segmentId) {
      step(`${segmentId}:start:${shift.shiftId}`, {
        do: 'start_call',
        callId,
        segmentId,
        offerId,
        queueCode,
        direction,
        ...wrapUpAfter(shift, queueCode, switchboard),
      })
    } else if (engagement.held !== (heldSince !== null)) {
      step(`${segmentId}:held:${heldSince ?? `no:${holdsOf(call)}`}:${shift.shiftId}`, {
        do: heldSince !== null ? 'hold_call' : 'resume_call',
        callId,
      })
    }
    function step(key: string, command: ShiftCommand): void {
      todo.steps.push({ to: 'shift', key, agentId, shiftId: shift!.shiftId, command })
    }
  }
  // A supervisor who is an agent himself is in the call, and gets no other meanwhile.
  for (const { legId, supervisorAgentId } of Object.values(call.supervisors)) {
    const shift = supervisorAgentId ? switchboard.shift(supervisorAgentId) : null
    if (!shift || call.legs[legId]?.state !== 'answered' || shift.engagement.kind === 'talking') continue
    const command: ShiftCommand = {
      do: 'start_call',
      callId,
      segmentId: legId,
      offerId: null,
      queueCode: null,
      direction: 'internal',
      wrapUpMs: 0,
    }
    todo.steps.push({
      to: 'shift',
      key: `${legId}:start:${shift.shiftId}`,
      agentId: shift.agentId,
      shiftId: shift.shiftId,
      command,
    })
  }
  const { consultation } = call
  const third = consultation?.answered ? call.legs[consultation.legId] : undefined
  const consulted = third?.agentId ? switchboard.shift(third.agentId) : null
  if (third && consulted && consulted.engagement.kind !== 'talking') {
    const { legId, offerId } = third
    const command: ShiftCommand = {
      do: 'start_call',
      callId,
      segmentId: legId,
      offerId,
      queueCode: null,
      direction: 'internal',
      wrapUpMs: 0,
    }
    todo.steps.push({
      to: 'shift',
      key: `${legId}:start:${consulted.shiftId}`,
      agentId: consulted.agentId,
      shiftId: consulted.shiftId,
      command,
    })
  }
}

function holdsOf(call: LiveCall): number {
  return (call.customerLegId && call.legs[call.customerLegId]?.holds) || 0
}

/** The settings that speak for an agent's part in a call: those of its queue, else the house's. */
function queueOf(call: LiveCall, agentId: string | null, switchboard: SwitchboardState): AgentSettingsInQueue {
  return settingsOf(call.queue?.queueCode ?? call.lastQueueCode, agentId, switchboard)
}

type AgentSettingsInQueue = Pick<
  QueueSettings,
  'ringMs' | 'maxNoAnswer' | 'noAnswerDelayMs' | 'rejectDelayMs' | 'busyDelayMs'
>

/** An agent's own settings in a queue (catalogue A3.2.2.4), else the queue's, else the house's. */
export function settingsOf(
  queueCode: string | null,
  agentId: string | null,
  switchboard: SwitchboardState,
): AgentSettingsInQueue {
  const queue: AgentSettingsInQueue = (queueCode && switchboard.configuration.state.queues[queueCode]) || outsideQueues
  const own = agentId && switchboard.shift(agentId)?.queues.find((membership) => membership.queueCode === queueCode)
  return own ? { ...queue, ...own } : queue
}
