/** The table of a register, made from its declaration: a row for each record, as people see it. */
import type { RecordedEvent } from '@ledgerline/core/kernel/event.ts'
import { entryAfter, reviewStates, type Entry, type ReviewState } from '@ledgerline/core/record/entry.ts'
import { asGiven, colours, tailOf, type Field, type Values } from '@ledgerline/core/record/fields.ts'
import { happeningOf, happenings, keptNames, type Kind, type RecordEvent } from '@ledgerline/core/record/kind.ts'
import {
  count,
  entityOver,
  flag,
  instant,
  integer,
  json,
  personalText,
  text,
  textOrNull,
  texts,
  word,
  wordOrNull,
  type Column,
  type Columns,
  type Entity,
  type Row,
} from '../engine/model.ts'
import { searchedAs } from '../search/keys.ts'

type Recorded = RecordedEvent<string, RecordEvent['data']>

const entity = entityOver<Readonly<Record<string, Recorded>>>()

/** What every register's rows have, besides their fields. */
const common = {
  createdAt: instant('When it was added.'),
  createdBy: text('Who added it.'),
  changedAt: instant('When something last happened to it.'),
  changedBy: text('Who did that.'),
  version: integer('Counts what happened to it, from 1.'),
}

/** What rows of a register with review have, too. */
const reviewed = {
  review: word(
    reviewStates,
    'in_review (nobody has approved it yet), approved, changed (a change of it waits for approval), rejected.',
  ),
  proposed: json<Values | null>('What a waiting change would make of it; null: none waits.'),
  note: textOrNull('With which it was sent back; null: it was not, or has been changed since.'),
}

/** @returns an entity whose fold is the book's own ({@link entryAfter}) */
export function tableOf(kind: Kind): Entity {
  const names = keptNames(kind)
  const numbers = Object.keys(kind.fields).filter((name) => kind.fields[name]!.kind === 'phone')
  const isReviewed = kind.review !== null
  const columns: Columns = {
    ...Object.fromEntries(Object.entries(kind.fields).flatMap(([name, field]) => columnsOf(name, field))),
    ...(isReviewed && { ...reviewed, proposed: { ...reviewed.proposed, nullable: true } }),
    ...common,
  }
  const fold = (row: Row | null, { at, actor, type, data, revision }: Recorded, key: Row): Row | null => {
    const { happening } = happeningOf([kind], type)!
    const entry = entryAfter(row && entryOf(row, names), happening, data, isReviewed)
    if (!entry) return null
    const { values, proposed, review, note, version } = entry
    return {
      ...key,
      ...Object.fromEntries(names.map((name) => [name, values[name] ?? null])),
      ...Object.fromEntries(numbers.map((name) => [tail(name), tailOf(values[name])])),
      ...(isReviewed && { review, proposed, note }),
      createdAt: row?.['createdAt'] ?? at,
      createdBy: row?.['createdBy'] ?? actor,
      changedAt: at,
      changedBy: actor,
      // A stream of its own may have had the same record before.
      version: kind.large ? revision + 1 : version,
    }
  }
  const references = Object.keys(kind.fields).filter((name) => kind.fields[name]!.refersTo !== null)
  const sort = kind.sort.replace(/^-/, '')
  // Names have an index of their own, in the order in which they are read.
  const sorted = kind.fields[sort]?.searched === 'name' ? [] : [sort]
  return entity(kind.table, {
    version: 2,
    about: `${kind.many.en}. ${kind.about.en}`,
    key: { recordId: text('Id of the record.') },
    columns,
    begins: { [`${kind.eventName}Added`]: true },
    on: Object.fromEntries(
      happenings
        .filter((happening) => isReviewed || (happening !== 'Approved' && happening !== 'Rejected'))
        .map((happening) => [
          `${kind.eventName}${happening}`,
          (row: Row | null, event: Recorded, { key }: { key: Row }) => fold(row, event, key),
        ]),
    ) as never,
    finished: () => true,
    searched: Object.fromEntries(
      Object.entries(kind.fields).flatMap(([name, { searched }]) => (searched ? [[name, searchedAs[searched]]] : [])),
    ),
    indexes: [...new Set(['createdAt', ...sorted, ...references, ...numbers, ...numbers.map(tail)])].map((name) => [
      name,
    ]),
  }) as unknown as Entity
}

function entryOf(row: Row, names: readonly string[]): Entry {
  return {
    values: Object.fromEntries(names.map((name) => [name, row[name] ?? null])) as Values,
    proposed: (row['proposed'] as Values | null | undefined) ?? null,
    review: (row['review'] as ReviewState | undefined) ?? 'approved',
    note: (row['note'] as string | null | undefined) ?? null,
    version: row['version'] as number,
  }
}

/** The column by whose digits a number is looked for. */
const tail = (name: string): string => `${name}Tail`

function columnsOf(name: string, field: Field): [string, Column<unknown>][] {
  const own: [string, Column<unknown>] = [name, columnOf(field)]
  if (field.kind !== 'phone') return [own]
  return [
    own,
    [asGiven(name), personalText(`${field.label.en} as it was typed, if not like that.`)],
    [tail(name), personalText(`${field.label.en}: its last four digits, by which it is looked for.`)],
  ]
}

function columnOf({ kind, label, optional, refersTo }: Field): Column<unknown> {
  const about = refersTo
    ? `${label.en}: id of the record.`
    : kind === 'colour'
      ? `${label.en}: ${colours.join(', ')}.`
      : `${label.en}.`
  switch (kind) {
    case 'text':
    case 'lines':
    case 'link':
    case 'reference':
      return optional ? textOrNull(about) : text(about)
    case 'phone':
    case 'personal':
      return personalText(about)
    case 'colour':
      return (optional ? wordOrNull : word)(colours, about) as Column<unknown>
    case 'integer':
      return { ...integer(about), nullable: optional }
    case 'flag':
      return { ...flag(about), nullable: optional }
    case 'day':
      return { ...text(about), sql: 'date', nullable: optional }
  }
}

/** What happened to the records of all registers: a row for each event, whose values are in the ledger at that place. */
export function changesOf(kinds: readonly Kind[]): Entity {
  const types = kinds.flatMap((kind) =>
    happenings
      .filter((happening) => kind.review !== null || (happening !== 'Approved' && happening !== 'Rejected'))
      .map((happening) => `${kind.eventName}${happening}`),
  )
  const each = <T>(value: T): Record<string, T> => Object.fromEntries(types.map((type) => [type, value]))
  return entity('record_changes', {
    version: 2,
    about: 'What happened to the records of all registers: one row for each change.',
    key: {
      recordId: text('Id of the record.'),
      revision: count('Place of the event in its stream.'),
    },
    columns: {
      register: word(
        kinds.map(({ table }) => table),
        `The register, by its table: ${kinds.map(({ table }) => table).join(', ')}.`,
      ),
      change: word(
        happenings.map((happening) => happening.toLowerCase()),
        'added, changed, approved, rejected or removed.',
      ),
      fields: texts('The fields that were set or changed.'),
      because: textOrNull('The record whose removal led to this; null: somebody did it.'),
      at: instant('When.'),
      by: text('Who.'),
      stream: text('The stream of the event.'),
      task: textOrNull('The import or undoing that did it; null: none.'),
    },
    keysOf: each(({ data, revision }: Recorded) => [{ recordId: data.recordId, revision }]),
    begins: each(true as const),
    on: each((_: unknown, { type, data, at, actor, stream, correlation }: Recorded, { key }: { key: Row }) => {
      const { kind, happening } = happeningOf(kinds, type)!
      return {
        ...key,
        register: kind.table,
        change: happening.toLowerCase(),
        fields: Object.keys(data.values ?? {}),
        because: data.because ?? null,
        at,
        by: actor,
        stream,
        task: correlation,
      }
    }) as never,
    finished: () => true,
    indexes: [['at'], ['recordId', 'at']],
    partialIndexes: [
      { name: 'task', columns: ['task', 'recordId'], where: 'task is not null' },
      // Imports bring millions of changes; removals of a small register are looked for among them every minute.
      { name: 'removed', columns: ['register', 'recordId'], where: "change = 'removed'" },
    ],
  }) as unknown as Entity
}
