/** The list of a register: what it can be filtered by, from its declaration. */
import { reviewStates } from '@ledgerline/core/record/entry.ts'
import type { ListOf } from '../lists/list-query.ts'
import type { DeclaredRegister } from './declared.svelte.ts'

export { reviewStates }

/** Does this viewer see where records stand in their review? */
export const seesReview = ({ reviewed, mayEdit, mayReview }: DeclaredRegister): boolean =>
  reviewed && (mayEdit || mayReview)

export function registerList(register: DeclaredRegister): ListOf {
  const { table, fields, sort } = register
  const numbers = fields.filter(({ kind }) => kind === 'phone').map(({ name }) => name)
  const references = fields.filter(({ to }) => to !== null)
  return {
    model: table,
    time: 'createdAt',
    sort,
    spans: ['any', 'today', 'week', 'custom'],
    choices: {
      ...Object.fromEntries(references.map(({ name }) => [name, { column: name }])),
      ...(seesReview(register) && { review: { column: 'review', known: reviewStates } }),
    },
    ...(numbers.length > 0 && { numbers, whole: true }),
    texts: fields.filter(({ searched }) => searched).map(({ name }) => name),
  }
}

/** Who did something, as people know them: the code of an actor. */
export const whoOf = (actor: string): string => actor.slice(actor.indexOf(':') + 1)
