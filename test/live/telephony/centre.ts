/** The whole call centre on real servers, for tests: `up` with drachtio and FreeSWITCH, and telephones that register. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { freePort } from '../../support/free-port.ts'
import { until } from '../../support/gate.ts'
import { operatorHeaders } from '../../support/operator.ts'
import { TonePhone, type TonePhoneOptions } from '../../support/tone-phone.ts'
import type { OwnFreeSwitch } from './freeswitch.ts'
import type { OwnDrachtio } from './server.ts'

const COMMAND = new URL('../../../ops/cli/main.ts', import.meta.url).pathname
/** Somebody outside, on the address of the gateway. */
export const OUTSIDE = '127.0.0.60'
export type Row = Record<string, unknown>

const queue = {
  code: 'service',
  name: 'Service',
  strategy: 'longest-idle-agent',
  priority: 0,
  ringMs: 20_000,
  wrapUpMs: 0,
  maxNoAnswer: 3,
  noAnswerDelayMs: 0,
  rejectDelayMs: 0,
  busyDelayMs: 0,
  maxWaitMs: 0,
  targetMs: 20_000,
  targetRatio: 0.8,
  shortAbandonMs: 5_000,
}
const agent = (agentCode: string, position: number) => ({
  agentCode,
  name: `Agent ${agentCode}`,
  extension: `8${agentCode}`,
  group: null,
  department: null,
  queues: ['service', 'rated'].map((queueCode) => ({ queueCode, level: 1, position })),
})

/** A configuration as it is read and activated. */
interface Present {
  zone: string
  queues: Row[]
  agents: Row[]
  supervisors: Row[]
  routes: Row[]
  network: { extensions: Row[] } & Row
}

interface House {
  directory: string
  env: NodeJS.ProcessEnv
  drachtio: OwnDrachtio
  phones: TonePhone[]
  /** So many commands were given by people. */
  commands: number
}

/** A running call centre, or one of its processes. */
export class Centre {
  readonly url: string
  readonly #house: House
  readonly #port: number
  #child: ChildProcess
  said = ''

  private constructor(house: House, port: number) {
    this.#house = house
    this.#port = port
    this.url = `http://127.0.0.1:${port}`
    this.#child = this.#run()
  }

  static async open(
    drachtio: OwnDrachtio,
    freeswitch: OwnFreeSwitch,
    gatewayPort: number,
    settings: Record<string, string> = {},
    ringMs = 20_000,
  ): Promise<Centre> {
    const directory = await mkdtemp(join(tmpdir(), 'ledgerline-centre-'))
    // Its database runs as a user of its own if we are root.
    await chmod(directory, 0o755)
    const { host, port: socket, password } = freeswitch.address
    const env = {
      ...process.env,
      DRACHTIO_URL: `drachtio://:${drachtio.secret}@127.0.0.1:${drachtio.control}`,
      FREESWITCH_URL: `esl://:${password}@${host}:${socket}`,
      ...settings,
    }
    const centre = new Centre({ directory, env, drachtio, phones: [], commands: 0 }, await freePort())
    try {
      await centre.#open(gatewayPort, ringMs)
      return centre
    } catch (error) {
      await centre.kill()
      await centre.remove()
      throw error
    }
  }

  /** Another process of the same house; the settings must name a database that both can reach. */
  async another(): Promise<Centre> {
    const centre = new Centre(this.#house, await freePort())
    await centre.#answers()
    return centre
  }

  async #open(gatewayPort: number, ringMs: number): Promise<void> {
    await this.#answers()
    await this.post('/api/v1/switchboard/activate', {
      commandId: 'the-first-configuration',
      zone: 'Asia/Shanghai',
      queues: [
        { ...queue, ringMs },
        { ...queue, code: 'rated', name: 'Rated', ringMs, wrapUpMs: 6_000, survey: { when: 'every_call' } },
      ],
      agents: [agent('201', 1), agent('202', 2)],
      supervisors: [{ code: '900', name: null, extension: '8900' }],
      routes: [
        { code: 'inside', to: '^\\d{4}$', type: 'basic', order: 10 },
        { code: 'outside', to: '^1[3-9]\\d{9}$', type: 'outbound', gateways: ['gw1'], order: 20 },
        { code: 'menu', to: '200', type: 'ivr', order: 1, target: { kind: 'ivr', code: 'main' } },
        { code: 'rated', to: '95501', queueCode: 'rated', order: 2 },
        { code: 'service', to: '*', queueCode: 'service' },
      ],
      network: {
        ivrs: [
          {
            code: 'main',
            name: 'Main',
            root: 'root',
            menus: [
              {
                code: 'root',
                name: 'Root',
                greetLong: 'greeting',
                invalid: 'invalid_key',
                transfer: 'transfer',
                nodes: [{ key: '1', name: 'Service', action: { do: 'queue', to: 'service' } }],
              },
            ],
          },
        ],
        media: [
          { code: 'greeting', name: 'Greeting', file: 'greeting.wav' },
          { code: 'invalid_key', name: 'Invalid', file: 'invalid_key.wav' },
          { code: 'transfer', name: 'Transfer', file: 'transfer.wav' },
        ],
        extensions: ['8201', '8202', '8900'].map((number) => ({
          number,
          secret: `secret of ${number}`,
          webPhone: number !== '8900',
          // A browser heeds it; the other telephones of these tests decide for themselves.
          autoAnswer: number === '8202' ? 'queue' : 'off',
        })),
        gateways: [{ code: 'gw1', mode: 'nni', address: OUTSIDE, port: gatewayPort, pingEveryMs: 0 }],
      },
    })
  }

  #run(): ChildProcess {
    const data = join(this.#house.directory, 'data')
    const child = spawn(
      process.execPath,
      [COMMAND, '--lang', 'en', 'up', '--port', String(this.#port), '--data', data],
      { stdio: ['ignore', 'pipe', 'pipe'], env: this.#house.env },
    )
    const hear = (chunk: Buffer): void => void (this.said = (this.said + chunk.toString()).slice(-100_000))
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    return child
  }

  async #answers(): Promise<void> {
    await until('the house to answer', () => {
      assert.is(this.#child.exitCode, null, this.said)
      return fetch(`${this.url}/health`, { signal: AbortSignal.timeout(5_000) }).then(
        ({ ok }) => ok,
        () => false,
      )
    })
  }

  /** Kill -9. */
  kill(): Promise<void> {
    return this.#ends('SIGKILL')
  }

  /** Stops it politely. */
  stop(): Promise<void> {
    return this.#ends('SIGTERM')
  }

  async #ends(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.kill(signal)
    await exited
  }

  /** Starts it again after it was killed or stopped. */
  async again(): Promise<void> {
    this.#child = this.#run()
    await this.#answers()
  }

  async phone(extension: string, tone: number, options: TonePhoneOptions = {}): Promise<TonePhone> {
    const phone = await new TonePhone(extension, { tone, secret: `secret of ${extension}`, ...options }).start()
    this.#house.phones.push(phone)
    await until(`${extension} to register`, async () => (await phone.register(this.#house.drachtio.sip)) === 200)
    return phone
  }

  keep(phone: TonePhone): TonePhone {
    this.#house.phones.push(phone)
    return phone
  }

  call(phone: TonePhone, to: string): Promise<number> {
    return phone.call(to, this.#house.drachtio.sip)
  }

  /** What a request needs to be let in. */
  get headers(): { authorization: string } {
    return operatorHeaders(join(this.#house.directory, 'data'))
  }

  async get(path: string): Promise<Row & { rows: Row[] }> {
    const response = await fetch(this.url + path, { headers: this.headers, signal: AbortSignal.timeout(20_000) })
    return (await response.json()) as Row & { rows: Row[] }
  }

  async post(path: string, body: object): Promise<void> {
    const response = await fetch(this.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...this.headers },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(20_000),
    })
    assert.ok(response.ok, `${path}: ${await response.text()}`)
  }

  command(path: string, body: object): Promise<void> {
    return this.post(`/api/v1/commands/${path}`, { commandId: `from-the-desk-${++this.#house.commands}`, ...body })
  }

  async agent(code: string): Promise<Row> {
    return (await this.get('/api/v1/agent_monitor')).rows.find(({ agentCode }) => agentCode === code)!
  }

  /** Signs an agent in at their phone. A caller who waits may be offered to them before anybody could see them ready. */
  async takesCalls(code: string): Promise<void> {
    await this.command('agents/sign-in', { agentCode: code, via: 'phone' })
    await this.command('agents/ready', { agentCode: code })
  }

  /** The same while nobody waits; resolves when they are ready. */
  async ready(code: string): Promise<void> {
    await this.takesCalls(code)
    await until(`${code} to be ready`, async () => {
      const { state, registered } = await this.agent(code)
      return state === 'ready' && registered === true
    })
  }

  /** Waits for a state; if it does not come, says what there was instead. */
  async until(what: string, is: () => boolean | Promise<boolean>): Promise<void> {
    await until(what, is).catch(async (error: unknown) => {
      throw new Error(`${String(error)}\n${await this.#story().catch(String)}`)
    })
  }

  /** Agents, what happened to the latest call, and the last that the process said. */
  async #story(): Promise<string> {
    const agents = (await this.get('/api/v1/agent_monitor')).rows.map(
      ({ agentCode, work, callState, registered, reserved }) =>
        `${agentCode}: ${[work, callState, registered, reserved].join(' ')}`,
    )
    const call = await this.last()
    const timeline = call ? await this.get(`/api/v1/calls/${call['callId']}/timeline`) : {}
    return [...agents, JSON.stringify(timeline).slice(0, 6_000), this.said.slice(-3_000)].join('\n')
  }

  /** The call that came last. */
  async last(): Promise<Row | undefined> {
    const { rows } = await this.get('/api/v1/calls')
    return rows.toSorted((a, b) => String(b['receivedAt']).localeCompare(String(a['receivedAt'])))[0]
  }

  async close(): Promise<void> {
    for (const phone of this.#house.phones) phone.stop()
    await this.stop()
  }

  /** Stops it, and proves that its tables equal the log; then nothing of it is left. */
  async closeAndVerify(): Promise<void> {
    await this.close()
    try {
      await this.verify()
    } finally {
      await this.remove()
    }
  }

  /** Proves that its tables equal the log, also while it runs. On a busy machine the database may need a moment. */
  async verify(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const { code, said } = await this.#verify()
      if (code !== 0 && attempt < 3 && /not answering/.test(said)) continue
      return assert.is(code, 0, `verify agrees: ${said.slice(-2_000)}`)
    }
  }

  async #verify(): Promise<{ code: number; said: string }> {
    const data = join(this.#house.directory, 'data')
    const verify = spawn(process.execPath, [COMMAND, '--lang', 'en', 'verify', '--data', data], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: this.#house.env,
    })
    let said = ''
    for (const stream of [verify.stdout, verify.stderr])
      stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
    const [code] = (await once(verify, 'exit')) as [number]
    return { code, said }
  }

  /** How many telephone connections its telephony holds, also those that belong to no call; null: it cannot say now. */
  async legs(): Promise<number | null> {
    const { switchboard } = (await this.get('/health')) as { switchboard?: { legs?: number | null } }
    return switchboard?.legs ?? null
  }

  /** Does this process own the switchboard? */
  async owns(): Promise<boolean> {
    const { switchboard } = (await this.get('/health')) as { switchboard?: { role?: string } }
    return switchboard?.role === 'owner'
  }

  /** Activates what is in force once more, changed. */
  async change(by: (present: Present) => Partial<Present>): Promise<void> {
    const { version: _, ...present } = (await this.get('/api/v1/switchboard')) as unknown as Present & {
      version: number
    }
    const { queues, agents, supervisors, routes, network, zone } = present
    const { extensions } = network
    await this.post('/api/v1/switchboard/activate', {
      commandId: `change-${++this.#house.commands}`,
      ...by({
        zone,
        queues,
        supervisors,
        routes,
        // What is only said, and not taken.
        agents: agents.map(({ agentId: __, ...agent }) => agent),
        network: { ...network, extensions: extensions.map(({ secretSet: __, ...extension }) => extension) },
      }),
    })
  }

  /** What its journal says. */
  journal(): Promise<string> {
    return readFile(join(this.#house.directory, 'data', 'ledgerline.log'), 'utf8')
  }

  remove(): Promise<void> {
    return rm(this.#house.directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }
}
