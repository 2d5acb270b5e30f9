/**
 * How long no call is offered when the owner of a switchboard is killed: from the kill to the first offer of its
 * successor, as recorded by the log. Two processes on one server, traffic of 15 calls a second, a ledger of as many
 * events as wanted.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openVault } from '@ledgerline/adapters/keys/postgres.ts'
import { openPostgresLog } from '@ledgerline/adapters/log/postgres/log.ts'
import { connection } from '@ledgerline/adapters/postgres/connect.ts'
import { LOG_DATABASE, startEmbedded, TABLES_DATABASE } from '@ledgerline/adapters/postgres/embedded.ts'
import { catalogue, type AnyEvent } from '@ledgerline/core/catalogue.ts'
import { Codec } from '@ledgerline/core/kernel/codec.ts'
import { Engine } from '@ledgerline/projections/engine/engine.ts'
import { readModels } from '@ledgerline/projections/models.ts'
import { firstOffers } from '../support/aftermath.ts'
import { endOwners, gone, owns, startNode, works } from '../support/owners.ts'
import { load } from './load.ts'
import { atMost, machine, percentile, plain, type BenchCase, type BenchResult } from './result.ts'

const ROUNDS = 20
const MS_AN_EVENT = 15.2
const TAIL_MS = 600_000

export async function run({ events = 1_000_000 }: { events?: number } = {}): Promise<BenchResult> {
  const directory = mkdtempSync(join(tmpdir(), 'ledgerline-bench-'))
  const server = await startEmbedded({ directory, durable: false })
  const urls = { log: server.url(LOG_DATABASE), tables: server.url(TABLES_DATABASE) }
  const env = { ...process.env, DATABASE_URL: urls.tables, LOG_DATABASE_URL: urls.log }
  const log = await openPostgresLog({ url: urls.log })
  const vault = await openVault({ url: urls.log, directory })
  try {
    const codec = new Codec(catalogue, vault)
    const loaded = await load(urls.log, codec, {
      events,
      tenant: 'bench',
      from: Date.now() - events * MS_AN_EVENT - TAIL_MS,
    })
    const head = await log.head()
    // The tables of that ledger are not measured here: they are set to its head.
    await new Engine({ log, codec, url: urls.tables, models: readModels }).prepare()
    await ask(urls.tables, 'update tables.checkpoints set position = $1', [head])

    const began = performance.now()
    let owner = await startNode(env, directory)
    await owns(owner)
    let from = Date.now()
    const firstStart = performance.now() - began
    let standby = await startNode(env, directory)
    const killed = new Map<number, number>()
    const restarts: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      await works(owner, from)
      const at = Date.now()
      await gone(owner.child, 'SIGKILL')
      killed.set(await owns(standby), at)
      from = Date.now()
      owner = standby
      const restarted = performance.now()
      standby = await startNode(env, directory)
      restarts.push(performance.now() - restarted)
    }
    await works(owner, from)
    await gone(standby.child, 'SIGTERM')
    await gone(owner.child, 'SIGTERM')

    const since: AnyEvent[] = []
    for await (const page of log.readAll(head))
      since.push(...((await codec.decodeAll(page.events)) as unknown as AnyEvent[]))
    const offers = firstOffers(since)
    const took = [...killed].map(([epoch, at]) => (offers.get(epoch) ?? Number.POSITIVE_INFINITY) - at)
    const cases: BenchCase[] = [
      plain('events in the ledger', loaded.events, 'events', 0),
      plain(`kill to first offer of the successor, median of ${took.length}`, percentile(took, 0.5), 'ms', 0),
      atMost('kill to first offer of the successor, longest', 5_000, Math.max(...took), 'ms', 0),
      plain('start of the first process, the whole ledger read', firstStart, 'ms', 0),
      plain('start of a standby, from a snapshot, median', percentile(restarts, 0.5), 'ms', 0),
    ]
    return { name: 'take-over', machine: machine(), cases }
  } finally {
    await endOwners()
    await vault.close()
    await log.close()
    await server.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}

async function ask(url: string, statement: string, values: unknown[]): Promise<void> {
  const client = connection(url, { application: 'ledgerline bench' })
  await client.connect()
  try {
    await client.query(statement, values)
  } finally {
    await client.end()
  }
}
