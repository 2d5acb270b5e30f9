/** Rows of read models for telling a history: all pages of a list, as this reader may see them. */
import type { ReadModel } from '@ledgerline/projections/engine/model.ts'
import { readModels } from '@ledgerline/projections/models.ts'
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
export async function rowsOf(
  tables: Tables,
  session: Session,
  name: string,
  conditions: readonly Condition[],
  { sort, most = Number.POSITIVE_INFINITY }: Wanted = {},
): Promise<Row[]> {
  const model = modelNamed(name)
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
  return found
}

/** Rows of many keys: asked for in batches, each as large as a condition allows. */
export async function rowsOfKeys(
  tables: Tables,
  session: Session,
  name: string,
  column: string,
  keys: readonly string[],
): Promise<Row[]> {
  const found: Row[] = []
  for (let from = 0; from < keys.length; from += MOST_VALUES) {
    found.push(
      ...(await rowsOf(tables, session, name, [
        { column, is: 'one_of', values: keys.slice(from, from + MOST_VALUES) },
      ])),
    )
  }
  return found
}
