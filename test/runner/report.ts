/**
 * What a test file's process tells the runner while it runs: one JSON object per line, over file
 * descriptor 3, written synchronously so that it survives a crash or a kill.
 */

export type Report =
  /** A test started. If nothing follows, this is the one that hung. */
  | { say: 'begin'; title: string }
  | { say: 'end'; title: string; passed: boolean; ms: number; error: string | null }
  | { say: 'skip'; title: string }
  | { say: 'only'; title: string }
  /** A hook threw, so its tests were not run. */
  | { say: 'hook'; title: string; error: string }
  /** Tests whose suite never got its `.run()`. */
  | { say: 'unrun'; title: string; tests: number }
  /** All suites have run. */
  | { say: 'done' }
  /** The process is still alive long after `done`; these keep it open. */
  | { say: 'held'; by: string[] }

/** Where a process writes its reports. */
export const reportDescriptor = 3
