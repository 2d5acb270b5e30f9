/**
 * An event as a log stores it: what stands in its text and metadata, how old versions become the current one, and
 * whether it is as its schema has it. Sealing and opening are the codec's.
 */
import type { z } from 'zod'
import type { EventDefinitions, Metadata, NewEvent, PersonalPath, RecordedEvent } from './event.ts'
import { personalPaths, reasonPaths, sectionPaths, type SectionPath } from './event.ts'
import { fitsOf, type Fits } from './fits.ts'
import type { LogEvent, StoredEvent } from './log.ts'
import { Problem } from './problem.ts'
import type { Unread } from './unread.ts'

export type Json = Record<string, unknown>

/** What codecs know of a type of events. */
export interface Known {
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

/** What follows from a definition, for all codecs of this process. */
const derived = new WeakMap<EventDefinitions[string], Known>()

/**
 * Derived when the first event of the type is met: for a whole catalogue that takes a quarter of a second, and most
 * processes meet few of its types.
 */
export function knownOf(definition: EventDefinitions[string]): Known {
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

/** A copy of an event's data, as its schema defines it. @throws Problem `event.invalid` */
export function validate(event: NewEvent, known: Known): Json {
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
export function parse(row: LogEvent, known: Known): RecordedEvent {
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
export function conform(event: RecordedEvent, { fits, schema }: Known): void {
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

/** The metadata of an event as text. `version`: that of its schema. */
export function storeMetadata(meta: Omit<Metadata, 'schema'>, version: number): string {
  const stored: StoredMetadata = { t: meta.tenant, a: meta.actor, at: meta.at }
  if (meta.origin !== 'live') stored.o = meta.origin === 'imported' ? 'i' : 's'
  if (meta.correlation !== null) stored.c = meta.correlation
  if (meta.causation !== null) stored.k = meta.causation
  if (version > 1) stored.v = version
  return JSON.stringify(stored)
}

/** Who wrote a stored event, and when; null if that cannot be read. Much cheaper than decoding the event. */
export function writerOf({ metadata }: Pick<StoredEvent, 'metadata'>): { actor: string; at: number } | null {
  try {
    const { a: actor, at } = JSON.parse(metadata) as Partial<StoredMetadata>
    return typeof at === 'number' && typeof actor === 'string' ? { actor, at } : null
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

/** Visits each object (or array) that holds the value at the end of a path, and the value's name (or index) in it. */
export function eachHolder(
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

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null
}

function issueText(error: z.ZodError): string {
  const issue = error.issues[0]
  return issue ? `${issue.path.join('.')}: ${issue.message}` : 'invalid'
}

export function asCorrupt(row: LogEvent, error: unknown): Problem {
  if (error instanceof Problem) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new Problem('event.corrupt', { id: row.id, type: row.type, position: row.position, reason }, { cause: error })
}
