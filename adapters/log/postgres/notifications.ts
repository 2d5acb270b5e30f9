/**
 * Wakes the subscriptions of one process when something was appended by whomever: one connection that
 * listens for all of them. A wake-up that is lost costs a moment, never an event, because subscriptions
 * also look by themselves.
 */
import { answered } from '../../postgres/answered.ts'
import { Line } from '../../postgres/line.ts'
import { CHANNEL } from './schema.ts'

export class Bell {
  readonly #line: Line
  readonly #ears = new Set<Ear>()

  constructor(url: string, application: string) {
    this.#line = new Line(url, { application }, async (client) => {
      client.on('notification', ({ payload }) => this.#ring(Number(payload)))
      // Silence may now mean that something was missed.
      client.once('end', () => this.#ring(0))
      await client.query(`listen ${CHANNEL}`)
    })
  }

  /** Resolves when the bell can be heard. @throws Problem `log.unavailable` */
  async hung(): Promise<void> {
    await answered(this.#line.open())
  }

  /** For one subscription; a signal that aborts wakes it too. */
  ear(signal: AbortSignal): Ear {
    const wake = () => ear.ring(0)
    const ear = new Ear(() => {
      this.#ears.delete(ear)
      signal.removeEventListener('abort', wake)
    })
    this.#ears.add(ear)
    signal.addEventListener('abort', wake)
    return ear
  }

  close(): Promise<void> {
    return this.#line.close()
  }

  #ring(head: number): void {
    for (const ear of this.#ears) ear.ring(head)
  }
}

/** What one subscription heard while it was busy, and its sleep when it is not. */
export class Ear {
  readonly close: () => void
  #head = 0
  #rung = false
  #wake: (() => void) | null = null

  constructor(close: () => void) {
    this.close = close
  }

  ring(head: number): void {
    this.#head = Math.max(this.#head, head)
    this.#rung = true
    this.#wake?.()
  }

  /** A head beyond `place` that was called out; null when none was: then the log has to be asked. */
  heard(place: number): number | null {
    return this.#head > place ? this.#head : null
  }

  async wait(ms: number): Promise<void> {
    if (!this.#rung) {
      let timer: NodeJS.Timeout | undefined
      await new Promise<void>((resolve) => {
        this.#wake = resolve
        timer = setTimeout(resolve, ms)
      })
      clearTimeout(timer)
      this.#wake = null
    }
    this.#rung = false
  }
}
