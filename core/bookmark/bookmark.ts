/** A tenant's bookmarks: a decider on the stream `bookmark-<tenant>.switchboard`. What they are for: `events.ts`. */
import type { Decider } from '../kernel/decider.ts'
import type { DataOf, EventsOf } from '../kernel/event.ts'
import type { bookmarkEvents } from './events.ts'

export type Bookmark = DataOf<typeof bookmarkEvents, 'SwitchboardBookmarked'>
/** A stream that a bookmark names. */
export type OpenStream = Bookmark['open'][number]

/** The id of the one stream of bookmarks of a tenant. */
export const BOOKMARKS_ID = 'switchboard'

export const bookmarkDecider: Decider<null, { do: 'bookmark' } & Bookmark, EventsOf<typeof bookmarkEvents>> = {
  category: 'bookmark',
  initial: null,
  decide: ({ do: _, ...data }) => [{ type: 'SwitchboardBookmarked', data }],
  evolve: () => null,
  unread: () => null,
}
