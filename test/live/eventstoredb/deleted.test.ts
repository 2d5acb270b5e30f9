/**
 * Streams that someone deleted or truncated beside us in a real EventStoreDB, and a scavenge that removes their events:
 * readers of such a stream are told, readers of everything carry on. Needs: LIVE_EVENTSTORE.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { EventStoreDBClient } from '@eventstore/db-client'
import { openEventStoreLog } from '@ledgerline/adapters/log/eventstoredb/log.ts'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import type { EventLog, LogEvent } from '@ledgerline/core/kernel/log.ts'
import { until } from '../../support/gate.ts'
import { everything, refused } from '../../support/log-reading.ts'
import { OwnServer } from './server.ts'
import { events } from './writers.ts'

const test = suite<{ server: OwnServer; log: EventLog; administrator: EventStoreDBClient }>(
  'streams deleted in a real EventStoreDB',
)

test.before(async (context) => {
  // Only whole files of the server are scavenged: small ones.
  context.server = await OwnServer.start({
    EVENTSTORE_CHUNK_SIZE: String(2 * MIB),
    KURRENTDB_CHUNK_SIZE: String(2 * MIB),
  })
  context.log = await openEventStoreLog({ url: context.server.url })
  context.administrator = EventStoreDBClient.connectionString(context.server.url)
})
test.after(async ({ server, log, administrator }) => {
  await administrator.dispose()
  await log.close()
  await server.remove()
})

test('a truncated stream is a problem for those who read what is missing', async ({ log, administrator }) => {
  const all = events(6)
  await log.append('call-t.cut', 'none', all.slice(0, 5))
  await administrator.setStreamMetadata('call-t.cut', { truncateBefore: 3 })
  const { code, details } = await refused(log.readStream('call-t.cut'))
  assert.is(code, 'log.stream_cut')
  assert.equal(details, { stream: 'call-t.cut', revision: 0, first: 3 })
  assert.equal(ids(await log.readStream('call-t.cut', 3)), ids(all.slice(3, 5)))
  assert.is((await log.append('call-t.cut', 4, all.slice(5))).revision, 5)
})

test('a stream deleted and started anew says so to those who read its beginning', async ({ log, administrator }) => {
  await log.append('call-t.anew', 'none', events(2))
  await administrator.deleteStream('call-t.anew')
  await log.append('call-t.anew', 'none', events(1))
  // The server notes somewhat later than it answers that the stream lives again.
  await until('the stream to live again', async () => (await log.readStream('call-t.anew', 2)).length === 1)
  assert.is((await refused(log.readStream('call-t.anew'))).code, 'log.stream_cut')
})

test('a stream deleted for ever is a problem for those who read it, and for nobody else', async ({
  log,
  administrator,
}) => {
  const gone = events(2)
  await log.append('call-t.gone', 'none', gone)
  const before = await everything(log)
  const tail = follow(log)
  await tail.until(() => tail.events.length === before.length)
  await administrator.tombstoneStream('call-t.gone')
  const after = events(1)
  const { position } = await log.append('call-t.after', 'none', after)
  assert.is((await refused(log.readStream('call-t.gone'))).code, 'log.stream_deleted')
  assert.is((await refused(log.append('call-t.gone', 1, events(1)))).code, 'log.stream_deleted')
  await tail.until(() => tail.events.some(({ id }) => id === after[0]!.id))
  assert.equal(ids(tail.events), [...ids(before), ...ids(after)], 'what the server notes of it is none of our events')
  assert.equal(ids(await everything(log)), ids(tail.events))
  assert.is(await log.head(), position)
  await tail.stop()
})

test('after a scavenge a reader of everything continues where it was', async ({ server, log }) => {
  const before = await everything(log)
  // Beyond the files that contain what was deleted.
  for (let index = 0; index < 8; index++)
    await log.append(`call-t.large-${index}`, 'none', [{ ...events(1)[0]!, data: JSON.stringify('x'.repeat(700_000)) }])
  const full = await everything(log)
  await scavenge(server)
  const rest = await everything(log)
  const left = new Set(ids(rest))
  const taken = full.filter(({ id }) => !left.has(id))
  assert.equal(taken.map(({ stream, revision }) => `${stream} ${revision}`).sort(), [
    'call-t.anew 0',
    'call-t.anew 1',
    'call-t.cut 0',
    'call-t.cut 1',
    'call-t.cut 2',
    'call-t.gone 0',
    'call-t.gone 1',
  ])
  assert.equal(ids(rest), ids(full.filter((event) => !taken.includes(event))))
  for (const { position } of before) {
    const wanted = ids(rest.filter((event) => event.position > position))
    const read: LogEvent[] = []
    for await (const page of log.readAll(position)) read.push(...page.events)
    assert.equal(ids(read), wanted)
    const tail = follow(log, position)
    await tail.until(() => tail.events.length >= wanted.length)
    assert.equal(ids(tail.events), wanted)
    await tail.stop()
  }
})

test.run()

const MIB = 1024 * 1024

const ids = (all: readonly { id: string }[]): string[] => all.map(({ id }) => id)

/** Has the server remove what was deleted, and waits until it has. */
async function scavenge({ port }: OwnServer): Promise<void> {
  const at = `http://127.0.0.1:${port}/admin/scavenge`
  const ask = async (path: string, method: string): Promise<string> =>
    (await fetch(`${at}${path}`, { method, headers: { accept: 'application/json' } })).text()
  const id = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/.exec(await ask('', 'POST'))![0]
  await until('the end of a scavenge', async () => !(await ask('/current', 'GET')).includes(id))
}

/** A subscription that keeps what it received. */
function follow(log: EventLog, after: Position | null = null) {
  const abort = new AbortController()
  const seen: LogEvent[] = []
  const ended = (async () => {
    for await (const page of log.subscribe(after, { signal: abort.signal })) seen.push(...page.events)
  })()
  ended.catch(() => {})
  return {
    events: seen,
    until: (state: () => boolean) => Promise.race([until('a state of a subscription', state, 20_000), ended]),
    async stop() {
      abort.abort()
      await ended
    },
  }
}
