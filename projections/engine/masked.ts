/**
 * What people who query by SQL see in place of the views with numbers and names: views of the same names in a separate
 * schema, which comes before `public` in their search path. They have no right to the unmasked views in `public`, and
 * cannot name the tables underneath. Values are masked as on every screen (`adapters/queries/mask.ts`).
 */
import type { ReadModel } from './model.ts'
import { quote, snake } from './names.ts'
import { fieldsOf, literal, tableIn, tenantAbout } from './table.ts'
import type { JoinedView, View } from './view.ts'

export const MASKED = 'masked'
/** See `readers.ts`. */
const SEES = `(select pg_has_role(current_user, 'ledgerline_numbers', 'member'))`

/** Makes the schema and the one function that masks a value. */
export const maskedSchema = [
  `create schema if not exists ${MASKED}`,
  `create or replace function ${MASKED}.mask(value text) returns text language sql immutable strict parallel safe as $$
     select case
       when value !~ '[0-9]{3}' then case when value = '' then '' else left(value, 1) || '**' end
       else left(value, case when n >= 11 then least(6, n - 8) when n >= 8 then 3 when n >= 5 then 1 else 0 end) || '****' || right(value, case when n >= 11 then 4 when n >= 5 then 2 else 0 end)
     end from (select length(value) as n) l $$`,
]

/** Does a model contain anything that identifies a person? */
export function isPersonal({ key, columns }: Pick<ReadModel, 'key' | 'columns'>): boolean {
  return Object.values({ ...key, ...columns }).some(({ personal }) => personal)
}

/** Is a view based on models that do? */
export function standsOnPersonal(view: View): view is JoinedView {
  return 'over' in view && view.over.some(isPersonal)
}

/** The masked view of a model. */
export function maskedView(model: ReadModel, table: string): string[] {
  const view = `${MASKED}.${quote(model.name)}`
  const columns = fieldsOf(model).map(([name, { personal, plainWhere }]) => {
    const column = quote(snake(name))
    if (!personal) return column
    const plain = plainWhere ? `${quote(snake(plainWhere[0]))} = ${literal(plainWhere[1])} or ${SEES}` : SEES
    return `case when ${plain} then ${column} else ${MASKED}.mask(${column}) end as ${column}`
  })
  return [
    `create or replace view ${view} with (security_invoker = true) as select ${['tenant', ...columns].join(', ')} from ${tableIn(table)}`,
    `comment on view ${view} is ${literal(model.about)}`,
    `comment on column ${view}.tenant is ${literal(tenantAbout)}`,
    ...fieldsOf(model).map(
      ([name, { about, personal }]) =>
        `comment on column ${view}.${quote(snake(name))} is ${literal(personal ? `${about} Masked, unless the reader is a member of ledgerline_numbers.` : about)}`,
    ),
  ]
}

/** A view over several models, based on the masked ones. */
export function maskedJoined({ name, about, sql }: JoinedView): string[] {
  const view = `${MASKED}.${quote(name)}`
  return [
    `set local search_path = ${MASKED}, public`,
    `create or replace view ${view} with (security_invoker = true) as ${sql}`,
    'reset search_path',
    `comment on view ${view} is ${literal(about)}`,
  ]
}
