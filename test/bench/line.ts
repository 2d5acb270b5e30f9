/**
 * The whole line: how many calls a second are offered, answered and ended, with every event on disk in the log and the
 * boards live in a browser in another thread. 1,000 agents in 50 queues, everything in one process, as `up` runs it.
 *
 * As many calls are kept going as half of the agents can take; whenever a caller hangs up, another follows. So it goes
 * as fast as the house can and no faster, and what is measured is the house.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { between } from '@ledgerline/adapters/telephony/simulator/draws.ts'
import { HOLD_PATIENCE_MS, picksUp } from '@ledgerline/adapters/telephony/simulator/people.ts'
import type { EventLog, StoredEvent } from '@ledgerline/core/kernel/log.ts'
import { listen, openCentre, TENANT } from './centre.ts'
import { atLeast, atMost, machine, percentile, plain, type BenchResult } from './result.ts'

const AGENTS = 1_000
const QUEUES = 50
const UNDER_WAY = 500
/** Talk, so short that it is never the bottleneck. */
const TALK_MS = 400
const RAMP_MS = 6_000
const MEASURED_MS = 12_000
/** How late the boards may be. */
const LATE_MS = 5_000

export async function run(): Promise<BenchResult> {
  await using closing = new AsyncDisposableStack()
  const passed = new Passed()
  const { telephony, dice, port, engine, eventLog } = await openCentre(closing, {
    agents: AGENTS,
    queues: QUEUES,
    wrapUpMs: 0,
    habits: picksUp({ after: between(50, 150) }),
    around: (log) => passed.around(log),
  })
  const seen = new Map<string, number>()
  const listener = await listen(port, seen)
  closing.defer(() => void listener.worker.terminate())

  let stopped = false
  const call = (): void => {
    if (stopped) return
    telephony.arrive({
      tenant: TENANT,
      from: '13800002225',
      to: `Q${Math.floor(dice() * QUEUES)}`,
      gateway: null,
      customerId: null,
      priority: 0,
      patienceMs: 60_000,
      talkMs: TALK_MS * (0.5 + dice()),
      holdPatienceMs: HOLD_PATIENCE_MS,
      talkEndedBy: 'customer',
    })
  }
  passed.onEnded = call
  for (let index = 0; index < UNDER_WAY; index++) call()
  await pause(RAMP_MS)
  const before = { ...passed.counted, seen: seen.size, cpu: process.cpuUsage() }
  passed.appends.length = 0
  const begun = performance.now()
  await pause(MEASURED_MS)
  const seconds = (performance.now() - begun) / 1000
  const after = { ...passed.counted }
  const cpu = process.cpuUsage(before.cpu)
  // How far the tables are behind at this moment.
  const head = (await eventLog.head())!
  const asked = performance.now()
  stopped = true
  await engine.waitFor(head, TENANT, 60_000)
  const lateMs = performance.now() - asked
  const ended = (after.ended - before.ended) / seconds
  return {
    name: 'line',
    machine: machine(),
    cases: [
      atLeast('calls offered, answered and ended a second', 300, ended, '/s'),
      plain('events appended a second', (after.events - before.events) / seconds, '/s', 0),
      plain('appends a second', passed.appends.length / seconds, '/s', 0),
      plain('an append, p50', percentile(passed.appends, 0.5), 'ms'),
      plain('an append, p95', percentile(passed.appends, 0.95), 'ms'),
      atMost('boards behind the log at the end', LATE_MS, lateMs, 'ms', 0),
      plain('changes that reached the browser a second', (seen.size - before.seen) / seconds, '/s', 0),
      plain('cores used by the process', (cpu.user + cpu.system) / 1e6 / seconds, 'cores'),
    ],
  }
}

/** What went through the log. */
class Passed {
  readonly counted = { events: 0, ended: 0 }
  /** How long appends took, ms. */
  readonly appends: number[] = []
  onEnded: () => void = () => {}

  around(log: EventLog): EventLog {
    const { append, appendMany } = log
    log.append = async (stream, expected, events) => {
      const answer = await this.#timed(append.call(log, stream, expected, events))
      this.#count(events)
      return answer
    }
    log.appendMany = async (appends) => {
      const answers = await this.#timed(appendMany.call(log, appends))
      for (const { events } of appends) this.#count(events)
      return answers
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

  #count(events: readonly StoredEvent[]): void {
    this.counted.events += events.length
    for (const { type } of events) {
      if (type !== 'CallEnded') continue
      this.counted.ended++
      this.onEnded()
    }
  }
}

if (import.meta.main) console.log(JSON.stringify(await run(), null, 2))
