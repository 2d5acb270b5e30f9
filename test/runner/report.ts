/**
 * What a test file's process tells the runner while it runs: one JSON object a line, over file
 * descriptor 3, written at once, so that what was said survives a crash or a kill.
 */

export type Report =
  /** A test has begun: when nothing follows, it is the one that hung. */
  | { say: 'begin'; title: string }
  | { say: 'end'; title: string; passed: boolean; ms: number; error: string | null }
  | { say: 'skip'; title: string }
  | { say: 'only'; title: string }
  /** A hook threw: the tests behind it were not run. */
  | { say: 'hook'; title: string; error: string }
  /** Tests were written whose suite never got its `.run()`. */
  | { say: 'unrun'; title: string; tests: number }
  /** All suites are through. */
  | { say: 'done' }
  /** Long after `done` the process still lives; these hold it. */
  | { say: 'held'; by: string[] }

/** Where a process writes its reports. */
export const reportDescriptor = 3
