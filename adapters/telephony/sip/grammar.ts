/**
 * The parts of SIP's grammar (RFC 3261, 25.1) that the registrar and the guard read. Total: what is malformed gives null,
 * whatever it is, and never an exception. Bounded: a header field longer than {@link LONGEST_FIELD} is malformed.
 */

/** The longest header field that is read, characters. */
const LONGEST_FIELD = 8_192
/** The longest URI that is kept, characters. */
const LONGEST_URI = 512

/** A `sip:` or `sips:` URI. Texts are as they came, except that scheme and host are in lower case. */
export interface SipUri {
  scheme: 'sip' | 'sips'
  /** With escapes resolved, one character for each byte; null if there is none. */
  user: string | null
  /** A name or an address; an IPv6 address keeps its brackets. */
  host: string
  port: number | null
  /** Names in lower case. */
  params: ReadonlyMap<string, string | null>
  /** The URI without the header fields that it may carry after `?`. */
  plain: string
}

/** A `name-addr` or `addr-spec` with the parameters that follow it, as in From, To and Contact. */
export interface Address {
  uri: string
  /** Parameters of the header field, not of the URI. Names in lower case, quotes removed. */
  params: ReadonlyMap<string, string | null>
}

const URI = /^(sips?):(?:([^@]*)@)?(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?((?:;[^;?]+)*)(?:\?.*)?$/i
const NEVER_IN_URI = /[\u0000-\u0020<>"\u007f-\uffff]/

export function sipUri(text: string): SipUri | null {
  if (text.length > LONGEST_URI || NEVER_IN_URI.test(text)) return null
  const parts = URI.exec(text)
  if (!parts) return null
  const [, scheme, userinfo, host, port, params] = parts
  if (userinfo === '' || Number(port ?? 0) > 65_535) return null
  return {
    scheme: scheme!.toLowerCase() as SipUri['scheme'],
    user: userinfo === undefined ? null : unescaped(userinfo.split(':')[0]!),
    host: host!.toLowerCase(),
    port: port === undefined ? null : Number(port),
    params: new Map(
      params!
        .split(';')
        .slice(1)
        .map((param) => {
          const [name, ...value] = param.split('=')
          return [name!.toLowerCase(), value.length === 0 ? null : value.join('=')] as const
        }),
    ),
    plain: text.split('?')[0]!,
  }
}

/** Parameters without which two URIs differ if only one of them has it (RFC 3261, 19.1.4). */
const TELLING = ['user', 'ttl', 'method', 'maddr', 'transport']

/** Are these the same by RFC 3261, 19.1.4? Header fields in them are left aside, since they are never used. */
export function sameUri(one: SipUri, other: SipUri): boolean {
  if (one.scheme !== other.scheme || one.user !== other.user || one.host !== other.host || one.port !== other.port)
    return false
  const differs = (name: string): boolean =>
    (one.params.get(name) ?? '').toLowerCase() !== (other.params.get(name) ?? '').toLowerCase()
  if (TELLING.some((name) => one.params.has(name) !== other.params.has(name) || differs(name))) return false
  return ![...one.params.keys()].some((name) => other.params.has(name) && differs(name))
}

const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f]/

/** Is this a field as it may stand in a message: not too long, on one line? */
function isField(text: string): boolean {
  return text.length <= LONGEST_FIELD && !CONTROL.test(text)
}

/** The values of a list, split at the commas outside quotes and angle brackets; null if one of these is not closed. */
export function listed(field: string): string[] | null {
  if (!isField(field)) return null
  const values: string[] = []
  let [from, quoted, angled] = [0, false, false]
  for (let at = 0; at < field.length; at++) {
    const letter = field[at]
    if (quoted) {
      if (letter === '\\') at++
      else if (letter === '"') quoted = false
    } else if (letter === '"') quoted = true
    else if (letter === '<') {
      if (angled) return null
      angled = true
    } else if (letter === '>') {
      if (!angled) return null
      angled = false
    } else if (letter === ',' && !angled) {
      values.push(field.slice(from, at).trim())
      from = at + 1
    }
  }
  if (quoted || angled) return null
  values.push(field.slice(from).trim())
  return values.every((value) => value !== '') ? values : null
}

const NAMED = /^(?:(?:"(?:[^"\\]|\\.)*"|[^"<>]*)\s*)<([^<>]*)>(.*)$/
const BARE = /^([^\s;<>"?,]+)(.*)$/
const PARAM = /\s*;\s*([\w.!%*+`'~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;",]+)))?\s*/y

/** One address, as From and To carry it. */
export function address(field: string): Address | null {
  const text = unfolded(field).trim()
  if (!isField(text)) return null
  // Without brackets, what follows a semicolon belongs to the field and not to the URI (RFC 3261, 20.10).
  const [, uri, rest] = NAMED.exec(text) ?? BARE.exec(text) ?? []
  if (uri === undefined || rest === undefined) return null
  const params = new Map<string, string | null>()
  for (PARAM.lastIndex = 0; PARAM.lastIndex < rest.length;) {
    const found = PARAM.exec(rest)
    if (!found) return null
    const [, name, quoted, token] = found
    params.set(name!.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? token ?? null)
  }
  return { uri: uri.trim(), params }
}

/** The addresses of a list, as Contact and Path carry them. */
export function addresses(field: string): Address[] | null {
  const found = listed(unfolded(field))?.map(address)
  return found && found.every((one) => one !== null) ? found : null
}

/** A `delta-seconds`; null if it is none. More than 32 bits is the most that 32 bits hold. */
export function seconds(text: string): number | null {
  return /^\d{1,20}$/.test(text.trim()) ? Math.min(Number(text.trim()), 2 ** 32 - 1) : null
}

/** A field that was folded over several lines, as one line. */
export function unfolded(field: string): string {
  return field.replace(/\r?\n[ \t]+/g, ' ')
}

/** `%41` is `A`; one character for each byte, so that every text has a result. */
function unescaped(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
