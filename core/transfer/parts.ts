/** How files travel and lie: in parts. Browser-safe. */

/** Every part of a file but its last one has this length, bytes. */
export const PART_BYTES = 1024 * 1024
/** Largest file that may be uploaded. */
export const MOST_BYTES = 64 * PART_BYTES
/** What all files of a tenant may have together, until they expire. */
export const MOST_KEPT = 100 * MOST_BYTES
