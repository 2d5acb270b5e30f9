/**
 * How long a test waits for something, counted in time that this machine had for it. If more wants to run than there are
 * cores, a second counts only as the share that each then gets; on a quiet machine it is a second.
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

  /** Whether it has run out. Called at each look. */
  get over(): boolean {
    const now = performance.now()
    this.#leftMs -= (now - this.#lookedAt) / crowd()
    this.#lookedAt = now
    return this.#leftMs <= 0
  }

  /** Waits before the next look, six times as long as the last one took, so that looking never keeps the machine busy. */
  async rest(): Promise<void> {
    await pause(Math.max(SHORTEST_REST_MS, LAZINESS * (performance.now() - this.#restedAt)))
    this.#restedAt = performance.now()
  }
}

const SHORTEST_REST_MS = 25
const LAZINESS = 6

/** The greatest slowdown that any machine is assumed to have. */
const SLOWEST = 10

/** How many share a core: 1 on a quiet machine. */
function crowd(): number {
  // `load over 1, 5, 15 minutes; running/all; …`: what runs now and what ran recently.
  const [lately = '0', , , running = '0'] = readFileSync('/proc/loadavg', 'utf8').split(' ')
  return Math.min(SLOWEST, Math.max(1, Number(lately) / cores, Number.parseInt(running, 10) / cores))
}
