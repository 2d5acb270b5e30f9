/** An event as the switchboard folds it: from the log, or from its own append a moment earlier. */
import type { RecordedShiftEvent } from '../agent/events.ts'
import type { RecordedCallEvent } from '../call/events.ts'
import type { RecordedSwitchboardEvent } from '../configuration/events.ts'
import type { findingEvents } from '../findings/events.ts'
import type { RecordedOf } from '../kernel/event.ts'
import type { networkEvents } from '../registration/events.ts'

export type SwitchboardFact = Pick<
  | RecordedCallEvent
  | RecordedShiftEvent
  | RecordedSwitchboardEvent
  | RecordedOf<typeof findingEvents>
  | RecordedOf<typeof networkEvents>,
  'type' | 'data' | 'at'
> & { stream: string; revision: number }
