/**
 * Gathers the messages of a call that the server streams: pages as large as wanted while there is plenty, small ones as
 * soon as nothing more comes. Reading ahead is bounded: the server waits while two pages are buffered.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { unavailable } from '../../postgres/answered.ts'
import type { ReadCall } from './connection.ts'
import { takeDirectly, type Flow } from './direct.ts'
import { refusalOf } from './refusals.ts'

export class Gathered<T> {
  readonly #call: ReadCall
  readonly #size: number
  #items: T[] = []
  #ended = false
  #error: unknown = null
  #wake: (() => void) | null = null
  /** What to pause and resume: the call, or its bytes once they are taken directly. */
  #flow: Flow

  /** `read` makes an item of a message, which is part of a buffer; null for messages to ignore. */
  constructor(call: ReadCall, size: number, read: (bytes: Buffer, start: number, end: number) => T | null) {
    this.#call = call
    this.#flow = call
    this.#size = size
    const take = (bytes: Buffer, start: number, end: number): void => {
      if (this.#ended) return
      let item: T | null
      try {
        item = read(bytes, start, end)
      } catch (error) {
        return this.#end(error)
      }
      if (item === null) return
      this.#items.push(item)
      if (this.#items.length >= 2 * size) this.#flow.pause()
      if (this.#items.length === 1 || this.#items.length === size) this.#wakeUp()
    }
    call.once('metadata', () => (this.#flow = takeDirectly(call, take) ?? call))
    call.on('data', (message: Buffer) => take(message, 0, message.length))
    call.on('end', () => this.#end(null))
    call.on('error', (error) => this.#end(error))
  }

  /**
   * The next items, at most a page: at once if there are some, or when a page is full, or when nothing was added to it
   * for `fillMs`. Empty if the server ended the call, or if nothing at all came within this many ms and `quiet` allows
   * it.
   * @throws Problem `log.*` if the call failed, or if nothing came in time
   */
  async page({
    fillMs = 0,
    withinMs,
    quiet = false,
    signal,
  }: {
    fillMs?: number
    withinMs: number
    quiet?: boolean
    signal?: AbortSignal | undefined
  }): Promise<T[]> {
    const full = fillMs > 0
    while (this.#items.length < (full ? this.#size : 1) && !this.#ended && !signal?.aborted) {
      if (await this.#woken(this.#items.length > 0 ? fillMs : withinMs, signal)) continue
      if (this.#items.length > 0 || quiet) break
      throw unavailable(`no event within ${withinMs} ms`)
    }
    // What arrived together goes out together.
    if (!full && !this.#ended) await nextTurn()
    if (this.#error && this.#items.length === 0) throw refusalOf(this.#error)
    const page = this.#items.length <= this.#size ? this.#items : this.#items.slice(0, this.#size)
    this.#items = this.#items.length <= this.#size ? [] : this.#items.slice(this.#size)
    if (this.#items.length < this.#size) this.#flow.resume()
    return page
  }

  get isEmpty(): boolean {
    return this.#items.length === 0
  }

  /** Is a whole page buffered already? */
  get isFull(): boolean {
    return this.#items.length >= this.#size
  }

  /** Did the server say that this is all? A call that failed has not ended: its next page is the problem. */
  get ended(): boolean {
    return this.#ended && this.#error === null && this.#items.length === 0
  }

  close(): void {
    this.#ended = true
    this.#call.cancel()
  }

  #end(error: unknown): void {
    if (this.#ended) return
    this.#ended = true
    this.#error = error
    this.#wakeUp()
  }

  #wakeUp(): void {
    this.#wake?.()
    this.#wake = null
  }

  /** Waits for something to happen; false if nothing did in time. */
  async #woken(ms: number, signal: AbortSignal | undefined): Promise<boolean> {
    const before = this.#items.length
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        this.#wake = null
        resolve()
      }
      const timer = setTimeout(done, ms)
      this.#wake = done
      signal?.addEventListener('abort', done, { once: true })
    })
    return this.#items.length > before || this.#ended || signal?.aborted === true
  }
}
