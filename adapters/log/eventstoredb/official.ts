/**
 * Reads with the official client's own messages: four times slower than `messages.ts`, and there for the day on which a
 * server answers something ours do not understand (`LEDGERLINE_EVENT_LOG_READER=official`). The client's event objects
 * are not used: it parses the data, but the ledger keeps the text.
 */
import shared from '@eventstore/db-client/generated/shared_pb.js'
import streams from '@eventstore/db-client/generated/streams_pb.js'
import { firstRecordedAt } from '@ledgerline/core/kernel/first-recorded.ts'
import { TICK_DIGITS, WINDOW, type ReadAnswer, type ReadRequest, type Wanted } from './messages.ts'
import { toPosition, type Place } from './place.ts'

const { Options } = streams.ReadReq

/** The same as `encodeRead` of `messages.ts`. */
export function encodeRead({ of, backwards = false, count, only }: ReadRequest): Buffer {
  const options = new Options()
  if ('stream' in of) {
    const stream = new Options.StreamOptions()
    const identifier = new shared.StreamIdentifier()
    identifier.setStreamName(Buffer.from(of.stream).toString('base64'))
    stream.setStreamIdentifier(identifier)
    if (of.from === 'end') stream.setEnd(new shared.Empty())
    else stream.setRevision(String(of.from))
    options.setStream(stream)
  } else {
    const all = new Options.AllOptions()
    if (of.all === 'start') all.setStart(new shared.Empty())
    else if (of.all === 'end') all.setEnd(new shared.Empty())
    else {
      const place = new Options.Position()
      place.setCommitPosition(String(of.all.commit))
      place.setPreparePosition(String(of.all.prepare))
      all.setPosition(place)
    }
    options.setAll(all)
  }
  options.setReadDirection(backwards ? Options.ReadDirection.BACKWARDS : Options.ReadDirection.FORWARDS)
  if (count === 'subscription') options.setSubscription(new Options.SubscriptionOptions())
  else options.setCount(String(count))
  if (only === undefined) options.setNoFilter(new shared.Empty())
  else {
    const expression = new Options.FilterOptions.Expression()
    const filter = new Options.FilterOptions()
    if ('streams' in only) filter.setStreamIdentifier(expression.setRegex(only.streams))
    else filter.setEventType(expression.setRegex(only.types))
    filter.setMax(WINDOW)
    filter.setCheckpointintervalmultiplier(1)
    options.setFilter(filter)
  }
  const ids = new Options.UUIDOption()
  ids.setString(new shared.Empty())
  options.setUuidOption(ids)
  const request = new streams.ReadReq()
  request.setOptions(options)
  return Buffer.from(request.serializeBinary())
}

/** The same as `decodeRead` of `messages.ts`. */
export function decodeRead(buffer: Buffer, wanted: Wanted, start = 0, end = buffer.length): ReadAnswer {
  const answer = streams.ReadResp.deserializeBinary(buffer.subarray(start, end))
  if (answer.hasStreamNotFound()) return { noStream: true }
  const event = answer.getEvent()?.getEvent()
  if (!event) return null
  const place: Place = { commit: Number(event.getCommitPosition()), prepare: Number(event.getPreparePosition()) }
  const stream = Buffer.from(event.getStreamIdentifier()!.getStreamName_asU8()).toString()
  const properties = event.getMetadataMap()
  const metadata = Buffer.from(event.getCustomMetadata_asU8()).toString()
  const noted = firstRecordedAt(metadata, Number((properties.get('created') ?? '').slice(0, -TICK_DIGITS)))
  if (!wanted(stream)) return { ...place, noted, event: null }
  return {
    ...place,
    noted,
    event: {
      id: event.getId()!.getString(),
      type: properties.get('type') ?? '',
      data: Buffer.from(event.getData_asU8()).toString(),
      metadata,
      stream,
      revision: Number(event.getStreamRevision()),
      position: toPosition(place),
      recordedAt: noted,
    },
  }
}
