/** The command `ops/ledgerline`, as a process: see `program.ts`. */
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { languageAsked, run } from './program.ts'
import { Terminal } from './terminal.ts'

const args = process.argv.slice(2)
const terminal = new Terminal({
  language: languageAsked(args, process.env),
  env: process.env,
  out: process.stdout,
  err: process.stderr,
})

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (terminal.goesOn) return
  // The reader of our output may stop reading (`… | head`): that is not an error.
  if (error.code === 'EPIPE') process.exit(0)
  terminal.trouble(new Problem('output.lost', { reason: error.code ?? error.message }))
  process.exit(1)
})
// There is nobody left to tell.
process.stderr.on('error', () => {})

const code = await run(args, terminal)
// All output is on its way before the process ends. It then ends even if something given up is still in progress (a
// query to a database that stands still): one signal is enough.
for (const stream of [process.stdout, process.stderr])
  await new Promise<void>((resolve) => stream.write('', () => resolve()))
process.exit(code)
