/**
 * The draft of a tenant's configuration: what people changed and have not activated yet. Stream `draft-<tenant>.voice`.
 * It says what differs from what is in force, item by item. An activation names the revision up to which it contains the
 * draft (`SwitchboardActivated.draft`), so that both happen at once.
 */
import { z } from 'zod'
import { heldItem, sectionName } from '../configuration/events.ts'
import { clearText, defineEvents, event, type DataOf, type EventsOf } from '../kernel/event.ts'

const key = clearText('code', 100).describe('what the item is called')

/** Items in one event. */
export const MOST_IN_EVENT = 50

export const draftEvents = defineEvents({
  DraftChanged: event('Items of the draft of a configuration were added, changed or removed.', {
    section: sectionName,
    changes: z
      .array(
        z.object({
          key,
          before: heldItem.nullable().describe('as it was in the draft; null: it was not there'),
          after: heldItem.nullable().describe('as it is now; null: it is removed'),
        }),
      )
      .min(1)
      .max(MOST_IN_EVENT),
  }),
  DraftDiscarded: event('Pending changes were given up: these items are again as they were before them.', {
    items: z
      .array(z.object({ section: sectionName, key }))
      .max(1_000)
      .nullable()
      .describe('null: all, also a version that was taken over'),
  }),
  DraftBased: event('An earlier version was taken over whole into the draft; pending changes were given up.', {
    version: z.number().int().min(1),
  }),
})

export type DraftEvent = EventsOf<typeof draftEvents>
export type ChangedData = DataOf<typeof draftEvents, 'DraftChanged'>
