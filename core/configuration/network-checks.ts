/** What is wrong with a telephone network, or hardly meant: extensions, gateways, numbers, prompts, opening times, codes. */
import { readDay } from '../kernel/calendar.ts'
import { hint, refusal, twice, type Remark } from '../kernel/remark.ts'
import { isEmergency } from '../number/number.ts'
import { isExtensionNumber } from '../network/extensions.ts'
import { keysOf, readKeys } from '../routing/feature-codes.ts'
import { knownIn, unknown, type Known } from './known.ts'
import { ivrRemarks } from './menu-checks.ts'
import type { ExtensionSettings, FeatureCodes, GatewaySettings, NetworkSettings } from '../network/settings.ts'

/** A configuration, as far as its network is concerned. */
export interface Networked {
  queues: readonly { code: string }[]
  agents: readonly { agentCode: string; extension: string | null }[]
  network: NetworkSettings
}

export function* networkRemarks(wanted: Networked): Generator<Remark> {
  const { network } = wanted
  const known = knownIn(wanted)
  const { extensions, gateways, numbers, media, calendars, ivrs } = network
  const coded = (list: readonly { code: string }[]): string[] => list.map(({ code }) => code)
  yield* twice(
    'extension',
    extensions.map(({ number }) => number),
  )
  yield* twice('gateway', coded(gateways))
  yield* twice(
    'number',
    numbers.map(({ number }) => number),
  )
  yield* twice('media', coded(media))
  yield* twice('calendar', coded(calendars))
  yield* twice('ivr', coded(ivrs))
  const gatewayOf = new Map(numbers.map(({ number, gateway }) => [number, gateway]))
  for (const [index, extension] of extensions.entries())
    yield* extensionRemarks(extension, `network.extensions.${index}`, known, network.featureCodes, gatewayOf)
  yield* phoneRemarks(wanted)
  for (const [index, gateway] of gateways.entries()) yield* gatewayRemarks(gateway, `network.gateways.${index}`)
  for (const [index, { number, gateway }] of numbers.entries())
    yield* unknown(known, `number ${number}`, 'gateway', gateway, `network.numbers.${index}.gateway`)
  yield* calendarRemarks(network)
  for (const [index, ivr] of ivrs.entries()) yield* ivrRemarks(ivr, `network.ivrs.${index}`, known)
  yield* featureRemarks(network)
}

function* extensionRemarks(
  extension: ExtensionSettings,
  at: string,
  known: Known,
  codes: FeatureCodes,
  gatewayOf: ReadonlyMap<string, string | null>,
): Generator<Remark> {
  const { number, type, target, gateway, callerNumbers, voicemail } = extension
  const who = `extension ${number}`
  if (!isExtensionNumber(number)) yield refusal('network.extension_invalid', { extension: number }, `${at}.number`)
  yield* unreachable(number, `${at}.number`, codes)
  if (type === 'line') {
    if (target !== null) yield hint('network.line_with_target', { extension: number, target }, `${at}.target`)
  } else if (target === null) yield refusal('network.target_missing', { extension: number, type }, `${at}.target`)
  else if (type !== 'robot') yield* unknown(known, who, type, target, `${at}.target`)
  yield* unknown(known, who, 'gateway', gateway, `${at}.gateway`)
  for (const [index, caller] of callerNumbers.entries()) {
    const where = `${at}.callerNumbers.${index}`
    yield* unknown(known, who, 'number', caller, where)
    const only = gatewayOf.get(caller)
    if (only && gateway !== null && only !== gateway)
      yield hint('network.number_elsewhere', { extension: number, number: caller, only, gateway }, where)
  }
  yield* unknown(known, who, 'media', voicemail?.greeting, `${at}.voicemail.greeting`)
}

/** Extensions that nobody could call. */
function* unreachable(number: string, where: string, codes: FeatureCodes): Generator<Remark> {
  if (isEmergency(number)) yield refusal('network.extension_reserved', { extension: number }, where)
  const { feature } = readKeys(codes, number)
  if (feature) yield refusal('network.extension_is_code', { extension: number, action: feature.action }, where)
}

/** The phones of agents. Where no extension is configured, there are no phones of our own to compare with. */
function* phoneRemarks({ agents, network }: Networked): Generator<Remark> {
  if (network.extensions.length === 0) return
  const typeOf = new Map(network.extensions.map(({ number, type }) => [number, type]))
  for (const [index, { agentCode, extension }] of agents.entries()) {
    if (extension === null) continue
    const type = typeOf.get(extension)
    const where = `agents.${index}.extension`
    if (type === undefined) {
      yield hint('network.phone_unknown', { agent: agentCode, extension }, where)
      yield* unreachable(extension, where, network.featureCodes)
    } else if (type !== 'line') yield refusal('network.phone_no_line', { agent: agentCode, extension, type }, where)
  }
}

const HOST = /^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/
const DOTTED = /^[\d.]+$/
/** As far as a text shows; the network has the last word. */
const IPV6 = /^[0-9A-Fa-f]*:[0-9A-Fa-f:]*(\.\d+){0,3}$/

/** A host's name or address. */
function isAddress(address: string): boolean {
  return DOTTED.test(address) ? isIpv4(address) : HOST.test(address) || IPV6.test(address.replace(/^\[(.*)\]$/, '$1'))
}

function isIpv4(address: string): boolean {
  const parts = address.split('.')
  return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)
}

/** So wide a network would let strangers in: an eighth of all IPv4 addresses is more than any carrier has. */
const WIDEST_IPV4 = 8
const WIDEST_IPV6 = 16

function* gatewayRemarks(gateway: GatewaySettings, at: string): Generator<Remark> {
  const { code, mode, address, allowed, user, secret, homeUser, homeDomain, outboundProxy, registerProxy } = gateway
  const invalid = (value: string, where: string): Remark =>
    refusal('network.address_invalid', { gateway: code, address: value }, `${at}.${where}`)
  if (!isAddress(address)) yield invalid(address, 'address')
  for (const [index, one] of allowed.entries()) {
    const [net, bits, ...rest] = one.split('/')
    const v4 = isIpv4(net!)
    const most = v4 ? 32 : 128
    const isRight = isAddress(net!) && rest.length === 0 && (bits === undefined || /^\d{1,3}$/.test(bits))
    if (!isRight || Number(bits ?? 0) > most || (bits !== undefined && !v4 && !net!.includes(':')))
      yield invalid(one, `allowed.${index}`)
    else if (bits !== undefined && Number(bits) < (v4 ? WIDEST_IPV4 : WIDEST_IPV6))
      yield refusal('network.allows_everybody', { gateway: code, network: one }, `${at}.allowed.${index}`)
  }
  for (const [name, proxy] of Object.entries({ outboundProxy, registerProxy }))
    if (proxy !== null && !isAddress(proxy.replace(/(?<=^[^:]+|\]):\d{1,5}$/, ''))) yield invalid(proxy, name)
  if (mode === 'nni') return
  if (user === null) yield refusal('network.gateway_incomplete', { gateway: code, mode, setting: 'user' }, `${at}.user`)
  const wished = { secret, ...(mode === 'ims' && { homeUser, homeDomain, outboundProxy, registerProxy }) }
  for (const [setting, value] of Object.entries(wished))
    if (value === null) yield hint('network.gateway_lacks', { gateway: code, mode, setting }, `${at}.${setting}`)
}

function* calendarRemarks({ calendars }: NetworkSettings): Generator<Remark> {
  for (const [index, { code, days }] of calendars.entries()) {
    yield* twice(
      'day',
      days.map(({ date }) => date),
    )
    for (const [day, { date }] of days.entries())
      if ('fault' in readDay(date))
        yield refusal(
          'network.day_impossible',
          { calendar: code, day: date },
          `network.calendars.${index}.days.${day}.date`,
        )
  }
}

/** What the keys of a code may be. */
const KEYS = /^[0-9*#]+([AD][0-9*#]*)?$/

function* featureRemarks({ featureCodes }: NetworkSettings): Generator<Remark> {
  yield* twice(
    'feature',
    featureCodes.codes.map(({ action }) => action),
  )
  for (const [index, { action, keys }] of featureCodes.codes.entries()) {
    const where = `network.featureCodes.codes.${index}.keys`
    const placeholder = action === 'blind_transfer' || action === 'consult' ? 'A' : action.startsWith('mark') ? 'D' : ''
    if (!KEYS.test(keys) || (/[AD]/.exec(keys)?.[0] ?? '') !== placeholder || isEmergency(keys))
      yield refusal('network.keys_invalid', { action, keys }, where)
    else if (readKeys(featureCodes, keys.replace('A', '1').replace('D', '1')).mayGoOn && placeholder !== 'A')
      yield hint('network.keys_begin', { action, keys, ms: featureCodes.keyWaitMs }, where)
  }
  const actionOf = new Map<string, string>()
  for (const { action, keys } of keysOf(featureCodes)) {
    const other = actionOf.get(keys)
    if (other !== undefined)
      yield refusal('network.keys_same', { one: other, other: action, keys }, 'network.featureCodes.codes')
    actionOf.set(keys, action)
  }
}
