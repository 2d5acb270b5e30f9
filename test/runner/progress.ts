/**
 * Whether something that runs makes progress: how much CPU its processes used, and how much they wanted but did not get
 * because others had it. A limit in seconds would measure the machine, and on a busy one it would kill healthy tests.
 *
 * Standing still means wanting next to no CPU for as long as the limit. Endless loops are caught by two caps: on CPU
 * used without a report, and on total time.
 */
import { readdirSync, readFileSync } from 'node:fs'

/** Wanting less than this share of a core is standing still; a timer that polls once a second wants less. */
const STANDING = 0.05
/** CPU that may be used without a report (a finished test), as a multiple of the limit. */
const SPENT = 3
/** Total time that may pass, as a multiple of the limit. */
const CAP = 10

/** Why something was killed. */
export type Verdict = 'stands still' | 'runs in a circle' | 'takes too long'

export class Progress {
  readonly #limitMs: number
  readonly #began: number
  readonly #seen = new Map<string, Used>()
  /** CPU wanted since it last made progress, and CPU used since its last report. */
  #wanted = 0
  #movedAt: number
  #spent = 0

  constructor(limitMs: number, now: number) {
    this.#limitMs = limitMs
    this.#began = this.#movedAt = now
  }

  /** It reported that a test started or ended. */
  word(now: number): void {
    this.#spent = 0
    this.#move(now)
  }

  /** Looks at the processes and says what is wrong, or null while they make progress. */
  look(pids: readonly number[], now: number): Verdict | null {
    for (const [thread, used] of threadsOf(pids)) {
      const before = this.#seen.get(thread) ?? { ranMs: 0, waitedMs: 0 }
      const ran = Math.max(0, used.ranMs - before.ranMs)
      this.#spent += ran
      this.#wanted += ran + Math.max(0, used.waitedMs - before.waitedMs)
      this.#seen.set(thread, used)
    }
    if (this.#wanted >= this.#limitMs * STANDING) this.#move(now)
    if (now - this.#began >= this.#limitMs * CAP) return 'takes too long'
    if (this.#spent >= this.#limitMs * SPENT) return 'runs in a circle'
    return now - this.#movedAt >= this.#limitMs ? 'stands still' : null
  }

  #move(now: number): void {
    this.#wanted = 0
    this.#movedAt = now
  }
}

interface Used {
  ranMs: number
  /** Time spent waiting for a core. */
  waitedMs: number
}

/** Every thread of these processes, by id, with the CPU it has used so far. */
function* threadsOf(pids: readonly number[]): Iterable<[thread: string, Used]> {
  for (const pid of pids) {
    for (const thread of entries(`/proc/${pid}/task`)) {
      const [ran = 0, waited = 0] = text(`/proc/${pid}/task/${thread}/schedstat`).split(' ').map(Number)
      yield [thread, { ranMs: ran / 1e6, waitedMs: waited / 1e6 }]
    }
  }
}

function entries(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

/** Empty if the thread has ended in the meantime. */
function text(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return ''
  }
}
