/**
 * From an event to the browser: how long after an event was given to the log a browser in another thread reads the
 * changed row from the live stream. 500 agents in 50 queues take 20 short calls a second; everything runs in one
 * process, as `up` runs it: telephony (simulated), switchboard, log and tables on PostgreSQL with the disk in the way,
 * engine, web server.
 *
 * The time counts from the call of `append`, so it includes the writing itself.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { letCall, poissonArrivals } from '@ledgerline/adapters/telephony/simulator/callers.ts'
import { between, exponential } from '@ledgerline/adapters/telephony/simulator/draws.ts'
import { HOLD_PATIENCE_MS, picksUp, type Caller } from '@ledgerline/adapters/telephony/simulator/people.ts'
import type { EventLog, StoredEvent } from '@ledgerline/core/kernel/log.ts'
import { listen, openCentre, TENANT } from './centre.ts'
import { atMost, machine, percentile, plain, type BenchCase, type BenchResult } from './result.ts'

const AGENTS = 500
const QUEUES = 50
const CALLS_A_SECOND = 20
/** Until as many calls end as begin. */
const RAMP_MS = 12_000
const MEASURED_MS = 14_000

export async function run(): Promise<BenchResult> {
  await using closing = new AsyncDisposableStack()
  const written = new Written()
  const { telephony, clock, dice, port } = await openCentre(closing, {
    agents: AGENTS,
    queues: QUEUES,
    wrapUpMs: 1_000,
    habits: picksUp({ after: between(1_000, 4_000) }),
    around: (log) => written.around(log),
  })

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
  const stop = letCall(
    clock,
    poissonArrivals({ from: Date.now(), mostPerHour: CALLS_A_SECOND * 3600, dice, caller }),
    (each) => void telephony.arrive(each),
  )
  closing.defer(stop)
  await pause(RAMP_MS)
  written.clear()
  const begun = { bytes: listener.bytes(), cpu: process.cpuUsage() }
  await pause(MEASURED_MS)
  const until = performance.timeOrigin + performance.now()
  const cpu = process.cpuUsage(begun.cpu)
  await pause(1_500)
  return result(
    written,
    seen,
    until,
    (listener.bytes() - begun.bytes) / (MEASURED_MS / 1000),
    (cpu.user + cpu.system) / 1000 / MEASURED_MS,
  )
}

function result(
  written: Written,
  seen: ReadonlyMap<string, number>,
  until: number,
  bytesPerSecond: number,
  cores: number,
): BenchResult {
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
      // A state that was over before it could be sent does not count as lost.
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

  /** The log, with its appends timed. */
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

if (import.meta.main) console.log(JSON.stringify(await run(), null, 2))
