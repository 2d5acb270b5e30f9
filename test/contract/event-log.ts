/**
 * What any event log behind the port must do (`core/kernel/log.ts`). An adapter's test calls {@link eventLogContract}
 * with a way to make an empty log; facilities that an adapter cannot have (a connection to lose, a second process) it
 * leaves out, and those tests are left out with it.
 */
import { randomUUID } from 'node:crypto'
import type { EventLog, LogEvent, LogPage, ReadOptions, StoredEvent } from '@ledgerline/core/kernel/log.ts'
import { isConflict } from '@ledgerline/core/kernel/log.ts'
import { isProblem, type Problem } from '@ledgerline/core/kernel/problem.ts'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { everything, follow, refused } from '../support/log-reading.ts'

/** What can be done to a log, or its server, from outside; tests of what cannot be done are left out. */
export type Ability = 'another' | 'dropConnections' | 'hesitate' | 'stall' | 'setClock' | 'cut'

/** An empty log, and what a test can do to it from outside. */
export interface LogUnderTest {
  log: EventLog
  /** The same log as seen by another process. */
  another?(): Promise<EventLog>
  /** Cuts all connections to the server. */
  dropConnections?(): Promise<unknown>
  /** Another process appends, has its place, and does not finish until told to. */
  hesitate?(stream: string, events: readonly StoredEvent[]): Promise<{ finish(): Promise<void> }>
  /** Appends do not get through until they are released. */
  stall?(): Promise<{ release(): Promise<void> }>
  /** Someone removes the events of a stream before a revision. */
  cut?(stream: string, before: number): Promise<void>
  /** From now on the clock by which the log timestamps its events shows this, UTC ms. */
  setClock?(now: number): void
  /** Closes the log and deletes it. */
  remove(): Promise<void>
}

export function eventLogContract(
  name: string,
  make: () => Promise<LogUnderTest>,
  ...abilities: readonly Ability[]
): void {
  const test = suite<{ under: LogUnderTest; log: EventLog }>(`event log contract: ${name}`)
  const can = (...needed: Ability[]): boolean => needed.every((ability) => abilities.includes(ability))

  test.before.each(async (context) => {
    context.under = await make()
    context.log = context.under.log
  })
  test.after.each(async (context) => context.under.remove())

  // ── append and revisions ─────────────────────────────────────────────────────────────────────

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

  // ── reading ──────────────────────────────────────────────────────────────────────────────────

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

  // ── subscriptions ────────────────────────────────────────────────────────────────────────────

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

  test.run()
}

// ── what the tests are written with ────────────────────────────────────────────────────────────

let made = 0

function event(type = 'Happened'): StoredEvent {
  return { id: randomUUID(), type, data: `{"n":${made++}}`, metadata: '{"t":"t","a":"test","at":0}' }
}

const times = <T>(n: number, make: (index: number) => T): T[] => Array.from({ length: n }, (_, index) => make(index))
const events = (n: number) => times(n, () => event())
const ids = (all: readonly { id: string }[]) => all.map(({ id }) => id)

async function collect(pages: AsyncIterable<LogPage>): Promise<LogPage[]> {
  const all = []
  for await (const page of pages) all.push(page)
  return all
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    return error
  }
  return assert.unreachable('was not refused')
}

async function conflict(promise: Promise<unknown>, actual: number): Promise<void> {
  const problem = (await rejection(promise)) as Problem
  assert.is(problem.code, 'log.conflict')
  assert.is(problem.details['actual'], actual)
}

/** Repeats what fails because the log cannot be reached, as a client would. */
async function repeatedly<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask()
    } catch (error) {
      if (!isProblem(error, 'log.unavailable') || attempt === 20) throw error
    }
  }
}
