/** What opening a peer needs. */
import { readFileSync } from 'node:fs'
import { connection } from '@ledgerline/adapters/postgres/connect.ts'

/** One statement on a connection of its own; returns its first row. */
export async function ask(url: string, statement: string): Promise<Record<string, unknown>> {
  const client = connection(url, { application: 'ledgerline bench', statementMs: 0 })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows[0] ?? {}
  } finally {
    await client.end()
  }
}

/** The version of a package installed for the benchmarks. */
export function versionOf(name: string): string {
  const file = new URL(`../../node_modules/${name}/package.json`, import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
