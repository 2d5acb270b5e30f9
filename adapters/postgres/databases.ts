/**
 * The databases of the embedded server, and what counts as a letter in them (`lc_ctype`). Trigrams are made of letters,
 * and where `lc_ctype` is C only those of ASCII are: `show_trgm('王小明')` is empty, and a search for it reads every row.
 *
 * Text is compared and sorted by PostgreSQL's built-in C.UTF-8, by code point, the same on every machine. Neither that
 * nor any index depends on `lc_ctype`: so a cluster that was made with C is corrected where it stands, at its next
 * start, in one row of the catalogue. Nothing is copied and no table is lost; connections made from then on count by it.
 */
import type { Client } from 'pg'
import { connection } from './connect.ts'

/** The C library has to know it: glibc does since 2.35, those of Debian and Ubuntu since long before. */
const LETTERS = 'C.UTF-8'

const builtin = ['--locale-provider=builtin', `--builtin-locale=${LETTERS}`, '--locale=C']

/** Options of `initdb`: where the C library knows {@link LETTERS}, and where it does not. */
export const initdbLocales = { known: [...builtin, `--lc-ctype=${LETTERS}`], unknown: builtin } as const

/**
 * Creates the databases that are missing.
 * @param searched those in which texts are searched: their `lc_ctype` becomes {@link LETTERS} if it is not yet
 */
export async function ensureDatabases(
  url: (database: string) => string,
  { plain, searched }: { plain: readonly string[]; searched: readonly string[] },
): Promise<void> {
  const client = connection(url('postgres'), { application: 'ledgerline setup' })
  await client.connect()
  try {
    const { rows } = await client.query<{ name: string; letters: string; provider: string }>(
      'select datname as name, datctype as letters, datlocprovider as provider from pg_database',
    )
    for (const name of plain) if (!rows.some((row) => row.name === name)) await client.query(`create database ${name}`)
    for (const name of searched) {
      const there = rows.find((row) => row.name === name)
      if (!there) await client.query(`create database ${name}`)
      // Of a database just made it is that of its template, which may be an old one.
      const [at] = there ? [there] : rows.filter((row) => row.name === 'template1')
      if (at?.letters === 'C' && at.provider === 'b' && (await knowsLetters(client)))
        await client.query(`update pg_database set datctype = $1 where datname = $2 and datctype = 'C'`, [
          LETTERS,
          name,
        ])
    }
  } finally {
    await client.end()
  }
}

/** With an `lc_ctype` that its C library does not know, a database cannot be opened any more. */
async function knowsLetters(client: Client): Promise<boolean> {
  await client.query('begin')
  try {
    await client.query(`create collation pg_temp.letters (provider = libc, locale = '${LETTERS}')`)
    return true
  } catch {
    return false
  } finally {
    await client.query('rollback')
  }
}
