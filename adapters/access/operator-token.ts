/**
 * Tokens for programs of the people who run the house: `ops/ledgerline token` makes one from the master key, and it is good for
 * an hour. Who has that key can read everything anyway. Such a token opens nothing but the house’s own machine, acts as the
 * operator, and is kept nowhere: it says how long it is good, and proves it.
 */
import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto'
import { derive } from '../keys/sealing.ts'

const FORM = /^op\.(\d{1,15})\.([\w-]{43})$/

export class OperatorTokens {
  readonly #key: KeyObject

  constructor(master: Buffer) {
    this.#key = createSecretKey(derive(master, 'operator tokens'))
  }

  issue(until: number): string {
    return `op.${until}.${this.#proof(until).toString('base64url')}`
  }

  /** Is this a token of this house that is still good? */
  accepts(token: string, now: number): boolean {
    const [, until, proof] = FORM.exec(token) ?? []
    if (until === undefined || proof === undefined || Number(until) < now) return false
    return timingSafeEqual(Buffer.from(proof, 'base64url'), this.#proof(Number(until)))
  }

  #proof(until: number): Buffer {
    return createHmac('sha256', this.#key).update(String(until)).digest()
  }
}
