/** What a committed page changed on the boards, tenant by tenant. */
import type { TableChanges } from '@ledgerline/projections/engine/changes.ts'
import type { Row } from '@ledgerline/projections/engine/model.ts'
import type { BoardChange } from './source.ts'

type Change = Omit<BoardChange, 'lane' | 'position'>
type Draft = Change & { upserts: Row[]; removes: Row[] }

export function changesByTenant(tables: readonly TableChanges[]): Map<string, Change[]> {
  const byTenant = new Map<string, Draft[]>()
  for (const { model, inserts, updates, removes } of tables) {
    const drafts = new Map<string, Draft>()
    const draftOf = (tenant: string): Draft => {
      let draft = drafts.get(tenant)
      if (!draft) drafts.set(tenant, (draft = { model: model.name, upserts: [], removes: [] }))
      return draft
    }
    for (const written of [inserts, updates])
      for (const { tenant, row } of written) if (row !== null) draftOf(tenant).upserts.push(row)
    for (const { tenant, key } of removes) draftOf(tenant).removes.push(key)
    for (const [tenant, draft] of drafts) byTenant.set(tenant, [...(byTenant.get(tenant) ?? []), draft])
  }
  return byTenant
}
