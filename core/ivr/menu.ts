/**
 * A voice menu, pure: from its settings, where the caller is and what has happened comes what follows, as events.
 * Catalogue A3.2.4.2, A3.2.4.3.
 *
 * It is total and it ends. Whatever is wrong in the settings counts as a wrong entry; every entry needs a key of the
 * caller; a caller who presses none is given up after `maxTimeouts` waits, one who presses wrong keys after `maxFailures`;
 * and after `longestMs` everybody leaves. Settings may change under a caller: if their menu is still there they go on
 * in it, else they begin again at the root, and if the whole IVR is gone they go where its root sent those it gave up.
 */
import { promptsOf, spokenKeys } from './applications.ts'
import type { IvrEvent, IvrProgress } from './progress.ts'
import type { IvrAction, IvrMenu, IvrSettings } from './settings.ts'

/** What a menu needs to know besides its own settings. */
export interface IvrFacts {
  callId: string
  configVersion: number
  /** UTC ms. */
  at: number
  zone: string
}

/** What the digits of an entry are as an extension. */
export interface Reach {
  /** The digits that this was asked for. */
  entry: string
  /** They are an extension. */
  whole: boolean
  /** They are the beginning of longer ones. */
  longer: boolean
}

/** A prompt that nobody reports the end of is over after this. */
export const LONGEST_PROMPT_MS = 60_000
/** Nobody is given less time than this to press a key. */
const LEAST_WAIT_MS = 1_000
const HANG_UP: IvrAction = { do: 'hang_up', to: '' }

/** What becomes due if nothing happens. */
export type IvrDue = 'said' | 'timed_out' | 'entry_over' | 'go' | 'longest' | 'menu_gone'

/** What is due next in a menu, and when (UTC ms); it always is, so that no caller waits for a report alone. */
export function dueNext(settings: IvrSettings, state: IvrProgress): { what: IvrDue; at: number } {
  const menu = menuOf(settings, state)
  const first = nextOf(menu, state)
  const longest = state.enteredAt + Math.max(LEAST_WAIT_MS, state.longestMs)
  const isLeaving = state.then === 'leave'
  return !isLeaving && longest <= first.at ? { what: 'longest', at: longest } : first
}

function nextOf(menu: IvrMenu | undefined, { then, says, since, entry, keyAt }: IvrProgress) {
  if (!menu && then !== 'leave') return { what: 'menu_gone' as const, at: since }
  if (says.length > 0) return { what: 'said' as const, at: since + LONGEST_PROMPT_MS }
  if (then === 'leave' || !menu) return { what: 'go' as const, at: since }
  if (then === 'listen' && entry !== '')
    return { what: 'entry_over' as const, at: (keyAt ?? since) + Math.max(LEAST_WAIT_MS, menu.interDigitMs) }
  return { what: 'timed_out' as const, at: since + Math.max(LEAST_WAIT_MS, menu.timeoutMs) }
}

/** The menu a caller is in; undefined: it is gone. */
export function menuOf({ menus }: IvrSettings, { path }: IvrProgress): IvrMenu | undefined {
  return menus.find(({ code }) => code === path.at(-1))
}

/** Does the menu take keys now? */
export function takesKeys({ then }: IvrProgress): boolean {
  return then !== 'leave'
}

/** A caller comes to the menu. */
export function enter(settings: IvrSettings, { callId, configVersion }: IvrFacts): IvrEvent[] {
  const { code: ivr, longestMs, root } = settings
  const menu = settings.menus.find(({ code }) => code === root)
  if (!menu) return [{ type: 'IvrExited', data: { callId, ivr, menu: null, reason: 'removed' } }]
  const gaveUp = menu.exhausted
  return [
    { type: 'IvrEntered', data: { callId, ivr, menu: root, says: greeting(menu), gaveUp, longestMs, configVersion } },
  ]
}

/** A key is pressed. */
export function press(
  settings: IvrSettings,
  state: IvrProgress,
  key: string,
  reach: Reach,
  facts: IvrFacts,
): IvrEvent[] {
  const menu = menuOf(settings, state)
  if (!menu || !takesKeys(state)) return []
  const { callId } = facts
  const { ivr, entry: before } = state
  const at = { callId, ivr, menu: menu.code }
  if (state.then === 'confirm') {
    const pressed: IvrEvent = { type: 'IvrKeyPressed', data: { ...at, key, entry: before } }
    return key === menu.confirmKey
      ? [pressed, ...taken(settings, menu, state, before, facts)]
      : [pressed, invalid(menu, state, before, facts)]
  }
  const ends = before !== '' && key === menu.confirmKey
  const entry = ends ? before : `${before}${key}`
  const pressed: IvrEvent = { type: 'IvrKeyPressed', data: { ...at, key, entry } }
  if (ends) return [pressed, ...understood(settings, menu, state, entry, reachOf(reach, entry), facts)]
  const { whole, longer } = reachOf(reach, entry)
  const full = entry.length >= menu.digitLen
  // A single key decides at once, unless extensions begin with it; digits that can become nothing are wrong at once.
  const more = !full && longer
  return more ? [pressed] : [pressed, ...understood(settings, menu, state, entry, { entry, whole, longer }, facts)]
}

/** Something became due. */
export function fallDue(
  what: Exclude<IvrDue, 'go'>,
  settings: IvrSettings,
  state: IvrProgress,
  reach: Reach,
  facts: IvrFacts,
): IvrEvent[] {
  const menu = menuOf(settings, state)
  const at = { callId: facts.callId, ivr: state.ivr, menu: state.path.at(-1)! }
  switch (what) {
    case 'said':
      return said(state, state.says[0] ?? '', false, facts.callId)
    case 'longest':
      return [{ type: 'IvrTimeUp', data: { ...at, says: [], then: 'leave', to: finalOf(state.gaveUp) } }]
    case 'menu_gone':
      return again(settings, state, facts)
    case 'timed_out':
      return menu ? [timedOut(menu, state, facts)] : again(settings, state, facts)
    case 'entry_over':
      return menu
        ? understood(settings, menu, state, state.entry, reachOf(reach, state.entry), facts)
        : again(settings, state, facts)
  }
}

/** A prompt is over. */
export function said(state: IvrProgress, media: string, complete: boolean, callId: string): IvrEvent[] {
  if (state.says[0] !== media) return []
  return [{ type: 'IvrPromptPlayed', data: { callId, ivr: state.ivr, menu: state.path.at(-1)!, media, complete } }]
}

/** They leave the menu for another one of the same IVR; null: they leave the IVR. */
export function moved(settings: IvrSettings, state: IvrProgress, { callId }: IvrFacts): IvrEvent[] | null {
  const { ivr, path, leaving } = state
  const why = leaving?.because === 'key' ? ('key' as const) : ('exhausted' as const)
  const menuNamed = (code: string | undefined) => settings.menus.find((menu) => menu.code === code)
  switch (leaving?.to.do) {
    case 'menu': {
      const menu = menuNamed(leaving.to.to)
      return menu ? [{ type: 'IvrSubmenuEntered', data: { callId, ivr, menu: menu.code, says: greeting(menu) } }] : null
    }
    case 'back': {
      const menu = path.length > 1 ? menuNamed(path.at(-2)) : undefined
      return menu
        ? [{ type: 'IvrReturnedToParent', data: { callId, ivr, menu: menu.code, says: greeting(menu) } }]
        : null
    }
    case 'top': {
      const menu = path.length > 1 ? menuNamed(settings.root) : undefined
      return menu
        ? [{ type: 'IvrReturnedToRoot', data: { callId, ivr, menu: menu.code, why, says: greeting(menu) } }]
        : null
    }
    default:
      return null
  }
}

/** The whole IVR is gone from the configuration. */
export function removed({ ivr, path, gaveUp }: IvrProgress, callId: string): IvrEvent[] {
  const to = finalOf(gaveUp)
  return [{ type: 'IvrRemoved', data: { callId, ivr, menu: path.at(-1)!, says: [], then: 'leave', to } }]
}

/**
 * They cannot be put through: they go where the menu sends those it gives up; if it was there that nobody took them,
 * where the first menu does. Nobody is sent anywhere twice.
 */
export function refused(settings: IvrSettings | null, state: IvrProgress, reason: string, facts: IvrFacts): IvrEvent[] {
  const { callId } = facts
  const { ivr, leaving } = state
  const menu = settings ? menuOf(settings, state) : undefined
  const first = { says: [], to: finalOf(state.gaveUp) }
  const ways = leaving?.because === 'key' && menu ? [givenUp(menu, state.path, facts), first] : [first]
  const open = leaving?.because === 'refused' ? [] : ways.filter(({ to }) => !isSame(to, leaving?.to))
  const next = open[0] ?? { says: [], to: HANG_UP }
  return [
    {
      type: 'IvrTransferRefused',
      data: { callId, ivr, menu: state.path.at(-1)!, refused: leaving?.to ?? HANG_UP, reason, ...next, then: 'leave' },
    },
  ]
}

/** What an entry leads to is done, or read back first where the menu has it confirmed. */
function understood(
  settings: IvrSettings,
  menu: IvrMenu,
  state: IvrProgress,
  entry: string,
  { whole }: Reach,
  facts: IvrFacts,
): IvrEvent[] {
  const action = actionOf(menu, entry, whole)
  if (!action) return [invalid(menu, state, entry, facts)]
  if (menu.confirmMacro === null || menu.confirmKey === null) return taken(settings, menu, state, entry, facts)
  const says = readBack(menu.confirmMacro, entry)
  return [{ type: 'IvrEntryRead', data: { callId: facts.callId, ivr: state.ivr, menu: menu.code, entry, says } }]
}

function actionOf({ nodes, digitLen }: IvrMenu, entry: string, isExtension: boolean): IvrAction | null {
  const node = nodes.find(({ key }) => key === entry)
  if (node) return node.action
  return isExtension && digitLen > 1 ? { do: 'extension', to: entry } : null
}

function taken(settings: IvrSettings, menu: IvrMenu, state: IvrProgress, entry: string, facts: IvrFacts): IvrEvent[] {
  const { callId, configVersion } = facts
  const { ivr, path } = state
  const does = actionOf(menu, entry, true)
  if (!does) return [invalid(menu, state, entry, facts)]
  const heard = menu.confirmMacro !== null && menu.confirmKey === null ? readBack(menu.confirmMacro, entry) : []
  const at = { callId, ivr, menu: menu.code }
  const goes = (says: (string | null)[], then: 'listen' | 'leave'): IvrEvent => ({
    type: 'IvrEntryTaken',
    data: {
      ...at,
      entry,
      does,
      says: [...heard, ...present(says)],
      then,
      to: then === 'leave' ? does : null,
      configVersion,
    },
  })
  const inner: IvrProgress = { ...state, leaving: { to: does, because: 'key' } }
  switch (does.do) {
    case 'play':
      return does.to === '' ? [invalid(menu, state, entry, facts)] : [goes([does.to, shortOf(menu)], 'listen')]
    case 'application': {
      const prompts = promptsOf(does.to, facts)
      return prompts ? [goes([...prompts, shortOf(menu)], 'listen')] : [invalid(menu, state, entry, facts)]
    }
    case 'menu': {
      const there = moved(settings, inner, facts)
      return there ? [goes([], 'listen'), ...there] : [invalid(menu, state, entry, facts)]
    }
    case 'back':
    case 'top': {
      const root = settings.menus.find(({ code }) => code === path[0]) ?? menu
      const there = moved(settings, inner, facts) ?? [
        { type: 'IvrReturnedToRoot', data: { callId, ivr, menu: root.code, why: 'key', says: greeting(root) } },
      ]
      return [goes([], 'listen'), ...there]
    }
    case 'hang_up':
      return [goes([menu.exit], 'leave')]
    default:
      return [goes([menu.transfer], 'leave')]
  }
}

function invalid(menu: IvrMenu, state: IvrProgress, entry: string, facts: IvrFacts): IvrEvent {
  const failures = state.failures + 1
  const data = { callId: facts.callId, ivr: state.ivr, menu: menu.code, entry, failures }
  if (failures < Math.max(1, menu.maxFailures))
    return {
      type: 'IvrInvalidInput',
      data: { ...data, says: present([menu.invalid, shortOf(menu)]), then: 'listen', to: null },
    }
  const { says, to } = givenUp(menu, state.path, facts)
  return { type: 'IvrInvalidInput', data: { ...data, says: [...present([menu.invalid]), ...says], then: 'leave', to } }
}

function timedOut(menu: IvrMenu, state: IvrProgress, facts: IvrFacts): IvrEvent {
  const timeouts = state.timeouts + 1
  const data = { callId: facts.callId, ivr: state.ivr, menu: menu.code, timeouts }
  if (timeouts < Math.max(1, menu.maxTimeouts))
    return { type: 'IvrInputTimedOut', data: { ...data, says: present([shortOf(menu)]), then: 'listen', to: null } }
  return { type: 'IvrInputTimedOut', data: { ...data, ...givenUp(menu, state.path, facts), then: 'leave' } }
}

/** The last prompt for a caller whom a menu gives up, and where they go. */
function givenUp(
  { exit, exhausted, code }: IvrMenu,
  path: readonly string[],
  facts: IvrFacts,
): { says: string[]; to: IvrAction } {
  switch (exhausted.do) {
    case 'play':
      return { says: present([exit, exhausted.to]), to: HANG_UP }
    case 'application':
      return { says: present([exit, ...(promptsOf(exhausted.to, facts) ?? [])]), to: HANG_UP }
    case 'back':
    case 'top':
      return { says: present([exit]), to: path.length > 1 ? exhausted : HANG_UP }
    case 'menu':
      return { says: present([exit]), to: exhausted.to === code ? HANG_UP : exhausted }
    default:
      return { says: present([exit]), to: exhausted }
  }
}

/** Their menu is gone from the configuration: they begin at the root, as it is now. */
function again(settings: IvrSettings, { ivr, path }: IvrProgress, { callId }: IvrFacts): IvrEvent[] {
  const root = settings.menus.find(({ code }) => code === settings.root)
  return root
    ? [{ type: 'IvrReturnedToRoot', data: { callId, ivr, menu: root.code, why: 'changed', says: greeting(root) } }]
    : [{ type: 'IvrExited', data: { callId, ivr, menu: path.at(-1)!, reason: 'removed' } }]
}

/** Where someone is sent who must not come back: a way within the menus is none. */
function finalOf(action: IvrAction): IvrAction {
  return ['menu', 'back', 'top', 'play', 'application'].includes(action.do) ? HANG_UP : action
}

function isSame(one: IvrAction, other: IvrAction | undefined): boolean {
  return one.do === other?.do && one.to === other.to
}

/** What routing says of an entry, if it was asked for this one; else more digits may come. */
function reachOf(reach: Reach, entry: string): Reach {
  return reach.entry === entry ? reach : { entry, whole: false, longer: true }
}

function greeting({ greetLong }: IvrMenu): string[] {
  return present([greetLong])
}

function shortOf({ greetShort, greetLong }: IvrMenu): string | null {
  return greetShort ?? greetLong
}

/** The prompts that read an entry back: the menu's own, and then key by key. */
function readBack(macro: string, entry: string): string[] {
  return [macro, spokenKeys(entry)]
}

function present(prompts: readonly (string | null)[]): string[] {
  return prompts.filter((prompt): prompt is string => prompt !== null && prompt !== '')
}
