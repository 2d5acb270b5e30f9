/** What the stand-in of EventStoreDB sends on the wire: answers, refusals and errors in the server's words. */
import { randomUUID } from 'node:crypto'
import shared from '@eventstore/db-client/generated/shared_pb.js'
import rpc from '@eventstore/db-client/generated/status_pb.js'
import streams from '@eventstore/db-client/generated/streams_pb.js'
import { Metadata, status } from '@grpc/grpc-js'
import protobuf from 'google-protobuf'
import any from 'google-protobuf/google/protobuf/any_pb.js'
import empty from 'google-protobuf/google/protobuf/empty_pb.js'
import { TOMBSTONE, type Expected, type LogPlace, type Outcome, type Recorded } from './ledger.ts'

// ── what is read ───────────────────────────────────────────────────────────────────────────────

/** @param textIds ids as text, else as two signed numbers */
export function eventMessage(record: Recorded, textIds: boolean): streams.ReadResp {
  const event = new streams.ReadResp.ReadEvent.RecordedEvent()
  event.setId(idMessage(record.id, textIds)).setStreamIdentifier(streamMessage(record.stream))
  event
    .setStreamRevision(String(record.revision))
    .setPreparePosition(String(record.prepare))
    .setCommitPosition(String(record.commit))
  event.setCustomMetadata(record.metadata).setData(record.data)
  const properties = event.getMetadataMap()
  properties.set('type', record.type)
  properties.set('created', String(record.created))
  properties.set('content-type', record.json ? 'application/json' : 'application/octet-stream')
  return new streams.ReadResp().setEvent(
    new streams.ReadResp.ReadEvent().setEvent(event).setCommitPosition(String(record.commit)),
  )
}

export function confirmation(): streams.ReadResp {
  return new streams.ReadResp().setConfirmation(
    new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId(randomUUID()),
  )
}

export function checkpoint({ commit, prepare }: LogPlace): streams.ReadResp {
  return new streams.ReadResp().setCheckpoint(
    new streams.ReadResp.Checkpoint().setCommitPosition(String(commit)).setPreparePosition(String(prepare)),
  )
}

export function caughtUp(): streams.ReadResp {
  return new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp())
}

export function noSuchStream(stream: string): streams.ReadResp {
  return new streams.ReadResp().setStreamNotFound(
    new streams.ReadResp.StreamNotFound().setStreamIdentifier(streamMessage(stream)),
  )
}

function idMessage(id: string, asText: boolean): shared.UUID {
  if (asText) return new shared.UUID().setString(id)
  const bytes = Buffer.from(id.replaceAll('-', ''), 'hex')
  const halves = new shared.UUID.Structured()
  halves
    .setMostSignificantBits(String(bytes.readBigInt64BE(0)))
    .setLeastSignificantBits(String(bytes.readBigInt64BE(8)))
  return new shared.UUID().setStructured(halves)
}

/** An id, in whichever form a client gave it. */
export function idOf(message: shared.UUID | undefined): string {
  const halves = message?.getStructured()
  if (!halves) return message?.getString() ?? ''
  const bytes = Buffer.alloc(16)
  bytes.writeBigInt64BE(BigInt(halves.getMostSignificantBits()), 0)
  bytes.writeBigInt64BE(BigInt(halves.getLeastSignificantBits()), 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

function streamMessage(name: string): shared.StreamIdentifier {
  return new shared.StreamIdentifier().setStreamName(Buffer.from(name))
}

export function nameOf(message: shared.StreamIdentifier | undefined): string {
  return Buffer.from(message?.getStreamName_asU8() ?? []).toString()
}

// ── what becomes of an append ──────────────────────────────────────────────────────────────────

/** An answer to a batch append; the caller sets who asked and about which stream. */
export function appendMessage(outcome: Outcome, stream: string, expected: Expected): streams.BatchAppendResp {
  const answer = new streams.BatchAppendResp()
  if ('deleted' in outcome)
    return answer.setError(
      statusMessage(5, 'StreamDeleted', new shared.StreamDeleted().setStreamIdentifier(streamMessage(stream))),
    )
  if ('actual' in outcome) {
    const wrong = new shared.WrongExpectedVersion()
    if (outcome.actual < 0n) wrong.setCurrentNoStream(new empty.Empty())
    else wrong.setCurrentStreamRevision(String(outcome.actual))
    if (expected === 'any') wrong.setExpectedAny(new empty.Empty())
    else if (expected === 'none') wrong.setExpectedNoStream(new empty.Empty())
    else if (expected === 'exists') wrong.setExpectedStreamExists(new empty.Empty())
    else wrong.setExpectedStreamPosition(String(expected))
    return answer.setError(statusMessage(6, 'WrongExpectedVersion', wrong))
  }
  const success = new streams.BatchAppendResp.Success().setCurrentRevision(String(outcome.revision))
  if (outcome.place === null) success.setNoPosition(new empty.Empty())
  else
    success.setPosition(
      new shared.AllStreamPosition()
        .setCommitPosition(String(outcome.place.commit))
        .setPreparePosition(String(outcome.place.prepare)),
    )
  return answer.setSuccess(success)
}

/** The answer to a single append, the official client's other way. */
export function singleAppendMessage(
  outcome: Exclude<Outcome, { deleted: true }>,
  expected: Expected,
): streams.AppendResp {
  const answer = new streams.AppendResp()
  if ('actual' in outcome) {
    const wrong = new streams.AppendResp.WrongExpectedVersion()
    if (outcome.actual < 0n) wrong.setCurrentNoStream(new shared.Empty())
    else wrong.setCurrentRevision(String(outcome.actual))
    if (expected === 'any') wrong.setExpectedAny(new shared.Empty())
    else if (expected === 'none') wrong.setExpectedNoStream(new shared.Empty())
    else if (expected === 'exists') wrong.setExpectedStreamExists(new shared.Empty())
    else wrong.setExpectedRevision(String(expected))
    return answer.setWrongExpectedVersion(wrong)
  }
  const success = new streams.AppendResp.Success().setCurrentRevision(String(outcome.revision))
  if (outcome.place === null) success.setNoPosition(new shared.Empty())
  else
    success.setPosition(
      new streams.AppendResp.Position()
        .setCommitPosition(String(outcome.place.commit))
        .setPreparePosition(String(outcome.place.prepare)),
    )
  return answer.setSuccess(success)
}

export function accessDeniedMessage(): streams.BatchAppendResp {
  return new streams.BatchAppendResp().setError(statusMessage(7, 'AccessDenied', new shared.AccessDenied()))
}

export function appendTooLargeMessage(limit: number): streams.BatchAppendResp {
  return new streams.BatchAppendResp().setError(
    statusMessage(3, 'MaximumAppendSizeExceeded', new shared.MaximumAppendSizeExceeded().setMaxappendsize(limit)),
  )
}

/** Younger servers have a limit for each event as well; the official client does not know this message. */
export function eventTooLargeMessage(id: string, bytes: number, limit: number): streams.BatchAppendResp {
  const writer = new protobuf.BinaryWriter()
  writer.writeString(1, id)
  writer.writeUint32(2, bytes)
  writer.writeUint32(3, limit)
  return new streams.BatchAppendResp().setError(
    statusMessage(3, 'MaximumAppendEventSizeExceeded', { serializeBinary: () => writer.getResultBuffer() }),
  )
}

export function badRequestMessage(reason: string): streams.BatchAppendResp {
  return new streams.BatchAppendResp().setError(
    statusMessage(3, 'BadRequest', new shared.BadRequest().setMessage(reason)),
  )
}

/** @param code as in google.rpc.Code */
function statusMessage(code: number, name: string, details: { serializeBinary(): Uint8Array }): rpc.Status {
  const packed = new any.Any()
  packed.pack(details.serializeBinary(), `event_store.client.${name}`)
  return new rpc.Status().setCode(code).setMessage(name).setDetails(packed)
}

// ── errors of calls ────────────────────────────────────────────────────────────────────────────

/** The end of a call; the server gives the reason in the call's metadata. */
export class CallError extends Error {
  readonly code: status
  readonly details: string
  readonly metadata = new Metadata()

  constructor(code: status, details: string, exception?: string, more: Record<string, string> = {}) {
    super(details)
    this.code = code
    this.details = details
    if (exception) this.metadata.set('exception', exception)
    for (const [name, value] of Object.entries(more)) this.metadata.set(name, value)
  }
}

export const unauthenticated = (): CallError => new CallError(status.UNAUTHENTICATED, 'Unauthenticated')
export const accessDenied = (): CallError => new CallError(status.PERMISSION_DENIED, 'Access Denied', 'access-denied')
export const streamDeleted = (stream: string): CallError =>
  new CallError(status.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, 'stream-deleted', {
    'stream-name': stream,
  })
export const consumerTooSlow = (): CallError =>
  new CallError(
    status.ABORTED,
    'Operation timed out: Consumer too slow to handle event while live. Client resubscription required.',
  )
export const invalidPosition = (): CallError =>
  new CallError(status.INVALID_ARGUMENT, 'Trying to read from an invalid position.')
export const notLeader = ({ host, port }: { host: string; port: number }): CallError =>
  new CallError(status.NOT_FOUND, 'Leader info available', 'not-leader', {
    'leader-endpoint-host': host,
    'leader-endpoint-port': String(port),
  })
export const appendTooLarge = (limit: number): CallError =>
  new CallError(status.INVALID_ARGUMENT, `Maximum Append Size of ${limit} Exceeded.`, 'maximum-append-size-exceeded', {
    'maximum-append-size': String(limit),
  })
export const wrongVersion = (stream: string, actual: bigint): CallError =>
  new CallError(
    status.FAILED_PRECONDITION,
    `Delete failed due to WrongExpectedVersion. Stream: ${stream}, Actual version: ${actual}`,
    'wrong-expected-version',
    {
      'stream-name': stream,
      'expected-version': '0',
      'actual-version': String(actual === TOMBSTONE ? -1n : actual),
    },
  )
