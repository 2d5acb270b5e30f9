/**
 * A real drachtio-server of the test's own, started by the command in LIVE_DRACHTIO on loopback, which can be killed and
 * started again at the same addresses.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ServerLine } from '@ledgerline/adapters/telephony/sip/server-line.ts'
import type { Drachtio } from '../../drachtio/house.ts'
import { freePort } from '../../support/free-port.ts'
import { until } from '../../support/gate.ts'
import type { ReadyServer } from '../servers.ts'

/** Control connections of the server that the command starts have this secret. */
const SECRET = 'cymru'

export class OwnDrachtio implements Drachtio {
  readonly secret = SECRET
  readonly control: number
  readonly sip: number
  readonly #command: string
  readonly #directory: string
  #process: ChildProcess | null = null
  #env: Record<string, string> = {}
  #said = ''

  private constructor(command: string, control: number, sip: number, directory: string) {
    this.control = control
    this.sip = sip
    this.#directory = directory
    this.#command = command
      .replaceAll('{control}', String(control))
      .replaceAll('{sip}', String(sip))
      .replaceAll('{dir}', directory)
  }

  /** @param env such as `DRACHTIO_WSS_PORT`, which the command must heed */
  static async start(env: Record<string, string> = {}): Promise<OwnDrachtio> {
    const command = process.env['LIVE_DRACHTIO']
    if (command === undefined) throw new Error('LIVE_DRACHTIO is not set')
    const directory = await mkdtemp(join(tmpdir(), 'ledgerline-drachtio-'))
    const server = new OwnDrachtio(command, await freePort(), await freePort(), directory)
    server.#env = env
    try {
      await server.up()
      return server
    } catch (error) {
      await server.remove()
      throw error
    }
  }

  /** Starts it; resolves when it accepts clients. */
  async up(): Promise<void> {
    this.#said = ''
    // A separate group: the command may start others, which must die with it.
    const child = spawn(this.#command, {
      shell: true,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...this.#env },
    })
    const hear = (chunk: Buffer): void => void (this.#said = (this.#said + chunk.toString()).slice(-4_000))
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    this.#process = child
    await this.version()
  }

  /** What it says it is. */
  async version(): Promise<string> {
    let version = ''
    const line = new ServerLine({
      address: { host: '127.0.0.1', port: this.control, secret: SECRET },
      dice: Math.random,
      prepare: (srf) => srf.on('connect', (_error: unknown, _where: string, said: string) => (version = said)),
      pauses: { firstMs: 50, longestMs: 200 },
    })
    try {
      await until('a drachtio that accepts clients', () => {
        if (!this.#process || this.#process.exitCode !== null) throw new Error(`drachtio ended:\n${this.#said}`)
        return line.srf !== null && version !== ''
      })
      return version.replace(/^v/, '')
    } finally {
      await line.close()
    }
  }

  /** Has it not ended by itself? */
  get lives(): boolean {
    return this.#process !== null && this.#process.exitCode === null && this.#process.signalCode === null
  }

  /** The group that its processes belong to; null: it does not run. */
  get group(): number | null {
    return this.#process?.pid ?? null
  }

  /** Kill -9. */
  async kill(): Promise<void> {
    const child = this.#process
    this.#process = null
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    process.kill(-child.pid!, 'SIGKILL')
    await exited
    child.stdout?.destroy()
    child.stderr?.destroy()
  }

  /** Stops it in the middle of whatever it does, with its connections open. */
  freeze(): void {
    process.kill(-this.#process!.pid!, 'SIGSTOP')
  }

  thaw(): void {
    process.kill(-this.#process!.pid!, 'SIGCONT')
  }

  async remove(): Promise<void> {
    await this.kill()
    await rm(this.#directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }
}

/** Which server a live run is about; each test file starts its own. */
export async function readyDrachtio(env: NodeJS.ProcessEnv): Promise<ReadyServer | null> {
  if (env['LIVE_DRACHTIO'] === undefined) return null
  const own = await OwnDrachtio.start()
  try {
    return { server: { name: 'drachtio-server', version: await own.version() }, env: {}, stop: async () => {} }
  } finally {
    await own.remove()
  }
}
