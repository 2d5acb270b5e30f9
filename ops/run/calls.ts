/**
 * The role `switchboard`: a tenant's switchboard in this process. Without the role it only follows, for the screens.
 */
import { realClock } from '@ledgerline/adapters/clock/real.ts'
import { steadyClock } from '@ledgerline/adapters/clock/steady.ts'
import { sealedSnapshots } from '@ledgerline/adapters/keys/sealed-snapshots.ts'
import { openLeases } from '@ledgerline/adapters/lease/postgres.ts'
import type { SealedMessages } from '@ledgerline/adapters/nodes/sealed-messages.ts'
import { openProcessSnapshots } from '@ledgerline/adapters/postgres/process-snapshots.ts'
import { keepTone } from '@ledgerline/adapters/recordings/tones.ts'
import { SimulatedTelephony } from '@ledgerline/adapters/telephony/simulator/simulator.ts'
import type { AnswerBook } from '@ledgerline/core/kernel/command.ts'
import type { Engine } from '@ledgerline/projections/engine/engine.ts'
import type { Demo } from './demo.ts'
import type { Node } from './node.ts'
import { confirmedBy, keepForAsLongAsAsked, openRecordings, runsIn } from './recordings.ts'
import { startSwitchboard, type RunningSwitchboard } from './switchboard.ts'

export interface CallsSources {
  engine: Engine
  tenant: string
  answers: AnswerBook
  replay: Demo | null
  /** Seals messages between processes; null: there is no other process. */
  messages: SealedMessages | null
  /** Where other processes reach this one. */
  address: string | null
}

export async function startCalls(
  node: Node,
  { engine, tenant, answers, replay, messages, address }: CallsSources,
): Promise<RunningSwitchboard> {
  const { name, installation, logger, does, closing, options } = node
  const snapshots = await openProcessSnapshots(installation.tables, installation.eventLog)
  closing.defer(() => snapshots.close())
  // A data directory has one owner; on a shared server another process may do the same as this one.
  const leases = installation.shared && does('switchboard') ? await openLeases(installation.tables) : null
  closing.defer(() => leases?.close())
  const clock = replay?.clock ?? realClock
  const files = await openRecordings(options.recordings)
  // A demo brings its own callers; real ones would be lost in its time.
  const real =
    replay === null && options.telephony !== null && does('switchboard')
      ? // Loaded by who needs it: simulated calls do without the libraries of real ones.
        (await import('./telephony.ts')).openTelephony(node, {
          tenant,
          settings: options.telephony,
          recordings: files,
          confirm: confirmedBy(() => switchboard),
          isRunning: runsIn(() => switchboard),
          configuration: () => switchboard.process.switchboard.configuration.state,
          gateway: (code) => switchboard.process.switchboard.network.gateway(code)?.state ?? null,
          onTrouble: (problem) => {
            logger.warn({ code: problem.code, ...problem.details }, 'a server of the telephone network is missing')
            options.onTelephony?.(problem)
          },
        })
      : null
  const telephony =
    replay?.telephony ??
    real?.telephony ??
    new SimulatedTelephony({ clock, dice: Math.random, keepRecording: keepTone, contacts: true })
  const switchboard = await startSwitchboard({
    tenant,
    eventLog: installation.eventLog,
    codec: installation.codec,
    answers,
    snapshots: sealedSnapshots(snapshots, installation.vault, tenant),
    telephony,
    clock,
    ownership: does('switchboard') ? { leases, steady: steadyClock, node: name, address } : 'never',
    origin: replay ? 'simulated' : 'live',
    notes: { warn: (message, details) => logger.warn(details, message) },
    ...(messages && { messages }),
    ...(replay && { onFact: (fact) => replay.onFact(fact) }),
  })
  // Simulated calls end with us. Real talk goes on without us, until the next owner takes it over, so it is only let go of.
  if (real) {
    closing.defer(() => telephony.close())
    closing.defer(() => real.own(false))
  }
  closing.defer(() => switchboard.stop())
  // Before the switchboard is given up: the next owner registers anew.
  if (real) closing.defer(() => real.leave())
  else closing.defer(() => telephony.close())
  keepForAsLongAsAsked(node, { engine, files, switchboard })
  if (real) switchboard.watch((role) => void real.own(role === 'owner'))
  return switchboard
}

/** Notes in the journal when this process starts or stops owning the switchboard. */
export function noteOwnership({ logger }: Node, switchboard: RunningSwitchboard): void {
  let was = switchboard.ownership().role
  switchboard.watch((role) => {
    if (role !== was)
      logger.warn(
        { tenant: switchboard.tenant, ...switchboard.ownership() },
        role === 'owner'
          ? 'this process owns the switchboard from now on'
          : 'this process no longer owns the switchboard',
      )
    was = role
  })
}
