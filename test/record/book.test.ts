/** What may happen to the records of a book: unique keys, references, review, removal. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { bookDecider, removalOf, type Book, type RecordCommand } from '@ledgerline/core/record/book.ts'
import { optional, reference, text, type Values } from '@ledgerline/core/record/fields.ts'
import { changesInput, recordKind, valuesInput, type RecordEvent } from '@ledgerline/core/record/kind.ts'
import { books, registers } from '@ledgerline/core/registers.ts'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import { times } from '../support/depth.ts'
import { given } from '../support/given.ts'

const words = { en: 'x', zh: 'x' }
const common = { one: words, many: words, about: words, book: 'b', see: 'labels.see', edit: 'labels.edit' } as const
const name = text({ label: words, most: 20 })
const shelf = recordKind('shelf', {
  ...common,
  table: 'shelves',
  fields: { name },
  label: 'name',
  unique: [{ fields: ['name'] }],
  most: 3,
})
const cup = recordKind('cup', {
  ...common,
  table: 'cups',
  fields: {
    name,
    on: reference({ label: words, to: 'shelf', onRemove: 'refuse' }),
    beside: optional(reference({ label: words, to: 'cup', onRemove: 'clear' })),
  },
  label: 'name',
  unique: [{ fields: ['on', 'name'] }],
  review: 'library.review',
})
const chip = recordKind('chip', {
  ...common,
  table: 'chips',
  fields: { of: reference({ label: words, to: 'cup', onRemove: 'cascade' }) },
  label: 'of',
})
const kinds = [shelf, cup, chip] as never
const decider = bookDecider(kinds)

const added = (kind: string, recordId: string, values: object): RecordEvent =>
  ({ type: `${kind}Added`, data: { recordId, values } }) as RecordEvent
const approved = (kind: string, recordId: string): RecordEvent => ({ type: `${kind}Approved`, data: { recordId } })
const top = added('Shelf', 's1', { name: 'top' })
const blue = added('Cup', 'c1', { name: 'blue', on: 's1', beside: null })
const red = added('Cup', 'c2', { name: 'red', on: 's1', beside: 'c1' })

const book = suite('a book')

book('what is unique is unique, whatever its case, its width or its blanks', () => {
  const one = given(decider, top)
  one.when({ do: 'add', kind: 'shelf', recordId: 's2', values: { name: 'ＴＯＰ' } }).thenRefused('record.taken')
  one.when({ do: 'add', kind: 'shelf', recordId: 's2', values: { name: 'low' } }).then({ type: 'ShelfAdded' })
  // The same command once more: its answer was lost.
  one.when({ do: 'add', kind: 'shelf', recordId: 's1', values: { name: 'top' } }).thenNothing()
  const moved = given(decider, top, {
    type: 'ShelfChanged',
    data: { recordId: 's1', values: { name: 'high' }, before: { name: 'top' }, because: null },
  })
  moved.when({ do: 'add', kind: 'shelf', recordId: 's2', values: { name: 'top' } }).then({ type: 'ShelfAdded' })
  moved.when({ do: 'add', kind: 'shelf', recordId: 's2', values: { name: 'High' } }).thenRefused('record.taken')
})

book('within another field, and also against what only waits for approval', () => {
  const low = added('Shelf', 's2', { name: 'low' })
  const same = { do: 'add', kind: 'cup', recordId: 'c9' } as const
  const one = given(decider, top, low, blue)
  one.when({ ...same, values: { name: 'Blue', on: 's1', beside: null } }).thenRefused('record.taken')
  one.when({ ...same, values: { name: 'Blue', on: 's2', beside: null } }).then({ type: 'CupAdded' })
  const waiting = given(decider, top, low, blue, approved('Cup', 'c1'), {
    type: 'CupChanged',
    data: { recordId: 'c1', values: { name: 'green' }, before: { name: 'blue' }, because: null },
  })
  for (const taken of ['blue', 'green'])
    waiting.when({ ...same, values: { name: taken, on: 's1', beside: null } }).thenRefused('record.taken')
})

book('a change says what it was, and nothing if nothing changes', () => {
  const one = given(decider, top)
  const change = { do: 'change', kind: 'shelf', recordId: 's1', version: null } as const
  one.when({ ...change, values: { name: 'top' } }).thenNothing()
  one
    .when({ ...change, values: { name: 'high' } })
    .then({ type: 'ShelfChanged', data: { values: { name: 'high' }, before: { name: 'top' } } })
  one.when({ ...change, version: 7, values: { name: 'high' } }).thenRefused('record.changed_meanwhile')
  one.when({ ...change, recordId: 's9', values: {} }).thenRefused('record.unknown')
  // Of another register.
  one.when({ ...change, kind: 'cup', values: {} }).thenRefused('record.unknown')
})

book('a reference leads to a record of the right kind that is there', () => {
  const one = given(decider, top, blue)
  const add = { do: 'add', kind: 'cup', recordId: 'c9' } as const
  for (const on of ['s9', 'c1'])
    one.when({ ...add, values: { name: 'x', on, beside: null } }).thenRefused('record.refers_to_nothing')
})

book('what is still used is not removed; what may go goes along, but only if that was agreed to', () => {
  const remove = (recordId: string, kind: string, others: number): RecordCommand => ({
    do: 'remove',
    kind,
    recordIds: [recordId],
    others,
  })
  const one = given(decider, top, blue, red, added('Chip', 'p1', { of: 'c1' }))
  one.when(remove('s1', 'shelf', 0)).thenRefused('record.in_use')
  assert.equal(removalOf(one.state, ['c1']), {
    removed: ['c1', 'p1'],
    cleared: [{ recordId: 'c2', field: 'beside' }],
    refused: [],
  })
  one.when(remove('c1', 'cup', 0)).thenRefused('record.touches_others')
  one.when(remove('c1', 'cup', 2)).then(
    {
      type: 'CupChanged',
      data: { recordId: 'c2', values: { beside: null }, before: { beside: 'c1' }, because: 'c1' },
    },
    { type: 'CupRemoved', data: { recordId: 'c1', because: null } },
    { type: 'ChipRemoved', data: { recordId: 'p1', because: 'c1' } },
  )
  // Together nothing is in the way.
  one
    .when({ do: 'remove', kind: 'cup', recordIds: ['c1', 'c2'], others: 1 })
    .then({ type: 'CupRemoved' }, { type: 'CupRemoved' }, { type: 'ChipRemoved' })
  one.when(remove('s9', 'shelf', 0)).thenRefused('record.unknown')
})

book('readers see what was approved until a change of it is', () => {
  const entry = (state: Book) => state.records.get('c1')!.entry
  const review = { kind: 'cup', recordId: 'c1', version: null } as const
  const fresh = given(decider, top, blue)
  assert.is(entry(fresh.state).review, 'in_review')
  fresh.when({ do: 'approve', ...review }).then({ type: 'CupApproved' })
  const changed = given(decider, top, blue, approved('Cup', 'c1'), {
    type: 'CupChanged',
    data: { recordId: 'c1', values: { name: 'green' }, before: { name: 'blue' }, because: null },
  })
  assert.is(entry(changed.state).review, 'changed')
  assert.is(entry(changed.state).values['name'], 'blue')
  assert.is(entry(changed.state).proposed!['name'], 'green')
  const after = (event: RecordEvent) => decider.evolve(changed.state, { ...event, at: 0 })
  assert.is(entry(after(approved('Cup', 'c1'))).values['name'], 'green')
  const back = entry(after({ type: 'CupRejected', data: { recordId: 'c1', note: 'why' } }))
  assert.equal([back.values['name'], back.proposed, back.review, back.note], ['blue', null, 'approved', 'why'])
  given(decider, top, blue, approved('Cup', 'c1'))
    .when({ do: 'approve', ...review })
    .thenRefused('record.nothing_to_review')
  given(decider, top)
    .when({ do: 'approve', kind: 'shelf', recordId: 's1', version: null })
    .thenRefused('record.nothing_to_review')
})

book('a register that is full takes no more', () => {
  const full = ['a', 'b', 'c'].map((letter) => added('Shelf', letter, { name: letter }))
  given(decider, ...full)
    .when({ do: 'add', kind: 'shelf', recordId: 'd', values: { name: 'd' } })
    .thenRefused('record.too_many')
})

book('whatever is asked in whatever order, keys stay unique and references lead somewhere', () => {
  for (let round = 0; round < times('BOOK_ROUNDS', 30, 2_000); round++) {
    const dice = seededDice(round + 1)
    let state = decider.initial
    const pick = <T>(all: readonly T[]): T => all[Math.floor(dice() * all.length)]!
    const ids = ['s1', 's2', 's3', 'c1', 'c2', 'c3', 'p1', 'p2']
    for (let step = 0; step < 80; step++) {
      const kind = pick(['shelf', 'cup', 'chip'])
      const values: Values =
        kind === 'shelf'
          ? { name: pick(['a', 'b', 'A']) }
          : kind === 'cup'
            ? { name: pick(['a', 'b']), on: pick(ids), beside: pick([null, ...ids]) }
            : { of: pick(ids) }
      const recordId = pick(ids.filter((id) => id[0] === { shelf: 's', cup: 'c', chip: 'p' }[kind]))
      const command = pick<RecordCommand>([
        { do: 'add', kind, recordId, values },
        { do: 'change', kind, recordId, version: null, values },
        { do: 'approve', kind, recordId, version: null },
        { do: 'reject', kind, recordId, version: null, note: '' },
        { do: 'remove', kind, recordIds: [recordId], others: removalOf(state, [recordId]).removed.length - 1 },
        { do: 'remove', kind, recordIds: [recordId], others: pick([0, 1, 2]) },
      ])
      try {
        for (const event of decider.decide(command, state, { at: 0, now: 0, newId: () => '' }))
          state = decider.evolve(state, { ...event, at: 0 })
      } catch (error) {
        assert.match(String((error as { code?: string }).code), /^record\./)
      }
      holds(state)
    }
  }
})

/** What must be true of every book. */
function holds({ records, taken, referrers, counts }: Book): void {
  const keys = new Set<string>()
  for (const [recordId, { kind, entry }] of records)
    for (const values of new Set([entry.values, entry.proposed ?? entry.values])) {
      const key = `${kind.name} ${JSON.stringify(kind.unique.map(({ fields }) => fields.map((field) => values[field])))}`
      const own = `${key.toLowerCase()} ${recordId}`
      if (kind.unique.length > 0 && !keys.has(own)) assert.not(keys.has(key.toLowerCase()), key)
      keys.add(own).add(key.toLowerCase())
      for (const [field, { refersTo }] of Object.entries(kind.fields)) {
        const target = values[field] as string | null
        if (!refersTo || target === null) continue
        assert.is(records.get(target)?.kind.name, refersTo.kind, `${recordId}.${field} leads to ${target}`)
        assert.ok(referrers.get(target)?.has(recordId))
      }
    }
  for (const [key, recordId] of taken) assert.ok(records.has(recordId), `${key} belongs to nobody`)
  for (const [target, all] of referrers) for (const one of all) assert.ok(records.has(target) && records.has(one))
  assert.is(
    [...counts.values()].reduce((sum, count) => sum + count, 0),
    records.size,
  )
}
book.run()

const declared = suite('declared registers')

declared('names, tables and events are each there once; references stay in their book', () => {
  for (const names of [registers.map(({ name: of }) => of), registers.map(({ table }) => table)])
    assert.is(new Set(names).size, names.length)
  for (const kind of registers) {
    for (const [field, { refersTo }] of Object.entries(kind.fields))
      if (refersTo) {
        const target = registers.find(({ name: of }) => of === refersTo.kind)
        assert.is(target?.book, kind.book, `${kind.name}.${field}`)
      }
    assert.ok(kind.label in kind.fields && kind.columns.every((column) => column in kind.fields), kind.name)
    for (const { fields } of kind.unique) for (const field of fields) assert.ok(field in kind.fields)
  }
  assert.equal(Object.keys(books).sort(), ['blacklist', 'dictionaries', 'labels', 'library'])
})

declared('requests give every field that is not optional, and nothing else', () => {
  const phrases = registers.find(({ name: of }) => of === 'phrase')!
  const category = '0199c2a5-0000-7000-8000-000000000001'
  const whole = valuesInput(phrases)
  assert.equal(whole.parse({ category, content: '  您好 ' }), { category, content: '您好' })
  for (const wrong of [
    { category },
    { category, content: ' ' },
    { category: 'x', content: 'x' },
    { category, content: 'x', id: 'x' },
  ])
    assert.not(whole.safeParse(wrong).success, JSON.stringify(wrong))
  assert.equal(changesInput(phrases).parse({ content: 'x' }), { content: 'x' })
  const links = registers.find(({ name: of }) => of === 'library_link')!
  const address = (text: string): boolean => changesInput(links).safeParse({ address: text }).success
  assert.ok(address('https://example.com/a?b=c'))
  for (const wrong of ['javascript:alert(1)', 'data:text/html,x', 'ftp://example.com', 'example.com', 'https://'])
    assert.not(address(wrong), wrong)
})
declared.run()
