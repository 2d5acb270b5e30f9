/**
 * The server plans by what it knows of a table, and its own look at one comes a minute late: of a young table it believes that
 * any index finds one row, and may read thousands for each key. So a table that has grown by far is analysed there and then:
 * by the columns that indexes are made of, which takes a fraction of the time. The rest is left to the server's own look.
 */
import type { Client } from 'pg'
import type { Changes } from './changes.ts'
import type { Target } from './store.ts'
import { indexedColumns, SCHEMA, tableIn } from './table.ts'

/** Below this a wrong plan costs nothing that matters. */
const SMALL = 200
/** Statistics are good until the table is this many times as large. */
const GROWN = 4

export class Growth {
  /** By table: rows when it was last analysed, as far as is known, and rows inserted since. */
  readonly #tables = new Map<string, { known: number; since: number }>()
  readonly #targets: ReadonlyMap<string, Target>

  private constructor(targets: ReadonlyMap<string, Target>) {
    this.#targets = targets
  }

  static async of(client: Client, targets: ReadonlyMap<string, Target>): Promise<Growth> {
    const growth = new Growth(targets)
    // With only one index there is no choice.
    const tables = [...targets.values()].filter(({ model }) => model.indexes.length > 0).map(({ table }) => table)
    const { rows } = await client.query<{ table: string; known: number }>(
      `select relname as "table", greatest(reltuples, 0)::float8 as known from pg_class where relnamespace = '${SCHEMA}'::regnamespace and relname = any($1)`,
      [tables],
    )
    for (const { table, known } of rows) growth.#tables.set(table, { known, since: 0 })
    return growth
  }

  /**
   * Counts what a page inserts; returns a statement for the tables that have grown too much with it, to be sent after
   * its transaction.
   */
  after({ tables }: Changes): string | null {
    const grown: string[] = []
    for (const { model, inserts } of tables) {
      const { table } = this.#targets.get(model.name)!
      const size = this.#tables.get(table)
      if (!size) continue
      size.since += inserts.length
      if (size.since < Math.max(SMALL, size.known * (GROWN - 1))) continue
      this.#tables.set(table, { known: size.known + size.since, since: 0 })
      grown.push(`${tableIn(table)} (${indexedColumns(model).join(', ')})`)
    }
    return grown.length > 0 ? `analyze (skip_locked) ${grown.join(', ')}` : null
  }
}
