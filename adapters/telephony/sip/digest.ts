/**
 * Digest authentication of phones (RFC 8760, RFC 7616, RFC 2617): SHA-256 and MD5 with `qop=auth`, and MD5 without it,
 * as old phones answer. Pure: time, randomness and the signing key are handed in.
 *
 * A nonce is signed, so that nothing need be kept of the many that are never used, and expires. What is kept, in bounded
 * memory, is which counts (`nc`) a nonce was used with: a count is good once. This memory belongs to one process. Nonces
 * older than the process are therefore answered with a fresh one (`stale`), which phones take up without asking anybody.
 * A request that is replayed at *another* process within a nonce's life is held off by the order of REGISTERs
 * (`registrar.ts`) and, for a call, by the target that the digest covers.
 *
 * Of an extension its secret is stored, not a hash of it: both algorithms start from it, and it is sealed where it lies.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { listed, sipUri, unfolded } from './grammar.ts'

const ALGORITHMS = { 'SHA-256': 'sha256', MD5: 'md5' } as const
type Algorithm = keyof typeof ALGORITHMS

const NONCE_MS = 5 * 60_000
/** Nonces whose counts are remembered. */
const REMEMBERED = 50_000
/** A count may arrive after this many later ones: UDP keeps no order. */
const WINDOW = 32

export interface DigestOptions {
  /** Signs nonces. All processes of a house share it. */
  key: Buffer
  realm: string
  /** Since when this process remembers counts, UTC ms. */
  since: number
  random: (bytes: number) => Buffer
  nonceMs?: number
  remembered?: number
}

/** What a phone claims: the fields of an Authorization header that is meant for us and complete. */
export interface Credentials {
  username: string
  algorithm: Algorithm
  nonce: string
  uri: string
  response: string
  /** Null: an old phone, which knows no `qop`. */
  counted: { nc: number; ncText: string; cnonce: string } | null
}

export type Verdict =
  | { is: 'right' }
  /** User or secret are wrong; which of the two is not for the other side to know. */
  | { is: 'wrong' }
  /** Ask again. `stale`: they know the secret, and only the nonce is of no use (any more). */
  | { is: 'again'; stale: boolean; why: 'forged' | 'expired' | 'replayed' }
  /** The credentials were made for another target. */
  | { is: 'misdirected' }

export class Digest {
  readonly realm: string
  readonly #key: Buffer
  readonly #random: DigestOptions['random']
  readonly #nonceMs: number
  readonly #remembered: number
  /** By nonce, the first issued first or nearly so: the highest count, and which of the {@link WINDOW} before it came. */
  readonly #counts = new Map<string, { issued: number; highest: number; before: number }>()
  /** Of nonces issued up to here nothing is remembered. */
  #forgotten: number

  constructor({ key, realm, since, random, nonceMs = NONCE_MS, remembered = REMEMBERED }: DigestOptions) {
    if (!/^[\w .:@-]+$/.test(realm)) throw new Error('a realm has letters, digits, dots and blanks')
    this.realm = realm
    this.#key = key
    this.#random = random
    this.#nonceMs = nonceMs
    this.#remembered = remembered
    this.#forgotten = since - 1
  }

  /** What to ask for: one challenge for each algorithm, the better first (RFC 8760, 2.3). Each is a header field of its own. */
  challenges(now: number, stale = false): string[] {
    const nonce = this.#nonce(now)
    return Object.keys(ALGORITHMS).map(
      (algorithm) =>
        `Digest realm="${this.realm}", nonce="${nonce}", ${stale ? 'stale=true, ' : ''}algorithm=${algorithm}, qop="auth"`,
    )
  }

  /**
   * The credentials that are meant for this realm, from the field (or fields, joined by commas) of a request; null if
   * there are none that can be checked.
   */
  credentials(field: string | null): Credentials | null {
    const all = field === null ? null : digestFields(unfolded(field))
    return all?.map((one) => this.#read(one)).find((one) => one !== null) ?? null
  }

  /** @param secret the user's; null if there is no such user, which takes as long to find out as a wrong secret */
  verify(claim: Credentials, asked: { method: string; uri: string; secret: string | null; now: number }): Verdict {
    const issued = this.#issued(claim.nonce)
    const expected = this.#response(claim, asked.method, asked.secret ?? this.#key.toString('hex'))
    const same = timingSafeEqual(Buffer.from(expected), Buffer.from(claim.response))
    if (!same || asked.secret === null) return { is: 'wrong' }
    if (issued === null) return { is: 'again', stale: false, why: 'forged' }
    if (!meant(claim.uri, asked)) return { is: 'misdirected' }
    if (asked.now - issued > this.#nonceMs || issued <= this.#forgotten || issued > asked.now + this.#nonceMs)
      return { is: 'again', stale: true, why: 'expired' }
    return this.#isFirst(claim, issued, asked.now) ? { is: 'right' } : { is: 'again', stale: true, why: 'replayed' }
  }

  /** Time, randomness, signature: 6 + 8 + 16 bytes. */
  #nonce(now: number): string {
    const body = Buffer.alloc(14)
    body.writeUIntBE(Math.floor(now), 0, 6)
    this.#random(8).copy(body, 6)
    return Buffer.concat([body, this.#signature(body)]).toString('base64url')
  }

  /** When this nonce was issued; null if it is not ours. */
  #issued(nonce: string): number | null {
    const bytes = Buffer.from(nonce, 'base64url')
    // Base64 has several spellings of some bytes, and a count belongs to a spelling.
    if (bytes.length !== 30 || bytes.toString('base64url') !== nonce) return null
    const body = bytes.subarray(0, 14)
    return timingSafeEqual(this.#signature(body), bytes.subarray(14)) ? body.readUIntBE(0, 6) : null
  }

  #signature(body: Buffer): Buffer {
    return createHmac('sha256', this.#key)
      .update('digest nonce\0')
      .update(this.realm)
      .update('\0')
      .update(body)
      .digest()
      .subarray(0, 16)
  }

  #response({ username, algorithm, nonce, uri, counted }: Credentials, method: string, secret: string): string {
    const hash = (text: string): string => createHash(ALGORITHMS[algorithm]).update(text).digest('hex')
    const who = hash(`${username}:${this.realm}:${secret}`)
    const what = hash(`${method}:${uri}`)
    return hash(
      counted ? `${who}:${nonce}:${counted.ncText}:${counted.cnonce}:auth:${what}` : `${who}:${nonce}:${what}`,
    )
  }

  /** Is this the first use of the nonce with this count? Without counts a nonce is good once. */
  #isFirst({ nonce, counted }: Credentials, issued: number, now: number): boolean {
    const known = this.#counts.get(nonce)
    if (!known) {
      this.#makeRoom(now)
      this.#counts.set(nonce, { issued, highest: counted?.nc ?? Number.POSITIVE_INFINITY, before: 0 })
      return true
    }
    const ahead = counted ? counted.nc - known.highest : Number.NEGATIVE_INFINITY
    if (ahead > 0) {
      known.before =
        ahead > WINDOW ? 0 : (Number((BigInt(known.before) << BigInt(ahead)) & 0xffff_ffffn) | (1 << (ahead - 1))) >>> 0
      known.highest = counted!.nc
      return true
    }
    if (ahead === 0 || ahead < -WINDOW) return false
    const bit = (1 << (-ahead - 1)) >>> 0
    if ((known.before & bit) !== 0) return false
    known.before = (known.before | bit) >>> 0
    return true
  }

  #makeRoom(now: number): void {
    for (const [nonce, { issued }] of this.#counts) {
      const full = this.#counts.size >= this.#remembered
      if (!full && now - issued <= this.#nonceMs) return
      this.#counts.delete(nonce)
      if (full) this.#forgotten = Math.max(this.#forgotten, issued)
    }
  }

  #read(fields: ReadonlyMap<string, string>): Credentials | null {
    const [username, nonce, uri] = ['username', 'nonce', 'uri'].map((name) => fields.get(name))
    const response = fields.get('response')?.toLowerCase()
    if (!username || !nonce || !uri || !response || fields.get('realm') !== this.realm) return null
    const named = (fields.get('algorithm') ?? 'MD5').toUpperCase()
    if (named !== 'MD5' && named !== 'SHA-256') return null
    if (!(named === 'MD5' ? /^[0-9a-f]{32}$/ : /^[0-9a-f]{64}$/).test(response)) return null
    const claim = { username, algorithm: named, nonce, uri, response } as const
    const qop = fields.get('qop')
    if (qop === undefined) return named === 'MD5' ? { ...claim, counted: null } : null
    const [ncText, cnonce] = [fields.get('nc'), fields.get('cnonce')]
    if (qop !== 'auth' || !cnonce || ncText === undefined || !/^[0-9a-f]{8}$/i.test(ncText)) return null
    const nc = Number.parseInt(ncText, 16)
    return nc === 0 ? null : { ...claim, counted: { nc, ncText, cnonce } }
  }
}

const FIELD = /^([\w-]+\*?)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))$/s

/** The Digest credentials of a field, each as its named values; other schemes are passed over. Null if it is malformed. */
export function digestFields(field: string): ReadonlyMap<string, string>[] | null {
  const all: Map<string, string>[] = []
  let current: Map<string, string> | null = null
  for (const value of listed(field) ?? []) {
    // `Scheme name=value` opens new credentials, `name=value` continues them.
    const [, scheme, first] = /^([A-Za-z][\w-]*)\s+([^=\s].*)$/s.exec(value) ?? []
    if (scheme !== undefined) {
      current = scheme.toLowerCase() === 'digest' ? new Map() : null
      if (current) all.push(current)
    }
    const parts = FIELD.exec(first ?? value)
    if (!current) continue
    if (!parts || current.has(parts[1]!.toLowerCase())) return null
    current.set(parts[1]!.toLowerCase(), parts[2]?.replace(/\\(.)/gs, '$1') ?? parts[3]!)
  }
  return all
}

/**
 * Was the claimed target the one that was asked for? Phones differ in the parameters and the port that they repeat, and
 * some name themselves when they register.
 */
function meant(claimed: string, { method, uri }: { method: string; uri: string }): boolean {
  if (claimed === uri) return true
  const [one, other] = [sipUri(claimed), sipUri(uri)]
  return one !== null && other !== null && one.host === other.host && (one.user === other.user || method === 'REGISTER')
}
