/** The shape of `test/skips.ts`. */

export interface ListedSkip {
  /** Path from the project's root. */
  file: string
  /** `suite › test`. */
  title: string
  /** Why, and what would let it run again. */
  reason: string
  /** Only some machines lack what it needs: that it runs elsewhere is no fault of this list. */
  sometimes?: true
}
