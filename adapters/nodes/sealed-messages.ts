/**
 * Messages between the processes of one installation, sealed with a key derived from the master key that only they
 * share. Anything in between (a network, Redis) can neither read a caller's number in them nor forge a board row or a
 * command to a phone.
 */
import { createSecretKey, type KeyObject } from 'node:crypto'
import { decrypt, derive, encrypt } from '../keys/sealing.ts'

const NOTHING = Buffer.alloc(0)

export class SealedMessages {
  readonly #key: KeyObject
  /** Distinguishes installations without revealing anything about the key. */
  readonly house: string

  /**
   * @param master the master key, 32 bytes
   * @param purpose messages of one purpose cannot be opened as those of another
   */
  constructor(master: Buffer, purpose: string) {
    this.#key = createSecretKey(derive(master, purpose))
    this.house = derive(master, `${purpose} house`).subarray(0, 6).toString('hex')
  }

  /** @param bound what the message is bound to (its addressee, its channel): it opens nowhere else */
  seal(bound: string, content: unknown): Buffer {
    return encrypt(this.#key, Buffer.from(JSON.stringify(content)), Buffer.from(bound), NOTHING)
  }

  /** The content; null when it is not a message of this installation to this addressee. */
  open(bound: string, sealed: Buffer): unknown {
    try {
      return JSON.parse(decrypt(this.#key, sealed, Buffer.from(bound)).toString())
    } catch {
      return null
    }
  }
}
