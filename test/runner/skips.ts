/** The shape of `test/skips.ts`. */

export interface ListedSkip {
  /** Path from the project's root. */
  file: string
  /** `suite › test`. */
  title: string
  /** Why it is skipped, and what would let it run. */
  reason: string
  /** Only some machines lack what it needs, so it may run on others. */
  sometimes?: true
}
