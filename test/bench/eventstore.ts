/**
 * An EventStoreDB for benchmarks: the one that EVENT_LOG names, or an empty one started by the command in
 * LIVE_EVENTSTORE (as for `ops/test --live`); without either the rest is measured. Earlier contents of the server are
 * left out: everything is read from where they ended.
 */
import { EventStoreDBClient, FORWARDS, jsonEvent, NO_STREAM, START } from '@eventstore/db-client'
import { openEventStoreLog } from '@ledgerline/adapters/log/eventstoredb/log.ts'
import type { Codec } from '@ledgerline/core/kernel/codec.ts'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import type { EventLog, LogPage, ReadOptions, StoredEvent } from '@ledgerline/core/kernel/log.ts'
import { readyEventStore } from '../live/eventstoredb/server.ts'
import { fill } from './events.ts'
import { bestOfThree, type Contender } from './rates.ts'
import { atLeast, rate, type BenchCase } from './result.ts'

export const OURS = 'Ledgerline, EventStoreDB'
export const OFFICIAL = 'official client, EventStoreDB'

/** Runs with a server's address; null if there is no server. */
export async function withEventStore<T>(body: (url: string, server: string) => Promise<T>): Promise<T | null> {
  const ready = await readyEventStore(process.env)
  if (!ready) return null
  try {
    return await body(
      (ready.env['EVENT_LOG'] ?? process.env['EVENT_LOG'])!,
      `${ready.server.name} ${ready.server.version}`,
    )
  } finally {
    await ready.stop()
  }
}

/** A log as if it began here. */
export async function fromNow(log: EventLog): Promise<EventLog> {
  const start = await log.head()
  const begin = (after: Position | null): Position | null => after ?? start
  return new Proxy(log, {
    get(target, name) {
      if (name === 'readAll')
        return (after: Position | null, options?: ReadOptions): AsyncIterable<LogPage> =>
          target.readAll(begin(after), options)
      if (name === 'subscribe')
        return (after: Position | null, options?: ReadOptions): AsyncIterable<LogPage> =>
          target.subscribe(begin(after), options)
      const value: unknown = target[name as keyof EventLog]
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** The same traffic as elsewhere, under a tenant new to the server. Returns the number of events. */
export function fillAnew(log: EventLog, codec: Codec, events: number): Promise<number> {
  return fill(log, codec, { events, tenant: `bench${Date.now().toString(36)}` })
}

/** Ours and the official client on one server: their appends, and their reads. */
export interface EventStoreBench {
  contenders: Contender[]
  reads(): Promise<BenchCase[]>
  close(): Promise<void>
}

export async function openEventStoreBench(
  url: string,
  { events, codec, stream, event }: { events: number; codec: Codec; stream: () => string; event: () => StoredEvent },
): Promise<EventStoreBench> {
  const log = await openEventStoreLog({ url })
  const client = EventStoreDBClient.connectionString(url)
  const many = (count: number) => Array.from({ length: count }, event)
  const byThem = (count: number) => () => {
    const made = many(count).map(({ id, type, data, metadata }) =>
      jsonEvent({
        id,
        type,
        data: JSON.parse(data) as Record<string, unknown>,
        metadata: JSON.parse(metadata) as Record<string, unknown>,
      }),
    )
    return client.appendToStream(stream(), made, { expectedRevision: NO_STREAM })
  }
  return {
    contenders: [
      { name: OURS, append: (count) => () => log.append(stream(), 'none', many(count)) },
      { name: OFFICIAL, append: byThem },
    ],
    reads: () => reads(log, client, codec, events),
    async close() {
      await client.dispose()
      await log.close()
    },
  }
}

async function reads(log: EventLog, client: EventStoreDBClient, codec: Codec, events: number): Promise<BenchCase[]> {
  const fresh = await fromNow(log)
  const start = await log.head()
  await fillAnew(log, codec, events)
  const ours = await bestOfThree(async () => {
    let count = 0
    for await (const page of fresh.readAll(null)) {
      for (const { data, metadata } of page.events) {
        JSON.parse(data)
        JSON.parse(metadata)
      }
      count += page.events.length
    }
    return count
  })
  const from = start === null ? START : { commit: BigInt(start.split('.')[0]!), prepare: BigInt(start.split('.')[1]!) }
  const theirs = await bestOfThree(async () => {
    let count = 0
    for await (const { event: read } of client.readAll({
      direction: FORWARDS,
      fromPosition: from,
      maxCount: Number.MAX_SAFE_INTEGER,
    }))
      if (read && !read.streamId.startsWith('$')) count++
    return count
  })
  return [
    rate(`raw read, data and metadata parsed: ${OURS}`, null, ours),
    rate(`raw read, data and metadata parsed: ${OFFICIAL}`, null, theirs),
    atLeast("raw read, data and metadata parsed: ours beside the official client's", 3, ours / theirs, '×', 2),
  ]
}
