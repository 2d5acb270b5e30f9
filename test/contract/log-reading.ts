/** Contract of every event log: reading streams and the whole log, and the times that it records. */
import type { EventLog, LogEvent, ReadOptions } from '@ledgerline/core/kernel/log.ts'
import * as assert from 'uvu/assert'
import { everything, follow, refused } from '../support/log-reading.ts'
import { type Can, type LogTests, type LogUnderTest, collect, event, events, ids, times } from './log-under-test.ts'

export function reading(test: LogTests, can: Can): void {
  test('an empty log has no head and one empty page', async ({ log }) => {
    assert.is(await log.head(), null)
    const pages = await collect(log.readAll(null))
    assert.is(pages.length, 1)
    assert.equal(pages[0]!.events, [])
    assert.ok(pages[0]!.atHead)
  })

  test('the whole log is read in the order of its positions, and recorded moments never go back', async ({ log }) => {
    const before = Date.now() - 1
    for (let index = 0; index < 30; index++) await log.append(`call-t.${index % 3}`, 'any', events(2))
    const all = await everything(log)
    assert.is(all.length, 60)
    for (const [index, one] of all.entries()) {
      if (index === 0) continue
      assert.ok(all[index - 1]!.position < one.position)
      assert.ok(all[index - 1]!.recordedAt <= one.recordedAt)
    }
    assert.ok(all[0]!.recordedAt >= before - 60_000 && Number.isInteger(all[0]!.recordedAt))
    assert.is((await log.readStream('call-t.0'))[0]!.recordedAt, all[0]!.recordedAt)
  })

  if (can('cut')) {
    test('a stream with missing events is reported to those who read it, and to nobody else', async ({
      log,
      under,
    }) => {
      const all = events(6)
      await log.append('call-t.1', 'none', all.slice(0, 5))
      await log.append('call-t.2', 'none', events(2))
      await under.cut!('call-t.1', 3)
      for (const from of [0, 2]) {
        const { code, details } = await refused(log.readStream('call-t.1', from))
        assert.is(code, 'log.stream_cut')
        assert.equal(details, { stream: 'call-t.1', revision: from, first: 3 })
      }
      assert.equal(ids(await log.readStream('call-t.1', 3)), ids(all.slice(3, 5)))
      assert.is((await log.readStream('call-t.2')).length, 2)
      assert.is((await log.append('call-t.1', 4, all.slice(5))).revision, 5)
    })
  }

  test('a position that the log has not reached is a problem, never silence', async ({ log }) => {
    const { position } = await log.append('call-t.1', 'none', events(1))
    const ahead = position.replace(/^\d/, '1') as typeof position
    assert.is((await refused(everything(log, ahead))).code, 'log.behind')
    assert.is((await refused(follow(log, ahead).ended)).code, 'log.behind')
  })

  if (can('setClock')) {
    const HOUR = 3_600_000
    const begin = Date.UTC(2026, 0, 31, 10)
    /** Appends at a moment of the log's clock, alternating between calls and imported calls. */
    const noted = async ({ log, setClock }: LogUnderTest, moments: readonly number[]) => {
      for (const [index, moment] of moments.entries()) {
        setClock!(moment)
        await log.append(`${index % 3 === 2 ? 'imported_call' : 'call'}-t.${index % 5}`, 'any', [
          event(index % 2 === 0 ? 'Even' : 'Odd'),
        ])
      }
    }
    /** The latest moment noted for each event or for any before it. */
    const latest = (moments: readonly number[]) => moments.map((_, index) => Math.max(...moments.slice(0, index + 1)))

    for (const [what, moments] of [
      [
        'is set back by an hour',
        [begin, begin + 10, begin - HOUR, begin - HOUR + 20, begin - 1, begin + 10, begin + 11, begin + 12],
      ],
      ['flaps between two nodes', times(24, (index) => begin + 10 * index - (index % 2) * HOUR)],
      [
        'is set back twice, and ahead',
        [
          begin,
          begin - 1000,
          begin - 2000,
          begin + HOUR,
          begin + 5,
          begin + 6,
          begin + HOUR - 1,
          begin + HOUR,
          begin + HOUR + 1,
          begin,
        ],
      ],
      ['says anything', times(40, (index) => begin + ((index * 7919) % 997) * 1000)],
    ] as const) {
      test(`recorded time never goes back, and every reader gives an event the same time: the clock ${what}`, async ({
        under,
        log,
      }) => {
        await noted(under, moments)
        const all = await everything(log)
        assert.equal(
          all.map(({ recordedAt }) => recordedAt),
          latest(moments),
        )
        const right = new Map(all.map(({ id, recordedAt }) => [id, recordedAt]))
        const check = (read: readonly LogEvent[]) =>
          assert.equal(
            read.map(({ recordedAt }) => recordedAt),
            read.map(({ id }) => right.get(id)),
          )
        for (const { position } of all) check(await everything(log, position))
        for (const filter of [
          { categories: ['call'] },
          { categories: ['imported_call'] },
          { exceptCategories: ['imported_call'] },
          { types: ['Odd'] },
          { types: ['Even'], exceptCategories: ['call'] },
        ]) {
          check(await everything(log, null, { filter }))
          check(await everything(log, all[4]!.position, { filter, pageSize: 1 }))
        }
        for (const stream of new Set(all.map(({ stream }) => stream))) check(await log.readStream(stream))
        const tail = follow(log, all[2]!.position)
        await tail.until(() => tail.headReached)
        under.setClock!(begin - 2 * HOUR)
        await log.append('call-t.last', 'none', events(1))
        await tail.until(() => tail.events.length === all.length - 2)
        check(tail.events.slice(0, -1))
        assert.is(tail.events.at(-1)!.recordedAt, all.at(-1)!.recordedAt)
        await tail.stop()
      })
    }

    if (can('another')) {
      test('a reader with a filter, or from the middle, gives an event the same time as one from the beginning', async ({
        under,
      }) => {
        const moments = times(30, (index) => begin + 10 * index - (index > 10 && index < 20 ? HOUR : 0))
        await noted(under, moments)
        const expected = latest(moments)
        for (const read of [
          (log: EventLog) => everything(log, null, { filter: { types: ['Odd'] } }),
          (log: EventLog) => everything(log, null, { filter: { categories: ['imported_call'] }, pageSize: 2 }),
          (log: EventLog) => log.readStream('call-t.3'),
        ]) {
          const other = await under.another!()
          const found = await read(other)
          await other.close()
          const all = await everything(under.log)
          const index = new Map(all.map(({ id }, place) => [id, place]))
          assert.ok(found.length > 2)
          assert.equal(
            found.map(({ recordedAt }) => recordedAt),
            found.map(({ id }) => expected[index.get(id)!]),
          )
        }
      })
    }
  }

  test('pages are no larger than requested, and reading continues from any of them', async ({ log }) => {
    await log.appendMany(times(50, (index) => ({ stream: `call-t.${index}`, expected: 'none', events: events(1) })))
    const pages = await collect(log.readAll(null, { pageSize: 7 }))
    assert.ok(pages.every((page) => page.events.length <= 7))
    assert.equal(
      pages.map((page) => page.atHead),
      pages.map((_, index) => index === pages.length - 1),
    )
    const all = pages.flatMap((page) => page.events)
    assert.is(all.length, 50)
    for (const page of pages) {
      const rest = await everything(log, page.position)
      assert.equal(ids(rest), ids(all.filter(({ position }) => position > page.position)))
    }
    const middle = all[20]!
    assert.equal(ids(await everything(log, middle.position)), ids(all.slice(21)))
  })

  test('reading ends at the head as of when it began', async ({ log }) => {
    await log.appendMany(times(10, (index) => ({ stream: `call-t.${index}`, expected: 'none', events: events(1) })))
    let seen = 0
    for await (const page of log.readAll(null, { pageSize: 3 })) {
      seen += page.events.length
      await log.append('call-t.more', 'any', events(1))
    }
    assert.is(seen, 10)
  })

  test('a filter lets through what it names, and the checkpoint moves past the rest', async ({ log }) => {
    const streams = ['call-t.1', 'imported_call-t.1', 'shift-t.1', 'call_x-t.1', 'callx-t.1', 'shift-t.call-']
    await log.appendMany(streams.map((stream) => ({ stream, expected: 'none', events: [event('A'), event('B')] })))
    const seen = async (filter: ReadOptions['filter']) =>
      (await everything(log, null, { filter: filter! })).map(({ stream, type }) => `${stream} ${type}`)
    const both = (...names: string[]) => names.flatMap((stream) => [`${stream} A`, `${stream} B`])
    assert.equal(await seen({ categories: ['call'] }), both('call-t.1'))
    assert.equal(await seen({ categories: ['call', 'shift'] }), both('call-t.1', 'shift-t.1', 'shift-t.call-'))
    assert.equal(
      await seen({ exceptCategories: ['imported_call'] }),
      both(...streams.filter((name) => !name.startsWith('imported_'))),
    )
    assert.equal(
      await seen({ exceptCategories: ['call', 'shift'] }),
      both('imported_call-t.1', 'call_x-t.1', 'callx-t.1'),
    )
    assert.equal(await seen({ types: ['B'], categories: ['shift'] }), ['shift-t.1 B', 'shift-t.call- B'])
    assert.equal(await seen({ types: ["it's none"] }), [])
    assert.equal(await seen({ categories: [] }), [])
    const pages = await collect(log.readAll(null, { filter: { types: ['none'] }, pageSize: 2 }))
    assert.is(pages.at(-1)!.position, await log.head())
    assert.ok(pages.at(-1)!.atHead)
    const few = await collect(log.readAll(null, { filter: { types: ['B'] }, pageSize: 4 }))
    assert.equal(
      few.map((page) => page.events.length),
      [4, 2],
    )
    const odd = 'A.b|^C$ (通话 📞)'
    await log.append('call-t.odd', 'none', [event(odd), event('Aab'), event('A')])
    assert.equal(await seen({ types: [odd, 'none'], exceptCategories: ['shift'] }), [`call-t.odd ${odd}`])
  })
}
