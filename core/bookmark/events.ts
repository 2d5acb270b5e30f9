/**
 * Bookmarks in the ledger: from where a process that knows nothing must read to know everything that still matters. The
 * owner of a switchboard leaves one about every hour, in the stream `bookmark-<tenant>.switchboard`. They name streams and
 * revisions, never places in the log, so that they mean the same in a copy of it.
 */
import { z } from 'zod'
import { defineEvents, event, idText } from '../kernel/event.ts'

const revision = z.number().int().min(0)

/** More are not kept by one event. */
export const MOST_OPEN = 50_000

export const bookmarkEvents = defineEvents({
  SwitchboardBookmarked: event(
    'A process that starts without a snapshot reads these streams, and everything after an earlier bookmark.',
    {
      since: revision
        .nullable()
        .describe('the revision of that bookmark, at least a day older; null: everything is read from the beginning'),
      configuration: revision
        .optional()
        .describe(
          'the revision of the activation in force when it was left, if that says all by itself; absent: all before are needed',
        ),
      open: z
        .array(
          z.object({
            category: z.enum(['call', 'shift', 'switchboard', 'network']),
            id: idText,
            from: revision.describe('the stream is read from this revision on'),
          }),
        )
        .max(MOST_OPEN)
        .describe('what began before that bookmark and is still needed'),
    },
  ),
})
