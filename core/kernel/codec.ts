/**
 * Translates between events as the core knows them and events as a log stores them: validation on the way in, sealing
 * of personal fields, upcasting and opening on the way out.
 */
import { derivedId } from './derived-id.ts'
import { sectionPaths, type EventDefinitions, type Metadata, type NewEvent, type RecordedEvent } from './event.ts'
import type { LogEvent, StoredEvent } from './log.ts'
import { Problem } from './problem.ts'
import { dataOf, isReferences, partsOf, Sections, sectionStream, type Part, type SectionLog } from './sections.ts'
import {
  asCorrupt,
  conform,
  eachHolder,
  isObject,
  knownOf,
  parse,
  storeMetadata,
  validate,
  type Json,
  type Known,
} from './stored-event.ts'
import { isSealed, type Sealed, type Vault } from './vault.ts'

/** An event ready to be stored: its id and all of its metadata but the schema version. */
export interface Draft {
  id: string
  event: NewEvent
  meta: Omit<Metadata, 'schema'>
}

/** A decoded page: what could be read, what could not, and why. */
export interface Decoded {
  events: RecordedEvent[]
  failures: { stored: LogEvent; problem: Problem }[]
}

/** Whose key seals passwords: nobody's in particular, so that forgetting a person takes none away. */
const SECRETS = 'secrets of the house'

/** A personal value and where it stands. */
interface Place {
  holder: Json
  field: string
}

/** A sealed value of the event at a place of the page. */
interface Opening extends Place {
  index: number
}

/** A list of an event that is stored in parts. */
interface Cut extends Place {
  parts: readonly Part[]
  draft: Draft
}

/** Parts of a page by stream and revision, and their lists by path, as far as they were asked for. */
type Parts = Map<string, { row: LogEvent; lists: Map<string, unknown[]> }>

export class Codec {
  readonly #catalogue: EventDefinitions
  /** The types met so far. */
  readonly #met = new Map<string, Known>()
  readonly #vault: Vault
  readonly #sections: Sections | null

  /** @param log where the parts of long lists are (`sections.ts`); without it, lists stay in their events */
  constructor(catalogue: EventDefinitions, vault: Vault, log?: SectionLog) {
    this.#catalogue = catalogue
    this.#vault = vault
    this.#sections = log ? new Sections(log) : null
  }

  /** Types of events that hold parts of others. */
  get partTypes(): string[] {
    const sections = Object.values(this.#catalogue).flatMap(({ schema }) => sectionPaths(schema))
    return [...new Set(sections.map((section) => section.in))]
  }

  /** The keyed hash of an identity within a tenant: the same every time, and impossible to reverse or guess. */
  subject(tenant: string, identity: string): string {
    return this.#vault.subject(tenant, identity)
  }

  /** The keyed hash of a text of any length within a tenant. */
  digest(tenant: string, text: string): string {
    return this.#vault.digest(tenant, text)
  }

  /**
   * Validates and seals. Keys of persons seen for the first time, and parts of lists that are not in the log yet, are stored
   * before this resolves.
   * @throws Problem `event.invalid`, `key.master_lost`, `log.unavailable`
   */
  async encode(drafts: readonly Draft[]): Promise<StoredEvent[]> {
    const read = drafts.map((draft) => {
      const known = this.#of(draft.event.type)
      return { draft, known, data: validate(draft.event, known) }
    })
    // Cut and hashed before anything is sealed.
    const cuts = this.#sections ? read.flatMap((each) => this.#cut(each)) : []
    const wanted = new Wanted()
    const seals: (Place & { tenant: string; subject: string; value: string })[] = []
    for (const { draft, known, data } of read) {
      const { tenant } = draft.meta
      for (const path of known.personal) {
        eachHolder(data, path.steps, 0, (holder, field) => {
          const value = holder[field]
          if (typeof value !== 'string') return
          const person = path.secret ? SECRETS : path.personOf === null ? value : holder[path.personOf]
          // A detail whose person is unknown still must not be stored in the clear: it is its own subject.
          const subject = this.#vault.subject(tenant, typeof person === 'string' ? person : value)
          wanted.add(tenant, subject)
          seals.push({ holder, field, tenant, subject, value })
        })
      }
    }
    await wanted.ready(this.#vault, true)
    for (const { holder, field, tenant, subject, value } of seals)
      holder[field] = this.#vault.seal(tenant, subject, value)
    for (const cut of cuts) await this.#store(cut)
    return read.map(({ draft, known, data }) => ({
      id: draft.id,
      type: draft.event.type,
      data: JSON.stringify(data),
      metadata: storeMetadata(draft.meta, known.version),
    }))
  }

  /** The lists of an event that are stored in parts. */
  #cut({ draft, known, data }: { draft: Draft; known: Known; data: Json }): Cut[] {
    const { tenant } = draft.meta
    return known.sections.flatMap((section) => {
      const cuts: Cut[] = []
      eachHolder(data, section.steps, 0, (holder, field) => {
        const parts = partsOf(holder[field], section, (text) => this.#vault.digest(tenant, text))
        if (parts) cuts.push({ holder, field, parts, draft })
      })
      return cuts
    })
  }

  /** Stores the parts of a list that are not stored yet, and puts references in its place. */
  async #store({ holder, field, parts, draft }: Cut): Promise<void> {
    const { tenant } = draft.meta
    const streams = parts.map(({ digest }) => sectionStream(tenant, digest))
    const stored = await this.#sections!.all(streams)
    const fresh: Parameters<Sections['append']>[0][number][] = []
    const revisions: number[] = []
    for (const [index, part] of parts.entries()) {
      const last = stored[index]!.at(-1)
      const isThere = last !== undefined && (await this.#opensWhole(last))
      const revision = isThere ? last.revision : stored[index]!.length
      revisions.push(revision)
      if (!isThere) {
        const stream = streams[index]!
        const known = this.#of(part.section.in)
        const event = {
          id: derivedId(stream, String(revision)),
          type: part.section.in,
          data: JSON.stringify(dataOf(part)),
          metadata: storeMetadata(draft.meta, known.version),
        }
        // The same part twice in one list cannot be: its items have names of their own.
        fresh.push({ stream, revision, event })
      }
    }
    await this.#sections!.append(fresh)
    holder[field] = { parts: parts.map(({ digest, items }, index) => [digest, revisions[index]!, items.length]) }
  }

  /** Is everything that a part says still readable? Not so if someone in it was forgotten since. */
  async #opensWhole(row: LogEvent): Promise<boolean> {
    const known = this.#of(row.type)
    const { data, tenant } = parse(row, known)
    const sealed: Sealed[] = []
    for (const { steps } of known.personal)
      eachHolder(data as Json, steps, 0, (holder, field) => {
        const value = holder[field]
        if (isSealed(value)) sealed.push(value)
      })
    await this.#vault.ready(
      tenant,
      sealed.map(({ s: subject }) => subject),
      false,
    )
    return sealed.every((value) => this.#vault.open(tenant, value) !== null)
  }

  /**
   * Reads a page. An event that cannot be read is reported as a failure beside the others, so that one bad row stops nobody.
   * Every event is validated on the way out too, so that readers may rely on its schema. An event that is neither old nor
   * broken passes a quick check; for all others the schema itself decides.
   */
  async decode(stored: readonly LogEvent[]): Promise<Decoded> {
    const read: (RecordedEvent | Problem)[] = []
    const sealed: Opening[] = []
    const parts = await this.#partsOf(stored)
    for (const [index, row] of stored.entries()) read.push(this.#read(row, index, sealed, parts))
    if (sealed.length > 0) await this.#open(stored, read, sealed)
    const events: RecordedEvent[] = []
    const failures: Decoded['failures'] = []
    for (const [index, event] of read.entries()) {
      if (event instanceof Problem) failures.push({ stored: stored[index]!, problem: event })
      else events.push(event)
    }
    return { events, failures }
  }

  /** The parts that the events of a page refer to, by stream and revision. An event that is broken has none. */
  async #partsOf(stored: readonly LogEvent[]): Promise<Parts> {
    const places = new Map<string, { stream: string; revision: number }>()
    for (const row of stored) {
      const known = this.#known(row.type)
      if (!known || known.sections.length === 0) continue
      try {
        const { data, tenant } = parse(row, known)
        for (const { steps } of known.sections)
          eachHolder(data as Json, steps, 0, (holder, field) => {
            const list = holder[field]
            if (!isReferences(list)) return
            for (const [digest, revision] of list.parts) {
              const stream = sectionStream(tenant, digest)
              places.set(`${stream}@${revision}`, { stream, revision })
            }
          })
      } catch {
        // Reading it will say what is wrong with it.
      }
    }
    const parts: Parts = new Map()
    if (places.size === 0 || !this.#sections) return parts
    const found = await this.#sections.at([...places.values()])
    for (const [index, name] of [...places.keys()].entries()) {
      const row = found[index]
      if (row) parts.set(name, { row, lists: new Map() })
    }
    return parts
  }

  /** Puts lists back in the place of their references. Events of a page that refer to the same part share its items. */
  #putBack(event: RecordedEvent, { sections }: Known, parts: Parts): void {
    for (const { steps } of sections)
      eachHolder(event.data as Json, steps, 0, (holder, field) => {
        const list = holder[field]
        if (!isReferences(list)) return
        holder[field] = list.parts.flatMap(([digest, revision, count]) => {
          const part = parts.get(`${sectionStream(event.tenant, digest)}@${revision}`)
          if (!part) throw new Error(`a part of ${steps.join('.')} is not in the log`)
          const path = steps.join('.')
          let items = part.lists.get(path)
          if (!items) {
            let inside: unknown = parse(part.row, this.#of(part.row.type)).data
            for (const step of steps) inside = isObject(inside) ? inside[step] : undefined
            part.lists.set(path, (items = Array.isArray(inside) ? inside : []))
          }
          if (items.length !== count) throw new Error(`a part of ${path} has ${items.length} items, not ${count}`)
          return items
        })
      })
  }

  /** One event, or why it cannot be read. If it has sealed fields, they are put on the list, and it is validated when they are open. */
  #read(row: LogEvent, index: number, sealed: Opening[], parts: Parts): RecordedEvent | Problem {
    try {
      const known = this.#known(row.type)
      if (!known) return new Problem('event.unknown', { id: row.id, type: row.type, position: row.position })
      const event = parse(row, known)
      if (known.sections.length > 0) this.#putBack(event, known, parts)
      const before = sealed.length
      for (const { steps } of known.personal) {
        eachHolder(event.data as Json, steps, 0, (holder, field) => {
          if (isSealed(holder[field])) sealed.push({ holder, field, index })
        })
      }
      if (sealed.length === before) conform(event, known)
      return event
    } catch (error) {
      return asCorrupt(row, error)
    }
  }

  /** Opens sealed fields, event by event, and validates what they belong to. */
  async #open(
    stored: readonly LogEvent[],
    read: (RecordedEvent | Problem)[],
    sealed: readonly Opening[],
  ): Promise<void> {
    const wanted = new Wanted()
    for (const { holder, field, index } of sealed) {
      const event = read[index]!
      if (!(event instanceof Problem)) wanted.add(event.tenant, (holder[field] as Sealed).s)
    }
    await wanted.ready(this.#vault, false)
    for (const [at, { holder, field, index }] of sealed.entries()) {
      const event = read[index]!
      if (event instanceof Problem) continue
      try {
        const value = holder[field]
        // Events of a page may share the items of a part, which are opened once.
        if (isSealed(value)) holder[field] = this.#vault.open(event.tenant, value)
        if (sealed[at + 1]?.index !== index) conform(event, this.#known(event.type)!)
      } catch (error) {
        read[index] = asCorrupt(stored[index]!, error)
      }
    }
  }

  /**
   * Reads events that must all be readable (a stream about to be decided on).
   * @throws Problem `event.unknown`, `event.newer`, `event.corrupt`: the first failure
   */
  async decodeAll(stored: readonly LogEvent[]): Promise<RecordedEvent[]> {
    const { events, failures } = await this.decode(stored)
    if (failures[0]) throw failures[0].problem
    return events
  }

  #of(type: string): Known {
    const known = this.#known(type)
    if (!known) throw new Problem('event.invalid', { type, path: 'type', reason: 'not in the catalogue' })
    return known
  }

  #known(type: string): Known | undefined {
    const met = this.#met.get(type)
    if (met || !Object.hasOwn(this.#catalogue, type)) return met
    const known = knownOf(this.#catalogue[type]!)
    this.#met.set(type, known)
    return known
  }
}

/** The subjects, by tenant, whose keys a page needs. */
class Wanted {
  readonly #subjects = new Map<string, Set<string>>()

  add(tenant: string, subject: string): void {
    const known = this.#subjects.get(tenant)
    if (known) known.add(subject)
    else this.#subjects.set(tenant, new Set([subject]))
  }

  async ready(vault: Vault, create: boolean): Promise<void> {
    for (const [tenant, subjects] of this.#subjects) await vault.ready(tenant, subjects, create)
  }
}
