/**
 * Searches of lists on a real table, written as the engine writes it: whatever is searched for, the keys and indexes find
 * what reading every row finds, and nothing of another tenant.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { masked } from '@ledgerline/adapters/queries/mask.ts'
import { countPage, selectPage, type Row } from '@ledgerline/adapters/queries/select.ts'
import { openTables } from '@ledgerline/adapters/queries/tables.ts'
import type { Condition } from '@ledgerline/adapters/queries/filters.ts'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import { phoneNumber } from '@ledgerline/core/number/number.ts'
import { connect, disconnect } from '@ledgerline/projections/engine/connect.ts'
import { entityOver, personalText, text, textOrNull, type Entity } from '@ledgerline/projections/engine/model.ts'
import { tableStatements, Target, transact } from '@ledgerline/projections/engine/store.ts'
import { createKey, createTable, indexesOf, LISTED, listedView } from '@ledgerline/projections/engine/table.ts'
import { folded, orderOf, searchedAs } from '@ledgerline/projections/search/keys.ts'
import { times } from '../support/depth.ts'
import { freshDatabase, type TestDatabase } from '../support/postgres.ts'

const people = entityOver()('people', {
  version: 1,
  about: 'People.',
  key: { personId: text('Id.') },
  columns: {
    name: text('Name.'),
    phone: personalText('Number.'),
    note: textOrNull('Note.'),
  },
  on: {},
  searched: { name: searchedAs.name, phone: searchedAs.number, note: searchedAs.part },
  indexes: [['note']],
}) as unknown as Entity

interface Person {
  personId: string
  name: string
  phone: string | null
  note: string | null
}

const dice = seededDice(20261130)
const one = <T>(of: readonly T[]): T => of[Math.floor(dice() * of.length)]!
const surnames = [...'王李张刘陈单曾欧']
const given = [...'小明伟芳娜秀英敏静丽强']
const nameOf = (): string =>
  dice() < 0.15
    ? one(['John Smith', 'ＶＩＰ客户', 'wang', '100% 棉', 'a_b'])
    : one(surnames) + Array.from({ length: dice() < 0.5 ? 1 : 2 }, () => one(given)).join('')
const digits = (count: number): string => Array.from({ length: count }, () => Math.floor(dice() * 10)).join('')
const phoneOf = (): string | null =>
  dice() < 0.1 ? null : dice() < 0.1 ? `+4420${digits(7)}` : dice() < 0.2 ? `0216${digits(7)}` : `13${digits(9)}`
const noteOf = (): string | null =>
  dice() < 0.3 ? null : one(['希望晚上八点后联系', '先电话再上门', 'Call after 8 PM', '50% off_now', '李经理', 'Émile'])

const made = (count: number): Person[] =>
  Array.from({ length: count }, (_, index) => ({
    personId: `p${String(index).padStart(4, '0')}`,
    name: nameOf(),
    phone: phoneOf(),
    note: noteOf(),
  }))
const ours = made(400)
const theirs = made(100)

let database: TestDatabase
let tables: ReturnType<typeof openTables>
const test = suite('searches of lists')
test.before(async () => {
  database = await freshDatabase('searches')
  const client = await connect(database.url, { application: 'test', pipeline: true })
  const table = 'people_v1'
  await client.query(`create extension pg_trgm; create schema tables; create schema ${LISTED}`)
  for (const statement of [
    ...createTable(people, table),
    createKey(people, table),
    ...indexesOf(people, table).map(({ create }) => create),
    ...listedView(people, table)!,
  ])
    await client.query(statement)
  const target = new Target(people, table)
  const rows = (tenant: string, all: readonly Person[]) =>
    all.map((row) => ({ tenant, key: { personId: row.personId }, row: { ...row } }))
  // Half of them once as somebody else: keys follow the row.
  const before = ours.slice(200).map((row) => ({ ...row, name: '钱不见', phone: '13911112222' }))
  await transact(
    client,
    tableStatements(target, {
      inserts: [...rows('us', [...ours.slice(0, 200), ...before]), ...rows('them', theirs)] as never,
      updates: [],
      removes: [],
    }),
  )
  await transact(
    client,
    tableStatements(target, { inserts: [], updates: rows('us', ours.slice(200)) as never, removes: [] }),
  )
  await disconnect(client)
  tables = openTables(database.url)
})
test.after(async () => {
  await tables.destroy()
  await database.drop()
})

async function found(conditions: readonly Condition[], sort = 'personId', limit = 200): Promise<Row[]> {
  const rows: Row[] = []
  let cursor: string | undefined
  do {
    const asked = { tenant: 'us', conditions, sort, limit, cursor }
    const page = await selectPage(tables, people, asked)
    const { total, before } = await countPage(tables, people, asked)
    assert.is(before, rows.length)
    rows.push(...page.rows)
    cursor = page.next ?? undefined
    if (cursor === undefined) assert.is(total, rows.length)
  } while (cursor !== undefined)
  return rows
}
const ids = (rows: readonly { personId?: unknown }[]) => rows.map(({ personId }) => personId)
const part = (column: string, typed: string, mask = false): Condition => ({
  column,
  is: 'part',
  values: [typed],
  ...(mask && { mask: { column, plainWhere: null } }),
})

test('a part of a name, of a number, of a text: as if every row were read', async () => {
  for (let round = 0; round < times('SEARCH_ROUNDS', 60, 2_000); round++) {
    const person = one(ours)
    const cut = (whole: string): string => {
      const letters = [...whole]
      const start = Math.floor(dice() * letters.length)
      return letters.slice(start, start + 1 + Math.floor(dice() * 5)).join('')
    }
    const name = cut(person.name)
    if (/[^a-z\s]/i.test(name.normalize('NFKC')))
      assert.equal(
        ids(await found([part('name', name)])),
        ids(ours.filter((other) => folded(other.name).includes(folded(name)))),
        `name ${name}`,
      )
    const phone = cut(person.phone ?? '13').replace('+', '')
    if (phone.length >= 2 && phoneNumber(phone).kind !== 'emergency')
      assert.equal(
        ids(await found([part('phone', phone)])),
        ids(ours.filter((other) => other.phone?.includes(phone))),
        `phone ${phone}`,
      )
    const note = cut(person.note ?? '联系')
    assert.equal(
      ids(await found([part('note', note)])),
      ids(ours.filter((other) => other.note?.toLowerCase().includes(note.toLowerCase()))),
      `note ${note}`,
    )
  }
})

test('whoever sees a number masked finds it by what they see, whole, and by nothing else', async () => {
  for (let round = 0; round < times('SEARCH_ROUNDS', 40, 2_000); round++) {
    const { phone } = one(ours.filter((person) => person.phone !== null))
    const shown = masked(phone!)
    const start = Math.floor(dice() * (shown.length - 3))
    const typed = one([shown, shown.slice(start, start + 3), shown.slice(-4), phone!, phone!.slice(4, 9)])
    if (typed.startsWith('+') && typed.includes('*')) continue
    const whole = phoneNumber(typed).normalised?.replace('+', '')
    const expected = ours.filter(
      (other) =>
        other.phone !== null &&
        (masked(other.phone).includes(typed.replace('+', '')) || other.phone.replace('+', '') === whole),
    )
    const rows = await found([part('phone', typed, true)])
    assert.equal(ids(rows).toSorted(), ids(expected).toSorted(), typed)
  }
})

test('a number is found by its last four digits, also where it is shown masked', async () => {
  for (const mask of [undefined, { column: 'phone', plainWhere: null }])
    for (const { phone } of ours.filter((person) => person.phone?.startsWith('13')).slice(0, 20)) {
      const values = [phone!.slice(-4)]
      const rows = await found([{ column: 'phone', is: 'tail', values, ...(mask && { mask }) }])
      assert.equal(ids(rows), ids(ours.filter((other) => other.phone?.endsWith(values[0]!))))
    }
  const six: Condition = { column: 'phone', is: 'tail', values: [ours.find(({ phone }) => phone)!.phone!.slice(-6)] }
  assert.is((await found([six])).length, 1)
  assert.equal(await found([{ ...six, mask: { column: 'phone', plainWhere: null } }]), [])
})

test('pinyin and initials lead to a name', async () => {
  for (const [typed, letters] of [
    ['wang', '王'],
    ['shan', '单'],
    ['zengx', '曾小|曾秀'],
    ['wxm', '王小明|王小敏|王秀明|王秀敏'],
  ] as const) {
    const wanted = ours.filter(
      ({ name }) => letters.split('|').some((start) => name.startsWith(start)) || (typed === 'wang' && name === 'wang'),
    )
    assert.equal(ids(await found([part('name', typed)])), ids(wanted), typed)
  }
})

test('C0.3-pager: names are sorted as they are read, what is empty comes last, and each page begins where one ended', async () => {
  const byName = ours.toSorted((a, b) => {
    const [x, y] = [orderOf(a.name), orderOf(b.name)]
    return x < y ? -1 : x > y ? 1 : a.personId < b.personId ? -1 : 1
  })
  assert.equal(ids(await found([], 'name', 37)), ids(byName))
  assert.equal(ids(await found([], '-name', 37)), ids(byName.toReversed()))
  for (const sort of ['note', '-note']) {
    const notes = (await found([], sort, 41)).map(({ note }) => note as string | null)
    assert.is(notes.length, ours.length)
    const set = notes.filter((note) => note !== null)
    assert.equal(notes.slice(0, set.length), set)
    assert.equal(set, sort === 'note' ? set.toSorted() : set.toSorted().toReversed())
  }
})

test.run()
