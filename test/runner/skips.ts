/** The shape of `test/skips.ts`. */

export interface ListedSkip {
  /** Path from the project's root. */
  file: string
  /** `suite › test`. */
  title: string
  /** Why, and what would let it run again. */
  reason: string
}
