/** Long lists are stored in parts: what is written, what is read back, and what is not written again. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { memoryVault } from '@ledgerline/adapters/keys/memory.ts'
import { MemoryLog } from '@ledgerline/adapters/log/memory.ts'
import { Codec } from '@ledgerline/core/kernel/codec.ts'
import { codeText, defineEvents, event, personalDetail, type RecordedEvent } from '@ledgerline/core/kernel/event.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'

const test = suite('sections')

const person = z.object({ code: codeText, name: personalDetail('name', 'code'), note: z.string().default('') })
const section = { section: { by: 'code', in: 'PartStored' } }
const events = defineEvents({
  BookPrinted: event('x', {
    people: z.array(person).meta(section),
    inside: z.object({ others: z.array(person).default([]).meta(section) }).optional(),
  }),
  PartStored: event('x', {
    people: z.array(person).optional(),
    inside: z.object({ others: z.array(person).optional() }).optional(),
  }),
})
type Person = z.infer<typeof person>
type Printed = { people: Person[]; inside?: { others: Person[] } }

const people = (count: number, first = 1): Person[] =>
  Array.from({ length: count }, (_, index) => ({
    code: String(first + index),
    name: `Name ${first + index}`,
    note: 'x'.repeat(200),
  }))

class Book {
  readonly vault = memoryVault()
  readonly log = new MemoryLog(() => 1)
  readonly codec = new Codec(events, this.vault, this.log)
  #printed = 0

  async print(data: Printed): Promise<{ bytes: number; parts: number }> {
    const before = await this.stored()
    const meta = { tenant: 't', actor: 'x', at: 1, origin: 'live', correlation: null, causation: null } as const
    const id = `00000000-0000-4000-8000-${String(++this.#printed).padStart(12, '0')}`
    const [stored] = await this.codec.encode([
      { id, event: { type: 'BookPrinted', data: structuredClone(data) }, meta },
    ])
    await this.log.append('book-t.book', this.#printed === 1 ? 'none' : this.#printed - 2, [stored!])
    return { bytes: stored!.data.length, parts: (await this.stored()).length - before.length - 1 }
  }

  async stored() {
    const all = []
    for await (const page of this.log.readAll(null)) all.push(...page.events)
    return all
  }

  /** All editions, read in one page, by a process that begins now. */
  async read(): Promise<Printed[]> {
    const codec = new Codec(events, this.vault, this.log)
    const { events: read, failures } = await codec.decode(await this.log.readStream('book-t.book'))
    if (failures[0]) throw failures[0].problem
    return (read as RecordedEvent<string, Printed>[]).map(({ data }) => data)
  }
}

test('a long list is read back whole and in its order, wherever it stands; a short one stays in its event', async () => {
  const book = new Book()
  const dice = seededDice(7)
  const mixed = people(3_000).toSorted(() => dice() - 0.5)
  const editions: Printed[] = [
    { people: mixed, inside: { others: people(500, 9_000) } },
    { people: people(3), inside: { others: [] } },
    { people: [] },
  ]
  const [first, second, third] = [
    await book.print(editions[0]!),
    await book.print(editions[1]!),
    await book.print(editions[2]!),
  ]
  assert.ok(first.parts > 40, String(first.parts))
  assert.equal([second.parts, third.parts], [0, 0])
  assert.equal(await book.read(), editions)
})

test('no part is long, and what refers to them is short', async () => {
  const book = new Book()
  const { bytes } = await book.print({ people: people(20_000) })
  assert.ok(bytes < 64 * 1024, `${bytes} bytes of references`)
  for (const { data, type } of await book.stored()) assert.ok(data.length < 64 * 1024, `${type} of ${data.length}`)
})

test('what did not change is not written again: a changed item writes one part, a new or a lost one its own', async () => {
  const book = new Book()
  const list = people(5_000)
  assert.ok((await book.print({ people: list })).parts > 50)
  assert.is((await book.print({ people: list })).parts, 0)
  const changed = list.with(2_500, { ...list[2_500]!, note: 'changed' })
  assert.is((await book.print({ people: changed })).parts, 1)
  const inserted = list.toSpliced(1_000, 0, ...people(1, 90_000))
  assert.ok((await book.print({ people: inserted })).parts <= 2)
  assert.ok((await book.print({ people: list.toSpliced(4_000, 1) })).parts <= 2)
  // Back to what was before: everything is there.
  assert.is((await book.print({ people: list })).parts, 0)
  assert.equal(
    (await book.read()).map((edition) => edition.people.length),
    [5_000, 5_000, 5_000, 5_001, 4_999, 5_000],
  )
})

test('names in parts are sealed, and the name of a part says nothing about them', async () => {
  const book = new Book()
  await book.print({ people: people(200) })
  for (const { data, stream, metadata } of await book.stored())
    assert.not(/Name \d/.test(`${data}${stream}${metadata}`))
  // The same content in another house has another name.
  const other = new Book()
  await other.print({ people: people(200) })
  const streams = async (of: Book) =>
    (await of.stored()).map(({ stream }) => stream).filter((stream) => stream !== 'book-t.book')
  assert.equal(
    (await streams(book)).filter((stream) => stream.length < 40),
    [],
  )
  const names = new Set(await streams(book))
  assert.not((await streams(other)).some((stream) => names.has(stream)))
})

test('a person who is forgotten reads as null in every edition; named again, they are in those that come', async () => {
  const book = new Book()
  const list = people(200)
  await book.print({ people: list })
  await book.print({ people: list.with(0, { ...list[0]!, note: '' }) })
  await book.vault.forget('t', book.vault.subject('t', '100'))
  const nameOf = (edition: Printed) => edition.people.find(({ code }) => code === '100')!.name
  assert.equal((await book.read()).map(nameOf), [null, null])
  assert.is((await book.print({ people: list })).parts, 1)
  assert.equal((await book.read()).map(nameOf), [null, null, 'Name 100'])
  assert.is((await book.print({ people: list })).parts, 0)
})

test('parts without their event change nothing, and the next attempt finds them', async () => {
  const book = new Book()
  const append = book.log.append.bind(book.log)
  book.log.append = () => Promise.reject(new Error('killed'))
  let torn = false
  await book.print({ people: people(500) }).catch(() => (torn = true))
  assert.ok(torn)
  assert.equal(await book.read(), [])
  const before = (await book.stored()).length
  assert.ok(before > 5)
  book.log.append = append
  const again = new Book()
  Object.assign(again, { log: book.log, vault: book.vault, codec: book.codec })
  const { parts } = await again.print({ people: people(500) })
  assert.equal([parts, (await again.read())[0]!.people.length], [0, 500])
})

test('two writers of the same parts at the same moment agree', async () => {
  const book = new Book()
  const meta = { tenant: 't', actor: 'x', at: 1, origin: 'live', correlation: null, causation: null } as const
  const draft = (id: number) => ({
    id: `00000000-0000-4000-8000-00000000000${id}`,
    event: { type: 'BookPrinted', data: { people: people(1_000) } },
    meta,
  })
  const [one, other] = await Promise.all([book.codec.encode([draft(1)]), book.codec.encode([draft(2)])])
  assert.is(one[0]!.data, other[0]!.data)
})

test('an event whose part is not there is broken, and others of the page are read', async () => {
  const book = new Book()
  await book.print({ people: people(500) })
  await book.print({ people: people(2) })
  const rows = await book.log.readStream('book-t.book')
  for (const codec of [new Codec(events, book.vault), new Codec(events, book.vault, new MemoryLog(() => 1))]) {
    const { events: read, failures } = await codec.decode(rows)
    assert.equal([read.length, failures.map(({ problem }) => problem.code)], [1, ['event.corrupt']])
  }
})

test('a log that does not answer is no broken event', async () => {
  const book = new Book()
  await book.print({ people: people(500) })
  const rows = await book.log.readStream('book-t.book')
  await book.log.close()
  const told = await new Codec(events, book.vault, book.log).decode(rows).catch((error: unknown) => error)
  assert.ok(isProblem(told, 'log.unavailable'))
})

test('editions from before lists were stored in parts are read as they are', async () => {
  const book = new Book()
  const inline = new Codec(events, book.vault)
  const meta = { tenant: 't', actor: 'x', at: 1, origin: 'live', correlation: null, causation: null } as const
  const [stored] = await inline.encode([
    { id: '00000000-0000-4000-8000-000000000001', event: { type: 'BookPrinted', data: { people: people(500) } }, meta },
  ])
  await book.log.append('book-t.book', 'none', [stored!])
  assert.equal(await book.read(), [{ people: people(500) }])
})

test.run()
