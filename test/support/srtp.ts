/** Encrypted sound, for telephones in tests: SRTP (RFC 3711) with AES_CM_128_HMAC_SHA1_80 and keys in the SDP (RFC 4568). */
import { createCipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

const TAG_BYTES = 10
export const SUITE = 'AES_CM_128_HMAC_SHA1_80'

/** Of one direction. */
export class Srtp {
  readonly #key: Buffer
  readonly #authentication: Buffer
  readonly #salt: Buffer
  #rollovers = 0
  #last = -1

  /** @param inline as it stands in the SDP, behind `inline:` */
  constructor(inline: string) {
    const master = Buffer.from(inline.split('|')[0]!, 'base64')
    const [key, salt] = [master.subarray(0, 16), master.subarray(16, 30)]
    const derived = (label: number, bytes: number): Buffer => {
      const iv = Buffer.concat([salt, Buffer.alloc(2)])
      iv[7]! ^= label
      return createCipheriv('aes-128-ctr', key, iv).update(Buffer.alloc(bytes))
    }
    this.#key = derived(0, 16)
    this.#authentication = derived(1, 20)
    this.#salt = derived(2, 14)
  }

  /** Keys of our own. */
  static inline(): string {
    return randomBytes(30).toString('base64')
  }

  /** An RTP packet, encrypted. */
  protect(packet: Buffer): Buffer {
    this.#count(packet.readUInt16BE(2))
    const sealed = Buffer.concat([packet.subarray(0, 12), this.#crypt(packet, packet.subarray(12), this.#rollovers)])
    return Buffer.concat([sealed, this.#tag(sealed, this.#rollovers)])
  }

  /** The RTP packet; null: it was not encrypted with these keys. */
  open(sealed: Buffer): Buffer | null {
    if (sealed.length < 12 + TAG_BYTES) return null
    const [packet, tag] = [sealed.subarray(0, -TAG_BYTES), sealed.subarray(-TAG_BYTES)]
    for (const rollovers of [this.#rollovers, this.#rollovers + 1]) {
      if (!timingSafeEqual(this.#tag(packet, rollovers), tag)) continue
      this.#rollovers = rollovers
      return Buffer.concat([packet.subarray(0, 12), this.#crypt(packet, packet.subarray(12), rollovers)])
    }
    return null
  }

  #count(sequence: number): void {
    if (sequence < this.#last) this.#rollovers++
    this.#last = sequence
  }

  #crypt(packet: Buffer, payload: Buffer, rollovers: number): Buffer {
    const iv = Buffer.concat([this.#salt, Buffer.alloc(2)])
    const counter = Buffer.alloc(16)
    packet.copy(counter, 4, 8, 12)
    counter.writeUInt32BE(rollovers, 8)
    packet.copy(counter, 12, 2, 4)
    for (let at = 0; at < 16; at++) iv[at]! ^= counter[at]!
    return createCipheriv('aes-128-ctr', this.#key, iv).update(payload)
  }

  #tag(packet: Buffer, rollovers: number): Buffer {
    const count = Buffer.alloc(4)
    count.writeUInt32BE(rollovers)
    return createHmac('sha1', this.#authentication).update(packet).update(count).digest().subarray(0, TAG_BYTES)
  }
}
