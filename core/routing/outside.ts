/**
 * Calls to the outside world: who may call whom, by which gateway, and which number of ours is shown (catalogue
 * A3.2.3.2, A3.2.6, A3.2.9). Emergency numbers are exempt from every limit.
 */
import type { Dice } from '../kernel/clock.ts'
import type { ExtensionSettings } from '../network/settings.ts'
import { isEmergency, phoneNumber } from '../number/number.ts'
import { calledNumber, type Called, type DialPlan, type Lookup } from './dial-plan.ts'
import type { Lines } from './lines.ts'
import type { Outside, Refusal, Step, Way } from './outcome.ts'
import type { RouteSettings } from './settings.ts'

/** How long an outside number rings if its rule says nothing else. */
const OUTSIDE_RING_MS = 60_000

/** What every question about an outside call needs. */
export interface Asking {
  plan: DialPlan
  lookup: Lookup
  lines: Lines
  at: number
  dice: Dice
  note: (code: Step['code'], values?: Step['values']) => void
}

/** The phone that calls. Null: the house does (a call-back, a menu, an exit of a queue). */
export type CallingPhone = string | null

/** An emergency number: by any gateway that is up, first by the extension’s own. */
export function emergencyCall(called: Called, phone: CallingPhone, asking: Asking): Outside {
  const { lookup, lines, note } = asking
  const { gateways } = lookup
  const own = settingsOf(phone, lookup)?.gateway
  const all = [...(own && gateways.has(own) ? [own] : []), ...[...gateways.keys()].filter((code) => code !== own)]
  const up = all.filter((gateway) => lines.isUp(gateway))
  for (const gateway of all)
    if (!up.includes(gateway)) note(up.length > 0 ? 'gateway_down' : 'gateway_tried_anyway', { gateway })
    else note('gateway_usable', { gateway })
  if (all.length === 0) note('no_network')
  const { normalised } = called
  return {
    do: 'outside',
    number: normalised,
    dialled: normalised,
    ways: waysBy(up.length > 0 ? up : all, phone, asking),
    timeoutMs: OUTSIDE_RING_MS,
    record: settingsOf(phone, lookup)?.record ?? false,
    emergency: true,
  }
}

/**
 * A call by an outbound rule, or by none where no gateway is configured.
 * @param form the form of the number that the rule matched
 */
export function outsideCall(
  called: Called,
  form: string,
  phone: CallingPhone,
  rule: RouteSettings | null,
  asking: Asking,
): Outside | { do: 'refused'; reason: Refusal } {
  const { lookup, note } = asking
  const { strip = 0, prefix = '', timeoutMs = OUTSIDE_RING_MS, record = false } = rule ?? {}
  const rest = form.slice(strip)
  // A caller who dials 9 for an outside line and then 110 wants the police.
  if (strip > 0 && isEmergency(rest)) {
    note('emergency_after_strip', { number: calledNumber(rest).normalised })
    return emergencyCall(calledNumber(rest), phone, asking)
  }
  const number = strip > 0 ? calledNumber(rest) : called
  const reason = refusal(number, phone, asking)
  if (reason) return { do: 'refused', reason }
  note('within_limits')
  const dialled = `${prefix}${rest}`
  if (dialled !== called.normalised) note('number_sent', { dialled })
  const ways = usableWays(rule, phone, asking)
  if (ways === null) return { do: 'refused', reason: 'no_gateway' }
  return {
    do: 'outside',
    number: number.normalised,
    dialled,
    ways,
    timeoutMs: timeoutMs || OUTSIDE_RING_MS,
    record: record || (settingsOf(phone, lookup)?.record ?? false),
    emergency: false,
  }
}

/** Which limit forbids the call; null: none. */
function refusal(number: Called, phone: CallingPhone, { plan, lookup, lines, at, note }: Asking): Refusal | null {
  const { limits } = plan.network
  const extension = settingsOf(phone, lookup)
  if (extension && !extension.outside) {
    note('may_not_call_outside', { extension: extension.number })
    return 'not_allowed'
  }
  const forms = [number.normalised, number.dialled]
  const barred = limits.barred.find((prefix) => prefix !== '' && forms.some((form) => form.startsWith(prefix)))
  if (barred !== undefined) {
    note('barred', { prefix: barred })
    return 'barred'
  }
  if (isAbroad(number)) {
    if (!limits.abroad) {
      note('abroad_off')
      return 'abroad'
    }
    if (phone !== null && !extension?.abroad) {
      note('abroad_off_extension', { extension: phone })
      return 'abroad'
    }
  }
  if (phone !== null && limits.callsAMinute > 0 && lines.callsOf(phone, at) >= limits.callsAMinute) {
    note('too_many_calls', { extension: phone, limit: limits.callsAMinute })
    return 'too_many_calls'
  }
  return null
}

/** `00` and `+` lead abroad even where the rest is no plausible number: gateways dial it all the same. */
function isAbroad({ normalised, dialled }: Called): boolean {
  return phoneNumber(normalised).kind === 'foreign' || normalised.startsWith('+') || abroadByForm(dialled)
}

function abroadByForm(dialled: string): boolean {
  const { kind } = phoneNumber(dialled)
  const known = kind === 'mobile' || kind === 'fixed' || kind === 'service' || kind === 'emergency'
  return !known && /^(00|\+)/.test(dialled)
}

/** The gateways that can carry the call now; null: none can. Empty: there is none, and none is needed. */
function usableWays(rule: RouteSettings | null, phone: CallingPhone, asking: Asking): Way[] | null {
  const { lookup, lines, at, note } = asking
  const own = settingsOf(phone, lookup)?.gateway
  const named = rule?.gateways?.length ? rule.gateways : own ? [own] : [...lookup.gateways.keys()]
  if (named.length === 0) {
    note('no_network')
    return []
  }
  const usable = named.filter((code) => {
    const fault = gatewayFault(code, lookup, lines, at)
    if (fault) note(fault.code, { gateway: code, limit: fault.limit })
    else note('gateway_usable', { gateway: code })
    return fault === null
  })
  if (usable.length > 0) return waysBy(usable, phone, asking)
  note('no_gateway')
  return null
}

/** Why a gateway cannot carry a call now; null: it can. */
export function gatewayFault(
  code: string,
  { gateways }: Pick<Lookup, 'gateways'>,
  lines: Lines,
  at: number,
): { code: Step['code']; limit: number } | null {
  const gateway = gateways.get(code)
  if (!gateway) return { code: 'gateway_unknown', limit: 0 }
  if (!lines.isUp(code)) return { code: 'gateway_down', limit: 0 }
  const { concurrency, callsPerSecond } = gateway
  if (concurrency > 0 && lines.callsOn(code) >= concurrency) return { code: 'gateway_full', limit: concurrency }
  return callsPerSecond > 0 && lines.newCallsOn(code, at) >= callsPerSecond
    ? { code: 'gateway_too_fast', limit: callsPerSecond }
    : null
}

/**
 * The number of ours that each gateway shows: one bound to the extension, else one of the pool, drawn by dice (A3.2.9).
 * Only numbers that the gateway may show; the same throw for all of them, so that the choice stays the same where it
 * can.
 */
function waysBy(gateways: readonly string[], phone: CallingPhone, { lookup, dice, note }: Asking): Way[] {
  const throwOfDice = dice()
  const bound = settingsOf(phone, lookup)?.callerNumbers ?? []
  return gateways.map((gateway) => {
    const mayShow = (number: string): boolean => {
      const own = lookup.pool.get(calledNumber(number).normalised)
      return own ? own.gateway === null || own.gateway === gateway : lookup.pool.size === 0
    }
    // A pool may hold thousands of numbers: it is divided by gateway once, not for each call.
    const anyones = bound.length > 0 ? bound.filter(mayShow) : (lookup.poolOf.get(null) ?? [])
    const own = bound.length > 0 ? [] : (lookup.poolOf.get(gateway) ?? [])
    const count = anyones.length + own.length
    if (bound.length > count) note('caller_number_foreign', { gateway, count: bound.length - count })
    const drawn = Math.min(count - 1, Math.floor(throwOfDice * count))
    const callerNumber = (drawn < anyones.length ? anyones[drawn] : own[drawn - anyones.length]) ?? null
    if (callerNumber === null) note('caller_number_none', { gateway })
    else note('caller_number_drawn', { gateway, shown: callerNumber, count })
    return { gateway, callerNumber }
  })
}

function settingsOf(phone: CallingPhone, { extensions }: Lookup): ExtensionSettings | undefined {
  return phone === null ? undefined : extensions.get(phone)
}
