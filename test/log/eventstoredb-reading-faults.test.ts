/**
 * The same for readers: every event once and in order, whatever happens to the server and its network; missing events
 * and invalid positions are problems, never silence.
 */
import { randomUUID } from 'node:crypto'
import { openEventStoreLog } from '@ledgerline/adapters/log/eventstoredb/log.ts'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import type { Problem } from '@ledgerline/core/kernel/problem.ts'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { closeOpened, events, follow, ids, opened, ours, persist, serve, times } from '../eventstore/serving.ts'
import { StandIn } from '../eventstore/standin.ts'
import { everything, refused } from '../support/log-reading.ts'

const test = suite('event log on EventStoreDB: faults of reading')
test.after.each(closeOpened)

// ── reading ────────────────────────────────────────────────────────────────────────────────────

test('subscriptions continue where they were when their server was killed; this and its return are reported once for all', async () => {
  const away: number[] = []
  const { server, log, troubles } = await serve({}, { onBack: (ms) => away.push(ms) })
  const [tail, other] = [follow(log, null, 3), follow(log)]
  await tail.until(() => tail.headReached)
  await other.until(() => other.headReached)
  for (let round = 1; round <= 3; round++) {
    await persist(() => log.append(`call-t.${round}`, 'any', events(10)))
    await server.kill()
    await troubles.has(round)
    assert.ok(log.awayMs() > 0)
    await server.revive()
    await persist(() => log.append(`call-t.${round}`, 9, events(1)))
    await tail.until(() => tail.events.length >= round * 11)
    await other.until(() => other.events.length >= round * 11)
  }
  assert.equal(ids(tail.events), ours(server))
  assert.is(troubles.told.length, 3)
  assert.is(away.length, 3)
  assert.ok(away.every((ms) => ms > 0))
  assert.is(log.awayMs(), 0)
})

test('a half-open connection of a subscription is noticed by its silence', async () => {
  const { server, log } = await serve({}, { deadlineMs: 150, quietMs: 30 })
  const tail = follow(log)
  await tail.until(() => tail.headReached)
  server.proxy.strand()
  const writer = await openEventStoreLog({ url: server.url({ connectionName: 'writer' }) })
  opened.push(() => writer.close())
  await writer.append('call-t.1', 'none', events(2))
  await tail.until(() => tail.events.length === 2)
})

test('a subscription waits for a slow server', async () => {
  const { server, log, troubles } = await serve({}, { quietMs: 600_000 })
  const tail = follow(log)
  await tail.until(() => tail.headReached)
  server.deliveries.close()
  await log.append('call-t.1', 'none', events(10))
  await server.deliveries.has(1)
  for (let look = 0; look < 200; look++) await log.head()
  server.deliveries.open()
  await tail.until(() => tail.events.length === 10)
  assert.equal(troubles.told, [])
})

test('a reader that is behind reads pages, and subscribes only at the head', async () => {
  const { server, log, troubles } = await serve()
  await log.appendMany(times(50, (index) => ({ stream: `call-t.${index}`, expected: 'none', events: events(20) })))
  // Nothing is sent to a subscriber: what is behind does not wait for it.
  server.deliveries.close()
  const tail = follow(log)
  await tail.until(() => tail.headReached)
  assert.equal(ids(tail.events), ours(server))
  server.deliveries.open()
  await log.append('call-t.0', 19, events(1))
  await tail.until(() => tail.events.length === 1_001)
  assert.equal(troubles.told, [])
})

test('a reader dropped for not keeping up reads pages until it is at the head; this is reported once, and not as a log that is away', async () => {
  const { server, log, troubles } = await serve()
  const away: number[] = []
  const tail = follow(log)
  await tail.until(() => tail.headReached)
  for (let round = 0; round < 5; round++) {
    // More at once than the server buffers for a subscriber.
    await server.live.has(round + 1)
    server.deliveries.close()
    await log.append(`call-t.${round}`, 'none', events(1))
    await server.deliveries.has(1)
    await log.appendMany(
      times(10, (index) => ({ stream: `call-t.${round}-${index}`, expected: 'none', events: events(10) })),
    )
    away.push(log.awayMs())
    server.deliveries.open()
    await tail.until(() => tail.events.length === 101 * (round + 1))
    away.push(log.awayMs())
  }
  assert.equal(ids(tail.events), ours(server))
  assert.equal(
    troubles.told.map(({ code }) => code),
    ['log.reader_behind'],
  )
  assert.ok(away.every((ms) => ms === 0))
})

test('a reader that is far behind takes no more than it can hold, and reaches the end', async () => {
  const { server, log } = await serve()
  const large = { metadata: '{}', type: 'Happened', data: JSON.stringify('x'.repeat(2_000)) }
  await log.appendMany(
    times(50, (index) => ({
      stream: `call-t.${index}`,
      expected: 'none',
      events: times(100, () => ({ ...large, id: randomUUID() })),
    })),
  )
  const before = server.sent
  let seen = 0
  for await (const page of log.subscribe(null, { pageSize: 100 })) {
    seen += page.events.length
    if (seen === 100) {
      for (let look = 0; look < 50; look++) await log.head()
      assert.ok(server.sent - before < 2_500, `${server.sent - before} were sent`)
    }
    if (page.atHead) break
  }
  assert.is(seen, 5_000)
})

test('a read of everything that is cut says so, and continues from its last page', async () => {
  const { server, log } = await serve()
  const large = { metadata: '{}', type: 'Happened', data: JSON.stringify('x'.repeat(2_000)) }
  await log.appendMany(
    times(1_000, (index) => ({
      stream: `call-t.${index}`,
      expected: 'none',
      events: [{ ...large, id: randomUUID() }],
    })),
  )
  const seen: string[] = []
  let place: Position | null = null
  const read = async (): Promise<void> => {
    for await (const page of log.readAll(place, { pageSize: 50 })) {
      seen.push(...ids(page.events))
      place = page.position
      if (seen.length === 100) server.proxy.drop()
    }
  }
  assert.is((await refused(read())).code, 'log.unavailable')
  assert.ok(seen.length < 1_000)
  await persist(read)
  assert.equal(seen, ours(server))
})

test('a reader that stops leaves the connection to the others', async () => {
  const { server, log } = await serve()
  await log.appendMany(times(50, (index) => ({ stream: `call-t.${index}`, expected: 'none', events: events(1) })))
  const tail = follow(log)
  await tail.until(() => tail.events.length === 50)
  await tail.stop()
  for await (const page of log.readAll(null, { pageSize: 10 })) if (page.events.length > 0) break
  assert.is((await log.append('call-t.0', 0, events(1))).revision, 1)
  assert.is((await log.readStream('call-t.0')).length, 2)
  assert.is(server.proxy.connections, 1)
})

test('an event that the server sends twice is delivered once', async () => {
  const { server, log } = await serve()
  const tail = follow(log)
  await tail.until(() => tail.headReached)
  const [first, second, third] = events(3)
  server.repeat(second!.id, 1)
  await log.append('call-t.1', 'none', [first!, second!, third!])
  await tail.until(() => tail.events.length >= 3)
  assert.equal(ids(tail.events), [first!.id, second!.id, third!.id])
})

test('an event that is skipped once is asked for again', async () => {
  const { server, log, troubles } = await serve()
  const tail = follow(log)
  await tail.until(() => tail.headReached)
  const all = events(4)
  server.leaveOut(all[1]!.id, 1)
  await log.append('call-t.1', 'none', all)
  await tail.until(() => tail.events.length >= 4)
  assert.equal(ids(tail.events), ids(all))
  assert.equal(
    troubles.told.map(({ code }) => code),
    ['log.gap'],
  )
})

test('an event that the server never sends by itself is read', async () => {
  const { server, log } = await serve()
  const tail = follow(log)
  await tail.until(() => tail.headReached)
  const all = events(4)
  server.leaveOut(all[1]!.id)
  await log.append('call-t.1', 'none', all)
  await tail.until(() => tail.events.length >= 4)
  assert.equal(ids(tail.events), ids(all))
})

test('an event that is skipped for good ends the subscription with its name', async () => {
  const { server, log } = await serve()
  const tail = follow(log)
  await tail.until(() => tail.headReached)
  const all = events(4)
  server.lose(all[1]!.id)
  await log.append('call-t.1', 'none', all)
  const { code, details } = await refused(tail.ended)
  assert.is(code, 'log.gap')
  assert.is(details['stream'], 'call-t.1')
  assert.is(details['revision'], 1)
  assert.ok(!ids(tail.events).some((id) => [all[1]!.id, all[2]!.id, all[3]!.id].includes(id)))
})

for (const between of ['nothing', 'a lost connection']) {
  test(
    `a skipped event before others that are delivered is ` + `noticed when its stream continues: ${between} in between`,
    async () => {
      const { server, log } = await serve()
      const tail = follow(log)
      await tail.until(() => tail.headReached)
      const [first, second, third] = events(3)
      server.leaveOut(second!.id)
      await log.append('call-t.1', 'none', [first!])
      await log.append('call-t.1', 0, [second!])
      await log.append('call-t.2', 'none', events(1))
      await tail.until(() => tail.events.length === 2)
      if (between !== 'nothing') server.proxy.drop()
      await persist(() => log.append('call-t.1', 1, [third!]))
      const { code, details } = await refused(tail.ended)
      assert.is(code, 'log.gap')
      assert.is(details['revision'], 1)
      assert.not(ids(tail.events).includes(third!.id))
    },
  )
}

test('the last event of the log, when skipped, is asked for again', async () => {
  const { server, log } = await serve({}, { quietMs: 30 })
  const tail = follow(log)
  await tail.until(() => tail.headReached)
  const [first, last] = events(2)
  server.leaveOut(last!.id, 1)
  await log.append('call-t.1', 'none', [first!, last!])
  await tail.until(() => tail.events.length === 2)
  assert.equal(ids(tail.events), [first!.id, last!.id])
})

// ── what was taken out of the log ──────────────────────────────────────────────────────────────

test('a stream deleted for ever is a problem for those who read it, and for nobody else', async () => {
  const { server, log } = await serve()
  const gone = events(2)
  await log.append('call-t.1', 'none', gone)
  const tail = follow(log)
  await tail.until(() => tail.events.length === 2)
  server.ledger.tombstone('call-t.1')
  const after = events(1)
  await log.append('call-t.2', 'none', after)
  assert.equal(problemOf(await refused(log.readStream('call-t.1'))), ['log.stream_deleted', 'call-t.1'])
  assert.equal(problemOf(await refused(log.append('call-t.1', 1, events(1)))), ['log.stream_deleted', 'call-t.1'])
  await tail.until(() => tail.events.length >= 3)
  assert.equal(ids(tail.events), ids([...gone, ...after]))
  assert.equal(ids(await everything(log)), ids([...gone, ...after]))
  server.ledger.scavenge()
  assert.equal(ids(await everything(log)), ids(after))
  const anew = follow(log)
  await anew.until(() => anew.headReached)
  assert.equal(ids(anew.events), ids(after))
})

test('a truncated stream is a problem for those who read what is missing; readers of everything carry on', async () => {
  const { server, log } = await serve()
  const all = events(6)
  await log.append('call-t.1', 'none', all.slice(0, 5))
  const tail = follow(log)
  await tail.until(() => tail.events.length === 5)
  server.ledger.truncate('call-t.1', 3n)
  const { code, details } = await refused(log.readStream('call-t.1'))
  assert.is(code, 'log.stream_cut')
  assert.equal(details, { stream: 'call-t.1', revision: 0, first: 3 })
  assert.equal(ids(await log.readStream('call-t.1', 3)), ids(all.slice(3, 5)))
  server.ledger.scavenge()
  await log.append('call-t.1', 4, all.slice(5))
  await tail.until(() => tail.events.length === 6)
  assert.equal(ids(tail.events), ids(all))
  assert.equal(ids(await everything(log)), ids(all.slice(3)))
})

test('a subscription continues from a place whose event was scavenged, and over revisions that were', async () => {
  const { server, log, troubles } = await serve()
  const all = events(8)
  await log.append('call-t.1', 'none', all.slice(0, 2))
  const tail = follow(log)
  await tail.until(() => tail.events.length === 2)
  server.deliveries.close()
  await log.append('call-t.1', 1, all.slice(2))
  server.ledger.truncate('call-t.1', 6n)
  server.ledger.scavenge()
  server.proxy.drop()
  server.deliveries.open()
  await tail.until(() => ids(tail.events).includes(all[7]!.id))
  assert.not(troubles.told.some(({ code }) => code === 'log.gap'))
  assert.equal(ids(tail.events).slice(-2), ids(all.slice(6)))
})

test('a stream deleted softly and started anew says so to those who read its beginning', async () => {
  const { server, log } = await serve()
  await log.append('call-t.1', 'none', events(2))
  const tail = follow(log)
  await tail.until(() => tail.events.length === 2)
  server.ledger.delete('call-t.1')
  await log.append('call-t.1', 'none', events(1))
  assert.is((await refused(log.readStream('call-t.1'))).code, 'log.stream_cut')
  await tail.until(() => tail.events.length === 3)
})

test('what an old client appended in a transaction has one commit position, and each of its events its place', async () => {
  const { server, log } = await serve()
  await log.append('call-t.1', 'none', events(1))
  server.ledger.appendInTransaction(
    'call-t.2',
    events(3).map((event) => ({
      ...event,
      json: true,
      data: Buffer.from(event.data),
      metadata: Buffer.from(event.metadata),
    })),
  )
  const all = await everything(log)
  assert.equal(ids(all), ours(server))
  assert.is(new Set(all.map(({ position }) => position)).size, 4)
  const tail = follow(log, all[2]!.position)
  await tail.until(() => tail.headReached)
  assert.equal(ids(tail.events), ids(all.slice(3)))
})

// ── positions ──────────────────────────────────────────────────────────────────────────────────

test('a position that the log has not reached is a problem, never silence', async () => {
  const { log } = await serve()
  const { position } = await log.append('call-t.1', 'none', events(1))
  const ahead = position.replace(/^\d/, '1') as Position
  assert.is((await refused(everything(log, ahead))).code, 'log.behind')
  const { code, details } = await refused(follow(log, ahead).ended)
  assert.is(code, 'log.behind')
  assert.equal(details, { position: ahead, head: position })
})

test('a server that comes back with an older backup of its log ends a subscription', async () => {
  const { server, log } = await serve()
  await log.append('call-t.1', 'none', events(3))
  const tail = follow(log)
  await tail.until(() => tail.events.length === 3)
  const older = await StandIn.start()
  opened.push(() => older.close())
  await server.kill()
  const restored = await older.servedAt(server.proxy.port)
  opened.push(() => restored.close())
  assert.is((await refused(tail.ended)).code, 'log.behind')
})

test('a position of another kind of log is refused', async () => {
  const { log } = await serve()
  for (const foreign of ['0000000000000001', 'x', '']) {
    assert.is((await refused(everything(log, foreign as Position))).code, 'log.foreign_position')
    assert.is((await refused(follow(log, foreign as Position).ended)).code, 'log.foreign_position')
  }
})

test('a server whose clock is far ahead is reported once, and again when it goes further, even to latecomers', async () => {
  const HOUR = 3_600_000
  const { server, log, troubles } = await serve()
  const at = async (aheadMs: number, stream: string): Promise<void> => {
    server.ledger.clock = () => Date.now() + aheadMs
    await log.append(stream, 'any', events(1))
    await everything(log)
  }
  await at(4 * 60_000, 'call-t.1')
  assert.equal([log.recordedUntil!(), troubles.told], [null, []], 'as far as clocks are apart where nobody sets them')
  await at(2 * HOUR, 'call-t.2')
  await at(2 * HOUR, 'call-t.3')
  const told = () => troubles.told.map(({ code, details }) => [code, details['minutes']])
  assert.equal(told(), [['log.clock_ahead', 120]])
  assert.ok(Math.abs(log.recordedUntil!()! - Date.now() - 2 * HOUR) < 60_000)
  await at(0, 'call-t.4')
  assert.equal(
    told().map(([code]) => code),
    ['log.clock_ahead', 'log.clock_back'],
  )
  assert.ok(log.recordedUntil!()! > Date.now() + HOUR, 'what was noted stays')
  await at(5 * HOUR, 'call-t.5')
  assert.equal(told().at(-1), ['log.clock_ahead', 300])
  const later = await openEventStoreLog({ url: server.url({ connectionName: 'later' }) })
  opened.push(() => later.close())
  await everything(later)
  assert.is(later.recordedUntil!(), log.recordedUntil!())
})

test.run()

const problemOf = ({ code, details }: Problem) => [code, details['stream']]
