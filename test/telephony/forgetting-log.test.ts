import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ForgettingLog } from '@ledgerline/adapters/log/forgetting.ts'
import type { StoredEvent } from '@ledgerline/core/kernel/log.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'

let made = 0
const events = (count: number): StoredEvent[] =>
  Array.from({ length: count }, () => ({
    id: `00000000-0000-4000-8000-${String(made++).padStart(12, '0')}`,
    type: 'Happened',
    data: '{}',
    metadata: '{}',
  }))
const refused = (promise: Promise<unknown>, code: string) =>
  promise.then(
    () => assert.unreachable(`expected ${code}`),
    (error) => assert.ok(isProblem(error, code), `expected ${code}, got ${error}`),
  )

/** Reads a subscription until it has delivered this many events. */
async function read(
  log: ForgettingLog,
  count: number,
  options: Parameters<ForgettingLog['subscribe']>[1] = {},
): Promise<string[]> {
  const seen: string[] = []
  const stop = new AbortController()
  for await (const page of log.subscribe(null, { ...options, signal: stop.signal })) {
    for (const { stream, revision } of page.events) seen.push(`${stream} ${revision}`)
    if (seen.length >= count) stop.abort()
  }
  return seen
}

const test = suite('the log that forgets')

test('delivers every event once and in order, even to a reader that waits for the next', async () => {
  const log = new ForgettingLog(() => 0)
  await log.append('call-t.1', 'none', events(2))
  const reading = read(log, 5)
  const filtered = read(log, 2, { filter: { categories: ['shift'] } })
  await log.append('shift-t.1', 'none', events(2))
  await log.append('call-t.1', 1, events(1))
  assert.equal(await reading, ['call-t.1 0', 'call-t.1 1', 'shift-t.1 0', 'shift-t.1 1', 'call-t.1 2'])
  assert.equal(await filtered, ['shift-t.1 0', 'shift-t.1 1'])
})

test('recognises a conflict and a repeated append', async () => {
  const log = new ForgettingLog(() => 0)
  const first = events(2)
  const { position } = await log.append('call-t.1', 'none', first)
  assert.equal(await log.append('call-t.1', 'none', first), { revision: 1, position, repeated: true })
  await refused(log.append('call-t.1', 'none', events(1)), 'log.conflict')
  await refused(log.append('call-t.1', 5, events(1)), 'log.conflict')
  const answers = await log.appendMany([
    { stream: 'call-t.1', expected: 1, events: events(1) },
    { stream: 'call-t.1', expected: 1, events: events(1) },
  ])
  assert.equal(
    answers.map((answer) => 'conflict' in answer),
    [false, true],
  )
})

test('refuses what it has forgotten instead of delivering a part', async () => {
  const log = new ForgettingLog(() => 0)
  const last = 9_999
  for (let revision = -1; revision < last; revision += 100)
    await log.append('shift-t.1', revision < 0 ? 'none' : revision, events(100))
  await read(log, last + 1)
  await refused(log.readStream('shift-t.1'), 'log.unavailable')
  assert.is((await log.readStream('shift-t.1', last - 10)).length, 11)
  await refused(read(log, 1), 'log.unavailable')
  assert.is((await log.append('shift-t.1', last, events(1))).revision, last + 1)
})

test('keeps what one of two readers has not read yet', async () => {
  const log = new ForgettingLog(() => 0)
  const slow = log.subscribe(null)[Symbol.asyncIterator]()
  await slow.next()
  await log.append('call-t.1', 'none', events(3))
  await read(log, 3)
  assert.is((await slow.next()).value?.events.length, 3)
  await slow.return?.()
})

test.run()
