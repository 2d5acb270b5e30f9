/**
 * Carries out commands on books. A book is read whole once and held folded; before each command its stream is read on from
 * there, so that what others wrote counts.
 */
import type { Codec } from '../kernel/codec.ts'
import type { Answer, Commands, CommandEnvelope, KnownStream } from '../kernel/command.ts'
import { streamName } from '../kernel/event.ts'
import type { EventLog } from '../kernel/log.ts'
import { isProblem } from '../kernel/problem.ts'
import { removalOf, type Book, type BookDecider, type RecordCommand, type Removal } from './book.ts'
import type { Values } from './fields.ts'
import type { Kind } from './kind.ts'
import { LargeCommands, type Done } from './large-commands.ts'

interface Dependencies {
  log: EventLog
  codec: Codec
  commands: Commands
  /** The decider of each book. */
  books: Readonly<Record<string, BookDecider>>
  kinds: readonly Kind[]
}

/** How many records are held at once, in all books; the least recently used book is read again. */
const MOST_HELD = 200_000
/** Events read at a time. */
const PAGE = 5_000

export class RecordCommands {
  readonly #with: Dependencies
  /** By stream, the least recently used first. */
  readonly #held = new Map<string, KnownStream<Book>>()

  readonly large: LargeCommands

  constructor(dependencies: Dependencies) {
    this.#with = dependencies
    const { commands, kinds } = dependencies
    const bookOf = (name: string, tenant: string): Promise<Book> =>
      this.book(
        kinds.find((kind) => kind.name === name)!,
        tenant,
      )
    this.large = new LargeCommands({ commands, bookOf })
  }

  /** The id of a new record. @param otherwise where its values do not say it */
  newId(kind: Kind, tenant: string, values: Values, otherwise: string): string {
    return kind.large ? this.large.idOf(kind, tenant, values) : otherwise
  }

  /**
   * The answer, and the record that was added or changed.
   * @throws Problem the refusal, or `log.unavailable`
   */
  async carryOut(kind: Kind, command: RecordCommand, envelope: CommandEnvelope): Promise<Done> {
    const recordId = 'recordId' in command ? command.recordId : ''
    return kind.large
      ? this.large.carryOut(kind, command, envelope)
      : { ...(await this.#inBook(kind, command, envelope)), recordId }
  }

  async #inBook(kind: Kind, command: RecordCommand, envelope: CommandEnvelope): Promise<Answer> {
    const { commands } = this.#with
    const decider = this.#decider(kind)
    const known = await this.#upToDate(kind, envelope.tenant)
    try {
      return (await commands.carryOut(decider, kind.book, command, envelope, known)).answer
    } catch (error) {
      // Perhaps it was carried out before, its answer was lost, and now it no longer fits.
      const before = isProblem(error) ? await commands.written(decider, kind.book, envelope) : null
      if (before) return before
      throw error
    }
  }

  /** The book that holds a kind, as the log has it now. */
  async book(kind: Kind, tenant: string): Promise<Book> {
    return (await this.#upToDate(kind, tenant)).state
  }

  /** What removing these records would do, and how people know those that it would touch. */
  async removal(kind: Kind, tenant: string, recordIds: readonly string[]): Promise<{ book: Book; removal: Removal }> {
    const { state } = await this.#upToDate(kind, tenant)
    return { book: state, removal: removalOf(state, recordIds) }
  }

  #decider({ book }: Kind): BookDecider {
    return this.#with.books[book]!
  }

  /** The book as the log has it now. @throws Problem `log.unavailable`, or why an event cannot be read */
  async #upToDate(kind: Kind, tenant: string): Promise<KnownStream<Book>> {
    const { log, codec } = this.#with
    const decider = this.#decider(kind)
    const stream = streamName(decider.category, tenant, kind.book)
    let { state, revision, lastAt } = this.#held.get(stream) ?? { state: decider.initial, revision: -1, lastAt: 0 }
    for (;;) {
      const stored = await log.readStream(stream, revision + 1, PAGE)
      for (const event of await codec.decodeAll(stored)) {
        state = decider.evolve(state, event as never)
        revision = event.revision
        lastAt = event.at
      }
      if (stored.length < PAGE) break
    }
    const known = { state, revision, lastAt }
    this.#held.delete(stream)
    this.#held.set(stream, known)
    let records = [...this.#held.values()].reduce((sum, held) => sum + held.state.records.size, 0)
    for (const [oldest, held] of this.#held) {
      if (records <= MOST_HELD || oldest === stream) break
      this.#held.delete(oldest)
      records -= held.state.records.size
    }
    return known
  }
}
