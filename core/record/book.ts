/**
 * A book: the records of one or several kinds that refer to each other, in one stream of a tenant. Unique keys,
 * references and what a removal does are decided inside it, and so hold whatever two people do at the same moment.
 *
 * For registers that people keep by hand, some thousands of records. What machines fill is a register of its own kind.
 */
import { Map as Mapping, Set as Bag } from 'immutable'
import type { Decider } from '../kernel/decider.ts'
import { Problem } from '../kernel/problem.ts'
import { entryAfter, latest, type Entry } from './entry.ts'
import type { Values } from './fields.ts'
import { changedNames, happeningOf, MOST_IN_BOOK, uniqueKeys, type Kind, type RecordEvent } from './kind.ts'

interface Kept {
  kind: Kind
  entry: Entry
}

/** Everything in a book. Each state shares what did not change with the one before it. */
export interface Book {
  readonly records: Mapping<string, Kept>
  /** Who has a unique key. */
  readonly taken: Mapping<string, string>
  /** Which records refer to one. */
  readonly referrers: Mapping<string, Bag<string>>
  /** How many there are of each kind. */
  readonly counts: Mapping<string, number>
}

export type RecordCommand =
  | { do: 'add'; kind: string; recordId: string; values: Values }
  /** @property version the one that was edited; null: whatever it is now */
  | { do: 'change'; kind: string; recordId: string; version: number | null; values: Values }
  /** All of them get the same values, or none does. */
  | { do: 'change_many'; kind: string; recordIds: readonly string[]; values: Values }
  | { do: 'approve'; kind: string; recordId: string; version: number | null }
  | { do: 'reject'; kind: string; recordId: string; version: number | null; note: string }
  /** @property others how many other records may be touched: as many as the sender was told of */
  | { do: 'remove'; kind: string; recordIds: readonly string[]; others: number }

/** What a removal would do. */
export interface Removal {
  /** All that would go, those asked for first. */
  removed: readonly string[]
  /** References that would become empty. */
  cleared: readonly { recordId: string; field: string }[]
  /** Records that are in the way: they refer to something that would go, and that may not be. */
  refused: readonly { recordId: string; field: string }[]
}

export type BookDecider = Decider<Book, RecordCommand, RecordEvent>

/** The streams of books. */
export const BOOK_CATEGORY = 'book' as const

const empty: Book = { records: Mapping(), taken: Mapping(), referrers: Mapping(), counts: Mapping() }

/** @param kinds all kinds of the book */
export function bookDecider(kinds: readonly Kind[]): BookDecider {
  const kindOf = (name: string): Kind => kinds.find((kind) => kind.name === name)!
  return {
    category: BOOK_CATEGORY,
    initial: empty,
    decide(command, book) {
      const kind = kindOf(command.kind)
      if (command.do === 'add') return add(book, kind, command)
      if (command.do === 'remove') return remove(book, kind, command)
      if (command.do === 'change_many') return changeMany(book, kind, command, this.evolve)
      const { entry } = found(book, kind, command.recordId)
      if (command.version !== null && command.version !== entry.version)
        throw new Problem('record.changed_meanwhile', naming(kind))
      return command.do === 'change' ? change(book, kind, command, entry) : review(kind, command, entry)
    },
    evolve(book, { type, data }) {
      const of = happeningOf(kinds, type)
      if (!of) return book
      const { recordId } = data
      const before = book.records.get(recordId) ?? null
      const entry = entryAfter(before?.entry ?? null, of.happening, data, of.kind.review !== null)
      return put(book, recordId, before, entry && { kind: of.kind, entry })
    },
  }
}

/** What removing these would do, as far as they are there. */
export function removalOf({ records, referrers }: Book, recordIds: readonly string[]): Removal {
  const removed = new Set(recordIds.filter((recordId) => records.has(recordId)))
  const cleared: { recordId: string; field: string }[] = []
  const refused: { recordId: string; field: string }[] = []
  // A set is walked in the order of insertion, also over what is inserted meanwhile.
  for (const target of removed)
    for (const recordId of referrers.get(target) ?? []) {
      const { kind, entry } = records.get(recordId)!
      for (const [field, { refersTo }] of Object.entries(kind.fields)) {
        if (!refersTo || !saysOf(entry).some((values) => values[field] === target)) continue
        if (refersTo.onRemove === 'cascade') removed.add(recordId)
        else (refersTo.onRemove === 'clear' ? cleared : refused).push({ recordId, field })
      }
    }
  const stays = ({ recordId }: { recordId: string }): boolean => !removed.has(recordId)
  return { removed: [...removed], cleared: cleared.filter(stays), refused: refused.filter(stays) }
}

type Of<D extends RecordCommand['do']> = Extract<RecordCommand, { do: D }>

function add(book: Book, kind: Kind, { recordId, values }: Of<'add'>): RecordEvent[] {
  // The same id comes from the same command: it was carried out, and its answer got lost.
  if (book.records.has(recordId)) return []
  const most = (book.counts.get(kind.name) ?? 0) >= kind.most ? kind.most : MOST_IN_BOOK
  if ((book.counts.get(kind.name) ?? 0) >= kind.most || book.records.size >= MOST_IN_BOOK)
    throw new Problem('record.too_many', { most })
  demandAllowed(book, kind, recordId, values)
  return [{ type: `${kind.eventName}Added`, data: { recordId, values } }]
}

function change(book: Book, kind: Kind, { recordId, values }: Of<'change'>, entry: Entry): RecordEvent[] {
  const now = latest(entry)
  const changed = changeOf(kind, recordId, now, values)
  if (!changed) return []
  demandAllowed(book, kind, recordId, { ...now, ...changed.data.values })
  return [changed]
}

/** One after the other, each in the book as the ones before it left it: two of them cannot take the same unique key. */
function changeMany(
  book: Book,
  kind: Kind,
  { recordIds, values }: Of<'change_many'>,
  evolve: BookDecider['evolve'],
): RecordEvent[] {
  const events: RecordEvent[] = []
  let state = book
  for (const recordId of recordIds) {
    const { entry } = found(state, kind, recordId)
    for (const one of change(state, kind, { do: 'change', kind: kind.name, recordId, version: null, values }, entry)) {
      events.push(one)
      state = evolve(state, one as never)
    }
  }
  return events
}

/** The event that gives a record these values; null: it has them. */
export function changeOf(kind: Kind, recordId: string, now: Values, values: Values): RecordEvent | null {
  const names = changedNames(kind, now, values)
  if (names.length === 0) return null
  const pick = (from: Values): Values => Object.fromEntries(names.map((name) => [name, from[name] ?? null]))
  return {
    type: `${kind.eventName}Changed`,
    data: { recordId, values: pick({ ...now, ...values }), before: pick(now), because: null },
  }
}

function review(kind: Kind, command: Of<'approve'> | Of<'reject'>, entry: Entry): RecordEvent[] {
  const waits = entry.review === 'in_review' || entry.review === 'changed'
  if (kind.review === null || !waits) throw new Problem('record.nothing_to_review', naming(kind))
  const { recordId } = command
  return command.do === 'approve'
    ? [{ type: `${kind.eventName}Approved`, data: { recordId } }]
    : [{ type: `${kind.eventName}Rejected`, data: { recordId, note: command.note } }]
}

function remove(book: Book, kind: Kind, { recordIds, others }: Of<'remove'>): RecordEvent[] {
  for (const recordId of recordIds) found(book, kind, recordId)
  const asked = new Set(recordIds)
  const { removed, cleared, refused } = removalOf(book, recordIds)
  const [first] = refused
  if (first) {
    const all = new Set(refused.map(({ recordId }) => recordId)).size
    throw new Problem('record.in_use', { label: labelOf(book, first.recordId), all })
  }
  const losing = new Set(cleared.map(({ recordId }) => recordId)).size
  const going = removed.length - asked.size
  if (going + losing !== others) throw new Problem('record.touches_others', { removed: going, cleared: losing })
  // A cascade may lead over several: each says which of those asked for it went with.
  const because = (recordId: string): string | null => (asked.has(recordId) ? null : recordIds[0]!)
  return [
    ...cleared.map(({ recordId, field }): RecordEvent => {
      const { kind: its, entry } = book.records.get(recordId)!
      const before = { [field]: latest(entry)[field] ?? null }
      return {
        type: `${its.eventName}Changed`,
        data: { recordId, values: { [field]: null }, before, because: recordIds[0]! },
      }
    }),
    ...removed.map((recordId): RecordEvent => {
      const { kind: its } = book.records.get(recordId)!
      return { type: `${its.eventName}Removed`, data: { recordId, because: because(recordId) } }
    }),
  ]
}

/** @throws Problem `record.refers_to_nothing`, `record.taken` */
function demandAllowed(book: Book, kind: Kind, recordId: string, values: Values): void {
  for (const [name, { refersTo }] of Object.entries(kind.fields)) {
    const target = values[name] ?? null
    if (!refersTo || target === null) continue
    if (book.records.get(target as string)?.kind.name !== refersTo.kind)
      throw new Problem('record.refers_to_nothing', { what: refersTo.kind }, { where: name })
  }
  for (const [index, key] of uniqueKeys(kind, values).entries()) {
    const holder = key === null ? undefined : book.taken.get(key)
    if (holder !== undefined && holder !== recordId)
      throw new Problem(
        'record.taken',
        { ...naming(kind), label: labelOf(book, holder) },
        { where: kind.unique[index]!.fields.at(-1)! },
      )
  }
}

/** @throws Problem `record.unknown` */
function found(book: Book, kind: Kind, recordId: string): Kept {
  const kept = book.records.get(recordId)
  if (kept?.kind.name !== kind.name) throw new Problem('record.unknown', naming(kind))
  return kept
}

const naming = ({ name }: Kind): { what: string } => ({ what: name })

/** How people know a record. */
function labelOf({ records }: Book, recordId: string): string {
  const { kind, entry } = records.get(recordId)!
  return String(latest(entry)[kind.label] ?? '').slice(0, 100)
}

/** Everything that a record says: what is seen, and what is proposed. */
const saysOf = ({ values, proposed }: Entry): Values[] => (proposed ? [values, proposed] : [values])

/** The book with a record in place of what it was; null: not there. */
function put(book: Book, recordId: string, before: Kept | null, after: Kept | null): Book {
  let { taken, referrers, counts } = book
  for (const key of keysOf(before)) if (taken.get(key) === recordId) taken = taken.delete(key)
  for (const key of keysOf(after)) taken = taken.set(key, recordId)
  for (const target of targetsOf(before)) {
    const rest = referrers.get(target)?.delete(recordId)
    referrers = rest === undefined || rest.isEmpty() ? referrers.delete(target) : referrers.set(target, rest)
  }
  for (const target of targetsOf(after))
    referrers = referrers.set(target, (referrers.get(target) ?? Bag()).add(recordId))
  for (const [kept, step] of [[before, -1] as const, [after, 1] as const])
    if (kept) counts = counts.update(kept.kind.name, 0, (count) => count + step)
  return {
    records: after ? book.records.set(recordId, after) : book.records.delete(recordId),
    taken,
    referrers,
    counts,
  }
}

function keysOf(kept: Kept | null): Set<string> {
  if (!kept) return new Set()
  return new Set(saysOf(kept.entry).flatMap((values) => uniqueKeys(kept.kind, values).filter((key) => key !== null)))
}

function targetsOf(kept: Kept | null): Set<string> {
  if (!kept) return new Set()
  const names = Object.entries(kept.kind.fields).flatMap(([name, { refersTo }]) => (refersTo ? [name] : []))
  const targets = saysOf(kept.entry).flatMap((values) => names.map((name) => values[name] ?? null))
  return new Set(targets.filter((target) => target !== null) as string[])
}
