/**
 * Files of tasks: uploaded ones, rows that were refused, exports. They lie in the tables' database in parts, each sealed
 * with a key of the file, so that every process reaches them, whichever machine it is on, and nobody who only has the
 * database reads them. Deleting the key is deleting the file.
 */
import type { Pool } from 'pg'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { isSealed, type Vault } from '@ledgerline/core/kernel/vault.ts'
import { MOST_KEPT, PART_BYTES } from '@ledgerline/core/transfer/parts.ts'
import type { Layout } from '@ledgerline/projections/postgres/migrate.ts'
import { answered } from '../postgres/answered.ts'
import { withOwnTables } from '../postgres/own-tables.ts'

const ANSWER_MS = 10_000

const layout: Layout = {
  schema: 'transfers',
  newer: (found, known) => new Problem('log.newer', { found, known }),
  migrations: {
    1: `
create table if not exists transfers.parts (
  tenant text not null,
  file text not null,
  part integer not null,
  owner text not null,
  bytes integer not null,
  content text not null,
  until timestamptz not null,
  primary key (tenant, file, part)
);
comment on table transfers.parts is 'Files of imports and exports, in sealed parts, until they expire.';
comment on column transfers.parts.content is 'Sealed with the file''s own key.';
create index if not exists parts_until on transfers.parts (until);
`,
  },
}

/** A file, as whom it belongs to and how long it is kept. */
export interface FileOf {
  tenant: string
  /** Id, made by the house or by whoever uploads it. */
  file: string
  /** Who made it: nobody else reads it. */
  owner: string
}

export interface TransferFiles {
  /**
   * Puts a part; the same part again replaces it.
   * @throws Problem `transfer.no_file` if it is somebody else's; `transfer.no_room`
   */
  put(of: FileOf, part: number, content: Buffer, until: number): Promise<void>
  /** A part; null: there is none. */
  part(of: FileOf, part: number): Promise<Buffer | null>
  /** Its parts' lengths, in order; empty: there is no such file. */
  lengths(of: FileOf): Promise<number[]>
  delete(of: Pick<FileOf, 'tenant' | 'file'>): Promise<void>
  /** Deletes what has expired. */
  tidy(now: number): Promise<number>
  close(): Promise<void>
}

/**
 * @param url the tables' database, as the engine's own user
 * @param most bytes that all files of a tenant may have together
 */
export async function openTransferFiles(url: string, vault: Vault, most = MOST_KEPT): Promise<TransferFiles> {
  const pool = await withOwnTables(url, { application: 'ledgerline transfers', statementMs: ANSWER_MS, max: 2 }, layout)
  return new PostgresFiles(pool, vault, most)
}

class PostgresFiles implements TransferFiles {
  readonly #pool: Pool
  readonly #vault: Vault
  readonly #most: number

  constructor(pool: Pool, vault: Vault, most: number) {
    this.#pool = pool
    this.#vault = vault
    this.#most = most
  }

  async put(of: FileOf, part: number, content: Buffer, until: number): Promise<void> {
    const { tenant, file, owner } = of
    await this.#demandRoom(of, part, content.length)
    const subject = this.#subject(of)
    await this.#vault.ready(tenant, [subject], true)
    const sealed = this.#vault.seal(tenant, subject, content.toString('base64'))
    const { rowCount } = await answered(
      this.#pool.query({
        name: 'put part',
        text: `insert into transfers.parts as p (tenant, file, part, owner, bytes, content, until)
          select $1, $2, $3, $4, $5, $6, $7
          where not exists (select from transfers.parts o where o.tenant = $1 and o.file = $2 and o.owner <> $4)
          on conflict (tenant, file, part) do update set bytes = excluded.bytes, content = excluded.content, until = excluded.until
          where p.owner = excluded.owner`,
        values: [tenant, file, part, owner, content.length, JSON.stringify(sealed), new Date(until)],
      }),
      ANSWER_MS,
    )
    if (rowCount === 0) throw new Problem('transfer.no_file')
  }

  /** @throws Problem `transfer.no_room` */
  async #demandRoom({ tenant, file }: FileOf, part: number, bytes: number): Promise<void> {
    const { rows } = await answered(
      this.#pool.query<{ kept: number }>({
        name: 'room for parts',
        text: `select coalesce(sum(bytes), 0)::float8 as kept from transfers.parts
          where tenant = $1 and not (file = $2 and part = $3)`,
        values: [tenant, file, part],
      }),
      ANSWER_MS,
    )
    if (rows[0]!.kept + bytes > this.#most)
      throw new Problem('transfer.no_room', { most: Math.floor(this.#most / 2 ** 20) })
  }

  async part(of: FileOf, part: number): Promise<Buffer | null> {
    const { tenant, file, owner } = of
    const { rows } = await answered(
      this.#pool.query<{ content: string }>({
        name: 'get part',
        text: 'select content from transfers.parts where tenant = $1 and file = $2 and owner = $3 and part = $4',
        values: [tenant, file, owner, part],
      }),
      ANSWER_MS,
    )
    if (!rows[0]) return null
    const sealed: unknown = JSON.parse(rows[0].content)
    if (!isSealed(sealed)) return null
    await this.#vault.ready(tenant, [sealed.s], false)
    const opened = this.#vault.open(tenant, sealed)
    return opened === null ? null : Buffer.from(opened, 'base64')
  }

  async lengths({ tenant, file, owner }: FileOf): Promise<number[]> {
    const { rows } = await answered(
      this.#pool.query<{ part: number; bytes: number }>({
        name: 'parts of a file',
        text: 'select part, bytes from transfers.parts where tenant = $1 and file = $2 and owner = $3 order by part',
        values: [tenant, file, owner],
      }),
      ANSWER_MS,
    )
    // A part that is missing is a file that is not whole.
    return rows.every(({ part }, index) => part === index) ? rows.map(({ bytes }) => bytes) : []
  }

  async delete({ tenant, file }: Pick<FileOf, 'tenant' | 'file'>): Promise<void> {
    await this.#vault.forget(tenant, this.#subject({ tenant, file }))
    await answered(
      this.#pool.query('delete from transfers.parts where tenant = $1 and file = $2', [tenant, file]),
      ANSWER_MS,
    )
  }

  async tidy(now: number): Promise<number> {
    const { rows } = await answered(
      this.#pool.query<{ tenant: string; file: string }>(
        'select distinct tenant, file from transfers.parts where until < $1 limit 100',
        [new Date(now)],
      ),
      ANSWER_MS,
    )
    for (const of of rows) await this.delete(of)
    return rows.length
  }

  close(): Promise<void> {
    return this.#pool.end()
  }

  #subject({ tenant, file }: Pick<FileOf, 'tenant' | 'file'>): string {
    return this.#vault.subject(tenant, `file ${file}`)
  }
}

/** The bytes of a file, a part at a time. @throws Problem `transfer.no_file` */
export async function* bytesOf(files: TransferFiles, of: FileOf): AsyncGenerator<Buffer> {
  const lengths = await files.lengths(of)
  if (lengths.length === 0) throw new Problem('transfer.no_file')
  for (const part of lengths.keys()) {
    const bytes = await files.part(of, part)
    if (!bytes) throw new Problem('transfer.no_file')
    yield bytes
  }
}

/** Puts a stream into a file, in parts; returns its length. */
export async function putAll(
  files: TransferFiles,
  of: FileOf,
  source: AsyncIterable<Buffer>,
  until: number,
): Promise<number> {
  let waiting: Buffer[] = []
  let length = 0
  let part = 0
  let total = 0
  const flush = async (all: boolean): Promise<void> => {
    while (length >= PART_BYTES || (all && length > 0)) {
      const joined = Buffer.concat(waiting)
      await files.put(of, part++, joined.subarray(0, PART_BYTES), until)
      waiting = [joined.subarray(PART_BYTES)]
      length = waiting[0]!.length
    }
  }
  for await (const bytes of source) {
    waiting.push(bytes)
    length += bytes.length
    total += bytes.length
    await flush(false)
  }
  await flush(true)
  return total
}
