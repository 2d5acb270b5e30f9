/**
 * What differs between two configurations: section by section, item by item, field by field. The sum for each section
 * stands in the event of an activation, so that the list of versions can say what each of them changed.
 */
import { sections, byKeyOf, itemsOf, keyOf, type Item, type Section, type SectionName, type Whole } from './sections.ts'

export interface ItemDifference {
  section: SectionName
  key: string
  /** Null: it is added. */
  before: Item | null
  /** Null: it is removed. */
  after: Item | null
}

/** A field that differs: names of fields, and of list elements in between. */
export interface FieldDifference {
  /** Without the elements: `menus[].nodes[].action.to`. */
  field: string
  /** The elements it is of, outermost first. */
  of: readonly string[]
  before: unknown
  after: unknown
}

/** How many items of a section differ, and how. */
export interface SectionSum {
  section: SectionName
  added: number
  changed: number
  removed: number
}

/** Items that differ, in the order of the sections. A section that is the same list costs nothing. */
export function* differences(before: Whole, after: Whole): Generator<ItemDifference> {
  for (const section of sections) {
    const [ones, others] = [itemsOf(before, section), itemsOf(after, section)]
    if (ones !== others) yield* differencesOf(section, ones, others)
  }
}

function* differencesOf(section: Section, before: readonly Item[], after: readonly Item[]): Generator<ItemDifference> {
  const [ones, others] = [byKeyOf(section, before), byKeyOf(section, after)]
  for (const item of after) {
    const key = keyOf(section, item)
    const was = ones.get(key) ?? null
    if (was === null || !same(was, item)) yield { section: section.name, key, before: was, after: item }
  }
  for (const item of before) {
    const key = keyOf(section, item)
    if (!others.has(key)) yield { section: section.name, key, before: item, after: null }
  }
}

/** The sums of all sections in which something differs. */
export function sumsOf(all: Iterable<ItemDifference>): SectionSum[] {
  const sums = new Map<SectionName, SectionSum>()
  for (const { section, before, after } of all) {
    let sum = sums.get(section)
    if (!sum) sums.set(section, (sum = { section, added: 0, changed: 0, removed: 0 }))
    sum[before === null ? 'added' : after === null ? 'removed' : 'changed']++
  }
  return [...sums.values()]
}

/** The fields in which two items differ; of an item that is added or removed, all that it says. */
export function fieldDifferences(before: Item | null, after: Item | null): FieldDifference[] {
  const found: FieldDifference[] = []
  compare(before ?? undefined, after ?? undefined, '', [], found)
  return found
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function compare(
  before: unknown,
  after: unknown,
  field: string,
  of: readonly string[],
  found: FieldDifference[],
): void {
  if (same(before, after)) return
  if (isList(before) || isList(after)) {
    const [ones, others] = [elements(before), elements(after)]
    for (const name of new Set([...ones.keys(), ...others.keys()]))
      compare(ones.get(name), others.get(name), `${field}[]`, [...of, name], found)
  } else if (isObject(before) || isObject(after)) {
    const [one, other] = [isObject(before) ? before : {}, isObject(after) ? after : {}]
    // Null or absent, then something: each of its fields says so.
    for (const name of new Set([...Object.keys(one), ...Object.keys(other)]))
      compare(one[name], other[name], field === '' ? name : `${field}.${name}`, of, found)
  } else if (!isNothing(before) || !isNothing(after))
    found.push({ field, of, before: before ?? null, after: after ?? null })
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
}

/** A list whose elements are settings of their own. A list of words or numbers is one value. */
function isList(value: unknown): value is readonly Record<string, unknown>[] {
  return Array.isArray(value) && value.length > 0 && value.every(isObject)
}

/** Fields by which elements of lists are known. */
const NAMES = ['code', 'key', 'date', 'queueCode', 'action'] as const

/** Elements by what they are known by, if each has such a name and no two the same; else by their place. */
function elements(list: unknown): Map<string, unknown> {
  const all = isList(list) ? list : []
  const name = NAMES.find((one) => all.every((element) => typeof element[one] === 'string'))
  const names = all.map((element, index) => (name ? String(element[name]) : String(index + 1)))
  const unique = new Set(names).size === names.length
  return new Map(all.map((element, index) => [unique ? names[index]! : String(index + 1), element]))
}

/** Equal as JSON, regardless of the order of keys within objects. */
export function same(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false
  if (Array.isArray(one) || Array.isArray(other))
    return (
      Array.isArray(one) &&
      Array.isArray(other) &&
      one.length === other.length &&
      one.every((item, index) => same(item, other[index]))
    )
  const [ones, others] = [one as Record<string, unknown>, other as Record<string, unknown>]
  // What is undefined is absent.
  for (const key in ones) if (ones[key] !== undefined && !same(ones[key], others[key])) return false
  for (const key in others) if (others[key] !== undefined && ones[key] === undefined) return false
  return true
}
