/** Contract of every event log: appends, revisions and ids. */
import type { StoredEvent } from '@ledgerline/core/kernel/log.ts'
import { isConflict } from '@ledgerline/core/kernel/log.ts'
import { isProblem, type Problem } from '@ledgerline/core/kernel/problem.ts'
import * as assert from 'uvu/assert'
import { everything } from '../support/log-reading.ts'
import { type Can, type LogTests, conflict, event, events, ids, rejection, times } from './log-under-test.ts'

export function appends(test: LogTests, can: Can): void {
  test('an append answers with the revision and position of its last event', async ({ log }) => {
    const first = await log.append('call-t.1', 'none', events(3))
    const second = await log.append('call-t.1', 2, events(1))
    const other = await log.append('call-t.2', 'none', events(1))
    assert.is(first.revision, 2)
    assert.is(second.revision, 3)
    assert.is(other.revision, 0)
    assert.not(first.repeated)
    assert.ok(first.position < second.position && second.position < other.position, 'positions sort as text')
    assert.is(await log.head(), other.position)
  })

  test('a stream is read back as it was written, to the last byte', async ({ log }) => {
    const texts = [
      '{}',
      '{"a":"通话 📞 \\"quoted\\" \\\\ \\n \\u0000"}',
      `{"long":"${'长文本 '.repeat(20_000)}"}`,
      '{"a":[1,null,{"b":"{}"}],"c":"NULL"}',
      '',
    ]
    const written = texts.map((data, index) => ({
      ...event(`Type${index}`),
      data,
      metadata: texts[texts.length - 1 - index]!,
    }))
    await log.append('call-租户.通话 "1",{x}', 'none', written)
    const read = await log.readStream('call-租户.通话 "1",{x}')
    assert.equal(
      read.map(({ id, type, data, metadata }) => ({ id, type, data, metadata })),
      written,
    )
    assert.equal(
      read.map(({ revision }) => revision),
      [0, 1, 2, 3, 4],
    )
    assert.ok(read.every(({ stream }) => stream === 'call-租户.通话 "1",{x}'))
    assert.equal(await everything(log), read, 'the whole log shows the same')
  })

  test('a stream is read from a revision on, and no more than requested', async ({ log }) => {
    await log.append('call-t.1', 'none', events(10))
    const revisions = async (from?: number, limit?: number) =>
      (await log.readStream('call-t.1', from, limit)).map(({ revision }) => revision)
    assert.equal(await revisions(7), [7, 8, 9])
    assert.equal(await revisions(2, 3), [2, 3, 4])
    assert.equal(await revisions(10), [])
    assert.equal(await log.readStream('call-t.none'), [])
  })

  test('an append at another revision than the stream has is a conflict and writes nothing', async ({ log }) => {
    await log.append('call-t.1', 'none', events(2))
    await conflict(log.append('call-t.1', 'none', events(1)), 1)
    await conflict(log.append('call-t.1', 0, events(1)), 1)
    await conflict(log.append('call-t.1', 2, events(1)), 1)
    await conflict(log.append('call-t.2', 0, events(1)), -1)
    assert.is((await everything(log)).length, 2)
  })

  test('an append at any revision goes to the end of its stream, new or not', async ({ log }) => {
    assert.is((await log.append('call-t.1', 'any', events(2))).revision, 1)
    assert.is((await log.append('call-t.1', 'any', events(1))).revision, 2)
  })

  test('the same events appended again at the same revision change nothing and get the same answer', async ({
    log,
  }) => {
    const begin = events(2)
    const more = events(2)
    const first = await log.append('call-t.1', 'none', begin)
    const second = await log.append('call-t.1', 1, more)
    assert.equal(await log.append('call-t.1', 'none', begin), { ...first, repeated: true })
    assert.equal(await log.append('call-t.1', 1, more), { ...second, repeated: true })
    assert.is((await everything(log)).length, 4)
  })

  test('events that are only partly the same are a conflict', async ({ log }) => {
    const [a, b, c] = events(3) as [StoredEvent, StoredEvent, StoredEvent]
    await log.append('call-t.1', 'none', [a, b])
    await conflict(log.append('call-t.1', 'none', [a, c]), 1)
    await conflict(log.append('call-t.1', 'none', [b, a]), 1)
    await conflict(log.append('call-t.1', 'none', [a, b, c]), 1)
    await conflict(log.append('call-t.1', 0, [a]), 1)
  })

  test('an id already in a stream is not written there again, whatever comes with it; a repetition is not affected', async ({
    log,
  }) => {
    const [a, b, c] = events(3) as [StoredEvent, StoredEvent, StoredEvent]
    await log.append('call-t.1', 'none', [a, b])
    const idUsed = async (append: Promise<unknown>, id: string, revision: number) => {
      const problem = (await rejection(append)) as Problem
      assert.equal([problem.code, problem.details], ['log.id_used', { stream: 'call-t.1', id, revision }])
    }
    await idUsed(log.append('call-t.1', 1, [a]), a.id, 0)
    await idUsed(log.append('call-t.1', 1, [c, { ...event('Other'), id: b.id }]), b.id, 1)
    await idUsed(log.append('call-t.1', 'any', [b]), b.id, 1)
    await idUsed(log.append('call-t.1', 1, [c, c]), c.id, 2)
    assert.equal(ids(await log.readStream('call-t.1')), ids([a, b]))
    assert.ok((await log.append('call-t.1', 'none', [a, b])).repeated)
    assert.is((await log.append('call-t.1', 1, [c])).revision, 2, 'what was refused before may be written now')
    assert.is((await log.append('call-t.2', 'none', [a])).revision, 0, 'another stream')
    assert.is(new Set(ids(await log.readStream('call-t.1'))).size, 3)
  })

  test('of many appends only the one that would write an id twice is refused', async ({ log }) => {
    const [a, b] = events(2) as [StoredEvent, StoredEvent]
    await log.append('call-t.1', 'none', [a])
    const asked = [
      { stream: 'call-t.2', expected: 'none' as const, events: [b] },
      { stream: 'call-t.1', expected: 0, events: [event(), a] },
      { stream: 'call-t.3', expected: 'none' as const, events: events(1) },
    ]
    const problem = (await rejection(log.appendMany(asked))) as Problem
    assert.equal([problem.code, problem.details['revision']], ['log.id_used', 0])
    const results = await log.appendMany([asked[0]!, asked[2]!])
    assert.equal(
      results.map((result) => isConflict(result) || result.revision),
      [0, 0],
    )
    assert.equal((await everything(log)).length, 3)
  })

  test('a log that contains an id twice is copied unchanged', async ({ log }) => {
    const [a, b] = events(2) as [StoredEvent, StoredEvent]
    const copied = true as const
    await log.appendMany([{ stream: 'call-t.1', expected: 'none', events: [a, b], copied }])
    await log.appendMany([
      { stream: 'call-t.1', expected: 1, events: [a, a], copied },
      { stream: 'call-t.2', expected: 'none', events: [b, b], copied },
    ])
    assert.equal(ids(await log.readStream('call-t.1')), ids([a, b, a, a]))
    assert.equal((await everything(log)).length, 6)
    const problem = (await rejection(log.append('call-t.1', 3, [b]))) as Problem
    assert.is(problem.code, 'log.id_used')
    assert.is((await log.append('call-t.1', 3, events(1))).revision, 4, 'and such a stream goes on')
  })

  if (can('another')) {
    test('an id that another process wrote is known too', async ({ under, log }) => {
      const another = await under.another!()
      const [a, b, c] = events(3) as [StoredEvent, StoredEvent, StoredEvent]
      await log.append('call-t.1', 'none', [a])
      await another.append('call-t.1', 0, [b])
      for (const used of [a, b])
        for (const one of [log, another])
          assert.is(((await rejection(one.append('call-t.1', 1, [used]))) as Problem).code, 'log.id_used')
      assert.is((await log.append('call-t.1', 1, [c])).revision, 2)
      assert.is((await another.append('call-t.1', 2, events(1))).revision, 3)
      await another.close()
    })
  }

  test('of writers that race for a revision one wins, and the others learn of it', async ({ log }) => {
    const results = await Promise.allSettled(times(20, () => log.append('call-t.1', 'none', events(2))))
    assert.is(results.filter(({ status }) => status === 'fulfilled').length, 1)
    for (const result of results) if (result.status === 'rejected') assert.ok(isProblem(result.reason, 'log.conflict'))
    assert.is((await everything(log)).length, 2)
  })

  test('many appends are each answered on their own, in the order requested', async ({ log }) => {
    await log.append('call-t.taken', 'none', events(1))
    const repeated = events(1)
    await log.append('call-t.known', 'none', repeated)
    const results = await log.appendMany([
      { stream: 'call-t.1', expected: 'none', events: events(2) },
      { stream: 'call-t.taken', expected: 'none', events: events(1) },
      { stream: 'call-t.known', expected: 'none', events: repeated },
      { stream: 'call-t.2', expected: 'any', events: events(1) },
      { stream: 'call-t.1', expected: 1, events: events(1) },
    ])
    assert.equal(
      results.map((result) =>
        isConflict(result) ? `conflict ${result.actual}` : `${result.revision} ${result.repeated}`,
      ),
      ['1 false', 'conflict 0', '0 true', '0 false', '2 false'],
    )
    assert.equal(await log.appendMany([]), [])
  })

  test('thousands of appends at once are all written, each stream in order', async ({ log }) => {
    const results = await log.appendMany(
      times(3_000, (index) => ({ stream: `call-t.${index % 1_000}`, expected: 'any', events: events(2) })),
    )
    assert.is(results.filter((result) => !isConflict(result)).length, 3_000)
    assert.is((await everything(log)).length, 6_000)
    assert.equal(
      (await log.readStream('call-t.7')).map(({ revision }) => revision),
      [0, 1, 2, 3, 4, 5],
    )
  })

  test('many appends are carried out in order over the whole log, even several to one stream', async ({ log }) => {
    const asked = times(400, (index) => ({
      stream: `call-t.${(index * index) % 23}`,
      expected: 'any' as const,
      events: events(1 + (index % 3)),
    }))
    await log.appendMany(asked)
    assert.equal(
      (await everything(log)).map(({ id }) => id),
      asked.flatMap((append) => append.events.map(({ id }) => id)),
    )
  })

  test('an event above the limit is refused by name and size; anything else requested at the same time is written', async ({
    log,
  }) => {
    const large = { ...event('Noted'), data: JSON.stringify('x'.repeat(1024 * 1024)) }
    const [refused, taken] = await Promise.allSettled([
      log.append('call-t.1', 'none', [event(), large]),
      log.append('call-t.2', 'none', events(1)),
    ])
    const problem = refused.status === 'rejected' ? (refused.reason as Problem) : null
    assert.is(problem?.code, 'log.event_too_large')
    assert.equal(problem?.details, { type: 'Noted', bytes: 1024 * 1024 + 29, limit: 1024 * 1024 })
    assert.is(taken.status, 'fulfilled')
    assert.equal(await log.readStream('call-t.1'), [])
    await log.append('call-t.1', 'none', [{ ...large, data: JSON.stringify('通'.repeat(349_000)) }])
  })

  test('a malformed append harms nobody else', async ({ log }) => {
    const wrong = [
      log.append('call-t.1', 'none', [{ ...event(), id: 'no uuid' }]),
      log.append('call-t.1', 'none', []),
      log.append('nocategory', 'none', events(1)),
      log.append('call-t.\0', 'none', events(1)),
      log.append('call-t.1', 'none', [{ ...event(), data: '"\0"' }]),
    ]
    const right = log.append('call-t.2', 'none', events(1))
    for (const result of await Promise.allSettled(wrong)) assert.is(result.status, 'rejected')
    assert.is((await right).revision, 0)
    assert.is((await everything(log)).length, 1)
  })
}
