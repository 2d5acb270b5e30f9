/** How much one media server is given, unless a setting says otherwise. */

/**
 * New legs a second; a burst of a quarter of a second is let through. More than two cores manage, with everything on them
 * (`ops/docs/call-benchmarks.md`), and less than FreeSWITCH itself refuses (`sessions_per_second`).
 */
export const LEGS_PER_SECOND = 150
