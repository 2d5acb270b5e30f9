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
  // Whoever reads our output may stop reading (`… | head`): that is no error.
  if (error.code === 'EPIPE') process.exit(0)
  terminal.trouble(new Problem('output.lost', { reason: error.code ?? error.message }))
  process.exit(1)
})
// There is nobody left to tell.
process.stderr.on('error', () => {})

const code = await run(args, terminal)
// What was told is on its way out before the process ends. It ends then, also where something given up is still under
// way (a question to a database that stands still): one signal is enough.
for (const stream of [process.stdout, process.stderr])
  await new Promise<void>((resolve) => stream.write('', () => resolve()))
process.exit(code)
