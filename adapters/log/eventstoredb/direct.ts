/**
 * Takes the messages of a call where their bytes arrive. The gRPC library passes on every message by itself: copied out
 * of the bytes, through each layer of the call, with a turn of the queue and a pause of the HTTP/2 stream in between.
 * That costs more than decoding it, and several messages arrive at once. Everything else stays with the library:
 * credentials, deadlines, the status at the end, lost connections. If its inside is not as known here, or a message is
 * compressed, messages come the library's own way.
 */
import type { ReadCall } from './connection.ts'

/** One message: these bytes of a buffer. */
export type TakeMessage = (bytes: Buffer, start: number, end: number) => void

/** The innermost part of the library's call. */
interface InsideCall {
  decoder: Decoder
  http2Stream: Flow
}

interface Decoder {
  /** Returns the messages that are complete, for the library to pass on. */
  write(bytes: Buffer): Buffer[]
}

/** Reading can be stopped and continued. */
export interface Flow {
  pause(): unknown
  resume(): unknown
}

/** To be called when the answer begins, before its first message. Null: messages come the library's own way. */
export function takeDirectly(call: ReadCall, take: TakeMessage): Flow | null {
  const inside = innermost(call)
  if (!inside) return null
  const theirs = inside.decoder
  const frames = new Frames(take)
  let flow: Flow = inside.http2Stream
  inside.decoder = {
    write(bytes) {
      const left = frames.take(bytes)
      if (left === null) return []
      inside.decoder = theirs
      flow = call
      return theirs.write(left)
    },
  }
  return { pause: () => flow.pause(), resume: () => flow.resume() }
}

/** Calls are wrapped in each other; how deep depends on the channel's options. */
const DEEPEST = 10

function innermost(call: ReadCall): InsideCall | null {
  let at: unknown = call
  for (let depth = 0; depth < DEEPEST && typeof at === 'object' && at !== null; depth++) {
    const layer = at as Partial<InsideCall> & Record<'call' | 'nextCall' | 'child' | 'underlyingCalls', unknown>
    if (typeof layer.decoder?.write === 'function' && typeof layer.http2Stream?.pause === 'function')
      return layer as InsideCall
    const { underlyingCalls: tries } = layer
    at = layer.call ?? layer.nextCall ?? layer.child ?? (Array.isArray(tries) && tries.length === 1 ? tries[0] : null)
  }
  return null
}

/** Before each message: a byte that is 1 if it is compressed, and its length in four. */
const PREFIX = 5
/** A longer message is left to the library, which knows its limit; events are far below. */
const LONGEST = 4 * 1024 * 1024

/** Finds the messages in the bytes of a call, wherever these are cut. */
export class Frames {
  readonly #take: TakeMessage
  /** The beginning of a message whose end has not arrived. */
  #parts: Buffer[] = []
  #held = 0
  /** Bytes that must be there before something can be done. */
  #wanted = PREFIX

  constructor(take: TakeMessage) {
    this.#take = take
  }

  /** Returns null, or what is not for us, from the beginning of a message on: nothing may be given to us after that. */
  take(bytes: Buffer): Buffer | null {
    let at = 0
    // Only a message that was cut is copied, not the bytes that contain its end.
    while (this.#held > 0) {
      const part = bytes.subarray(at, at + this.#wanted - this.#held)
      this.#parts.push(part)
      this.#held += part.length
      at += part.length
      if (this.#held < this.#wanted) return null
      const joined = Buffer.concat(this.#parts)
      const end = endOf(joined, 0)
      if (end < 0) return Buffer.concat([joined, bytes.subarray(at)])
      this.#wanted = end
      this.#parts = [joined]
      if (end > joined.length) continue
      this.#clear()
      this.#take(joined, PREFIX, end)
    }
    while (at + PREFIX <= bytes.length) {
      const end = endOf(bytes, at)
      if (end < 0) return bytes.subarray(at)
      if (end > bytes.length) {
        this.#wanted = end - at
        break
      }
      this.#take(bytes, at + PREFIX, end)
      at = end
    }
    if (at < bytes.length) {
      this.#parts = [bytes.subarray(at)]
      this.#held = bytes.length - at
    }
    return null
  }

  #clear(): void {
    this.#parts = []
    this.#held = 0
    this.#wanted = PREFIX
  }
}

/** Where the message ends whose prefix is here; -1 if it is compressed or too long. */
function endOf(bytes: Buffer, at: number): number {
  if (bytes[at] !== 0) return -1
  const length = bytes.readUInt32BE(at + 1)
  return length > LONGEST ? -1 : at + PREFIX + length
}
