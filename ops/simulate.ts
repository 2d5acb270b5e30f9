/**
 * Runs the real switchboard on a virtual clock and measures it: callers at random, talk and patience
 * exponential, phones answered at once, no write-up. Under these assumptions the truth is known exactly
 * (Erlang C; Erlang A where callers lose patience), so that what is measured here proves the ACD.
 *
 * Hours are cut into batches by the moment of arrival, the spread of which gives the 95 % intervals (method of
 * batch means); what comes before them warms the system up and is thrown away. Many hours are simulated in two
 * halves that know nothing of each other, each in a thread of its own; on a machine with one core the result is
 * the same, and takes twice as long.
 */
import { Worker } from 'node:worker_threads'
import type { Fault, FaultKind } from '@ledgerline/adapters/telephony/faults.ts'
import { batchMeans, type Measures } from './batch-means.ts'
import { simulateStretch, type Simulated, type Stretch } from './simulate-formula.ts'

export interface SimulationOptions {
  callsPerHour: number
  /** Mean talk, seconds. */
  talkS: number
  agents: number
  /** Mean patience, seconds; without it nobody ever hangs up in the queue. */
  patienceS?: number
  /** Hours that are measured; the warm-up comes on top. */
  hours: number
  seed: number
  /** What goes wrong in the network; nothing by default, and then the truth of the formulas holds. */
  faults?: readonly Fault[]
  signal?: AbortSignal
  /** Told now and then how much is done, as a fraction of 1. */
  progress?: (done: number) => void
}

export interface Simulation extends Measures {
  /** Half-widths of the 95 % intervals, by the same names. */
  ci95: Measures
  /** How often each kind of fault struck, warm-up included; only where faults were asked for. */
  faults?: Partial<Record<FaultKind, number>>
}

const HOUR_MS = 3_600_000
const BATCHES = 20
/** From so many hours on in halves: a thread takes a second or two to get going. */
const HALVED_FROM_HOURS = 100
/** Added to the seed of the second half. */
const OTHER_SEED = 0x9e3779b9

/** The measures of the simulated time, with their 95 % intervals. Deterministic by the seed. */
export async function simulate(options: SimulationOptions): Promise<Simulation> {
  const { hours, signal, progress, ...asked } = options
  const { agents, seed, faults } = asked
  const batchMs = (hours * HOUR_MS) / BATCHES
  // Faults that strike a certain call strike it once.
  const halves = hours >= HALVED_FROM_HOURS && !faults ? 2 : 1
  const stretches = Array.from({ length: halves }, (_, half): Stretch => ({ ...asked, batches: BATCHES / halves, batchMs, seed: (seed + half * OTHER_SEED) % 2 ** 32 }))
  const done = stretches.map(() => 0)
  const note = (half: number) => (part: number) => {
    done[half] = part
    progress?.(done.reduce((sum, each) => sum + each, 0) / halves)
  }
  const parts = halves === 1 ? [await simulateStretch(stretches[0]!, note(0), signal)] : await Promise.all(stretches.map((stretch, half) => inThread(stretch, note(half), signal)))
  const measures = batchMeans(parts.flatMap(({ batches }) => batches), { agents, batchMs })
  return faults ? { ...measures, faults: parts[0]!.struck } : measures
}

/** What the thread tells: how far it is, or what it found. */
export type Told = { done: number } | { simulated: Simulated }

/** Simulates a stretch in a thread of its own. @throws what the thread threw; the signal's reason */
async function inThread(stretch: Stretch, progress: (done: number) => void, signal?: AbortSignal): Promise<Simulated> {
  signal?.throwIfAborted()
  // Young objects are many and die at once, as in the command's own thread: the semi-space is a third of this.
  const worker = new Worker(new URL('./simulate-thread.ts', import.meta.url), { workerData: stretch, resourceLimits: { maxYoungGenerationSizeMb: 192 } })
  const stop = (): void => void worker.terminate()
  signal?.addEventListener('abort', stop)
  try {
    return await new Promise<Simulated>((resolve, reject) => {
      worker.on('message', (told: Told) => {
        if ('simulated' in told) resolve(told.simulated)
        else progress(told.done)
      })
      worker.once('error', reject)
      worker.once('exit', (code) => reject(signal?.aborted ? signal.reason : new Error(`the thread of a simulation ended with ${code}`)))
    })
  } finally {
    signal?.removeEventListener('abort', stop)
    await worker.terminate()
  }
}
