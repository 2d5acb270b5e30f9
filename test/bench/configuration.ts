/**
 * What the largest configuration costs: 20,000 agents and as many extensions with passwords. How large its events are,
 * how long activating and folding take, and what a change of one agent writes.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { realClock } from '@ledgerline/adapters/clock/real.ts'
import { openVault } from '@ledgerline/adapters/keys/postgres.ts'
import { memoryAnswers } from '@ledgerline/adapters/log/postgres/answers.ts'
import { openPostgresLog } from '@ledgerline/adapters/log/postgres/log.ts'
import { LOG_DATABASE, startEmbedded } from '@ledgerline/adapters/postgres/embedded.ts'
import { catalogue } from '@ledgerline/core/catalogue.ts'
import {
  CONFIGURATION_ID,
  configurationDecider,
  noConfiguration,
  type Activate,
} from '@ledgerline/core/configuration/configuration.ts'
import { Codec } from '@ledgerline/core/kernel/codec.ts'
import { Commands } from '@ledgerline/core/kernel/command.ts'
import type { LogEvent } from '@ledgerline/core/kernel/log.ts'
import { largeConfiguration } from '../support/large-configuration.ts'
import { atMost, machine, plain, type BenchCase, type BenchResult } from './result.ts'

const TENANT = 'bench'
const VERSIONS = 20
const KIB = 1024

export async function run(): Promise<BenchResult> {
  const directory = mkdtempSync(join(tmpdir(), 'ledgerline-bench-'))
  const server = await startEmbedded({ directory })
  const url = server.url(LOG_DATABASE)
  const log = await openPostgresLog({ url })
  const vault = await openVault({ url, directory })
  const cases: BenchCase[] = []
  try {
    const codec = new Codec(catalogue, vault, log)
    const answers = memoryAnswers(() => Date.now())
    const commands = new Commands({ log, codec, clock: realClock, dice: Math.random, answers })
    let asked = 0
    const activate = async (command: Activate): Promise<number> => {
      const began = performance.now()
      const envelope = { tenant: TENANT, commandId: `bench-${++asked}`, actor: 'bench' }
      await commands.carryOut(configurationDecider, CONFIGURATION_ID, command, envelope)
      return performance.now() - began
    }
    const stored = async (): Promise<LogEvent[]> => {
      const events = []
      for await (const page of log.readAll(null)) events.push(...page.events)
      return events
    }
    const bytes = (events: readonly LogEvent[]): number[] =>
      events.map(({ data, metadata }) => Buffer.byteLength(data) + Buffer.byteLength(metadata))

    const command = largeConfiguration()
    const firstMs = await activate(command)
    const first = await stored()
    cases.push(
      plain('events of the first activation', first.length, 'events', 0),
      plain('its bytes', bytes(first).reduce((sum, one) => sum + one, 0) / KIB, 'KiB', 0),
      atMost('its largest event', 256, Math.max(...bytes(first)) / KIB, 'KiB'),
      plain('first activation', firstMs, 'ms', 0),
    )
    const changes: number[] = []
    for (let version = 2; version <= VERSIONS; version++) {
      const place = version * 777
      const agents = command.agents.with(place, { ...command.agents[place]!, name: `Changed ${version}` })
      changes.push(await activate({ ...command, agents }))
    }
    const all = await stored()
    const later = bytes(all.slice(first.length))
    cases.push(
      atMost(
        'written by a change of one agent',
        256,
        later.reduce((sum, one) => sum + one, 0) / (VERSIONS - 1) / KIB,
        'KiB',
      ),
      plain('such an activation, at first', changes[0]!, 'ms', 0),
      plain(`such an activation, with ${VERSIONS - 1} versions before`, changes.at(-1)!, 'ms', 0),
    )
    const rows = await log.readStream(`switchboard-${TENANT}.${CONFIGURATION_ID}`)
    /** As a process that begins now. */
    const fold = async (some: readonly LogEvent[]): Promise<number> => {
      const began = performance.now()
      let state = noConfiguration
      for (const event of await new Codec(catalogue, vault, log).decodeAll(some))
        state = configurationDecider.evolve(state, event as never)
      if (state.network.extensions.length !== command.network.extensions!.length) throw new Error('it is not whole')
      return performance.now() - began
    }
    cases.push(
      atMost('folding one version', 5_000, await fold(rows.slice(-1)), 'ms', 0),
      atMost(`folding ${VERSIONS} versions`, 30_000, await fold(rows), 'ms', 0),
    )
    return { name: 'configuration', machine: machine(), cases }
  } finally {
    await vault.close()
    await log.close()
    await server.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}
