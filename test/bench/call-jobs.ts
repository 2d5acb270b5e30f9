/**
 * The same job for two call centres: callers ring, wait in one queue, and talk with the agent who has been idle longest.
 * Callers and agents are sipp, without sound. Each caller dials a number of their own, by which what sipp saw is put beside
 * what the call centre wrote down; both by the clock of this machine.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EventSocket } from '@ledgerline/adapters/telephony/drachtio/event-socket.ts'
import { projectRoot } from '@ledgerline/ops/config.ts'
import { OwnFreeSwitch } from '../live/telephony/freeswitch.ts'
import { OwnDrachtio } from '../live/telephony/server.ts'
import { freePort } from '../support/free-port.ts'
import { until } from '../support/gate.ts'
import { operatorHeaders } from '../support/operator.ts'
import { TonePhone } from '../support/tone-phone.ts'

const AGENTS = 300
/** Between the answer and the caller's hanging up: the way to an agent, and talk. */
const TALK_SECONDS = 3
/** The same where many calls are to be under way: shorter than silence may last (`FS_MEDIA_TIMEOUT_MS`). And agents for each of them. */
const LONG_TALK_SECONDS = 50
const SPARE_AGENTS = 1.2
/** An answer may take so long, ms. */
const ANSWER_MS = 30_000
const CALLERS = '127.0.0.60'
const COMMAND = join(projectRoot, 'ops/cli/main.ts')

export interface Job extends AsyncDisposable {
  name: string
  talkSeconds: number
  /** So many calls at this rate: how many failed as sipp sees it, and for each that was connected how long it took, ms. */
  calls(rate: number, calls: number): Promise<{ failed: number; talking: number[] }>
  /** How many calls are not over. */
  underWay(): Promise<number>
}

/** Ours. */
interface Centre extends Job {
  /** From the INVITE until the offer to the agent was written down, of the last calls, ms. */
  offered(): Promise<number[]>
  /** Resident memory by process, MB. */
  memory(): Promise<Record<string, number>>
  /** How many channels FreeSWITCH has. */
  channels(): Promise<number>
  /** What FreeSWITCH counted of the sound of channels that have ended. */
  sound(): Sound
}

/** Packets of sound, of all channels together. */
export interface Sound {
  channels: number
  /** Sent by people to FreeSWITCH. */
  received: number
  /** Sent by FreeSWITCH to people. */
  sent: number
  /** Times when a packet was due from somebody and was not there. */
  missed: number
}

/** People who talk for long, about so many at a time, with or without sound. */
export interface Soak {
  concurrent: number
  sound: boolean
}

const sdp = (port: string): string => `Content-Type: application/sdp
Content-Length: [len]

v=0
o=- 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio ${port} RTP/AVP 8
a=rtpmap:8 PCMA/8000
`
const SILENT = '[auto_media_port]'
const answered = `[last_Via:]
[last_From:]
[last_To:];tag=[pid]a[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:agent@[local_ip]:[local_port]>
`
const tagged = answered.replace(/;tag=.*/, '')

/** @param sounds they send sound, as long as they talk */
const callers = (talkSeconds: number, sounds: boolean): string => `<?xml version="1.0"?><scenario name="caller">
<nop><action><log message="INVITE [call_number] [timestamp]"/></action></nop>
<send retrans="500"><![CDATA[
INVITE sip:9[call_number]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
From: <sip:139[call_number]@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:9[call_number]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:caller@[local_ip]:[local_port]>
Max-Forwards: 70
${sdp(sounds ? '[rtpstream_audio_port]' : SILENT)}]]></send>
<recv response="100" optional="true"/><recv response="180" optional="true"/><recv response="183" optional="true"/>
<recv response="200" rrs="true"/>
<send><![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
From: <sip:139[call_number]@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:9[call_number]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
${sounds ? '<nop><action><exec rtp_stream="sound.alaw,-1,8"/></action></nop>' : ''}
<pause milliseconds="${talkSeconds * 1000}"/>
<send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
From: <sip:139[call_number]@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:9[call_number]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
<recv response="200"/></scenario>`

/** @param sounds they send back what they hear */
const agents = (sounds: boolean): string => `<?xml version="1.0"?><scenario name="agent">
<recv request="INVITE"/>
<send><![CDATA[
SIP/2.0 180 Ringing
${answered}Content-Length: 0

]]></send>
<send retrans="500"><![CDATA[
SIP/2.0 200 OK
${answered}${sdp(sounds ? '[media_port]' : SILENT)}]]></send>
<recv request="ACK" optional="true" rtd="true"/>
<recv request="BYE"/>
<send><![CDATA[
SIP/2.0 200 OK
${tagged}Content-Length: 0

]]></send></scenario>`

/** sipp as everybody who has a phone. */
class People {
  readonly agentsPort: number
  readonly #directory: string
  #agents: ChildProcess | null = null
  #runs = 0
  /** When each caller dialled, by the number they dialled, UTC ms. */
  readonly dialled = new Map<string, number>()

  readonly #talkSeconds: number

  private constructor(directory: string, agentsPort: number, talkSeconds: number) {
    this.#directory = directory
    this.agentsPort = agentsPort
    this.#talkSeconds = talkSeconds
  }

  static async come(talkSeconds: number, sounds: boolean): Promise<People> {
    const directory = await mkdtemp(join(tmpdir(), 'ledgerline-sipp-'))
    await writeFile(join(directory, 'callers.xml'), callers(talkSeconds, sounds))
    await writeFile(join(directory, 'agents.xml'), agents(sounds))
    // A second of a tone of 400 Hz, which has no seam when it repeats.
    if (sounds) await writeFile(join(directory, 'sound.alaw'), tone(400))
    return new People(directory, await freePort(), talkSeconds)
  }

  /** From now on agents answer. */
  async answer(): Promise<void> {
    this.#agents = sipp(this.#directory, [
      ...['-sf', 'agents.xml', '-i', '127.0.0.1', '-p', String(this.agentsPort), '-aa'],
      ...['-mi', '127.0.0.1', '-mp', String(await freePort()), '-rtp_echo'],
    ])
  }

  /** Resolves when the last has hung up: how many of them failed. */
  async call(address: string, rate: number, calls: number): Promise<number> {
    const run = join(this.#directory, `run-${++this.#runs}`)
    const log = `${run}.log`
    // sipp goes on counting the time for an answer while people talk.
    const child = sipp(this.#directory, [
      // They answer when they are asked whether they are there.
      ...[address, '-sf', 'callers.xml', '-i', CALLERS, '-mi', CALLERS, '-p', String(await freePort()), '-aa'],
      ...[
        '-r',
        String(rate),
        '-m',
        String(calls),
        '-l',
        String(calls),
        '-recv_timeout',
        String(ANSWER_MS + this.#talkSeconds * 1000),
      ],
      ...['-trace_logs', '-log_file', log, '-trace_stat', '-stf', `${run}.csv`, '-fd', '1'],
    ])
    await once(child, 'exit')
    this.dialled.clear()
    for (const line of (await readFile(log, 'utf8')).split('\n')) {
      const [, number, at] = /^INVITE (\d+) .*?([\d]{10}\.\d+)/.exec(line) ?? []
      if (number && at) this.dialled.set(`9${number}`, Number(at) * 1000)
    }
    const [head, ...rows] = (await readFile(`${run}.csv`, 'utf8')).trim().split('\n')
    const column = head!.split(';').indexOf('FailedCall(C)')
    return Number(rows.at(-1)!.split(';')[column])
  }

  async go(): Promise<void> {
    this.#agents?.kill('SIGKILL')
    await rm(this.#directory, { recursive: true, force: true })
  }
}

function sipp(directory: string, args: readonly string[]): ChildProcess {
  return spawn('sipp', [...args, '-nostdin'], { cwd: directory, stdio: 'ignore' })
}

export async function openCallCentre(soak?: Soak): Promise<Centre> {
  const talkSeconds = soak ? LONG_TALK_SECONDS : TALK_SECONDS
  const [drachtio, freeswitch] = [await OwnDrachtio.start(), await OwnFreeSwitch.start()]
  const people = await People.come(talkSeconds, soak?.sound ?? false)
  const directory = await mkdtemp(join(tmpdir(), 'ledgerline-bench-'))
  await chmod(directory, 0o755)
  const [port, data] = [await freePort(), join(directory, 'data')]
  const { host, port: socket, password } = freeswitch.address
  // With the options that `ops/ledgerline` gives it.
  const args = [...process.execArgv, COMMAND, '--lang', 'en', 'up', '--port', String(port), '--data', data]
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      DRACHTIO_URL: `drachtio://:${drachtio.secret}@127.0.0.1:${drachtio.control}`,
      FREESWITCH_URL: `esl://:${password}@${host}:${socket}`,
    },
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-20_000)))
  const url = `http://127.0.0.1:${port}`
  await until('the call centre', () => {
    if (child.exitCode !== null) throw new Error(said)
    return fetch(`${url}/health`, { signal: AbortSignal.timeout(5_000) }).then(
      ({ ok }) => ok,
      () => false,
    )
  })
  const post = async (path: string, body: object): Promise<void> => {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...operatorHeaders(data) },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    })
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`)
  }
  const length = Math.max(AGENTS, Math.ceil((soak?.concurrent ?? 0) * SPARE_AGENTS))
  const numbers = Array.from({ length }, (_, index) => String(1_001 + index))
  await post('/api/v1/switchboard/activate', {
    commandId: 'bench-configuration',
    zone: 'Asia/Shanghai',
    queues: [
      {
        ...{
          code: 'service',
          name: 'Service',
          strategy: 'longest-idle-agent',
          priority: 0,
          ringMs: 20_000,
          wrapUpMs: 0,
        },
        ...{ maxNoAnswer: 3, noAnswerDelayMs: 0, rejectDelayMs: 0, busyDelayMs: 0, maxWaitMs: 0 },
        ...{ targetMs: 20_000, targetRatio: 0.8, shortAbandonMs: 5_000 },
      },
    ],
    agents: numbers.map((agentCode, index) => ({
      ...{ agentCode, name: `Agent ${agentCode}`, extension: `8${agentCode}`, group: null, department: null },
      queues: [{ queueCode: 'service', level: 1, position: index + 1 }],
    })),
    routes: [{ code: 'service', to: '*', queueCode: 'service' }],
    network: {
      extensions: numbers.map((number) => ({
        number: `8${number}`,
        secret: `secret of ${number}`,
        announceAgent: false,
        // As the peer does.
        record: false,
      })),
      gateways: [{ code: 'gw1', mode: 'nni', address: CALLERS, port: 5060, pingEveryMs: 0 }],
    },
  })
  // Registered by phones of ours at the address where sipp answers then.
  for (const number of numbers) {
    const phone = await new TonePhone(`8${number}`, {
      secret: `secret of ${number}`,
      port: people.agentsPort,
    }).start()
    await until(`${number} to register`, async () => (await phone.register(drachtio.sip, 3_600)) === 200)
    phone.stop()
  }
  await people.answer()
  const sound: Sound = { channels: 0, received: 0, sent: 0, missed: 0 }
  const counted = { received: 'in_media', sent: 'out_media', missed: 'in_skip' } as const
  const counter = soak?.sound
    ? await EventSocket.open({
        address: freeswitch.address,
        events: ['CHANNEL_HANGUP_COMPLETE'],
        fields: Object.values(counted).map((what) => `variable_rtp_audio_${what}_packet_count`),
        heard: (event) => {
          sound.channels++
          for (const [name, what] of Object.entries(counted))
            sound[name as keyof typeof counted] += Number(event[`variable_rtp_audio_${what}_packet_count`] ?? 0)
        },
        gone() {},
      })
    : null
  await together(numbers, async (number) => {
    const command = (path: string, body: object): Promise<void> =>
      post(`/api/v1/commands/agents/${path}`, { commandId: `${path}:${number}`, agentCode: number, ...body })
    await command('sign-in', { via: 'phone' })
    await command('ready', {})
  })
  const sql = async <R>(query: string): Promise<R[]> => {
    const asked = spawn(process.execPath, [COMMAND, 'sql', query, '--json', '--data', data], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let text = ''
    asked.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
    await once(asked, 'close')
    return JSON.parse(text) as R[]
  }
  /** From when they dialled until something that was written down of the calls of the last run. */
  const since = (rows: readonly { dialled: string; at: string }[]): number[] =>
    rows.flatMap(({ dialled, at }) => {
      const from = people.dialled.get(dialled)
      const ms = from === undefined ? Number.NaN : Date.parse(at) - from
      return ms >= 0 ? [ms] : []
    })
  let began = ''
  return {
    name: 'Ledgerline',
    talkSeconds,
    async calls(rate, calls) {
      began = new Date().toISOString()
      const failed = await people.call(`127.0.0.1:${drachtio.sip}`, rate, calls)
      await pauseUntilRead(url, operatorHeaders(data))
      const rows = await sql<{ dialled: string; at: string }>(
        `select to_number as dialled, answered_at as at from calls where received_at >= '${began}' and answered_at is not null`,
      )
      return { failed, talking: since(rows) }
    },
    async underWay() {
      const [row] = await sql<{ n: number }>("select count(*)::int as n from calls where status <> 'ended'")
      return Math.max(row!.n, await freeswitch.channels())
    },
    async offered() {
      return since(
        await sql(
          `select c.to_number as dialled, min(o.offered_at) as at from offers o join calls c on c.call_id = o.call_id
           where c.received_at >= '${began}' group by 1`,
        ),
      )
    },
    async memory() {
      return {
        'our process': await resident(child.pid!),
        FreeSWITCH: await residentGroup(freeswitch.group),
        drachtio: await residentGroup(drachtio.group),
      }
    },
    channels: () => freeswitch.channels(),
    sound: () => sound,
    async [Symbol.asyncDispose]() {
      counter?.close()
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await gone
      await people.go()
      await drachtio.remove()
      await freeswitch.remove()
      await rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
    },
  }
}

/** mod_callcenter on a FreeSWITCH of its own; null: this FreeSWITCH has none. */
export async function openPeer(): Promise<Job | null> {
  const configuration = await mkdtemp(join(tmpdir(), 'ledgerline-peer-'))
  const ours = await readFile(join(projectRoot, 'ops/compose/freeswitch.xml'), 'utf8')
  const people = await People.come(TALK_SECONDS, false)
  const names = Array.from({ length: AGENTS }, (_, index) => `a${index}`)
  await writeFile(
    join(configuration, 'freeswitch.xml'),
    ours
      // A call is over when one of the two hangs up.
      .replace('data="park_after_bridge=true"', 'data="park_after_bridge=false"')
      .replace('data="hangup_after_bridge=false"', 'data="hangup_after_bridge=true"')
      .replace('<load module="mod_event_socket"/>', '<load module="mod_callcenter"/><load module="mod_event_socket"/>')
      .replace(
        '<configuration name="db.conf">',
        `<configuration name="callcenter.conf"><settings/><queues><queue name="service@default">
          <param name="strategy" value="longest-idle-agent"/><param name="moh-sound" value="local_stream://default"/>
          <param name="time-base-score" value="system"/><param name="tier-rules-apply" value="false"/>
          <param name="max-wait-time" value="0"/><param name="abandoned-resume-allowed" value="false"/>
        </queue></queues>
        <agents>${names
          .map(
            (name) =>
              `<agent name="${name}" type="callback" contact="sofia/drachtio_mrf/${name}@127.0.0.1:${people.agentsPort}"
                status="Available" max-no-answer="0" wrap-up-time="0" reject-delay-time="0" busy-delay-time="0"/>`,
          )
          .join('')}</agents>
        <tiers>${names.map((name) => `<tier agent="${name}" queue="service@default" level="1" position="1"/>`).join('')}</tiers>
        </configuration><configuration name="db.conf">`,
      )
      .replace(
        '<extension name="refuse">',
        `<extension name="service"><condition field="destination_number" expression="^9\\d+$">
          <action application="answer"/><action application="callcenter" data="service@default"/>
        </condition></extension><extension name="refuse">`,
      ),
  )
  const freeswitch = await OwnFreeSwitch.start({ FS_CONF: configuration })
  const close = async (): Promise<void> => {
    await people.go()
    await freeswitch.remove()
    await rm(configuration, { recursive: true, force: true })
  }
  if (!(await freeswitch.api('module_exists mod_callcenter')).startsWith('true')) {
    await close()
    return null
  }
  await people.answer()
  const bridged = new Map<string, number>()
  const socket = await EventSocket.open({
    address: freeswitch.address,
    events: ['CHANNEL_BRIDGE'],
    fields: ['Caller-Destination-Number', 'Event-Date-Timestamp'],
    heard: (event) => {
      const dialled = event['Caller-Destination-Number'] ?? ''
      if (!bridged.has(dialled)) bridged.set(dialled, Number(event['Event-Date-Timestamp']) / 1000)
    },
    gone() {},
  })
  const status = await freeswitch.api('sofia xmlstatus profile drachtio_mrf')
  const address = /<url>\s*sips?:(?:[^@<]*@)?([^;<\s]+)/i.exec(status)![1]!
  return {
    name: 'mod_callcenter',
    talkSeconds: TALK_SECONDS,
    async calls(rate, calls) {
      bridged.clear()
      const failed = await people.call(address, rate, calls)
      return {
        failed,
        talking: [...people.dialled].flatMap(([dialled, at]) => {
          const talks = bridged.get(dialled)
          return talks === undefined ? [] : [talks - at]
        }),
      }
    },
    underWay: () => freeswitch.channels(),
    async [Symbol.asyncDispose]() {
      socket.close()
      await close()
    },
  }
}

/** Tables are as far as the log. */
async function pauseUntilRead(url: string, headers: Record<string, string>): Promise<void> {
  await until('the tables to follow', async () => {
    const answer = await fetch(`${url}/api/v1/status`, { headers, signal: AbortSignal.timeout(5_000) })
    const { lanes = [] } = (await answer.json()) as { lanes?: { behind?: number }[] }
    return lanes.every(({ behind = 0 }) => behind === 0)
  })
}

async function together<T>(all: readonly T[], each: (one: T) => Promise<void>): Promise<void> {
  for (let from = 0; from < all.length; from += 20) await Promise.all(all.slice(from, from + 20).map(each))
}

/** The memory of all processes of a group, MB. */
async function residentGroup(group: number | null): Promise<number> {
  let sum = 0
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    // One that has ended meanwhile has none.
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
    if (Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]) === group) sum += await resident(Number(pid))
  }
  return sum
}

/** A second of a tone as A-law (ITU-T G.711): its loudest 13 bits as sign, exponent and mantissa, every other bit inverted. */
function tone(hertz: number): Buffer {
  return Buffer.from(
    Array.from({ length: 8_000 }, (_, at) => {
      const value = Math.round(8_000 * Math.sin((2 * Math.PI * hertz * at) / 8_000))
      const size = Math.abs(value)
      const exponent = Math.max(0, Math.floor(Math.log2(Math.max(size, 1))) - 7)
      const mantissa = exponent === 0 ? size >> 4 : (size >> (exponent + 3)) & 15
      return ((value >= 0 ? 0x80 : 0) | (exponent << 4) | mantissa) ^ 0x55
    }),
  )
}

async function resident(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/VmRSS:\s*(\d+)/.exec(status)?.[1] ?? 0) / 1024
}
