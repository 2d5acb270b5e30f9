/** What remains of an installation once its processes are gone: its ledger, read without an engine, and what the command says. */
import { spawn } from 'node:child_process'
import type { AnyEvent } from '@ledgerline/core/catalogue.ts'
import { readConfig } from '@ledgerline/ops/config.ts'
import { withInstallation } from '@ledgerline/ops/installation/installation.ts'

const COMMAND = new URL('../../ops/cli/main.ts', import.meta.url).pathname

/** The whole ledger of a data directory, or of the databases that the environment names. */
export async function readLedger(data: string, env: NodeJS.ProcessEnv = process.env): Promise<AnyEvent[]> {
  const silent = (): void => {}
  const notes = { waitingForOthers: silent, waitingFor: silent, keyWasExposed: silent, trouble: silent, back: silent }
  return withInstallation({ config: readConfig(env, { data }), use: 'read', notes }, async ({ eventLog, codec }) => {
    const events: AnyEvent[] = []
    for await (const page of eventLog.readAll(null))
      events.push(...((await codec.decodeAll(page.events)) as unknown as AnyEvent[]))
    return events
  })
}

/** When each owner of a switchboard made its first offer according to the log, by epoch. */
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

/** The exit code of a command. */
export function exitCodeOf(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<number | null> {
  return new Promise((resolve) => {
    spawn(process.execPath, [...process.execArgv, COMMAND, ...args], { stdio: 'ignore', env }).once('exit', resolve)
  })
}
