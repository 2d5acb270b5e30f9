/**
 * A real EventStoreDB or KurrentDB: the one that EVENT_LOG names, or one started for the test by the command in
 * LIVE_EVENTSTORE, on its own data, which can be killed and started again.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { EventStoreDBClient } from '@eventstore/db-client'
import { openEventStoreLog } from '@ledgerline/adapters/log/eventstoredb/log.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import { freePort } from '../../support/free-port.ts'
import type { ReadyServer } from '../servers.ts'

/** This long on a machine that is busy with other work. */
const READY_MS = 180_000

/** A server of the test's own. */
export class OwnServer {
  readonly url: string
  readonly port: number
  readonly #command: string
  readonly #data: string
  readonly #settings: NodeJS.ProcessEnv
  #process: ChildProcess | null = null
  #said = ''

  private constructor(command: string, port: number, data: string, seeds: string, settings: NodeJS.ProcessEnv) {
    this.port = port
    this.#settings = settings
    this.url = `esdb://127.0.0.1:${port}?tls=false`
    this.#command = command.replaceAll('{port}', String(port)).replaceAll('{data}', data).replaceAll('{seeds}', seeds)
    this.#data = data
  }

  /** Starts an empty one. `settings` are the server's own, in its environment's form. */
  static async start(settings: NodeJS.ProcessEnv = {}): Promise<OwnServer> {
    const command = process.env['LIVE_EVENTSTORE']
    if (command === undefined) throw new Error('LIVE_EVENTSTORE is not set')
    const server = new OwnServer(
      command,
      await freePort(),
      await mkdtemp(join(tmpdir(), 'ledgerline-eventstore-')),
      '',
      settings,
    )
    try {
      await server.start()
    } catch (error) {
      await server.remove()
      throw error
    }
    return server
  }

  /** Starts three that form a cluster, each with the addresses of the other two as its seeds. */
  static async startCluster(): Promise<OwnServer[]> {
    const command = process.env['LIVE_EVENTSTORE_CLUSTER']
    if (command === undefined) throw new Error('LIVE_EVENTSTORE_CLUSTER is not set')
    const ports = [await freePort(), await freePort(), await freePort()]
    const nodes: OwnServer[] = []
    for (const port of ports) {
      const seeds = ports.filter((other) => other !== port).map((other) => `127.0.0.1:${other}`)
      const node = new OwnServer(
        command,
        port,
        await mkdtemp(join(tmpdir(), 'ledgerline-eventstore-')),
        seeds.join(','),
        {},
      )
      nodes.push(node)
      node.launch()
    }
    return nodes
  }

  /**
   * What a node says it is in its cluster: `leader`, `follower` …; null while it does not answer. A node that ended by
   * itself is started again, as its supervisor would: a former leader that had written more than the others ends in
   * order to cut that off, and relies on it.
   */
  async state(): Promise<string | null> {
    if (this.#process && hasEnded(this.#process)) this.launch()
    try {
      const response = await fetch(`http://127.0.0.1:${this.port}/info`, { signal: AbortSignal.timeout(2_000) })
      return ((await response.json()) as { state: string }).state
    } catch {
      return null
    }
  }

  /** Starts it again on its data; resolves when it answers. */
  async start(): Promise<void> {
    this.launch()
    await this.answers()
  }

  /** Starts it and does not wait. */
  launch(): void {
    this.#said = ''
    // A separate group: the command may start others, which must die with it.
    const child = spawn(this.#command, {
      shell: true,
      env: { ...process.env, ...this.#settings },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const hear = (chunk: Buffer): void => void (this.#said = (this.#said + chunk.toString()).slice(-4_000))
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    this.#process = child
  }

  /** Resolves when it answers. */
  async answers(): Promise<void> {
    for (const late = Date.now() + READY_MS; ; await pause(50)) {
      if (!this.#process || hasEnded(this.#process)) throw new Error(`the server ended:\n${this.#said}`)
      try {
        const log = await openEventStoreLog({ url: this.url })
        await log.close()
        return
      } catch (error) {
        if (!isProblem(error, 'log.unavailable')) throw error
        if (Date.now() > late) throw new Error(`the server is not ready in time:\n${this.#said}`)
      }
    }
  }

  /** Kill -9. */
  async kill(): Promise<void> {
    const child = this.#process
    this.#process = null
    if (!child || hasEnded(child)) return
    const exited = once(child, 'exit')
    process.kill(-child.pid!, 'SIGKILL')
    await exited
  }

  /** Stops it in the middle of whatever it does, with its connections open. */
  freeze(): void {
    process.kill(-this.#process!.pid!, 'SIGSTOP')
  }

  thaw(): void {
    process.kill(-this.#process!.pid!, 'SIGCONT')
  }

  /** Removes it with its data. */
  async remove(): Promise<void> {
    await this.kill()
    await rm(this.#data, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }
}

/** The server of a live run: EVENT_LOG's, or else one of our own for the whole run. */
export async function readyEventStore(env: NodeJS.ProcessEnv): Promise<ReadyServer | null> {
  const named = env['EVENT_LOG']
  if (named !== undefined) return { server: await serverAt(named), env: {}, stop: async () => {} }
  if (env['LIVE_EVENTSTORE'] === undefined) return null
  const own = await OwnServer.start()
  return { server: await serverAt(own.url), env: { EVENT_LOG: own.url }, stop: () => own.remove() }
}

/** Which server answers there. */
async function serverAt(url: string): Promise<ReadyServer['server']> {
  const log = await openEventStoreLog({ url })
  await log.close()
  const client = EventStoreDBClient.connectionString(url.replace(/^kurrentdb/, 'esdb'))
  try {
    // The client asks every server for it and keeps it to itself.
    const { serverVersion: version } = await (client as unknown as { capabilities: Promise<{ serverVersion: string }> })
      .capabilities
    // Its name from version 25 on.
    return { name: Number(version.split('.')[0]) >= 25 ? 'KurrentDB' : 'EventStoreDB', version }
  } finally {
    await client.dispose()
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}
