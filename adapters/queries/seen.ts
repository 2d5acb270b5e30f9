/** Which rows of a table someone sees, and what of them: of a register with review what was approved, of tasks their own. */
import { actorName, type Session } from '@ledgerline/core/access/session.ts'
import { reviewStates, isPublished } from '@ledgerline/core/record/entry.ts'
import type { Kind } from '@ledgerline/core/record/kind.ts'
import { phoneNumber } from '@ledgerline/core/number/number.ts'
import { registers } from '@ledgerline/core/registers.ts'
import type { ReadModel } from '@ledgerline/projections/engine/model.ts'
import type { Condition } from './filters.ts'
import type { Row } from './select.ts'

const byTable = new Map(registers.map((kind) => [kind.table, kind]))

/** The register whose table this is; null: it is something else. */
export function registerOf(model: Pick<ReadModel, 'name'>): Kind | null {
  return byTable.get(model.name) ?? null
}

/** Filters with numbers as registers keep them: people write them in many ways. */
export function asKept(
  model: Pick<ReadModel, 'name'>,
  filters: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const fields = registerOf(model)?.fields ?? {}
  const numbers = Object.keys(fields).filter((name) => fields[name]!.kind === 'phone' && Array.isArray(filters[name]))
  const normalised = (text: string): string => phoneNumber(text).normalised ?? text
  return numbers.length === 0
    ? filters
    : {
        ...filters,
        ...Object.fromEntries(numbers.map((name) => [name, (filters[name] as string[]).map(normalised)])),
      }
}

export interface Seen {
  conditions: readonly Condition[]
  row(row: Row): Row
}

const everything: Seen = { conditions: [], row: (row) => row }

export function seenBy(model: ReadModel, session: Session): Seen {
  const { permissions } = session
  // Tasks, and above all their files, are their maker's alone.
  if (model.name === 'tasks') {
    const own = { column: 'askedBy', is: 'one_of' as const, values: [actorName(session.actor('operator', {}))] }
    return { conditions: [own], row: (row) => row }
  }
  const kind = registerOf(model)
  if (!kind?.review || permissions.has(kind.edit) || permissions.has(kind.review)) return everything
  const published = reviewStates.filter((review) => isPublished({ review }))
  return {
    conditions: [{ column: 'review', is: 'one_of', values: published }],
    row: (row) => ({ ...row, review: 'approved', proposed: null, note: null }),
  }
}
