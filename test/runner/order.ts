/**
 * In which order the files of a run begin: what takes long first, so that nobody waits for it at the end. Files of a browser keep
 * the processor busy, those of processes that start, fall and come back mostly wait: here they stand among each other.
 */
import { timeLimit } from './file.ts'

/** By seconds of a quiet machine; a file that is not named takes less than any of these. `ops/test` prints them. */
export const LONG: readonly string[] = [
  'fault/kill',
  'fault/log-away',
  'browser/axe',
  'fault/take-over',
  'nodes/roles',
  'browser/reports',
  'fault/full-disk',
  'fault/watchdog',
  'fault/set-aside',
  'cli/import',
  'browser/wall',
  'what-if/what-if',
  'browser/desk',
  'browser/monitor',
  'fault/crowds',
  'cli/starting',
  'browser/history',
  'telephony/simulate',
  'browser/filters',
  'projections/engine',
  'browser/calls',
  'cli/data-team',
  'browser/supervision',
  'runner/file',
  'browser/spine',
  'cli/log-copy',
  'what-if/days',
  'browser/set-aside',
  'cli/loss',
  'log/eventstoredb-faults',
  'cli/replay',
  'browser/broken-pages',
  'fault/soak',
  'history/import',
  'cli/data',
  'browser/dates',
  'history/tables',
  'http/fuzz',
  'cli/up',
  'log/chain',
  'acd/two-owners',
  'http/live',
  'http/history',
].map((name) => `test/${name}.test.ts`)

/** Files in the order in which they shall begin. Those that ask for much time are taken for long ones too. */
export function inOrder(root: string, files: readonly string[]): string[] {
  const place = (file: string): number => (LONG.includes(file) ? LONG.indexOf(file) : LONG.length)
  const limits = new Map(files.map((file) => [file, timeLimit(`${root}/${file}`)]))
  return files.toSorted((a, b) => place(a) - place(b) || limits.get(b)! - limits.get(a)! || (a < b ? -1 : 1))
}
