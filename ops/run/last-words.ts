/**
 * What becomes of an error that nobody expected and nobody caught, in a process that runs for months. Its state is then
 * not to be trusted, and it does not go on: it says what happened and where, and ends at once, so that whoever stands by
 * takes over, or whoever watches over processes starts it again. Nothing acknowledged is lost by that.
 */
import type { ServerLog } from '@ledgerline/adapters/server-log.ts'

/** As `sysexits.h` counts an internal fault. */
const INTERNAL_FAULT = 70

export interface LastWords {
  logger: Pick<ServerLog, 'error'>
  /** A line for the person in front. */
  complain(line: string): void
}

/** Until it is disposed of, an error that nobody caught ends the process with a line. */
export function lastWords({ logger, complain }: LastWords): Disposable {
  const die = (error: unknown): void => {
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error))
    const where = placesOf(stack)
    logger.error({ error: `${name}: ${message}`, where }, 'an error that nobody caught: the process ends')
    complain(`${name}: ${message}${where[0] ? ` (${where[0]})` : ''}`)
    process.exit(INTERNAL_FAULT)
  }
  process.on('uncaughtException', die)
  return { [Symbol.dispose]: () => void process.off('uncaughtException', die) }
}

/** The places of a stack, innermost first, as far as they are ours to know. */
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
