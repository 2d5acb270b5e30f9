/**
 * Between events as the core knows them and events as a log stores them: validation on the way in,
 * sealing of personal fields, upcasting and opening on the way out.
 */
import type { z } from 'zod'
import type { EventDefinitions, Metadata, NewEvent, PersonalPath, RecordedEvent } from './event.ts'
import { personalPaths } from './event.ts'
import type { LogEvent, StoredEvent } from './log.ts'
import { Problem } from './problem.ts'
import { isSealed, type Sealed, type Vault } from './vault.ts'

/** An event ready to be stored: its id and all of its metadata but the schema version. */
export interface Draft {
  id: string
  event: NewEvent
  meta: Omit<Metadata, 'schema'>
}

/** A page decoded: what could be read, and what could not and why. */
export interface Decoded {
  events: RecordedEvent[]
  failures: { stored: LogEvent; problem: Problem }[]
}

interface Known {
  schema: z.ZodObject
  version: number
  upcasts: EventDefinitions[string]['upcasts']
  personal: readonly PersonalPath[]
}

type Json = Record<string, unknown>

/** Metadata as stored: short names, because every event carries them. */
interface StoredMetadata {
  t: string
  a: string
  at: number
  o?: 'i' | 's'
  c?: string
  k?: string
  v?: number
}

export class Codec {
  readonly #known = new Map<string, Known>()
  readonly #vault: Vault

  constructor(catalogue: EventDefinitions, vault: Vault) {
    this.#vault = vault
    for (const [type, definition] of Object.entries(catalogue)) {
      this.#known.set(type, {
        schema: definition.schema,
        version: definition.upcasts.length + 1,
        upcasts: definition.upcasts,
        personal: personalPaths(definition.schema),
      })
    }
  }

  /**
   * Validates and seals. Keys of persons seen for the first time are stored before this resolves.
   * @throws Problem `event.invalid`, `key.master_lost`, `log.unavailable`
   */
  async encode(drafts: readonly Draft[]): Promise<StoredEvent[]> {
    const parsed = drafts.map((draft) => ({ draft, known: this.#of(draft.event.type), data: this.#validate(draft.event) }))
    const wanted = new Map<string, Set<string>>()
    for (const { draft, known, data } of parsed) {
      for (const path of known.personal) {
        eachPersonal(data, path, (holder, field, person) => {
          if (typeof holder[field] !== 'string') return
          ;(wanted.get(draft.meta.tenant) ?? setAt(wanted, draft.meta.tenant, new Set())).add(this.#vault.subject(draft.meta.tenant, person))
        })
      }
    }
    for (const [tenant, subjects] of wanted) await this.#vault.ready(tenant, subjects, true)
    return parsed.map(({ draft, known, data }) => {
      // Details first: they are sealed under the identity beside them, which must still be readable.
      for (const path of detailsFirst(known.personal)) {
        eachPersonal(data, path, (holder, field, person) => {
          const value = holder[field]
          if (typeof value !== 'string') return
          holder[field] = this.#vault.seal(draft.meta.tenant, this.#vault.subject(draft.meta.tenant, person), value)
        })
      }
      return { id: draft.id, type: draft.event.type, data: JSON.stringify(data), metadata: storeMetadata(draft.meta, known.version) }
    })
  }

  /** Reads a page. An event that cannot be read is a failure beside the others, so that one bad row stops nobody. */
  async decode(stored: readonly LogEvent[]): Promise<Decoded> {
    const failures: Decoded['failures'] = []
    const read: { event: RecordedEvent; known: Known }[] = []
    const wanted = new Map<string, Set<string>>()
    for (const row of stored) {
      try {
        const known = this.#known.get(row.type)
        if (!known) throw new Problem('event.unknown', { id: row.id, type: row.type, position: row.position })
        const event = this.#parse(row, known)
        for (const path of known.personal) {
          eachHolder(event.data as Json, path.steps, (holder, field) => {
            const value = holder[field]
            if (isSealed(value)) (wanted.get(event.tenant) ?? setAt(wanted, event.tenant, new Set())).add(value.s)
          })
        }
        read.push({ event, known })
      } catch (error) {
        failures.push({ stored: row, problem: asCorrupt(row, error) })
      }
    }
    for (const [tenant, subjects] of wanted) await this.#vault.ready(tenant, subjects, false)
    const events: RecordedEvent[] = []
    for (const { event, known } of read) {
      try {
        for (const path of known.personal) {
          eachHolder(event.data as Json, path.steps, (holder, field) => {
            const value = holder[field]
            if (isSealed(value)) holder[field] = this.#vault.open(event.tenant, value)
          })
        }
        const result = known.schema.safeParse(event.data)
        if (!result.success) throw new Error(issueText(result.error))
        event.data = result.data
        events.push(event)
      } catch (error) {
        const row = stored.find((candidate) => candidate.id === event.id && candidate.position === event.position)!
        failures.push({ stored: row, problem: asCorrupt(row, error) })
      }
    }
    return { events, failures }
  }

  /** Reads events that must all be readable (a stream about to be decided on). @throws the first failure */
  async decodeAll(stored: readonly LogEvent[]): Promise<RecordedEvent[]> {
    const { events, failures } = await this.decode(stored)
    if (failures[0]) throw failures[0].problem
    return events
  }

  #of(type: string): Known {
    const known = this.#known.get(type)
    if (!known) throw new Problem('event.invalid', { type, path: 'type', reason: 'not in the catalogue' })
    return known
  }

  #validate(event: NewEvent): Json {
    const result = this.#of(event.type).schema.safeParse(event.data)
    if (result.success) return result.data
    const issue = result.error.issues[0]
    throw new Problem('event.invalid', { type: event.type, path: issue?.path.join('.') ?? '', reason: issue?.message ?? '' })
  }

  #parse(row: LogEvent, known: Known): RecordedEvent {
    const meta = JSON.parse(row.metadata) as StoredMetadata
    const schema = meta.v ?? 1
    if (schema > known.version) {
      throw new Problem('event.newer', { id: row.id, type: row.type, position: row.position, schema, known: known.version })
    }
    let data = JSON.parse(row.data) as Json
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
}

function storeMetadata(meta: Omit<Metadata, 'schema'>, version: number): string {
  const stored: StoredMetadata = { t: meta.tenant, a: meta.actor, at: meta.at }
  if (meta.origin !== 'live') stored.o = meta.origin === 'imported' ? 'i' : 's'
  if (meta.correlation !== null) stored.c = meta.correlation
  if (meta.causation !== null) stored.k = meta.causation
  if (version > 1) stored.v = version
  return JSON.stringify(stored)
}

function detailsFirst(paths: readonly PersonalPath[]): PersonalPath[] {
  return paths.toSorted((a, b) => Number(a.personOf === null) - Number(b.personOf === null))
}

/** Visits each object that holds the field at the end of a path. */
function eachHolder(data: Json, steps: readonly string[], visit: (holder: Json, field: string) => void): void {
  const [step, ...rest] = steps
  if (step === undefined) return
  if (step === '*') {
    for (const item of data as unknown as Json[]) eachHolder(item, rest, visit)
    return
  }
  if (rest.length === 0) return visit(data, step)
  const next = data[step]
  if (typeof next === 'object' && next !== null) eachHolder(next as Json, rest, visit)
}

function eachPersonal(data: Json, path: PersonalPath, visit: (holder: Json, field: string, person: string) => void): void {
  eachHolder(data, path.steps, (holder, field) => {
    const person = path.personOf === null ? holder[field] : holder[path.personOf]
    // A detail whose person is unknown still must not be stored in the clear: it is its own subject.
    visit(holder, field, typeof person === 'string' ? person : String(holder[field]))
  })
}

function setAt<K, V>(map: Map<K, V>, key: K, value: V): V {
  map.set(key, value)
  return value
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

export type { Sealed }
