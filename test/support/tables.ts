/** A database in which the tables of all read models are there and empty, as a house's first start leaves them. */
import { memoryVault } from '@ledgerline/adapters/keys/memory.ts'
import { MemoryLog } from '@ledgerline/adapters/log/memory.ts'
import { catalogue } from '@ledgerline/core/catalogue.ts'
import { Codec } from '@ledgerline/core/kernel/codec.ts'
import { Engine } from '@ledgerline/projections/engine/engine.ts'
import { readModels as models } from '@ledgerline/projections/models.ts'
import { freshDatabase, type TestDatabase } from './postgres.ts'

export function tablesDatabase(name: string): Promise<TestDatabase> {
  return freshDatabase(name, {
    name: 'tables',
    async make(url) {
      const log = new MemoryLog(() => Date.now())
      // Of no log yet: the first that is folded into them is theirs.
      await new Engine({ log, codec: new Codec(catalogue, memoryVault(), log), url, models }).prepare({ anyLog: true })
      await log.close()
    },
  })
}
