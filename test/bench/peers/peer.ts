/** The tasks given to the other libraries, each solved as its own documentation shows. */
import type { StoredEvent } from '@ledgerline/core/kernel/log.ts'

/** One append: events of one stream, at the revision before them (-1: the stream is new). */
export interface PeerAppend {
  stream: string
  after: number
  events: readonly Pick<StoredEvent, 'type' | 'data'>[]
}

export interface Peer {
  name: string
  version: string
  append(append: PeerAppend): Promise<unknown>
  /** Folds the overview from the first event to the last, as it would follow a live log it is behind on. */
  follow(): Promise<void>
  /** The same by the library's own way of rebuilding a table. */
  rebuild(): Promise<void>
  close(): Promise<void>
}

/** Opens it on an empty database. */
export type OpenPeer = (url: string) => Promise<Peer>
