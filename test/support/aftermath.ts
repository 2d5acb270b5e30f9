/** What is left of a house after its processes: its ledger, read by nobody's engine, and what the command says of it. */
import { spawn } from 'node:child_process'
import { openVault } from '@ledgerline/adapters/keys/postgres.ts'
import { openPostgresLog } from '@ledgerline/adapters/log/postgres.ts'
import { catalogue, type AnyEvent } from '@ledgerline/core/catalogue.ts'
import { Codec } from '@ledgerline/core/kernel/codec.ts'
import { readConfig } from '@ledgerline/ops/config.ts'
import { openDatabases } from '@ledgerline/ops/data.ts'

const COMMAND = new URL('../../ops/cli/main.ts', import.meta.url).pathname

/** The whole ledger of a data directory, or of the databases that the environment names. */
export async function readLedger(data: string, env: NodeJS.ProcessEnv = process.env): Promise<AnyEvent[]> {
  const databases = await openDatabases(readConfig(env, { data }), 'read')
  const log = await openPostgresLog({ url: databases.log })
  const vault = await openVault({ url: databases.log, directory: data })
  try {
    const codec = new Codec(catalogue, vault)
    const events: AnyEvent[] = []
    for await (const page of log.readAll(null)) events.push(...((await codec.decodeAll(page.events)) as unknown as AnyEvent[]))
    return events
  } finally {
    await vault.close()
    await log.close()
    await databases.close()
  }
}

/** When each owner of a switchboard made its first offer, as the log recorded it, by its epoch. */
export function firstOffers(ledger: readonly AnyEvent[]): Map<number, number> {
  const epochOf = new Map<string, number>()
  const first = new Map<number, number>()
  for (const event of ledger) {
    if (event.type === 'AgentReserved') epochOf.set(event.data.offerId, event.data.epoch)
    const epoch = event.type === 'CallOffered' ? epochOf.get(event.data.offerId) : undefined
    if (epoch !== undefined && !first.has(epoch)) first.set(epoch, event.recordedAt)
  }
  return first
}

/** How a command of the house ends. */
export function exitCodeOf(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<number | null> {
  return new Promise((resolve) => {
    spawn(process.execPath, [COMMAND, ...args], { stdio: 'ignore', env }).once('exit', resolve)
  })
}
