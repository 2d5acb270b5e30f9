/**
 * How fast the event logs are on this machine: appends (each on disk before it is answered) and reads. Ours on
 * PostgreSQL, ours on EventStoreDB beside the official client's own loops (if there is a server, see `eventstore.ts`),
 * and the peers. The bars are those of `event-log-and-projections.md` in the design; the cases without a bar are for
 * comparison, because machines differ and the ratios hold.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryVault } from '@ledgerline/adapters/keys/memory.ts'
import { openPostgresLog } from '@ledgerline/adapters/log/postgres/log.ts'
import { connection } from '@ledgerline/adapters/postgres/connect.ts'
import { LOG_DATABASE, startEmbedded } from '@ledgerline/adapters/postgres/embedded.ts'
import { catalogue } from '@ledgerline/core/catalogue.ts'
import { uuid7 } from '@ledgerline/core/kernel/clock.ts'
import { Codec } from '@ledgerline/core/kernel/codec.ts'
import type { Append, EventLog, LogEvent, StoredEvent } from '@ledgerline/core/kernel/log.ts'
import { fill } from './events.ts'
import {
  OFFICIAL,
  openEventStoreBench,
  OURS as ON_EVENTSTORE,
  withEventStore,
  type EventStoreBench,
} from './eventstore.ts'
import { openPeers } from './peers/beside.ts'
import { ask } from './peers/support.ts'
import { appendRates, bestOfThree, perSecond, shapes, type Contender } from './rates.ts'
import { atLeast, machine, percentile, plain, rate, type BenchCase, type BenchResult } from './result.ts'

const OURS = 'Ledgerline, PostgreSQL'

export interface LogBenchOptions {
  /** Seconds an append case may take. Default 2. */
  seconds?: number
  /** Events to read. Default 200,000. */
  events?: number
}

export async function run({ seconds = 2, events = 200_000 }: LogBenchOptions = {}): Promise<BenchResult> {
  const directory = mkdtempSync(join(tmpdir(), 'ledgerline-bench-'))
  const server = await startEmbedded({ directory })
  try {
    const url = server.url(LOG_DATABASE)
    const log = await openPostgresLog({ url })
    let made = 0
    const fresh = async () => {
      const name = `bench_peer_${++made}`
      await ask(server.url('postgres'), `create database ${name}`)
      return server.url(name)
    }
    const cases: BenchCase[] = []
    let also = ''
    const measure = async (eventStore: EventStoreBench | null) => {
      const peers = await openPeers(fresh, stream, event)
      cases.push(...(await appends(log, eventStore, peers.contenders, seconds)))
      await peers.close()
      cases.push(...((await eventStore?.reads()) ?? []))
    }
    const there = await withEventStore(async (address, name) => {
      also = `, ${name}`
      const eventStore = await openEventStoreBench(address, {
        events,
        codec: new Codec(catalogue, memoryVault()),
        stream,
        event,
      })
      await measure(eventStore).finally(() => eventStore.close())
      return true
    })
    if (!there) await measure(null)
    cases.push(await wakeUp(log))
    await log.close()
    cases.push(...(await reads(server.url, events)))
    return { name: 'log', machine: `${machine()}${also}`, cases }
  } finally {
    await server.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Ours on PostgreSQL, ours and the official client on EventStoreDB, and the peers, in turns. */
async function appends(
  log: EventLog,
  eventStore: EventStoreBench | null,
  peers: readonly Contender[],
  seconds: number,
): Promise<BenchCase[]> {
  const ours: Contender = { name: OURS, append: (count) => () => log.append(stream(), 'none', many(count, event)) }
  const contenders = [ours, ...(eventStore?.contenders ?? []), ...peers]
  const best = await appendRates(contenders, seconds)
  const bars: Record<string, Partial<Record<keyof typeof shapes, number>>> = {
    [OURS]: { single: 2_000, inFlight: 10_000, hundred: 40_000 },
    [ON_EVENTSTORE]: { hundred: 40_000, hundreds: 40_000 },
  }
  const cases: BenchCase[] = []
  for (const [shape, [said]] of Object.entries(shapes) as [
    keyof typeof shapes,
    (typeof shapes)[keyof typeof shapes],
  ][]) {
    for (const { name } of contenders)
      cases.push(rate(`${said}: ${name}`, bars[name]?.[shape] ?? null, best(name, shape)))
    if (eventStore)
      cases.push(
        atLeast(
          `${said}: ours beside the official client's`,
          1,
          best(ON_EVENTSTORE, shape) / best(OFFICIAL, shape),
          '×',
          2,
        ),
      )
  }
  cases.push(
    rate(
      `append to a stream that goes on, to 60 events, one after another: ${OURS}`,
      null,
      await perSecond(seconds, 1, 1, goingOn(log)),
    ),
  )
  cases.push(
    rate(
      `append of many (500 streams, 2 events each): ${OURS}`,
      null,
      await perSecond(seconds, 1, 1_000, () => log.appendMany(many(500, appendOfTwo))),
    ),
  )
  return cases
}

/** A call's life: one event after another, and then the next call. */
function goingOn(log: EventLog): () => Promise<unknown> {
  let name = stream()
  let next = 0
  return () => {
    if (next === 60) [name, next] = [stream(), 0]
    const expected = next === 0 ? 'none' : next - 1
    next++
    return log.append(name, expected, [event()])
  }
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
  return plain(`append to subscriber, 95th percentile: ${OURS}`, percentile(taken, 0.95), 'ms', 2)
}

async function reads(url: (database: string) => string, events: number): Promise<BenchCase[]> {
  await ask(url('postgres'), 'create database bench_reading')
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
      const { rows } = await client.query<LogEvent>({
        name: 'page',
        text: 'select * from log.events where position > $1 order by position limit 5000',
        values: [after],
      })
      parsed(rows)
      count += rows.length
      if (rows.length < 5_000) return count
    }
  }
  const cases = [
    rate(`raw read, data and metadata parsed: ${OURS}`, 300_000, await bestOfThree(pages(parsed))),
    rate(`raw read, text left as it is: ${OURS}`, null, await bestOfThree(pages(() => {}))),
    rate(`read, upcast, opened and validated: ${OURS}`, null, await bestOfThree(pages((page) => codec.decode(page)))),
    rate('raw read, data and metadata parsed: ordinary select, PostgreSQL', null, await bestOfThree(byDriver)),
  ]
  await client.end()
  await log.close()
  return cases
}

const many = <T>(n: number, make: () => T): T[] => Array.from({ length: n }, make)
/** In the house's own form: new ids are close together in an index. */
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
    data: JSON.stringify({
      callId,
      legId,
      purpose: 'agent',
      agentId: 'agent-1001',
      agentCode: '1001',
      extension: '81001',
      number: null,
      offerId,
    }),
    metadata: JSON.stringify({ t: 'bench', a: 'system:switchboard', at: 1_700_000_000_000, c: callId, k: offerId }),
  }
}
