/** Both vaults keep the contract. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryVault } from '@ledgerline/adapters/keys/memory.ts'
import { openVault } from '@ledgerline/adapters/keys/postgres.ts'
import { vaultContract } from '../contract/vault.ts'
import { freshDatabase } from '../support/postgres.ts'

vaultContract(
  'memory',
  async () => {
    const vault = memoryVault()
    return { vault, remove: () => vault.close() }
  },
  { store: false },
)

vaultContract(
  'PostgreSQL',
  async () => {
    const database = await freshDatabase('vault')
    const directory = mkdtempSync(join(tmpdir(), 'ledgerline-vault-'))
    const open = () => openVault({ url: database.url, directory, environment: {} })
    const vault = await open()
    return {
      vault,
      restarted: open,
      async remove() {
        await vault.close()
        await database.drop()
        rmSync(directory, { recursive: true })
      },
    }
  },
  { store: true },
)
