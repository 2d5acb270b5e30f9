/**
 * A search by a part as SQL: the stored keys that every match has (`projections/search`), which an index finds, and what
 * is compared of the rows found by them. Viewers who see a number masked find it by what they see of it, or whole.
 */
import { sql, type RawBuilder, type SqlBool } from 'kysely'
import { phoneNumber } from '@ledgerline/core/number/number.ts'
import type { ReadModel } from '@ledgerline/projections/engine/model.ts'
import { snake } from '@ledgerline/projections/engine/names.ts'
import { keysColumn } from '@ledgerline/projections/engine/search-columns.ts'
import {
  digitsSought,
  folded,
  keysOfDigits,
  soughtIn,
  TAIL,
  tailKey,
  type Match,
} from '@ledgerline/projections/search/keys.ts'
import { maskedSql, type Mask } from './mask.ts'

type Bool = RawBuilder<SqlBool>

const column = (name: string): RawBuilder<unknown> => sql.ref(snake(name))
const both = (...conditions: (Bool | null)[]): Bool =>
  sql<SqlBool>`(${sql.join(conditions.filter((one) => one !== null) as Bool[], sql` and `)})`
const has = (name: string, keys: readonly string[]): Bool =>
  sql<SqlBool>`${column(keysColumn(name))} @> array[${sql.join(keys)}]::text[]`
const within = (part: string, text: RawBuilder<unknown>): Bool => sql<SqlBool>`position(${part}::text in ${text}) > 0`

/** How a column is searched; null: not by a part. */
export function matchOf(model: ReadModel, name: string): Match | null {
  return model.kind === 'entity' ? ((model.searched[name]?.match as Match | undefined) ?? null) : null
}

const keeps = (model: ReadModel, name: string): boolean =>
  model.kind === 'entity' && !model.scanned && matchOf(model, name) !== 'part'

/** The column contains this. */
export function partSql(model: ReadModel, name: string, typed: string, mask?: Mask): Bool {
  const match = matchOf(model, name)!
  const all = plainPart(model, name, match, typed)
  return mask ? unlessPlain(mask, all, maskedPart(model, name, match, typed)) : all
}

/** The column's number ends with these digits. */
export function tailSql(model: ReadModel, name: string, digits: string, mask?: Mask): Bool {
  const keyed = keeps(model, name) ? has(name, [tailKey(digits.slice(-TAIL))]) : null
  const ends = (text: RawBuilder<unknown>): Bool => sql<SqlBool>`right(${text}, ${digits.length}) = ${digits}`
  const all = both(keyed, ends(column(name)))
  return mask ? unlessPlain(mask, all, both(keyed, ends(maskedSql(column(name))))) : all
}

/** What is our own number is nobody's secret. */
function unlessPlain({ plainWhere }: Mask, all: Bool, shown: Bool): Bool {
  if (!plainWhere) return shown
  const [where, value] = plainWhere
  return sql<SqlBool>`case when ${column(where)} = ${value} then ${all} else ${shown} end`
}

function plainPart(model: ReadModel, name: string, match: Match, typed: string): Bool {
  const text = column(name)
  if (match === 'part') return sql<SqlBool>`${text} ilike ${`%${typed.replace(/[\\%_]/g, '\\$&')}%`}`
  const keyed = keeps(model, name)
  if (match === 'number') {
    const digits = digitsSought(typed)
    if (digits.length < 2) return within(typed, text)
    const [set] = keyed ? soughtIn(match, typed).sets : []
    if (set?.enough) return has(name, set.keys)
    if (!keyed) return within(digits, text)
    return both(set ? has(name, set.keys) : null, within(digits, sql`regexp_replace(${text}, '[^0-9]', '', 'g')`))
  }
  const { sets, text: sought } = soughtIn(match, typed)
  const compared = within(sought, sql`lower(regexp_replace(normalize(${text}, nfkc), '[[:space:]]', '', 'g'))`)
  if (!keyed || sets.length === 0) return compared
  const found = sets.map(({ keys, enough }) => (enough ? has(name, keys) : both(has(name, keys), compared)))
  return sql<SqlBool>`(${sql.join(found, sql` or `)})`
}

/** Who enters a whole number knows it already. */
function maskedPart(model: ReadModel, name: string, match: Match, typed: string): Bool {
  const text = column(name)
  const part = match === 'number' ? asShown(typed) : match === 'name' ? folded(typed) : typed
  const whole = match === 'number' ? (phoneNumber(typed).normalised ?? typed) : typed
  const shown = sql<SqlBool>`(${within(part, maskedSql(text))} or ${text} = ${whole})`
  if (match !== 'number' || !keeps(model, name)) return shown
  // Digits that are shown are digits of the number: those of each run stand in it.
  const keys = part.split(/\D+/).flatMap(keysOfDigits)
  return keys.length === 0 ? shown : both(has(name, keys), shown)
}

/** A number as it is shown masked, or whole as tables have it. */
const asShown = (typed: string): string => (typed.includes('*') ? typed.replace(/[\s-]/g, '') : digitsSought(typed))
