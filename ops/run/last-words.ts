/**
 * What happens on an error that nobody expected and nobody caught, in a process that runs for months. Its state can no
 * longer be trusted, so it does not continue: it reports what happened and where, and ends at once, so that a standby
 * process takes over, or process monitoring restarts it. Nothing acknowledged is lost.
 */
import type { ServerLog } from '@ledgerline/adapters/server-log.ts'

/** The code of an internal fault in `sysexits.h`. */
const INTERNAL_FAULT = 70

export interface LastWords {
  logger: Pick<ServerLog, 'error'>
  /** A line for the user. */
  complain(line: string): void
}

/** Until it is disposed of, an uncaught error ends the process with a line. */
export function lastWords({ logger, complain }: LastWords): Disposable {
  const die = (error: unknown): void => {
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error))
    const where = placesOf(stack)
    logger.error({ error: `${name}: ${message}`, where }, 'an uncaught error: the process ends')
    complain(`${name}: ${message}${where[0] ? ` (${where[0]})` : ''}`)
    process.exit(INTERNAL_FAULT)
  }
  process.on('uncaughtException', die)
  return { [Symbol.dispose]: () => void process.off('uncaughtException', die) }
}

/** The places of a stack that are in our code, innermost first. */
function placesOf(stack: string | undefined): string[] {
  return (stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 12)
    .map((line) => shortPlace(line.trim().slice(3)))
}

/** A place in a file without the directories above the project. */
export function shortPlace(place: string): string {
  return place.replace(/file:\/\/\S*\/(?=(core|projections|adapters|ops|test|node_modules)\/)/, '')
}
