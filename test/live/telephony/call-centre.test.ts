/**
 * The whole call centre on real servers: `up` with drachtio and FreeSWITCH, telephones that register, people at desks who
 * act over HTTP, and what the tables say afterwards. Telephones send and detect tones. Needs: LIVE_DRACHTIO, LIVE_FREESWITCH.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { freePort } from '../../support/free-port.ts'
import { until } from '../../support/gate.ts'
import { TonePhone, type TonePhoneOptions } from '../../support/tone-phone.ts'
import { OwnFreeSwitch } from './freeswitch.ts'
import { OwnDrachtio } from './server.ts'

const COMMAND = new URL('../../../ops/cli/main.ts', import.meta.url).pathname
/** Somebody outside, on the address of the gateway. */
const OUTSIDE = '127.0.0.60'
/** Hz. */
const [CUSTOMER, FIRST, SECOND, SUPERVISOR] = [400, 700, 900, 1100]

type Row = Record<string, unknown>

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
  queues: [{ queueCode: 'service', level: 1, position }],
})

/** A running call centre. */
class Centre {
  readonly url: string
  readonly #child: ChildProcess
  readonly #directory: string
  readonly #phones: TonePhone[] = []
  readonly #sip: number
  said = ''
  #commands = 0

  private constructor(child: ChildProcess, directory: string, url: string, sip: number) {
    this.#child = child
    this.#directory = directory
    this.url = url
    this.#sip = sip
    const hear = (chunk: Buffer): void => void (this.said += chunk.toString())
    child.stdout!.on('data', hear)
    child.stderr!.on('data', hear)
  }

  static async open(drachtio: OwnDrachtio, freeswitch: OwnFreeSwitch, gatewayPort: number): Promise<Centre> {
    const directory = await mkdtemp(join(tmpdir(), 'ledgerline-centre-'))
    // Its database runs as a user of its own if we are root.
    await chmod(directory, 0o755)
    const port = await freePort()
    const { host, port: socket, password } = freeswitch.address
    const child = spawn(
      process.execPath,
      [COMMAND, '--lang', 'en', 'up', '--port', String(port), '--data', join(directory, 'data')],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          ...process.env,
          DRACHTIO_URL: `drachtio://:${drachtio.secret}@127.0.0.1:${drachtio.control}`,
          FREESWITCH_URL: `esl://:${password}@${host}:${socket}`,
        },
      },
    )
    const centre = new Centre(child, directory, `http://127.0.0.1:${port}`, drachtio.sip)
    await until('the house to answer', () => {
      assert.is(child.exitCode, null, centre.said)
      return fetch(`${centre.url}/health`, { signal: AbortSignal.timeout(5_000) }).then(
        ({ ok }) => ok,
        () => false,
      )
    })
    await centre.post('/api/v1/switchboard/activate', {
      commandId: 'the-first-configuration',
      zone: 'Asia/Shanghai',
      queues: [queue],
      agents: [agent('201', 1), agent('202', 2)],
      supervisors: [{ code: '900', name: null, extension: '8900' }],
      routes: [
        { code: 'inside', to: '^\\d{4}$', type: 'basic', order: 10 },
        { code: 'outside', to: '^1[3-9]\\d{9}$', type: 'outbound', gateways: ['gw1'], order: 20 },
        { code: 'menu', to: '200', type: 'ivr', order: 1, target: { kind: 'ivr', code: 'main' } },
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
        extensions: ['8201', '8202', '8900'].map((number) => ({ number, secret: `secret of ${number}` })),
        gateways: [{ code: 'gw1', mode: 'nni', address: OUTSIDE, port: gatewayPort, pingEveryMs: 0 }],
      },
    })
    return centre
  }

  async phone(extension: string, tone: number, options: TonePhoneOptions = {}): Promise<TonePhone> {
    const phone = await new TonePhone(extension, { tone, secret: `secret of ${extension}`, ...options }).start()
    this.#phones.push(phone)
    await until(`${extension} to register`, async () => (await phone.register(this.#sip)) === 200)
    return phone
  }

  keep(phone: TonePhone): TonePhone {
    this.#phones.push(phone)
    return phone
  }

  call(phone: TonePhone, to: string): Promise<number> {
    return phone.call(to, this.#sip)
  }

  async get(path: string): Promise<Row & { rows: Row[] }> {
    const response = await fetch(this.url + path, { signal: AbortSignal.timeout(20_000) })
    return (await response.json()) as Row & { rows: Row[] }
  }

  async post(path: string, body: object): Promise<void> {
    const response = await fetch(this.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(20_000),
    })
    assert.ok(response.ok, `${path}: ${await response.text()}`)
  }

  command(path: string, body: object): Promise<void> {
    return this.post(`/api/v1/commands/${path}`, { commandId: `from-the-desk-${++this.#commands}`, ...body })
  }

  async agent(code: string): Promise<Row> {
    return (await this.get('/api/v1/agent_monitor')).rows.find(({ agentCode }) => agentCode === code)!
  }

  /** Signs an agent in at their phone; resolves when they are ready. */
  async ready(code: string): Promise<void> {
    await this.command('agents/sign-in', { agentCode: code, via: 'phone' })
    await this.command('agents/ready', { agentCode: code })
    await until(`${code} to be ready`, async () => {
      const { state, registered } = await this.agent(code)
      return state === 'ready' && registered === true
    })
  }

  async close(): Promise<string> {
    for (const phone of this.#phones) phone.stop()
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    await exited
    return join(this.#directory, 'data')
  }

  remove(): Promise<void> {
    return rm(this.#directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }
}

const hears = (phone: TonePhone, ...tones: number[]): boolean => phone.hears(...tones).length === tones.length
const nobody = (phone: TonePhone, ...tones: number[]): boolean => phone.hears(...tones).length === 0

const test = suite<{ drachtio: OwnDrachtio; freeswitch: OwnFreeSwitch; centre: Centre; outside: TonePhone }>(
  'a call centre on real servers',
)

test.before.each(async (context) => {
  context.drachtio = await OwnDrachtio.start()
  context.freeswitch = await OwnFreeSwitch.start()
  context.outside = await new TonePhone('13800001111', { tone: CUSTOMER, host: OUTSIDE }).start()
  context.centre = await Centre.open(context.drachtio, context.freeswitch, context.outside.port)
  context.centre.keep(context.outside)
})
test.after.each(async ({ drachtio, freeswitch, centre }) => {
  await until('no channel to be left', async () => (await freeswitch.channels()) === 0)
  const data = await centre.close()
  // Tables equal the log.
  const verify = spawn(process.execPath, [COMMAND, '--lang', 'en', 'verify', '--data', data], { stdio: 'ignore' })
  const [code] = (await once(verify, 'exit')) as [number]
  await centre.remove()
  await drachtio.remove()
  await freeswitch.remove()
  assert.is(code, 0, 'verify agrees')
})

test('A2.2-btn-hold A2.2-btn-transfer C3.3-hold C3.5-consult-transfer C5.3-whisper in by the gateway, through the queue, held, whispered at, handed over', async ({
  centre,
  outside,
}) => {
  const first = await centre.phone('8201', FIRST, { answerAfterMs: 100 })
  const second = await centre.phone('8202', SECOND, { answerAfterMs: 100 })
  const supervisor = await centre.phone('8900', SUPERVISOR, { answerAfterMs: 100 })
  await centre.ready('201')
  assert.is(await centre.call(outside, '95500'), 200)
  await until('both to talk', () => hears(outside, FIRST) && hears(first, CUSTOMER))
  const { callId } = await centre.agent('201')
  const here = { callId, agentCode: '201' }
  await centre.command('supervisor/whisper', { ...here, supervisorCode: '900', extension: '8900' })
  await until(
    'the whisper',
    () => hears(first, SUPERVISOR) && nobody(outside, SUPERVISOR) && hears(supervisor, CUSTOMER, FIRST),
  )
  await centre.command('calls/hold', here)
  await until('the hold', () => nobody(first, CUSTOMER) && nobody(outside, FIRST) && hears(first, SUPERVISOR))
  await centre.command('calls/resume', here)
  await until('the talk again', () => hears(outside, FIRST) && hears(first, CUSTOMER, SUPERVISOR))
  await centre.ready('202')
  await centre.command('calls/consult', { ...here, toAgentCode: '202' })
  await until('the consultation', () => hears(first, SECOND) && hears(second, FIRST) && nobody(outside, FIRST, SECOND))
  await centre.command('calls/hand-over', here)
  await until('the customer with the second', () => hears(outside, SECOND) && hears(second, CUSTOMER))
  await until('the first to be let go', () => !first.inCall)
  await outside.bye()
  await until('everybody to be let go', () => !second.inCall && !supervisor.inCall)
  await until('the call in the tables', async () => (await centre.get('/api/v1/calls')).rows[0]?.['status'] === 'ended')
  const { rows } = await centre.get('/api/v1/calls')
  assert.is(rows.length, 1)
  const { outcome, agentCode, queueCode, transfers, endedBy } = rows[0]!
  assert.equal(
    { outcome, agentCode, queueCode, transfers, endedBy },
    { outcome: 'answered', agentCode: '202', queueCode: 'service', transfers: 1, endedBy: 'customer' },
  )
  await until('nobody to be left in a call', async () =>
    (await centre.get('/api/v1/agent_monitor')).rows.every(({ callId: left }) => left === null),
  )
})

test('C3.1-agent-leg-first C3.1-internal-by-extension A2.2-btn-dial C21.0-code-busy out by the gateway, inside, and by keys', async ({
  centre,
  outside,
}) => {
  const first = await centre.phone('8201', FIRST, { answerAfterMs: 100 })
  const second = await centre.phone('8202', SECOND, { answerAfterMs: 100 })
  for (const code of ['201', '202']) await centre.ready(code)
  await centre.command('agents/place-call', { agentCode: '201', number: '13800001111' })
  await until('the customer and the agent', () => hears(outside, FIRST) && hears(first, CUSTOMER))
  await first.bye()
  await until('the customer to be let go', () => !outside.inCall)
  await until('the agent to be idle', async () => (await centre.agent('201'))['callId'] === null)

  const inside = centre.call(first, '8202')
  await until('the colleagues', () => hears(first, SECOND) && hears(second, FIRST))
  assert.is(await inside, 200)
  await first.bye()
  await until('the colleague to be let go', () => !second.inCall)

  const dialled = centre.call(first, '13800001111')
  await until('the customer that the phone dialled', () => hears(first, CUSTOMER) && hears(outside, FIRST))
  assert.is(await dialled, 200)
  await outside.bye()
  await until('the phone to be let go', () => !first.inCall)

  assert.is(await centre.call(first, '*100'), 200)
  await until('the agent to be busy', async () => (await centre.agent('201'))['work'] === 'not_ready')
  await until('the phone to be hung up', () => !first.inCall)
  await until('four calls to be over', async () => {
    const { rows } = await centre.get('/api/v1/calls')
    return rows.length === 4 && rows.every(({ status }) => status === 'ended')
  })
})

test('A3.2.3.5-ivr A3.2.4.2-greet-long A3.2.4.3-node-key a caller hears the menu, and their key leads to the agent', async ({
  centre,
  outside,
}) => {
  const first = await centre.phone('8201', FIRST, { answerAfterMs: 100 })
  await centre.ready('201')
  const before = outside.packets
  assert.is(await centre.call(outside, '200'), 200)
  await until('the greeting', () => outside.packets > before + 50)
  await outside.press('1')
  await until('both to talk', () => hears(outside, FIRST) && hears(first, CUSTOMER))
  await outside.bye()
  await until('the agent to be let go', () => !first.inCall)
  await until('the call in the tables', async () => (await centre.get('/api/v1/calls')).rows[0]?.['status'] === 'ended')
  const [call] = (await centre.get('/api/v1/calls')).rows
  assert.is(call!['outcome'], 'answered')
  assert.is(call!['queueCode'], 'service')
})

test.run()
