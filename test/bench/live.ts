/**
 * From an event to the browser: how long after an event was given to the log the row that it changes is
 * read from the live stream by a browser in another thread. 500 agents in 50 queues take 20 short calls a
 * second; everything runs in one process, as `up` runs it: telephony (simulated), switchboard, log and
 * tables on PostgreSQL with the disk in the way, engine, web server.
 *
 * The time counts from the call of `append`, so it contains the writing itself.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { ScaledClock } from '@ledgerline/adapters/clock/real.ts'
import { EngineReadSide } from '@ledgerline/adapters/http/engine-read-side.ts'
import { webServer } from '@ledgerline/adapters/http/server.ts'
import { configuredSession } from '@ledgerline/adapters/http/session.ts'
import { openVault } from '@ledgerline/adapters/keys/postgres.ts'
import { EngineBoards } from '@ledgerline/adapters/live/engine-boards.ts'
import { openAnswers } from '@ledgerline/adapters/log/answers.ts'
import { openPostgresLog } from '@ledgerline/adapters/log/postgres.ts'
import { LOG_DATABASE, startEmbedded, TABLES_DATABASE } from '@ledgerline/adapters/postgres/embedded.ts'
import { letCall, poissonArrivals } from '@ledgerline/adapters/telephony/callers.ts'
import { between, exponential } from '@ledgerline/adapters/telephony/draws.ts'
import { HOLD_PATIENCE_MS, picksUp, type Caller } from '@ledgerline/adapters/telephony/people.ts'
import { SimulatedTelephony } from '@ledgerline/adapters/telephony/simulator.ts'
import { catalogue } from '@ledgerline/core/catalogue.ts'
import { seededDice, uuid7 } from '@ledgerline/core/kernel/clock.ts'
import { Codec } from '@ledgerline/core/kernel/codec.ts'
import type { EventLog, StoredEvent } from '@ledgerline/core/kernel/log.ts'
import { startSwitchboard } from '@ledgerline/ops/switchboard.ts'
import { Engine } from '@ledgerline/projections/engine/engine.ts'
import { house } from '@ledgerline/projections/house.ts'
import { agentNumbered, queueNamed } from '../support/house.ts'
import type { Seen } from './live-listener.ts'
import { atMost, machine, percentile, plain, type BenchCase, type BenchResult } from './result.ts'

const TENANT = 'bench'
const AGENTS = 500
const QUEUES = 50
const CALLS_A_SECOND = 20
/** Until as many calls end as begin. */
const RAMP_MS = 12_000
const MEASURED_MS = 14_000

export async function run(): Promise<BenchResult> {
  await using closing = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'ledgerline-bench-live-'))
  closing.defer(() => rm(directory, { recursive: true, force: true }))
  // The database may run as a user of its own, who has to reach it.
  await chmod(directory, 0o755)
  const postgres = await startEmbedded({ directory: join(directory, 'data') })
  closing.defer(() => postgres.stop())
  const written = new Written()
  const eventLog = written.around(await openPostgresLog({ url: postgres.url(LOG_DATABASE) }))
  closing.defer(() => eventLog.close())
  const vault = await openVault({ url: postgres.url(LOG_DATABASE), directory: join(directory, 'data') })
  closing.defer(() => vault.close())
  const codec = new Codec(catalogue, vault)
  const answers = await openAnswers(postgres.url(LOG_DATABASE), Date.now)
  closing.defer(() => answers.close())
  const dice = seededDice(1)
  // The machine's time, on a clock that can be stopped: nobody is called any more when the benchmark is over.
  const clock = new ScaledClock(Date.now(), 1)
  closing.defer(() => clock.close())
  const telephony = new SimulatedTelephony({ clock, dice })
  closing.defer(() => telephony.close())
  const queues = Array.from({ length: QUEUES }, (_, index) => queueNamed(`Q${index}`, { wrapUpMs: 1_000 }))
  const agents = Array.from({ length: AGENTS }, (_, index) => agentNumbered(index, [`Q${index % QUEUES}`, `Q${(index + 1) % QUEUES}`]))
  for (const { extension } of agents) telephony.plug(TENANT, extension!, picksUp({ after: between(1_000, 4_000) }))
  const switchboard = await startSwitchboard({
    tenant: TENANT,
    eventLog,
    codec,
    answers,
    snapshots: { load: async () => null, save: async () => {} },
    telephony,
    clock,
    notes: { warn: () => {} },
  })
  closing.defer(() => switchboard.stop())
  await switchboard.activate({ zone: 'Asia/Shanghai', queues, agents, routes: queues.map(({ code }) => ({ code, to: code, queueCode: code })) })

  const engine = new Engine({ log: eventLog, codec, url: postgres.url(TABLES_DATABASE), models: house })
  await engine.start()
  closing.defer(() => engine.stop())
  const readSide = new EngineReadSide(engine, postgres.url(TABLES_DATABASE))
  closing.defer(() => readSide.close())
  const boards = new EngineBoards(engine, postgres.url(TABLES_DATABASE))
  closing.defer(() => boards.close())
  const nowhere = { debug: () => {}, warn: () => {}, error: () => {} }
  const server = await webServer({
    sessions: configuredSession({ tenant: () => TENANT }),
    readSide,
    boards,
    log: eventLog,
    codec,
    answers,
    deskOf: () => ({ ...switchboard, board: switchboard.process.board, now: () => clock.now() }),
    clockOf: () => ({ now: () => clock.now(), speed: 1, zone: 'Asia/Shanghai' }),
    screens: join(directory, 'no-screens'),
    version: 'bench',
    logger: nowhere,
  })
  closing.defer(() => server.close())
  const { port } = await server.listen(0)

  const newId = uuid7(dice)
  await inTurns(agents, 64, async ({ agentId }) => {
    const by = () => ({ tenant: TENANT, commandId: newId(Date.now()), actor: `agent:${agentId}` })
    await switchboard.desk.signIn(agentId, { via: 'phone', registered: true }, by())
    await switchboard.desk.setWork(agentId, 'ready', null, by())
  })
  await engine.waitFor((await eventLog.head())!, TENANT, 10_000)

  const seen = new Map<string, number>()
  const listener = await listen(port, seen)
  closing.defer(() => void listener.worker.terminate())
  const talk = exponential(18_000)
  const caller = (): Caller => ({
    tenant: TENANT,
    from: '13800002225',
    to: `Q${Math.floor(dice() * QUEUES)}`,
    gateway: null,
    customerId: null,
    priority: 0,
    patienceMs: 60_000,
    talkMs: talk(dice),
    holdPatienceMs: HOLD_PATIENCE_MS,
    talkEndedBy: 'customer',
  })
  const stop = letCall(clock, poissonArrivals({ from: Date.now(), mostPerHour: CALLS_A_SECOND * 3600, dice, caller }), (each) => void telephony.arrive(each))
  closing.defer(stop)
  await pause(RAMP_MS)
  written.clear()
  const begun = { bytes: listener.bytes(), cpu: process.cpuUsage() }
  await pause(MEASURED_MS)
  const until = performance.timeOrigin + performance.now()
  const cpu = process.cpuUsage(begun.cpu)
  await pause(1_500)
  return result(written, seen, until, (listener.bytes() - begun.bytes) / (MEASURED_MS / 1000), (cpu.user + cpu.system) / 1000 / MEASURED_MS)
}

function result(written: Written, seen: ReadonlyMap<string, number>, until: number, bytesPerSecond: number, cores: number): BenchResult {
  const kinds = ['a caller is there', 'a caller talks', 'an agent talks', 'a caller is gone'] as const
  const all: number[] = []
  const cases: BenchCase[] = []
  let unseen = 0
  for (const kind of kinds) {
    const waits: number[] = []
    for (const { what, callId, at } of written.of(kind)) {
      if (at > until) continue
      const read = seen.get(what)
      if (read !== undefined) waits.push(read - at)
      // A state that was over before it could be told is none that was lost.
      else if (!seen.has(`calls ${callId} gone`)) unseen++
    }
    all.push(...waits)
    cases.push(plain(`event → delta, ${kind}, p95`, percentile(waits, 0.95), 'ms'))
  }
  const p95 = percentile(all, 0.95)
  return {
    name: 'live',
    machine: machine(),
    cases: [
      plain('events a second', written.events / (MEASURED_MS / 1000), '/s'),
      plain('changes looked for', all.length + unseen, 'changes'),
      { case: 'changes that never came', value: unseen, unit: 'changes', bar: '0', met: unseen === 0 },
      plain('event → delta, p50', percentile(all, 0.5), 'ms'),
      atMost('event → delta, p95', 250, p95, 'ms'),
      plain('event → delta, p99', percentile(all, 0.99), 'ms'),
      ...cases,
      plain('of this the append alone, p50', percentile(written.appends, 0.5), 'ms'),
      plain('of this the append alone, p95', percentile(written.appends, 0.95), 'ms'),
      plain('stream to one browser', bytesPerSecond / 1024, 'KiB/s'),
      plain('cores used by the process', cores, 'cores'),
    ],
  }
}

/** When events that a screen shows were given to the log. */
class Written {
  events = 0
  /** How long appends took, ms. */
  readonly appends: number[] = []
  readonly #at = new Map<string, { kind: string; callId: string; at: number }>()

  clear(): void {
    this.events = 0
    this.appends.length = 0
    this.#at.clear()
  }

  *of(kind: string): Iterable<{ what: string; callId: string; at: number }> {
    for (const [what, entry] of this.#at) if (entry.kind === kind) yield { what, ...entry }
  }

  /** The log, its appends noted. */
  around(log: EventLog): EventLog {
    const { append, appendMany } = log
    log.append = (stream, expected, events) => {
      this.#note(events)
      return this.#timed(append.call(log, stream, expected, events))
    }
    log.appendMany = (appends) => {
      for (const { events } of appends) this.#note(events)
      return this.#timed(appendMany.call(log, appends))
    }
    return log
  }

  async #timed<T>(answer: Promise<T>): Promise<T> {
    const begun = performance.now()
    try {
      return await answer
    } finally {
      this.appends.push(performance.now() - begun)
    }
  }

  #note(events: readonly StoredEvent[]): void {
    const at = performance.timeOrigin + performance.now()
    this.events += events.length
    for (const { type, data } of events) {
      const kind = watched[type]
      if (!kind) continue
      const { callId, agentId } = JSON.parse(data) as { callId: string; agentId?: string }
      const what = kind[1] === 'agent' ? `agent ${agentId} ${callId}` : `calls ${callId} ${kind[1]}`
      if (!this.#at.has(what)) this.#at.set(what, { kind: kind[0], callId, at })
    }
  }
}

const watched: Readonly<Record<string, [kind: string, state: string]>> = {
  CallReceived: ['a caller is there', 'there'],
  CallAnswered: ['a caller talks', 'talking'],
  AgentCallStarted: ['an agent talks', 'agent'],
  CallEnded: ['a caller is gone', 'gone'],
}

/** Starts the browser; resolves when it has its first rows. */
async function listen(port: number, seen: Map<string, number>): Promise<{ worker: Worker; bytes(): number }> {
  const worker = new Worker(new URL('./live-listener.ts', import.meta.url), { workerData: { port } })
  let read = 0
  await new Promise<void>((resolve, reject) => {
    worker.once('error', reject)
    worker.on('message', (message: 'ready' | { seen: Seen[]; bytes: number }) => {
      if (message === 'ready') return resolve()
      read = message.bytes
      for (const [what, at] of message.seen) if (!seen.has(what)) seen.set(what, at)
    })
  })
  return { worker, bytes: () => read }
}

async function inTurns<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items]
  await Promise.all(Array.from({ length: atOnce }, async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item)
  }))
}

if (import.meta.main) console.log(JSON.stringify(await run(), null, 2))
