/**
 * The basis of the read-model benchmarks: a separate server, a log full of traffic, and how fast it is read without any
 * model.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryVault } from '@ledgerline/adapters/keys/memory.ts'
import { openEventStoreLog } from '@ledgerline/adapters/log/eventstoredb/log.ts'
import { openPostgresLog } from '@ledgerline/adapters/log/postgres/log.ts'
import { connection } from '@ledgerline/adapters/postgres/connect.ts'
import { LOG_DATABASE, startEmbedded } from '@ledgerline/adapters/postgres/embedded.ts'
import { catalogue } from '@ledgerline/core/catalogue.ts'
import { Codec } from '@ledgerline/core/kernel/codec.ts'
import type { EventLog } from '@ledgerline/core/kernel/log.ts'
import type { ReadModels } from '@ledgerline/projections/engine/lanes.ts'
import { readModels } from '@ledgerline/projections/models.ts'
import { fill } from './events.ts'
import { fillAnew, fromNow, withEventStore } from './eventstore.ts'
import { rate, type BenchCase } from './result.ts'

export interface Ground {
  log: EventLog
  codec: Codec
  /** Events in the log. */
  events: number
  /** An empty database for tables. */
  freshTables(): Promise<string>
}

/** Runs a benchmark on a log of this many events. */
export async function onGround(events: number, body: (ground: Ground) => Promise<BenchCase[]>): Promise<BenchCase[]> {
  const directory = mkdtempSync(join(tmpdir(), 'ledgerline-bench-'))
  const server = await startEmbedded({ directory })
  const log = await openPostgresLog({ url: server.url(LOG_DATABASE) })
  try {
    const codec = new Codec(catalogue, memoryVault())
    const count = await fill(log, codec, { events })
    await ask(server.url(LOG_DATABASE), 'vacuum analyze log.events')
    let made = 0
    return await body({
      log,
      codec,
      events: count,
      async freshTables() {
        const name = `bench_tables_${++made}`
        await ask(server.url('postgres'), `create database ${name}`)
        return server.url(name)
      },
    })
  } finally {
    await log.close()
    await server.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}

/** The same with the log on EventStoreDB, with the same events; no cases if there is no server. */
export async function onEventStore(
  ground: Ground,
  body: (ground: Ground) => Promise<BenchCase[]>,
): Promise<BenchCase[]> {
  const cases = await withEventStore(async (url) => {
    const server = await openEventStoreLog({ url })
    try {
      const log = await fromNow(server)
      const events = await fillAnew(log, ground.codec, ground.events)
      return await body({ ...ground, log, events })
    } finally {
      await server.close()
    }
  })
  return cases ?? []
}

async function ask(url: string, sql: string): Promise<void> {
  const client = connection(url, { application: 'ledgerline bench', statementMs: 0 })
  await client.connect()
  await client.query(sql)
  await client.end()
}

/** Reads of the same log without a model, to compare the others with. */
export async function readsAlone({ log, codec }: Ground): Promise<BenchCase[]> {
  const read = async (visit: (page: Parameters<Codec['decode']>[0]) => unknown) => {
    let count = 0
    for await (const page of log.readAll(null)) {
      await visit(page.events)
      count += page.events.length
    }
    return count
  }
  const parse = () =>
    read((page) => {
      for (const { data, metadata } of page) {
        JSON.parse(data)
        JSON.parse(metadata)
      }
    })
  return [
    rate('raw read, data and metadata parsed', 300_000, await perSecond(parse, 2)),
    rate('read, opened and validated', null, await perSecond(() => read((page) => codec.decode(page)), 2)),
  ]
}

/** Events per second: the best of this many runs, because nothing makes a run faster than the machine is. */
export async function perSecond(run: () => Promise<number>, rounds = 1): Promise<number> {
  let best = 0
  for (let round = 0; round < rounds; round++) {
    const begun = performance.now()
    const count = await run()
    best = Math.max(best, (count / (performance.now() - begun)) * 1000)
  }
  return best
}

/** A house with only some models, including the zones. */
export function only(...names: string[]): ReadModels {
  return {
    ...readModels,
    models: readModels.models.filter(({ name }) => name === readModels.zones!.name || names.includes(name)),
  }
}
