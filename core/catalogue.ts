/** Every event of the house in one place: the source for codecs, documentation and the event catalogue. */
import { accessEvents } from './access/events.ts'
import { sessionEvents, trailEvents } from './access/trail.ts'
import { shiftEvents } from './agent/events.ts'
import { bookmarkEvents } from './bookmark/events.ts'
import { historyEvents } from './history/events.ts'
import { switchboardEvents } from './configuration/events.ts'
import { draftEvents } from './draft/events.ts'
import { findingEvents } from './findings/events.ts'
import { callEvents } from './call/events.ts'
import { ledgerEvents } from './ledger/events.ts'
import { networkEvents } from './registration/events.ts'
import type { RecordedOf } from './kernel/event.ts'
import { BOOK_CATEGORY } from './record/book.ts'
import { LARGE_CATEGORY } from './record/large.ts'
import { taskEvents } from './transfer/events.ts'
import { bookEvents, largeEvents, registerEvents } from './registers.ts'

export const concepts = {
  call: callEvents,
  shift: shiftEvents,
  switchboard: { ...switchboardEvents, ...findingEvents },
  draft: draftEvents,
  bookmark: bookmarkEvents,
  network: networkEvents,
  history: historyEvents,
  ledger: ledgerEvents,
  access: accessEvents,
  session: sessionEvents,
  trail: trailEvents,
  [BOOK_CATEGORY]: bookEvents,
  [LARGE_CATEGORY]: largeEvents,
  task: taskEvents,
} as const

export const catalogue = {
  ...callEvents,
  ...shiftEvents,
  ...switchboardEvents,
  ...findingEvents,
  ...draftEvents,
  ...bookmarkEvents,
  ...networkEvents,
  ...historyEvents,
  ...ledgerEvents,
  ...accessEvents,
  ...sessionEvents,
  ...trailEvents,
  ...taskEvents,
  // Their types are made from declarations, and so are their folds: no code names one.
  ...(registerEvents as object),
}

export type Catalogue = typeof catalogue
export type EventType = keyof Catalogue & string
/** Any event of the house, as folds receive it. */
export type AnyEvent = RecordedOf<Catalogue>
/** One event of the house, by its type. */
export type Recorded<T extends EventType> = Extract<AnyEvent, { type: T }>
/** All of them by their type: what read models are folded from. */
export type RecordedByType = { readonly [T in EventType]: Recorded<T> }

/** Streams of imported history; kept apart so that a bulk import never delays live readers. */
export const importedCategories = ['imported_call', 'imported_history'] as const
