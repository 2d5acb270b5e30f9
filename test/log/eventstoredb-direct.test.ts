/**
 * Messages taken where their bytes arrive, with the gRPC library's own decoder as the witness: the same messages,
 * wherever the bytes are cut; and what is not for us goes back to the library, whole and in order.
 */
import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { Connection } from '@ledgerline/adapters/log/eventstoredb/connection.ts'
import { Frames, takeDirectly } from '@ledgerline/adapters/log/eventstoredb/direct.ts'
import { openEventStoreLog } from '@ledgerline/adapters/log/eventstoredb/log.ts'
import { decodeRead, encodeRead } from '@ledgerline/adapters/log/eventstoredb/messages.ts'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { StandIn } from '../eventstore/standin.ts'

const test = suite('event log on EventStoreDB: messages taken directly')

const messages = fc.array(
  fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.nat({ max: 70_000 }).map((length) => new Uint8Array(length).fill(7)),
  ),
  { maxLength: 12 },
)
const cuts = fc.array(fc.nat(), { maxLength: 30 })

test('the same messages, wherever the bytes are cut', () => {
  fc.assert(
    fc.property(messages, cuts, (sent, places) => {
      const taken: Buffer[] = []
      const frames = new Frames((bytes, start, end) => taken.push(Buffer.from(bytes.subarray(start, end))))
      for (const chunk of cut(Buffer.concat(sent.map((one) => framed(one))), places))
        assert.is(frames.take(chunk), null)
      assert.equal(
        taken,
        sent.map((one) => Buffer.from(one)),
      )
    }),
  )
})

test('a compressed message and everything after it goes back, wherever the bytes are cut', () => {
  fc.assert(
    fc.property(messages, messages, cuts, (before, after, places) => {
      const rest = Buffer.concat([framed(Buffer.from('compressed'), 1), ...after.map((one) => framed(one))])
      let taken = 0
      let left: Buffer | null = null
      const frames = new Frames(() => taken++)
      for (const chunk of cut(Buffer.concat([...before.map((one) => framed(one)), rest]), places))
        left = left ? Buffer.concat([left, chunk]) : frames.take(chunk)
      assert.is(taken, before.length)
      assert.ok(left && rest.equals(left))
    }),
  )
})

test('a message longer than any event goes back before it is held', () => {
  const prefix = Buffer.from([0, 0xff, 0xff, 0xff, 0xff])
  const frames = new Frames(() => assert.unreachable())
  assert.is(frames.take(prefix.subarray(0, 3)), null)
  assert.equal(frames.take(prefix.subarray(3)), prefix)
})

test('the library gets its decoder back with what is left, and its own way of pausing', () => {
  const paused: string[] = []
  const flow = (name: string) => ({ pause: () => paused.push(name), resume: () => {} })
  const given: Buffer[] = []
  const theirs = { write: (bytes: Buffer) => (given.push(bytes), [bytes]) }
  const inside = { decoder: theirs, http2Stream: flow('bytes') }
  const taken: string[] = []
  const call = { ...flow('call'), call: { nextCall: { child: { underlyingCalls: [{ call: inside }] } } } }
  const direct = takeDirectly(call as never, (bytes, start, end) => taken.push(bytes.toString('utf8', start, end)))
  assert.equal(inside.decoder.write(framed(Buffer.from('one'))), [])
  direct!.pause()
  const compressed = framed(Buffer.from('two'), 1)
  assert.equal(inside.decoder.write(compressed), [compressed])
  direct!.pause()
  assert.is(inside.decoder, theirs)
  assert.equal([taken, given, paused], [['one'], [compressed], ['bytes', 'call']])
})

test('a call that is built in another way keeps to the library’s own', () => {
  assert.is(
    takeDirectly(new EventEmitter() as never, () => {}),
    null,
  )
  assert.is(
    takeDirectly({ call: { child: { underlyingCalls: [{}, {}] } } } as never, () => {}),
    null,
  )
})

test('the library in use is built as we know it: no message comes its own way', async () => {
  const server = await StandIn.start()
  const log = await openEventStoreLog({ url: server.url() })
  const connection = new Connection(server.url())
  try {
    const data = JSON.stringify({ said: '通话'.repeat(30_000) })
    for (let count = 0; count < 5; count++)
      await log.append(`call-t.${count}`, 'none', [{ id: randomUUID(), type: 'Said', data, metadata: '{}' }])
    const call = await connection.read(encodeRead({ of: { all: 'start' }, count: 100, only: { streams: '^call-' } }))
    const taken: string[] = []
    let theirWay = 0
    let direct: ReturnType<typeof takeDirectly> = null
    await new Promise((resolve, reject) => {
      call.once('metadata', () => {
        direct = takeDirectly(call, (bytes, start, end) => {
          const answer = decodeRead(bytes, () => true, start, end)
          if (answer && 'event' in answer) taken.push(answer.event!.data)
        })
      })
      call.on('data', () => theirWay++)
      call.on('end', resolve)
      call.on('error', reject)
    })
    assert.ok(direct)
    assert.equal([theirWay, taken], [0, Array.from({ length: 5 }, () => data)])
  } finally {
    await connection.close()
    await log.close()
    await server.close()
  }
})

/** With the prefix of a message. */
function framed(message: Uint8Array, compressed = 0): Buffer {
  const prefix = Buffer.alloc(5)
  prefix[0] = compressed
  prefix.writeUInt32BE(message.length, 1)
  return Buffer.concat([prefix, message])
}

/** Bytes in pieces. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b)
  return [0, ...sorted].map((from, index) => bytes.subarray(from, sorted[index] ?? bytes.length))
}

test.run()
