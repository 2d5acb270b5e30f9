/**
 * A process that owns a data directory, for tests that kill it: starts the database, says what became
 * of it in one line of JSON, and stays.
 */
import { startEmbedded } from '@ledgerline/adapters/postgres/embedded.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'

try {
  const server = await startEmbedded({ directory: process.argv[2]!, durable: false })
  process.on('SIGTERM', () => void server.stop().then(() => process.exit(0)))
  process.stdout.write(`${JSON.stringify({ url: server.url('postgres') })}\n`)
  setInterval(() => {}, 60_000)
} catch (error) {
  process.stdout.write(
    `${JSON.stringify(isProblem(error) ? { code: error.code, details: error.details } : { code: String(error) })}\n`,
  )
}
