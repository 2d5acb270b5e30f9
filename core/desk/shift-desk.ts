/** What may be asked of an agent's shift, by the agent or by others: sign in, states, long sign-in, the desk itself. */
import { idOf } from '../kernel/event.ts'
import type { ShiftCommand } from '../agent/commands.ts'
import { demandDesk, shiftDecider } from '../agent/shift.ts'
import type { Shift } from '../agent/state.ts'
import type { Work } from '../agent/events.ts'
import type { ShiftRules } from '../agent/rules.ts'
import type { Answer, CommandEnvelope, Commands } from '../kernel/command.ts'
import { lastThere } from '../kernel/last-there.ts'
import { Problem } from '../kernel/problem.ts'
import type { Telephony } from '../telephony/port.ts'
import { shiftIdOf } from '../agent/shift-id.ts'
import type { AsideStream } from '../state/aside.ts'
import type { SwitchboardState } from '../state/switchboard-state.ts'
import { demandFreePhone, demandKnownPhone } from './phones.ts'

/** How someone comes to work. */
export interface SignIn {
  /** A phone other than the one configured for the agent. */
  extension?: string | null
  via: 'desk' | 'phone'
  registered: boolean
  /** The browser that is then their desk. */
  deskId?: string
}

export interface DeskDependencies {
  switchboard: SwitchboardState
  commands: Commands
  telephony: Pick<Telephony, 'command'>
}

export class ShiftDesk {
  protected readonly switchboard: SwitchboardState
  protected readonly commands: Commands
  protected readonly telephony: Pick<Telephony, 'command'>
  /** The browser the request comes from; null: not given. */
  protected browser: string | null = null

  /** @param switchboard a switchboard that follows the ledger; it need not be the owner's */
  constructor({ switchboard, commands, telephony }: DeskDependencies) {
    this.switchboard = switchboard
    this.commands = commands
    this.telephony = telephony
  }

  /**
   * Checked before a command to a call, which knows of no desk; a shift checks for itself. This asks the ledger rather
   * than local state: a claim acknowledged by any process counts from then on, however far this one has read.
   * @throws Problem `agent.desk_elsewhere`, `agent.not_signed_in`, `log.unavailable`
   */
  async demandDesk(agentId: string, { tenant }: Pick<CommandEnvelope, 'tenant'>): Promise<void> {
    const known = this.switchboard.knownShift(agentId)
    if (this.browser === null || !known) return
    // They may have signed out meanwhile, and in again at another desk.
    for (let number = known.number; ; number++) {
      const read = number === known.number ? known : undefined
      const shift = await this.commands.current(shiftDecider, shiftIdOf(agentId, number), tenant, read)
      if (shift.status === 'open') return demandDesk(shift, this.browser)
      const { agents } = this.switchboard.configuration.state
      if (shift.status === 'none')
        throw new Problem('agent.not_signed_in', { agent: agents[agentId]?.agentCode ?? agentId })
    }
  }

  protected fromBrowser(command: ShiftCommand): ShiftCommand {
    const ofDesk = command.do === 'claim_desk' || command.do === 'desk'
    return this.browser === null || ofDesk ? command : { do: 'from_desk', deskId: this.browser, command }
  }

  /**
   * Begins an agent's shift.
   * @throws Problem `agent.unknown`, `agent.already_signed_in`, `agent.phone_taken`, `agent.phone_unknown`
   */
  async signIn(agentId: string, signIn: SignIn, envelope: CommandEnvelope): Promise<Answer> {
    const agent = this.switchboard.configuration.state.agents[agentId]
    if (!agent) throw new Problem('agent.unknown', { agent: agentId })
    const last = this.switchboard.knownShift(agentId) ?? (await this.#lastShift(agentId, envelope.tenant))
    // The same command again, whose answer was lost after the append: it began the agent's present or last shift.
    const begun = last && (await this.commands.written(shiftDecider, shiftIdOf(agentId, last.number), envelope))
    if (begun) return begun
    if (last?.state.status === 'open') throw new Problem('agent.already_signed_in', { agent: agent.agentCode })
    const shiftId = shiftIdOf(agentId, (last?.number ?? 0) + 1)
    if (signIn.extension !== undefined) demandKnownPhone(this.switchboard, signIn.extension)
    const { agentCode, name, group, department, queues } = agent
    const extension = signIn.extension === undefined ? agent.extension : signIn.extension
    demandFreePhone(this.switchboard, extension, agentId)
    const { via, registered, deskId } = signIn
    return this.commands.handle(
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
      this.commands.current(shiftDecider, shiftIdOf(agentId, number), tenant)
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
    const shift = this.switchboard.shift(agentId)
    if (!shift) {
      const [aside] = this.switchboard.asideShifts(agentId)
      const agent = this.switchboard.configuration.state.agents[agentId]
      if (aside) return this.#setAside(aside, agent?.agentCode ?? agentId, command, envelope)
      throw agent
        ? new Problem('agent.not_signed_in', { agent: agent.agentCode })
        : new Problem('agent.unknown', { agent: agentId })
    }
    return this.commands.handle(shiftDecider, shift.shiftId, this.fromBrowser(command), envelope)
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
    return this.commands.handle(shiftDecider, shiftId, { do: 'set_aside', shiftId, agentCode }, envelope)
  }

  /**
   * The agent moves to another phone; null: to none.
   * @throws Problem `agent.phone_taken`, `agent.phone_unknown`, `agent.in_call`
   */
  async changeExtension(agentId: string, extension: string | null, envelope: CommandEnvelope): Promise<Answer> {
    demandKnownPhone(this.switchboard, extension)
    demandFreePhone(this.switchboard, extension, agentId)
    return this.#shift(agentId, { do: 'change_extension', extension, registered: true }, envelope)
  }

  /** The agent sets their own state. */
  setWork(agentId: string, work: Work, reason: string | null, envelope: CommandEnvelope): Promise<Answer> {
    return this.agent(agentId, { do: 'set_work', work, by: 'agent', reason }, envelope)
  }

  /** The agent previews a customer before calling them. */
  startPreview(agentId: string, itemId: string, at: number, envelope: CommandEnvelope): Promise<Answer> {
    return this.agent(agentId, { do: 'start_preview', itemId, deadline: at + this.rules.previewMs }, envelope)
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
    return this.agent(agentId, { do: 'desk', connected: false, graceMs: this.rules.deskGraceMs }, envelope)
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
        ringMs: this.rules.longSignInRingMs,
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

  protected get rules(): ShiftRules {
    return this.switchboard.configuration.state.shifts
  }
}
