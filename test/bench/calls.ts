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

/** How often memory is looked at, ms. */
const LOOK_MS = 30_000

/** Keeps so many calls going for so long: nobody fails, nobody is left, no sound is lost, and memory stays as it is. */
async function soak(minutes: number, concurrent: number, sound: boolean, cases: BenchCase[]): Promise<void> {
  await using ours = await openCallCentre({ concurrent, sound })
  const seconds = minutes * 60
  const looks: { seconds: number; memory: Record<string, number>; calls: number }[] = []
  const [over, began] = [new AbortController(), performance.now()]
  const looking = (async () => {
    while (!over.signal.aborted) {
      await pause(LOOK_MS, undefined, { signal: over.signal }).catch(() => {})
      if (over.signal.aborted) return
      const at = Math.round((performance.now() - began) / 1000)
      looks.push({ seconds: at, memory: await ours.memory(), calls: (await ours.channels()) / 2 })
      process.stderr.write(`${JSON.stringify(looks.at(-1))}\n`)
    }
  })()
  const { failed, stuck } = await measure(ours, concurrent / ours.talkSeconds, seconds)
  over.abort()
  await looking
  const full = looks.filter((look) => look.seconds > ours.talkSeconds + LOOK_MS / 1000 && look.seconds < seconds)
  const under = full.map(({ calls }) => calls)
  cases.push(
    atMost(`${concurrent} calls under way for ${minutes} min: failed`, FAILED * 100, failed * 100, '%', 2),
    plain('under way, as FreeSWITCH counts them: least', Math.min(...under), 'calls', 0),
    plain('… most', Math.max(...under), 'calls', 0),
    atMost('left in a call', 0, stuck, 'calls', 0),
  )
  const [first, middle, last] = [full[0], full[Math.floor(full.length / 2)], full.at(-1)]
  for (const name of Object.keys(first?.memory ?? {}))
    cases.push(
      plain(`memory of ${name} when all talk`, first!.memory[name]!, 'MB', 0),
      plain('… in the middle', middle!.memory[name]!, 'MB', 0),
      plain('… at the end', last!.memory[name]!, 'MB', 0),
    )
  if (!sound) return
  const { channels, received, sent, missed } = ours.sound()
  cases.push(
    plain('packets of sound from people to FreeSWITCH', received, '', 0),
    plain('packets of sound from FreeSWITCH to people', sent, '', 0),
    // Agents send back each packet that reaches them, so what is lost on the way, there or back, never comes.
    atMost('packets due from people that did not come in time', 0.5, (missed / (received + missed)) * 100, '%', 3),
    plain('channels', channels, '', 0),
  )
}

/**
 * @param options `rate`: only this one, and half of it; `minutes`: instead, as many calls under way all the time as
 *   `concurrent` says, `sound`: with sound both ways
 */
export async function run(
  options: Pick<BenchOptions, 'rate' | 'minutes' | 'concurrent' | 'sound'> = {},
): Promise<BenchResult> {
  const cases: BenchCase[] = []
  if (options.minutes !== undefined) {
    await soak(options.minutes, options.concurrent ?? 100, options.sound ?? false, cases)
    return { name: 'calls', machine: machine(), cases }
  }
  const rates = options.rate === undefined ? RATES : [options.rate]
  let peerHeld: number | null = null
  {
    await using peer = await openPeer()
    if (peer) peerHeld = await best(peer, rates, cases)
  }
  await using ours = await openCallCentre()
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
