/** Refusals by the server or the connection to it, as the port's problems. */
import { status, type Metadata } from '@grpc/grpc-js'
import type { Append, StoredEvent } from '@ledgerline/core/kernel/log.ts'
import { isProblem, Problem } from '@ledgerline/core/kernel/problem.ts'
import { unavailable } from '../../postgres/answered.ts'

/** An error as grpc-js makes it; the server puts its own error into the metadata. */
interface Refused extends Error {
  code?: number
  metadata?: Metadata
}

/** The problem for an error of a call. `address`: the error is about the connection string. */
export function refusalOf(error: unknown, about: 'call' | 'address' = 'call'): Problem {
  if (isProblem(error)) return error
  const { message, code, metadata } = error as Refused
  if (about === 'address') return new Problem('log.address', { reason: message }, { cause: error })
  const named = text(metadata, 'exception')
  if (code === status.UNAUTHENTICATED || code === status.PERMISSION_DENIED || named === 'access-denied')
    return new Problem('log.denied', {}, { cause: error })
  if (named === 'stream-deleted')
    return new Problem('log.stream_deleted', { stream: text(metadata, 'stream-name') ?? '' }, { cause: error })
  if (code === status.ABORTED && /consumer too slow/i.test(message))
    return new Problem('log.reader_behind', {}, { cause: error })
  return unavailable(message, error)
}

/** The problem for the server's answer to an append. */
export function appendRefusal(
  { stream, events }: Append,
  refused: string,
  message: string,
  limit: number | null,
): Problem {
  switch (refused) {
    case 'AccessDenied':
      return new Problem('log.denied')
    case 'StreamDeleted':
      return new Problem('log.stream_deleted', { stream })
    case 'MaximumAppendSizeExceeded':
      return new Problem('log.event_too_large', {
        type: largest(events).type,
        bytes: events.reduce((sum, event) => sum + bytesOf(event), 0),
        limit,
      })
    case 'MaximumAppendEventSizeExceeded':
      return new Problem('log.event_too_large', { type: largest(events).type, bytes: bytesOf(largest(events)), limit })
    default:
      return unavailable(message || refused)
  }
}

function largest(events: readonly StoredEvent[]): StoredEvent {
  return events.reduce((largest, event) => (bytesOf(event) > bytesOf(largest) ? event : largest))
}

/** As the server counts them: the text of the type in UTF-16. */
function bytesOf({ type, data, metadata }: StoredEvent): number {
  return Buffer.byteLength(data) + Buffer.byteLength(metadata) + 2 * type.length
}

function text(metadata: Metadata | undefined, name: string): string | undefined {
  return metadata?.get(name)[0]?.toString()
}
