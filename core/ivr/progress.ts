/** Where a caller is in a voice menu, as folded from its events. Plain JSON, so that a process can snapshot it. */
import type { EventsOf } from '../kernel/event.ts'
import type { ivrEvents, IvrBecause, IvrThen } from './events.ts'
import type { IvrAction } from './settings.ts'

export type IvrEvent = EventsOf<typeof ivrEvents>

export interface IvrProgress {
  ivr: string
  enteredAt: number
  longestMs: number
  /** Where callers go whom the root menu gives up, as set when they came. */
  gaveUp: IvrAction
  /** The menus from the root to the one they are in. */
  path: readonly string[]
  failures: number
  timeouts: number
  /** Prompts they have yet to hear; the first is playing. */
  says: readonly string[]
  /** Since when: of the first prompt, or of the wait for a key. */
  since: number
  then: IvrThen
  /** Keys of this entry. */
  entry: string
  keyAt: number | null
  /** Where they go when they leave, and why. */
  leaving: { to: IvrAction; because: IvrBecause } | null
  /** How often something has happened here: distinguishes one step from the next. */
  steps: number
}

/** The deepest path; a caller who goes round in menus forgets the oldest ones, never the root. */
const DEEPEST = 30

/** Null: the caller has left. */
export function evolveIvr(state: IvrProgress | null | undefined, event: IvrEvent & { at: number }): IvrProgress | null {
  const { at } = event
  if (event.type === 'IvrEntered') {
    const { ivr, menu, says, gaveUp, longestMs } = event.data
    return {
      ivr,
      enteredAt: at,
      longestMs,
      gaveUp,
      path: [menu],
      failures: 0,
      timeouts: 0,
      says,
      since: at,
      then: 'listen',
      entry: '',
      keyAt: null,
      leaving: null,
      steps: 0,
    }
  }
  if (!state) return null
  const next: IvrProgress = { ...state, steps: state.steps + 1 }
  const asks = (says: readonly string[]): IvrProgress => ({
    ...next,
    says,
    since: at,
    then: 'listen',
    entry: '',
    keyAt: null,
    leaving: null,
  })
  const inMenu = (path: readonly string[], says: readonly string[]): IvrProgress => ({
    ...asks(says),
    path,
    failures: 0,
    timeouts: 0,
  })
  const goesOn = (
    { says, then, to }: { says: readonly string[]; then: IvrThen; to: IvrAction | null },
    because: IvrBecause,
  ): IvrProgress => ({ ...asks(says), then, leaving: to && { to, because } })
  switch (event.type) {
    case 'IvrKeyPressed':
      return { ...next, entry: event.data.entry, keyAt: at, says: [] }
    case 'IvrEntryRead':
      return { ...next, says: event.data.says, since: at, then: 'confirm' }
    case 'IvrEntryTaken':
      return { ...goesOn(event.data, 'key'), failures: 0, timeouts: 0 }
    case 'IvrInvalidInput':
      return { ...goesOn(event.data, 'exhausted'), failures: event.data.failures }
    case 'IvrInputTimedOut':
      return { ...goesOn(event.data, 'exhausted'), timeouts: event.data.timeouts }
    case 'IvrTimeUp':
      return goesOn(event.data, 'longest')
    case 'IvrRemoved':
      return goesOn(event.data, 'removed')
    case 'IvrSubmenuEntered': {
      const path = [...state.path, event.data.menu]
      return inMenu(path.length > DEEPEST ? [path[0]!, ...path.slice(-DEEPEST + 1)] : path, event.data.says)
    }
    case 'IvrReturnedToParent':
      return inMenu(state.path.length > 1 ? state.path.slice(0, -1) : state.path, event.data.says)
    case 'IvrReturnedToRoot':
      return inMenu([event.data.menu], event.data.says)
    case 'IvrPromptPlayed': {
      // A prompt that was cut short takes those behind it along: the caller has pressed a key, or hears nothing.
      const left = event.data.complete || next.then === 'leave' ? state.says.slice(1) : []
      return { ...next, says: left, since: at }
    }
    case 'IvrTransferRefused':
      return goesOn(event.data, 'refused')
    case 'IvrTransferred':
    case 'IvrExited':
      return null
  }
}
