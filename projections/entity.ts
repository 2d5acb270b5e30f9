/** How the house declares its entities: rows that are folded from the events of its catalogue. See `models/calls.ts` for one to copy. */
import type { RecordedByType } from '@ledgerline/core/catalogue.ts'
import { entityOver } from './engine/model.ts'

export const entity = entityOver<RecordedByType>()
