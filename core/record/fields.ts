/**
 * The kinds of fields that a register is declared with. Each says once what a value looks like: to people (label, help),
 * to requests and imports (a schema), to the ledger (clear, or sealed), and to lists (how it is searched). Browser-safe.
 */
import { z } from 'zod'
import { clearText, personalDetail, personalIdentity } from '../kernel/event.ts'
import type { Words } from '../kernel/words.ts'
import { phoneNumber } from '../number/number.ts'

/** A value of any field; null where an optional field is empty. */
export type Value = string | number | boolean | null

/** What a form draws for it, and what a list makes of it. */
export type FieldKind =
  | 'text'
  | 'lines'
  | 'link'
  | 'integer'
  | 'flag'
  | 'day'
  | 'colour'
  | 'reference'
  | 'phone'
  | 'personal'

/** What becomes of a record when what it refers to is removed. */
export type OnRemove = 'refuse' | 'clear' | 'cascade'

/** A part of a text; of a name, also as it is read; of a number in any notation. Names are sorted as they are read. */
export type Searched = 'part' | 'name' | 'number'

export interface Field<V extends Value = Value> {
  readonly kind: FieldKind
  readonly label: Words
  /** What to enter, and what it does. */
  readonly help: Words | null
  /** May be empty: null. */
  readonly optional: boolean
  /** What a request or an import may give, without null. */
  readonly input: z.ZodType
  /** How it stands in events, without null. */
  readonly stored: z.ZodType
  /** How lists find it by a part; null: they do not. */
  readonly searched: Searched | null
  /** Longest text, characters; largest number. */
  readonly most: number | null
  readonly least: number | null
  /** Of a reference: the name of the kind of records, and what becomes of this one if that one is removed. */
  readonly refersTo: { readonly kind: string; readonly onRemove: OnRemove } | null
  /** It is about a person: sealed in events, masked for those who may not see it, never sorted or filtered by range. */
  readonly personal: boolean
  /** The field that identifies that person; null: this one does, or it stands for itself. */
  readonly personOf: string | null
  readonly type?: V
}

export type Fields = Readonly<Record<string, Field>>
/** The values of any record. */
export type Values = Readonly<Record<string, Value>>

interface Spec {
  label: Words
  help?: Words
}

/** Words as they are kept: composed, without blanks at either end. Two texts that look alike are alike. */
const tidy = (most: number) => z.string().normalize('NFC').trim().min(1).max(most)

/** One line. @param most characters */
export const text = (spec: Spec & { most: number; searched?: Searched }): Field<string> =>
  field('text', spec, {
    input: line(spec.most),
    stored: clearText('register', spec.most),
    most: spec.most,
    searched: spec.searched ?? null,
  })

/** Several lines. @param most characters */
export const lines = (spec: Spec & { most: number; searched?: 'part' }): Field<string> =>
  field('lines', spec, {
    input: tidy(spec.most),
    stored: clearText('register', spec.most),
    most: spec.most,
    searched: spec.searched ?? null,
  })

const MOST_OF_LINK = 2_000

/** An address on the web. Nothing but http and https, so that no script can hide in it. */
export const link = (spec: Spec): Field<string> =>
  field('link', spec, {
    input: tidy(MOST_OF_LINK)
      .refine(leadsToTheWeb, {
        message: 'an address begins with https:// or http://',
        params: { zh: '地址应以 https:// 或 http:// 开头' },
      })
      .meta({ examples: ['https://example.com/'] }),
    stored: clearText('register', MOST_OF_LINK),
    most: MOST_OF_LINK,
  })

export const integer = (spec: Spec & { least: number; most: number }): Field<number> =>
  field('integer', spec, {
    input: z.number().int().min(spec.least).max(spec.most),
    stored: z.number().int(),
    least: spec.least,
    most: spec.most,
  })

export const flag = (spec: Spec): Field<boolean> => field('flag', spec, { input: z.boolean(), stored: z.boolean() })

/** A day of the tenant's, `YYYY-MM-DD`. */
export const day = (spec: Spec): Field<string> =>
  field('day', spec, { input: z.iso.date(), stored: clearText('register', 10) })

/** One of the colours that a theme has, so that it can be read in light and dark. */
export const colours = ['grey', 'red', 'orange', 'yellow', 'green', 'teal', 'blue', 'purple'] as const
export const colour = (spec: Spec): Field<(typeof colours)[number]> =>
  field('colour', spec, { input: z.enum(colours), stored: clearText('code', 16) })

/** Another record. */
export const reference = (spec: Spec & { to: string; onRemove: OnRemove }): Field<string> =>
  field('reference', spec, {
    input: z.uuid(),
    stored: clearText('id', 100),
    refersTo: { kind: spec.to, onRemove: spec.onRemove },
  })

/**
 * A telephone number in any notation. What is compared, searched and dialled is its normalised form (`number/number.ts`);
 * what was typed is kept beside it ({@link asGiven}).
 */
export const phone = (spec: Spec): Field<string> =>
  field('phone', spec, {
    input: z
      .string()
      .trim()
      .min(3)
      .max(MOST_OF_NUMBER)
      .refine(isDialled, {
        message: 'a telephone number has digits, and nothing else but a plus, blanks, hyphens and brackets',
        params: { zh: '电话号码应为数字，可含 + 号、空格、连字符和括号' },
      })
      .meta({ examples: ['138 0000 1111'] }),
    stored: personalIdentity(spec.label.en),
    most: MOST_OF_NUMBER,
    personal: true,
  })
const MOST_OF_NUMBER = 40

/** One line about a person. @param of the field that says who it is: forgetting them empties this, too */
export const personalText = (spec: Spec & { most: number; of: string }): Field<string> =>
  field('personal', spec, {
    input: line(spec.most),
    stored: personalDetail(spec.label.en, spec.of),
    most: spec.most,
    personal: true,
    personOf: spec.of,
  })

/** Where a record keeps a number as it was typed, if that is not its normalised form. */
export const asGiven = (name: string): string => `${name}AsGiven`

/** A value as records keep it: numbers normalised, and as they were typed beside that. */
export function keptAs(kind: FieldKind, name: string, value: Value): [string, Value][] {
  if (kind !== 'phone') return [[name, value]]
  const { raw, normalised } = phoneNumber(value as string | null)
  return [
    [name, normalised],
    [asGiven(name), raw === normalised ? null : raw],
  ]
}

/** Digits with which a number ends, by which people look for it. */
const DIGITS_OF_TAIL = 4
export const tailOf = (number: Value | undefined): string | null =>
  typeof number === 'string' && number.length > DIGITS_OF_TAIL ? number.slice(-DIGITS_OF_TAIL) : null

/** The same field, which may be empty. */
export function optional<V extends Value>(one: Field<V>): Field<V | null> {
  return { ...one, optional: true }
}

function field<V extends Value>(
  kind: FieldKind,
  { label, help }: Spec,
  own: Pick<Field, 'input' | 'stored'> & Partial<Omit<Field, 'type'>>,
): Field<V> {
  return {
    kind,
    label,
    help: help ?? null,
    optional: false,
    searched: null,
    most: null,
    least: null,
    refersTo: null,
    personal: false,
    personOf: null,
    ...own,
  }
}

function line(most: number) {
  // oxlint-disable-next-line no-control-regex -- what cannot be seen has no place in a line
  return tidy(most).regex(/^[^\u0000-\u001f\u007f\u2028\u2029]*$/)
}

function leadsToTheWeb(text: string): boolean {
  const address = URL.parse(text)
  return address !== null && /^https?:$/.test(address.protocol) && address.hostname.includes('.')
}

function isDialled(text: string): boolean {
  const { normalised } = phoneNumber(text)
  return /^[\p{N}\s+()（）＋./·_-]*$/u.test(text) && normalised !== null && /^\+?\d{3,20}$/.test(normalised)
}
