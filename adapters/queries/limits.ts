/** Time limit of every answer. */

/** A request is answered within this time; browsers wait a second longer. */
export const ANSWER_MS = 9_000
