/**
 * The order in which a run starts its files: the slow ones first, so that nothing has to wait for them at the end. Browser tests keep
 * the processor busy, while tests that kill and restart processes mostly wait, so the two kinds are interleaved.
 */
import { timeLimit } from './file.ts'

/** By seconds on a quiet machine, roughly; a file not listed takes less than any of these. `ops/test` prints the times. */
export const LONG: readonly string[] = [
  'fault/take-over',
  'nodes/roles',
  'fault/kill',
  'fault/full-disk',
  'browser/axe',
  'fault/log-away',
  'fault/watchdog',
  'browser/spine',
  'network/large',
  'fault/set-aside',
  'browser/reports',
  'browser/desk',
  'browser/wall',
  'acd/interleavings',
  'browser/monitor',
  'telephony/simulate',
  'cli/log-copy',
  'fault/crowds',
  'cli/import',
  'browser/filters',
  'cli/data-team',
  'cli/loss',
  'browser/supervision',
  'http/fuzz',
  'browser/history',
  'browser/calls',
  'what-if/what-if',
  'cli/starting',
  'projections/rebuild',
  'projections/engine',
  'runner/file',
  'what-if/days',
  'browser/set-aside',
  'log/eventstoredb-faults',
  'cli/replay',
  'browser/broken-pages',
  'fault/soak',
  'history/import',
  'cli/data',
  'browser/dates',
  'history/tables',
  'cli/up',
  'log/chain',
  'acd/two-owners',
  'http/live',
  'http/history',
].map((name) => `test/${name}.test.ts`)

/** Files in the order in which to start them. Those that ask for more time count as slow too. */
export function inOrder(root: string, files: readonly string[]): string[] {
  const place = (file: string): number => (LONG.includes(file) ? LONG.indexOf(file) : LONG.length)
  const limits = new Map(files.map((file) => [file, timeLimit(`${root}/${file}`)]))
  return files.toSorted((a, b) => place(a) - place(b) || limits.get(b)! - limits.get(a)! || (a < b ? -1 : 1))
}
