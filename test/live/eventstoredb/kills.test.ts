/**
 * A real EventStoreDB is killed (-9), frozen, and its answers are lost: while it is written to, subscribed to and read.
 * What was acknowledged is in the log, once; what was not is found out by repeating it; whoever reads goes on behind
 * the last page that he was given. Needs: LIVE_EVENTSTORE. Time limit: 300 s.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openEventStoreLog } from '@ledgerline/adapters/log/eventstoredb/log.ts'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import type { Appended, EventLog, LogEvent, StoredEvent } from '@ledgerline/core/kernel/log.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import { Proxy } from '../../eventstore/proxy.ts'
import { until } from '../../support/gate.ts'
import { OwnServer } from './server.ts'

const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? 5)
const WRITERS = 8
const PATIENCE_MS = 60_000
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

test(`killed ${ROUNDS} times amid appends: what was acknowledged is there, everything once, at the revision that was said`, async ({ server, log }) => {
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
})

test('killed under a subscription: it goes on by itself, every event once and in order', async ({ server, log }) => {
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
  assert.equal(seen.map(({ id, position }) => `${id} ${position}`), all.map(({ id, position }) => `${id} ${position}`))
})

test('killed amid a reading of the whole log: it fails by name, and goes on behind the last page', async ({ server, log }) => {
  for (let batch = 0; batch < 30; batch++) await log.append(`call-t.${batch}`, 'none', events(500))
  const all = await everything(log)
  assert.is(all.length, 15_000)
  const read: LogEvent[] = []
  let after: Position | null = null
  let failures = 0
  for (let atHead = false; !atHead; ) {
    try {
      for await (const page of log.readAll(after, { pageSize: 100 })) {
        read.push(...page.events)
        after = page.position
        atHead = page.atHead
        // What the server has sent already may carry the reader a long way.
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
  assert.equal(read.map(({ id }) => id), all.map(({ id }) => id))
})

test('whose answer to an append is lost, with its connection: the same append again tells what came of it', async ({ server, log }) => {
  const proxy = await Proxy.start({ host: '127.0.0.1', port: server.port })
  const through = await openEventStoreLog({ url: server.url.replace(String(server.port), String(proxy.port)), deadlineMs: 3_000 })
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

test('that is frozen: nobody waits beyond the deadline, and what was asked is there once when it goes on', async ({ server, log }) => {
  const seen: LogEvent[] = []
  const stop = new AbortController()
  const following = (async () => {
    for await (const page of log.subscribe(null, { signal: stop.signal })) seen.push(...page.events)
  })()
  const asked = events(3)
  await log.append('call-t.before', 'none', events(1))
  server.freeze()
  const begun = performance.now()
  const outcomes = await Promise.all([refused(log.append('call-t.1', 'none', asked)), refused(log.readStream('call-t.before')), refused(log.head())])
  const took = performance.now() - begun
  for (const outcome of outcomes) assert.ok(isProblem(outcome, 'log.unavailable'))
  assert.ok(took < 20_000, `${took} ms`)
  server.thaw()
  const answer = await insist(() => log.append('call-t.1', 'none', asked))
  assert.is(answer.revision, 2)
  assert.equal((await log.readStream('call-t.1')).map(({ id }) => id), asked.map(({ id }) => id))
  await until('the subscription after the thaw', () => seen.length >= 4)
  stop.abort()
  await following
  assert.equal(seen.map(({ id }) => id), (await everything(log)).map(({ id }) => id))
})

test('under a hundred writers of one stream: each gets through, each event once, without a hole', async ({ log }) => {
  let conflicts = 0
  await Promise.all(
    Array.from({ length: 100 }, async () => {
      const asked = events(2)
      for (let expected = -1; ; ) {
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
  assert.equal(all.map(({ revision }) => revision), Array.from({ length: 200 }, (_, index) => index))
  assert.is(new Set(all.map(({ id }) => id)).size, 200)
})

test.run()

/** Writers that each append to streams of their own, repeat what was not answered, and keep what was said. */
class Writers {
  /** Appends that were answered. */
  acknowledged = 0
  /** Attempts that were not. */
  lost = 0
  readonly #log: EventLog
  readonly #answers = new Map<string, { ids: string[]; answer: Appended }[]>()
  readonly #writing: Promise<unknown>
  #stopped = false

  constructor(log: EventLog) {
    this.#log = log
    this.#writing = Promise.all(Array.from({ length: WRITERS }, (_, writer) => this.#write(`call-t.writer-${writer}`)))
    this.#writing.catch(() => {})
  }

  /** Waits for something that comes of the writing; a writer that fails ends the wait. */
  async until(what: string, is: () => boolean): Promise<void> {
    await Promise.race([until(what, is), this.#writing])
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#writing
  }

  async #write(stream: string): Promise<void> {
    const answers: { ids: string[]; answer: Appended }[] = []
    this.#answers.set(stream, answers)
    let revision = -1
    while (!this.#stopped) {
      const asked = events(1 + Math.floor(dice() * 4))
      const expected = revision < 0 ? 'none' : revision
      const answer = await insist(() => this.#log.append(stream, expected, asked), () => this.lost++)
      revision += asked.length
      assert.is(answer.revision, revision, `${stream} is where it must be`)
      answers.push({ ids: asked.map(({ id }) => id), answer })
      this.acknowledged++
    }
  }

  /** The log holds what was said, and nothing else. */
  async check(log: EventLog): Promise<void> {
    const byStream = Map.groupBy(await everything(log), ({ stream }) => stream)
    assert.is(byStream.size, WRITERS)
    for (const [stream, answers] of this.#answers) {
      const found = byStream.get(stream)!
      assert.equal(found.map(({ id }) => id), answers.flatMap(({ ids }) => ids), stream)
      assert.equal(found.map(({ revision }) => revision), found.map((_, index) => index))
      for (const { answer } of answers) assert.is(found[answer.revision]!.position, answer.position)
    }
  }
}

function events(count: number): StoredEvent[] {
  return Array.from({ length: count }, () => ({ id: randomUUID(), type: 'Happened', data: '{"a":"通话"}', metadata: '{"t":"t","a":"test","at":0}' }))
}

async function everything(log: EventLog): Promise<LogEvent[]> {
  const all: LogEvent[] = []
  for await (const page of log.readAll(null)) all.push(...page.events)
  return all
}

async function refused(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    return error
  }
  return assert.unreachable('was not refused')
}

/** Repeats what was not answered until it is, as whoever needs it would. */
async function insist<T>(ask: () => Promise<T>, onLost: () => void = () => {}): Promise<T> {
  for (const late = Date.now() + PATIENCE_MS; ; await pause(20)) {
    try {
      return await ask()
    } catch (error) {
      if (!isProblem(error, 'log.unavailable') || Date.now() > late) throw error
      onLost()
    }
  }
}
