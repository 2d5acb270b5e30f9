/**
 * Carries out the switchboard's commands on the ledger and its orders on the network: one after the other for each call
 * and each agent, each with a time limit, and none after it was stopped or while another process owns the switchboard.
 */
import { shiftDecider } from '../agent/shift.ts'
import { callDecider } from '../call/call.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Carried, CommandEnvelope, Commands } from '../kernel/command.ts'
import type { NewEvent, Origin } from '../kernel/event.ts'
import { isProblem, Problem } from '../kernel/problem.ts'
import type { LegCommand, LegEnd, Telephony } from '../telephony/port.ts'
import { findingDecider, type Find } from '../findings/findings.ts'
import { gatewayDecider, phoneDecider, type ReportGateway, type ReportPhone } from '../registration/reported.ts'
import { EntityMap, entityOfOwner, type Entity } from './entity.ts'
import { legEndedTarget, type Target } from './report-commands.ts'
import type { SwitchboardState } from '../state/switchboard-state.ts'

/** A command to the network is given up after this. */
const NETWORK_TIMEOUT_MS = 5_000
/** A passing failure is retried after this. */
export const RETRY_MS = 500
export const ACTOR = 'system:switchboard'

/** What a process tells its operator; never a personal value. */
export interface ProcessLog {
  warn(message: string, details: Record<string, unknown>): void
}

export interface ExecutorDependencies {
  tenant: string
  switchboard: SwitchboardState
  commands: Commands
  telephony: Telephony
  clock: Clock
  notes: ProcessLog
  origin: Origin
  /** Does this process own the switchboard? Asked before each act, since it may just have been stopped for a minute. */
  mayAct: () => boolean
  /** Called with what was appended, before the log gives it back. */
  onCarried: (carried: Carried<NewEvent>) => void
  /** Called when an entity has nothing in progress any longer. */
  onIdle: (entity: Entity) => void
}

export class Executor {
  readonly #dependencies: ExecutorDependencies
  /** The last thing in progress for an entity. */
  readonly #tails = new EntityMap<Promise<void>>()
  readonly #underWay = new Set<Promise<void>>()
  readonly #pending = new Set<{ then: () => void; cancel: () => void }>()
  #stopped = false

  constructor(dependencies: ExecutorDependencies) {
    this.#dependencies = dependencies
  }

  get stopped(): boolean {
    return this.#stopped
  }

  get mayAct(): boolean {
    return this.#dependencies.mayAct()
  }

  /** UTC ms. */
  get now(): number {
    return this.#dependencies.clock.now()
  }

  /** Does an entity have something in progress? */
  busy(entity: Entity): boolean {
    return this.#tails.has(entity)
  }

  /** Runs one thing after the other for an entity, whatever the result of the previous one. */
  inLine<T>(entity: Entity, body: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(entity)
    const mine = before ? before.then(body, body) : body()
    const tail = mine.then(noop, noop)
    this.#tails.set(entity, tail)
    void tail.then(() => {
      if (this.#tails.get(entity) !== tail) return
      this.#tails.delete(entity)
      this.#dependencies.onIdle(entity)
    })
    return mine
  }

  /**
   * Carries out what the switchboard decided, given what it knows of the stream. Call it within {@link inLine}.
   * @throws Problem the refusal, `switchboard.standby`, `log.*`, `key.*`
   */
  async carryOut(target: Target, envelope: CommandEnvelope): Promise<Carried<NewEvent>> {
    this.#require()
    return this.#carried(target, envelope, { beforeAppend: () => this.#require() })
  }

  /**
   * The same for something that happened and is recorded no matter who owns the switchboard. Call it within {@link
   * inLine}.
   * @param once check in the log whether it was recorded before, if the state cannot reveal a repetition
   * @throws Problem the refusal, `log.*`, `key.*`
   */
  record(target: Target, envelope: CommandEnvelope, once = false): Promise<Carried<NewEvent>> {
    return this.#carried(target, envelope, { once })
  }

  async #carried(
    target: Target,
    envelope: CommandEnvelope,
    { once = false, beforeAppend }: { once?: boolean; beforeAppend?: () => void },
  ): Promise<Carried<NewEvent>> {
    const { commands, switchboard } = this.#dependencies
    let carried: Carried<NewEvent>
    if ('callId' in target) {
      carried = await commands.carryOut(
        callDecider,
        target.callId,
        target.command,
        envelope,
        once ? undefined : switchboard.knownCall(target.callId),
        beforeAppend,
      )
    } else {
      const known = switchboard.knownShift(target.agentId)
      const same = known && `${target.agentId}-${known.number}` === target.shiftId ? known : undefined
      carried = await commands.carryOut(shiftDecider, target.shiftId, target.command, envelope, same, beforeAppend)
    }
    // The shift may have a successor, and the switchboard folds only the last one.
    if (target.command.do === 'set_aside') switchboard.closeAside(carried.stream)
    this.#dependencies.onCarried(carried)
    return carried
  }

  /**
   * Records what the switchboard found out about itself.
   * @throws Problem `switchboard.standby`, `log.*`
   */
  async find(id: string, finding: Find, envelope: CommandEnvelope): Promise<void> {
    this.#require()
    this.#dependencies.onCarried(
      await this.#dependencies.commands.carryOut(findingDecider, id, finding, envelope, undefined, () =>
        this.#require(),
      ),
    )
  }

  /**
   * Records how the network says that a gateway or a phone is, if that is news.
   * @throws Problem `switchboard.standby`, `log.*`
   */
  async observe(id: string, report: ReportGateway | ReportPhone, envelope: CommandEnvelope): Promise<void> {
    this.#require()
    const { commands, switchboard, onCarried } = this.#dependencies
    const require = (): void => this.#require()
    const { network } = switchboard
    onCarried(
      report.do === 'gateway'
        ? await commands.carryOut(gatewayDecider, id, report, envelope, network.gateway(report.gateway), require)
        : await commands.carryOut(phoneDecider, id, report, envelope, network.phone(report.extension), require),
    )
  }

  /**
   * Gives an order to the network.
   * @throws Problem `telephony.*`, `telephony.unavailable` also when no answer comes in time, `switchboard.standby`
   */
  async order(commandId: string, command: LegCommand): Promise<void> {
    this.#require()
    await this.#ordered(commandId, command)
  }

  /** A caller who cannot be taken gets a 503, from whichever process their call reached. */
  async turnAway(legId: string): Promise<void> {
    await this.#ordered(`${legId}:refuse`, {
      do: 'hang_up',
      legId,
      end: { by: 'system', cause: 41, sip: 503, reason: 'refused' },
    }).catch(noop)
  }

  #ordered(commandId: string, command: LegCommand): Promise<void> {
    return this.within(this.#dependencies.telephony.command(commandId, this.#dependencies.tenant, command), commandId)
  }

  /**
   * Records that a leg is gone of which the network has nothing more to say. `owner`: its call, or the shift it is kept
   * for.
   */
  async legEnded(owner: string, legId: string, end: LegEnd): Promise<void> {
    const target = legEndedTarget(owner, legId, end)
    const envelope = this.envelope(`${legId}:ended`, 'callId' in target ? owner : null)
    try {
      await this.inLine(entityOfOwner(owner), () => this.carryOut(target, envelope))
    } catch (error) {
      if (!isProblem(error)) throw error
      if (error.code !== 'agent.not_signed_in')
        this.#dependencies.notes.warn('a lost leg could not be closed yet', { leg: legId, code: error.code })
    }
  }

  #require(): void {
    if (!this.#dependencies.mayAct()) throw new Problem('switchboard.standby')
  }

  envelope(key: string, correlation: string | null): CommandEnvelope {
    const { tenant, origin } = this.#dependencies
    return { tenant, commandId: key, actor: ACTOR, origin, correlation, causation: key }
  }

  /** Work that {@link stop} waits for; the operator is told of errors in it. */
  track(work: Promise<unknown>): void {
    const tracked: Promise<void> = work.then(noop, (error: unknown) => {
      this.#dependencies.notes.warn('a step broke', {
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      })
    })
    this.#underWay.add(tracked)
    void tracked.then(() => this.#underWay.delete(tracked))
  }

  /** Calls back after a while, or at once when the process stops. */
  later(ms: number, then: () => void): void {
    if (this.#stopped) return then()
    const pending = {
      then,
      cancel: this.#dependencies.clock.at(this.#dependencies.clock.now() + ms, () => {
        this.#pending.delete(pending)
        then()
      }),
    }
    this.#pending.add(pending)
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.later(ms, resolve))
  }

  /** The answer, or a problem when it does not come in time. */
  async within<T>(answer: Promise<T>, what: string): Promise<T> {
    const { clock } = this.#dependencies
    let cancel = (): void => {}
    const late = new Promise<never>((_, reject) => {
      cancel = clock.at(clock.now() + NETWORK_TIMEOUT_MS, () =>
        reject(new Problem('telephony.unavailable', { reason: `no answer to ${what}` })),
      )
    })
    try {
      return await Promise.race([answer, late])
    } finally {
      cancel()
    }
  }

  /** Ends all waiting; resolves when what is under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true
    for (const { cancel, then } of this.#pending) {
      cancel()
      then()
    }
    this.#pending.clear()
    await Promise.allSettled([...this.#underWay])
  }
}

export function noop(): void {}
