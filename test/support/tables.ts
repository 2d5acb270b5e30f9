/**
 * What a house's first start leaves: databases in which the tables of all read models are there and empty, and data
 * directories with a cluster of them. Making either takes more of the processor than most tests that need one, so each is
 * made once a run, and copied. That a first start makes them is proven where the directory is empty (`test/cli/up`,
 * `test/cli/data`, `test/postgres/embedded`).
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { memoryVault } from '@ledgerline/adapters/keys/memory.ts'
import { MemoryLog } from '@ledgerline/adapters/log/memory.ts'
import { catalogue } from '@ledgerline/core/catalogue.ts'
import { Codec } from '@ledgerline/core/kernel/codec.ts'
import { Engine } from '@ledgerline/projections/engine/engine.ts'
import { readModels as models } from '@ledgerline/projections/models.ts'
import { startEmbedded, TABLES_DATABASE } from '@ledgerline/adapters/postgres/embedded.ts'
import { freshDatabase, onceARun, type TestDatabase } from './postgres.ts'

/** A database of its own with empty tables. */
export function tablesDatabase(name: string): Promise<TestDatabase> {
  return freshDatabase(name, { name: 'tables', make: makeTables })
}

/** Puts a cluster with empty tables into a data directory, which is made if it is absent. Its log is not there yet. */
export async function begunIn(directory: string): Promise<void> {
  const shared = await onceARun('begun', {
    isThere: async (_, among) => existsSync(join(among, BEGUN)),
    async make(_, among) {
      const draft = join(among, `${BEGUN}.draft`)
      rmSync(draft, { recursive: true, force: true })
      const server = await startEmbedded({ directory: draft, durable: false })
      await makeTables(server.url(TABLES_DATABASE)).finally(() => server.stop())
      renameSync(draft, join(among, BEGUN))
    },
  })
  mkdirSync(directory, { recursive: true })
  // Owners and modes are copied too: under root the cluster belongs to the user who runs it.
  execFileSync('cp', ['-a', '--reflink=auto', join(shared, BEGUN, 'postgres'), directory])
  const kept = JSON.parse(readFileSync(join(shared, BEGUN, KEPT), 'utf8')) as object
  // Every copy gets a port of its own.
  writeFileSync(join(directory, KEPT), JSON.stringify({ ...kept, port: 0 }), { mode: 0o600 })
}

const BEGUN = 'begun'
const KEPT = 'postgres.json'

async function makeTables(url: string): Promise<void> {
  const log = new MemoryLog(() => Date.now())
  // Of no log yet: the first that is folded into them is theirs.
  await new Engine({ log, codec: new Codec(catalogue, memoryVault(), log), url, models }).prepare({ anyLog: true })
  await log.close()
}
