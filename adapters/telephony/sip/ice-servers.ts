/**
 * Servers that help a browser's sound through address translation: STUN, which tells it how it looks from outside, and TURN,
 * which relays for networks that let nothing else out. A TURN server gets a name with a time in it and a password that
 * follows from a secret it shares with us (what coturn calls `use-auth-secret`), so that the secret never reaches a browser.
 */
import { createHmac } from 'node:crypto'

/** As it is configured. */
export interface IceServer {
  /** `stun:host:port`, `turn:host:port?transport=tcp`: RFC 7064, RFC 7065. */
  url: string
  /** Shared with a TURN server; null: it asks for none. */
  secret: string | null
}

/** As a browser takes it (`RTCIceServer`). */
export interface IceAccess {
  urls: string
  username?: string
  credential?: string
}

/**
 * How long a relay may be used, ms: it is asked for anew all the time that a call lasts, with what was known at its
 * beginning. So it is much longer than that of a password.
 */
const RELAY_MS = 12 * 3_600_000

/** @param user who it is for: the server writes it into its log */
export function iceAccess(servers: readonly IceServer[], user: string, now: number): IceAccess[] {
  return servers.map(({ url, secret }) => {
    if (secret === null) return { urls: url }
    const username = `${Math.floor((now + RELAY_MS) / 1000)}:${user}`
    return { urls: url, username, credential: createHmac('sha1', secret).update(username).digest('base64') }
  })
}
