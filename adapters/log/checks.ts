/**
 * What every log adapter checks before it accepts an append. Appends of several writers may be combined, so a malformed
 * one has to be rejected before it joins the others.
 */
import type { Append, LogEvent } from '@ledgerline/core/kernel/log.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'

/** Data and metadata of one event together, bytes: EventStoreDB's default. */
const MAX_EVENT_BYTES = 1024 * 1024

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const STREAM = /^[a-z][a-z0-9_]*-[^\0]{1,400}$/

/**
 * @throws Problem `log.event_too_large`, `log.id_used` (an id occurs twice)
 * @throws TypeError for requests that only a defect of ours can make: no events, a stream without a category, an id
 * that is not a UUID
 */
export function checkAppend({ stream, expected, events, copied }: Append): void {
  if (!STREAM.test(stream)) throw new TypeError(`not a stream name: ${JSON.stringify(stream)}`)
  if (events.length === 0) throw new TypeError(`an append to ${stream} without events`)
  const ids = new Map<string, number>()
  for (const { id, type, data, metadata } of events) {
    if (!UUID.test(id)) throw new TypeError(`not a UUID in lower case: ${JSON.stringify(id)}`)
    if (type === '' || type.includes('\0') || data.includes('\0') || metadata.includes('\0'))
      throw new TypeError(`event ${id} has no type, or NUL in its text`)
    const twice = ids.get(id)
    if (twice !== undefined && !copied) throw idUsed(stream, id, firstOf(expected) + twice)
    ids.set(id, ids.size)
    const longest = 3 * (data.length + metadata.length)
    if (longest <= MAX_EVENT_BYTES) continue
    const bytes = Buffer.byteLength(data) + Buffer.byteLength(metadata)
    if (bytes > MAX_EVENT_BYTES) throw new Problem('log.event_too_large', { type, bytes, limit: MAX_EVENT_BYTES })
  }
}

/**
 * Events of a stream read from a revision on: a decision on half a stream would be wrong.
 * @throws Problem `log.stream_cut`
 */
export function checkWhole(stream: string, from: number, events: readonly LogEvent[]): void {
  let expected = from
  for (const { revision } of events) {
    if (revision !== expected) throw new Problem('log.stream_cut', { stream, revision: expected, first: revision })
    expected++
  }
}

/** The stream already has the id at another revision. */
export function idUsed(stream: string, id: string, revision: number): Problem {
  return new Problem('log.id_used', { stream, id, revision })
}

function firstOf(expected: Append['expected']): number {
  return typeof expected === 'number' ? expected + 1 : 0
}
