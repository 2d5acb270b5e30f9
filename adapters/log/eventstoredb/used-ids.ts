/**
 * The event ids that a stream already has, so that none is written twice: the server compares ids only at the exact
 * place of a repeated append. This process knows what it wrote or read itself; the first append to any other stream
 * reads it, and the following ones need not. Only the streams that changed last are kept.
 */
import type { Append, LogEvent } from '@ledgerline/core/kernel/log.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import { idUsed } from '../checks.ts'

const MOST = 5_000

/** A stream from its beginning to a revision, including what is on its way. */
interface Known {
  revision: number
  ids: Map<string, number>
}

export class UsedIds {
  readonly #streams = new Map<string, Known>()
  readonly #readStream: (stream: string, from: number) => Promise<LogEvent[]>

  constructor(readStream: (stream: string, from: number) => Promise<LogEvent[]>) {
    this.#readStream = readStream
  }

  /** Reads what must be known before these are sent: for all of them at once, because they keep their order. */
  async prepare(appends: readonly Append[]): Promise<void> {
    const first = new Map<string, Append>()
    for (const append of appends) if (!first.has(append.stream)) first.set(append.stream, append)
    await Promise.all(
      [...first.values()].filter((append) => this.#isUnknown(append)).map(({ stream }) => this.#read(stream)),
    )
  }

  /**
   * Notes what is about to be sent.
   * @throws Problem `log.id_used`
   */
  take({ stream, expected, events, copied }: Append): void {
    const known =
      this.#streams.get(stream) ?? (expected === 'none' ? { revision: -1, ids: new Map<string, number>() } : undefined)
    if (copied || !known) return this.forget(stream)
    // Another process was faster, or this is a repetition: the server says which.
    if (expected !== 'any' && known.revision !== (expected === 'none' ? -1 : expected)) return
    const used = events.find(({ id }) => known.ids.has(id))
    if (used) throw idUsed(stream, used.id, known.ids.get(used.id)!)
    for (const { id } of events) known.ids.set(id, ++known.revision)
    this.#keep(stream, known)
  }

  /** It is unknown whether what was sent is in the stream, or another process wrote to it. */
  forget(stream: string): void {
    this.#streams.delete(stream)
  }

  /** A stream as read from its beginning to its end. */
  learn(stream: string, events: readonly LogEvent[]): void {
    const known = this.#streams.get(stream)
    // What is on its way must not be forgotten.
    if (known && known.revision >= events.length - 1) return
    this.#keep(stream, { revision: events.length - 1, ids: new Map(events.map(({ id, revision }) => [id, revision])) })
  }

  #isUnknown({ stream, expected, copied }: Append): boolean {
    if (copied || expected === 'none') return false
    const known = this.#streams.get(stream)
    return !known || (expected !== 'any' && known.revision < expected)
  }

  async #read(stream: string): Promise<void> {
    try {
      this.learn(stream, await this.#readStream(stream, 0))
    } catch (error) {
      // A stream that was cut or deleted: the server refuses the append, or nobody can know.
      if (!isProblem(error) || isProblem(error, 'log.unavailable')) throw error
    }
  }

  #keep(stream: string, known: Known): void {
    this.#streams.delete(stream)
    this.#streams.set(stream, known)
    for (const oldest of this.#streams.keys()) {
      if (this.#streams.size <= MOST) return
      this.#streams.delete(oldest)
    }
  }
}
