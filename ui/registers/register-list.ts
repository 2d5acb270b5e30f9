/** The list of a register: what it can be filtered by, from its declaration. */
import { reviewStates } from '@ledgerline/core/record/entry.ts'
import type { ListCondition } from '../lists/conditions.ts'
import type { ListOf } from '../lists/list-query.ts'
import type { DeclaredField, DeclaredRegister } from './declared.svelte.ts'

export { reviewStates }

/** Does this viewer see where records stand in their review? */
export const seesReview = ({ reviewed, mayEdit, mayReview }: DeclaredRegister): boolean =>
  reviewed && (mayEdit || mayReview)

export function registerList(register: DeclaredRegister): ListOf {
  const { table, fields, sort } = register
  const numbers = fields.filter(({ kind }) => kind === 'phone').map(({ name }) => name)
  return {
    model: table,
    time: 'createdAt',
    sort,
    spans: ['any', 'today', 'yesterday', 'thisWeek', 'month', 'lastMonth', 'custom'],
    choices: {
      ...Object.fromEntries(fields.flatMap((field) => choiceOf(field))),
      ...(seesReview(register) && { review: { column: 'review', known: reviewStates } }),
    },
    ...(numbers.length > 0 && { numbers, whole: true }),
    conditions: fields.flatMap(conditionOf),
  }
}

function choiceOf({ name, kind, colours }: DeclaredField): [string, ListOf['choices'][string]][] {
  if (kind === 'reference') return [[name, { column: name }]]
  if (kind === 'colour') return [[name, { column: name, known: colours ?? [] }]]
  return kind === 'flag' ? [[name, { column: name, known: ['true', 'false'] }]] : []
}

/** What is about a person is no condition: addresses are kept in histories and logs. */
function conditionOf({ name, kind, personal, searched, most }: DeclaredField): ListCondition[] {
  if (personal) return []
  if (kind === 'integer' || kind === 'day') return [{ column: name, kind }]
  if (kind !== 'text' && kind !== 'lines' && kind !== 'link') return []
  // A column is compared with so much and no more: what may be longer is found by a part of it.
  if (searched === null) return (most ?? 0) <= MOST_COMPARED ? [{ column: name, kind: 'text' }] : []
  return [{ column: name, kind: 'text', part: searched === 'name' ? 1 : 2 }]
}
const MOST_COMPARED = 200

/** Who did something, as people know them: the code of an actor. */
export const whoOf = (actor: string): string => actor.slice(actor.indexOf(':') + 1)
