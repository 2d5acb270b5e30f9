/** A tenant's switchboard, put together from the house's parts and running until it is stopped. */
import type { EventLog } from '@ledgerline/core/kernel/log.ts'
import { realClock } from '@ledgerline/adapters/clock/real.ts'
import { Desk } from '@ledgerline/core/acd/desk.ts'
import { DeskPresence } from '@ledgerline/core/acd/desk-presence.ts'
import type { Activate } from '@ledgerline/core/acd/configuration.ts'
import { SwitchboardProcess, type ProcessLog, type SnapshotStore } from '@ledgerline/core/acd/process.ts'
import type { SwitchboardFact } from '@ledgerline/core/acd/switchboard.ts'
import { uuid7, type Clock } from '@ledgerline/core/kernel/clock.ts'
import type { Codec } from '@ledgerline/core/kernel/codec.ts'
import { Commands, type AnswerBook } from '@ledgerline/core/kernel/command.ts'
import type { Origin } from '@ledgerline/core/kernel/event.ts'
import type { Telephony } from '@ledgerline/core/telephony/port.ts'

export interface SwitchboardParts {
  tenant: string
  eventLog: EventLog
  codec: Codec
  answers: AnswerBook
  snapshots: SnapshotStore
  telephony: Telephony
  clock: Clock
  notes: ProcessLog
  origin?: Origin
  onFact?: (fact: SwitchboardFact) => void
}

export interface RunningSwitchboard {
  tenant: string
  process: SwitchboardProcess
  desk: Desk
  presence: DeskPresence
  clock: Clock
  /** Puts a configuration in force; the one that is in force already changes nothing. */
  activate(configuration: Omit<Activate, 'do'>): Promise<void>
  /** Ends after what is under way. */
  stop(): Promise<void>
  /** Settles when the process ends by itself, which it should not: the reason. */
  ended: Promise<unknown>
}

/** Reads the ledger to its end, reconciles it with the network, and resolves when the switchboard works. */
export async function startSwitchboard(parts: SwitchboardParts): Promise<RunningSwitchboard> {
  const { tenant, eventLog: log, codec, answers, snapshots, telephony, clock, notes, origin, onFact } = parts
  const dice = Math.random
  const newId = uuid7(dice)
  const commands = new Commands({ log, codec, clock, dice, answers })
  const process = new SwitchboardProcess({ tenant, log, codec, commands, telephony, clock, dice, newId, snapshots, notes, ...(origin && { origin }), ...(onFact && { onFact }) })
  const desk = new Desk({ board: process.board, commands, telephony })
  // Desks speak in real time, also where the tenant's clock runs faster.
  const onTrouble = (agentId: string, error: unknown): void => notes.warn('a desk that fell silent could not be noted yet', { agent: agentId, error: String(error) })
  const presence = new DeskPresence({ tenant, desk, board: process.board, clock: realClock, onTrouble })
  const stopping = new AbortController()
  const ready = Promise.withResolvers<void>()
  const running = process.run(stopping.signal, ready.resolve)
  const ended = running.then(
    () => null,
    (error: unknown) => error,
  )
  await Promise.race([ready.promise, running])
  presence.start()
  return {
    tenant,
    process,
    desk,
    presence,
    clock,
    ended,
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
