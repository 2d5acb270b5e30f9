/**
 * A kind of records: a register (phrases, links, labels, dictionaries …) as one declaration. From it come its events,
 * its rules (unique keys, references, review), its table, routes, list and form. Browser-safe.
 *
 * What has a life of its own (a call, a shift, a ticket, a campaign) is a decider of its own, never a record.
 */
import { z } from 'zod'
import type { Permission } from '../access/session.ts'
import { clearText, event, idText, personalDetail, type EventDefinitions } from '../kernel/event.ts'
import type { Words } from '../kernel/words.ts'
import { asGiven, keptAs, type Fields, type Value, type Values } from './fields.ts'

/** What someone may not enter twice. */
export interface Unique {
  readonly fields: readonly string[]
  /** Letters of either case are the same, and so are half and full width. */
  readonly ignoreCase: boolean
}

export interface Kind<F extends Fields = Fields> {
  /** In code and addresses, one of them: `phrase`. */
  readonly name: string
  /** Its table, and its part of addresses: `phrases`. */
  readonly table: string
  /** What its events begin with: `Phrase`. */
  readonly eventName: string
  readonly one: Words
  readonly many: Words
  /** What it is for, on its page and in the documentation. */
  readonly about: Words
  /** The concept whose page it is on, and the stream it is kept in: records that refer to each other share one. */
  readonly book: string
  readonly fields: F
  /** The field that names a record to people. */
  readonly label: keyof F & string
  readonly unique: readonly Unique[]
  /** Fields of the list, in order; the rest on request. */
  readonly columns: readonly (keyof F & string)[]
  readonly sort: string
  readonly see: Permission
  readonly edit: Permission
  /** Who approves what editors write before others see it; null: nobody has to. */
  readonly review: Permission | null
  /** How many a tenant may have. */
  readonly most: number
  /**
   * Each record has a stream of its own (`large.ts`): for registers that are imported, up to millions of rows. What makes
   * it the only one is its first unique key, which never changes. It refers to records of books, and goes with them.
   */
  readonly large: boolean
}

/** How many records a book of one tenant holds in all, whatever its kinds allow. */
export const MOST_IN_BOOK = 20_000

interface KindSpec<F extends Fields> {
  table: string
  one: Words
  many: Words
  about: Words
  book: string
  fields: F
  label: keyof F & string
  unique?: readonly { fields: readonly (keyof F & string)[]; ignoreCase?: boolean }[]
  columns?: readonly (keyof F & string)[]
  sort?: (keyof F & string) | `-${keyof F & string}` | '-createdAt' | 'createdAt'
  see: Permission
  edit: Permission
  review?: Permission
  most?: number
  large?: true
}

/** Declares a register. */
export function recordKind<const F extends Fields>(name: string, spec: KindSpec<F>): Kind<F> {
  for (const [field, { refersTo, optional }] of Object.entries(spec.fields))
    if (refersTo?.onRemove === 'clear' && !optional) throw new TypeError(`${name}.${field} may not be empty`)
  if (spec.large) demandLarge(name, spec)
  if (spec.review && Object.values(spec.fields).some(({ personal }) => personal))
    throw new TypeError(`${name}: what is proposed would be shown in the clear`)
  return {
    name,
    eventName: name.replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase()),
    columns: Object.keys(spec.fields),
    sort: '-createdAt',
    review: null,
    most: spec.large ? 10_000_000 : 10_000,
    large: false,
    ...spec,
    unique: (spec.unique ?? []).map((one) => ({ ignoreCase: true, ...one })),
  }
}

/** What streams of their own can hold. */
function demandLarge<F extends Fields>(name: string, { fields, unique, review }: KindSpec<F>): void {
  const [first] = unique ?? []
  if (!first || unique!.length > 1) throw new TypeError(`${name}: a large register has one unique key`)
  if (first.fields.some((field) => fields[field]!.optional)) throw new TypeError(`${name}: its key may not be empty`)
  if (review) throw new TypeError(`${name}: a large register has no review`)
  for (const [field, { refersTo }] of Object.entries(fields))
    if (refersTo && refersTo.onRemove !== 'cascade') throw new TypeError(`${name}.${field}: a large register cascades`)
}

/** All that records of a kind keep: its fields, and numbers as they were typed. */
export function keptNames({ fields }: Pick<Kind, 'fields'>): string[] {
  return Object.entries(fields).flatMap(([name, { kind }]) => (kind === 'phone' ? [name, asGiven(name)] : [name]))
}

/** Values of fields as a record keeps them. */
export function kept({ fields }: Pick<Kind, 'fields'>, values: Values): Values {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => keptAs(fields[name]!.kind, name, value)),
  ) as Values
}

/** Which of these values differ, and whom they are about: a value about a person stands beside what identifies them. */
export function changedNames({ fields }: Pick<Kind, 'fields'>, now: Values, values: Values): string[] {
  const changed = Object.keys(values).filter((name) => values[name] !== (now[name] ?? null))
  const persons = changed.flatMap((name) => {
    const field = fields[name]
    if (field) return field.personOf ?? []
    return Object.keys(fields).find((of) => asGiven(of) === name) ?? []
  })
  return [...new Set([...changed, ...persons])]
}

/** The values of a new record, as a request gives them: everything that is not optional. */
export function valuesInput(kind: Kind): z.ZodObject {
  return z.strictObject(shapeOf(kind, (schema, isOptional) => (isOptional ? schema.nullable().default(null) : schema)))
}

/** Some values of a record, as a request gives them. */
export function changesInput(kind: Kind): z.ZodObject {
  return z.strictObject(shapeOf(kind, (schema, isOptional) => (isOptional ? schema.nullable() : schema).optional()))
}

function shapeOf(kind: Kind, make: (schema: z.ZodType, isOptional: boolean) => z.ZodType): Record<string, z.ZodType> {
  const described = Object.entries(kind.fields).map(([name, { input, optional, label, help }]) => [
    name,
    make(input, optional).meta({ ...input.meta(), description: help ? `${label.en}: ${help.en}` : label.en }),
  ])
  return Object.fromEntries(described) as Record<string, z.ZodType>
}

/** What happens to records of a kind, and the ends of the names of the events that say so. */
export const happenings = ['Added', 'Changed', 'Approved', 'Rejected', 'Removed'] as const
export type Happening = (typeof happenings)[number]

/** The events of a kind. */
export function eventsOf(kind: Kind): EventDefinitions {
  const stored = Object.entries(kind.fields).flatMap(([name, one]) => {
    const schema = one.optional ? one.stored.nullable() : one.stored
    const own = [name, schema.meta({ description: one.label.en }) as z.ZodType] as const
    if (one.kind !== 'phone') return [own]
    return [own, [asGiven(name), personalDetail(`${one.label.en} as it was typed, if different`, name)] as const]
  })
  const all = Object.fromEntries(stored) as Record<string, z.ZodType>
  const some = Object.fromEntries(stored.map(([name, schema]) => [name, schema.optional()])) as typeof all
  const recordId = idText.describe('Id of the record.')
  const one = kind.one.en
  return {
    [`${kind.eventName}Added`]: event(`A ${one} was added.`, { recordId, values: z.object(all) }),
    [`${kind.eventName}Changed`]: event(`Fields of a ${one} were changed.`, {
      recordId,
      values: z.object(some).describe('What was changed, as it is now.'),
      before: z.object(some).describe('The same fields as they were.'),
      because: idText.nullable().describe('The record whose removal cleared a reference; null: somebody changed it.'),
    }),
    ...(kind.review !== null && {
      [`${kind.eventName}Approved`]: event(`A ${one} was approved: everybody sees it as it is now.`, { recordId }),
      [`${kind.eventName}Rejected`]: event(`What was written of a ${one} was rejected.`, {
        recordId,
        note: clearText('register', MOST_OF_NOTE).describe('What is to be done about it.'),
      }),
    }),
    [`${kind.eventName}Removed`]: event(`A ${one} was removed.`, {
      recordId,
      because: idText.nullable().describe('The record whose removal took this one with it; null: somebody removed it.'),
    }),
  }
}

/** Longest note with which something is sent back, characters. */
export const MOST_OF_NOTE = 500

/** An event of a record, whatever its kind. */
export interface RecordEvent {
  type: string
  data: {
    recordId: string
    values?: Values
    before?: Values
    because?: string | null
    note?: string
  }
}

/** What an event says happened, and to a record of which kind; null: it is not about a record. */
export function happeningOf(kinds: readonly Kind[], type: string): { kind: Kind; happening: Happening } | null {
  for (const kind of kinds)
    if (type.startsWith(kind.eventName)) {
      const happening = type.slice(kind.eventName.length) as Happening
      if (happenings.includes(happening)) return { kind, happening }
    }
  return null
}

/** What makes a record the only one of its kind: a text for each unique key; null where a field of it is empty. */
export function uniqueKeys(kind: Kind, values: Values): (string | null)[] {
  return kind.unique.map(({ fields, ignoreCase }, index) => {
    const parts = fields.map((name): Value => values[name] ?? null)
    if (parts.includes(null)) return null
    const written = JSON.stringify(parts)
    return `${kind.name} ${index} ${ignoreCase ? written.normalize('NFKC').toLowerCase() : written}`
  })
}
