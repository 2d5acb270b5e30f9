/**
 * Readers of a real EventStoreDB that do not keep up with what is written: they read pages and miss nothing, and the
 * log is never reported as away. Needs: EVENT_LOG.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openEventStoreLog } from '@ledgerline/adapters/log/eventstoredb/log.ts'
import type { Problem } from '@ledgerline/core/kernel/problem.ts'
import { follow } from '../../support/log-reading.ts'
import { LogInWorld, newWorld } from './world.ts'
import { events } from './writers.ts'

const test = suite('readers of a real EventStoreDB that fall behind')

test('while thousands of events are written as fast as they are accepted, everything comes once and in order', async () => {
  const told: Problem[] = []
  let away = 0
  const inner = await openEventStoreLog({ url: process.env['EVENT_LOG']!, onTrouble: (problem) => told.push(problem) })
  const log = new LogInWorld(inner, await newWorld(inner))
  const watching = setInterval(() => (away = Math.max(away, log.awayMs())), 5)
  try {
    const [small, large] = [follow(log, null, { pageSize: 50 }), follow(log)]
    await small.until(() => small.headReached)
    await large.until(() => large.headReached)
    const written: string[] = []
    for (let round = 0; round < 20; round++) {
      const appends = Array.from({ length: 50 }, (_, index) => ({
        stream: `call-t.${round}-${index}`,
        expected: 'none' as const,
        events: events(10),
      }))
      await log.appendMany(appends)
      for (const append of appends) written.push(...append.events.map(({ id }) => id))
    }
    for (const tail of [small, large]) {
      await tail.until(() => tail.events.length >= written.length)
      assert.equal(
        tail.events.map(({ id }) => id),
        written,
      )
      await tail.stop()
    }
    assert.is(away, 0)
    assert.not(told.some(({ code }) => code !== 'log.reader_behind'))
    assert.ok(told.length <= 1, 'told once a minute')
  } finally {
    clearInterval(watching)
    await log.close()
  }
})

test.run()
