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
import type { CallCommand } from '../call/call.ts'
import type { Leg, LiveCall } from '../call/state.ts'
import type { LegCommand, LegEnd } from '../telephony/port.ts'
import type { QueueSettings } from './events.ts'
import { PROGRESS_MS, type Switchboard } from './switchboard.ts'
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
export const CUSTOMER_RING_MS = 60_000
/** A consulted party, or a supervisor, is rung so long. */
export const THIRD_RING_MS = 30_000
/** A blind transfer to an agent looks for him so long. */
export const TRANSFER_MS = 20_000
/** A customer has so long to rate. */
export const SURVEY_MS = 60_000

const COMPLETED: LegEnd = { by: 'system', cause: 16, sip: null, reason: 'completed' }
const CANCELLED: LegEnd = { by: 'system', cause: 16, sip: 487, reason: 'cancelled' }
const NO_ANSWER: LegEnd = { by: 'system', cause: 19, sip: 480, reason: 'no_answer' }

/** The ring time, delays and wrap-up of a call that no queue speaks for. */
export const outsideQueues = { ringMs: 20_000, wrapUpMs: 0, maxNoAnswer: 0, noAnswerDelayMs: 0, rejectDelayMs: 0, busyDelayMs: 0 } as const

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
export function followCall(call: LiveCall, board: Switchboard, now: number): Follow {
  const todo = new Steps(call)
  if (call.status === 'ended') {
    for (const leg of open(call)) todo.hangUp(leg, COMPLETED)
    return todo
  }
  followCustomer(call, board, todo, now)
  for (const leg of open(call)) {
    if (leg.purpose !== 'customer') followLeg(call, leg, board, todo, now)
  }
  for (const offer of Object.values(call.offers)) {
    const answered = call.legs[offer.legId]?.answeredAt !== null
    if (!answered && todo.due(offer.deadline, now)) todo.call(`${offer.offerId}:end`, { do: 'end_offer', offerId: offer.offerId, result: 'no_answer' })
  }
  if (call.threeWay) {
    const legIds = call.threeWay
    todo.network(`conference:${legIds.join(',')}`, legIds[0]!, { do: 'conference', conferenceId: call.callId, legIds })
  }
  followTransfer(call, board, todo, now)
  followTalkers(call, board, todo)
  return todo
}

function* open(call: LiveCall): Iterable<Leg> {
  for (const legId in call.legs) {
    const leg = call.legs[legId]!
    if (leg.state !== 'ended') yield leg
  }
}

function followCustomer(call: LiveCall, board: Switchboard, todo: Steps, now: number): void {
  const { callId, queue } = call
  const leg = call.customerLegId ? call.legs[call.customerLegId] : undefined
  if (!leg) {
    // A placed call: the agent's leg comes first (catalogue C3.1-agent-leg-first).
    const own = call.placedBy?.legId ? call.legs[call.placedBy.legId] : undefined
    if (own?.state === 'answered' && call.number !== null) todo.call(`${callId}:dial_customer`, { do: 'dial_customer', legId: `${callId}:customer`, number: call.number })
    return
  }
  if (leg.state === 'ended') return
  if (call.placedBy) {
    if (leg.state === 'dialled' && leg.number !== null) {
      const { legId, number } = leg
      const target = { legId, callId, purpose: 'customer' as const, to: { kind: 'number' as const, number, gateway: null }, callerId: call.callerId, ringMs: CUSTOMER_RING_MS }
      todo.network('dial', legId, { do: 'dial', target })
    }
    if (leg.answeredAt === null && todo.due(leg.since + CUSTOMER_RING_MS, now)) todo.hangUp(leg, NO_ANSWER)
  } else if (leg.state === 'ringing') {
    todo.network('answer', leg.legId, { do: 'answer', legId: leg.legId })
  }
  const talkers = Object.values(call.segments)
  if (leg.state === 'held') todo.network(`hold:${leg.holds}`, leg.legId, { do: 'hold', legId: leg.legId, music: null })
  else if (leg.holds > 0 && talkers[0]) todo.network(`resume:${leg.holds}`, leg.legId, { do: 'resume', legId: leg.legId, to: talkers.at(-1)!.legId })

  if (queue) {
    const settings = board.configuration.state.queues[queue.queueCode]
    const maxWait = settings?.maxWaitMs ?? 0
    // Who is being connected stays, however long he has waited.
    const connecting = Object.values(call.offers).some((offer) => call.legs[offer.legId]?.answeredAt !== null)
    if (maxWait > 0 && !connecting && todo.due(queue.queuedAt + maxWait, now)) {
      todo.call(`${queue.segmentId}:timed_out`, { do: 'leave_queue', exit: 'timed_out', to: null })
    }
  }
  const rung = Object.values(call.offers)
  if (rung.length > 0 && board.configuration.state.queues[queue?.queueCode ?? '']?.strategy === 'ring-progressively') {
    todo.due(Math.max(...rung.map((offer) => offer.offeredAt)) + PROGRESS_MS, now)
  }
  if (call.surveying !== null) {
    if (todo.due(call.surveying + SURVEY_MS, now)) todo.hangUp(leg, COMPLETED)
    return
  }
  const nobody = !queue && talkers.length === 0 && Object.keys(call.offers).length === 0 && !call.transferTo && !call.outsideLegId
  if (call.leaving && nobody) todo.hangUp(leg, { ...call.leaving, sip: null })
}

/** Legs of agents, consulted parties and supervisors. */
function followLeg(call: LiveCall, leg: Leg, board: Switchboard, todo: Steps, now: number): void {
  const { callId } = call
  const offer = leg.offerId ? call.offers[leg.offerId] : undefined
  const segment = Object.values(call.segments).find((candidate) => candidate.legId === leg.legId)
  const placed = call.placedBy?.legId === leg.legId
  const consulting = call.consultation?.legId === leg.legId
  const supervision = call.supervisors[leg.legId]
  const customerLegId = call.customerLegId
  const customer = customerLegId ? call.legs[customerLegId] : undefined

  if (leg.state === 'dialled' && (offer || placed || consulting || supervision)) {
    const settings = queueOf(call, board)
    const to = leg.number !== null ? { kind: 'number' as const, number: leg.number, gateway: null } : { kind: 'extension' as const, extension: leg.extension ?? '' }
    const ringMs = offer ? settings.ringMs : THIRD_RING_MS
    todo.network('dial', leg.legId, { do: 'dial', target: { legId: leg.legId, callId, purpose: leg.purpose, to, callerId: call.number, ringMs } })
  }
  const unanswered = leg.state === 'dialled' || leg.state === 'ringing'
  if (offer || placed) {
    // Of several who are rung, whoever answered first is put through, and nobody else.
    const ready = leg.state === 'answered' && customer?.state === 'answered' && !segment && (!offer || isFirst(call, leg))
    if (ready) todo.network('bridge', leg.legId, { do: 'bridge', legId: leg.legId, to: customer.legId })
    if (placed && unanswered && todo.due(leg.since + THIRD_RING_MS, now)) todo.hangUp(leg, NO_ANSWER)
    return
  }
  if (consulting) {
    const agent = call.consultation && call.segments[call.consultation.agentId]
    if (leg.state === 'answered' && agent) todo.network('consult', leg.legId, { do: 'bridge', legId: leg.legId, to: agent.legId })
    if (unanswered && todo.due(leg.since + THIRD_RING_MS, now)) todo.hangUp(leg, NO_ANSWER)
    return
  }
  if (supervision) {
    const agent = call.segments[supervision.agentId]
    if (!agent) todo.hangUp(leg, COMPLETED)
    else if (leg.state === 'answered' && customerLegId) {
      const { mode } = supervision
      todo.network(`supervise:${mode}`, leg.legId, { do: 'supervise', legId: leg.legId, customerLegId, agentLegId: agent.legId, mode })
    } else if (unanswered && todo.due(leg.since + THIRD_RING_MS, now)) todo.hangUp(leg, NO_ANSWER)
    return
  }
  if (segment) {
    // Who came by transfer or took over talks on the leg that he has already.
    if (leg.purpose !== 'agent' && customerLegId && !call.threeWay) todo.network('bridge', leg.legId, { do: 'bridge', legId: leg.legId, to: customerLegId })
    return
  }
  if (call.outsideLegId === leg.legId) {
    if (customerLegId && !call.threeWay) todo.network('bridge', leg.legId, { do: 'bridge', legId: leg.legId, to: customerLegId })
    return
  }
  todo.hangUp(leg, leg.answeredAt === null ? (leg.offerResult === 'no_answer' ? NO_ANSWER : CANCELLED) : { ...COMPLETED, by: call.leaving?.by ?? 'system' })
}

/** Did this leg answer before those of all other open offers? */
function isFirst(call: LiveCall, leg: Leg): boolean {
  for (const { legId } of Object.values(call.offers)) {
    const other = call.legs[legId]
    if (!other || other.answeredAt === null || other.legId === leg.legId) continue
    if (other.answeredAt < leg.answeredAt! || (other.answeredAt === leg.answeredAt && other.legId < leg.legId)) return false
  }
  return true
}

/** A blind transfer to an agent: he is reserved as soon as he is free; if he is not in time, the caller goes back to the queue. */
function followTransfer(call: LiveCall, board: Switchboard, todo: Steps, now: number): void {
  const { transferTo } = call
  if (!transferTo || Object.keys(call.offers).length > 0) return
  const agentId = board.agentOfCode(transferTo.agentCode)
  const shift = agentId ? board.shift(agentId) : null
  if (shift && !todo.due(transferTo.since + TRANSFER_MS, now)) return
  const queue = call.lastQueueCode ? board.configuration.state.queues[call.lastQueueCode] : undefined
  const back = queue ? { queueCode: queue.code, priority: 0, targetMs: queue.targetMs, shortAbandonMs: queue.shortAbandonMs, configVersion: board.configuration.state.version, joinedAt: call.startedAt } : null
  todo.call(`${call.callId}:transfer_failed:${transferTo.since}`, { do: 'transfer_failed', reason: shift ? 'no_answer' : 'unregistered', queue: back })
}

/** The shifts of those who talk follow the call. */
function followTalkers(call: LiveCall, board: Switchboard, todo: Steps): void {
  const { callId, direction } = call
  for (const { agentId, segmentId, queueCode, heldSince, legId } of Object.values(call.segments)) {
    const shift = board.shift(agentId)
    if (!shift) continue
    const { engagement } = shift
    const offerId = call.legs[legId]?.offerId ?? null
    if (engagement.kind !== 'talking' || engagement.segmentId !== segmentId) {
      step(`${segmentId}:start`, { do: 'start_call', callId, segmentId, offerId, queueCode, direction, ...wrapUpAfter(shift, queueCode, board) })
    } else if (engagement.held !== (heldSince !== null)) {
      step(`${segmentId}:held:${heldSince ?? `no:${holdsOf(call)}`}`, { do: heldSince !== null ? 'hold_call' : 'resume_call', callId })
    }
    function step(key: string, command: ShiftCommand): void {
      todo.steps.push({ to: 'shift', key, agentId, shiftId: shift!.shiftId, command })
    }
  }
  const { consultation } = call
  const third = consultation?.answered ? call.legs[consultation.legId] : undefined
  const consulted = third?.agentId ? board.shift(third.agentId) : null
  if (third && consulted && consulted.engagement.kind !== 'talking') {
    const { legId, offerId } = third
    const command: ShiftCommand = { do: 'start_call', callId, segmentId: legId, offerId, queueCode: null, direction: 'internal', wrapUpMs: 0 }
    todo.steps.push({ to: 'shift', key: `${legId}:start`, agentId: consulted.agentId, shiftId: consulted.shiftId, command })
  }
}

function holdsOf(call: LiveCall): number {
  return (call.customerLegId && call.legs[call.customerLegId]?.holds) || 0
}

/** The settings that speak for a call: its queue's, else the house's. */
export function queueOf(call: LiveCall, board: Switchboard): Pick<QueueSettings, 'ringMs' | 'wrapUpMs'> {
  const code = call.queue?.queueCode ?? call.lastQueueCode
  return (code && board.configuration.state.queues[code]) || outsideQueues
}
