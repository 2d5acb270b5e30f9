/**
 * Passwords for telephones in browsers: made for one extension, good for minutes, and never stored. User and password
 * follow from each other by a key that all processes of a house share, so that the process with the desk can issue what
 * the process with the registrar accepts:
 *
 *     user      8201~MTc5…~k3Jx…      the extension, until when it is good, and a random part
 *     password  HMAC-SHA-256(key, tenant, user)
 *
 * It is accepted over a WebSocket only, and for extensions that may be a browser's (`webPhone`): switching that off ends
 * it at once. An extension's own, long-lived password never leaves the house for this.
 */
import { createHmac } from 'node:crypto'
import type { Phone } from './bindings.ts'

/** How long a password is good, ms; the browser asks for the next one in time. */
export const WEB_PASSWORD_MS = 10 * 60_000
/** Of another process's clock. */
const APART_MS = 60_000
const RANDOM_BYTES = 12

/** What a browser registers with. */
export interface WebPassword {
  user: string
  password: string
  /** UTC ms. */
  expiresAt: number
}

export class WebCredentials {
  readonly #key: Buffer
  readonly #random: (bytes: number) => Buffer

  /** @param key the same in all processes of a house, and used for nothing else */
  constructor(key: Buffer, random: (bytes: number) => Buffer) {
    this.#key = key
    this.#random = random
  }

  issue({ tenant, extension }: Phone, now: number): WebPassword {
    const expiresAt = now + WEB_PASSWORD_MS
    const user = [extension, base64(String(expiresAt)), this.#random(RANDOM_BYTES).toString('base64url')].join(MARK)
    return { user, password: this.#password(tenant, user), expiresAt }
  }

  /** The password that belongs to a user, and until when; null if there is none (any more). */
  accepts(tenant: string, user: string, now: number): { password: string; expiresAt: number } | null {
    const expiresAt = Number(Buffer.from(user.split(MARK).at(-2) ?? '', 'base64url').toString())
    const good = Number.isSafeInteger(expiresAt) && expiresAt > now && expiresAt <= now + WEB_PASSWORD_MS + APART_MS
    return good ? { password: this.#password(tenant, user), expiresAt } : null
  }

  #password(tenant: string, user: string): string {
    return createHmac('sha256', this.#key)
      .update(JSON.stringify([tenant, user]))
      .digest('base64url')
  }
}

const MARK = '~'
const base64 = (text: string): string => Buffer.from(text).toString('base64url')

/** The extension that a browser's user name is for; null if it is no such name. */
export function extensionOfWebUser(user: string): string | null {
  const [extension, expiry, random, ...more] = user.split(MARK)
  return extension && expiry && random && more.length === 0 ? extension : null
}
