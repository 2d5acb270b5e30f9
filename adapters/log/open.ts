/** Opens the log at an address, whatever its kind. */
import type { EventLog } from '@ledgerline/core/kernel/log.ts'
import type { OutageHandlers } from './outages.ts'

export interface LogAddress extends OutageHandlers {
  /** `postgres://…`, or `esdb://…`, `esdb+discover://…` and the same with `kurrentdb`. */
  url: string
  /** For EventStoreDB: whether to read with our own messages or the official client's. */
  reader?: 'own' | 'official'
}

/** Is this the address of an EventStoreDB or KurrentDB? */
export function isEventStore(url: string): boolean {
  return /^(esdb|kurrentdb)(\+discover)?:/.test(url)
}

/** @throws Problem `log.newer`, `log.address`, `log.denied`, `log.unavailable` */
export async function openLog(address: LogAddress): Promise<EventLog> {
  // Each kind of log is loaded only where it is used.
  if (isEventStore(address.url)) return (await import('./eventstoredb/log.ts')).openEventStoreLog(address)
  return (await import('./postgres/log.ts')).openPostgresLog(address)
}
