/**
 * The largest configuration, 20,000 agents and as many extensions, on PostgreSQL, and a quarter of it on the other logs (the
 * largest there too in a deep run): no event and no append is large, what did not change is not written again, and it is
 * read back whole.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { memoryVault } from '@ledgerline/adapters/keys/memory.ts'
import { openEventStoreLog } from '@ledgerline/adapters/log/eventstoredb/log.ts'
import { MemoryLog } from '@ledgerline/adapters/log/memory.ts'
import { memoryAnswers } from '@ledgerline/adapters/log/postgres/answers.ts'
import { openPostgresLog } from '@ledgerline/adapters/log/postgres/log.ts'
import { realClock } from '@ledgerline/adapters/clock/real.ts'
import { catalogue } from '@ledgerline/core/catalogue.ts'
import { CONFIGURATION_ID, configurationDecider } from '@ledgerline/core/configuration/configuration.ts'
import { Codec } from '@ledgerline/core/kernel/codec.ts'
import { Commands } from '@ledgerline/core/kernel/command.ts'
import type { EventLog, StoredEvent } from '@ledgerline/core/kernel/log.ts'
import { StandIn } from '../eventstore/standin.ts'
import { times } from '../support/depth.ts'
import { LARGEST, largeConfiguration, type LargeConfiguration } from '../support/large-configuration.ts'
import { freshDatabase } from '../support/postgres.ts'

const test = suite('the largest configuration')

const MOST_BYTES = 256 * 1024
const bytesOf = ({ data, metadata }: StoredEvent) => Buffer.byteLength(data) + Buffer.byteLength(metadata)

/** A log, and how large each of its appends was. */
function watched(log: EventLog): { log: EventLog; appends: number[]; events: number[] } {
  const appends: number[] = []
  const events: number[] = []
  const note = (stored: readonly StoredEvent[]): void => {
    const sizes = stored.map(bytesOf)
    events.push(...sizes)
    appends.push(sizes.reduce((sum, size) => sum + size, 0))
  }
  const seen = new Proxy(log, {
    get(of, name) {
      if (name === 'append')
        return (...[stream, expected, stored]: Parameters<EventLog['append']>) => {
          note(stored)
          return of.append(stream, expected, stored)
        }
      if (name === 'appendMany')
        return (all: Parameters<EventLog['appendMany']>[0]) => {
          for (const { events: stored } of all) note(stored)
          return of.appendMany(all)
        }
      const value: unknown = Reflect.get(of, name)
      return typeof value === 'function' ? (value.bind(of) as unknown) : value
    },
  })
  return { log: seen, appends, events }
}

/** On the other logs: events are cut to size before any log sees them. */
const ELSEWHERE = times('LARGE', LARGEST / 4, LARGEST)

const logs: [name: string, count: number, open: () => Promise<{ log: EventLog; close(): Promise<void> }>][] = [
  [
    'memory',
    ELSEWHERE,
    async () => {
      const log = new MemoryLog(() => Date.now())
      return { log, close: () => log.close() }
    },
  ],
  [
    'PostgreSQL',
    LARGEST,
    async () => {
      const database = await freshDatabase('large_configuration')
      const log = await openPostgresLog({ url: database.url })
      return { log, close: () => log.close().then(() => database.drop()) }
    },
  ],
  [
    'EventStoreDB (stand-in)',
    ELSEWHERE,
    async () => {
      const server = await StandIn.start()
      // A quarter of what a server allows by default.
      server.limitAppends(MOST_BYTES)
      const log = await openEventStoreLog({ url: server.url() })
      return { log, close: () => log.close().then(() => server.close()) }
    },
  ],
]

for (const [name, count, open] of logs)
  test(`A3.2.1-add, A3.2.2.5-reload: ${count} agents and extensions in small events, written once: ${name}`, async () => {
    const { log: inner, close } = await open()
    try {
      const { log, appends, events } = watched(inner)
      const vault = memoryVault()
      /** As a process that begins now. */
      const commands = () =>
        new Commands({
          log,
          codec: new Codec(catalogue, vault, log),
          clock: realClock,
          dice: Math.random,
          answers: memoryAnswers(() => Date.now()),
        })
      let asked = 0
      const asking = commands()
      const activate = async (command: LargeConfiguration) => {
        const from = events.length
        const envelope = { tenant: 't', commandId: `large-${++asked}`, actor: 'test' }
        await asking.carryOut(configurationDecider, CONFIGURATION_ID, command, envelope)
        const written = events.slice(from)
        return { events: written.length, bytes: written.reduce((sum, size) => sum + size, 0) }
      }
      const inForce = () => commands().current(configurationDecider, CONFIGURATION_ID, 't')

      const command = largeConfiguration(count)
      const first = await activate(command)
      assert.ok(first.bytes > 250 * count, 'it is large')
      assert.ok(Math.max(...events) < MOST_BYTES, `the largest event has ${Math.max(...events)} bytes`)
      assert.ok(Math.max(...appends) < MOST_BYTES, `the largest append has ${Math.max(...appends)} bytes`)
      const state = await inForce()
      assert.is(state.version, 1)
      const agents = Object.values(state.agents)
      assert.equal([agents.length, agents[4_321]!.name], [count, '坐席 4321'])
      const { extensions } = state.network
      assert.equal([extensions.length, extensions[4_321]!.secret], [count, 'password of 4321'])
      assert.equal(
        agents.map(({ agentCode }) => agentCode),
        command.agents.map(({ agentCode }) => agentCode),
        'in the order in which they were given',
      )

      assert.equal(await activate(command), { events: 0, bytes: 0 }, 'nothing changed, nothing is written')
      const changed = {
        ...command,
        agents: command.agents.with(777, { ...command.agents[777]!, name: 'Someone else' }),
      }
      const second = await activate(changed)
      assert.is(second.events, 2, 'one part, and the activation')
      assert.ok(second.bytes < 2 * MOST_BYTES, `${second.bytes} bytes`)
      const after = await inForce()
      assert.equal(
        [after.version, Object.values(after.agents)[777]!.name, after.network.extensions.length],
        [2, 'Someone else', count],
      )
    } finally {
      await close()
    }
  })

test.run()
