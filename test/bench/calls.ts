/**
 * Real calls a second through a queue to an agent, and how long it takes until both can talk: drachtio, FreeSWITCH, all of
 * `up` (every event in the log, tables and boards on) and sipp as callers and agents, everything on this machine. In the
 * same run FreeSWITCH's own mod_callcenter does the same job. Method and numbers: `ops/docs/call-benchmarks.md`.
 *
 * Needs sipp, LIVE_DRACHTIO and LIVE_FREESWITCH. mod_callcenter is measured where that FreeSWITCH has it.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { BenchOptions } from '@ledgerline/ops/cli/bench.ts'
import { machine, atLeast, atMost, percentile, plain, type BenchCase, type BenchResult } from './result.ts'
import { openCallCentre, openPeer, type Job } from './call-jobs.ts'

/** Calls a second that are tried, one after the other. */
const RATES = [20, 30, 40, 50, 60, 70]
const SECONDS = 8
/** Calls that may fail, as a share. */
const FAILED = 0.005
const AIM = 60

interface Measured {
  failed: number
  /** From the INVITE until both can talk, ms. */
  talking: number[]
  stuck: number
}

async function measure(job: Job, rate: number, seconds: number): Promise<Measured> {
  const calls = Math.round(rate * seconds)
  const { failed, talking } = await job.calls(rate, calls)
  // Nobody is left in a call, however many there were.
  let stuck = await job.underWay()
  for (let waited = 0; stuck > 0 && waited < 20; waited++) {
    await pause(500)
    stuck = await job.underWay()
  }
  return { failed: Math.max(failed, calls - talking.length) / calls, talking, stuck }
}

async function best(job: Job, rates: readonly number[], cases: BenchCase[]): Promise<number> {
  let held = 0
  for (const rate of rates) {
    const { failed, talking, stuck } = await measure(job, rate, SECONDS)
    cases.push(
      plain(`${job.name}: failed at ${rate} calls/s`, failed * 100, '%', 2),
      plain(`${job.name}: both talk at ${rate} calls/s, p50`, percentile(talking, 0.5), 'ms', 0),
      plain(`${job.name}: left in a call after ${rate} calls/s`, stuck, 'calls', 0),
    )
    if (failed > FAILED || stuck > 0) break
    held = rate
  }
  return held
}

/**
 * @param options `rate`: only this one, and half of it; `minutes`: instead, as many calls under way all the time as
 *   `concurrent` says
 */
export async function run(options: Pick<BenchOptions, 'rate' | 'minutes' | 'concurrent'> = {}): Promise<BenchResult> {
  const cases: BenchCase[] = []
  const rates = options.rate === undefined ? RATES : [options.rate]
  let peerHeld: number | null = null
  {
    await using peer = await openPeer()
    if (peer) peerHeld = await best(peer, rates, cases)
  }
  await using ours = await openCallCentre()
  if (options.minutes !== undefined) {
    const concurrent = options.concurrent ?? 100
    const before = await ours.memory()
    const { failed, stuck } = await measure(ours, concurrent / ours.talkSeconds, options.minutes * 60)
    const after = await ours.memory()
    cases.push(
      atMost(`${concurrent} calls under way for ${options.minutes} min: failed`, FAILED * 100, failed * 100, '%', 2),
      atMost('left in a call', 0, stuck, 'calls', 0),
    )
    for (const [name, mb] of Object.entries(after))
      cases.push(plain(`memory of ${name}, before`, before[name] ?? 0, 'MB', 0), plain(`… after`, mb, 'MB', 0))
    return { name: 'calls', machine: machine(), cases }
  }
  const held = await best(ours, rates, cases)
  if (peerHeld !== null) cases.push(atLeast('calls/s, at least those of mod_callcenter', peerHeld, held, 'calls/s'))
  cases.push(plain(`calls/s with less than ${FAILED * 100} % failed (aim: ${AIM})`, held, 'calls/s', 0))
  if (held > 0) {
    const half = await measure(ours, held / 2, SECONDS)
    const shown = await ours.offered()
    cases.push(
      atMost('both talk at half that rate, p50', 80, percentile(half.talking, 0.5), 'ms', 0),
      plain('both talk at half that rate, p99', percentile(half.talking, 0.99), 'ms', 0),
      atMost(
        'the offer is known before the phone is asked, p95 from the INVITE',
        100,
        percentile(shown, 0.95),
        'ms',
        0,
      ),
      atMost('left in a call', 0, half.stuck, 'calls', 0),
    )
  }
  return { name: 'calls', machine: machine(), cases }
}
