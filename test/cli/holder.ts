/**
 * A process that uses a data directory until its standard input ends: `node holder.ts USE DIRECTORY`.
 * Prints `open` and `closed`, or what went wrong.
 */
import { once } from 'node:events'
import { describe } from '@ledgerline/core/problems.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { readConfig } from '@ledgerline/ops/config.ts'
import type { Use } from '@ledgerline/ops/installation/databases.ts'
import { Interrupted, withDatabases } from '@ledgerline/ops/installation/installation.ts'
import { problems } from '@ledgerline/ops/problems.ts'

const [, , use, directory] = process.argv
const notes = {
  waitingForOthers: () => console.log('waiting'),
  waitingFor: () => {},
  keyWasExposed: () => {},
  trouble: () => {},
  back: () => {},
}
try {
  await withDatabases({ config: readConfig({}, { data: directory }), use: use as Use, notes }, async () => {
    console.log('open')
    process.stdin.resume()
    await once(process.stdin, 'end')
    console.log('closing')
  })
  console.log('closed')
} catch (error) {
  console.log(error instanceof Problem ? describe(error, 'en', problems) : String(error))
  process.exitCode = error instanceof Interrupted ? error.exitCode : 1
} finally {
  process.stdin.destroy()
}
