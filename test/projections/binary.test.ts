/** Values on their way into tables and back: whatever an event may contain, both ways of writing preserve it. */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Client } from 'pg'
import { EARLIEST, LATEST } from '@ledgerline/projections/engine/binary.ts'
import { connect, disconnect, rawRows } from '@ledgerline/projections/engine/connect.ts'
import { Copier } from '@ledgerline/projections/engine/copier.ts'
import {
  count,
  counts,
  day,
  entityOver,
  flag,
  instant,
  instantOrNull,
  integer,
  json,
  ratio,
  text,
  textOrNull,
  texts,
  type Entity,
  type Row,
} from '@ledgerline/projections/engine/model.ts'
import { tableStatements, Target } from '@ledgerline/projections/engine/store.ts'
import { boardStatement, createKey, createTable } from '@ledgerline/projections/engine/table.ts'
import { freshDatabase, type TestDatabase } from '../support/postgres.ts'

const model = entityOver<Record<never, never>>()('everything', {
  version: 1,
  about: 'One column of each type.',
  key: { id: text('Key.'), number: integer('Key.') },
  columns: {
    words: text('Text.'),
    maybe: textOrNull('Text or null.'),
    total: count('A count.'),
    at: instant('An instant.'),
    maybeAt: instantOrNull('An instant or null.'),
    share: ratio('A share.'),
    yes: flag('A flag.'),
    list: texts('Texts.'),
    histogram: counts('Counts.'),
    when: day('A day.'),
    thing: json<unknown>('JSON.'),
  },
  on: {},
  board: true,
}) as unknown as Entity

/** What PostgreSQL cannot hold in a text is replaced: U+0000, and halves of surrogate pairs. */
const held = (value: string): string => value.replaceAll('\0', '\ufffd').toWellFormed()

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ maxLength: 60 }),
  fc.constantFrom('', 'NULL', '{"a",b}', 'a\\b"c', "it's", '坐席 201', 'a\0b', '\ud800'),
)
const anyInstant = fc.oneof(fc.integer({ min: EARLIEST, max: LATEST }), fc.integer({ min: 0, max: 2_000_000_000_000 }))
const anyRow = fc.record({
  id: fc.uuid(),
  number: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  words: anyText,
  maybe: fc.option(anyText),
  total: fc.maxSafeInteger(),
  at: anyInstant,
  maybeAt: fc.option(anyInstant),
  share: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (Object.is(value, -0) ? 0 : value)),
  yes: fc.boolean(),
  list: fc.array(anyText, { maxLength: 4 }),
  histogram: fc.array(fc.maxSafeInteger(), { maxLength: 4 }),
  when: fc.integer({ min: 0, max: 30_000 }).map((days) => new Date(days * 86_400_000).toISOString().slice(0, 10)),
  thing: fc.dictionary(
    fc.string({ maxLength: 5 }),
    fc.oneof(anyText, fc.integer(), fc.boolean(), fc.constant(null), fc.array(anyText, { maxLength: 3 })),
    { maxKeys: 4 },
  ),
})

const binary = suite('values in tables')
let database: TestDatabase
let client: Client
let made = 0

binary.before(async () => {
  database = await freshDatabase('binary')
  client = await connect(database.url, { application: 'test' })
  await client.query('create schema tables')
})

binary.after(async () => {
  await disconnect(client)
  await database.drop()
})

for (const way of ['statements', 'copy'] as const) {
  binary(`come back as they were, written by ${way}`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(anyRow, { selector: ({ id }) => id, minLength: 1, maxLength: 20 }),
        async (rows) => {
          // A session's statements know the type of the rows, and with it the very table.
          const table = `everything_v${++made}`
          const target = new Target(model, table)
          for (const statement of [...createTable(model, table), createKey(model, table)]) await client.query(statement)
          if (way === 'copy') {
            const copier = new Copier(database.url, target)
            for (const row of rows) copier.row('t1', row)
            await copier.finish()
            await copier.close()
          } else {
            const written = rows.map((row) => ({ tenant: 't1', key: row, row }))
            for (const changes of [
              { inserts: written, updates: [], removes: [] },
              { inserts: [], updates: written, removes: [] },
            ]) {
              for (const statement of tableStatements(target, changes)) await client.query(statement)
            }
          }
          const found = (await rawRows(client, { text: boardStatement(model, table) })).map((raw) => target.read(raw))
          const byId = new Map(found.map(({ tenant, row }) => [row.id, { tenant, row }]))
          assert.is(found.length, rows.length)
          for (const row of rows) {
            const expected: Row = {
              ...row,
              words: held(row.words),
              maybe: row.maybe === null ? null : held(row.maybe),
              list: row.list.map(held),
              thing: wellFormed(row.thing),
            }
            assert.equal(byId.get(row.id), { tenant: 't1', row: expected })
          }
        },
      ),
      { numRuns: 40 },
    )
  })
}

/** Texts within JSON, as jsonb takes them. */
function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return held(value)
  if (Array.isArray(value)) return value.map(wellFormed)
  return value !== null && typeof value === 'object'
    ? Object.fromEntries(Object.entries(value).map(([name, each]) => [held(name), wellFormed(each)]))
    : value
}

binary.run()
