/** A log copied into EventStoreDB and back, while the server fails: everything arrives, in order and once. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openEventStoreLog } from '@ledgerline/adapters/log/eventstoredb/log.ts'
import { memoryVault } from '@ledgerline/adapters/keys/memory.ts'
import { MemoryLog } from '@ledgerline/adapters/log/memory.ts'
import { copyLog, verifyCopy } from '@ledgerline/adapters/log/transfer.ts'
import { catalogue } from '@ledgerline/core/catalogue.ts'
import { Codec } from '@ledgerline/core/kernel/codec.ts'
import type { EventLog, LogEvent } from '@ledgerline/core/kernel/log.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import { fill } from '../bench/events.ts'
import { StandIn } from '../eventstore/standin.ts'

const test = suite('log copy and EventStoreDB')
const opened: (() => unknown)[] = []
test.after.each(async () => {
  for (const close of opened.splice(0).reverse()) await close()
})

let at = Date.UTC(2026, 0, 5)
const source = new MemoryLog(() => (at += 7))
await fill(source, new Codec(catalogue, memoryVault()), { events: 5_000, agents: 20, queues: 3 })

async function serve(): Promise<{ server: StandIn; log: EventLog }> {
  const server = await StandIn.start()
  opened.push(() => server.close())
  const log = await openEventStoreLog({ url: server.url() })
  opened.push(() => log.close())
  return { server, log }
}

async function events(log: EventLog): Promise<LogEvent[]> {
  const found: LogEvent[] = []
  for await (const page of log.readAll(null)) found.push(...page.events)
  return found
}

const ids = (log: readonly LogEvent[]) => log.map(({ id }) => id)

/** Runs until it is through; returns how often it failed. */
async function persist(work: () => Promise<unknown>): Promise<number> {
  for (let failures = 0; ; failures++) {
    const done = await work().then(
      () => true,
      (error: unknown) => {
        if (!isProblem(error, 'log.unavailable')) throw error
        return false
      },
    )
    if (done) return failures
  }
}

test('there and back again the log is the same: ids, data, metadata, revisions, order, and first recorded times', async () => {
  const { log } = await serve()
  await copyLog({ from: source, to: log })
  assert.ok((await verifyCopy({ from: source, to: log })).equal)
  const back = new MemoryLog(Date.now)
  await copyLog({ from: log, to: back })
  assert.equal(await verifyCopy({ from: source, to: back }), {
    equal: true,
    events: (await events(source)).length,
    finding: null,
  })
})

for (const how of ['written', 'not written'] as const) {
  test(
    `connections are lost in the middle of a window, the append under way is ${how}: run again it continues, and no append has overtaken ` +
      `another`,
    async () => {
      const { server, log } = await serve()
      const all = ids(await events(source))
      let windows = 0
      const losing = new Proxy(log, {
        get(target, name) {
          if (name !== 'appendMany') return (target[name as 'head'] as (...given: unknown[]) => unknown).bind(target)
          return (...given: Parameters<EventLog['appendMany']>) => {
            // Not the first append of a log, and not for ever.
            if (++windows % 2 === 0 && windows < 7) void server.loseNextAnswer(how)
            return target.appendMany(...given)
          }
        },
      })
      const failures = await persist(async () => {
        try {
          await copyLog({ from: source, to: losing })
        } finally {
          const there = ids(await events(log).catch(() => []))
          assert.equal(there, all.slice(0, there.length))
        }
      })
      assert.ok(failures >= 2, String(failures))
      assert.equal(ids(await events(log)), all)
      assert.ok((await verifyCopy({ from: source, to: log })).equal)
    },
  )
}

test('a server that is killed during the copy, and comes back: run again it continues', async () => {
  const { server, log } = await serve()
  server.answers.close()
  const first = copyLog({ from: source, to: log })
  first.catch(() => {})
  await server.answers.has(1)
  await server.kill()
  server.answers.open()
  await server.revive()
  const failed = await first.then(
    () => null,
    (error: unknown) => error,
  )
  assert.ok(isProblem(failed, 'log.unavailable'), String(failed))
  await persist(() => copyLog({ from: source, to: log }))
  assert.equal(ids(await events(log)), ids(await events(source)))
})

test.run()
