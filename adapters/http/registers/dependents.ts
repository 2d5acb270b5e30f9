/** Records of large registers that go along when what they refer to is removed. */
import type { Session } from '@ledgerline/core/access/session.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Kind } from '@ledgerline/core/record/kind.ts'
import { registers } from '@ledgerline/core/registers.ts'
import type { ReadSide } from '../../queries/read-side.ts'
import { countPage } from '../../queries/select.ts'

export interface Dependents {
  register: string
  /** Null: more than can be counted. */
  total: number | null
}

/** How many records of large registers refer to these. */
export async function dependentsOf(
  readSide: ReadSide,
  kind: Kind,
  { tenant }: Session,
  recordIds: readonly string[],
): Promise<Dependents[]> {
  const tables = await readSide.tablesOf(tenant)
  const referring = registers.flatMap((one) =>
    one.large
      ? Object.entries(one.fields).flatMap(([name, { refersTo }]) =>
          refersTo?.kind === kind.name ? [{ one, name }] : [],
        )
      : [],
  )
  const counted = referring.map(async ({ one, name }) => {
    const model = readSide.models.find((each) => each.name === one.table)!
    const conditions = [{ column: name, is: 'one_of' as const, values: recordIds }]
    const { total } = await countPage(tables, model, { tenant, conditions, sort: 'recordId' })
    return { register: one.table, total }
  })
  return (await Promise.all(counted)).filter(({ total }) => total !== 0)
}

/** @throws Problem `record.takes_along` */
export function demandAgreed(dependents: readonly Dependents[], agreed: boolean): void {
  const [first] = dependents
  if (!first || agreed) return
  const { name } = registers.find(({ table }) => table === first.register)!
  throw new Problem('record.takes_along', { what: name, all: first.total ?? '10,000+' })
}
