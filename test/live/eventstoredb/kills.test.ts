/**
 * A real EventStoreDB is killed (-9), frozen, and its answers are lost: while it is written to, subscribed to and read.
 * What was acknowledged is in the log, once; repeating reveals what was not; readers continue after the last page they
 * received. Needs: LIVE_EVENTSTORE. Time limit: 300 s.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openEventStoreLog } from '@ledgerline/adapters/log/eventstoredb/log.ts'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import type { EventLog, LogEvent } from '@ledgerline/core/kernel/log.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import { Proxy } from '../../eventstore/proxy.ts'
import { until } from '../../support/gate.ts'
import { everything } from '../../support/log-reading.ts'
import { OwnServer } from './server.ts'
import { events, insist, Writers } from './writers.ts'

const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? 5)
const dice = seededDice(7)

const test = suite<{ server: OwnServer; log: EventLog }>('a real EventStoreDB')

test.before.each(async (context) => {
  context.server = await OwnServer.start()
  context.log = await openEventStoreLog({ url: context.server.url, deadlineMs: 3_000, quietMs: 1_000 })
})
test.after.each(async ({ server, log }) => {
  await log.close()
  await server.remove()
})

test(
  `killed ${ROUNDS} times amid appends: what was acknowledged is there, everything once, at the revision that ` +
    `was reported`,
  async ({ server, log }) => {
    const written = new Writers(log)
    for (let round = 0; round < ROUNDS; round++) {
      const before = written.acknowledged
      await written.until('appends after a restart', () => written.acknowledged > before + 20)
      await pause(dice() * 200)
      await server.kill()
      await pause(dice() * 200)
      await server.start()
    }
    const before = written.acknowledged
    await written.until('appends after the last restart', () => written.acknowledged > before + 20)
    await written.stop()
    assert.ok(written.lost >= ROUNDS, `${written.lost} answers were lost`)
    await written.check(log)
  },
)

test('killed under a subscription: it continues by itself, every event once and in order', async ({ server, log }) => {
  const seen: LogEvent[] = []
  const stop = new AbortController()
  const following = (async () => {
    for await (const page of log.subscribe(null, { signal: stop.signal, pageSize: 50 })) seen.push(...page.events)
  })()
  const written = new Writers(log)
  for (let round = 0; round < ROUNDS; round++) {
    const before = seen.length
    await written.until('events of a subscription after a restart', () => seen.length > before + 50)
    await server.kill()
    await server.start()
  }
  await written.stop()
  const all = await everything(log)
  await until('the rest of the subscription', () => seen.length >= all.length)
  stop.abort()
  await following
  assert.equal(
    seen.map(({ id, position }) => `${id} ${position}`),
    all.map(({ id, position }) => `${id} ${position}`),
  )
})

test('killed while the whole log is read: it fails by name, and continues after the last page', async ({
  server,
  log,
}) => {
  for (let batch = 0; batch < 30; batch++) await log.append(`call-t.${batch}`, 'none', events(500))
  const all = await everything(log)
  assert.is(all.length, 15_000)
  const read: LogEvent[] = []
  let after: Position | null = null
  let failures = 0
  for (let atHead = false; !atHead;) {
    try {
      for await (const page of log.readAll(after, { pageSize: 100 })) {
        read.push(...page.events)
        after = page.position
        atHead = page.atHead
        // What the server has already sent may carry the reader a long way.
        if (failures < 3 && read.length > failures * 5_000) {
          failures++
          await server.kill()
          server.launch()
        }
      }
    } catch (error) {
      if (!isProblem(error, 'log.unavailable')) throw error
      await server.answers()
    }
  }
  assert.is(failures, 3)
  assert.equal(
    read.map(({ id }) => id),
    all.map(({ id }) => id),
  )
})

test('whose answer to an append is lost, with its connection: the same append again reveals the result', async ({
  server,
  log,
}) => {
  const proxy = await Proxy.start({ host: '127.0.0.1', port: server.port })
  const through = await openEventStoreLog({
    url: server.url.replace(String(server.port), String(proxy.port)),
    deadlineMs: 3_000,
  })
  try {
    // Connected, and the call for appends open.
    await through.append('call-t.first', 'none', events(1))
    for (let round = 0; round < ROUNDS; round++) {
      const asked = events(3)
      proxy.fallSilent('to the client')
      const lost = refused(through.append(`call-t.${round}`, 'none', asked))
      await until('the append in the log', async () => (await log.readStream(`call-t.${round}`)).length === 3)
      proxy.drop()
      proxy.speak()
      assert.ok(isProblem(await lost, 'log.unavailable'))
      const answer = await insist(() => through.append(`call-t.${round}`, 'none', asked))
      assert.equal([answer.revision, answer.repeated], [2, true])
      assert.is(answer.position, await log.head())
    }
    assert.is((await everything(log)).length, 1 + ROUNDS * 3)
  } finally {
    await through.close()
    await proxy.close()
  }
})

test('that is frozen: nobody waits beyond the deadline, and what was requested is there once when it continues', async ({
  server,
  log,
}) => {
  const seen: LogEvent[] = []
  const stop = new AbortController()
  const following = (async () => {
    for await (const page of log.subscribe(null, { signal: stop.signal })) seen.push(...page.events)
  })()
  const asked = events(3)
  await log.append('call-t.before', 'none', events(1))
  server.freeze()
  const outcomes = await Promise.all([
    refused(log.append('call-t.1', 'none', asked)),
    refused(log.readStream('call-t.before')),
    refused(log.head()),
  ])
  for (const outcome of outcomes) assert.ok(isProblem(outcome, 'log.unavailable'))
  server.thaw()
  const answer = await insist(() => log.append('call-t.1', 'none', asked))
  assert.is(answer.revision, 2)
  assert.equal(
    (await log.readStream('call-t.1')).map(({ id }) => id),
    asked.map(({ id }) => id),
  )
  await until('the subscription after the thaw', () => seen.length >= 4)
  stop.abort()
  await following
  assert.equal(
    seen.map(({ id }) => id),
    (await everything(log)).map(({ id }) => id),
  )
})

test('under a hundred writers of one stream: each gets through, each event once, without a gap', async ({ log }) => {
  let conflicts = 0
  await Promise.all(
    Array.from({ length: 100 }, async () => {
      const asked = events(2)
      for (let expected = -1; ;) {
        try {
          await log.append('call-t.1', expected < 0 ? 'none' : expected, asked)
          return
        } catch (error) {
          if (!isProblem(error, 'log.conflict')) throw error
          conflicts++
          expected = error.details['actual'] as number
        }
      }
    }),
  )
  const all = await log.readStream('call-t.1')
  assert.ok(conflicts >= 99)
  assert.equal(
    all.map(({ revision }) => revision),
    Array.from({ length: 200 }, (_, index) => index),
  )
  assert.is(new Set(all.map(({ id }) => id)).size, 200)
})

test.run()

async function refused(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    return error
  }
  return assert.unreachable('was not refused')
}
