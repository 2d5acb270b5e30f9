/**
 * The tables of a process. Every role has the engine, which knows the tables and the lanes; the projector also folds,
 * seals the ledger, and carries out what follows from rows (jobs).
 */
import { JobRunner } from '@ledgerline/adapters/jobs/runner.ts'
import { steadyClock } from '@ledgerline/adapters/clock/steady.ts'
import { openLeases } from '@ledgerline/adapters/lease/postgres.ts'
import type { Seal } from '@ledgerline/adapters/log/chain/chain.ts'
import { keepSealing } from '@ledgerline/adapters/log/chain/sealer.ts'
import { openSeals } from '@ledgerline/adapters/log/chain/seals.ts'
import { signUpTo } from '@ledgerline/adapters/log/chain/signing.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import type { Engine } from '@ledgerline/projections/engine/engine.ts'
import { engineOf } from '../installation/catch-up.ts'
import type { Node } from './node.ts'

/** The engine, not started yet; it folds if this process is a projector. */
export function openEngine({ installation, logger, does }: Node): Engine {
  return engineOf(
    installation,
    {
      parked: ({ model, tenant, event, reason }, lane) =>
        logger.error({ lane, model, tenant, event, reason }, 'a row is set aside: later events of its key wait'),
      trouble: (problem, lane) => logger.warn({ lane, code: problem.code, ...problem.details }, 'a lane begins again'),
    },
    does('projector'),
  )
}

/** The projector besides its engine. @returns what carries out jobs; null: no effects are configured */
export async function startProjector(node: Node): Promise<JobRunner | null> {
  await startSealing(node)
  return node.installation.effects.size > 0 ? await startJobs(node) : null
}

async function startSealing({ installation, logger, closing, options: { chainSigner: signer } }: Node): Promise<void> {
  const { eventLog: log } = installation
  const seals = await openSeals(installation.log, log)
  closing.defer(() => seals.close())
  const onTrouble = (error: unknown): void =>
    logger.error(
      isProblem(error) ? { code: error.code, ...error.details } : { error: String(error) },
      isProblem(error, 'chain.not_signed') ? 'the chain is not being signed' : 'the ledger is no longer being sealed',
    )
  const onSealed = signer && ((last: Seal) => signUpTo(last, { log, seals, signer, now: Date.now }))
  const sealing = keepSealing({ log, seals }, { onTrouble, ...(onSealed && { onSealed }) })
  closing.defer(() => sealing.stop())
}

async function startJobs({ name, installation, logger, closing }: Node): Promise<JobRunner> {
  const leases = await openLeases(installation.tables)
  closing.defer(() => leases.close())
  const runner = new JobRunner({
    url: installation.tables,
    leases,
    steady: steadyClock,
    node: name,
    carryOut: installation.effects,
    logger,
  })
  runner.start()
  closing.defer(() => runner.stop())
  return runner
}
