/**
 * What can happen to an EventStoreDB and to the way there, done to the stand-in: after each of it nothing that was
 * acknowledged is lost, everything is there once, and nobody has to restart anything.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEventStoreLog, type EventStoreLogOptions } from '@ledgerline/adapters/log/eventstoredb/log.ts'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import type { EventLog, LogEvent, StoredEvent } from '@ledgerline/core/kernel/log.ts'
import { isProblem, type Problem } from '@ledgerline/core/kernel/problem.ts'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { selfSigned } from '../eventstore/certificate.ts'
import { StandIn, type StandInOptions } from '../eventstore/standin.ts'

const test = suite('event log on EventStoreDB: faults')

/** What a test opened, closed after it in reverse order. */
const opened: (() => unknown)[] = []
test.after.each(async () => {
  for (const close of opened.splice(0).reverse()) await close()
})

// ── appends ────────────────────────────────────────────────────────────────────────────────────

for (const how of ['written', 'not written'] as const) {
  test(`an append that is ${how} when its answer is lost is there once when it is repeated, which says so`, async () => {
    const { server, log } = await serve()
    await log.append('call-t.0', 'none', events(1))
    const asked = events(2)
    const lost = server.loseNextAnswer(how)
    const [problem] = await Promise.all([refused(log.append('call-t.1', 'none', asked)), lost])
    assert.is(problem.code, 'log.unavailable')
    const { repeated, revision, position } = await persist(() => log.append('call-t.1', 'none', asked))
    assert.is(repeated, how === 'written')
    assert.is(revision, 1)
    const there = await log.readStream('call-t.1')
    assert.equal(there.map(({ id, revision }) => [id, revision]), asked.map(({ id }, index) => [id, index]))
    assert.is(there.at(-1)!.position, position)
  })
}

test('a server that is killed during many appends has each of them once when they are repeated', async () => {
  const { server, log } = await serve()
  const asked = times(60, (index) => ({ stream: `call-t.${index}`, expected: 'none' as const, events: events(2) }))
  server.answers.close()
  const before = asked.map(({ stream, expected, events }) => refused(log.append(stream, expected, events)))
  await server.answers.has(1)
  await server.kill()
  for (const problem of await Promise.all(before)) assert.is(problem.code, 'log.unavailable')
  server.answers.open()
  await server.revive()
  const answers = await persist(() => log.appendMany(asked))
  assert.ok(answers.every((answer) => 'revision' in answer && answer.revision === 1))
  assert.equal(ours(server).length, 120)
  assert.is(new Set(ours(server)).size, 120)
})

test('a log that refuses connections is unavailable, and there again by itself', async () => {
  const { server, log } = await serve()
  await log.append('call-t.1', 'none', events(1))
  await server.kill()
  for (const ask of [() => log.append('call-t.1', 0, events(1)), () => log.readStream('call-t.1'), () => log.head(), () => openEventStoreLog({ url: server.url() })]) {
    assert.is((await refused(ask())).code, 'log.unavailable')
  }
  await server.revive()
  assert.is((await persist(() => log.append('call-t.1', 0, events(1)))).revision, 1)
})

test('a slow server is waited for: nothing is asked twice, nothing is given up', async () => {
  const { server, log, troubles } = await serve()
  const tail = follow(log)
  await tail.until(() => tail.headReached)
  for (const hold of [server.appends, server.answers, server.reads]) hold.close()
  const asked = times(5, (index) => log.append(`call-t.${index}`, 'none', events(1)))
  await server.appends.has(1)
  server.appends.open()
  await server.answers.has(1)
  server.answers.open()
  const read = log.readStream('call-t.0')
  await server.reads.has(1)
  server.reads.open()
  assert.ok((await Promise.all(asked)).every(({ repeated }) => !repeated))
  await tail.until(() => tail.events.length === 5)
  assert.is((await read).length, 1)
  assert.equal(troubles.told, [])
  assert.is(server.proxy.connections, 1)
})

test('a connection that is half-open is given up when an answer is overdue, and the next append finds another', async () => {
  const { server, log } = await serve({}, { deadlineMs: 150 })
  await log.append('call-t.1', 'none', events(1))
  server.proxy.strand()
  const asked = events(1)
  assert.is((await refused(log.append('call-t.1', 0, asked))).code, 'log.unavailable')
  assert.is((await log.append('call-t.1', 0, asked)).revision, 1)
  assert.is(server.proxy.connections, 2)
})

test('appends that wait behind those on a half-open connection are not lost with them', async () => {
  const { server, log } = await serve({}, { deadlineMs: 500 })
  await log.append('call-t.0', 'none', events(1))
  server.proxy.strand()
  // More than may be under way at once.
  const asked = times(6, (index) => ({ stream: `call-t.1${index}`, events: events(1_000) }))
  const answers = await Promise.allSettled(asked.map(({ stream, events }) => log.append(stream, 'none', events)))
  assert.ok(answers.some(({ status }) => status === 'fulfilled'))
  await persist(() => Promise.all(asked.map(({ stream, events }) => log.append(stream, 'none', events))))
  assert.is(ours(server).length, 6_001)
})

test('a log that closes does not wait for ever for a server that says nothing', async () => {
  const { server, log } = await serve({}, { deadlineMs: 150 })
  await log.append('call-t.1', 'none', events(1))
  server.proxy.fallSilent()
  const asked = refused(log.append('call-t.1', 0, events(1)))
  await log.close()
  assert.is((await asked).code, 'log.unavailable')
})

test('a server that takes connections and says nothing is unavailable until it speaks', async () => {
  const { server, log } = await serve({}, { deadlineMs: 150 })
  await log.append('call-t.1', 'none', events(1))
  server.proxy.fallSilent()
  assert.is((await refused(log.append('call-t.1', 0, events(1)))).code, 'log.unavailable')
  assert.is((await refused(log.readStream('call-t.1'))).code, 'log.unavailable')
  assert.is((await refused(openEventStoreLog({ url: server.url({ connectionName: 'new' }), deadlineMs: 150 }))).code, 'log.unavailable')
  server.proxy.speak()
  assert.ok((await persist(() => log.append('call-t.1', 'any', events(1)))).revision >= 1)
})

test('of 100 writers of one stream each gets its turn, once', async () => {
  const { log } = await serve()
  let conflicts = 0
  const written = await Promise.all(
    times(100, async () => {
      const [own] = events(1)
      for (let expected: number | 'none' = 'none'; ; ) {
        try {
          const { revision, repeated } = await log.append('call-t.1', expected, [own!])
          assert.not(repeated)
          return [revision, own!.id]
        } catch (error) {
          assert.ok(isProblem(error, 'log.conflict'))
          conflicts++
          expected = error.details['actual'] as number
        }
      }
    }),
  )
  assert.ok(conflicts >= 99)
  const there = await log.readStream('call-t.1')
  assert.equal(there.map(({ revision, id }) => [revision, id]), written.sort(([a], [b]) => Number(a) - Number(b)))
})

test('an event of exactly 1 MiB is taken; one byte more is refused, by its name', async () => {
  const { log } = await serve({ maxAppendSize: 2 * MIB })
  const [small] = events(1)
  const exact = { ...small!, data: JSON.stringify('x'.repeat(MIB - small!.metadata.length - 2)) }
  assert.is((await log.append('call-t.1', 'none', [exact])).revision, 0)
  assert.is((await log.readStream('call-t.1'))[0]!.data, exact.data)
  const { code, details } = await refused(log.append('call-t.1', 0, [{ ...exact, id: randomUUID(), data: `${exact.data} ` }]))
  assert.is(code, 'log.event_too_large')
  assert.equal(details, { type: 'Happened', bytes: MIB + 1, limit: MIB })
})

for (const [limit, options] of Object.entries({ appends: { maxAppendSize: 10_000 }, events: { maxAppendEventSize: 10_000 } })) {
  test(`a server with a lower limit for ${limit} is understood, and other appends go on`, async () => {
    const { log } = await serve(options)
    const [large, small] = events(2)
    const [problem, answer] = await Promise.all([
      refused(log.append('call-t.1', 'none', [...events(1), { ...large!, type: 'Noted', data: JSON.stringify('x'.repeat(10_000)) }])),
      log.append('call-t.2', 'none', [small!]),
    ])
    assert.is(problem.code, 'log.event_too_large')
    const bytes = 10_002 + 9 + 2 * 'Noted'.length
    assert.equal(problem.details, { type: 'Noted', bytes: limit === 'events' ? bytes : bytes + 7 + 9 + 2 * 'Happened'.length, limit: 10_000 })
    assert.is(answer.revision, 0)
  })
}

test('a log that closes waits for the appends that are under way', async () => {
  const { server, log } = await serve()
  await log.append('call-t.0', 'none', events(1))
  server.answers.close()
  const asked = times(3, (index) => log.append(`call-t.1${index}`, 'none', events(1)))
  await server.answers.has(1)
  const closed = log.close()
  assert.is((await refused(log.append('call-t.2', 'none', events(1)))).code, 'log.unavailable')
  server.answers.open()
  assert.equal((await Promise.all(asked)).map(({ revision }) => revision), [0, 0, 0])
  await closed
})

// ── who may ────────────────────────────────────────────────────────────────────────────────────

test('a wrong password, or none, is said so, and nothing is tried again', async () => {
  const { server, url } = await secured()
  const before = server.refused
  for (const user of ['admin:wrong', 'other:right', undefined]) {
    assert.is((await refused(openEventStoreLog({ url: url(user) }))).code, 'log.denied')
  }
  assert.is(server.refused, before + 3)
})

test('a subscription whose password is right no more ends with it instead of asking on and on', async () => {
  const { server, url } = await secured()
  const log = await openEventStoreLog({ url: url('admin:right') })
  opened.push(() => log.close())
  await log.append('call-t.1', 'none', events(1))
  const tail = follow(log)
  await tail.until(() => tail.headReached)
  server.admitOnly({ name: 'admin', password: 'changed' })
  server.proxy.drop()
  assert.is((await refused(tail.ended)).code, 'log.denied')
  assert.is(server.refused, 1)
  assert.is((await refused(log.append('call-t.1', 0, events(1)))).code, 'log.denied')
})

// ── reading ────────────────────────────────────────────────────────────────────────────────────

test('subscriptions go on where they were when their server was killed; that it was away and is back is told once for all of them', async () => {
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

test('a connection of a subscription that is half-open is noticed by its silence', async () => {
  const { server, log } = await serve({}, { deadlineMs: 150, quietMs: 30 })
  const tail = follow(log)
  await tail.until(() => tail.headReached)
  server.proxy.strand()
  const writer = await openEventStoreLog({ url: server.url({ connectionName: 'writer' }) })
  opened.push(() => writer.close())
  await writer.append('call-t.1', 'none', events(2))
  await tail.until(() => tail.events.length === 2)
})

test('a subscription that is behind waits for a server that takes its time', async () => {
  const { server, log, troubles } = await serve()
  await log.append('call-t.1', 'none', events(10))
  server.deliveries.close()
  const tail = follow(log)
  await server.deliveries.has(1)
  for (let look = 0; look < 200; look++) await log.head()
  server.deliveries.open()
  await tail.until(() => tail.events.length === 10)
  assert.equal(troubles.told, [])
})

test('a reader that is far behind takes no more than it can hold, and comes to the end', async () => {
  const { server, log } = await serve()
  const large = { metadata: '{}', type: 'Happened', data: JSON.stringify('x'.repeat(2_000)) }
  await log.appendMany(times(50, (index) => ({ stream: `call-t.${index}`, expected: 'none', events: times(100, () => ({ ...large, id: randomUUID() })) })))
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

test('a read of everything that is cut says so, and goes on from its last page', async () => {
  const { server, log } = await serve()
  const large = { metadata: '{}', type: 'Happened', data: JSON.stringify('x'.repeat(2_000)) }
  await log.appendMany(times(1_000, (index) => ({ stream: `call-t.${index}`, expected: 'none', events: [{ ...large, id: randomUUID() }] })))
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

test('an event that is delivered twice is given out once', async () => {
  const { server, log } = await serve()
  const tail = follow(log)
  await tail.until(() => tail.headReached)
  const [first, second, third] = events(3)
  server.repeat(second!.id, 1)
  await log.append('call-t.1', 'none', [first!, second!, third!])
  await tail.until(() => tail.events.length >= 3)
  assert.equal(ids(tail.events), [first!.id, second!.id, third!.id])
})

test('an event that is left out once is asked for again', async () => {
  const { server, log, troubles } = await serve()
  const tail = follow(log)
  await tail.until(() => tail.headReached)
  const all = events(4)
  server.leaveOut(all[1]!.id, 1)
  await log.append('call-t.1', 'none', all)
  await tail.until(() => tail.events.length >= 4)
  assert.equal(ids(tail.events), ids(all))
  assert.equal(troubles.told.map(({ code }) => code), ['log.gap'])
})

test('an event that is left out for good ends the subscription with its name', async () => {
  const { server, log } = await serve()
  const tail = follow(log)
  await tail.until(() => tail.headReached)
  const all = events(4)
  server.leaveOut(all[1]!.id)
  await log.append('call-t.1', 'none', all)
  const { code, details } = await refused(tail.ended)
  assert.is(code, 'log.gap')
  assert.is(details['stream'], 'call-t.1')
  assert.is(details['revision'], 1)
  assert.ok(!ids(tail.events).some((id) => [all[1]!.id, all[2]!.id, all[3]!.id].includes(id)))
})

for (const between of ['nothing', 'a lost connection']) {
  test(`an event that was left out before others that are handed out is noticed when its stream goes on: ${between} in between`, async () => {
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
  })
}

test('the last event of the log that is left out is asked for again', async () => {
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

test('a stream that was deleted for ever is a problem to whoever wants it, and to nobody else', async () => {
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

test('a stream that was truncated is a problem to whoever wants what is not there; readers of everything go on', async () => {
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

test('a subscription goes on from a place whose event was scavenged, and over revisions that were', async () => {
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

test('a stream that was deleted softly and begun anew says so to whoever wants its beginning', async () => {
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
  server.ledger.appendInTransaction('call-t.2', events(3).map((event) => ({ ...event, json: true, data: Buffer.from(event.data), metadata: Buffer.from(event.metadata) })))
  const all = await everything(log)
  assert.equal(ids(all), ours(server))
  assert.is(new Set(all.map(({ position }) => position)).size, 4)
  const tail = follow(log, all[2]!.position)
  await tail.until(() => tail.headReached)
  assert.equal(ids(tail.events), ids(all.slice(3)))
})

// ── positions ──────────────────────────────────────────────────────────────────────────────────

test('a position that the log has not reached is a problem, never a silence', async () => {
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

// ── several nodes ──────────────────────────────────────────────────────────────────────────────

for (const fate of ['follows', 'dies']) {
  test(`another node leads, the old leader ${fate}: appends and subscriptions find it`, async () => {
    const [first, second, third] = await startCluster(3)
    const log = await openEventStoreLog({ url: first!.url() })
    opened.push(() => log.close())
    await log.append('call-t.1', 'none', events(1))
    const tail = follow(log)
    await tail.until(() => tail.headReached)
    second!.lead()
    if (fate === 'dies') await first!.kill()
    assert.is((await persist(() => log.append('call-t.1', 0, events(1)))).revision, 1)
    third!.lead()
    if (fate === 'dies') await second!.kill()
    assert.is((await persist(() => log.append('call-t.1', 1, events(1)))).revision, 2)
    await tail.until(() => tail.events.length === 3)
    assert.equal(ids(tail.events), ours(first!))
  })
}

test('an address that names a cluster is asked who leads', async () => {
  const [first, second] = await startCluster(2)
  second!.lead()
  const log = await openEventStoreLog({ url: `esdb+discover://${first!.address}?tls=false` })
  opened.push(() => log.close())
  await log.append('call-t.1', 'none', events(1))
  assert.is(first!.refused, 0)
  assert.is(second!.proxy.connections > 0, true)
})

test('of a cluster every address is asked, also behind +discover: the first may be that of a dead node', async () => {
  const [first, second] = await startCluster(2)
  second!.lead()
  await first!.kill()
  for (const scheme of ['esdb', 'esdb+discover', 'kurrentdb+discover']) {
    const log = await openEventStoreLog({ url: `${scheme}://${first!.address},${second!.address}?tls=false` })
    opened.push(() => log.close())
    assert.is(await log.head(), null)
  }
})

test('addresses: the new name of the server is understood, and what is none is said so', async () => {
  const { server } = await serve()
  const log = await openEventStoreLog({ url: server.url().replace('esdb:', 'kurrentdb:') })
  opened.push(() => log.close())
  assert.is(await log.head(), null)
  assert.is((await refused(openEventStoreLog({ url: 'http://127.0.0.1:2113' }))).code, 'log.address')
})

test.run()

// ── what the tests are written with ────────────────────────────────────────────────────────────

const MIB = 1024 * 1024

/** Problems told, and a way to wait for so many. */
class Troubles {
  readonly told: Problem[] = []
  readonly #waiting = new Set<() => void>()

  tell(problem: Problem): void {
    this.told.push(problem)
    for (const look of [...this.#waiting]) look()
  }

  has(many: number): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.told.length < many) return
        this.#waiting.delete(look)
        resolve()
      }
      this.#waiting.add(look)
      look()
    })
  }
}

async function serve(options: StandInOptions = {}, settings: Partial<EventStoreLogOptions> = {}) {
  const server = await StandIn.start(options)
  opened.push(() => server.close())
  const troubles = new Troubles()
  const log = await openEventStoreLog({ url: server.url(), onTrouble: (problem) => troubles.tell(problem), ...settings })
  opened.push(() => log.close())
  return { server, log, troubles }
}

/** A server that speaks TLS and lets in one user. */
async function secured() {
  const tls = selfSigned()
  const directory = mkdtempSync(join(tmpdir(), 'ledgerline-tls-'))
  opened.push(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'ca.pem')
  writeFileSync(file, tls.certificate)
  const server = await StandIn.start({ tls, user: { name: 'admin', password: 'right' } })
  opened.push(() => server.close())
  return { server, url: (user?: string) => server.url({ tlsCAFile: file, ...(user ? { user } : {}) }) }
}

async function startCluster(nodes: number): Promise<StandIn[]> {
  const started = await StandIn.startCluster(nodes)
  opened.push(...started.map((node) => () => node.close()))
  return started
}

/** A subscription that keeps what it was given, and whose states can be waited for. */
function follow(log: EventLog, after: Position | null = null, pageSize = 100) {
  const abort = new AbortController()
  const waiting = new Set<() => void>()
  const tail = {
    events: [] as LogEvent[],
    headReached: false,
    ended: Promise.resolve(),
    async until(state: () => boolean): Promise<void> {
      while (!state()) await Promise.race([new Promise<void>((resolve) => waiting.add(resolve)), tail.ended.then(() => assert.unreachable('the subscription ended'))])
    },
    async stop(): Promise<void> {
      abort.abort()
      await tail.ended
    },
  }
  tail.ended = (async () => {
    for await (const page of log.subscribe(after, { pageSize, signal: abort.signal })) {
      tail.events.push(...page.events)
      tail.headReached ||= page.atHead && page.events.length === 0
      for (const wake of waiting) wake()
      waiting.clear()
    }
  })()
  tail.ended.catch(() => {})
  opened.push(() => tail.stop().catch(() => {}))
  return tail
}

async function everything(log: EventLog, after: Position | null = null): Promise<LogEvent[]> {
  const all: LogEvent[] = []
  for await (const page of log.readAll(after)) all.push(...page.events)
  return all
}

async function refused(promise: Promise<unknown>): Promise<Problem> {
  try {
    await promise
  } catch (error) {
    if (isProblem(error)) return error
    throw error
  }
  return assert.unreachable('was not refused') as never
}

/** Repeats what fails because the log cannot be reached, as a client would. */
async function persist<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask()
    } catch (error) {
      if (!isProblem(error, 'log.unavailable') || attempt === 500) throw error
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

/** The ids of our events in the server's log, in order. */
function ours(server: StandIn): string[] {
  return server.ledger.records.filter(({ stream, type }) => !stream.startsWith('$') && !type.startsWith('$')).map(({ id }) => id)
}

const problemOf = ({ code, details }: Problem) => [code, details['stream']]
const times = <T>(n: number, make: (index: number) => T): T[] => Array.from({ length: n }, (_, index) => make(index))
const events = (n: number): StoredEvent[] => times(n, (index) => ({ id: randomUUID(), type: 'Happened', data: `{"n":${index}}`, metadata: '{"t":"t"}' }))
const ids = (all: readonly { id: string }[]): string[] => all.map(({ id }) => id)
