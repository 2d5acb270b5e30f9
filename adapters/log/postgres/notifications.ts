/**
 * Wakes the subscriptions of one process when any process appends something: one connection listens for all of them. A
 * lost notification costs a moment, never an event, because subscriptions also poll.
 */
import { answered } from '../../postgres/answered.ts'
import { Line } from '../../postgres/line.ts'
import { CHANNEL } from './schema.ts'

export class Notifications {
  readonly #line: Line
  readonly #listeners = new Set<Listener>()

  constructor(url: string, application: string) {
    this.#line = new Line(url, { application }, async (client) => {
      client.on('notification', ({ payload }) => this.#notify(Number(payload)))
      // Something may have been missed while the connection is gone.
      client.once('end', () => this.#notify(0))
      await client.query(`listen ${CHANNEL}`)
    })
  }

  /** Resolves when notifications can arrive. @throws Problem `log.unavailable` */
  async ready(): Promise<void> {
    await answered(this.#line.open())
  }

  /** A listener for one subscription; aborting the signal wakes it too. */
  listen(signal: AbortSignal): Listener {
    const wake = () => listener.notify(0)
    const listener = new Listener(() => {
      this.#listeners.delete(listener)
      signal.removeEventListener('abort', wake)
    })
    this.#listeners.add(listener)
    signal.addEventListener('abort', wake)
    return listener
  }

  close(): Promise<void> {
    return this.#line.close()
  }

  #notify(head: number): void {
    for (const listener of this.#listeners) listener.notify(head)
  }
}

/** Notifications for one subscription: kept while it is busy, waited for when it is not. */
export class Listener {
  readonly close: () => void
  #head = 0
  /** Something may have been missed: the log has to be asked. */
  #uncertain = false
  #wake: (() => void) | null = null

  constructor(close: () => void) {
    this.close = close
  }

  /** @param head 0: unknown */
  notify(head: number): void {
    this.#head = Math.max(this.#head, head)
    if (head === 0) this.#uncertain = true
    this.#wake?.()
  }

  /** The notified head if it is beyond `place`; null if none is. */
  headBeyond(place: number): number | null {
    return this.#head > place ? this.#head : null
  }

  /** Waits for a head beyond `place`; null: none was heard of in that time, or some may have been missed. */
  async wait(place: number, ms: number): Promise<number | null> {
    const deadline = performance.now() + ms
    for (;;) {
      const head = this.headBeyond(place)
      const rest = deadline - performance.now()
      if (head !== null) return head
      if (this.#uncertain || rest <= 0) break
      let timer: NodeJS.Timeout | undefined
      await new Promise<void>((resolve) => {
        this.#wake = resolve
        timer = setTimeout(resolve, rest)
      })
      clearTimeout(timer)
      this.#wake = null
    }
    this.#uncertain = false
    return null
  }
}
