/** The events of one call from the ledger, decrypted, and masked for the reader. */
import { catalogue } from '@ledgerline/core/catalogue.ts'
import type { Codec } from '@ledgerline/core/kernel/codec.ts'
import { personalPaths, streamName, type EventDefinitions, type PersonalPath } from '@ledgerline/core/kernel/event.ts'
import type { EventLog } from '@ledgerline/core/kernel/log.ts'
import { maskPaths } from '../queries/mask.ts'
import type { CallEvent } from './answers.ts'
import type { Session } from '@ledgerline/core/access/session.ts'

/** Where a call's events can be: its own stream, or that of imported history. */
const CATEGORIES = ['call', 'imported_call']
/** A call has some dozens of events; one with more than this has run wild, and is shown cut. */
const MOST_EVENTS = 2_000

/** Where the personal fields of an event are; found once for each type that is shown. */
function personalIn(type: string): readonly PersonalPath[] {
  const definition = (catalogue as EventDefinitions)[type]
  const paths = found.get(type) ?? (definition ? personalPaths(definition.schema) : [])
  found.set(type, paths)
  return paths
}
const found = new Map<string, readonly PersonalPath[]>()

/** The events of a call, oldest first. One that cannot be read keeps its place and says why. */
export async function eventsOf(log: EventLog, codec: Codec, session: Session, callId: string): Promise<CallEvent[]> {
  const streams = await Promise.all(
    CATEGORIES.map((category) => log.readStream(streamName(category, session.tenant, callId), 0, MOST_EVENTS)),
  )
  const stored = streams.flat()
  const { events, failures } = await codec.decode(stored)
  const clear = session.permissions.has('numbers.see')
  const readable = events.map((event) => {
    if (!clear) maskPaths(event.data, personalIn(event.type))
    const { id, type, revision, at, recordedAt, actor, origin, causation } = event
    const data = event.data as CallEvent['data']
    return { id, type, revision, at, recordedAt, actor, origin, causation, data, unreadable: null }
  })
  const unreadable = failures.map(({ stored: { id, type, revision, recordedAt }, problem }) => {
    return {
      id,
      type,
      revision,
      at: null,
      recordedAt,
      actor: null,
      origin: null,
      causation: null,
      data: null,
      unreadable: problem.code,
    }
  })
  return [...readable, ...unreadable].sort((a, b) => a.revision - b.revision)
}
