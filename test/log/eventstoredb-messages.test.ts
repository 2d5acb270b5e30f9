/**
 * The messages that the EventStoreDB log speaks, against the official client's own: theirs read what ours write and
 * vice versa, whatever is in them; and the same log read by both, event by event.
 */
import { randomUUID } from 'node:crypto'
import { EventStoreDBClient, type ResolvedEvent } from '@eventstore/db-client'
import shared from '@eventstore/db-client/generated/shared_pb.js'
import streams from '@eventstore/db-client/generated/streams_pb.js'
import { openEventStoreLog } from '@ledgerline/adapters/log/eventstoredb/log.ts'
import * as own from '@ledgerline/adapters/log/eventstoredb/messages.ts'
import * as official from '@ledgerline/adapters/log/eventstoredb/official.ts'
import type { LogEvent } from '@ledgerline/core/kernel/log.ts'
import fc from 'fast-check'
import protobuf from 'google-protobuf'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Recorded } from '../eventstore/ledger.ts'
import * as say from '../eventstore/messages.ts'
import { StandIn } from '../eventstore/standin.ts'
import { everything } from '../support/log-reading.ts'

const test = suite('event log on EventStoreDB: messages')

// ── what may be in them ────────────────────────────────────────────────────────────────────────

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('', '{}', '通话 📞', '{"r":1767225600000,"t":"t"}', 'x'.repeat(40_000)),
)
const place = fc.record({ commit: fc.maxSafeNat(), prepare: fc.maxSafeNat() }, { noNullPrototype: true })
const millis = fc.integer({ min: 0, max: 4_102_444_800_000 })
const stored = fc.record({ id: fc.uuid(), type: text, data: text, metadata: text })

const recorded: fc.Arbitrary<Recorded> = fc
  .record({
    event: stored,
    stream: text,
    revision: fc.maxSafeNat(),
    place,
    millis,
    ticks: fc.nat({ max: 9_999 }),
    json: fc.boolean(),
  })
  .map(({ event, stream, revision, place, millis, ticks, json }) => ({
    ...event,
    ...place,
    stream,
    json,
    revision: BigInt(revision),
    created: BigInt(millis) * 10_000n + BigInt(ticks),
    data: Buffer.from(event.data),
    metadata: Buffer.from(event.metadata),
  }))

const request = fc.record(
  {
    of: fc.oneof(
      fc.record({ stream: text, from: fc.maxSafeNat() }),
      fc.record({ all: fc.oneof(fc.constantFrom('start' as const, 'end' as const), place) }),
    ),
    backwards: fc.boolean(),
    count: fc.oneof(fc.maxSafeNat(), fc.constant('subscription' as const)),
    only: fc.oneof(
      fc.record({ streams: text }, { noNullPrototype: true }),
      fc.record({ types: text }, { noNullPrototype: true }),
    ),
  },
  { requiredKeys: ['of', 'count'] },
)

/** Fields that no message of the server has, of every kind. */
const unknown = fc
  .array(
    fc.tuple(
      fc.integer({ min: 20, max: 3_000 }),
      fc.constantFrom('number', 'fixed64', 'bytes', 'fixed32'),
      fc.nat(),
      fc.uint8Array({ maxLength: 300 }),
    ),
  )
  .map((fields) => {
    const writer = new protobuf.BinaryWriter()
    for (const [field, kind, number, bytes] of fields) {
      if (kind === 'number') writer.writeUint64(field, number)
      else if (kind === 'fixed64') writer.writeFixed64(field, number)
      else if (kind === 'fixed32') writer.writeFixed32(field, number >>> 0)
      else writer.writeBytes(field, bytes)
    }
    return writer.getResultBuffer()
  })

// ── requests ───────────────────────────────────────────────────────────────────────────────────

test('a read request matches the official client’s to the byte', () => {
  fc.assert(
    fc.property(request, (asked) => {
      const read = streams.ReadReq.deserializeBinary(own.encodeRead(asked))
      assert.ok(Buffer.from(read.serializeBinary()).equals(official.encodeRead(asked)))
    }),
  )
})

test('an append is read by the official messages as it was requested', () => {
  const expected = fc.oneof(fc.maxSafeNat(), fc.constantFrom('none' as const, 'any' as const))
  fc.assert(
    fc.property(
      fc.uuid(),
      text,
      expected,
      fc.array(stored, { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 1, max: 60_000 }),
      (id, stream, expected, events, withinMs) => {
        const read = streams.BatchAppendReq.deserializeBinary(
          own.encodeAppend({ id, stream, expected, events, withinMs }),
        )
        const options = read.getOptions()!
        assert.is(say.idOf(read.getCorrelationId()), id)
        assert.is(say.nameOf(options.getStreamIdentifier()), wellFormed(stream))
        assert.is(options.hasNoStream(), expected === 'none')
        assert.is(options.hasAny(), expected === 'any')
        assert.is(
          options.hasStreamPosition() ? options.getStreamPosition() : 'none',
          typeof expected === 'number' ? String(expected) : 'none',
        )
        assert.ok(read.getIsFinal())
        assert.equal(
          read.getProposedMessagesList().map((event) => ({
            id: say.idOf(event.getId()),
            type: event.getMetadataMap().get('type'),
            content: event.getMetadataMap().get('content-type'),
            data: Buffer.from(event.getData_asU8()).toString(),
            metadata: Buffer.from(event.getCustomMetadata_asU8()).toString(),
          })),
          events.map(({ id, type, data, metadata }) => ({
            id,
            type: wellFormed(type),
            content: 'application/json',
            data: wellFormed(data),
            metadata: wellFormed(metadata),
          })),
        )
      },
    ),
    { numRuns: 60 },
  )
})

// ── answers ────────────────────────────────────────────────────────────────────────────────────

test('an event is read as the official messages read it, whatever the form of its id', () => {
  fc.assert(
    fc.property(recorded, (event) => {
      const bytes = bytesOf(say.eventMessage(event, true))
      const read = own.decodeRead(bytes, () => true)
      assert.equal(
        read,
        official.decodeRead(bytes, () => true),
      )
      assert.equal(
        own.decodeRead(bytesOf(say.eventMessage(event, false)), () => true),
        read,
      )
      const { id, stream, revision, commit, prepare } = event
      assert.ok(read && 'event' in read)
      assert.equal(
        [read.event!.id, read.event!.stream, read.event!.revision, { commit: read.commit, prepare: read.prepare }],
        [id, wellFormed(stream), Number(revision), { commit, prepare }],
      )
    }),
  )
})

test('for an unwanted event its place and time are read, by its stream', () => {
  fc.assert(
    fc.property(recorded, (event) => {
      const asked: string[] = []
      const { commit, prepare } = event
      const bytes = bytesOf(say.eventMessage(event, true))
      const read = own.decodeRead(bytes, (stream) => asked.push(stream) === 0)
      const whole = own.decodeRead(bytes, () => true)
      assert.ok(whole && 'event' in whole)
      assert.equal(read, { event: null, commit, prepare, noted: whole.event!.recordedAt })
      assert.equal(
        official.decodeRead(bytes, () => false),
        read,
      )
      assert.equal(asked, [wellFormed(event.stream)])
    }),
    { numRuns: 30 },
  )
})

test('an answer about no event is nothing, or says that there is no stream', () => {
  for (const answer of [say.confirmation(), say.caughtUp(), say.checkpoint({ commit: 7, prepare: 7 })])
    assert.is(
      own.decodeRead(bytesOf(answer), () => true),
      null,
    )
  assert.equal(
    own.decodeRead(bytesOf(say.noSuchStream('call-t.1')), () => true),
    { noStream: true },
  )
})

test('the result of an append is read as the server sends it', () => {
  const success = fc.record({ revision: fc.maxSafeNat(), place: fc.option(place) })
  fc.assert(
    fc.property(
      fc.uuid(),
      text,
      success,
      fc.integer({ min: -1 }),
      fc.integer({ min: 1 }),
      fc.boolean(),
      (id, stream, { revision, place }, actual, limit, textId) => {
        const read = (answer: streams.BatchAppendResp) =>
          own.decodeAppend(bytesOf(addressed(answer, id, stream, textId)))
        assert.equal(read(say.appendMessage({ revision: BigInt(revision), place }, stream, 'none')), {
          id,
          revision,
          place,
        })
        for (const expected of ['none', 'any', 'exists', 7n] as const) {
          assert.equal(read(say.appendMessage({ actual: BigInt(actual) }, stream, expected)), { id, conflict: actual })
        }
        const refused = (answer: streams.BatchAppendResp) => {
          const said = read(answer)
          assert.is(said.id, id)
          return 'refused' in said ? [said.refused, said.limit] : said
        }
        assert.equal(refused(say.appendMessage({ deleted: true }, stream, 'any')), ['StreamDeleted', null])
        assert.equal(refused(say.accessDeniedMessage()), ['AccessDenied', null])
        assert.equal(refused(say.badRequestMessage('no')), ['BadRequest', null])
        assert.equal(refused(say.appendTooLargeMessage(limit)), ['MaximumAppendSizeExceeded', limit])
        assert.equal(refused(say.eventTooLargeMessage(id, 5, limit)), ['MaximumAppendEventSizeExceeded', limit])
      },
    ),
    { numRuns: 50 },
  )
})

test('fields that a later server may add are skipped, at every depth', () => {
  fc.assert(
    fc.property(recorded, unknown, (event, extra) => {
      const message = say.eventMessage(event, true)
      const plain = own.decodeRead(bytesOf(message), () => true)
      const inner = message.getEvent()!.getEvent()!
      const grown = (bytes: Uint8Array): Uint8Array => Buffer.concat([extra, bytes, extra])
      const withId = Buffer.concat([
        inner.serializeBinary(),
        nested(1, grown(inner.getId()!.serializeBinary())),
        nested(2, grown(inner.getStreamIdentifier()!.serializeBinary())),
      ])
      assert.equal(
        own.decodeRead(Buffer.from(grown(nested(1, grown(nested(1, grown(withId)))))), () => true),
        plain,
      )
      const answer = addressed(
        say.appendMessage({ revision: 3n, place: { commit: 9, prepare: 9 } }, 'call-t.1', 3n),
        event.id,
        'call-t.1',
        true,
      )
      const success = answer.getSuccess()!
      const grownSuccess = nested(
        3,
        grown(Buffer.concat([success.serializeBinary(), nested(3, grown(success.getPosition()!.serializeBinary()))])),
      )
      assert.equal(own.decodeAppend(Buffer.concat([grown(answer.serializeBinary()), grownSuccess])), {
        id: event.id,
        revision: 3,
        place: { commit: 9, prepare: 9 },
      })
    }),
    { numRuns: 60 },
  )
})

test('a message that was cut off anywhere is an error, never half an event', () => {
  fc.assert(
    fc.property(recorded, fc.double({ min: 0, max: 1, noNaN: true }), (event, where) => {
      const whole = bytesOf(say.eventMessage(event, true))
      const cut = whole.subarray(0, Math.max(1, Math.floor(where * (whole.length - 1))))
      for (const wanted of [true, false])
        assert.ok(thrown(() => own.decodeRead(cut, () => wanted)) instanceof RangeError)
    }),
    { numRuns: 300 },
  )
  const answer = bytesOf(
    addressed(
      say.appendMessage({ revision: 300n, place: { commit: 90_000, prepare: 90_000 } }, 'call-t.1', 3n),
      randomUUID(),
      'call-t.1',
      true,
    ),
  )
  const ends = fieldEnds(answer)
  for (let end = 1; end < answer.length; end++) {
    if (!ends.includes(end))
      assert.ok(thrown(() => own.decodeAppend(answer.subarray(0, end))) instanceof RangeError, `cut at ${end}`)
  }
})

test('bytes that are no message are an error or nothing, and never endless reading', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      for (const read of [
        () => own.decodeRead(Buffer.from(bytes), () => true),
        () => own.decodeAppend(Buffer.from(bytes)),
      ]) {
        const error = thrown(read)
        assert.ok(error === null || error instanceof RangeError, String(error))
      }
    }),
    { numRuns: 500 },
  )
})

// ── the same log, read by both ─────────────────────────────────────────────────────────────────

test('our reads, by our messages and by theirs, give what the official client gives', async () => {
  const server = await StandIn.start()
  const log = await openEventStoreLog({ url: server.url() })
  const slow = await openEventStoreLog({ url: server.url(), reader: 'official' })
  const client = EventStoreDBClient.connectionString(server.url())
  try {
    const data = [
      '{}',
      '{"a":"通话 📞 \\"quoted\\" \\u0000"}',
      '[1,null,{"b":[]}]',
      `{"long":"${'长'.repeat(50_000)}"}`,
      '"text"',
      '7',
    ]
    await log.appendMany(
      data.flatMap((data, index) => [
        {
          stream: `call-t.${index}`,
          expected: 'none' as const,
          events: [0, 1].map((n) => ({ id: randomUUID(), type: `Type${n}`, data, metadata: `{"t":"t","n":${n}}` })),
        },
        {
          stream: 'shift-t.all',
          expected: 'any' as const,
          events: [{ id: randomUUID(), type: 'Shift', data, metadata: '{}' }],
        },
      ]),
    )
    const ours = await everything(log)
    assert.is(ours.length, 18)
    assert.equal(await everything(slow), ours)
    const theirs: Shown[] = []
    for await (const resolved of client.readAll())
      if (!resolved.event!.streamId.startsWith('$')) theirs.push(shownOf(resolved))
    assert.equal(ours.map(shown), theirs)
    for (const stream of ['call-t.3', 'shift-t.all']) {
      const read: Shown[] = []
      for await (const resolved of client.readStream(stream)) read.push(shownOf(resolved))
      const events = await log.readStream(stream)
      assert.equal(events.map(shown), read)
      assert.equal(await slow.readStream(stream), events)
    }
    assert.is(await slow.head(), await log.head())
    assert.is(await slow.identity(), await log.identity())
  } finally {
    await Promise.all([log.close(), slow.close(), client.dispose()])
    await server.close()
  }
})

test.run()

// ── what the tests are written with ────────────────────────────────────────────────────────────

const bytesOf = (message: { serializeBinary(): Uint8Array }): Buffer => Buffer.from(message.serializeBinary())
/** Text as UTF-8 can carry it: halves of pairs are replaced. */
const wellFormed = (text: string): string => Buffer.from(text).toString()

function nested(field: number, bytes: Uint8Array): Uint8Array {
  const writer = new protobuf.BinaryWriter()
  writer.writeBytes(field, bytes)
  return writer.getResultBuffer()
}

function addressed(
  answer: streams.BatchAppendResp,
  id: string,
  stream: string,
  textId: boolean,
): streams.BatchAppendResp {
  const bytes = Buffer.from(id.replaceAll('-', ''), 'hex')
  const halves = new shared.UUID.Structured()
    .setMostSignificantBits(String(bytes.readBigInt64BE(0)))
    .setLeastSignificantBits(String(bytes.readBigInt64BE(8)))
  answer.setCorrelationId(textId ? new shared.UUID().setString(id) : new shared.UUID().setStructured(halves))
  return answer.setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(stream)))
}

/** Where the fields of a message end: there it may be cut, and be a shorter one. */
function fieldEnds(bytes: Uint8Array): number[] {
  const reader = new protobuf.BinaryReader(bytes)
  const ends: number[] = []
  while (reader.nextField()) {
    reader.skipField()
    ends.push(reader.getCursor())
  }
  return ends
}

function thrown(body: () => unknown): unknown {
  try {
    body()
    return null
  } catch (error) {
    return error
  }
}

/** An event with its data and metadata parsed, as the official client returns it. */
type Shown = ReturnType<typeof shown>

function shown({ id, type, stream, revision, position, recordedAt, data, metadata }: LogEvent) {
  return {
    id,
    type,
    stream,
    revision,
    position: position as string,
    recordedAt,
    data: JSON.parse(data) as unknown,
    metadata: JSON.parse(metadata) as unknown,
  }
}

function shownOf({ event }: ResolvedEvent): Shown {
  const { id, type, streamId, revision, position, created, data, metadata } = event!
  const { commit, prepare } = position!
  const at = [commit, prepare].map((part) => String(part).padStart(19, '0')).join('.')
  return {
    id,
    type,
    stream: streamId,
    revision: Number(revision),
    position: at,
    recordedAt: created.getTime(),
    data,
    metadata,
  }
}
