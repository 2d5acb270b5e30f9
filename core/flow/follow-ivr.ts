/**
 * What follows for a caller in a voice menu: prompts and keys for the network, and what becomes due. It follows from the
 * state alone; every wait has a deadline here, so a report that never comes only delays.
 */
import type { CallCommand } from '../call/commands.ts'
import type { Leg, LiveCall } from '../call/state.ts'
import { dueNext, takesKeys, type Reach } from '../ivr/menu.ts'
import { LONGEST_PROMPT_MS, menuOf } from '../ivr/menu.ts'
import type { IvrProgress } from '../ivr/progress.ts'
import type { IvrAction, IvrSettings } from '../ivr/settings.ts'
import { lookupOf } from '../routing/dial-plan.ts'
import { routeTargetKinds, type RouteTarget } from '../routing/settings.ts'
import type { SwitchboardState } from '../state/switchboard-state.ts'
import { asRouted, sendCall, type RoutingState } from './routed.ts'
import type { Steps } from './steps.ts'

/** A caller who is to enter a menu, or is in one. */
export function followIvr(call: LiveCall, leg: Leg, switchboard: SwitchboardState, steps: Steps): void {
  const { callId, ivr, toIvr } = call
  if (leg.state !== 'answered') return
  const { state: configuration } = switchboard.configuration
  const { version: configVersion, zone } = configuration
  const code = ivr?.ivr ?? toIvr?.code ?? ''
  const settings = ivrNamed(code, switchboard)
  if (!ivr) {
    if (toIvr) steps.call(`${callId}:ivr:${toIvr.since}`, callId, { do: 'enter_ivr', settings, configVersion, zone })
    return
  }
  const key = `${callId}:ivr:${ivr.enteredAt}:${ivr.steps}`
  const { legId } = leg
  const [media] = ivr.says
  if (media !== undefined) steps.network(`say:${key}`, legId, { do: 'play', legId, media, repeat: false })
  if (!settings) {
    if (ivr.then !== 'leave') steps.call(`${key}:removed`, callId, { do: 'end_ivr' })
    else if (media === undefined || steps.due(ivr.since + LONGEST_PROMPT_MS)) go(null)
    return
  }
  const due = dueNext(settings, ivr)
  if (takesKeys(ivr)) {
    // One key at a time: the menu decides after each whether it waits for another.
    const waitMs = media === undefined ? Math.max(1, due.at - steps.now) : LONGEST_PROMPT_MS
    steps.network(`keys:${key}`, legId, { do: 'collect', legId, maxDigits: 1, waitMs })
  }
  if (!steps.due(due.at)) return
  if (due.what === 'go') return go(settings)
  const reach = reachOf(settings, ivr, ivr.entry, switchboard)
  steps.call(`${key}:${due.what}`, callId, {
    do: 'ivr_due',
    what: due.what,
    step: ivr.steps,
    settings,
    configVersion,
    zone,
    reach,
  })

  function go(known: IvrSettings | null): void {
    const target = targetOf(ivr!.leaving?.to)
    const sent = target && sendCall(target, callId, steps.now, switchboard)
    const routed = sent && asRouted(sent, { number: call.number, priority: 0, at: steps.now }, switchboard)
    steps.call(`${key}:go`, callId, {
      do: 'ivr_go',
      step: ivr!.steps,
      settings: known,
      configVersion,
      zone,
      routed: routed ?? null,
    })
  }
}

/** Whom a menu put the caller through to cannot be reached: the caller goes where the menu sends those it gives up. */
export function returnToMenu(call: LiveCall, reason: string, switchboard: SwitchboardState, steps: Steps): void {
  const { callId, fromIvr } = call
  if (!fromIvr) return
  const { version: configVersion, zone } = switchboard.configuration.state
  const settings = ivrNamed(fromIvr.ivr, switchboard)
  const key = `${callId}:ivr:${fromIvr.enteredAt}:${fromIvr.steps}`
  steps.call(`${key}:return`, callId, { do: 'ivr_return', reason, settings, configVersion, zone })
}

/** Keys of a caller, as a command to the menu they are in; null: they are in none that listens. */
export function keysForIvr(
  call: LiveCall,
  legId: string,
  keys: string,
  switchboard: Pick<RoutingState, 'configuration'>,
): CallCommand | null {
  const { ivr } = call
  const settings = ivr ? ivrNamed(ivr.ivr, switchboard) : null
  if (!ivr || !settings) return null
  const { version: configVersion, zone } = switchboard.configuration.state
  const reach = reachOf(settings, ivr, `${ivr.entry}${keys}`, switchboard)
  return { do: 'ivr_key', legId, keys, settings, configVersion, zone, reach }
}

function ivrNamed(code: string, { configuration }: Pick<RoutingState, 'configuration'>): IvrSettings | null {
  return configuration.state.network.ivrs.find((one) => one.code === code) ?? null
}

/** Where routing is asked to send them; null: a way within the menus, or nowhere. */
function targetOf(action: IvrAction | undefined): RouteTarget | null {
  const kind = routeTargetKinds.find((one) => one === action?.do)
  return kind && action ? { kind, code: action.to } : null
}

function reachOf(
  settings: IvrSettings,
  ivr: IvrProgress,
  asked: string,
  { configuration }: Pick<RoutingState, 'configuration'>,
): Reach {
  const menu = menuOf(settings, ivr)
  // The key that ends an entry is no part of it.
  const entry = asked.length > 1 && menu && asked.endsWith(menu.confirmKey ?? ' ') ? asked.slice(0, -1) : asked
  if (!menu || menu.digitLen <= 1 || entry === '') return { entry, whole: false, longer: false }
  const { extensions, agentOf } = lookupOf(configuration.state)
  const { whole, beginnings } = dialable(extensions, agentOf)
  return { entry, whole: whole(entry), longer: beginnings.has(entry) }
}

interface Dialable {
  whole: (digits: string) => boolean
  /** What longer extensions begin with. */
  beginnings: ReadonlySet<string>
}

/** Built once for a configuration: it is asked for every key. */
function dialable(extensions: ReadonlyMap<string, unknown>, agentOf: ReadonlyMap<string, string>): Dialable {
  const known = dialables.get(extensions)
  if (known?.agentOf === agentOf) return known.made
  const beginnings = new Set<string>()
  for (const numbers of [extensions, agentOf])
    for (const number of numbers.keys())
      for (let length = 1; length < number.length; length++) beginnings.add(number.slice(0, length))
  const made: Dialable = { whole: (digits) => extensions.has(digits) || agentOf.has(digits), beginnings }
  dialables.set(extensions, { agentOf, made })
  return made
}

const dialables = new WeakMap<object, { agentOf: object; made: Dialable }>()
