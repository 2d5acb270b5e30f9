/**
 * The journal: what an operator should know about a process, one JSON line per entry, in its data directory. No failure
 * of it ends anything (`file.ts`). Repeated entries are written at once the first time, then once a minute with a
 * count.
 */
import { pino, type Logger } from 'pino'
import type { ServerLog } from '../server-log.ts'
import { LineFile, type LineFileOptions } from './file.ts'

export interface JournalOptions extends Omit<LineFileOptions, 'steady'> {
  /** How often equal entries are written at most, ms. */
  everyMs?: number
}

/** The state of the journal. */
export interface JournalState {
  state: 'written' | 'lost'
  /** Lines that are not in it. */
  unwritten: number
  reason: string | null
}

type Level = 'warn' | 'error'

interface Repeated {
  level: Level
  details: object
  message: string
  times: number
  /** The start of the count, on the steady clock. */
  since: number
}

const EVERY_MS = 60_000
/** How many kinds of entries are told apart at once; beyond that, entries with the same message count as equal. */
const KINDS = 1_000

export class Journal implements ServerLog {
  readonly #file: LineFile
  readonly #log: Logger
  readonly #everyMs: number
  readonly #repeated = new Map<string, Repeated>()
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #looking: NodeJS.Timeout

  constructor({ everyMs = EVERY_MS, onBack, ...options }: JournalOptions) {
    this.#everyMs = everyMs
    this.#file = new LineFile({
      ...options,
      onBack: (gone) => {
        this.#log.warn({ gone }, 'the journal could not be written for a while: this many entries are missing here')
        onBack?.(gone)
      },
    })
    this.#log = pino({ level: 'info', base: null, timestamp: pino.stdTimeFunctions.isoTime }, this.#file)
    // Runs even if nothing is logged: waiting entries must not depend on that.
    this.#looking = setInterval(() => this.#file.again(), 2_000).unref()
  }

  get state(): JournalState {
    const { lost, unwritten } = this.#file
    return { state: lost === null ? 'written' : 'lost', unwritten, reason: lost }
  }

  debug(details: object, message: string): void {
    this.#log.debug(details, message)
  }

  warn(details: object, message: string): void {
    this.#tell('warn', details, message)
  }

  error(details: object, message: string): void {
    this.#tell('error', details, message)
  }

  /** Writes what is still owed, and accepts no more. */
  close(): void {
    clearInterval(this.#looking)
    for (const timer of this.#timers) clearTimeout(timer)
    for (const repeated of this.#repeated.values()) this.#sum(repeated)
    this.#repeated.clear()
    this.#file.close()
  }

  #tell(level: Level, details: object, message: string): void {
    const kind = this.#kindOf(level, details, message)
    const known = this.#repeated.get(kind)
    if (known) {
      known.times++
      known.details = details
      return
    }
    this.#repeated.set(kind, { level, details, message, times: 0, since: performance.now() })
    this.#log[level](details, message)
    this.#later(kind)
  }

  /**
   * After a while: writes how often it was repeated. An entry that was not repeated is written at once the next time.
   */
  #later(kind: string): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      const repeated = this.#repeated.get(kind)
      if (!repeated) return
      if (repeated.times === 0) return void this.#repeated.delete(kind)
      this.#sum(repeated)
      Object.assign(repeated, { times: 0, since: performance.now() })
      this.#later(kind)
    }, this.#everyMs)
    timer.unref()
    this.#timers.add(timer)
  }

  #sum({ level, details, message, times, since }: Repeated): void {
    // The timer may have been late, and entries owed at the end have not waited for it.
    if (times > 0) this.#log[level]({ ...details, times, withinMs: Math.round(performance.now() - since) }, message)
  }

  /** Numbers differ from one time to the next (positions, ages): they do not make it another entry. */
  #kindOf(level: Level, details: object, message: string): string {
    const plain = `${level} ${message}`
    if (this.#repeated.size >= KINDS) return plain
    try {
      return `${plain} ${JSON.stringify(details, (_, value: unknown) => (typeof value === 'number' || typeof value === 'bigint' ? 0 : value))}`
    } catch {
      return plain
    }
  }
}
