/** The command `ops/ledgerline`, as a process: see `program.ts`. */
import { languageAsked, run } from './program.ts'
import { Terminal } from './terminal.ts'

// Whoever reads our output may stop reading (`… | head`): that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

const args = process.argv.slice(2)
process.exitCode = await run(args, new Terminal({ language: languageAsked(args, process.env), env: process.env, out: process.stdout, err: process.stderr }))
