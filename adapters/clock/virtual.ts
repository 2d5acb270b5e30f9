/**
 * A clock that stands still until nobody has anything left to do, then jumps to the next deadline: a day in seconds,
 * and the same day every time.
 *
 * Between two wakes, everything set off by the first must have come to rest. In a simulation all of that is promises
 * (the log is in memory), and Node runs every promise to its end between two `setImmediate` callbacks. So each wake
 * gets a callback of its own, and batches of them are queued at once because a turn of the event loop costs ten times
 * as much as a callback. Code that waits for something real meanwhile (a socket, a file, a timer) must say so with
 * {@link VirtualClock.busy}.
 */
import type { Clock } from '@ledgerline/core/kernel/clock.ts'
import { Agenda } from './agenda.ts'

/** Wakes that are queued for one turn of the event loop. */
const WAKES_PER_TURN = 64

export class VirtualClock implements Clock {
  readonly #agenda = new Agenda()
  #now: number
  #busy = 0
  #running = false

  /** @param start the first UTC ms it shows */
  constructor(start: number) {
    this.#now = start
  }

  now(): number {
    return this.#now
  }

  at(at: number, wake: () => void): () => void {
    return this.#agenda.add(Math.ceil(at), wake)
  }

  /** How many deadlines are set. */
  get pending(): number {
    return this.#agenda.size
  }

  /** The next deadline; null if there is none. */
  get next(): number | null {
    return this.#agenda.next()
  }

  /** Time stands still until the promise settles: for work that leaves the process. */
  async busy<T>(work: Promise<T>): Promise<T> {
    this.#busy++
    try {
      return await work
    } finally {
      this.#busy--
    }
  }

  /**
   * Wakes everything due until `until` (infinite: until nothing is left to do), letting everything come to rest after
   * each. Then the clock shows `until`.
   * @throws whatever a wake threw
   */
  run(until = Number.POSITIVE_INFINITY, signal?: AbortSignal): Promise<void> {
    if (this.#running) throw new Error('this clock is already running')
    this.#running = true
    return new Promise<void>((resolve, reject) => {
      let ended = false
      const end = (error?: unknown) => {
        if (ended) return
        ended = true
        this.#running = false
        if (error !== undefined) reject(error)
        else resolve()
      }
      const step = () => {
        if (ended || this.#busy > 0) return
        if (signal?.aborted) return end(signal.reason)
        const next = this.#agenda.next()
        if (next === null || next > until) {
          if (until !== Number.POSITIVE_INFINITY) this.#now = Math.max(this.#now, until)
          return end()
        }
        this.#now = Math.max(this.#now, next)
        try {
          this.#agenda.take(next)!()
        } catch (error) {
          end(error)
        }
      }
      const turn = () => {
        if (ended) return
        for (let i = 0; i < WAKES_PER_TURN; i++) setImmediate(step)
        setImmediate(turn)
      }
      // The first turn lets whatever was set off before `run` come to rest.
      setImmediate(turn)
    })
  }
}
