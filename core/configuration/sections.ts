/**
 * The sections of a configuration, as people edit and compare them: lists whose items have a name, and settings of which
 * there is one of each. Everything that treats a section without knowing it (drafts, differences, forms) goes by this
 * table.
 */
import type { AgentSettings, SwitchboardSections } from './events.ts'
import type { Wanted } from './wanted.ts'

/** A whole configuration, without anything that activation adds. */
export interface Whole extends Wanted {
  agents: readonly AgentSettings[]
}

export type SectionName = keyof SwitchboardSections
/** An item of a section. */
export type ItemOf<S extends SectionName> = SwitchboardSections[S]
/** An item of any section. */
export type Item = object

export interface Section {
  readonly name: SectionName
  /** The field that names an item; null: there is one, and its name is {@link ONLY}. */
  readonly key: string | null
  /** How many there may be. */
  readonly most: number
  /** Where its items are in a configuration. */
  readonly in: 'whole' | 'network'
}

/** What the one item of a section is called that has no more. */
export const ONLY = 'settings'

const list = (name: SectionName, key: string, most: number, place: Section['in'] = 'network'): Section => ({
  name,
  key,
  most,
  in: place,
})
const single = (name: SectionName, place: Section['in'] = 'network'): Section => ({
  name,
  key: null,
  most: 1,
  in: place,
})

/** In the order in which they are shown. */
export const sections: readonly Section[] = [
  list('queues', 'code', 1_000, 'whole'),
  list('agents', 'agentCode', 20_000, 'whole'),
  list('extensions', 'number', 20_000),
  list('routes', 'code', 5_000, 'whole'),
  list('ivrs', 'code', 500),
  list('calendars', 'code', 500),
  list('media', 'code', 5_000),
  list('gateways', 'code', 500),
  list('numbers', 'number', 20_000),
  list('supervisors', 'code', 1_000, 'whole'),
  list('reasons', 'code', 100, 'whole'),
  single('house', 'whole'),
  single('shifts', 'whole'),
  single('featureCodes'),
  single('limits'),
  single('recording'),
]

const byName = new Map<string, Section>(sections.map((section) => [section.name, section]))

export function sectionOf(name: string): Section | undefined {
  return byName.get(name)
}

/** What an item is called. */
export function keyOf({ key }: Section, item: Item): string {
  return key === null ? ONLY : String((item as Record<string, unknown>)[key])
}

/** The items of a section. */
export function itemsOf(whole: Whole, { name, key, in: place }: Section): readonly Item[] {
  if (name === 'house') return [{ zone: whole.zone }]
  const holder = (place === 'whole' ? whole : whole.network) as unknown as Record<string, unknown>
  const held = holder[name]
  if (key !== null) return held as readonly Item[]
  return [(held as Item | undefined) ?? {}]
}

/** The same configuration with other items in some sections. */
export function withItems(whole: Whole, changed: ReadonlyMap<SectionName, readonly Item[]>): Whole {
  const top: Record<string, unknown> = {}
  const network: Record<string, unknown> = {}
  for (const [name, items] of changed) {
    const section = byName.get(name)!
    const value = section.key === null ? items[0] : items
    if (name === 'house') top['zone'] = (value as ItemOf<'house'>).zone
    else if (section.in === 'whole') top[name] = value
    else network[name] = value
  }
  return { ...whole, ...top, network: { ...whole.network, ...network } }
}

/** Items by what they are called, kept for as long as the list is. */
export function byKeyOf(section: Section, items: readonly Item[]): ReadonlyMap<string, Item> {
  let index = indexes.get(items)
  if (!index) indexes.set(items, (index = new Map(items.map((item) => [keyOf(section, item), item]))))
  return index
}
const indexes = new WeakMap<object, ReadonlyMap<string, Item>>()
