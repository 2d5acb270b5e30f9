/**
 * A call centre on a virtual clock, entirely in memory: the real switchboard and the real deciders over a log that
 * forgets and a telephony without telephones. Simulations put people into it and let time pass.
 */
import { memoryVault } from '@ledgerline/adapters/keys/memory.ts'
import { memoryAnswers } from '@ledgerline/adapters/log/postgres/answers.ts'
import { ForgettingLog } from '@ledgerline/adapters/log/forgetting.ts'
import { VirtualClock } from '@ledgerline/adapters/clock/virtual.ts'
import type { Fault } from '@ledgerline/adapters/telephony/simulator/faults.ts'
import { SimulatedTelephony } from '@ledgerline/adapters/telephony/simulator/simulator.ts'
import type { Activate } from '@ledgerline/core/configuration/configuration.ts'
import type { Desk } from '@ledgerline/core/desk/desk.ts'
import type { SwitchboardProcess } from '@ledgerline/core/switchboard/process.ts'
import type { ShiftCommand } from '@ledgerline/core/agent/commands.ts'
import { shiftDecider } from '@ledgerline/core/agent/shift.ts'
import { catalogue, type AnyEvent } from '@ledgerline/core/catalogue.ts'
import { seededDice, uuid7, type Dice } from '@ledgerline/core/kernel/clock.ts'
import { Codec, type Draft } from '@ledgerline/core/kernel/codec.ts'
import { storeMetadata } from '@ledgerline/core/kernel/stored-event.ts'
import type { StoredEvent } from '@ledgerline/core/kernel/log.ts'
import type { CommandEnvelope, Commands } from '@ledgerline/core/kernel/command.ts'
import { isProblem, Problem } from '@ledgerline/core/kernel/problem.ts'
import { composeSwitchboard } from '../switchboard.ts'

const ATTEMPTS = 5
const SELDOM_MS = 3_600_000
/**
 * The watch over the switchboard's lists takes as long as the calls do if it looks at each second of a day that passes
 * in one.
 */
const WATCH_EVERY_MS = 60_000

export interface CentreOptions {
  tenant: string
  /** The first UTC ms the clock shows. */
  start: number
  /** The same seed and the same people give the same day. */
  seed: number
  /** Called with every event in the order of the ledger. */
  onFact: (fact: AnyEvent) => void
  /** Network faults; none by default. */
  faults?: readonly Fault[]
}

export class VirtualCentre {
  readonly clock: VirtualClock
  readonly dice: Dice
  readonly telephony: SimulatedTelephony
  readonly process: SwitchboardProcess
  readonly desk: Desk
  readonly #commands: Commands
  readonly #tenant: string
  readonly #warnings: string[] = []
  readonly #stop = new AbortController()
  #running: Promise<void> = Promise.resolve()
  /** Rejects when the switchboard breaks. */
  #failed: Promise<never> = new Promise(() => {})
  #asked = 0

  constructor({ tenant, start, seed, onFact, faults = [] }: CentreOptions) {
    this.#tenant = tenant
    const clock = (this.clock = new VirtualClock(start))
    const dice = (this.dice = seededDice(seed))
    const newId = uuid7(dice)
    const log = new ForgettingLog(() => clock.now())
    const codec = new OpenCodec(catalogue, memoryVault())
    const telephony = (this.telephony = new SimulatedTelephony({
      clock,
      dice,
      newId,
      faults,
      maxLegs: Number.POSITIVE_INFINITY,
      maxWaitingReports: Number.POSITIVE_INFINITY,
    }))
    const { process, commands, desk } = composeSwitchboard({
      tenant,
      log,
      codec,
      answers: memoryAnswers(() => clock.now()),
      telephony,
      clock,
      dice,
      newId,
      origin: 'simulated',
      snapshots: null,
      // A network without faults loses no legs.
      ...(faults.length === 0 && { reconcileEveryMs: SELDOM_MS }),
      watchEveryMs: WATCH_EVERY_MS,
      notes: { warn: (message, details) => void this.#warnings.push(`${message} ${JSON.stringify(details)}`) },
      onFact: (fact) => onFact(fact as unknown as AnyEvent),
    })
    this.process = process
    this.desk = desk
    this.#commands = commands
  }

  /** Starts the switchboard under a configuration. */
  async open(configuration: Omit<Activate, 'do'>): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#running = this.process.run(this.#stop.signal, resolve)
      this.#failed = this.#running.then(() => this.#stop.signal.throwIfAborted()) as Promise<never>
      this.#failed.catch(reject)
    })
    await this.desk.activate(configuration, this.by('system:simulation'))
    await comesToRest()
  }

  /** Begins an agent's shift. @throws Problem whatever the desk refuses */
  async signIn(agentId: string, via: 'desk' | 'phone'): Promise<void> {
    await this.desk.signIn(agentId, { via, registered: true }, this.by(`agent:${agentId}`))
    await comesToRest()
  }

  /**
   * An agent does something in the present shift. It is decided on the shift as the switchboard knows it, since the log
   * has forgotten its beginning.
   * @throws Problem the refusal
   */
  async act(agentId: string, command: ShiftCommand): Promise<void> {
    const { switchboard } = this.process
    const envelope = this.by(`agent:${agentId}`)
    for (let attempt = 1; ; attempt++) {
      const shift = switchboard.shift(agentId)
      if (!shift) throw new Problem('agent.not_signed_in', { agent: agentId })
      try {
        await this.#commands.carryOut(shiftDecider, shift.shiftId, command, envelope, switchboard.knownShift(agentId))
        return
      } catch (error) {
        // The switchboard wrote to the same shift at the same moment.
        if (attempt === ATTEMPTS || !isProblem(error) || !error.code.startsWith('log.')) throw error
        await comesToRest()
      }
    }
  }

  /** Lets time pass. @throws whatever broke meanwhile; the signal's reason */
  async run(until: number, signal?: AbortSignal): Promise<void> {
    await Promise.race([this.clock.run(until, signal), this.#failed])
  }

  /** Ends it; also after a failure. */
  async close(): Promise<void> {
    this.#stop.abort()
    await Promise.allSettled([this.#running, this.clock.run(this.clock.now())])
    await this.telephony.close()
  }

  /** @throws Error if the switchboard had to warn of anything: such a simulation proves nothing */
  mustHaveBeenQuiet(): void {
    if (this.#warnings.length > 0)
      throw new Error(`the switchboard warned ${this.#warnings.length} times, first: ${this.#warnings[0]}`)
  }

  by(actor: string): CommandEnvelope {
    return { tenant: this.#tenant, commandId: `asked-${++this.#asked}`, actor, origin: 'simulated' }
  }
}

/**
 * Events of a simulation are discarded once folded: nobody but the process itself ever sees them, so they are neither
 * sealed nor checked against their schemas on the way in.
 */
class OpenCodec extends Codec {
  override async encode(drafts: readonly Draft[]): Promise<StoredEvent[]> {
    return drafts.map(({ id, event: { type, data }, meta }) => ({
      id,
      type,
      data: JSON.stringify(data),
      metadata: storeMetadata(meta, catalogue[type as keyof typeof catalogue].upcasts.length + 1),
    }))
  }
}

/** Everything that was set off is done, and the board has seen it in the log. */
function comesToRest(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
