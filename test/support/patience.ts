/**
 * How long a test waits for what should come: time that this machine had for it. If more wants to run than there are
 * cores, a second counts only for the share each then gets; on a quiet machine it is a second.
 */
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'

const cores = availableParallelism()

export class Patience {
  #leftMs: number
  #lookedAt = performance.now()
  #restedAt = performance.now()

  constructor(ms: number) {
    this.#leftMs = ms
  }

  /** Is it at an end? Called at each look. */
  get over(): boolean {
    const now = performance.now()
    this.#leftMs -= (now - this.#lookedAt) / crowd()
    this.#lookedAt = now
    return this.#leftMs <= 0
  }

  /** Waits before the next look: three times as long as the last one took, so that looking is never what keeps the machine busy. */
  async rest(): Promise<void> {
    await pause(Math.max(SHORTEST_REST_MS, 3 * (performance.now() - this.#restedAt)))
    this.#restedAt = performance.now()
  }
}

const SHORTEST_REST_MS = 25

/** No machine is assumed to be slower than this many times. */
const SLOWEST = 10

/** How many share a core: 1 on a quiet machine. */
function crowd(): number {
  // `load over 1, 5, 15 minutes; running/all; …`: what runs now, and what did lately.
  const [lately = '0', , , running = '0'] = readFileSync('/proc/loadavg', 'utf8').split(' ')
  return Math.min(SLOWEST, Math.max(1, Number(lately) / cores, Number.parseInt(running, 10) / cores))
}
