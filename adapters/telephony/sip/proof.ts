/**
 * Proves to another SIP server who we are (RFC 8760, RFC 7616, RFC 2617): SHA-256 before MD5, their `-sess` forms, with
 * `qop=auth` or as old servers ask. drachtio-srf answers challenges too, but with MD5 alone, and wrongly where a server
 * offers a choice.
 */
import { createHash } from 'node:crypto'
import { digestFields } from './digest.ts'
import { unfolded } from './grammar.ts'
import type { SipResponse } from './srf.ts'

const ALGORITHMS: Readonly<Record<string, { hash: string; session: boolean }>> = {
  'SHA-256': { hash: 'sha256', session: false },
  'SHA-256-SESS': { hash: 'sha256', session: true },
  MD5: { hash: 'md5', session: false },
  'MD5-SESS': { hash: 'md5', session: true },
}

/** A challenge that can be answered. */
export interface ProofAsked {
  realm: string
  nonce: string
  /** As it was written, to be given back so. */
  algorithm: string | null
  opaque: string | null
  /** Null: it knows no `qop`. */
  qop: 'auth' | null
  stale: boolean
}

export interface Identity {
  username: string
  password: string
}

/** The best challenge of a 401 or 407 that can be answered; null: there is none. */
function proofAsked(field: string | null): ProofAsked | null {
  const all = (field === null ? null : digestFields(unfolded(field))) ?? []
  const usable = all.flatMap((fields): (ProofAsked & { rank: number })[] => {
    const [realm, nonce] = [fields.get('realm'), fields.get('nonce')]
    const algorithm = fields.get('algorithm') ?? null
    const rank = Object.keys(ALGORITHMS).indexOf((algorithm ?? 'MD5').toUpperCase())
    const offered = fields.get('qop')
    const qops = offered?.split(',').map((each) => each.trim().toLowerCase())
    if (realm === undefined || !nonce || rank === -1 || (qops && !qops.includes('auth'))) return []
    return [
      {
        realm,
        nonce,
        algorithm,
        opaque: fields.get('opaque') ?? null,
        qop: qops ? 'auth' : null,
        stale: fields.get('stale')?.toLowerCase() === 'true',
        rank,
      },
    ]
  })
  const [best] = usable.toSorted((a, b) => a.rank - b.rank)
  if (!best) return null
  const { rank: _, ...asked } = best
  return asked
}

/** A 401 or 407 that can be answered: the field that the answer belongs in, and what is asked for. */
export interface Challenge {
  field: 'Authorization' | 'Proxy-Authorization'
  asked: ProofAsked
}

/** Does this response ask for a proof that we can give? */
export function challengeOf(response: Pick<SipResponse, 'status' | 'get'>): Challenge | null {
  if (response.status !== 401 && response.status !== 407) return null
  const [name, field] =
    response.status === 401
      ? (['www-authenticate', 'Authorization'] as const)
      : (['proxy-authenticate', 'Proxy-Authorization'] as const)
  const asked = proofAsked(response.get(name) ?? null)
  return asked && { field, asked }
}

/** The value of Authorization or Proxy-Authorization. `nc`: how often this nonce is used now, from 1. */
export function proof(
  { realm, nonce, algorithm, opaque, qop }: ProofAsked,
  { username, password }: Identity,
  { method, uri, cnonce, nc }: { method: string; uri: string; cnonce: string; nc: number },
): string {
  const { hash, session } = ALGORITHMS[(algorithm ?? 'MD5').toUpperCase()]!
  const digest = (text: string): string => createHash(hash).update(text).digest('hex')
  const count = nc.toString(16).padStart(8, '0')
  const own = digest(`${username}:${realm}:${password}`)
  const who = session ? digest(`${own}:${nonce}:${cnonce}`) : own
  const what = digest(`${method}:${uri}`)
  const response = digest(qop ? `${who}:${nonce}:${count}:${cnonce}:${qop}:${what}` : `${who}:${nonce}:${what}`)
  const fields = [
    `username=${quoted(username)}`,
    `realm=${quoted(realm)}`,
    `nonce=${quoted(nonce)}`,
    `uri=${quoted(uri)}`,
    `response="${response}"`,
    ...(algorithm === null ? [] : [`algorithm=${algorithm}`]),
    ...(opaque === null ? [] : [`opaque=${quoted(opaque)}`]),
    ...(qop || session ? [`cnonce="${cnonce}"`] : []),
    ...(qop ? [`qop=${qop}`, `nc=${count}`] : []),
  ]
  return `Digest ${fields.join(', ')}`
}

/** What an IMS core wants to know before it asks (3GPP TS 24.229, 5.1.1.2): who we are, and no proof yet. */
export function unproven(username: string, realm: string, uri: string): string {
  return `Digest username=${quoted(username)}, realm=${quoted(realm)}, nonce="", uri=${quoted(uri)}, response=""`
}

function quoted(text: string): string {
  return `"${text.replace(/[\u0000-\u001f\u007f]/g, '').replace(/["\\]/g, '\\$&')}"`
}
