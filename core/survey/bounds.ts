/** Bounds of a survey's settings. */
import { MINUTE, SECOND, type Bound } from '../kernel/bounds.ts'

export const surveyWait: Bound = { least: 2 * SECOND, most: MINUTE }
