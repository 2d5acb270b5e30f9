/** What the server or the connection to it refuses, as the port's problems. */
import { status, type Metadata } from '@grpc/grpc-js'
import { isProblem, Problem } from '@ledgerline/core/kernel/problem.ts'
import { unavailable } from '../../postgres/answered.ts'

/** An error as grpc-js makes it; the server names its own in the metadata. */
interface Refused extends Error {
  code?: number
  metadata?: Metadata
}

/** The problem that an error of a call is. `address`: the error is about the connection string. */
export function refusalOf(error: unknown, about: 'call' | 'address' = 'call'): Problem {
  if (isProblem(error)) return error
  const { message, code, metadata } = error as Refused
  if (about === 'address') return new Problem('log.address', { reason: message }, { cause: error })
  const named = text(metadata, 'exception')
  if (code === status.UNAUTHENTICATED || code === status.PERMISSION_DENIED || named === 'access-denied') return new Problem('log.denied', {}, { cause: error })
  if (named === 'stream-deleted') return new Problem('log.stream_deleted', { stream: text(metadata, 'stream-name') ?? '' }, { cause: error })
  return unavailable(message, error)
}

/** The problem that the server's answer to an append is. */
export function appendRefusal(stream: string, refused: string, message: string, limit: number | null, bytes: number, type: string): Problem {
  switch (refused) {
    case 'AccessDenied':
      return new Problem('log.denied')
    case 'StreamDeleted':
      return new Problem('log.stream_deleted', { stream })
    case 'MaximumAppendSizeExceeded':
    case 'MaximumAppendEventSizeExceeded':
      return new Problem('log.event_too_large', { type, bytes, limit: limit ?? 0 })
    default:
      return unavailable(message || refused)
  }
}

function text(metadata: Metadata | undefined, name: string): string | undefined {
  return metadata?.get(name)[0]?.toString()
}
