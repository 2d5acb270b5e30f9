/** What agents may ask of calls: place one, call back, hold, transfer, consult, hang up. */
import type { ShiftCommand } from '../agent/commands.ts'
import { shiftDecider } from '../agent/shift.ts'
import { callDecider, callSetAside } from '../call/call.ts'
import type { CallCommand, Queueing, Routed } from '../call/commands.ts'
import type { CallDirection } from '../call/events.ts'
import { missedOf } from '../call/missed.ts'
import type { LiveCall } from '../call/state.ts'
import type { Answer, CommandEnvelope } from '../kernel/command.ts'
import { isProblem, Problem } from '../kernel/problem.ts'
import { phoneNumber } from '../number/number.ts'
import type { LegEnd } from '../telephony/port.ts'
import { queueing } from '../configuration/configuration.ts'
import { asRouted, routeCall } from '../flow/routed.ts'
import { surveyQuestions } from '../survey/settings.ts'
import type { SwitchboardState } from '../state/switchboard-state.ts'
import { ShiftDesk } from './shift-desk.ts'

/** How long a phone that was reserved without a queue rings. */
const OWN_RING_MS = 30_000

export class CallDesk extends ShiftDesk {
  /** @throws Problem `call.unknown`, `call.ended` and whatever the call refuses */
  async call(callId: string, command: CallCommand, envelope: CommandEnvelope): Promise<Answer> {
    try {
      return await this.commands.handle(callDecider, callId, command, { ...envelope, correlation: callId })
    } catch (error) {
      throw isProblem(error, 'call.unknown') ? new Problem('call.unknown', { call: callId }) : error
    }
  }

  /**
   * An agent calls someone outside, a colleague, a queue or a menu: their own phone rings first (catalogue C3.1). Their
   * shift is reserved, so that no queue offers them a call meanwhile.
   * @throws Problem `call.not_eligible` (C3.1-not-eligible), `call.refused`, `call.number_invalid`,
   * `agent.not_signed_in`, `agent.not_available`
   * @param linkedCallId the call that this one calls back
   */
  async place(
    agentId: string,
    number: string,
    callId: string,
    at: number,
    envelope: CommandEnvelope,
    linkedCallId: string | null = null,
  ): Promise<Answer> {
    const shift = this.switchboard.shift(agentId)
    if (!shift) throw new Problem('agent.not_signed_in', { agent: agentId })
    const { agentCode, extension } = shift
    const { normalised: to, raw: toRaw } = phoneNumber(number)
    const routed = this.#dialledBy(agentId, number, callId, at)
    const outside = routed.to.kind === 'outside' ? routed.to.outside : null
    const direction = outside ? 'outbound' : 'internal'
    await this.reserve(shift.shiftId, callId, `${callId}:agent`, 'outbound', at, envelope)
    return this.call(
      callId,
      {
        do: 'place',
        callId,
        direction,
        by: 'agent',
        agentId,
        agentCode,
        extension,
        legId: `${callId}:agent`,
        to: outside?.number ?? to!,
        toRaw,
        callerId: outside?.ways[0]?.callerNumber ?? null,
        campaign: null,
        linkedCallId,
        // Within the house the other side is sought when the agent's phone has been lifted.
        ...(outside && { routed }),
      },
      envelope,
    )
  }

  /**
   * An agent calls the person who left a message (catalogue A11.1.5-voicemail). The number never leaves the ledger.
   * @throws Problem `voicemail.unknown`, `voicemail.deleted`, `call.no_number_kept` and what {@link place} throws
   */
  async callBackMessage(
    agentId: string,
    { callId, messageId, callbackCallId }: { callId: string; messageId: string; callbackCallId: string },
    at: number,
    envelope: CommandEnvelope,
  ): Promise<Answer> {
    const call = await this.commands.current(callDecider, callId, envelope.tenant)
    if (call.status === 'none' || call.message?.messageId !== messageId)
      throw new Problem('voicemail.unknown', { message: messageId, call: callId })
    if (call.message.state === 'deleted') throw new Problem('voicemail.deleted', { message: messageId })
    const by = await this.#callBack(agentId, call, callbackCallId, at, envelope)
    return this.call(callId, { do: 'call_back_message', messageId, ...by }, envelope)
  }

  /**
   * An agent calls back the caller of a missed call (catalogue C19.0-callback). The number never leaves the ledger.
   * @throws Problem `call.unknown`, `call.not_missed`, `call.no_number_kept` and what {@link place} throws
   */
  async callBackMissed(
    agentId: string,
    { callId, callbackCallId }: { callId: string; callbackCallId: string },
    at: number,
    envelope: CommandEnvelope,
  ): Promise<Answer> {
    const call = await this.commands.current(callDecider, callId, envelope.tenant)
    if (call.status === 'none') throw new Problem('call.unknown', { call: callId })
    missedOf(call)
    const by = await this.#callBack(agentId, call, callbackCallId, at, envelope)
    return this.call(callId, { do: 'call_back_missed', ...by }, envelope)
  }

  /** Places the call back: who does, and which call it is. @throws Problem `call.no_number_kept` and what {@link place} throws */
  async #callBack(
    agentId: string,
    { callId, number }: LiveCall,
    callbackCallId: string,
    at: number,
    envelope: CommandEnvelope,
  ): Promise<{ callbackCallId: string; agentId: string; agentCode: string }> {
    if (number === null) throw new Problem('call.no_number_kept')
    const placed = { ...envelope, commandId: `${envelope.commandId}:place` }
    await this.place(agentId, number, callbackCallId, at, placed, callId)
    const agentCode = this.switchboard.configuration.state.agents[agentId]?.agentCode ?? agentId
    return { callbackCallId, agentId, agentCode }
  }

  /**
   * The agent leaves, and the customer is asked how satisfied they are (catalogue A2.2-btn-satisfaction).
   * @throws Problem `call.ended`, `call.not_talking`
   */
  survey(agentId: string, envelope: CommandEnvelope): Promise<Answer> {
    const call = this.callOf(agentId)
    const queueCode = call.segments[agentId]?.queueCode ?? null
    const settings = queueCode === null ? undefined : this.switchboard.configuration.state.queues[queueCode]?.survey
    const asks = settings && surveyQuestions.parse(settings)
    return this.call(call.callId, { do: 'start_survey', agentId, ...(asks && { asks }) }, envelope)
  }

  /**
   * The agent hangs up: the network does it, and its report ends the call. In long sign-in their phone stays connected,
   * unless the tenant configured otherwise (catalogue C4.4-b4-hangup-button, C4.4-b-setting).
   */
  async hangUp(agentId: string, envelope: CommandEnvelope): Promise<Answer> {
    const call = this.callOf(agentId)
    const legId =
      call.segments[agentId]?.legId ??
      Object.values(call.legs).find((leg) => leg.agentId === agentId && leg.state !== 'ended')?.legId
    if (!legId) throw new Problem('agent.not_in_call', { agent: agentId })
    const standing = this.rules.hangUpKeepsLongSignIn ? null : this.switchboard.shift(agentId)?.longSignIn
    const end: LegEnd = { by: 'agent', cause: 16, sip: null, reason: 'hung_up' }
    await this.telephony.command(envelope.commandId, envelope.tenant, {
      do: 'hang_up',
      legId: standing?.active ? standing.legId : legId,
      end,
    })
    return { revision: -1, position: null, events: [] }
  }

  hold(agentId: string, envelope: CommandEnvelope): Promise<Answer> {
    return this.call(this.callOf(agentId).callId, { do: 'hold', agentId }, envelope)
  }

  resume(agentId: string, envelope: CommandEnvelope): Promise<Answer> {
    return this.call(this.callOf(agentId).callId, { do: 'resume', agentId }, envelope)
  }

  /** Blind transfer to a queue. */
  transferToQueue(agentId: string, queueCode: string, envelope: CommandEnvelope): Promise<Answer> {
    return this.call(
      this.callOf(agentId).callId,
      { do: 'transfer_to_queue', agentId, queue: this.queueing(queueCode, 0) },
      envelope,
    )
  }

  /** Blind transfer to an agent; if they cannot be reached in time, the caller goes back to the queue. */
  transferToAgent(agentId: string, toAgentCode: string, envelope: CommandEnvelope): Promise<Answer> {
    const toAgentId = this.switchboard.agentOfCode(toAgentCode)
    if (!toAgentId || toAgentId === agentId || !this.switchboard.shift(toAgentId))
      throw new Problem('agent.not_signed_in', { agent: toAgentCode })
    return this.call(this.callOf(agentId).callId, { do: 'transfer_to_agent', agentId, toAgentCode }, envelope)
  }

  /**
   * Blind transfer to whatever the agent's phone could dial: a colleague at an extension, a queue, a menu, a phone at
   * which nobody is signed in, or someone outside. If they do not answer, the caller goes back to the queue.
   * @throws Problem `call.number_invalid`, `call.not_eligible`, `call.refused`, and those of the other transfers
   */
  async transferToNumber(agentId: string, number: string, at: number, envelope: CommandEnvelope): Promise<Answer> {
    const { callId } = this.callOf(agentId)
    const { to, ...routed } = this.#dialledBy(agentId, number, callId, at)
    if (to.kind === 'agent') return this.transferToAgent(agentId, to.code, envelope)
    if (to.kind === 'queue') return this.transferToQueue(agentId, to.queue.queueCode, envelope)
    return this.call(callId, { do: 'transfer_to_party', agentId, routed: { ...routed, to } }, envelope)
  }

  /**
   * The agent consults the person at an extension or a number outside while the customer is on hold.
   * @throws Problem `call.number_invalid`, `call.not_eligible`, `call.refused`, and those of {@link consult}
   */
  async consultNumber(agentId: string, number: string, at: number, envelope: CommandEnvelope): Promise<Answer> {
    const { callId } = this.callOf(agentId)
    const { to } = this.#dialledBy(agentId, number, callId, at)
    if (to.kind === 'agent') return this.consult(agentId, to.code, at, envelope)
    const party =
      to.kind === 'outside'
        ? { number: to.outside.number ?? number }
        : to.kind === 'extension'
          ? { extension: to.code }
          : null
    // A queue or a menu cannot be asked anything.
    if (!party) throw new Problem('call.refused', { refusal: 'not_allowed' })
    const legId = `${envelope.commandId}:leg`
    return this.call(callId, { do: 'consult', agentId, legId, to: party, offerId: null }, envelope)
  }

  /** Where a number leads that an agent dials. */
  #dialledBy(agentId: string, number: string, callId: string, at: number): Routed {
    if (phoneNumber(number).normalised === null) throw new Problem('call.number_invalid')
    const extension = this.switchboard.shift(agentId)?.extension ?? null
    const from = extension === null ? { kind: 'house' as const } : { kind: 'extension' as const, extension }
    const routing = routeCall(from, number, callId, at, this.switchboard)
    if (routing.outcome.do === 'feature') throw new Problem('call.number_invalid')
    const routed = asRouted(routing, { number: extension, priority: 0, at }, this.switchboard)
    if (routed.to.kind !== 'refused') return routed
    const { reason } = routed.to
    throw reason === 'not_eligible'
      ? new Problem('call.not_eligible')
      : new Problem('call.refused', { refusal: reason })
  }

  /**
   * The agent consults another one while the customer is on hold. The colleague's shift is reserved first, as for any
   * offer; if the call then refuses, the reservation expires by itself.
   */
  async consult(agentId: string, toAgentCode: string, at: number, envelope: CommandEnvelope): Promise<Answer> {
    const call = this.callOf(agentId)
    const toAgentId = this.switchboard.agentOfCode(toAgentCode)
    const other = toAgentId ? this.switchboard.shift(toAgentId) : null
    if (!toAgentId || !other) throw new Problem('agent.not_signed_in', { agent: toAgentCode })
    const offerId = envelope.commandId
    const legId = `${offerId}:leg`
    await this.reserve(other.shiftId, call.callId, legId, 'internal', at, envelope)
    const to = { agentId: toAgentId, agentCode: toAgentCode, extension: other.extension }
    return this.call(call.callId, { do: 'consult', agentId, legId, to, offerId }, envelope)
  }

  endConsultation(agentId: string, envelope: CommandEnvelope): Promise<Answer> {
    return this.call(this.callOf(agentId).callId, { do: 'end_consultation' }, envelope)
  }

  /** Attended transfer: the customer goes to the consulted party. */
  handOver(agentId: string, envelope: CommandEnvelope): Promise<Answer> {
    return this.call(this.callOf(agentId).callId, { do: 'hand_over', agentId }, envelope)
  }

  /**
   * Attended transfer to the party that the agent's phone talks to in another call of its own (`other`: its leg there).
   * @throws Problem `call.not_consulting` unless they are there
   */
  async handOverTo(
    agentId: string,
    other: { callId: string; legId: string },
    envelope: CommandEnvelope,
  ): Promise<Answer> {
    const { callId, segments, consultation } = this.callOf(agentId)
    const aside = this.switchboard.call(other.callId)
    const party = Object.values(aside?.legs ?? {}).find(
      ({ legId, purpose, state }) => legId !== other.legId && purpose !== 'supervisor' && state === 'answered',
    )
    if (!party || other.callId === callId) throw new Problem('call.not_consulting', { call: callId })
    if (!segments[agentId]) throw new Problem('call.not_talking', { call: callId, agent: agentId })
    if (consultation) throw new Problem('call.consulting', { call: callId })
    const { legId: onLegId, agentId: of, agentCode, extension, number } = party
    const legId = `${envelope.commandId}:leg`
    const taken = { onLegId, party: { agentId: of, agentCode, extension, number } }
    // Written first: the rest follows from it, whatever becomes of this process (`followTaken`).
    const answer = await this.call(callId, { do: 'hand_over_to', agentId, legId, ...taken }, envelope)
    const end: LegEnd = { by: 'system', cause: 16, sip: null, reason: 'completed' }
    const leaving = { ...envelope, commandId: `${envelope.commandId}:leaves` }
    await this.call(other.callId, { do: 'leg_ended', legId: party.legId, end }, leaving)
    return answer
  }

  /** Customer, agent and the consulted party talk together. */
  join(agentId: string, envelope: CommandEnvelope): Promise<Answer> {
    return this.call(this.callOf(agentId).callId, { do: 'join', agentId }, envelope)
  }

  protected async reserve(
    shiftId: string,
    callId: string,
    legId: string,
    direction: CallDirection,
    at: number,
    envelope: CommandEnvelope,
  ): Promise<void> {
    const reserve: ShiftCommand = {
      do: 'reserve',
      offerId: envelope.commandId,
      callId,
      legId,
      queueCode: null,
      deadline: at + OWN_RING_MS,
      direction,
      decision: null,
    }
    // An agent's own phone is changed from their own desk; a request from a colleague's or a supervisor's desk concerns
    // another phone.
    const asked = direction === 'outbound' ? this.fromBrowser(reserve) : reserve
    await this.commands.carryOut(shiftDecider, shiftId, asked, {
      ...envelope,
      commandId: `${envelope.commandId}:reserve`,
      correlation: callId,
    })
  }

  protected callOf(agentId: string): NonNullable<ReturnType<SwitchboardState['call']>> {
    const shift = this.switchboard.shift(agentId)
    if (!shift) throw new Problem('agent.not_signed_in', { agent: agentId })
    const callId = shift.engagement.kind === 'talking' ? shift.engagement.callId : shift.reservation?.callId
    const call = callId ? this.switchboard.call(callId) : null
    if (!call) throw new Problem('agent.not_in_call', { agent: shift.agentCode })
    if (call.setAside) throw callSetAside(call.callId, call.setAside)
    return call
  }

  protected queueing(queueCode: string, priority: number): Queueing {
    const { queues, version } = this.switchboard.configuration.state
    const queue = queues[queueCode]
    if (!queue) throw new Problem('request.not_found', { what: 'queue', id: queueCode })
    return queueing(queue, priority, version)
  }
}
