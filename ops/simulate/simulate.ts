/**
 * Runs the real switchboard on a virtual clock and measures it: callers at random, talk and patience exponential,
 * phones answered at once, no wrap-up. Under these assumptions the truth is known exactly (Erlang C; Erlang A if
 * callers lose patience), so the measurements prove the ACD.
 *
 * Hours are cut into batches by the moment of arrival, which give the 95 % intervals; everything before them warms the
 * system up and is discarded. If the hours are too few for the queue's memory there is no interval, but the number of
 * hours that one would take. Long simulations run as two independent halves, each in its own thread; on a machine with
 * one core the result is the same, and takes twice as long.
 */
import { Worker } from 'node:worker_threads'
import type { Fault, FaultKind } from '@ledgerline/adapters/telephony/simulator/faults.ts'
import { batchMeans, type Batch, type Measures } from './batch-means.ts'
import { simulateStretch, type Simulated, type Stretch } from './stretch.ts'

export interface SimulationOptions {
  callsPerHour: number
  /** Mean talk, seconds. */
  talkS: number
  agents: number
  /** Mean patience, seconds; without it nobody ever hangs up in the queue. */
  patienceS?: number
  /** Hours that are measured, not counting the warm-up. */
  hours: number
  seed: number
  /** Network faults; none by default, and then the formulas hold. */
  faults?: readonly Fault[]
  signal?: AbortSignal
  /** Called from time to time with how much is done, as a fraction of 1. */
  progress?: (done: number) => void
}

/** What is simulated, as opposed to how it is watched. */
export type Asked = Omit<SimulationOptions, 'signal' | 'progress'>

export interface Simulation extends Measures {
  /** Half-widths of the 95 % intervals, by the same names; null if the hours are too few for one. */
  ci95: Measures
  /**
   * About how many hours it would take to have all of them; null if none is missing, or if no number of hours would do.
   */
  needs_hours: number | null
  /** There is more work than the agents can do and nobody gives up: the queue grows for ever, and its measures mean nothing. */
  never_settles: boolean
  /** How much was discarded first, hours: of each half, if there are two. */
  warm_up_hours: number
  /** How often each kind of fault struck, warm-up included; only if faults were requested. */
  faults?: Partial<Record<FaultKind, number>>
}

const HOUR_MS = 3_600_000
/** So short that many can be joined to one, and so few that each still sees something. */
const BATCHES = 320
/** A tenth of the hours, but no more than this, warms up a system that forgets quickly. */
const USUAL_WARM_UP_HOURS = 10
/** After this many times its memory a queue has forgotten how it began. */
const MEMORIES = 3
/** From this many hours on in halves: a thread takes a second or two to get going. */
const HALVED_FROM_HOURS = 100
/** Added to the seed of the second half. */
const OTHER_SEED = 0x9e3779b9

/** The stretches of time simulated for some hours, and their batches. */
export function stretchesOf({ hours, ...asked }: Asked): Stretch[] {
  const memoryHours = memoryOf(asked)
  const forgotten = Number.isFinite(memoryHours) ? Math.min(hours, MEMORIES * memoryHours) : 0
  const warmUpMs = Math.max(Math.min(hours / 10, USUAL_WARM_UP_HOURS), forgotten) * HOUR_MS
  // Faults that strike a certain call must strike it once.
  const halves = hours >= HALVED_FROM_HOURS && !asked.faults ? 2 : 1
  return Array.from({ length: halves }, (_, half) => ({
    ...asked,
    warmUpMs,
    batches: BATCHES / halves,
    batchMs: (hours * HOUR_MS) / BATCHES,
    seed: (asked.seed + half * OTHER_SEED) % 2 ** 32,
  }))
}

/** Their measures. @param batches of each stretch */
export function measured(
  options: Asked,
  stretches: readonly Stretch[],
  batches: readonly (readonly Batch[])[],
): Simulation {
  const [{ warmUpMs, batchMs }] = stretches as [Stretch, ...Stretch[]]
  const { timesLonger, ci95, ...measures } = batchMeans(batches, { agents: options.agents, batchMs })
  const neverSettles = memoryOf(options) === Number.POSITIVE_INFINITY
  return {
    ...measures,
    ci95: neverSettles ? withoutIntervals(ci95) : ci95,
    needs_hours: timesLonger === null || neverSettles ? null : roundedUp(options.hours * timesLonger),
    never_settles: neverSettles,
    warm_up_hours: warmUpMs / HOUR_MS,
  }
}

/** The measures of the simulated time, with their 95 % intervals. Deterministic by the seed. */
export async function simulate(options: SimulationOptions): Promise<Simulation> {
  const { signal, progress, ...asked } = options
  const stretches = stretchesOf(asked)
  const halves = stretches.length
  const done = stretches.map(() => 0)
  const note = (half: number) => (part: number) => {
    done[half] = part
    progress?.(done.reduce((sum, each) => sum + each, 0) / halves)
  }
  const parts =
    halves === 1
      ? [await simulateStretch(stretches[0]!, note(0), signal)]
      : await Promise.all(stretches.map((stretch, half) => inThread(stretch, note(half), signal)))
  const measures = measured(
    asked,
    stretches,
    parts.map(({ batches }) => batches),
  )
  return asked.faults ? { ...measures, faults: parts[0]!.struck } : measures
}

/**
 * How long a queue remembers, hours: the relaxation time of Erlang's queue, 1 / (√(nμ) − √λ)² (Cohen, *The Single
 * Server Queue*), which grows without limit as the load approaches what the agents can do. Callers who give up shorten
 * it to the length of a talk or a patience, which is then used.
 */
function memoryOf({ callsPerHour, talkS, agents, patienceS }: Omit<Asked, 'hours' | 'seed' | 'faults'>): number {
  const spare = Math.sqrt((3600 * agents) / talkS) - Math.sqrt(callsPerHour)
  const withoutEnd = spare > 0 ? spare ** -2 : Number.POSITIVE_INFINITY
  return patienceS === undefined ? withoutEnd : Math.min(withoutEnd, (talkS + patienceS) / 3600)
}

/** Hours as a person would ask for them: two digits, rounded up. */
function roundedUp(hours: number): number {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(hours)) - 1)
  return Math.ceil(hours / step) * step
}

function withoutIntervals(ci95: Measures): Measures {
  return Object.fromEntries(Object.keys(ci95).map((name) => [name, null])) as unknown as Measures
}

/** What the thread reports: its progress, or its result. */
export type Told = { done: number } | { simulated: Simulated }

/** Simulates a stretch in its own thread. @throws whatever the thread threw; the signal's reason */
async function inThread(stretch: Stretch, progress: (done: number) => void, signal?: AbortSignal): Promise<Simulated> {
  signal?.throwIfAborted()
  // Young objects are many and short-lived, as in the command's own thread: the semi-space is a third of this.
  const worker = new Worker(new URL('./thread.ts', import.meta.url), {
    workerData: stretch,
    resourceLimits: { maxYoungGenerationSizeMb: 192 },
  })
  const stop = (): void => void worker.terminate()
  signal?.addEventListener('abort', stop)
  try {
    return await new Promise<Simulated>((resolve, reject) => {
      worker.on('message', (told: Told) => {
        if ('simulated' in told) resolve(told.simulated)
        else progress(told.done)
      })
      worker.once('error', reject)
      worker.once('exit', (code) =>
        reject(signal?.aborted ? signal.reason : new Error(`the thread of a simulation ended with ${code}`)),
      )
    })
  } finally {
    signal?.removeEventListener('abort', stop)
    await worker.terminate()
  }
}
