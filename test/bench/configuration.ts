/**
 * What the largest configuration costs: 20,000 agents and as many extensions with passwords. How large its events are,
 * how long activating and folding take, what a change of one agent writes, and how long people wait for the draft of it
 * and 5,000 routes: looked at, checked, activated.
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
  checkConfiguration,
  CONFIGURATION_ID,
  configurationDecider,
  noConfiguration,
  type Activate,
  type Configuration,
} from '@ledgerline/core/configuration/configuration.ts'
import { Codec } from '@ledgerline/core/kernel/codec.ts'
import { Commands } from '@ledgerline/core/kernel/command.ts'
import { activationOf, Drafts } from '@ledgerline/core/draft/drafts.ts'
import type { EventLog, LogEvent } from '@ledgerline/core/kernel/log.ts'
import { largeConfiguration, type LargeConfiguration } from '../support/large-configuration.ts'
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
    cases.push(...(await draftCases({ log, codec, commands }, command)))
    return { name: 'configuration', machine: machine(), cases }
  } finally {
    await vault.close()
    await log.close()
    await server.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}

const ROUTES = 5_000

/** A queue is changed among 20,000 agents, 20,000 extensions and 5,000 routes. */
async function draftCases(
  parts: { log: EventLog; codec: Codec; commands: Commands },
  largest: LargeConfiguration,
): Promise<BenchCase[]> {
  const { commands } = parts
  const routes = Array.from({ length: ROUTES }, (_, index) => ({
    code: `route${index}`,
    to: index % 10 === 0 ? `^7${index}\\d{2}$` : String(6_000_000 + index),
    type: 'queue' as const,
    queueCode: `queue${index % 50}`,
  }))
  const inForce = (): Promise<Configuration> => commands.current(configurationDecider, CONFIGURATION_ID, TENANT)
  const envelope = (commandId: string) => ({ tenant: TENANT, commandId, actor: 'bench' })
  await commands.carryOut(configurationDecider, CONFIGURATION_ID, { ...largest, routes }, envelope('bench-routes'))
  const configuration = await inForce()
  const drafts = new Drafts(parts)
  const timed = async <T>(act: () => Promise<T>): Promise<[T, number]> => {
    const began = performance.now()
    return [await act(), performance.now() - began]
  }
  const item = { ...configuration.queues['queue0']!, ringMs: 9_000 }
  const items = [{ key: 'queue0', version: '*', item }]
  const [, putMs] = await timed(() =>
    drafts.carryOut({ do: 'put', section: 'queues', items }, configuration, envelope('bench-put')),
  )
  const [look, lookMs] = await timed(() => drafts.look(TENANT, configuration))
  const [remarks, checkMs] = await timed(async () => [
    ...checkConfiguration({ do: 'activate', ...activationOf(look, '') }, configuration),
  ])
  if (remarks.some(({ refuses }) => refuses) || look.pending.length !== 1) throw new Error('it cannot be activated')
  const [, activateMs] = await timed(() =>
    commands.carryOut(
      configurationDecider,
      CONFIGURATION_ID,
      { do: 'activate', ...activationOf(look, '') },
      envelope('bench-activate'),
      { state: configuration, revision: configuration.version - 1, lastAt: 0 },
    ),
  )
  return [
    plain('a change of one queue in the draft', putMs, 'ms', 0),
    plain('what differs', lookMs, 'ms', 0),
    plain('the check of the whole', checkMs, 'ms', 0),
    atMost('check and activation of 20,000 agents and 5,000 routes', 5_000, checkMs + activateMs, 'ms', 0),
  ]
}
