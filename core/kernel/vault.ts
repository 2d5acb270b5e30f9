/**
 * The vault port: keys of persons. A person is identified by the keyed hash of their number or customer id (the
 * *subject*); each has an AES-256-GCM key of their own, wrapped by the master key. Forgetting a person means deleting
 * that key: the ledger stays whole, but what it says about them can no longer be read.
 */

/** Stands in stored JSON in place of a personal value. */
export interface Sealed {
  /** The person's subject. */
  s: string
  /** Nonce, ciphertext and tag, base64url. */
  c: string
}

export interface Vault {
  /** The subject of an identity within a tenant: a keyed hash, so that values can be compared without knowing them. */
  subject(tenant: string, identity: string): string
  /** The keyed hash of a text of any length within a tenant: says whether two texts are equal, and nothing else of them. */
  digest(tenant: string, text: string): string
  /**
   * Makes the keys of these subjects ready for {@link seal} and {@link open}; with `create`, makes missing ones and
   * first stores them durably.
   * @throws Problem `key.master_lost`, `log.unavailable`
   */
  ready(tenant: string, subjects: Iterable<string>, create: boolean): Promise<void>
  /** Seals a value. Its subject must be ready. */
  seal(tenant: string, subject: string, value: string): Sealed
  /** Opens a value; null when the person has been forgotten. Its subject must be ready. */
  open(tenant: string, sealed: Sealed): string | null
  /** Deletes a person's key for good. True if there was one. */
  forget(tenant: string, subject: string): Promise<boolean>
  close(): Promise<void>
}

export function isSealed(value: unknown): value is Sealed {
  return typeof value === 'object' && value !== null && 's' in value && 'c' in value
}
