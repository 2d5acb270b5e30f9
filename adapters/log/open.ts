/** Opens the log that an address names, whatever kind it is of. */
import type { EventLog } from '@ledgerline/core/kernel/log.ts'
import type { OutageHandlers } from './outages.ts'

export interface LogAddress extends OutageHandlers {
  /** `postgres://…`, or `esdb://…`, `esdb+discover://…` and the same with `kurrentdb`. */
  url: string
  /** Of an EventStoreDB: read with our own messages, or with those of the official client. */
  reader?: 'own' | 'official'
}

/** Is this the address of an EventStoreDB or KurrentDB? */
export function isEventStore(url: string): boolean {
  return /^(esdb|kurrentdb)(\+discover)?:/.test(url)
}

/** @throws Problem `log.newer`, `log.address`, `log.denied`, `log.unavailable` */
export async function openLog(address: LogAddress): Promise<EventLog> {
  // What a kind of log needs is loaded where it is used.
  if (isEventStore(address.url)) return (await import('./eventstoredb/log.ts')).openEventStoreLog(address)
  return (await import('./postgres/log.ts')).openPostgresLog(address)
}
