/**
 * The registrar (RFC 3261, 10.3): what a REGISTER does to the contacts of an extension. A pure decision over the bindings
 * as they are kept, the request, and time; who sent it has been proven before. A request is done as a whole or not at
 * all. A binding is there until its time is over, which follows from the bindings at each look and needs no timer.
 */
import { address, addresses, listed, sameUri, seconds, sipUri, unfolded, type Address } from './grammar.ts'

/** Where a request came from, as the SIP server saw it. */
export interface Source {
  address: string
  port: number
  /** `udp`, `tcp`, `tls`, `ws`, `wss` */
  protocol: string
}

/** One contact of an extension. */
export interface Binding {
  /** The URI as it was registered. */
  contact: string
  callId: string
  cseq: number
  /** UTC ms. */
  expiresAt: number
  /** When it was registered last, UTC ms. */
  at: number
  /** Preference in thousandths: 1000 is the most. */
  q: number
  source: Source
  /** The address on which it was received: `host:port` of the SIP server. */
  receivedOn: string
  /** Which of our SIP servers that is, by its control address: connections of phones are known only there. */
  server: string
  /** Its own contact cannot be reached from here: requests go to where it came from. */
  behindNat: boolean
  /** Proxies on the way to it (RFC 3327), in order. */
  path: string[]
  userAgent: string | null
  /** The phone, and which of its registrations it is (RFC 5626). */
  instance: string | null
}

/** A REGISTER, after its sender has been proven. Fields as they came; null where there was none. */
export interface Register {
  contact: string | null
  expires: string | null
  callId: string
  cseq: number
  path: string | null
  require: string | null
  userAgent: string | null
  source: Source
  receivedOn: string
  server: string
  /** Until when the sender's password is good, UTC ms: nothing is registered for longer. Null or absent: for ever. */
  until?: number | null
}

export interface RegistrarRules {
  /** The shortest time that may be asked for, the one given to those who ask for none, and the longest, seconds. */
  shortest: number
  usual: number
  longest: number
  /** Contacts of one extension. */
  contacts: number
}

export const registrarRules: RegistrarRules = { shortest: 60, usual: 3_600, longest: 3_600, contacts: 10 }

export type Answer =
  | {
      status: 200
      /** All that are there now. */
      bindings: Binding[]
      /** False for a question: nothing need be written. */
      changed: boolean
      headers: Record<string, string>
    }
  | { status: 400 | 403 | 420 | 423 | 500; reason: string; headers: Record<string, string> }

/**
 * The bindings whose time is not over, those to be tried first in front. A browser comes before a phone on the table: it
 * is there because somebody has just taken it as their phone (C3.6-terminal-switch).
 */
export function live(bindings: readonly Binding[], now: number): Binding[] {
  return bindings
    .filter(({ expiresAt }) => expiresAt > now)
    .sort((a, b) => b.q - a.q || Number(isWebRtc(b)) - Number(isWebRtc(a)) || b.at - a.at)
}

/** Does a phone talk to us over a WebSocket, as browsers do? Its media is then WebRTC. */
export function isWebSocket(protocol: string): boolean {
  return protocol === 'ws' || protocol === 'wss'
}

function isWebRtc({ source }: Binding): boolean {
  return isWebSocket(source.protocol)
}

const LONGEST_TEXT = 255
/** Extensions of SIP that a REGISTER may insist on. */
const KNOWN_EXTENSIONS = ['path']

/** @param kept the extension's bindings, as they are kept */
export function register(
  request: Register,
  kept: readonly Binding[],
  now: number,
  rules: RegistrarRules = registrarRules,
): Answer {
  const required = request.require === null ? [] : listed(unfolded(request.require.toLowerCase()))
  if (required === null) return refusal(400, 'Require cannot be read')
  const unknown = required.filter((tag) => !KNOWN_EXTENSIONS.includes(tag))
  if (unknown.length > 0)
    return refusal(420, 'Bad Extension', { Unsupported: unknown.join(', ').slice(0, LONGEST_TEXT) })

  const before = live(kept, now)
  if (request.contact === null) return accepted(before, null, false, now)
  if (unfolded(request.contact).trim() === '*') return clear(request, before, now)

  const asked = addresses(request.contact)
  if (asked === null) return refusal(400, 'Contact cannot be read')
  if (asked.length > rules.contacts) return refusal(403, `More than ${rules.contacts} contacts`)

  let after = before
  const path = request.path === null ? [] : listed(unfolded(request.path))
  if (path === null || path.length > rules.contacts) return refusal(400, 'Path cannot be read')
  for (const one of asked) {
    const wanted = interval(one, request, now, rules)
    if (wanted !== 0 && wanted < rules.shortest)
      return refusal(423, 'Interval Too Brief', { 'Min-Expires': String(rules.shortest) })
    const binding = bound(one, request, wanted, path, now)
    if (binding === null) return refusal(400, 'Contact is not a SIP URI')
    const known = after.find((other) => isSame(other, binding))
    // A CSeq that is not higher came late, or again. Contacts of one request share theirs.
    if (known && isLate(known, request) && before.includes(known)) return late
    after = after.filter((other) => other !== known)
    if (wanted !== 0) after = [...after, binding]
  }
  // Phones that forgot their contact leave it behind: the one that was refreshed least recently goes first.
  const most = after.toSorted((a, b) => b.at - a.at).slice(0, rules.contacts)
  return accepted(live(most, now), asked[0]!.uri, true, now)
}

/** `Contact: *` takes all away, and only with `Expires: 0`. */
function clear(request: Register, before: Binding[], now: number): Answer {
  if (request.expires === null || seconds(request.expires) !== 0) return refusal(400, 'Contact: * needs Expires: 0')
  if (before.some((binding) => isLate(binding, request))) return late
  return accepted([], null, true, now)
}

/** What was asked for, seconds, never more than the longest. A malformed time counts as none (RFC 3261, 20.10). */
function interval(
  { params }: Address,
  { expires, until }: Register,
  now: number,
  { shortest, usual, longest }: RegistrarRules,
): number {
  const asked = seconds(params.get('expires') ?? '') ?? seconds(expires ?? '') ?? usual
  const good = until == null ? longest : Math.max(shortest, Math.floor((until - now) / 1000))
  return Math.min(asked, longest, good)
}

function bound(one: Address, request: Register, wanted: number, path: string[], now: number): Binding | null {
  const uri = sipUri(one.uri)
  if (!uri) return null
  const { source, receivedOn, server, callId, cseq } = request
  const instance = /^<[^<>"\s]+>$/.exec(one.params.get('+sip.instance') ?? '')?.[0] ?? null
  return {
    contact: one.uri,
    callId,
    cseq,
    expiresAt: now + wanted * 1000,
    at: now,
    q: preference(one.params.get('q') ?? null),
    source,
    receivedOn,
    server,
    // Over a connection requests go back on it, whatever the contact says.
    behindNat: source.protocol === 'udp' && (!isAddressOf(uri.host, source) || (uri.port ?? 5060) !== source.port),
    path,
    userAgent: request.userAgent?.slice(0, LONGEST_TEXT) ?? null,
    instance:
      instance === null ? null : `${instance.slice(0, LONGEST_TEXT)} ${seconds(one.params.get('reg-id') ?? '') ?? ''}`,
  }
}

/** The same contact: the same registration of one phone, whose address may have changed; or else the same URI. */
function isSame(one: Binding, other: Binding): boolean {
  if (one.instance !== null && one.instance === other.instance) return true
  return sameUri(sipUri(one.contact)!, sipUri(other.contact)!)
}

function isLate({ callId, cseq }: Binding, request: Register): boolean {
  return callId === request.callId && request.cseq <= cseq
}

/** A contact by name is taken at its word. */
function isAddressOf(host: string, { address: seen }: Source): boolean {
  const isAddress = /^[\d.]+$|^\[/.test(host)
  return !isAddress || host.replace(/^\[|\]$/g, '') === seen.toLowerCase()
}

/** `q=0.7` is 700; without one, the most. */
function preference(q: string | null): number {
  const [, whole, part] = /^([01])(?:\.(\d{0,3}))?$/.exec(q ?? '') ?? []
  return whole === undefined ? 1000 : Math.min(1000, Number(whole) * 1000 + Number((part ?? '').padEnd(3, '0')))
}

/**
 * @param first the contact that was asked for first: drachtio remembers a connection for as long as the first contact
 *   of the answer lives
 */
function accepted(bindings: Binding[], first: string | null, changed: boolean, now: number): Answer {
  const inOrder = bindings.toSorted((a, b) => Number(b.contact === first) - Number(a.contact === first))
  const contacts = inOrder.map(({ contact, expiresAt, q, instance }) => {
    const [id, registration] = instance?.split(' ') ?? []
    const params = [
      `expires=${Math.max(1, Math.round((expiresAt - now) / 1000))}`,
      ...(q === 1000 ? [] : [`q=${(q / 1000).toFixed(3).replace(/0+$/, '')}`]),
      ...(id ? [`+sip.instance="${id}"`] : []),
      ...(registration ? [`reg-id=${registration}`] : []),
    ]
    return `<${contact}>;${params.join(';')}`
  })
  const path = bindings.find(({ contact }) => contact === first)?.path ?? []
  return {
    status: 200,
    bindings,
    changed,
    headers: {
      ...(contacts.length > 0 && { Contact: contacts.join(', ') }),
      ...(path.length > 0 && { Path: path.join(', ') }),
      Date: new Date(now).toUTCString(),
    },
  }
}

const late: Answer = { status: 500, reason: 'CSeq is not higher than the last', headers: {} }

function refusal(status: Exclude<Answer['status'], 200>, reason: string, headers: Record<string, string> = {}): Answer {
  return { status, reason, headers }
}

/** Where to send requests to a contact. */
export interface Target {
  /** The request's URI. */
  uri: string
  /** Where it really goes, as a SIP URI, if not to where its URI says. */
  route: string | null
  /** The SIP server that must send it if it has to go over the phone's own connection. */
  server: string
  /** A browser: its media is WebRTC. */
  webRtc: boolean
  /** Its signalling is encrypted, so its media may be: the keys are in the SDP (SRTP, RFC 4568). */
  srtp: boolean
}

export function targetOf(binding: Binding): Target {
  const { contact, behindNat, source, path, server } = binding
  const hop = path[0] === undefined ? null : (address(path[0])?.uri ?? null)
  const host = source.address.includes(':') ? `[${source.address}]` : source.address
  // Header fields in a contact would end up in our requests.
  return {
    uri: sipUri(contact)!.plain,
    route: hop ?? (behindNat ? `sip:${host}:${source.port};transport=udp` : null),
    server,
    webRtc: isWebRtc(binding),
    srtp: source.protocol === 'tls',
  }
}
