/** One record: what it says, what is proposed, and what each event makes of it. The book and its table fold by the same rules. */
import type { Values } from './fields.ts'
import type { Happening, RecordEvent } from './kind.ts'

/**
 * Where a record stands in its review.
 *
 * - `in_review`: nobody has approved it yet · `approved`: everybody sees it
 * - `changed`: everybody sees it as it was approved, while a change waits · `rejected`: sent back to its editors
 */
export const reviewStates = ['in_review', 'approved', 'changed', 'rejected'] as const
export type ReviewState = (typeof reviewStates)[number]

export interface Entry {
  /** What everybody sees; of one that was never approved, what its editors see. */
  readonly values: Values
  /** What a change would make of it, if it was approved before; null: no change waits. */
  readonly proposed: Values | null
  readonly review: ReviewState
  /** With which it was sent back; null: it was not, or has been changed since. */
  readonly note: string | null
  /** Counts what happened to it, from 1. */
  readonly version: number
}

/** Is it seen by people who do not edit? */
export const isPublished = ({ review }: Pick<Entry, 'review'>): boolean => review === 'approved' || review === 'changed'

/** What its editors see and change. */
export const latest = ({ values, proposed }: Pick<Entry, 'values' | 'proposed'>): Values => proposed ?? values

/** A record after an event; null: it is gone. */
export function entryAfter(
  before: Entry | null,
  happening: Happening,
  { values = {}, note = '', because = null }: RecordEvent['data'],
  isReviewed: boolean,
): Entry | null {
  if (happening === 'Added')
    return { values, proposed: null, review: isReviewed ? 'in_review' : 'approved', note: null, version: 1 }
  if (!before || happening === 'Removed') return null
  const entry = { ...before, version: before.version + 1 }
  switch (happening) {
    case 'Changed':
      // A reference to what is no longer there is gone from everything: that needs nobody's approval.
      if (because !== null)
        return {
          ...entry,
          values: { ...before.values, ...values },
          proposed: before.proposed && { ...before.proposed, ...values },
        }
      if (!isReviewed) return { ...entry, values: { ...before.values, ...values } }
      return isPublished(before)
        ? { ...entry, proposed: { ...latest(before), ...values }, review: 'changed', note: null }
        : { ...entry, values: { ...before.values, ...values }, review: 'in_review', note: null }
    case 'Approved':
      return { ...entry, values: latest(before), proposed: null, review: 'approved', note: null }
    case 'Rejected':
      return isPublished(before)
        ? { ...entry, proposed: null, review: 'approved', note }
        : { ...entry, review: 'rejected', note }
  }
}
