/**
 * Long lists in events. A log takes an event of a mebibyte and no more, and a configuration of 20,000 agents and as many
 * extensions is many times that. So a list that its schema marks as a section is stored in parts: events of their own, of
 * some 30 KiB each, in streams named by a keyed hash of what they say. The event itself has references in place of the
 * list. Readers get the whole list back from the codec and never see a part.
 *
 * What did not change since an earlier version has the same hash, so it is referred to and not written again. Where a
 * list is cut depends on the names of its items alone, so that a changed item changes one part, and a new one its own part
 * and no other. Parts are written before the event that refers to them: if that is never written, nothing has happened,
 * and the next attempt finds them there.
 *
 * Personal fields in a part are sealed. When a person is forgotten, they read as null in it like anywhere else. If that
 * person is named again later, the old part cannot say so: a new one follows in the same stream, and a reference says
 * which of them it means.
 */
import { hash } from 'node:crypto'
import { categoryOf, idOf, streamName, type SectionPath } from './event.ts'
import type { EventLog, LogEvent, StoredEvent } from './log.ts'
import { isConflict } from './log.ts'
import { Problem } from './problem.ts'

/** The streams of parts. */
const CATEGORY = 'section'
/** A shorter list stays in its event: references would save little. Characters of JSON. */
const SHORT = 8_000
/** A part ends before it has more. Sealed fields make it longer, by less than its own length. Characters of JSON. */
const LONGEST = 32_000
/** One item in so many ends a part. */
const USUAL_ITEMS = 64
/** How many streams are read at once. */
const AT_ONCE = 16
/**
 * An item that is longer cannot be stored, bytes of JSON: with its sealed fields it must stay below a mebibyte, and an append
 * of a quarter of that holds nobody up.
 */
export const LONGEST_ITEM = 200_000
/** Appended at once, events and characters: below what every log takes. */
const MOST_APPENDED = { events: 500, characters: 1_000_000 }
/** Characters of parts kept in memory, as they are stored (sealed). */
const MOST_KEPT = 32_000_000

export type SectionLog = Pick<EventLog, 'appendMany' | 'readStream'>

/** What an event has in place of a list. */
export interface References {
  parts: Reference[]
}
/** Hash of the part’s content, its revision in the stream of that hash, and how many items it has. */
type Reference = [hash: string, revision: number, count: number]

export function isReferences(value: unknown): value is References {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && 'parts' in value
}

/** A part that is about to be stored. */
export interface Part {
  section: SectionPath
  items: unknown[]
  /** Keyed hash of the items as they are before sealing. */
  digest: string
}

/**
 * Cuts a list into parts; null: it stays where it is.
 * @param digestOf the keyed hash of a text
 */
export function partsOf(list: unknown, section: SectionPath, digestOf: (text: string) => string): Part[] | null {
  if (!Array.isArray(list)) return null
  const texts = list.map((item) => JSON.stringify(item))
  if (texts.reduce((sum, text) => sum + text.length + 1, 2) <= SHORT) return null
  const parts: Part[] = []
  let from = 0
  let length = 0
  const end = (to: number): void => {
    if (to === from) return
    const text = `${section.in} ${section.steps.join('.')} [${texts.slice(from, to).join()}]`
    parts.push({ section, items: list.slice(from, to), digest: digestOf(text) })
    from = to
    length = 0
  }
  for (const [index, item] of list.entries()) {
    if (length + texts[index]!.length > LONGEST) end(index)
    length += texts[index]!.length
    if (endsPart(String((item as Record<string, unknown>)[section.by]))) end(index + 1)
  }
  end(list.length)
  return parts
}

/** Does a part end after the item of this name? The same for the same name, whatever is around it. */
function endsPart(name: string): boolean {
  return Number.parseInt(hash('sha256', name, 'hex').slice(0, 8), 16) % USUAL_ITEMS === 0
}

/** The data of a part’s event: its items, at the path that the whole list has. */
export function dataOf({ section, items }: Part): Record<string, unknown> {
  return section.steps.reduceRight<unknown>((inside, step) => ({ [step]: inside }), items) as Record<string, unknown>
}

export function sectionStream(tenant: string, digest: string): string {
  return streamName(CATEGORY, tenant, digest)
}

/**
 * For searches in stored events: is this a part, whose text counts for the events that refer to it? Parts
 * come before these.
 */
export function isPart({ stream }: Pick<LogEvent, 'stream'>): boolean {
  return categoryOf(stream) === CATEGORY
}

/** How an event that refers to a part says so in its text. */
export function referenceTo({ stream, revision }: Pick<LogEvent, 'stream' | 'revision'>): string {
  return `["${idOf(stream)}",${revision},`
}

/** Reads and writes parts in a log, and keeps those that were read last in memory. */
export class Sections {
  readonly #log: SectionLog
  /** By stream and revision, the least recently used first. */
  readonly #kept = new Map<string, LogEvent>()
  #keptCharacters = 0

  constructor(log: SectionLog) {
    this.#log = log
  }

  /** The events of each stream, in order; none for a stream that is not there. */
  async all(streams: readonly string[]): Promise<LogEvent[][]> {
    return inTurns(streams, (stream) => this.#log.readStream(stream))
  }

  /**
   * The event at each place.
   * @throws Problem `log.unavailable`
   */
  async at(places: readonly { stream: string; revision: number }[]): Promise<(LogEvent | undefined)[]> {
    return inTurns(places, async ({ stream, revision }) => {
      const name = `${stream}@${revision}`
      const known = this.#kept.get(name)
      if (known) {
        this.#kept.delete(name)
        this.#kept.set(name, known)
        return known
      }
      const [event] = await this.#log.readStream(stream, revision, 1)
      if (event) this.#keep(name, event)
      return event
    })
  }

  /** Appends each event to its stream at that revision; one that is already there is not written again. */
  async append(events: readonly { stream: string; revision: number; event: StoredEvent }[]): Promise<void> {
    let batch: (typeof events)[number][] = []
    let characters = 0
    const flush = async (): Promise<void> => {
      if (batch.length === 0) return
      const results = await this.#log.appendMany(
        batch.map(({ stream, revision, event }) => ({
          stream,
          expected: revision === 0 ? ('none' as const) : revision - 1,
          events: [event],
        })),
      )
      // Someone else sealed the same part once more, at the same moment: the writer looks again.
      for (const result of results)
        if (isConflict(result))
          throw new Problem('log.conflict', {
            stream: result.stream,
            expected: result.expected,
            actual: result.actual,
          })
      batch = []
      characters = 0
    }
    for (const each of events) {
      batch.push(each)
      characters += each.event.data.length
      if (batch.length >= MOST_APPENDED.events || characters >= MOST_APPENDED.characters) await flush()
    }
    await flush()
  }

  #keep(name: string, event: LogEvent): void {
    this.#kept.set(name, event)
    this.#keptCharacters += event.data.length
    for (const [oldest, { data }] of this.#kept) {
      if (this.#keptCharacters <= MOST_KEPT) return
      this.#kept.delete(oldest)
      this.#keptCharacters -= data.length
    }
  }
}

/** Some at a time; answers in the order of the questions. */
async function inTurns<T, R>(all: readonly T[], ask: (one: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = Array.from({ length: all.length })
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < all.length) {
      const index = next++
      answers[index] = await ask(all[index]!)
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, all.length) }, worker))
  return answers
}
