/**
 * What can happen to an EventStoreDB and its network during writing, done to the stand-in: afterwards nothing
 * acknowledged is lost, everything is there once, and nobody has to restart anything. Also who is admitted, and how
 * several nodes interact; readers have their own file.
 */
import { randomUUID } from 'node:crypto'
import { openEventStoreLog } from '@ledgerline/adapters/log/eventstoredb/log.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  closeOpened,
  events,
  follow,
  ids,
  opened,
  ours,
  persist,
  secured,
  serve,
  startCluster,
  times,
} from '../eventstore/serving.ts'
import { times as often } from '../support/depth.ts'
import { refused } from '../support/log-reading.ts'

const MIB = 1024 * 1024
/** Each conflicts with all others until it has written, so the work grows with the square. */
const WRITERS = often('WRITERS', 40, 100)

const test = suite('event log on EventStoreDB: faults')
test.after.each(closeOpened)

// ── appends ────────────────────────────────────────────────────────────────────────────────────

for (const how of ['written', 'not written'] as const) {
  test(`an append that is ${how} when its answer is lost is there once when repeated, and says so`, async () => {
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
    assert.equal(
      there.map(({ id, revision }) => [id, revision]),
      asked.map(({ id }, index) => [id, index]),
    )
    assert.is(there.at(-1)!.position, position)
  })
}

test('a server killed during many appends has each of them once when they are repeated', async () => {
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

test('a log that refuses connections is unavailable, and comes back by itself', async () => {
  const { server, log } = await serve()
  await log.append('call-t.1', 'none', events(1))
  await server.kill()
  for (const ask of [
    () => log.append('call-t.1', 0, events(1)),
    () => log.readStream('call-t.1'),
    () => log.head(),
    () => openEventStoreLog({ url: server.url() }),
  ]) {
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

test('a half-open connection is given up when an answer is overdue, and the next append finds another', async () => {
  const { server, log } = await serve({}, { deadlineMs: 150 })
  await log.append('call-t.1', 'none', events(1))
  server.proxy.strand()
  const asked = events(1)
  assert.is((await refused(log.append('call-t.1', 0, asked))).code, 'log.unavailable')
  assert.is((await log.append('call-t.1', 0, asked)).revision, 1)
  assert.is(server.proxy.connections, 2)
})

test('appends waiting behind those on a half-open connection are not lost with them', async () => {
  const { server, log } = await serve({}, { deadlineMs: 500 })
  await log.append('call-t.0', 'none', events(1))
  server.proxy.strand()
  // More than may be in flight at once.
  const asked = times(6, (index) => ({ stream: `call-t.1${index}`, events: events(1_000) }))
  const answers = await Promise.allSettled(asked.map(({ stream, events }) => log.append(stream, 'none', events)))
  assert.ok(answers.some(({ status }) => status === 'fulfilled'))
  await persist(() => Promise.all(asked.map(({ stream, events }) => log.append(stream, 'none', events))))
  assert.is(ours(server).length, 6_001)
})

test('closing a log does not wait for ever for a silent server', async () => {
  const { server, log } = await serve({}, { deadlineMs: 150 })
  await log.append('call-t.1', 'none', events(1))
  server.proxy.fallSilent()
  const asked = refused(log.append('call-t.1', 0, events(1)))
  await log.close()
  assert.is((await asked).code, 'log.unavailable')
})

test('a server that accepts connections and says nothing is unavailable until it speaks', async () => {
  const { server, log } = await serve({}, { deadlineMs: 150 })
  await log.append('call-t.1', 'none', events(1))
  server.proxy.fallSilent()
  assert.is((await refused(log.append('call-t.1', 0, events(1)))).code, 'log.unavailable')
  assert.is((await refused(log.readStream('call-t.1'))).code, 'log.unavailable')
  assert.is(
    (await refused(openEventStoreLog({ url: server.url({ connectionName: 'new' }), deadlineMs: 150 }))).code,
    'log.unavailable',
  )
  server.proxy.speak()
  assert.ok((await persist(() => log.append('call-t.1', 'any', events(1)))).revision >= 1)
})

test(`of ${WRITERS} writers of one stream each gets its turn, once`, async () => {
  const { log } = await serve()
  let conflicts = 0
  const written = await Promise.all(
    times(WRITERS, async () => {
      const [own] = events(1)
      for (let expected: number | 'none' = 'none'; ;) {
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
  assert.ok(conflicts >= WRITERS - 1)
  const there = await log.readStream('call-t.1')
  assert.equal(
    there.map(({ revision, id }) => [revision, id]),
    written.sort(([a], [b]) => Number(a) - Number(b)),
  )
})

test('an event of exactly 1 MiB is accepted; one byte more is refused, by its name', async () => {
  const { log } = await serve({ maxAppendSize: 2 * MIB })
  const [small] = events(1)
  const exact = { ...small!, data: JSON.stringify('x'.repeat(MIB - small!.metadata.length - 2)) }
  assert.is((await log.append('call-t.1', 'none', [exact])).revision, 0)
  assert.is((await log.readStream('call-t.1'))[0]!.data, exact.data)
  const { code, details } = await refused(
    log.append('call-t.1', 0, [{ ...exact, id: randomUUID(), data: `${exact.data} ` }]),
  )
  assert.is(code, 'log.event_too_large')
  assert.equal(details, { type: 'Happened', bytes: MIB + 1, limit: MIB })
})

for (const [limit, options] of Object.entries({
  appends: { maxAppendSize: 10_000 },
  events: { maxAppendEventSize: 10_000 },
})) {
  test(`a server with a lower limit for ${limit} is understood, and other appends go on`, async () => {
    const { log } = await serve(options)
    const [large, small] = events(2)
    const [problem, answer] = await Promise.all([
      refused(
        log.append('call-t.1', 'none', [
          ...events(1),
          { ...large!, type: 'Noted', data: JSON.stringify('x'.repeat(10_000)) },
        ]),
      ),
      log.append('call-t.2', 'none', [small!]),
    ])
    assert.is(problem.code, 'log.event_too_large')
    const bytes = 10_002 + 9 + 2 * 'Noted'.length
    assert.equal(problem.details, {
      type: 'Noted',
      bytes: limit === 'events' ? bytes : bytes + 7 + 9 + 2 * 'Happened'.length,
      limit: 10_000,
    })
    assert.is(answer.revision, 0)
  })
}

test('closing a log waits for the appends in flight', async () => {
  const { server, log } = await serve()
  await log.append('call-t.0', 'none', events(1))
  server.answers.close()
  const asked = times(3, (index) => log.append(`call-t.1${index}`, 'none', events(1)))
  await server.answers.has(1)
  const closed = log.close()
  assert.is((await refused(log.append('call-t.2', 'none', events(1)))).code, 'log.unavailable')
  server.answers.open()
  assert.equal(
    (await Promise.all(asked)).map(({ revision }) => revision),
    [0, 0, 0],
  )
  await closed
})

// ── who may ────────────────────────────────────────────────────────────────────────────────────

test('a wrong password, or none, is reported, and nothing is tried again', async () => {
  const { server, url } = await secured()
  const before = server.refused
  for (const user of ['admin:wrong', 'other:right', undefined]) {
    assert.is((await refused(openEventStoreLog({ url: url(user) }))).code, 'log.denied')
  }
  assert.is(server.refused, before + 3)
})

test('a subscription whose password is no longer right ends with that instead of asking on and on', async () => {
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

test('of a cluster every address is asked, even behind +discover: the first may be that of a dead node', async () => {
  const [first, second] = await startCluster(2)
  second!.lead()
  await first!.kill()
  for (const scheme of ['esdb', 'esdb+discover', 'kurrentdb+discover']) {
    const log = await openEventStoreLog({ url: `${scheme}://${first!.address},${second!.address}?tls=false` })
    opened.push(() => log.close())
    assert.is(await log.head(), null)
  }
})

test('addresses: the new name of the server is understood, and an invalid one is reported', async () => {
  const { server } = await serve()
  const log = await openEventStoreLog({ url: server.url().replace('esdb:', 'kurrentdb:') })
  opened.push(() => log.close())
  assert.is(await log.head(), null)
  assert.is((await refused(openEventStoreLog({ url: 'http://127.0.0.1:2113' }))).code, 'log.address')
})

test.run()
