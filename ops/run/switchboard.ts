/** A tenant's switchboard while it runs in this process, and how processes that do not own it reach the one that does. */
import type { EventLog } from '@ledgerline/core/kernel/log.ts'
import { realClock } from '@ledgerline/adapters/clock/real.ts'
import type { SealedMessages } from '@ledgerline/adapters/nodes/sealed-messages.ts'
import { OwnerLine, type AskedOfOwner } from '@ledgerline/adapters/nodes/owner-line.ts'
import type { Desk } from '@ledgerline/core/desk/desk.ts'
import type { DeskPresence } from '@ledgerline/core/desk/presence.ts'
import type { Activate } from '@ledgerline/core/configuration/configuration.ts'
import type {
  OwnershipDependencies,
  ProcessLog,
  Role,
  SnapshotStore,
  SwitchboardProcess,
} from '@ledgerline/core/switchboard/process.ts'
import type { MendedLately } from '@ledgerline/core/findings/mendings.ts'
import type { AsideStream } from '@ledgerline/core/state/aside.ts'
import type { SwitchboardFact } from '@ledgerline/core/state/switchboard-fact.ts'
import { uuid7, type Clock } from '@ledgerline/core/kernel/clock.ts'
import type { Codec } from '@ledgerline/core/kernel/codec.ts'
import type { AnswerBook } from '@ledgerline/core/kernel/command.ts'
import type { Origin } from '@ledgerline/core/kernel/event.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Telephony } from '@ledgerline/core/telephony/port.ts'
import { problems } from '../problems.ts'
import { composeSwitchboard } from '../switchboard.ts'

export interface RunningParts {
  tenant: string
  eventLog: EventLog
  codec: Codec
  answers: AnswerBook
  snapshots: SnapshotStore
  telephony: Telephony
  clock: Clock
  notes: ProcessLog
  /** How this process comes to own the switchboard. Absent: it always does. `never`: it only follows. */
  ownership?: OwnershipDependencies | 'never'
  /** Seals what is sent to the owner if that is another process. Absent: there is no other. */
  messages?: SealedMessages
  origin?: Origin
  onFact?: (fact: SwitchboardFact) => void
}

export interface RunningSwitchboard {
  tenant: string
  process: SwitchboardProcess
  desk: Desk
  presence: Pick<DeskPresence, 'here'>
  clock: Clock
  /** Who owns the switchboard as far as this process knows: its role, the owner's epoch and name. */
  ownership(): { role: Role; epoch: number; owner: string | null }
  /** Streams with an event that cannot be read, the latest last. */
  aside(): readonly AsideStream[]
  /** How many telephone connections there are, also those that are kept between calls. @throws Problem `telephony.unavailable` */
  legs(): Promise<number>
  /** What was wrong in its lists within the last day; null: nothing. */
  mended(): MendedLately | null
  /** The zone in which its days are cut; null: nothing was activated yet. */
  zone(): string | null
  /** Called with the role now and whenever it changes. */
  watch(listener: (role: Role) => void): void
  /** Activates a configuration; activating the one in force changes nothing. */
  activate(configuration: Omit<Activate, 'do'>): Promise<void>
  /**
   * Carries out what another process asks of the owner.
   * @throws Problem `switchboard.standby` if the owner is not here
   */
  carryOut(asked: AskedOfOwner): Promise<void>
  /** Stops after what is in progress. */
  stop(): Promise<void>
  /** Settles with the reason if the process ends by itself, which it should not. */
  ended: Promise<unknown>
}

/** Reads the ledger to its end; resolves once this process owns the switchboard or knows which other process does. */
export async function startSwitchboard(parts: RunningParts): Promise<RunningSwitchboard> {
  const { messages, eventLog, ...given } = parts
  const { tenant, telephony, clock } = given
  const newId = uuid7(Math.random)
  const listeners: ((role: Role) => void)[] = []
  const known = Promise.withResolvers<void>()
  // Whatever needs the owner's own network, or its memory of desks, is carried out by the owner; everything else goes
  // through the ledger.
  const network: Pick<Telephony, 'command'> = {
    command: (commandId, of, command) => atOwner({ do: 'order', tenant: of, commandId, command }),
  }
  const { process, desk, presence } = composeSwitchboard({
    ...given,
    log: eventLog,
    problems,
    dice: Math.random,
    newId,
    network,
    // People at desks live in real time, even where the tenant's clock runs faster.
    deskClock: realClock,
    onRole(role) {
      known.resolve()
      for (const listener of listeners) listener(role)
    },
  })
  const line = messages === undefined ? null : new OwnerLine({ messages, owner: () => process.switchboard.owner.state })
  const atOwner = async (asked: AskedOfOwner): Promise<void> => {
    if (process.role === 'owner') return carryOut(asked)
    if (!line) throw new Problem('switchboard.standby')
    await line.ask(asked)
  }
  const carryOut = async (asked: AskedOfOwner): Promise<void> => {
    if (process.role !== 'owner' || asked.tenant !== tenant) throw new Problem('switchboard.standby')
    if (asked.do === 'here') await presence.here(asked.agentId, asked.deskId, asked.envelope)
    else await telephony.command(asked.commandId, tenant, asked.command)
  }
  const stopping = new AbortController()
  const running = process.run(stopping.signal)
  const ended = running.then(
    () => null,
    (error: unknown) => error,
  )
  await Promise.race([known.promise, running])
  const watch = (listener: (role: Role) => void): void => {
    listeners.push(listener)
    listener(process.role)
  }
  watch((role) => (role === 'owner' ? presence.start() : presence.stop()))
  return {
    tenant,
    process,
    desk,
    presence: { here: (agentId, deskId, envelope) => atOwner({ do: 'here', tenant, agentId, deskId, envelope }) },
    carryOut,
    clock,
    ended,
    watch,
    zone: () =>
      process.switchboard.configuration.state.version > 0 ? process.switchboard.configuration.state.zone : null,
    ownership: () => ({ role: process.role, epoch: process.epoch, owner: process.switchboard.owner.state.node }),
    aside: () => process.switchboard.aside,
    legs: async () => (await telephony.legs()).length,
    mended: () => process.switchboard.mendings.lately(clock.now()),
    async activate(configuration) {
      await desk.activate(configuration, { tenant, commandId: newId(clock.now()), actor: 'system:operator' })
    },
    async stop() {
      presence.stop()
      stopping.abort()
      await ended
    },
  }
}
