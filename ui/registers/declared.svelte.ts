/** The registers that the viewer may see, as the server declares them, and the names of records that others refer to. */
import type { DeclaredField, DeclaredRegister } from '@ledgerline/adapters/http/registers/answers.ts'
import { NewestRequest } from '../http/newest-request.svelte.ts'
import { get } from '../http/requests.ts'

export type { DeclaredField, DeclaredRegister }

/** A record as lists have it. */
export type RecordRow = Readonly<Record<string, unknown>> & {
  recordId: string
  version: number
  createdAt: number
  changedAt: number
  changedBy: string
  review?: string
  proposed?: Readonly<Record<string, unknown>> | null
  note?: string | null
}

export class Registers extends NewestRequest {
  all: readonly DeclaredRegister[] | null = $state.raw(null)

  load(): void {
    void this.send(
      (signal) => get<{ registers: DeclaredRegister[] }>('/api/v1/registers', {}, signal),
      ({ registers }) => (this.all = registers),
    )
  }
}

/** Most records of a register whose names are fetched, to choose from and to show. */
const MOST_NAMED = 2_000
const PAGE = 200

/** What records are called, by their ids, of the registers that this one refers to. */
export class RecordNames extends NewestRequest {
  byTable: Readonly<Record<string, ReadonlyMap<string, string>>> = $state.raw({})

  load(register: DeclaredRegister, all: readonly DeclaredRegister[]): void {
    const wanted = new Set(register.fields.flatMap(({ to }) => to ?? []))
    const declared = all.filter(({ table }) => wanted.has(table))
    void this.send(
      async (signal) => {
        const found = declared.map(async (one) => [one.table, await namesOf(one, signal)] as const)
        return Object.fromEntries(await Promise.all(found))
      },
      (names) => (this.byTable = names),
    )
  }

  of(field: DeclaredField, id: unknown): string {
    return (field.to && this.byTable[field.to]?.get(id as string)) || ''
  }
}

async function namesOf({ table, label, sort }: DeclaredRegister, signal: AbortSignal): Promise<Map<string, string>> {
  const names = new Map<string, string>()
  let cursor: string | null = null
  do {
    type Page = { rows: RecordRow[]; next: string | null }
    const page: Page = await get<Page>(`/api/v1/${table}`, { sort, limit: PAGE, cursor }, signal)
    for (const row of page.rows) names.set(row.recordId, String(row[label] ?? ''))
    cursor = page.next
  } while (cursor !== null && names.size < MOST_NAMED)
  return names
}
