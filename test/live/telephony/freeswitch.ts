/**
 * A real FreeSWITCH of the test's own, started by the command in LIVE_FREESWITCH on loopback, which can be killed, frozen
 * and started again at the same addresses.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { EventSocket } from '@ledgerline/adapters/telephony/drachtio/event-socket.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import { freePort } from '../../support/free-port.ts'
import { until } from '../../support/gate.ts'

/** The event socket of the server that the command starts has this password. */
const PASSWORD = 'ClueCon'

export class OwnFreeSwitch {
  readonly port: number
  readonly directory: string
  readonly #command: string
  #process: ChildProcess | null = null
  #env: Record<string, string> = {}
  #said = ''

  private constructor(command: string, port: number, directory: string) {
    this.port = port
    this.directory = directory
    this.#command = command.replaceAll('{port}', String(port)).replaceAll('{dir}', directory)
  }

  /** One that has not been started. */
  static async prepare(): Promise<OwnFreeSwitch> {
    const command = process.env['LIVE_FREESWITCH']
    if (command === undefined) throw new Error('LIVE_FREESWITCH is not set')
    const directory = await mkdtemp(join(tmpdir(), 'ledgerline-freeswitch-'))
    return new OwnFreeSwitch(command, await freePort(), directory)
  }

  /** @param env values of its configuration, such as `FS_MEDIA_TIMEOUT_MS` */
  static async start(env: Record<string, string> = {}): Promise<OwnFreeSwitch> {
    const server = await OwnFreeSwitch.prepare()
    server.#env = env
    try {
      await server.up()
      return server
    } catch (error) {
      await server.remove()
      throw error
    }
  }

  get address(): { host: string; port: number; password: string } {
    return { host: '127.0.0.1', port: this.port, password: PASSWORD }
  }

  /** Starts it; resolves when it takes calls. */
  async up(): Promise<void> {
    this.#said = ''
    // A separate group: the command may start others, which must die with it.
    const child = spawn(this.#command, {
      shell: true,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      // The configuration that ships, if the command lets us choose.
      env: {
        ...process.env,
        FS_CONF: fileURLToPath(new URL('../../../ops/compose', import.meta.url)),
        ...this.#env,
      },
    })
    const hear = (chunk: Buffer): void => void (this.#said = (this.#said + chunk.toString()).slice(-4_000))
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    this.#process = child
    await until('a FreeSWITCH that takes calls', async () => {
      if (!this.#process || this.#process.exitCode !== null) throw new Error(`FreeSWITCH ended:\n${this.#said}`)
      return this.api('sofia xmlstatus profile drachtio_mrf').then(
        (status) => status.includes('<url>'),
        (error: unknown) => {
          if (!isProblem(error)) throw error
          return false
        },
      )
    })
  }

  /** What it says to a command, over a connection of its own. */
  async api(command: string): Promise<string> {
    const socket = await EventSocket.open({ address: this.address, events: [], heard() {}, gone() {} })
    try {
      return await socket.api(command)
    } finally {
      socket.close()
    }
  }

  async version(): Promise<string> {
    return /\d+\.\d+\.\d+/.exec(await this.api('version'))?.[0] ?? 'unknown'
  }

  /** How many channels it has, whoever made them. */
  async channels(): Promise<number> {
    return Number(/^\s*(\d+) total/m.exec(await this.api('show channels count'))?.[1] ?? NaN)
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
    await rm(this.directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }
}
