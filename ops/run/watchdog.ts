/**
 * A process whose event loop stands still serves nobody, and cannot even be told to end: it hears no signal. Another
 * thread watches it and, when it has stood for too long, ends the process with a line that says where it stood, so that
 * a standby process takes over.
 *
 * Only the main thread's own doing counts as standing still: time in which the machine gave it no processor does not
 * count, nor does time in which the whole process was stopped (SIGSTOP, a suspended machine), nor any time while a
 * debugger is attached.
 */
import { url as debuggedAt } from 'node:inspector'
import { Worker } from 'node:worker_threads'

export interface WatchdogOptions {
  /** How long the loop may stand, ms. */
  limitMs: number
  /** Where the line is written besides standard error. */
  journal: string
}

/** What the threads share, by index. */
export const BEATS = 0
export const DEBUGGED = 1

/** How often the main thread gives a sign of life. */
const BEAT_MS = 250

/** Given to the watching thread. */
export interface Watched extends WatchdogOptions {
  shared: SharedArrayBuffer
  pid: number
}

/** Watches until it is disposed of. */
export function watchdog(options: WatchdogOptions): AsyncDisposable {
  const shared = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)
  const signs = new Int32Array(shared)
  const beat = (): void => {
    Atomics.add(signs, BEATS, 1)
    Atomics.store(signs, DEBUGGED, debuggedAt() === undefined ? 0 : 1)
  }
  beat()
  const beating = setInterval(beat, BEAT_MS).unref()
  const watched: Watched = { ...options, shared, pid: process.pid }
  const thread = new Worker(new URL('watchdog-thread.ts', import.meta.url), { workerData: watched, name: 'watchdog' })
  // Without it the house is as it would be with the watchdog off.
  thread.on('error', () => {})
  thread.unref()
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(beating)
      await thread.terminate()
    },
  }
}
