/**
 * Translates between events as the core knows them and events as a log stores them: validation on the way in, sealing
 * of personal fields, upcasting and opening on the way out.
 */
import type { z } from 'zod'
import type { EventDefinitions, Metadata, NewEvent, PersonalPath, RecordedEvent } from './event.ts'
import { derivedId } from './derived-id.ts'
import { personalPaths, reasonPaths, sectionPaths, type SectionPath } from './event.ts'
import { fitsOf, type Fits } from './fits.ts'
import type { LogEvent, StoredEvent } from './log.ts'
import { Problem } from './problem.ts'
import { dataOf, isReferences, partsOf, Sections, sectionStream, type Part, type SectionLog } from './sections.ts'
import type { Unread } from './unread.ts'
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

interface Known {
  schema: z.ZodObject
  /** For what is about to be written: a field missing from the schema would be lost silently. */
  strict: z.ZodObject
  /** A quick yes where the schema would give the data back as they are. */
  fits: Fits
  version: number
  upcasts: EventDefinitions[string]['upcasts']
  personal: readonly PersonalPath[]
  reasons: readonly (readonly string[])[]
  sections: readonly SectionPath[]
}

/** A reason is a code: free text about a person has no place in the ledger. */
const REASON = /^[a-z][a-z0-9_]{0,63}$/

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

type Json = Record<string, unknown>

/** Metadata as stored: short names, because every event carries them. */
interface StoredMetadata {
  /** In a copied log: when the event was first recorded. For log adapters (`first-recorded.ts`). */
  r?: number
  t: string
  a: string
  at: number
  o?: 'i' | 's'
  c?: string
  k?: string
  v?: number
}

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

/** What follows from a definition, for all codecs of this process. */
const derived = new WeakMap<EventDefinitions[string], Known>()

/**
 * Derived when the first event of the type is met: for a whole catalogue that takes a quarter of a second, and most
 * processes meet few of its types.
 */
function knownOf(definition: EventDefinitions[string]): Known {
  const there = derived.get(definition)
  if (there) return there
  const { schema, upcasts } = definition
  const known: Known = {
    schema,
    strict: schema.strict(),
    fits: fitsOf(schema),
    version: upcasts.length + 1,
    upcasts,
    personal: personalPaths(schema),
    reasons: reasonPaths(schema),
    sections: sectionPaths(schema),
  }
  derived.set(definition, known)
  return known
}

/** A copy of an event's data, as its schema defines it. */
function validate(event: NewEvent, known: Known): Json {
  const result = known.strict.safeParse(event.data)
  if (result.success) {
    for (const steps of known.reasons) {
      eachHolder(result.data, steps, 0, (holder, field) => {
        const reason = holder[field]
        if (typeof reason === 'string' && !REASON.test(reason))
          throw new Problem('event.invalid', {
            type: event.type,
            path: steps.join('.'),
            reason: 'a reason must be a code',
          })
      })
    }
    return result.data
  }
  const issue = result.error.issues[0]
  throw new Problem('event.invalid', {
    type: event.type,
    path: issue?.path.join('.') ?? '',
    reason: issue?.message ?? '',
  })
}

/** The event of a row, in the current version of its schema; personal fields are still sealed, for upcasts too. */
function parse(row: LogEvent, known: Known): RecordedEvent {
  const meta = json(row.metadata, 'metadata') as unknown as StoredMetadata
  if (typeof meta.t !== 'string' || typeof meta.a !== 'string' || typeof meta.at !== 'number')
    throw new Error('its metadata lack tenant, actor or moment')
  const schema = meta.v ?? 1
  if (schema > known.version) {
    throw new Problem('event.newer', {
      id: row.id,
      type: row.type,
      position: row.position,
      schema,
      known: known.version,
    })
  }
  let data = json(row.data, 'data')
  for (let version = schema; version < known.version; version++) data = known.upcasts[version - 1]!(data)
  return {
    id: row.id,
    type: row.type,
    data,
    tenant: meta.t,
    actor: meta.a,
    at: meta.at,
    origin: meta.o === 'i' ? 'imported' : meta.o === 's' ? 'simulated' : 'live',
    correlation: meta.c ?? null,
    causation: meta.k ?? null,
    schema: known.version,
    stream: row.stream,
    revision: row.revision,
    position: row.position,
    recordedAt: row.recordedAt,
  }
}

/**
 * Sees that an event's data are as its schema has them, and makes them so where only a default is missing.
 * @throws Error that names the field
 */
function conform(event: RecordedEvent, { fits, schema }: Known): void {
  if (fits(event.data)) return
  const result = schema.safeParse(event.data)
  if (!result.success) throw new Error(issueText(result.error))
  event.data = result.data
}

/** When a stored event says it happened, UTC ms; null if that cannot be read. Much cheaper than decoding the event. */
export function momentOf({ metadata }: Pick<StoredEvent, 'metadata'>): number | null {
  try {
    const { at } = JSON.parse(metadata) as Partial<StoredMetadata>
    return typeof at === 'number' ? at : null
  } catch {
    return null
  }
}

const unreadCodes: Readonly<Record<string, Unread['why']>> = {
  'event.unknown': 'unknown',
  'event.newer': 'newer',
  'event.corrupt': 'corrupt',
}

/** The event that a failure of the codec is about; null if the cause is keys or the log, and may pass. */
export function unreadOf({ stored, problem }: { stored: LogEvent; problem: Problem }): Unread | null {
  const why = unreadCodes[problem.code]
  if (!why) return null
  const { stream, id, type, revision, recordedAt } = stored
  return { stream, eventId: id, eventType: type.slice(0, 200), revision, why, at: momentOf(stored) ?? recordedAt }
}

/** The parser's own message would quote the text, and problems are logged. */
function json(text: string, what: string): Json {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Error(`its ${what} is not JSON`)
  }
  if (typeof value !== 'object' || value === null) throw new Error(`its ${what} is not an object`)
  return value as Json
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

/** The metadata of an event as text. `version`: that of its schema. */
export function storeMetadata(meta: Omit<Metadata, 'schema'>, version: number): string {
  const stored: StoredMetadata = { t: meta.tenant, a: meta.actor, at: meta.at }
  if (meta.origin !== 'live') stored.o = meta.origin === 'imported' ? 'i' : 's'
  if (meta.correlation !== null) stored.c = meta.correlation
  if (meta.causation !== null) stored.k = meta.causation
  if (version > 1) stored.v = version
  return JSON.stringify(stored)
}

/** Visits each object (or array) that holds the value at the end of a path, and the value's name (or index) in it. */
function eachHolder(
  data: Json,
  steps: readonly string[],
  from: number,
  visit: (holder: Json, field: string) => void,
): void {
  let holder = data
  for (let at = from; ; at++) {
    const step = steps[at]!
    const isLast = at === steps.length - 1
    if (step === '*') {
      if (!Array.isArray(holder)) return
      for (const index of holder.keys()) {
        if (isLast) visit(holder, String(index))
        else if (isObject(holder[index])) eachHolder(holder[index], steps, at + 1, visit)
      }
      return
    }
    if (isLast) return visit(holder, step)
    const next = holder[step]
    if (!isObject(next)) return
    holder = next
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null
}

function issueText(error: z.ZodError): string {
  const issue = error.issues[0]
  return issue ? `${issue.path.join('.')}: ${issue.message}` : 'invalid'
}

function asCorrupt(row: LogEvent, error: unknown): Problem {
  if (error instanceof Problem) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new Problem('event.corrupt', { id: row.id, type: row.type, position: row.position, reason }, { cause: error })
}
