/**
 * What the event log on PostgreSQL does on this machine: appends (each on disk before it is answered)
 * and reads. The bars are those of `event-log-and-projections.md` in the design; the cases without a
 * bar are there to compare with, because machines differ and the ratios hold.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryVault } from '@ledgerline/adapters/keys/memory.ts'
import { openPostgresLog } from '@ledgerline/adapters/log/postgres.ts'
import { connection } from '@ledgerline/adapters/postgres/connect.ts'
import { LOG_DATABASE, startEmbedded } from '@ledgerline/adapters/postgres/embedded.ts'
import { catalogue } from '@ledgerline/core/catalogue.ts'
import { uuid7 } from '@ledgerline/core/kernel/clock.ts'
import { Codec } from '@ledgerline/core/kernel/codec.ts'
import type { Append, EventLog, LogEvent, StoredEvent } from '@ledgerline/core/kernel/log.ts'
import { fill } from './events.ts'
import { machine, percentile, plain, rate, type BenchCase, type BenchResult } from './result.ts'

export interface LogBenchOptions {
  /** Seconds an append case may take. Default 2. */
  seconds?: number
  /** Events that are read. Default 200,000. */
  events?: number
}

export async function run({ seconds = 2, events = 200_000 }: LogBenchOptions = {}): Promise<BenchResult> {
  const directory = mkdtempSync(join(tmpdir(), 'ledgerline-bench-'))
  const server = await startEmbedded({ directory })
  try {
    const url = server.url(LOG_DATABASE)
    const log = await openPostgresLog({ url })
    const cases = [...(await appends(log, seconds)), await wakeUp(log)]
    await log.close()
    return { name: 'log', machine: machine(), cases: [...cases, ...(await reads(server.url, events))] }
  } finally {
    await server.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}

async function appends(log: EventLog, seconds: number): Promise<BenchCase[]> {
  const one = () => log.append(stream(), 'none', [event()])
  for (let index = 0; index < 300; index++) await one()
  const cases = [
    rate('append, one after another', 2_000, await perSecond(seconds, 1, 1, one)),
    rate('append, 64 in flight', 10_000, await perSecond(seconds, 64, 1, one)),
    rate('append, 100 events each', 40_000, await perSecond(seconds, 1, 100, () => log.append(stream(), 'none', many(100, event)))),
    rate('append of many (500 streams, 2 events each)', null, await perSecond(seconds, 1, 1_000, () => log.appendMany(many(500, appendOfTwo)))),
  ]
  return cases
}

/** From the append's call to the subscriber's page. */
async function wakeUp(log: EventLog): Promise<BenchCase> {
  const abort = new AbortController()
  const sent = new Map<string, number>()
  const taken: number[] = []
  const head = await log.head()
  const reader = (async () => {
    for await (const page of log.subscribe(head, { signal: abort.signal })) {
      for (const { id } of page.events) {
        taken.push(performance.now() - sent.get(id)!)
        if (taken.length === 500) return
      }
    }
  })()
  for (let index = 0; index < 500; index++) {
    const appended = event()
    sent.set(appended.id, performance.now())
    await log.append(stream(), 'none', [appended])
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  await reader
  abort.abort()
  return plain('append to subscriber, 95th percentile', percentile(taken, 0.95), 'ms', 2)
}

async function reads(url: (database: string) => string, events: number): Promise<BenchCase[]> {
  const admin = connection(url('postgres'), { application: 'ledgerline bench' })
  await admin.connect()
  await admin.query('create database bench_reading')
  await admin.end()
  const log = await openPostgresLog({ url: url('bench_reading') })
  const codec = new Codec(catalogue, memoryVault())
  await fill(log, codec, { events })
  const client = connection(url('bench_reading'), { application: 'ledgerline bench' })
  await client.connect()
  await client.query('vacuum analyze log.events')
  const parsed = (page: readonly LogEvent[]) => {
    for (const { data, metadata } of page) {
      JSON.parse(data)
      JSON.parse(metadata)
    }
  }
  const pages = (visit: (page: LogEvent[]) => unknown) => async () => {
    let count = 0
    for await (const page of log.readAll(null)) {
      await visit(page.events)
      count += page.events.length
    }
    return count
  }
  const byDriver = async () => {
    let count = 0
    for (let after = 0; ; after += 5_000) {
      const { rows } = await client.query<LogEvent>({ name: 'page', text: 'select * from log.events where position > $1 order by position limit 5000', values: [after] })
      parsed(rows)
      count += rows.length
      if (rows.length < 5_000) return count
    }
  }
  const cases = [
    rate('raw read, data and metadata parsed', 300_000, await best(pages(parsed))),
    rate('raw read, text left as it is', null, await best(pages(() => {}))),
    rate('read, upcast, opened and validated', null, await best(pages((page) => codec.decode(page)))),
    rate('the same rows by an ordinary select, parsed', null, await best(byDriver)),
  ]
  await client.end()
  await log.close()
  return cases
}

/** Runs `ask` again and again, so many at a time; gives events a second. */
async function perSecond(seconds: number, atATime: number, eventsEach: number, ask: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  const end = start + seconds * 1000
  let done = 0
  await Promise.all(
    many(atATime, async () => {
      while (performance.now() < end) {
        await ask()
        done += eventsEach
      }
    }),
  )
  return (done / (performance.now() - start)) * 1000
}

/** The best of three: the first warms up, and nothing makes a run faster than the machine is. */
async function best(read: () => Promise<number>): Promise<number> {
  let fastest = 0
  for (let round = 0; round < 3; round++) {
    const start = performance.now()
    const count = await read()
    fastest = Math.max(fastest, (count / (performance.now() - start)) * 1000)
  }
  return fastest
}

const many = <T>(n: number, make: () => T): T[] => Array.from({ length: n }, make)
/** As the house makes them: what is new lies together in an index. */
const newId = uuid7(Math.random)
const stream = () => `call-bench.${newId(Date.now())}`
const appendOfTwo = (): Append => ({ stream: stream(), expected: 'none', events: many(2, event) })

/** Some 360 bytes of data and metadata, as an event of a call has on average. */
function event(): StoredEvent {
  const now = Date.now()
  const [callId, legId, offerId] = [newId(now), newId(now), newId(now)]
  return {
    id: newId(now),
    type: 'LegDialled',
    data: JSON.stringify({ callId, legId, purpose: 'agent', agentId: 'agent-1001', agentCode: '1001', extension: '81001', number: null, offerId }),
    metadata: JSON.stringify({ t: 'bench', a: 'system:switchboard', at: 1_700_000_000_000, c: callId, k: offerId }),
  }
}
