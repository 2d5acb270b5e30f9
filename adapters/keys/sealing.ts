/**
 * The cryptography of the vault, and nothing else. From one master key, HKDF-SHA256 derives a key for subjects and one
 * for digests (HMAC-SHA256), one that wraps the keys of persons, and a value that identifies the master key. Everything
 * is sealed with AES-256-GCM. Keys are key objects, not buffers: creating a cipher from one is five times as fast.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hash,
  hkdfSync,
  type KeyObject,
  randomFillSync,
  timingSafeEqual,
} from 'node:crypto'

const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16
/** Length of a subject: collisions are out of reach, and every event carries it. */
const SUBJECT_BYTES = 16
const MARK_BYTES = 4

/** A person's key, unwrapped. */
export interface PersonKey {
  key: KeyObject
  /**
   * First bytes of the key's hash, prepended to what it seals: distinguishes a newly made key from the one that was
   * forgotten.
   */
  mark: Buffer
}

export class Sealing {
  readonly #subjects: KeyObject
  readonly #digests: KeyObject
  readonly #wrapping: KeyObject
  /** Identifies the master key without revealing anything about it. */
  readonly check: Buffer

  /** @param master 32 bytes */
  constructor(master: Buffer) {
    this.#subjects = createSecretKey(derive(master, 'subjects'))
    this.#digests = createSecretKey(derive(master, 'digests'))
    this.#wrapping = createSecretKey(derive(master, 'person keys'))
    this.check = derive(master, 'check')
  }

  fits(check: Buffer): boolean {
    return check.length === this.check.length && timingSafeEqual(check, this.check)
  }

  subject(tenant: string, identity: string): string {
    return createHmac('sha256', this.#subjects)
      .update(`${tenant}\0${identity}`)
      .digest()
      .subarray(0, SUBJECT_BYTES)
      .toString('base64url')
  }

  /** A hash by which nobody else finds out what a text says. */
  digest(tenant: string, text: string): string {
    return createHmac('sha256', this.#digests).update(`${tenant}\0`).update(text).digest('base64url')
  }

  /** A new key for a person, wrapped. */
  newKey(tenant: string, subject: string): Buffer {
    return encrypt(this.#wrapping, random(Buffer.alloc(KEY_BYTES)), owner(tenant, subject), NOTHING)
  }

  /** @throws if another master key wrapped it, or it belongs to another person */
  unwrap(tenant: string, subject: string, wrapped: Buffer): PersonKey {
    return marked(decrypt(this.#wrapping, wrapped, owner(tenant, subject)))
  }

  /** Mark of the key, nonce, ciphertext and tag, base64url. Bound to its person: it cannot be moved to another. */
  seal(tenant: string, subject: string, { key, mark }: PersonKey, value: string): string {
    return encrypt(key, Buffer.from(value), owner(tenant, subject), mark).toString('base64url')
  }

  /**
   * The value; null if it was sealed with another key of this person, which is gone.
   * @throws if it was changed since
   */
  open(tenant: string, subject: string, { key, mark }: PersonKey, sealed: string): string | null {
    const bytes = Buffer.from(sealed, 'base64url')
    if (bytes.compare(mark, 0, MARK_BYTES, 0, MARK_BYTES) !== 0) return null
    return decrypt(key, bytes.subarray(MARK_BYTES), owner(tenant, subject)).toString()
  }
}

const NOTHING = Buffer.alloc(0)

/** A separate key for each purpose. @param master 32 bytes */
export function derive(master: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', master, '', `ledgerline ${purpose}`, KEY_BYTES))
}

function marked(key: Buffer): PersonKey {
  return { key: createSecretKey(key), mark: hash('sha256', key, 'buffer').subarray(0, MARK_BYTES) }
}

function owner(tenant: string, subject: string): Buffer {
  return Buffer.from(`${tenant}\0${subject}`)
}

/** `before`, nonce, ciphertext, tag. A key seals few values, so random 96-bit nonces never collide. */
export function encrypt(key: KeyObject, plain: Buffer, bound: Buffer, before: Buffer): Buffer {
  const nonce = random(Buffer.allocUnsafe(NONCE_BYTES))
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(bound)
  return Buffer.concat([before, nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

/** @throws if it was sealed with another key, bound to something else, or changed since */
export function decrypt(key: KeyObject, bytes: Buffer, bound: Buffer): Buffer {
  const end = bytes.length - TAG_BYTES
  if (end < NONCE_BYTES) throw new Error('too short to have been sealed')
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAAD(bound).setAuthTag(bytes.subarray(end))
  const plain = decipher.update(bytes.subarray(NONCE_BYTES, end))
  decipher.final()
  return plain
}

/** Random bytes are drawn in bulk: drawn one by one, each would cost as much as the sealing. */
const stock = Buffer.alloc(4096)
let drawn = stock.length

function random(out: Buffer): Buffer {
  if (drawn + out.length > stock.length) {
    randomFillSync(stock)
    drawn = 0
  }
  stock.copy(out, 0, drawn, drawn + out.length)
  stock.fill(0, drawn, drawn + out.length)
  drawn += out.length
  return out
}
