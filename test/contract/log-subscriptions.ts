/** Contract of every event log: subscriptions, and what a lost connection does to them. */
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import * as assert from 'uvu/assert'
import { everything, follow } from '../support/log-reading.ts'
import { type Can, type LogTests, events, ids, rejection, repeatedly, times } from './log-under-test.ts'

export function subscriptions(test: LogTests, can: Can): void {
  test('a subscription delivers what is there, says when it reached the head, and then what comes', async ({ log }) => {
    await log.append('call-t.1', 'none', events(5))
    const tail = follow(log, null, { pageSize: 2 })
    await tail.until(() => tail.headReached)
    assert.is(tail.events.length, 5)
    await log.append('call-t.2', 'none', events(3))
    await tail.until(() => tail.events.length === 8)
    assert.equal(ids(tail.events), ids(await everything(log)))
    await tail.stop()
  })

  test('a subscription at an empty log says so, and one at the end of a log delivers only what is new', async ({
    log,
  }) => {
    const fromStart = follow(log, null)
    await fromStart.until(() => fromStart.headReached)
    const { position } = await log.append('call-t.1', 'none', events(2))
    const fromHere = follow(log, position)
    await fromHere.until(() => fromHere.headReached)
    await log.append('call-t.1', 1, events(1))
    await fromHere.until(() => fromHere.events.length === 1)
    await fromStart.until(() => fromStart.events.length === 3)
    await Promise.all([fromHere.stop(), fromStart.stop()])
  })

  test('a filtered subscription is not held up by what it leaves out', async ({ log }) => {
    const tail = follow(log, null, { filter: { categories: ['shift'] } })
    await tail.until(() => tail.headReached)
    for (let index = 0; index < 5; index++) {
      await log.append(`call-t.${index}`, 'none', events(2))
      await log.append(`shift-t.${index}`, 'none', events(1))
    }
    const { position } = await log.append('call-t.last', 'none', events(1))
    await tail.until(() => tail.position === position)
    assert.equal(
      tail.events.map(({ stream }) => stream),
      times(5, (index) => `shift-t.${index}`),
    )
    await tail.stop()
  })

  test('a subscription ends when it is aborted, and when the log is closed', async ({ log }) => {
    const aborted = follow(log, null)
    await aborted.until(() => aborted.headReached)
    await aborted.stop()
    const open = follow(log, null)
    await open.until(() => open.headReached)
    await log.close()
    await open.ended
    assert.ok(isProblem(await rejection(log.append('call-t.1', 'none', events(1))), 'log.unavailable'))
  })

  test('8 writers and a reader at the tail: every event once, in order', async ({ under, log }) => {
    const logs = [log, log, log, log, ...(under.another ? [await under.another(), await under.another()] : [])]
    const tails = [follow(log, null), follow(logs.at(-1)!, null, { pageSize: 3 })]
    await Promise.all(
      times(8, async (writer) => {
        for (let index = 0; index < 40; index++)
          await logs[writer % logs.length]!.append(`call-t.${writer}`, index === 0 ? 'none' : index * 2 - 1, events(2))
      }),
    )
    for (const tail of tails) {
      await tail.until(() => tail.events.length >= 640)
      assert.equal(ids(tail.events), ids(await everything(log)))
      assert.is(new Set(ids(tail.events)).size, 640)
      await tail.stop()
    }
    for (const other of new Set(logs)) if (other !== log) await other.close()
  })

  if (can('another', 'hesitate')) {
    test('a writer that has its place and does not finish is never overtaken: 8 writers, one of them slow', async ({
      under,
      log,
    }) => {
      const another = await under.another!()
      const tail = follow(another, null)
      await tail.until(() => tail.headReached)
      const slow = events(3)
      let finished = 0
      for (let round = 0; round < 5; round++) {
        const hesitant = await under.hesitate!(`shift-t.${round}`, round === 0 ? slow : events(1))
        const others = times(7, (writer) =>
          (writer % 2 ? log : another).append(`call-t.${round}.${writer}`, 'none', events(2)),
        )
        // The reader looks again and again while the slow one holds its place.
        for (let look = 0; look < 3; look++) await another.head()
        await hesitant.finish()
        await Promise.all(others)
        finished += 7 * 2 + (round === 0 ? 3 : 1)
        await tail.until(() => tail.events.length >= finished)
      }
      assert.equal(ids(tail.events), ids(await everything(log)))
      for (const { id } of slow) assert.ok(ids(tail.events).includes(id))
      await tail.stop()
      await another.close()
    })
  }

  if (can('another', 'dropConnections')) {
    test('a subscription survives lost connections: nothing is left out, nothing comes twice', async ({
      under,
      log,
    }) => {
      const writer = await under.another!()
      const tail = follow(log, null, { pageSize: 4 })
      await tail.until(() => tail.headReached)
      for (let round = 0; round < 3; round++) {
        await writer.append(`call-t.${round}`, 'none', events(10))
        await under.dropConnections!()
        await repeatedly(() => writer.append(`call-t.${round}.after`, 'any', events(1)))
        await tail.until(() => tail.events.length >= (round + 1) * 11)
      }
      assert.equal(ids(tail.events), ids(await everything(log)))
      assert.is(log.awayMs(), 0)
      await tail.stop()
      await writer.close()
    })
  }

  if (can('dropConnections', 'stall')) {
    test('an append whose answer is lost is a problem that says so, and repeating it reveals the result', async ({
      under,
      log,
    }) => {
      const stalled = await under.stall!()
      const asked = events(2)
      const lost = rejection(log.append('call-t.1', 'none', asked))
      const waiting = follow(log, null)
      await waiting.until(() => waiting.headReached)
      await under.dropConnections!()
      assert.ok(isProblem(await lost, 'log.unavailable'))
      await stalled.release()
      const answer = await repeatedly(() => log.append('call-t.1', 'none', asked))
      assert.is(answer.revision, 1)
      assert.equal(await log.append('call-t.1', 'none', asked), { ...answer, repeated: true })
      assert.equal(ids(await log.readStream('call-t.1')), ids(asked))
      await waiting.stop()
    })
  }
}
