/**
 * Commands: decided on what is in the log, appended once, answered once. On a real PostgreSQL log,
 * with what can go wrong between the two put in between.
 */
import { randomUUID } from 'node:crypto'
import { realClock } from '@ledgerline/adapters/clock/real.ts'
import { memoryVault } from '@ledgerline/adapters/keys/memory.ts'
import { openAnswers, type OpenAnswerBook } from '@ledgerline/adapters/log/postgres/answers.ts'
import { openPostgresLog } from '@ledgerline/adapters/log/postgres/log.ts'
import { Codec } from '@ledgerline/core/kernel/codec.ts'
import { type CommandEnvelope, Commands, eventId } from '@ledgerline/core/kernel/command.ts'
import { derivedId } from '@ledgerline/core/kernel/derived-id.ts'
import type { Decider } from '@ledgerline/core/kernel/decider.ts'
import { defineEvents, event, type EventsOf } from '@ledgerline/core/kernel/event.ts'
import type { EventLog } from '@ledgerline/core/kernel/log.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { refused } from '../support/log-reading.ts'
import { freshDatabase, type TestDatabase } from '../support/postgres.ts'

// ── a concept small enough to see through: a till that is never overdrawn ──────────────────────────

const tillEvents = defineEvents({
  Paid: event('Money came in.', { amount: z.number() }),
  Drawn: event('Money went out.', { amount: z.number(), receipt: z.string() }),
})
type TillCommand = { do: 'pay' | 'draw' | 'count'; amount: number }
type Till = Decider<number, TillCommand, EventsOf<typeof tillEvents>>

let decisions = 0

const till: Till = {
  category: 'till',
  initial: 0,
  decide(command, balance, { newId }) {
    decisions++
    if (command.do === 'count') return []
    if (command.do === 'pay') return [{ type: 'Paid', data: { amount: command.amount } }]
    if (command.amount > balance) throw new Problem('till.overdrawn', { balance }, { where: 'amount' })
    return [{ type: 'Drawn', data: { amount: command.amount, receipt: newId() } }]
  },
  evolve: (balance, { type, data }) => (type === 'Paid' ? balance + data.amount : balance - data.amount),
}

interface Context {
  database: TestDatabase
  log: EventLog
  answers: OpenAnswerBook
  commands: Commands
}

const test = suite<Context>('commands')

const handler = (log: EventLog, answers: OpenAnswerBook) =>
  new Commands({ log, answers, codec: new Codec(tillEvents, memoryVault()), clock: realClock, dice: Math.random })

test.before.each(async (context) => {
  context.database = await freshDatabase('commands')
  context.log = await openPostgresLog({ url: context.database.url })
  context.answers = await openAnswers(context.database.url, Date.now)
  context.commands = handler(context.log, context.answers)
})
test.after.each(async ({ database, log, answers }) => {
  await log.close()
  await answers.close()
  await database.drop()
})

const envelope = (commandId: string = randomUUID(), more: Partial<CommandEnvelope> = {}): CommandEnvelope => ({
  tenant: 't',
  commandId,
  actor: 'test',
  ...more,
})

/** The log, with something done before or after its appends. */
const appending = (log: EventLog, append: EventLog['append']): EventLog =>
  new Proxy(log, {
    get(target, name) {
      if (name === 'append') return append
      const value = Reflect.get(target, name) as unknown
      return typeof value === 'function' ? value.bind(target) : value
    },
  })

const types = async (log: EventLog) => (await log.readStream('till-t.1')).map(({ type }) => type)

test('a command is decided, appended and answered', async ({ log, commands }) => {
  assert.equal(await commands.handle(till, '1', { do: 'pay', amount: 5 }, envelope()), {
    revision: 0,
    position: await log.head(),
    events: ['Paid'],
  })
  assert.equal(await commands.handle(till, '1', { do: 'draw', amount: 2 }, envelope()), {
    revision: 1,
    position: await log.head(),
    events: ['Drawn'],
  })
  assert.equal(await types(log), ['Paid', 'Drawn'])
})

test('a command that changes nothing is answered without a position', async ({ log, commands }) => {
  assert.equal(await commands.handle(till, '1', { do: 'count', amount: 0 }, envelope()), {
    revision: -1,
    position: null,
    events: [],
  })
  assert.is(await log.head(), null)
})

test('a repeated command changes nothing and gets the same answer, even by another process', async ({
  log,
  answers,
  commands,
}) => {
  const asked = envelope()
  const first = await commands.handle(till, '1', { do: 'pay', amount: 5 }, asked)
  await commands.handle(till, '1', { do: 'draw', amount: 5 }, envelope())
  decisions = 0
  assert.equal(await commands.handle(till, '1', { do: 'pay', amount: 5 }, asked), first)
  assert.equal(await handler(log, answers).handle(till, '1', { do: 'pay', amount: 5 }, asked), first)
  assert.is(decisions, 0)
  assert.equal(await types(log), ['Paid', 'Drawn'])
})

test('a refusal is kept: the same command is refused the same way, even if it would pass by now', async ({
  log,
  commands,
}) => {
  const asked = envelope()
  const first = await refused(commands.handle(till, '1', { do: 'draw', amount: 5 }, asked))
  assert.is(first.code, 'till.overdrawn')
  await commands.handle(till, '1', { do: 'pay', amount: 9 }, envelope())
  const second = await refused(commands.handle(till, '1', { do: 'draw', amount: 5 }, asked))
  assert.equal([second.code, second.details, second.where], ['till.overdrawn', { balance: 0 }, 'amount'])
  await commands.handle(till, '1', { do: 'draw', amount: 5 }, envelope())
  assert.equal(await types(log), ['Paid', 'Drawn'])
})

test('a command id that comes back with different content is refused', async ({ log, commands }) => {
  const asked = envelope()
  await commands.handle(till, '1', { do: 'pay', amount: 5 }, asked)
  assert.is((await refused(commands.handle(till, '1', { do: 'pay', amount: 6 }, asked))).code, 'command.reused')
  assert.is((await refused(commands.handle(till, '2', { do: 'pay', amount: 5 }, asked))).code, 'command.reused')
  assert.is(
    (await commands.handle(till, '1', { do: 'pay', amount: 6 }, { ...asked, tenant: 'u' })).revision,
    0,
    'another tenant has ids of its own',
  )
  assert.equal(await types(log), ['Paid'])
})

test('on a conflict the stream is loaded and decided on again', async ({ log, answers, commands }) => {
  await commands.handle(till, '1', { do: 'pay', amount: 5 }, envelope())
  let conflicts = 0
  const raced = appending(log, async (stream, expected, events) => {
    // Someone else draws first, twice.
    if (conflicts++ < 2) await commands.handle(till, '1', { do: 'draw', amount: 2 }, envelope())
    return log.append(stream, expected, events)
  })
  assert.is((await handler(raced, answers).handle(till, '1', { do: 'draw', amount: 1 }, envelope())).revision, 3)
  conflicts = 0
  await commands.handle(till, '1', { do: 'pay', amount: 4 }, envelope())
  const late = await refused(handler(raced, answers).handle(till, '1', { do: 'draw', amount: 2 }, envelope()))
  assert.equal([late.code, late.details], ['till.overdrawn', { balance: 0 }], 'decided on what the others left')
})

test('a stream that never comes to rest is a conflict in the end, which is not kept', async ({
  log,
  answers,
  commands,
}) => {
  let attempts = 0
  const raced = appending(log, async (stream, expected, events) => {
    attempts++
    await commands.handle(till, '1', { do: 'pay', amount: 1 }, envelope())
    return log.append(stream, expected, events)
  })
  const asked = envelope()
  assert.is(
    (await refused(handler(raced, answers).handle(till, '1', { do: 'pay', amount: 100 }, asked))).code,
    'log.conflict',
  )
  assert.is(attempts, 8)
  assert.equal((await commands.handle(till, '1', { do: 'pay', amount: 100 }, asked)).events, ['Paid'])
})

test('if the log’s answer is lost after the append, the repeated command gets the answer, and nothing is written twice', async ({
  log,
  answers,
  commands,
}) => {
  const lost = appending(log, async (stream, expected, events) => {
    await log.append(stream, expected, events)
    throw new Problem('log.unavailable', { reason: 'connection lost' })
  })
  const asked = envelope()
  assert.is(
    (await refused(handler(lost, answers).handle(till, '1', { do: 'pay', amount: 5 }, asked))).code,
    'log.unavailable',
  )
  const { position } = (await log.readStream('till-t.1'))[0]!
  await commands.handle(till, '1', { do: 'draw', amount: 1 }, envelope())
  assert.equal(await commands.handle(till, '1', { do: 'pay', amount: 5 }, asked), {
    revision: 0,
    position,
    events: ['Paid'],
  })
  assert.equal(await types(log), ['Paid', 'Drawn'])
})

test('if nothing was written, the repeated command is carried out', async ({ log, answers, commands }) => {
  const gone = appending(log, () => Promise.reject(new Problem('log.unavailable', { reason: 'gone' })))
  const asked = envelope()
  await refused(handler(gone, answers).handle(till, '1', { do: 'pay', amount: 5 }, asked))
  assert.is(await log.head(), null)
  assert.equal((await commands.handle(till, '1', { do: 'pay', amount: 5 }, asked)).events, ['Paid'])
})

test('the same command from several at once is written once, and all get one answer', async ({ log, answers }) => {
  const asked = envelope()
  const processes = Array.from({ length: 6 }, () => handler(log, answers))
  const all = await Promise.all(processes.map((one) => one.handle(till, '1', { do: 'pay', amount: 5 }, asked)))
  assert.equal(await types(log), ['Paid'])
  for (const answer of all) assert.equal(answer, all[0])
})

test('draws of many at once never overdraw, and none is lost', async ({ log, commands }) => {
  await commands.handle(till, '1', { do: 'pay', amount: 6 }, envelope())
  const results = await Promise.allSettled(
    Array.from({ length: 8 }, () => commands.handle(till, '1', { do: 'draw', amount: 1 }, envelope())),
  )
  const drawn = results.filter(({ status }) => status === 'fulfilled').length
  for (const result of results)
    if (result.status === 'rejected')
      assert.ok(['till.overdrawn', 'log.conflict'].includes((result.reason as Problem).code))
  assert.is((await types(log)).filter((type) => type === 'Drawn').length, drawn)
  assert.ok(drawn <= 6)
})

test('ids of events and of what they name are derived from the command, so that a second decision gives the same', async ({
  log,
  answers,
  commands,
}) => {
  await commands.handle(till, '1', { do: 'pay', amount: 5 }, envelope())
  const asked = envelope()
  const receipts: string[] = []
  const watched = appending(log, (stream, expected, events) => {
    receipts.push(events[0]!.data)
    return receipts.length === 1
      ? Promise.reject(new Problem('log.conflict', { stream, expected, actual: 0 }))
      : log.append(stream, expected, events)
  })
  await handler(watched, answers).handle(till, '1', { do: 'draw', amount: 1 }, asked)
  assert.is(receipts.length, 2)
  assert.is(receipts[0], receipts[1])
  assert.is((await log.readStream('till-t.1'))[1]!.id, eventId(asked.commandId, 'till-t.1', 1))
})

test('what happened before the last event of its stream is recorded with that event’s time', async ({
  log,
  commands,
}) => {
  const at = Date.now()
  await commands.handle(till, '1', { do: 'pay', amount: 5 }, envelope(undefined, { at }))
  await commands.handle(till, '1', { do: 'pay', amount: 5 }, envelope(undefined, { at: at - 1000 }))
  assert.equal(
    (await log.readStream('till-t.1')).map(({ metadata }) => (JSON.parse(metadata) as { at: number }).at),
    [at, at],
  )
})

test('a process that knows the stream need not load it, and is corrected if it was mistaken', async ({
  log,
  answers,
  commands,
}) => {
  let loads = 0
  const counted = new Proxy(log, {
    get(target, name) {
      if (name === 'readStream') loads++
      const value = Reflect.get(target, name) as unknown
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const process = handler(counted, answers)
  await process.carryOut(till, '1', { do: 'pay', amount: 5 }, envelope(), { state: 0, revision: -1, lastAt: 0 })
  await process.carryOut(till, '1', { do: 'draw', amount: 5 }, envelope(), { state: 5, revision: 0, lastAt: 0 })
  assert.is(loads, 0)
  const late = await refused(
    process.carryOut(till, '1', { do: 'draw', amount: 5 }, envelope(), { state: 5, revision: 0, lastAt: 0 }),
  )
  assert.is(late.code, 'till.overdrawn')
  assert.is(loads, 1)
  assert.is((await commands.handle(till, '1', { do: 'pay', amount: 1 }, envelope())).revision, 2)
})

test('a process that does a thing again under the same name writes it again, under new ids', async ({
  log,
  commands,
}) => {
  const again = envelope('desk:17:00')
  await commands.carryOut(till, '1', { do: 'pay', amount: 5 }, envelope())
  await commands.carryOut(till, '1', { do: 'draw', amount: 1 }, again, { state: 5, revision: 0, lastAt: 0 })
  await commands.carryOut(till, '1', { do: 'pay', amount: 2 }, envelope())
  // It has seen its first draw, and decides on what has happened since. Here someone else is faster: it loads.
  await commands.carryOut(till, '1', { do: 'pay', amount: 2 }, envelope())
  await commands.carryOut(till, '1', { do: 'draw', amount: 1 }, again, { state: 6, revision: 2, lastAt: 0 })
  await commands.carryOut(till, '1', { do: 'draw', amount: 1 }, again, { state: 7, revision: 4, lastAt: 0 })
  const stored = await log.readStream('till-t.1')
  assert.equal(
    stored.map(({ type }) => type),
    ['Paid', 'Drawn', 'Paid', 'Paid', 'Drawn', 'Drawn'],
  )
  assert.is(new Set(stored.map(({ id }) => id)).size, 6)
  assert.is(
    new Set(stored.filter(({ type }) => type === 'Drawn').map(({ data }) => data)).size,
    3,
    'nor do they give out an id twice',
  )
  // A caller that knows nothing and asks again means what was done.
  assert.is((await commands.carryOut(till, '1', { do: 'draw', amount: 1 }, again)).answer.revision, 1)
})

test('what an earlier version of the program wrote is still found', async ({ log, commands }) => {
  const asked = envelope()
  const metadata = JSON.stringify({ t: 't', a: 'test', at: 1 })
  const draw = (index: number) => ({
    id: derivedId(asked.commandId, `event${index}`),
    type: 'Paid',
    data: '{"amount":1}',
    metadata,
  })
  await log.append('till-t.1', 'none', [draw(0), draw(1)])
  await commands.handle(till, '1', { do: 'pay', amount: 2 }, envelope())
  const { revision, events } = await commands.handle(till, '1', { do: 'pay', amount: 1 }, asked)
  assert.equal([revision, events], [1, ['Paid', 'Paid']])
  assert.is((await log.readStream('till-t.1')).length, 3)
})

test.run()
