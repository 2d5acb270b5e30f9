/** Rows of read models for telling a history: all pages of a list, as this reader may see them. */
import type { Columns, ReadModel, RowOf } from '@ledgerline/projections/engine/model.ts'
import { readModels } from '@ledgerline/projections/models.ts'
import type { Rows } from '../queries/answers.ts'
import { columnsOf, MOST_ROWS, type Condition } from '../queries/filters.ts'
import { maskedColumns, maskRow } from '../queries/mask.ts'
import { selectPage, type Row, type Tables } from '../queries/select.ts'
import type { Session } from '@ledgerline/core/access/session.ts'

/** How many values a column is compared with at a time. */
const MOST_VALUES = 200

export function modelNamed(name: string): ReadModel {
  return readModels.models.find((model) => model.name === name)!
}

export interface Wanted {
  /** A column, with a hyphen for descending order; by default the first of the key. */
  sort?: string
  /** No more rows than this. */
  most?: number
}

/** All rows that meet the conditions, page by page, masked for the session. */
export async function rowsOf<K extends Columns, C extends Columns>(
  tables: Tables,
  session: Session,
  of: Rows<K, C>,
  conditions: readonly Condition[],
  { sort, most = Number.POSITIVE_INFINITY }: Wanted = {},
): Promise<RowOf<K & C>[]> {
  const model = of as unknown as ReadModel
  const masks = maskedColumns(model, session)
  const found: Row[] = []
  let cursor: string | undefined
  do {
    const page = await selectPage(tables, model, {
      tenant: session.tenant,
      conditions,
      sort: sort ?? Object.keys(columnsOf(model))[0]!,
      limit: Math.min(MOST_ROWS, most - found.length),
      ...(cursor === undefined ? {} : { cursor }),
    })
    found.push(...page.rows.map((row) => maskRow(row, masks)))
    cursor = page.next ?? undefined
  } while (cursor !== undefined && found.length < most)
  return found as RowOf<K & C>[]
}

/** Rows of many keys: asked for in batches, each as large as a condition allows. */
export async function rowsOfKeys<K extends Columns, C extends Columns>(
  tables: Tables,
  session: Session,
  model: Rows<K, C>,
  column: string,
  keys: readonly string[],
): Promise<RowOf<K & C>[]> {
  const found: RowOf<K & C>[] = []
  for (let from = 0; from < keys.length; from += MOST_VALUES) {
    found.push(
      ...(await rowsOf(tables, session, model, [
        { column, is: 'one_of', values: keys.slice(from, from + MOST_VALUES) },
      ])),
    )
  }
  return found
}
