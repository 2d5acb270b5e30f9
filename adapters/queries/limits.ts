/** How long an answer may take, whoever gives it. */

/** A request is answered within this time; browsers wait a second longer. */
export const ANSWER_MS = 9_000
