/**
 * The draft as a decider: changes of single items over a ground, which is what is in force or an earlier version that
 * was taken over. A change holds the whole item, before and after.
 *
 * What is settled (activated) is not forgotten here: the configuration in force says up to which revision it contains
 * the draft, and whoever reads the draft leaves those changes out ({@link pendingOf}). So nothing has to be done after
 * an activation, and a process that is killed in the middle of one leaves nothing half done.
 */
import { hash } from 'node:crypto'
import { Map as Mapping } from 'immutable'
import type { AgentSettings } from '../configuration/events.ts'
import {
  byKeyOf,
  itemsOf,
  keyOf,
  sectionOf,
  type Item,
  type ItemOf,
  type Section,
  type SectionName,
  type Whole,
} from '../configuration/sections.ts'
import { same } from '../configuration/difference.ts'
import type { Context, Decider } from '../kernel/decider.ts'
import type { RecordedEvent } from '../kernel/event.ts'
import { Problem } from '../kernel/problem.ts'
import { LONGEST_ITEM } from '../kernel/sections.ts'
import { placesFor } from './order.ts'
import { refuseOutOfBounds } from './limits.ts'
import { MOST_IN_EVENT, type ChangedData, type DraftEvent } from './events.ts'

/** A pending change of one item. */
export interface Pending {
  section: SectionName
  key: string
  /** Null: removed. */
  after: Item | null
  revision: number
  at: number
  by: string
}

export interface Draft {
  /** By section and key. */
  readonly changes: Mapping<string, Pending>
  /** An earlier version that was taken over; null: what is in force. */
  readonly based: { version: number; revision: number; at: number; by: string } | null
  readonly revision: number
}

/** What changes are made on: a whole configuration, and up to which revision the draft is settled. */
export interface Ground {
  whole: Whole
  settled: number
}

/** An item as it is sent, and which version of it was read; null: it is new. */
export interface Put {
  key: string | null
  item: Item
  version: string | null
}

export type DraftCommand = { ground: Ground } & (
  | { do: 'put'; section: SectionName; items: readonly Put[] }
  | { do: 'remove'; section: SectionName; items: readonly { key: string; version: string }[] }
  /** @property before the rule that it is to come before; null: it comes last */
  | { do: 'move'; key: string; before: string | null; version: string }
  /** Agents serve a queue; level and position are those of the first, the others follow. */
  | { do: 'staff'; queue: string; agents: readonly string[]; level: number; position: number }
  | { do: 'discard'; items: readonly { section: SectionName; key: string }[] | null }
  | { do: 'base'; version: number }
)

/** The one draft of a tenant. */
export const DRAFT_ID = 'voice'
/** What one command may touch. */
export const MOST_AT_ONCE = 1_000

export const noDraft: Draft = { changes: Mapping(), based: null, revision: -1 }

export const draftDecider: Decider<Draft, DraftCommand, DraftEvent> = {
  category: 'draft',
  initial: noDraft,
  decide(command, draft, context) {
    switch (command.do) {
      case 'put':
        return put(command, draft, context)
      case 'remove':
        return remove(command, draft)
      case 'move':
        return move(command, draft)
      case 'staff':
        return staff(command, draft)
      case 'discard': {
        const pending = pendingOf(draft, command.ground.settled)
        if (command.items === null)
          return pending.changes.isEmpty() && !pending.based ? [] : [{ type: 'DraftDiscarded', data: { items: null } }]
        const items = command.items.filter(({ section, key }) => pending.changes.has(placeOf(section, key)))
        return items.length === 0 ? [] : [{ type: 'DraftDiscarded', data: { items } }]
      }
      case 'base':
        return [{ type: 'DraftBased', data: { version: command.version } }]
    }
  },
  evolve(draft, happened) {
    const { revision = draft.revision + 1, actor: by = '' } = happened as Partial<RecordedEvent>
    const { at } = happened
    const event = happened as DraftEvent
    switch (event.type) {
      case 'DraftChanged': {
        const { section, changes } = event.data
        return {
          ...draft,
          revision,
          changes: draft.changes.withMutations((all) => {
            for (const { key, after } of changes)
              all.set(placeOf(section, key), {
                section,
                key,
                after: after === null ? null : (after[section] as Item),
                revision,
                at,
                by,
              })
          }),
        }
      }
      case 'DraftDiscarded': {
        const { items } = event.data
        if (items === null) return { changes: Mapping(), based: null, revision }
        const changes = draft.changes.deleteAll(items.map(({ section, key }) => placeOf(section, key)))
        return { ...draft, changes, revision }
      }
      case 'DraftBased':
        return { changes: Mapping(), based: { version: event.data.version, revision, at, by }, revision }
      default:
        return draft
    }
  },
  // Others go on; what the event said is lost, and shows as no change.
  unread: (draft) => ({ ...draft, revision: draft.revision + 1 }),
}

/** What of a draft waits: the rest is in force. */
export function pendingOf(draft: Draft, settled: number): Pick<Draft, 'changes' | 'based'> {
  return {
    changes: draft.changes.filter(({ revision }) => revision > settled),
    based: draft.based && draft.based.revision > settled ? draft.based : null,
  }
}

export const placeOf = (section: SectionName, key: string): string => `${section} ${key}`

/** An item as the draft has it, and what says which version of it that is. */
export function itemOf(
  draft: Draft,
  { whole, settled }: Ground,
  section: Section,
  key: string,
): { item: Item; version: string; pending: Pending | null } | null {
  const last = draft.changes.get(placeOf(section.name, key))
  const pending = last && last.revision > settled ? last : null
  const item = pending ? pending.after : (byKeyOf(section, itemsOf(whole, section)).get(key) ?? null)
  return item && { item, version: versionOf(item, pending), pending }
}

/**
 * Says whether an item is still what somebody read. Passwords are left out, so that nobody can try them on it; the revision
 * of a pending change stands for them.
 */
function versionOf(item: Item, pending: Pending | null): string {
  const text = JSON.stringify(item, (name, value: unknown) => (name === 'secret' ? undefined : value))
  return `${hash('sha256', text, 'hex').slice(0, 16)}${pending ? `.${pending.revision}` : ''}`
}

type Of<D extends DraftCommand['do']> = Extract<DraftCommand, { do: D }>

function put({ section: name, items, ground }: Of<'put'>, draft: Draft, { newId }: Context): DraftEvent[] {
  demandFew(items.length)
  const section = sectionOf(name)!
  const given = new Set<string>()
  const changes: Change[] = []
  let more = 0
  for (const { key, item: sent, version } of items) {
    const own = keyOf(section, sent)
    if (own === '' || own === 'undefined') throw new Problem('draft.key_missing', { section: name })
    if (key !== null && key !== own) throw new Problem('draft.key_fixed', { key, other: own }, { where: section.key! })
    const current = itemOf(draft, ground, section, own)
    if (given.has(own) || (key === null && current)) throw taken(section, own)
    given.add(own)
    if (key !== null && !current) throw new Problem('draft.unknown', { section: name, key })
    if (current && version !== current.version && version !== ANY) throw changedMeanwhile(own)
    const item = completed(section, sent, current?.item ?? null, newId)
    refuseOutOfBounds(section, own, item)
    if (!current) more++
    if (!current || !same(current.item, item)) changes.push({ key: own, before: current?.item ?? null, after: item })
  }
  if (more > 0 && section.key !== null && sizeOf(draft, ground, section) + more > section.most)
    throw new Problem('draft.too_many', { most: section.most, section: name })
  return eventsOf(name, changes)
}

/** If-Match: * */
const ANY = '*'

/** What was left out as it is: passwords that are never shown, and the id behind an agent's number. */
function completed(section: Section, sent: Item, known: Item | null, newId: () => string): Item {
  if (section.name === 'agents') {
    const agentId = (known as AgentSettings | null)?.agentId ?? newId()
    return { ...sent, agentId }
  }
  if (section.name !== 'extensions' && section.name !== 'gateways') return sent
  const { secret } = sent as ItemOf<'extensions'>
  return { ...sent, secret: secret === '' ? null : (secret ?? (known as ItemOf<'extensions'> | null)?.secret ?? null) }
}

function remove({ section: name, items, ground }: Of<'remove'>, draft: Draft): DraftEvent[] {
  demandFew(items.length)
  const section = sectionOf(name)!
  const changes = items.map(({ key, version }): Change => {
    const current = itemOf(draft, ground, section, key)
    if (!current || section.key === null) throw new Problem('draft.unknown', { section: name, key })
    if (version !== current.version && version !== ANY) throw changedMeanwhile(key)
    return { key, before: current.item, after: null }
  })
  return eventsOf(name, changes)
}

function move({ key, before, version, ground }: Of<'move'>, draft: Draft): DraftEvent[] {
  const section = sectionOf('routes')!
  const current = itemOf(draft, ground, section, key)
  if (!current) throw new Problem('draft.unknown', { section: 'routes', key })
  if (version !== current.version && version !== ANY) throw changedMeanwhile(key)
  const routes = itemsIn(draft, ground, section) as ItemOf<'routes'>[]
  if (before !== null && !routes.some(({ code }) => code === before))
    throw new Problem('draft.unknown', { section: 'routes', key: before })
  const changes = [...placesFor(routes, key, before)].map(([code, order]): Change => {
    const item = routes.find((route) => route.code === code)!
    return { key: code, before: item, after: { ...item, order } }
  })
  return eventsOf('routes', changes)
}

function staff({ queue, agents, level, position, ground }: Of<'staff'>, draft: Draft): DraftEvent[] {
  demandFew(agents.length)
  const section = sectionOf('agents')!
  const changes: Change[] = []
  for (const [index, key] of agents.entries()) {
    const current = itemOf(draft, ground, section, key)
    if (!current) throw new Problem('draft.unknown', { section: 'agents', key })
    const agent = current.item as AgentSettings
    const known = agent.queues.find(({ queueCode }) => queueCode === queue)
    const place = { ...known, queueCode: queue, level, position: position + index }
    const after = { ...agent, queues: [...agent.queues.filter((one) => one !== known), place] }
    refuseOutOfBounds(section, key, after)
    if (!same(known, place)) changes.push({ key, before: agent, after })
  }
  return eventsOf('agents', changes)
}

interface Change {
  key: string
  before: Item | null
  after: Item | null
}

function eventsOf(section: SectionName, changes: readonly Change[]): DraftEvent[] {
  const held = (item: Item | null) => item && { [section]: item }
  const events: DraftEvent[] = []
  let part: ChangedData['changes'] = []
  let characters = 0
  for (const { key, before, after } of changes) {
    const change = { key, before: held(before), after: held(after) } as ChangedData['changes'][number]
    const { length } = JSON.stringify(change)
    if (part.length === 0 || part.length >= MOST_IN_EVENT || characters + length > LONGEST_ITEM) {
      events.push({ type: 'DraftChanged', data: { section, changes: (part = []) } })
      characters = 0
    }
    part.push(change)
    characters += length
  }
  return events
}

function demandFew(asked: number): void {
  if (asked > MOST_AT_ONCE) throw new Problem('draft.too_many_at_once', { most: MOST_AT_ONCE, asked })
}

const taken = ({ name, key: field }: Section, key: string): Problem =>
  new Problem('draft.taken', { section: name, key }, field === null ? {} : { where: field })
const changedMeanwhile = (key: string): Problem => new Problem('draft.changed_meanwhile', { key })

function sizeOf(draft: Draft, { whole, settled }: Ground, section: Section): number {
  const there = byKeyOf(section, itemsOf(whole, section))
  let size = there.size
  for (const { section: name, key, after, revision } of draft.changes.values())
    if (name === section.name && revision > settled) size += Number(after !== null) - Number(there.has(key))
  return size
}

/** The items of a section as the draft has them: those of the ground in their order, then new ones as they were added. */
export function itemsIn(draft: Draft, { whole, settled }: Ground, section: Section): readonly Item[] {
  const ground = itemsOf(whole, section)
  const changed = new Map<string, Item | null>()
  for (const { section: name, key, after, revision } of draft.changes.values())
    if (name === section.name && revision > settled) changed.set(key, after)
  if (changed.size === 0) return ground
  const there = byKeyOf(section, ground)
  const kept = ground.flatMap((item) => {
    const key = keyOf(section, item)
    const after = changed.get(key)
    return after === undefined ? item : (after ?? [])
  })
  const fresh = [...changed].flatMap(([key, after]) => (after === null || there.has(key) ? [] : after))
  return [...kept, ...fresh]
}
