/** The stand-in of EventStoreDB, with the official client as its witness: the client gets what it asks a server for. */
import {
  ANY,
  BACKWARDS,
  END,
  EventStoreDBClient,
  eventTypeFilter,
  jsonEvent,
  NO_STREAM,
  START,
  StreamDeletedError,
  streamNameFilter,
  StreamNotFoundError,
  WrongExpectedVersionError,
  type AllStreamSubscription,
  type ResolvedEvent,
} from '@eventstore/db-client'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { StandIn } from './standin.ts'

const test = suite<{ server: StandIn; client: EventStoreDBClient }>('the stand-in of EventStoreDB')

test.before.each(async (context) => {
  context.server = await StandIn.start()
  context.client = EventStoreDBClient.connectionString(context.server.url())
})
test.after.each(async ({ server, client }) => {
  await client.dispose()
  await server.close()
})

for (const way of ['in a batch', 'by itself'] as const) {
  test(`appends ${way}: success, a conflict, and the same again`, async ({ client }) => {
    // A call with its own credentials is not put into the batch.
    const how = way === 'in a batch' ? {} : { credentials: { username: 'admin', password: 'changeit' } }
    const [a, b] = [event('A'), event('B')]
    const first = await client.appendToStream('call-1', [a, b], { expectedRevision: NO_STREAM, ...how })
    assert.is(first.success, true)
    assert.is(first.nextExpectedRevision, 1n)
    assert.equal(await client.appendToStream('call-1', [a, b], { expectedRevision: NO_STREAM, ...how }), first)
    const conflict = await refused(client.appendToStream('call-1', [event('C')], { expectedRevision: 0n, ...how }))
    assert.instance(conflict, WrongExpectedVersionError)
    assert.is((conflict as WrongExpectedVersionError).actualVersion, 1n)
    assert.is(
      (await client.appendToStream('call-1', [event('C')], { expectedRevision: ANY, ...how })).nextExpectedRevision,
      2n,
    )
  })
}

test('streams: both directions, from a revision, a limited number', async ({ client }) => {
  await client.appendToStream('call-1', ['A', 'B', 'C', 'D'].map(event))
  assert.equal(await types(client.readStream('call-1')), ['A', 'B', 'C', 'D'])
  assert.equal(await types(client.readStream('call-1', { fromRevision: 1n, maxCount: 2 })), ['B', 'C'])
  assert.equal(await types(client.readStream('call-1', { direction: BACKWARDS, fromRevision: END })), [
    'D',
    'C',
    'B',
    'A',
  ])
  assert.equal(await types(client.readStream('call-1', { direction: BACKWARDS, fromRevision: 1n })), ['B', 'A'])
  assert.instance(await refused(types(client.readStream('call-none'))), StreamNotFoundError)
})

test('everything: both directions, from a place on, with the server’s own events among them', async ({ client }) => {
  for (const type of ['A', 'B', 'C']) await client.appendToStream(`call-${type}`, event(type))
  const all = await types(client.readAll())
  assert.ok(all.some((type) => type.startsWith('$')))
  assert.equal(all.slice(-3), ['A', 'B', 'C'])
  assert.equal((await types(client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 2 }))).slice(0, 2), [
    'C',
    'B',
  ])
  let b: ResolvedEvent | undefined
  for await (const resolved of client.readAll()) if (resolved.event!.type === 'B') b = resolved
  const fromPosition = b!.event!.position!
  assert.equal(await types(client.readAll({ fromPosition })), ['B', 'C'])
  assert.is((await types(client.readAll({ direction: BACKWARDS, fromPosition })))[0], 'A')
})

test('subscriptions: from the start, from a place and from the end, with every kind of filter', async ({ client }) => {
  for (const [stream, type] of [
    ['call-1', 'A'],
    ['shift-1', 'B'],
    ['call-2', 'C'],
  ] as const)
    await client.appendToStream(stream, event(type))
  const filters = {
    'A C L': streamNameFilter({ prefixes: ['call-'] }),
    B: streamNameFilter({ regex: '^shift' }),
    'C L': eventTypeFilter({ prefixes: ['C', 'L'] }),
    'A B': eventTypeFilter({ regex: '^[AB]$' }),
  }
  const subscriptions = Object.entries(filters).map(([wanted, filter]) => ({
    wanted,
    got: first(wanted.split(' ').length, client.subscribeToAll({ fromPosition: START, filter })),
  }))
  const atEnd = client.subscribeToAll({ fromPosition: END })
  const coming = first(1, atEnd)
  await new Promise((resolve) => atEnd.once('confirmation', resolve))
  const stream = client.subscribeToStream('call-2', { fromRevision: 0n })
  await client.appendToStream('call-2', event('L'))
  for (const { wanted, got } of subscriptions) assert.equal((await got).join(' '), wanted)
  assert.equal(await coming, ['L'])
  for await (const { event } of stream) {
    assert.is(event!.type, 'L')
    break
  }
})

test('a stream that is deleted may begin anew; one that is deleted for ever may not', async ({ client }) => {
  await client.appendToStream('call-1', ['A', 'B'].map(event))
  await client.deleteStream('call-1', { expectedRevision: 1n })
  assert.instance(await refused(types(client.readStream('call-1'))), StreamNotFoundError)
  assert.is(
    (await client.appendToStream('call-1', event('C'), { expectedRevision: NO_STREAM })).nextExpectedRevision,
    2n,
  )
  assert.equal(await types(client.readStream('call-1')), ['C'])
  await client.tombstoneStream('call-1')
  assert.instance(await refused(types(client.readStream('call-1'))), StreamDeletedError)
  assert.instance(await refused(client.appendToStream('call-1', event('D'))), StreamDeletedError)
})

test.run()

const event = (type: string) => jsonEvent({ type, data: { type } })

async function types(read: AsyncIterable<ResolvedEvent>): Promise<string[]> {
  const all: string[] = []
  for await (const { event } of read) all.push(event!.type)
  return all
}

async function first(many: number, subscription: AllStreamSubscription): Promise<string[]> {
  const all: string[] = []
  for await (const { event } of subscription) if (event && all.push(event.type) === many) break
  return all
}

async function refused(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise
  } catch (error) {
    return error as Error
  }
  return assert.unreachable('was not refused') as never
}
