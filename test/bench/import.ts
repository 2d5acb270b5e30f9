/**
 * A month of the bank as history: how long it takes to load and to fold, and how it affects another tenant's board
 * meanwhile. Log and tables on PostgreSQL with the disk in the way, as in use.
 *
 * The month is February 1999 if its file is beside the project; otherwise the day from `fixtures/` on as many dates as
 * give the same number of calls.
 */
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import { importAnonymousBank } from '@ledgerline/adapters/import/anonymous-bank/import.ts'
import { readAnonymousBank } from '@ledgerline/adapters/import/anonymous-bank/rows.ts'
import { openVault } from '@ledgerline/adapters/keys/postgres.ts'
import { openPostgresLog } from '@ledgerline/adapters/log/postgres/log.ts'
import { LOG_DATABASE, startEmbedded, TABLES_DATABASE } from '@ledgerline/adapters/postgres/embedded.ts'
import { catalogue } from '@ledgerline/core/catalogue.ts'
import { uuid7 } from '@ledgerline/core/kernel/clock.ts'
import { Codec } from '@ledgerline/core/kernel/codec.ts'
import type { EventLog } from '@ledgerline/core/kernel/log.ts'
import { DEMO_DAY } from '@ledgerline/fixtures/demo.ts'
import { Engine } from '@ledgerline/projections/engine/engine.ts'
import { readModels } from '@ledgerline/projections/models.ts'
import { caughtUp } from '../support/history.ts'
import { machine, type BenchResult } from './result.ts'

/** Events of a busy board: some 20 calls a second arrive. */
const BOARD_EVERY_MS = 50

export async function run(): Promise<BenchResult> {
  await using closing = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'ledgerline-bench-import-'))
  closing.defer(() => rm(directory, { recursive: true, force: true }))
  // The database may run as a separate user, who has to reach it.
  await chmod(directory, 0o755)
  const file = await month(directory)
  const server = await startEmbedded({ directory: join(directory, 'data') })
  closing.defer(() => server.stop())
  const log = await openPostgresLog({ url: server.url(LOG_DATABASE) })
  closing.defer(() => log.close())
  const vault = await openVault({ url: server.url(LOG_DATABASE), directory: join(directory, 'data') })
  closing.defer(() => vault.close())
  const codec = new Codec(catalogue, vault)
  const parked: string[] = []
  const engine = new Engine({
    log,
    codec,
    url: server.url(TABLES_DATABASE),
    models: readModels,
    onParked: (_, { model, reason }) => parked.push(`${model}: ${reason}`),
  })
  await engine.start()
  closing.defer(() => engine.stop())

  let rows = 0
  const parsing = await seconds(async () => {
    for await (const chunk of readAnonymousBank(file)) rows += chunk.length
  })
  const board = watchBoard(log, codec, engine)
  const started = performance.now()
  const report = await importAnonymousBank({ files: [file], tenant: 'bank', log, codec })
  const loaded = (performance.now() - started) / 1000
  await caughtUp(engine, log)
  const folded = (performance.now() - started) / 1000
  const waits = await board.stop()
  if (parked.length > 0) throw new Error(`keys were parked: ${parked[0]}`)
  const again = await seconds(() => importAnonymousBank({ files: [file], tenant: 'bank', log, codec }))

  const p95 = waits.toSorted((a, b) => a - b)[Math.floor(waits.length * 0.95)] ?? Number.NaN
  const plain = (name: string, value: number, unit: string) => ({
    case: name,
    value: round(value),
    unit,
    bar: null,
    met: null,
  })
  return {
    name: 'import',
    machine: machine(),
    cases: [
      plain('rows of the month', rows, 'rows'),
      plain('events', report.events, 'events'),
      plain('reading the rows alone', parsing, 's'),
      plain('loading into the log, while tables follow', loaded, 's'),
      { case: 'a month loaded and folded', value: round(folded), unit: 's', bar: '≤ 20', met: folded <= 20 },
      {
        case: 'board of another tenant meanwhile: event → row committed, p95',
        value: round(p95),
        unit: 'ms',
        bar: '≤ 500',
        met: p95 <= 500,
      },
      plain('the same month again', again, 's'),
    ],
  }
}

/** Calls arrive at another tenant, and each is timed from its append to the commit of its rows. */
function watchBoard(log: EventLog, codec: Codec, engine: Engine): { stop(): Promise<number[]> } {
  const waits: number[] = []
  const pending: { position: string; since: number }[] = []
  const newId = uuid7(Math.random)
  let stopped = false
  const forget = engine.onCommitted(({ lane, position }) => {
    if (lane !== 'switchboard') return
    const now = performance.now()
    while (pending[0] && pending[0].position <= position) waits.push(now - pending.shift()!.since)
  })
  const calling = (async () => {
    while (!stopped) {
      const at = Date.now()
      const callId = newId(at)
      const data = {
        callId,
        legId: newId(at),
        direction: 'inbound',
        from: null,
        fromRaw: null,
        to: '95555',
        gateway: null,
        customerId: null,
        category: null,
        priority: 0,
      }
      const since = performance.now()
      const stored = await codec.encode([
        {
          id: newId(at),
          event: { type: 'CallReceived', data },
          meta: { tenant: 'board', actor: 'caller', at, origin: 'live', correlation: callId, causation: null },
        },
      ])
      const { position } = await log.append(`call-board.${callId}`, 'none', stored)
      pending.push({ position, since })
      await new Promise((resolve) => setTimeout(resolve, BOARD_EVERY_MS))
    }
  })()
  return {
    async stop() {
      stopped = true
      await calling
      await caughtUp(engine, log)
      forget()
      return waits
    },
  }
}

async function month(directory: string): Promise<string> {
  const february = fileURLToPath(new URL('../../../shared/data/anonymous-bank/1999-02.txt.gz', import.meta.url))
  if (existsSync(february)) return february
  const [header, ...day] = gunzipSync(await readFile(DEMO_DAY))
    .toString('latin1')
    .trimEnd()
    .split('\n')
  const dates = Array.from({ length: 17 }, (_, index) => `9902${String(index + 1).padStart(2, '0')}`)
  const file = join(directory, 'month.txt.gz')
  await writeFile(
    file,
    gzipSync(
      [header, ...dates.flatMap((date) => day.map((row) => row.replace('\t990203\t', `\t${date}\t`)))].join('\n'),
    ),
  )
  return file
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return (performance.now() - started) / 1000
}

function round(value: number): number {
  return Number(value.toPrecision(4))
}
