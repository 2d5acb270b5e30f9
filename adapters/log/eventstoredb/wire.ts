/**
 * The part of Protocol Buffers that EventStoreDB's messages use: varints, length-delimited fields, nested messages
 * (https://protobuf.dev/programming-guides/encoding). Hand-written, because it limits the speed of reading: the
 * generated objects of the official client cost four times as much as the wire.
 */

/**
 * `utf8Slice` is what `toString('utf8', …)` ends up calling, without the checks of its arguments: a good part of the
 * cost of a short text.
 */
type Bytes = Buffer & { utf8Slice(start: number, end: number): string }

const VARINT = 0
const FIXED64 = 1
const BYTES = 2
const FIXED32 = 5

/**
 * Bytes that the length of a nested message always takes here: longer than needed, which every reader accepts, but
 * known before the message is.
 */
const LENGTH_BYTES = 4

/** Writes one message. */
export class Writer {
  #buffer = Buffer.allocUnsafe(1024)
  #length = 0

  /** A number below 2⁵³. */
  number(field: number, value: number): this {
    this.#need(20)
    this.#varint(field * 8 + VARINT)
    this.#varint(value)
    return this
  }

  text(field: number, value: string): this {
    this.#need(10 + LENGTH_BYTES + value.length * 3)
    this.#varint(field * 8 + BYTES)
    const start = this.#length
    this.#length += LENGTH_BYTES
    this.#length += this.#buffer.write(value, this.#length)
    this.#close(start)
    return this
  }

  /** A nested message; empty without a body. */
  message(field: number, body?: (writer: this) => void): this {
    this.#need(10 + LENGTH_BYTES)
    this.#varint(field * 8 + BYTES)
    const start = this.#length
    this.#length += LENGTH_BYTES
    body?.(this)
    this.#close(start)
    return this
  }

  finish(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  #close(start: number): void {
    let length = this.#length - start - LENGTH_BYTES
    for (let byte = 0; byte < LENGTH_BYTES - 1; byte++) {
      this.#buffer[start + byte] = (length & 0x7f) | 0x80
      length >>>= 7
    }
    this.#buffer[start + LENGTH_BYTES - 1] = length
  }

  #varint(value: number): void {
    let left = value
    while (left > 0x7f) {
      this.#buffer[this.#length++] = (left % 128) | 0x80
      left = Math.floor(left / 128)
    }
    this.#buffer[this.#length++] = left
  }

  #need(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + bytes))
    this.#buffer.copy(larger, 0, 0, this.#length)
    this.#buffer = larger
  }
}

/**
 * Reads one message: `next()` returns the numbers of its fields in order; each field is then taken with the method of
 * its type, or skipped.
 */
export class Reader {
  readonly #buffer: Bytes
  #place: number
  #end: number
  #type = 0

  constructor(buffer: Buffer, start = 0, end = buffer.length) {
    this.#buffer = buffer as Bytes
    this.#place = start
    this.#end = end
  }

  /** The next field's number; 0 at the end. @throws RangeError for a truncated message */
  next(): number {
    if (this.#place >= this.#end) {
      if (this.#place > this.#end) throw new RangeError('a message ends in the middle of a field')
      return 0
    }
    const tag = this.number()
    this.#type = tag & 7
    return tag >>> 3
  }

  /** A number; not exact above 2⁵³. */
  number(): number {
    const buffer = this.#buffer
    let byte = buffer[this.#place++]!
    let value = byte & 0x7f
    for (let scale = 128; byte > 0x7f; scale *= 128) {
      if (this.#place >= this.#end) throw new RangeError('a message ends in the middle of a number')
      byte = buffer[this.#place++]!
      value += (byte & 0x7f) * scale
    }
    return value
  }

  /** A number of 64 bits, exact. */
  wide(): bigint {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      if (this.#place >= this.#end) throw new RangeError('a message ends in the middle of a number')
      const byte = this.#buffer[this.#place++]!
      value |= BigInt(byte & 0x7f) << shift
      if (byte <= 0x7f) return BigInt.asUintN(64, value)
    }
  }

  text(): string {
    const end = this.#fieldEnd()
    const text = this.#buffer.utf8Slice(this.#place, end)
    this.#place = end
    return text
  }

  /** A number written in digits, without the last `less` of them; NaN if it is not one. */
  digits(less: number): number {
    const end = this.#fieldEnd()
    let value = this.#place < end ? 0 : Number.NaN
    for (; this.#place < end - less; this.#place++) {
      const digit = this.#buffer[this.#place]! - 0x30
      value = digit >= 0 && digit <= 9 ? value * 10 + digit : Number.NaN
    }
    this.#place = end
    return value
  }

  /** Does the field consist of exactly these bytes? If so, takes it. */
  takes(bytes: Buffer): boolean {
    const start = this.#place
    const end = this.#fieldEnd()
    let same = end - this.#place === bytes.length
    for (let index = 0; same && index < bytes.length; index++) same = this.#buffer[this.#place + index] === bytes[index]
    this.#place = same ? end : start
    return same
  }

  /** Enters a nested message: `next()` then returns its fields. Pass the result to {@link leave}. */
  enter(): number {
    const outer = this.#end
    this.#end = this.#fieldEnd()
    return outer
  }

  /** Leaves a nested message, skipping what was not read of it. */
  leave(outer: number): void {
    this.#place = this.#end
    this.#end = outer
  }

  pass(): void {
    if (this.#type === VARINT) this.number()
    else if (this.#type === FIXED64) this.#place += 8
    else if (this.#type === FIXED32) this.#place += 4
    else this.#place = this.#fieldEnd()
  }

  #fieldEnd(): number {
    if (this.#type !== BYTES) throw new RangeError(`a field of wire type ${this.#type} where bytes were expected`)
    const length = this.number()
    const end = this.#place + length
    if (end > this.#end) throw new RangeError('a message ends in the middle of a field')
    return end
  }
}
