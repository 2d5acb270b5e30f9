/**
 * Whether something that runs gets on: what its processes had of the CPU, and what they wanted of it and did not get
 * because others had it. A limit in seconds says how quick a machine is; on a busy one it ends what works.
 *
 * Standing still is to want next to nothing for as long as the limit. Two caps remain, for what runs in a circle: so
 * much CPU without a word, and so much time in all.
 */
import { readdirSync, readFileSync } from 'node:fs'

/** Whoever wants less than this part of one core stands still: a timer that looks at something every second wants less. */
const STANDING = 0.05
/** Without a word (a test that ended) so many times the limit may be spent of the CPU … */
const SPENT = 3
/** … and so many times the limit may all of it take. */
const CAP = 10

/** Why something was ended. */
export type Verdict = 'stands still' | 'runs in a circle' | 'takes too long'

export class Progress {
  readonly #limitMs: number
  readonly #began: number
  readonly #seen = new Map<string, Used>()
  /** What was wanted and what was had since the last time that it got on, and since the last word. */
  #wanted = 0
  #movedAt: number
  #spent = 0

  constructor(limitMs: number, now: number) {
    this.#limitMs = limitMs
    this.#began = this.#movedAt = now
  }

  /** It said something: a test began or ended. */
  word(now: number): void {
    this.#spent = 0
    this.#move(now)
  }

  /** Looks at its processes; says what is wrong, or null while it gets on. */
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
  /** In the queue for a core. */
  waitedMs: number
}

/** Every thread of these processes, by its number, with what it has used so far. */
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

/** Nothing when the thread has ended meanwhile. */
function text(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return ''
  }
}
