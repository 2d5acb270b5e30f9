/**
 * Events: what a fact looks like in the ledger, how a concept declares its events, and which of
 * their fields belong to a person.
 *
 * A concept's `events.ts` calls {@link defineEvents} once; everything else (validation, encryption,
 * upcasting, the event catalogue in `ops/docs`) is read from that declaration.
 */
import { z } from 'zod'

/** Where a fact came from. Processes act on `live` and `simulated` events, never on `imported` ones. */
export type Origin = 'live' | 'imported' | 'simulated'

/** What every event carries beside its data. */
export interface Metadata {
  tenant: string
  /** Who caused it: `agent:201`, `supervisor:9001`, `caller`, `system:switchboard`, `import:anonymous-bank`. */
  actor: string
  /** When it happened, UTC milliseconds. Never goes back within a stream. */
  at: number
  origin: Origin
  /** The id that all events of one story share (usually the call id). */
  correlation: string | null
  /** The command or event that led to this one. */
  causation: string | null
  /** Version of the data's schema when it was written. */
  schema: number
}

/** An event that has been decided but not appended yet. */
export interface NewEvent<T extends string = string, D = unknown> {
  type: T
  data: D
}

/** An event as it is read back: decoded, upcast, its personal fields opened (null when forgotten). */
export interface RecordedEvent<T extends string = string, D = unknown> extends Metadata {
  id: string
  type: T
  data: D
  stream: string
  /** Place in its stream, from 0. */
  revision: number
  /** Place in the log: opaque, comparable as text, never business data. */
  position: Position
  /** When the log took it, UTC milliseconds; in a copied log, when the original log took it. */
  recordedAt: number
}

/** A place in the log: text that sorts like the log; only log adapters know what is inside. */
export type Position = string & { readonly position: unique symbol }

/** Turns the data of version n into that of version n + 1. */
export type Upcast = (data: Record<string, unknown>) => Record<string, unknown>

export interface EventDefinition<S extends z.ZodObject = z.ZodObject> {
  /** One sentence for the event catalogue. */
  about: string
  schema: S
  /** `upcasts[0]` turns version 1 into 2, and so on; the current version is their number + 1. */
  upcasts: readonly Upcast[]
}

export type EventDefinitions = Record<string, EventDefinition>

/** Declares one event: what it means, its fields, and how its older versions are read. */
export function event<S extends z.ZodRawShape>(
  about: string,
  shape: S,
  ...upcasts: Upcast[]
): EventDefinition<z.ZodObject<S>> {
  return { about, schema: z.object(shape), upcasts }
}

/** Keeps the literal types of a concept's events. */
export function defineEvents<const D extends EventDefinitions>(definitions: D): D {
  return definitions
}

/** The union of a concept's events, as deciders return them. */
export type EventsOf<D extends EventDefinitions> = {
  [T in keyof D & string]: NewEvent<T, z.infer<D[T]['schema']>>
}[keyof D & string]

/** The union of a concept's events, as folds receive them. */
export type RecordedOf<D extends EventDefinitions> = {
  [T in keyof D & string]: RecordedEvent<T, z.infer<D[T]['schema']>>
}[keyof D & string]

/** The data of one event of a concept. */
export type DataOf<D extends EventDefinitions, T extends keyof D> = z.infer<D[T]['schema']>

/** What marks a field as personal: the sibling field that names the person, or null when the value itself does. */
export interface PersonalMark {
  personOf: string | null
}

/**
 * Why a text may stand in the ledger in the clear. Anything else belongs to a person and is sealed ({@link
 * personalIdentity}, {@link personalDetail}); a test checks all events.
 *
 * - `id`: opaque, made by a program · `code`: of something configured, known at the time of writing
 * - `reason`: one of the configured list, or a rule's own word · `setting`: written by the house's administrators
 * - `ours`: a number or word of the network on our side · `register`: written into a register of the house, about things
 *   and never about a person
 */
export type ClearText = 'id' | 'code' | 'reason' | 'setting' | 'ours' | 'register'

/** What marks a list as a section. */
export interface SectionMark {
  /** The field of an item that names it. */
  by: string
  /** The type of the events that hold its parts, at the same path as here. */
  in: string
}

declare module 'zod' {
  interface GlobalMeta {
    personal?: PersonalMark
    clear?: ClearText
    /** It opens something: it is never shown, not even to people who may see personal data. */
    secret?: true
    /** A list that may be long: it is stored in parts (`sections.ts`). */
    section?: SectionMark
  }
}

/** A text that may stand in the clear, up to this many characters. */
export function clearText(clear: ClearText, max: number) {
  return z.string().max(max).meta({ clear })
}

/** An opaque id. */
export const idText = z.string().min(1).max(100).meta({ clear: 'id' })
/** The code of something configured. */
export const codeText = z.string().min(1).max(64).meta({ clear: 'code' })

/**
 * A phone number, a customer id: a value that *is* someone. It is stored encrypted with the key of the person it
 * identifies; equality search uses its keyed hash.
 */
export function personalIdentity(about: string) {
  return z
    .string()
    .max(200)
    .nullable()
    .meta({ description: about, personal: { personOf: null } })
}

/** A name, an address, a note *about* the person named by the sibling field `personOf`. */
export function personalDetail(about: string, personOf: string) {
  return z.string().max(4000).nullable().meta({ description: about, personal: { personOf } })
}

/**
 * A password of the house: sealed like what belongs to a person, with the key of the tenant's secrets, and never handed
 * out. Null: there is none.
 */
export function secretDetail(about: string) {
  return z
    .string()
    .max(200)
    .nullable()
    .default(null)
    .meta({ description: about, personal: { personOf: null }, secret: true })
}

/** Steps into an event's data; `*` goes through an array. */
export interface PersonalPath {
  steps: readonly string[]
  personOf: string | null
  /** It belongs to the house, not to a person. */
  secret: boolean
}

/** Where the reasons of a schema are: any text is accepted when reading, for old events, but only codes are written. */
export function reasonPaths(schema: z.ZodType, steps: readonly string[] = []): (readonly string[])[] {
  if (schema.meta()?.clear === 'reason') return [steps]
  if (schema instanceof z.ZodObject)
    return Object.entries(schema.shape).flatMap(([name, field]) => reasonPaths(field as z.ZodType, [...steps, name]))
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return reasonPaths(schema.unwrap() as z.ZodType, steps)
  return schema instanceof z.ZodArray ? reasonPaths(schema.element as z.ZodType, [...steps, '*']) : []
}

/** A list that is stored in parts. */
export interface SectionPath extends SectionMark {
  steps: readonly string[]
}

/** Every section of a schema. */
export function sectionPaths(schema: z.ZodType, steps: readonly string[] = []): SectionPath[] {
  const mark = schema.meta()?.section
  if (mark) return [{ steps, ...mark }]
  if (schema instanceof z.ZodObject)
    return Object.entries(schema.shape).flatMap(([name, field]) => sectionPaths(field as z.ZodType, [...steps, name]))
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return sectionPaths(schema.unwrap() as z.ZodType, steps)
  return []
}

/** Every personal field of a schema. */
export function personalPaths(schema: z.ZodType, steps: readonly string[] = []): PersonalPath[] {
  const meta = schema.meta()
  if (meta?.personal) return [{ steps, personOf: meta.personal.personOf, secret: meta.secret === true }]
  if (schema instanceof z.ZodObject) {
    return Object.entries(schema.shape).flatMap(([name, field]) => personalPaths(field as z.ZodType, [...steps, name]))
  }
  if (schema instanceof z.ZodArray) return personalPaths(schema.element as z.ZodType, [...steps, '*'])
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return personalPaths(schema.unwrap() as z.ZodType, steps)
  // A mark that sealing would miss must not be made: the value would be stored in the clear.
  const inside =
    schema instanceof z.ZodUnion
      ? schema.options
      : schema instanceof z.ZodTuple
        ? schema.def.items
        : schema instanceof z.ZodRecord
          ? [schema.valueType]
          : []
  for (const part of inside) {
    if (personalPaths(part as z.ZodType).length > 0)
      throw new TypeError(`personal field inside a union, tuple or record: ${steps.join('.')}`)
  }
  return []
}

/** Name of a stream: `<category>-<tenant>.<id>`. */
export function streamName(category: string, tenant: string, id: string): string {
  return `${category}-${tenant}.${id}`
}

/** The category of a stream: everything before the first hyphen. */
export function categoryOf(stream: string): string {
  return stream.slice(0, stream.indexOf('-'))
}

/** Tenant of a stream: between the first hyphen and the first full stop. */
export function tenantOf(stream: string): string {
  return stream.slice(stream.indexOf('-') + 1, stream.indexOf('.'))
}

/** Id of the thing a stream is about: everything after the first full stop. */
export function idOf(stream: string): string {
  return stream.slice(stream.indexOf('.') + 1)
}
