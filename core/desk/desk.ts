/**
 * The desk of the switchboard: what people may ask of it over HTTP, from a phone or in a simulation. It knows each
 * agent's current shift and the settings of queues, and leaves every decision to the deciders.
 */
import { idOf } from '../kernel/event.ts'
import type { ShiftCommand } from '../agent/commands.ts'
import { demandDesk, shiftDecider } from '../agent/shift.ts'
import type { Shift } from '../agent/state.ts'
import type { Work } from '../agent/events.ts'
import type { ShiftRules } from '../agent/rules.ts'
import { callDecider, callSetAside } from '../call/call.ts'
import type { CallCommand, Queueing, Routed } from '../call/commands.ts'
import type { CallDirection } from '../call/events.ts'
import { missedOf } from '../call/missed.ts'
import type { LiveCall } from '../call/state.ts'
import type { Answer, CommandEnvelope, Commands } from '../kernel/command.ts'
import { lastThere } from '../kernel/last-there.ts'
import { isProblem, Problem } from '../kernel/problem.ts'
import { phoneNumber } from '../number/number.ts'
import type { LegEnd, Telephony } from '../telephony/port.ts'
import { CONFIGURATION_ID, configurationDecider, queueing, type Activate } from '../configuration/configuration.ts'
import { asRouted, routeCall } from '../flow/routed.ts'
import { shiftIdOf } from '../agent/shift-id.ts'
import { surveyQuestions } from '../survey/settings.ts'
import type { AsideStream } from '../state/aside.ts'
import type { SwitchboardState } from '../state/switchboard-state.ts'
import { demandFreePhone, demandKnownPhone } from './phones.ts'
import { planSupervision, type Supervising } from './supervision.ts'

/** How someone comes to work. */
export interface SignIn {
  /** A phone other than the one configured for the agent. */
  extension?: string | null
  via: 'desk' | 'phone'
  registered: boolean
  /** The browser that is then their desk. */
  deskId?: string
}

/** What a supervisor may do to an agent's shift. */
export type ForcedState = 'ready' | 'not_ready' | 'away' | 'signed_out'

/** How long a phone that was reserved without a queue rings. */
const OWN_RING_MS = 30_000

export class Desk {
  readonly #switchboard: SwitchboardState
  readonly #commands: Commands
  readonly #telephony: Pick<Telephony, 'command'>
  /** The browser the request comes from; null: not given. */
  #browser: string | null = null

  /** @param switchboard a switchboard that follows the ledger; it need not be the owner's */
  constructor(dependencies: {
    switchboard: SwitchboardState
    commands: Commands
    telephony: Pick<Telephony, 'command'>
  }) {
    this.#switchboard = dependencies.switchboard
    this.#commands = dependencies.commands
    this.#telephony = dependencies.telephony
  }

  /**
   * The same desk for one browser: what it asks for an agent is refused with `agent.desk_elsewhere` while another
   * browser is the desk of the shift.
   */
  from(browser: string | undefined): Desk {
    if (browser === undefined) return this
    const desk = new Desk({ switchboard: this.#switchboard, commands: this.#commands, telephony: this.#telephony })
    desk.#browser = browser
    return desk
  }

  /**
   * Checked before a command to a call, which knows of no desk; a shift checks for itself. This asks the ledger rather
   * than local state: a claim acknowledged by any process counts from then on, however far this one has read.
   * @throws Problem `agent.desk_elsewhere`, `agent.not_signed_in`, `log.unavailable`
   */
  async demandDesk(agentId: string, { tenant }: Pick<CommandEnvelope, 'tenant'>): Promise<void> {
    const known = this.#switchboard.knownShift(agentId)
    if (this.#browser === null || !known) return
    // They may have signed out meanwhile, and in again at another desk.
    for (let number = known.number; ; number++) {
      const read = number === known.number ? known : undefined
      const shift = await this.#commands.current(shiftDecider, shiftIdOf(agentId, number), tenant, read)
      if (shift.status === 'open') return demandDesk(shift, this.#browser)
      const { agents } = this.#switchboard.configuration.state
      if (shift.status === 'none')
        throw new Problem('agent.not_signed_in', { agent: agents[agentId]?.agentCode ?? agentId })
    }
  }

  #fromBrowser(command: ShiftCommand): ShiftCommand {
    const ofDesk = command.do === 'claim_desk' || command.do === 'desk'
    return this.#browser === null || ofDesk ? command : { do: 'from_desk', deskId: this.#browser, command }
  }

  /** Activates a configuration; activating the same one again changes nothing. */
  activate(command: Omit<Activate, 'do'>, envelope: CommandEnvelope): Promise<Answer> {
    const digest = this.digest(envelope.tenant, JSON.stringify(command))
    return this.#commands.handle(
      configurationDecider,
      CONFIGURATION_ID,
      { do: 'activate', ...command },
      envelope,
      digest,
    )
  }

  /** A keyed hash, in place of a text that contains passwords: answers are kept with a hash that anyone could guess by trying. */
  digest(tenant: string, text: string): string {
    return this.#commands.digest(tenant, text)
  }

  /**
   * Begins an agent's shift.
   * @throws Problem `agent.unknown`, `agent.already_signed_in`, `agent.phone_taken`, `agent.phone_unknown`
   */
  async signIn(agentId: string, signIn: SignIn, envelope: CommandEnvelope): Promise<Answer> {
    const agent = this.#switchboard.configuration.state.agents[agentId]
    if (!agent) throw new Problem('agent.unknown', { agent: agentId })
    const last = this.#switchboard.knownShift(agentId) ?? (await this.#lastShift(agentId, envelope.tenant))
    // The same command again, whose answer was lost after the append: it began the agent's present or last shift.
    const begun = last && (await this.#commands.written(shiftDecider, shiftIdOf(agentId, last.number), envelope))
    if (begun) return begun
    if (last?.state.status === 'open') throw new Problem('agent.already_signed_in', { agent: agent.agentCode })
    const shiftId = shiftIdOf(agentId, (last?.number ?? 0) + 1)
    if (signIn.extension !== undefined) demandKnownPhone(this.#switchboard, signIn.extension)
    const { agentCode, name, group, department, queues } = agent
    const extension = signIn.extension === undefined ? agent.extension : signIn.extension
    demandFreePhone(this.#switchboard, extension, agentId)
    const { via, registered, deskId } = signIn
    return this.#commands.handle(
      shiftDecider,
      shiftId,
      {
        do: 'sign_in',
        shiftId,
        agentId,
        agentCode,
        userId: agentId,
        name,
        extension,
        group,
        department,
        queues,
        via,
        registered,
        ...(deskId !== undefined && { deskId }),
      },
      envelope,
    )
  }

  /**
   * The last shift of an agent of whom the switchboard knows none: they have not worked for days, or never
   * (`switchboard/bookmarks.ts`).
   */
  async #lastShift(agentId: string, tenant: string): Promise<{ number: number; state: Shift } | null> {
    const shift = (number: number): Promise<Shift> =>
      this.#commands.current(shiftDecider, shiftIdOf(agentId, number), tenant)
    const number = await lastThere(1, async (each) => (await shift(each)).status !== 'none')
    return number === 0 ? null : { number, state: await shift(number) }
  }

  /** @throws Problem `agent.unknown`, `agent.not_signed_in` and whatever the shift refuses */
  agent(
    agentId: string,
    command: Exclude<ShiftCommand, { do: 'sign_in' | 'change_extension' }>,
    envelope: CommandEnvelope,
  ): Promise<Answer> {
    return this.#shift(agentId, command, envelope)
  }

  #shift(
    agentId: string,
    command: Exclude<ShiftCommand, { do: 'sign_in' }>,
    envelope: CommandEnvelope,
  ): Promise<Answer> {
    const shift = this.#switchboard.shift(agentId)
    if (!shift) {
      const [aside] = this.#switchboard.asideShifts(agentId)
      const agent = this.#switchboard.configuration.state.agents[agentId]
      if (aside) return this.#setAside(aside, agent?.agentCode ?? agentId, command, envelope)
      throw agent
        ? new Problem('agent.not_signed_in', { agent: agent.agentCode })
        : new Problem('agent.unknown', { agent: agentId })
    }
    return this.#commands.handle(shiftDecider, shift.shiftId, this.#fromBrowser(command), envelope)
  }

  /**
   * A shift with an unreadable event that the switchboard has not closed yet: signing out closes it, everything else is
   * refused.
   */
  #setAside(
    { stream, eventType, why, revision }: AsideStream,
    agentCode: string,
    command: ShiftCommand,
    envelope: CommandEnvelope,
  ): Promise<Answer> {
    if (command.do !== 'sign_out')
      throw new Problem('agent.shift_set_aside', { agent: agentCode, revision, type: eventType, why })
    const shiftId = idOf(stream)
    return this.#commands.handle(shiftDecider, shiftId, { do: 'set_aside', shiftId, agentCode }, envelope)
  }

  /**
   * The agent moves to another phone; null: to none.
   * @throws Problem `agent.phone_taken`, `agent.phone_unknown`, `agent.in_call`
   */
  async changeExtension(agentId: string, extension: string | null, envelope: CommandEnvelope): Promise<Answer> {
    demandKnownPhone(this.#switchboard, extension)
    demandFreePhone(this.#switchboard, extension, agentId)
    return this.#shift(agentId, { do: 'change_extension', extension, registered: true }, envelope)
  }

  /** The agent sets their own state. */
  setWork(agentId: string, work: Work, reason: string | null, envelope: CommandEnvelope): Promise<Answer> {
    return this.agent(agentId, { do: 'set_work', work, by: 'agent', reason }, envelope)
  }

  /** A supervisor sets an agent's state (catalogue C5.0, C5.1). */
  force(
    agentId: string,
    state: ForcedState,
    supervisorCode: string,
    reason: string | null,
    envelope: CommandEnvelope,
  ): Promise<Answer> {
    const change = { by: 'supervisor' as const, byCode: supervisorCode, reason }
    return this.agent(
      agentId,
      state === 'signed_out' ? { do: 'sign_out', ...change } : { do: 'set_work', work: state, ...change },
      envelope,
    )
  }

  /** @throws Problem `call.unknown`, `call.ended` and whatever the call refuses */
  async call(callId: string, command: CallCommand, envelope: CommandEnvelope): Promise<Answer> {
    try {
      return await this.#commands.handle(callDecider, callId, command, { ...envelope, correlation: callId })
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
    const shift = this.#switchboard.shift(agentId)
    if (!shift) throw new Problem('agent.not_signed_in', { agent: agentId })
    const { agentCode, extension } = shift
    const { normalised: to, raw: toRaw } = phoneNumber(number)
    const routed = this.#dialledBy(agentId, number, callId, at)
    const outside = routed.to.kind === 'outside' ? routed.to.outside : null
    const direction = outside ? 'outbound' : 'internal'
    await this.#reserve(shift.shiftId, callId, `${callId}:agent`, 'outbound', at, envelope)
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
    const call = await this.#commands.current(callDecider, callId, envelope.tenant)
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
    const call = await this.#commands.current(callDecider, callId, envelope.tenant)
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
    const agentCode = this.#switchboard.configuration.state.agents[agentId]?.agentCode ?? agentId
    return { callbackCallId, agentId, agentCode }
  }

  /**
   * The agent leaves, and the customer is asked how satisfied they are (catalogue A2.2-btn-satisfaction).
   * @throws Problem `call.ended`, `call.not_talking`
   */
  survey(agentId: string, envelope: CommandEnvelope): Promise<Answer> {
    const call = this.#callOf(agentId)
    const queueCode = call.segments[agentId]?.queueCode ?? null
    const settings = queueCode === null ? undefined : this.#switchboard.configuration.state.queues[queueCode]?.survey
    const asks = settings && surveyQuestions.parse(settings)
    return this.call(call.callId, { do: 'start_survey', agentId, ...(asks && { asks }) }, envelope)
  }

  /** The agent previews a customer before calling them. */
  startPreview(agentId: string, itemId: string, at: number, envelope: CommandEnvelope): Promise<Answer> {
    return this.agent(agentId, { do: 'start_preview', itemId, deadline: at + this.#rules.previewMs }, envelope)
  }

  /** Someone says in a browser that they work as this agent there. The previous desk then only looks on. */
  claimDesk(agentId: string, deskId: string, envelope: CommandEnvelope): Promise<Answer> {
    return this.agent(agentId, { do: 'claim_desk', deskId }, envelope)
  }

  /**
   * The desk of a shift is back after it was lost.
   * @throws Problem `agent.desk_elsewhere` if this browser is not the desk of the shift
   */
  deskIsBack(agentId: string, deskId: string, envelope: CommandEnvelope): Promise<Answer> {
    return this.agent(agentId, { do: 'desk', connected: true, deskId }, envelope)
  }

  /** The desk of a shift has been silent too long (`presence.ts`). */
  deskIsLost(agentId: string, envelope: CommandEnvelope): Promise<Answer> {
    return this.agent(agentId, { do: 'desk', connected: false, graceMs: this.#rules.deskGraceMs }, envelope)
  }

  /**
   * The agent's phone rings, and once answered it stays connected (catalogue C4.4, C5.0-set-long-sign-in).
   * @param dialled the leg by which the agent dialled it, which is then kept; null: their phone rings
   */
  longSignIn(
    agentId: string,
    supervisorCode: string | null,
    envelope: CommandEnvelope,
    dialled: string | null = null,
  ): Promise<Answer> {
    const by = supervisorCode === null ? ('agent' as const) : ('supervisor' as const)
    return this.agent(
      agentId,
      {
        do: 'long_sign_in',
        legId: dialled ?? `${envelope.commandId}:standing`,
        ...(dialled !== null && { there: true }),
        ringMs: this.#rules.longSignInRingMs,
        by,
        byCode: supervisorCode,
      },
      envelope,
    )
  }

  /** @throws Problem `agent.in_call`: hanging up the phone would end the call too */
  endLongSignIn(agentId: string, supervisorCode: string | null, envelope: CommandEnvelope): Promise<Answer> {
    const by = supervisorCode === null ? ('agent' as const) : ('supervisor' as const)
    return this.agent(
      agentId,
      { do: 'end_long_sign_in', legId: null, by, byCode: supervisorCode, reason: 'asked' },
      envelope,
    )
  }

  /**
   * The agent hangs up: the network does it, and its report ends the call. In long sign-in their phone stays connected,
   * unless the tenant configured otherwise (catalogue C4.4-b4-hangup-button, C4.4-b-setting).
   */
  async hangUp(agentId: string, envelope: CommandEnvelope): Promise<Answer> {
    const call = this.#callOf(agentId)
    const legId =
      call.segments[agentId]?.legId ??
      Object.values(call.legs).find((leg) => leg.agentId === agentId && leg.state !== 'ended')?.legId
    if (!legId) throw new Problem('agent.not_in_call', { agent: agentId })
    const standing = this.#rules.hangUpKeepsLongSignIn ? null : this.#switchboard.shift(agentId)?.longSignIn
    const end: LegEnd = { by: 'agent', cause: 16, sip: null, reason: 'hung_up' }
    await this.#telephony.command(envelope.commandId, envelope.tenant, {
      do: 'hang_up',
      legId: standing?.active ? standing.legId : legId,
      end,
    })
    return { revision: -1, position: null, events: [] }
  }

  hold(agentId: string, envelope: CommandEnvelope): Promise<Answer> {
    return this.call(this.#callOf(agentId).callId, { do: 'hold', agentId }, envelope)
  }

  resume(agentId: string, envelope: CommandEnvelope): Promise<Answer> {
    return this.call(this.#callOf(agentId).callId, { do: 'resume', agentId }, envelope)
  }

  /** Blind transfer to a queue. */
  transferToQueue(agentId: string, queueCode: string, envelope: CommandEnvelope): Promise<Answer> {
    return this.call(
      this.#callOf(agentId).callId,
      { do: 'transfer_to_queue', agentId, queue: this.#queueing(queueCode, 0) },
      envelope,
    )
  }

  /** Blind transfer to an agent; if they cannot be reached in time, the caller goes back to the queue. */
  transferToAgent(agentId: string, toAgentCode: string, envelope: CommandEnvelope): Promise<Answer> {
    const toAgentId = this.#switchboard.agentOfCode(toAgentCode)
    if (!toAgentId || toAgentId === agentId || !this.#switchboard.shift(toAgentId))
      throw new Problem('agent.not_signed_in', { agent: toAgentCode })
    return this.call(this.#callOf(agentId).callId, { do: 'transfer_to_agent', agentId, toAgentCode }, envelope)
  }

  /**
   * Blind transfer to whatever the agent's phone could dial: a colleague at an extension, a queue, a menu, a phone at
   * which nobody is signed in, or someone outside. If they do not answer, the caller goes back to the queue.
   * @throws Problem `call.number_invalid`, `call.not_eligible`, `call.refused`, and those of the other transfers
   */
  async transferToNumber(agentId: string, number: string, at: number, envelope: CommandEnvelope): Promise<Answer> {
    const { callId } = this.#callOf(agentId)
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
    const { callId } = this.#callOf(agentId)
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
    const extension = this.#switchboard.shift(agentId)?.extension ?? null
    const from = extension === null ? { kind: 'house' as const } : { kind: 'extension' as const, extension }
    const routing = routeCall(from, number, callId, at, this.#switchboard)
    if (routing.outcome.do === 'feature') throw new Problem('call.number_invalid')
    const routed = asRouted(routing, { number: extension, priority: 0, at }, this.#switchboard)
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
    const call = this.#callOf(agentId)
    const toAgentId = this.#switchboard.agentOfCode(toAgentCode)
    const other = toAgentId ? this.#switchboard.shift(toAgentId) : null
    if (!toAgentId || !other) throw new Problem('agent.not_signed_in', { agent: toAgentCode })
    const offerId = envelope.commandId
    const legId = `${offerId}:leg`
    await this.#reserve(other.shiftId, call.callId, legId, 'internal', at, envelope)
    const to = { agentId: toAgentId, agentCode: toAgentCode, extension: other.extension }
    return this.call(call.callId, { do: 'consult', agentId, legId, to, offerId }, envelope)
  }

  endConsultation(agentId: string, envelope: CommandEnvelope): Promise<Answer> {
    return this.call(this.#callOf(agentId).callId, { do: 'end_consultation' }, envelope)
  }

  /** Attended transfer: the customer goes to the consulted party. */
  handOver(agentId: string, envelope: CommandEnvelope): Promise<Answer> {
    return this.call(this.#callOf(agentId).callId, { do: 'hand_over', agentId }, envelope)
  }

  /**
   * Attended transfer to whoever the agent's phone talks to in another call of its own (`other`: its leg there).
   * @throws Problem `call.not_consulting` unless they are there
   */
  async handOverTo(
    agentId: string,
    other: { callId: string; legId: string },
    envelope: CommandEnvelope,
  ): Promise<Answer> {
    const { callId, segments, consultation } = this.#callOf(agentId)
    const aside = this.#switchboard.call(other.callId)
    const party = Object.values(aside?.legs ?? {}).find(
      ({ legId, purpose, state }) => legId !== other.legId && purpose !== 'supervisor' && state === 'answered',
    )
    if (!party || other.callId === callId) throw new Problem('call.not_consulting', { call: callId })
    if (!segments[agentId]) throw new Problem('call.not_talking', { call: callId, agent: agentId })
    if (consultation) throw new Problem('call.consulting', { call: callId })
    // Nobody is in two calls: they leave the one before they are in the other.
    const end: LegEnd = { by: 'system', cause: 16, sip: null, reason: 'completed' }
    const leaving = { ...envelope, commandId: `${envelope.commandId}:leaves` }
    await this.call(other.callId, { do: 'leg_ended', legId: party.legId, end }, leaving)
    const { legId: onLegId, agentId: of, agentCode, extension, number } = party
    const legId = `${envelope.commandId}:leg`
    const taken = { onLegId, party: { agentId: of, agentCode, extension, number } }
    return this.call(callId, { do: 'hand_over_to', agentId, legId, ...taken }, envelope)
  }

  /** Customer, agent and the consulted party talk together. */
  join(agentId: string, envelope: CommandEnvelope): Promise<Answer> {
    return this.call(this.#callOf(agentId).callId, { do: 'join', agentId }, envelope)
  }

  /**
   * Listen, whisper, three-way or take over (catalogue C5.2–C5.4): the supervisor's phone rings, and they join the
   * agent when they answer; a supervisor who already takes part changes mode. The phone is the one given (catalogue
   * C5.0-number-*), else that of their own shift, else the one configured for them. Supervisors who are signed in as
   * agents are reserved for it, so that no queue offers them a call.
   * @throws Problem `agent.not_in_call`, `agent.not_available` (the supervisor), `call.no_supervisor_phone` and what
   * the call refuses
   */
  async supervise(agentId: string, by: Supervising, at: number, envelope: CommandEnvelope): Promise<Answer> {
    const call = this.#callOf(agentId)
    const { callId } = call
    const legId = `${envelope.commandId}:leg`
    const { command, reserve } = planSupervision(this.#switchboard, call, agentId, by, legId)
    if (reserve) await this.#reserve(reserve.shiftId, callId, legId, 'internal', at, envelope)
    return this.call(callId, command, envelope)
  }

  /** Forced disconnect (catalogue C5.5). */
  disconnect(agentId: string, supervisorCode: string, envelope: CommandEnvelope): Promise<Answer> {
    return this.call(this.#callOf(agentId).callId, { do: 'force_disconnect', supervisorCode, agentId }, envelope)
  }

  /** Moves a waiting caller to another queue, where their wait starts anew. */
  move(callId: string, queueCode: string, envelope: CommandEnvelope): Promise<Answer> {
    const priority = this.#switchboard.call(callId)?.queue?.priority ?? 0
    return this.call(callId, { do: 'move', queue: this.#queueing(queueCode, priority) }, envelope)
  }

  get #rules(): ShiftRules {
    return this.#switchboard.configuration.state.shifts
  }

  async #reserve(
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
    const asked = direction === 'outbound' ? this.#fromBrowser(reserve) : reserve
    await this.#commands.carryOut(shiftDecider, shiftId, asked, {
      ...envelope,
      commandId: `${envelope.commandId}:reserve`,
      correlation: callId,
    })
  }

  #callOf(agentId: string): NonNullable<ReturnType<SwitchboardState['call']>> {
    const shift = this.#switchboard.shift(agentId)
    if (!shift) throw new Problem('agent.not_signed_in', { agent: agentId })
    const callId = shift.engagement.kind === 'talking' ? shift.engagement.callId : shift.reservation?.callId
    const call = callId ? this.#switchboard.call(callId) : null
    if (!call) throw new Problem('agent.not_in_call', { agent: shift.agentCode })
    if (call.setAside) throw callSetAside(call.callId, call.setAside)
    return call
  }

  #queueing(queueCode: string, priority: number): Queueing {
    const { queues, version } = this.#switchboard.configuration.state
    const queue = queues[queueCode]
    if (!queue) throw new Problem('request.not_found', { what: 'queue', id: queueCode })
    return queueing(queue, priority, version)
  }
}
