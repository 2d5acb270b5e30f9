/**
 * Rebuilds all models once and reports the time and memory it took: `node test/bench/rebuild-alone.ts LOG TABLES DATA`.
 */
import { openVault } from '@ledgerline/adapters/keys/postgres.ts'
import { openPostgresLog } from '@ledgerline/adapters/log/postgres/log.ts'
import { catalogue } from '@ledgerline/core/catalogue.ts'
import { Codec } from '@ledgerline/core/kernel/codec.ts'
import { Engine } from '@ledgerline/projections/engine/engine.ts'
import { readModels } from '@ledgerline/projections/models.ts'

const [logUrl, tablesUrl, directory] = process.argv.slice(2) as [string, string, string]
const log = await openPostgresLog({ url: logUrl })
const vault = await openVault({ url: logUrl, directory })
const engine = new Engine({ log, codec: new Codec(catalogue, vault), url: tablesUrl, models: readModels })
const { tookMs } = await engine.rebuild()
console.log(JSON.stringify({ tookMs, peakMiB: process.resourceUsage().maxRSS / 1024 }))
await vault.close()
await log.close()
