/**
 * What a large ledger costs: the boards as of random moments, a process that takes over from its snapshot, rebuilding
 * all tables, and the chain. Nothing here may grow with the ledger except what reads all of it on purpose.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openTables } from '@ledgerline/adapters/queries/tables.ts'
import { openVault } from '@ledgerline/adapters/keys/postgres.ts'
import { openPostgresLog } from '@ledgerline/adapters/log/postgres/log.ts'
import { sealUp } from '@ledgerline/adapters/log/chain/sealer.ts'
import { openSeals } from '@ledgerline/adapters/log/chain/seals.ts'
import { verifyChain } from '@ledgerline/adapters/log/chain/verify-chain.ts'
import { connection } from '@ledgerline/adapters/postgres/connect.ts'
import { sumsAsOf } from '@ledgerline/adapters/replay/sums.ts'
import { LOG_DATABASE, startEmbedded, TABLES_DATABASE } from '@ledgerline/adapters/postgres/embedded.ts'
import { catalogue } from '@ledgerline/core/catalogue.ts'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import { Codec } from '@ledgerline/core/kernel/codec.ts'
import { reader } from '@ledgerline/ops/installation/tables-reader.ts'
import { Engine } from '@ledgerline/projections/engine/engine.ts'
import { SNAPSHOT_EVERY } from '@ledgerline/projections/engine/snapshots.ts'
import { readModels } from '@ledgerline/projections/models.ts'
import { machine, rate, type BenchCase, type BenchResult } from './result.ts'
import { load } from './load.ts'

export interface AsOfBenchOptions {
  /** Events in the ledger; the bars are for 10,000,000. */
  events?: number
}

const MOMENTS = 25
/** Duration of the traffic, and how long its last calls may take. */
const MS_AN_EVENT = 15.2
const TAIL_MS = 600_000
const TENANT = 'bench'
const MAIN = fileURLToPath(new URL('../../ops/cli/main.ts', import.meta.url))
const REBUILD = fileURLToPath(new URL('rebuild-alone.ts', import.meta.url))

export async function run({ events = 1_000_000 }: AsOfBenchOptions = {}): Promise<BenchResult> {
  const directory = mkdtempSync(join(tmpdir(), 'ledgerline-bench-'))
  const server = await startEmbedded({ directory, durable: false })
  const urls = { log: server.url(LOG_DATABASE), tables: server.url(TABLES_DATABASE) }
  const log = await openPostgresLog({ url: urls.log })
  const vault = await openVault({ url: urls.log, directory })
  const cases: BenchCase[] = []
  try {
    const codec = new Codec(catalogue, vault)
    const begun = performance.now()
    // It ends about now, like that of a house that was killed a moment ago: agents who had been signed in for months
    // would be another case.
    const loaded = await load(urls.log, codec, {
      events,
      tenant: TENANT,
      from: Date.now() - events * MS_AN_EVENT - TAIL_MS,
    })
    cases.push({ case: 'events in the ledger', value: loaded.events, unit: 'events', bar: null, met: null })
    cases.push({ case: 'loading them', value: seconds(begun), unit: 's', bar: null, met: null })
    const engine = new Engine({ log, codec, url: urls.tables, models: readModels })
    await engine.prepare()
    // A rebuild goes as far as the lanes are: these are set to the head.
    await ask(urls.tables, 'update tables.checkpoints set position = $1', [(await log.head())!])
    cases.push(...(await rebuiltAlone(urls, directory, loaded.events)))
    cases.push(...(await boards(engine, urls.tables, loaded)))
    cases.push(...(await chain(urls.log, log)))
    cases.push(...(await takenOver(urls, directory)))
    return { name: 'asof', machine: machine(), cases }
  } finally {
    await vault.close()
    await log.close()
    await server.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}

/** In its own process, so that its memory is its own. */
async function rebuiltAlone(urls: Urls, directory: string, events: number): Promise<BenchCase[]> {
  const child = spawn(process.execPath, ['--max-semi-space-size=64', REBUILD, urls.log, urls.tables, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  await once(child, 'close')
  const { tookMs, peakMiB } = JSON.parse(said) as { tookMs: number; peakMiB: number }
  return [
    rate(`rebuild of all ${readModels.models.length} models`, null, (events / tookMs) * 1000),
    {
      case: 'rebuild, memory at its highest',
      value: Math.round(peakMiB),
      unit: 'MiB',
      bar: '≤ 1024',
      met: peakMiB <= 1024,
    },
  ]
}

async function boards(engine: Engine, url: string, { from, to }: { from: number; to: number }): Promise<BenchCase[]> {
  const dice = seededDice(11)
  const took = { recordedAt: [] as number[], at: [] as number[], withDay: [] as number[] }
  let folded = 0
  const tables = openTables(await reader(url, TENANT))
  for (let index = 0; index < MOMENTS; index++) {
    const moment = Math.round(from + 60_000 + dice() * (to - from - 60_000))
    for (const by of ['recordedAt', 'at'] as const) {
      const begun = performance.now()
      const found = await engine.boardsAsOf(TENANT, by === 'at' ? { at: moment } : { recordedAt: moment })
      took[by].push(performance.now() - begun)
      folded = Math.max(folded, found.folded)
      if (found.boards['agent_monitor']!.length === 0) throw new Error('a board without agents')
      if (by === 'at') continue
      // What the page also asks for.
      const openCalls = found.boards['calls']!.map((row) => row['callId'] as string)
      await sumsAsOf(tables, { tenant: TENANT, zone: 'Asia/Shanghai', at: moment, openCalls })
      took.withDay.push(performance.now() - begun)
    }
  }
  await tables.destroy()
  return [
    ...quantiles('boards as of a recorded moment', took.recordedAt),
    ...quantiles('… with the figures of the day', took.withDay),
    ...quantiles('boards as of a moment that events tell', took.at),
    // Shows even on a busy machine that the length of the ledger does not matter.
    {
      case: 'events folded for a board, at most',
      value: folded,
      unit: 'events',
      bar: `≤ ${2 * SNAPSHOT_EVERY}`,
      met: folded <= 2 * SNAPSHOT_EVERY,
    },
  ]
}

function quantiles(what: string, values: number[]): BenchCase[] {
  values.sort((a, b) => a - b)
  const [half, most] = [values[values.length >> 1]!, values.at(-1)!]
  return [
    { case: `${what}, median of ${values.length}`, value: Math.round(half), unit: 'ms', bar: null, met: null },
    { case: `${what}, longest`, value: Math.round(most), unit: 'ms', bar: '≤ 1000', met: most <= 1_000 },
  ]
}

async function chain(url: string, log: Awaited<ReturnType<typeof openPostgresLog>>): Promise<BenchCase[]> {
  const seals = await openSeals(url, log)
  try {
    const sealing = performance.now()
    await sealUp({ log, seals })
    const sealed = performance.now() - sealing
    const { intact, events, tookMs } = await verifyChain({ log, seals })
    if (!intact) throw new Error('the chain is broken')
    return [
      rate('sealing the chain', null, (events / sealed) * 1000),
      rate('verifying the chain', null, (events / tookMs) * 1000),
    ]
  } finally {
    await seals.close()
  }
}

/**
 * The command `up` on this ledger, from its start as a process to its first answer. The first start finds
 * no snapshot of the switchboard and reads all of its past; then it is killed, and the next one takes over.
 */
async function takenOver(urls: Urls, directory: string): Promise<BenchCase[]> {
  const first = await upUntilReady(urls, directory, 'SIGTERM')
  const took = []
  for (let round = 0; round < 3; round++) took.push(await upUntilReady(urls, directory, 'SIGKILL'))
  const most = Math.max(...took)
  return [
    { case: 'start without a snapshot', value: Math.round(first), unit: 'ms', bar: null, met: null },
    {
      case: 'start from the snapshot of one who was killed, longest of 3',
      value: Math.round(most),
      unit: 'ms',
      bar: '≤ 5000',
      met: most <= 5_000,
    },
  ]
}

async function upUntilReady(urls: Urls, directory: string, end: NodeJS.Signals): Promise<number> {
  const begun = performance.now()
  const env = {
    ...process.env,
    LANG: 'C.UTF-8',
    LEDGERLINE_PORT: '0',
    DATABASE_URL: urls.tables,
    LOG_DATABASE_URL: urls.log,
    LEDGERLINE_DATA: join(directory, 'house'),
    LEDGERLINE_MASTER_KEY: readFileSync(join(directory, 'master.key'), 'utf8').trim(),
  }
  const child = spawn(process.execPath, ['--max-semi-space-size=64', MAIN, 'up'], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = once(child, 'exit')
  let said = ''
  await new Promise<void>((resolve, reject) => {
    const hear = (chunk: Buffer) => {
      said += chunk.toString()
      if (/http:\/\/127\.0\.0\.1:\d+/.test(said)) resolve()
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.once('exit', (code) => reject(new Error(`up ended with ${code}: ${said}`)))
  })
  const took = performance.now() - begun
  child.kill(end)
  await exited
  return took
}

interface Urls {
  log: string
  tables: string
}

async function ask(url: string, sql: string, values: unknown[]): Promise<void> {
  const client = connection(url, { application: 'ledgerline bench', statementMs: 0 })
  await client.connect()
  await client.query(sql, values)
  await client.end()
}

function seconds(since: number): number {
  return Math.round((performance.now() - since) / 100) / 10
}
