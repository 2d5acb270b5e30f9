/**
 * Every test that is skipped, with its reason. One that is skipped and not listed here fails the run,
 * and so does an entry whose test is not skipped any more.
 */
import type { ListedSkip } from './runner/skips.ts'

export const skips: readonly ListedSkip[] = []
