/** A log copied into another: everything arrives, in order and once, however often the copying is killed. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MemoryLog } from '@ledgerline/adapters/log/memory.ts'
import { memoryVault } from '@ledgerline/adapters/keys/memory.ts'
import { openPostgresLog } from '@ledgerline/adapters/log/postgres/log.ts'
import { copyLog, verifyCopy } from '@ledgerline/adapters/log/transfer.ts'
import { catalogue } from '@ledgerline/core/catalogue.ts'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import { Codec } from '@ledgerline/core/kernel/codec.ts'
import { bare, carrying, firstRecordedAt } from '@ledgerline/core/kernel/first-recorded.ts'
import type { EventLog, LogEvent, StoredEvent } from '@ledgerline/core/kernel/log.ts'
import { isProblem, Problem } from '@ledgerline/core/kernel/problem.ts'
import { fill } from '../bench/events.ts'
import { freshDatabase } from '../support/postgres.ts'

const test = suite('log copy')
const EVENTS = 3_000
const codec = new Codec(catalogue, memoryVault())

/** Traffic of a centre, recorded in 2026, a millisecond an append. */
async function original(log?: EventLog): Promise<EventLog> {
  let at = Date.UTC(2026, 0, 5)
  const made = log ?? new MemoryLog(() => (at += 7))
  await fill(made, codec, { events: EVENTS, agents: 20, queues: 3 })
  return made
}
const source = await original()
const all = await events(source)

async function events(log: EventLog): Promise<LogEvent[]> {
  const found: LogEvent[] = []
  for await (const page of log.readAll(null)) found.push(...page.events)
  return found
}

/** Everything a copy must have in common with its original. */
const common = (log: readonly LogEvent[]) =>
  log.map(({ id, type, data, metadata, stream, revision, recordedAt }) => ({
    id,
    type,
    data,
    metadata: bare(metadata),
    stream,
    revision,
    recordedAt,
  }))
const later = () => Date.UTC(2031, 0, 1)

/** A log of which some methods do something else. */
function altered(log: EventLog, methods: Partial<EventLog>): EventLog {
  return new Proxy(log, {
    get: (target, name) =>
      methods[name as keyof EventLog] ??
      ((...given: unknown[]) => (target[name as keyof EventLog] as (...all: unknown[]) => unknown)(...given)),
  })
}

const refused = async (code: string, work: Promise<unknown>): Promise<Problem> => {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!isProblem(error, code)) throw new Error(`expected ${code}, got ${String(error)}`)
  return error
}

test('a copy has every event at its revision, in the order of the whole log, with the time when it was first recorded', async () => {
  const target = new MemoryLog(later)
  const { found, copied, upTo } = await copyLog({ from: source, to: target })
  assert.equal([found, copied, upTo], [0, all.length, all.at(-1)!.position])
  assert.equal(common(await events(target)), common(all))
  assert.equal(await verifyCopy({ from: source, to: target }), { equal: true, events: all.length, finding: null })
  const first = (await events(target))[0]!
  assert.is(first.metadata, `{"r":${all[0]!.recordedAt},${all[0]!.metadata.slice(1)}`)
  assert.is((await target.readStream(first.stream))[0]!.recordedAt, all[0]!.recordedAt)
})

test('decoded, an event of a copy is the original event, except for its position', async () => {
  const target = new MemoryLog(later)
  await copyLog({ from: source, to: target })
  const decoded = async (log: EventLog) =>
    (await codec.decodeAll(await events(log))).map((event) => ({ ...event, position: null }))
  assert.equal(await decoded(target), await decoded(source))
})

test('a copy of a copy is the same to the byte, and may be copied back over its beginning', async () => {
  const [once, twice] = [new MemoryLog(later), new MemoryLog(Date.now)]
  await copyLog({ from: source, to: once })
  await copyLog({ from: once, to: twice })
  const bytes = (log: LogEvent[]) => log.map((event) => ({ ...event, position: null }))
  assert.equal(bytes(await events(twice)), bytes(await events(once)))
  const back = await copyLog({ from: twice, to: source })
  assert.equal([back.found, back.copied], [all.length, 0])
})

test('what is new in a copy has its own time, and what the original received meanwhile is copied next time', async () => {
  const [growing, target] = [await original(), new MemoryLog(later)]
  await copyLog({ from: growing, to: target })
  const [event] = await codec.encode([
    {
      id: '00000000-0000-4000-8000-000000000001',
      event: { type: 'LegAnswered', data: { callId: 'c', legId: 'l' } },
      meta: { tenant: 't', actor: 'a', at: 1, origin: 'live', correlation: null, causation: null },
    },
  ])
  await growing.append('call-t.c', 'none', [event!])
  assert.equal((await verifyCopy({ from: growing, to: target })).finding, {
    after: all.length,
    what: 'missing',
    event: { id: event!.id, type: 'LegAnswered', stream: 'call-t.c', revision: 0, position: await growing.head() },
  })
  const again = await copyLog({ from: growing, to: target })
  assert.equal([again.found, again.copied], [all.length, 1])
  await target.append('call-t.d', 'none', [{ ...event!, id: '00000000-0000-4000-8000-000000000002' }])
  assert.is((await events(target)).at(-1)!.recordedAt, later())
})

test('killed again and again in the middle of a window, with and without its answer: it continues, nothing twice', async () => {
  const target = new MemoryLog(later)
  const dice = seededDice(11)
  let failures = 0
  const failing = altered(target, {
    async appendMany(appends) {
      const taken = Math.floor(dice() * 1.2 * appends.length)
      const done = await target.appendMany(appends.slice(0, taken))
      if (taken >= appends.length) return done
      failures++
      throw new Problem('log.unavailable', { reason: 'killed' })
    },
  })
  for (let done = false; !done;) {
    done = await copyLog({ from: source, to: failing }).then(
      () => true,
      (error: unknown) => {
        if (!isProblem(error, 'log.unavailable')) throw error
        return false
      },
    )
    // Always a prefix of the original.
    const there = await events(target)
    assert.equal(common(there), common(all.slice(0, there.length)))
  }
  assert.ok(failures > 3)
  assert.ok((await verifyCopy({ from: source, to: target })).equal)
})

test('no window is sent before the previous one was acknowledged', async () => {
  const target = new MemoryLog(later)
  let underWay = 0
  const windows: number[] = []
  const slow = altered(target, {
    async appendMany(appends) {
      assert.is(++underWay, 1)
      windows.push(appends.reduce((sum, append) => sum + append.events.length, 0))
      await new Promise((resolve) => setImmediate(resolve))
      const done = await target.appendMany(appends)
      underWay--
      return done
    },
  })
  await copyLog({ from: source, to: slow })
  assert.ok(windows.length >= 3 && Math.max(...windows) <= 2_100, String(windows))
})

test('a target that contains other events is refused, the first is named, and it is left unchanged', async () => {
  const event = (id: number): StoredEvent => ({
    id: `00000000-0000-4000-8000-00000000000${id}`,
    type: 'Strange',
    data: '{}',
    metadata: '{}',
  })
  const other = new MemoryLog(later)
  await other.append('call-x.1', 'none', [event(1), event(2)])
  const { details } = await refused('log.not_a_copy', copyLog({ from: source, to: other }))
  assert.equal(
    [details['type'], details['stream'], details['revision'], details['after']],
    ['Strange', 'call-x.1', 0, 0],
  )
  assert.is((await events(other)).length, 2)
  const further = new MemoryLog(later)
  await copyLog({ from: source, to: further })
  await further.append('call-x.1', 'none', [event(1)])
  assert.is((await refused('log.not_a_copy', copyLog({ from: source, to: further }))).details['after'], all.length)
  assert.is((await verifyCopy({ from: source, to: further })).finding?.what, 'extra')
})

test('another writer to the target meanwhile is noticed', async () => {
  const target = new MemoryLog(later)
  let calls = 0
  const shared = altered(target, {
    async appendMany(appends) {
      // The stream that comes next, started by another.
      if (++calls === 2)
        await target.append(appends.at(-1)!.stream, 'any', [
          { id: '00000000-0000-4000-8000-000000000001', type: 'Strange', data: '{}', metadata: '{}' },
        ])
      return target.appendMany(appends)
    },
  })
  await refused('log.copy_disturbed', copyLog({ from: source, to: shared }))
  await refused('log.not_a_copy', copyLog({ from: source, to: target }))
})

test('a log is not copied into itself, and an empty one not at all', async () => {
  await refused('log.same', copyLog({ from: source, to: source }))
  await refused('log.empty', copyLog({ from: new MemoryLog(later), to: new MemoryLog(later) }))
})

test('verifying tells which event differs, and in what', async () => {
  const change: Record<string, (event: LogEvent) => Partial<LogEvent>> = {
    type: () => ({ type: 'LegRinging' }),
    data: ({ data }) => ({ data: `${data.slice(0, -1)},"more":1}` }),
    metadata: ({ metadata }) => ({ metadata: metadata.replace('"t":"bench"', '"t":"other"') }),
    recordedAt: ({ recordedAt, metadata }) => ({ metadata: carrying(metadata, recordedAt + 1)! }),
    other: () => ({ id: '00000000-0000-4000-8000-000000000001' }),
  }
  for (const [what, changed] of Object.entries(change)) {
    const target = new MemoryLog(later)
    for (const [index, event] of all.slice(0, 60).entries()) {
      const copied = index === 41 ? { ...event, ...changed(event) } : event
      await target.append(event.stream, 'any', [{ ...copied, metadata: carrying(copied.metadata, copied.recordedAt)! }])
    }
    const { equal, finding } = await verifyCopy({ from: source, to: target })
    assert.equal([equal, finding?.after, finding?.what, finding?.event.stream], [false, 41, what, all[41]!.stream])
  }
})

test('metadata carry the time and give it back, whatever else they say', () => {
  for (const metadata of ['{}', '{"t":"x","a":"r","at":1}', '{"at":12,"c":",\\"r\\":7}"}']) {
    const carried = carrying(metadata, 1_767_225_600_000)!
    assert.is(firstRecordedAt(carried, 5), 1_767_225_600_000)
    assert.is(bare(carried), metadata)
    assert.equal(JSON.parse(carried), { r: 1_767_225_600_000, ...JSON.parse(metadata) })
    assert.is(carrying(carried, 9), carried)
    assert.is(firstRecordedAt(metadata, 5), 5)
  }
  assert.is(carrying('', 1), null)
  assert.is(carrying('[1]', 1), null)
})

test('on PostgreSQL: connections cut during the copy, and everything is there once', async () => {
  const [one, other] = [await freshDatabase('copy_from'), await freshDatabase('copy_to')]
  const [from, to] = [await openPostgresLog({ url: one.url }), await openPostgresLog({ url: other.url })]
  try {
    await fill(from, codec, { events: EVENTS, agents: 20, queues: 3 })
    const cutting = altered(to, {
      async appendMany(appends) {
        const done = to.appendMany(appends)
        done.catch(() => {})
        if (cuts > 0) {
          cuts--
          await other.dropConnections()
        }
        return done
      },
    })
    let cuts = 3
    let runs = 0
    for (let done = false; !done; runs++) {
      done = await copyLog({ from, to: cutting }).then(
        () => true,
        (error: unknown) => {
          if (!isProblem(error, 'log.unavailable')) throw error
          return false
        },
      )
    }
    assert.is(cuts, 0)
    const there = await events(to)
    assert.equal(common(there), common(await events(from)))
    assert.equal(await verifyCopy({ from, to }), { equal: true, events: there.length, finding: null })
    assert.is((await to.readStream(there[0]!.stream))[0]!.recordedAt, there[0]!.recordedAt)
  } finally {
    await Promise.all([from.close(), to.close()])
    await Promise.all([one.drop(), other.drop()])
  }
})

test.run()
