/**
 * The stream of reports that a telephony adapter provides: in order, each at least once. A report leaves the queue only
 * when the reader asks for the next one, so that what a reader held when it died goes to the next reader again.
 */
import type { TelephonyReport } from '@ledgerline/core/telephony/port.ts'

/**
 * How many consumed entries stay at the front of the array; cutting off one at a time would copy the rest each time.
 */
const TRIM_AT = 1024

export class ReportQueue {
  #items: TelephonyReport[] = []
  #head = 0
  #wake: (() => void) | null = null
  #closed = false
  #reading = false

  /** Reports that nobody has taken yet. */
  get waiting(): number {
    return this.#items.length - this.#head
  }

  push(report: TelephonyReport): void {
    if (this.#closed) return
    this.#items.push(report)
    this.#wake?.()
  }

  /** Ends all reading; what is left is dropped. */
  close(): void {
    this.#closed = true
    this.#items = []
    this.#head = 0
    this.#wake?.()
  }

  /** Reads until the signal aborts. One reader at a time: reports have an order, which two readers would not see. */
  async *read(signal: AbortSignal): AsyncIterable<TelephonyReport> {
    if (this.#reading) throw new Error('the reports of this adapter are already being read')
    this.#reading = true
    const wake = () => this.#wake?.()
    signal.addEventListener('abort', wake)
    try {
      while (!signal.aborted && !this.#closed) {
        const report = this.#items[this.#head]
        if (report === undefined) {
          await new Promise<void>((resolve) => (this.#wake = resolve))
          this.#wake = null
          continue
        }
        yield report
        if (signal.aborted || this.#closed) return
        this.#head++
        if (this.#head >= TRIM_AT) {
          this.#items = this.#items.slice(this.#head)
          this.#head = 0
        }
      }
    } finally {
      signal.removeEventListener('abort', wake)
      this.#wake = null
      this.#reading = false
    }
  }
}
