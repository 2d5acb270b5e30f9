/** Imports and exports of a process that answers over HTTP: their files, and, if it has the lease, carrying them out. */
import { steadyClock } from '@ledgerline/adapters/clock/steady.ts'
import { openLeases } from '@ledgerline/adapters/lease/postgres.ts'
import type { ReadSide } from '@ledgerline/adapters/queries/read-side.ts'
import { toolsBy } from '@ledgerline/adapters/transfer/context.ts'
import { openTransferFiles } from '@ledgerline/adapters/transfer/files.ts'
import { TransferRunner } from '@ledgerline/adapters/transfer/runner.ts'
import type { AnswerBook } from '@ledgerline/core/kernel/answered-once.ts'
import { Tenure } from '@ledgerline/core/kernel/lease.ts'
import { problems } from '../problems.ts'
import type { Node } from './node.ts'

const LEASE = 'transfers'

export async function startTransfers(
  { name, installation, logger, closing }: Node,
  readSide: ReadSide,
  answers: AnswerBook,
  clockOf: (tenant: string) => { now(): number },
) {
  const { eventLog: log, codec, vault, tables: url } = installation
  const files = await openTransferFiles(url, vault)
  closing.defer(() => files.close())
  const leases = await openLeases(url)
  closing.defer(() => leases.close())
  const tenure = new Tenure({
    leases,
    steady: steadyClock,
    name: LEASE,
    holder: name,
    above: () => 0,
    won: () => {},
    held: () => {},
    lost: () => {},
    trouble: (reason) => logger.warn({ reason }, 'the lease of imports and exports could not be asked for'),
  })
  const stopping = new AbortController()
  const held = tenure.run(stopping.signal)
  const runner = new TransferRunner({
    log,
    codec,
    files,
    readSide,
    of: toolsBy({ log, codec, answers, problems, clockOf }),
    wall: Date.now,
    url,
    mayWork: () => tenure.holds(),
    logger,
  })
  runner.start()
  closing.defer(async () => {
    await runner.stop()
    stopping.abort()
    await held
  })
  return { files, nudge: () => runner.nudge() }
}
