/**
 * What is heard of a simulated recording: nobody spoke, so a tone stands for the customer on the left and another for the
 * agent on the right, who take turns; what was masked is silent. Such a file is made whenever it is read, from its key, which
 * says all there is to know of it: a demo that runs for days fills no disk.
 */
import { Readable } from 'node:stream'
import type { RecordedFile } from '@ledgerline/core/telephony/port.ts'
import type { RecordingFiles } from './files.ts'
import { wholeOf } from './hashed.ts'
import { wavHeader } from './wav.ts'

/** A stretch of a recording, ms from its beginning. */
export interface Stretch {
  from: number
  to: number
}

const RATE = 8_000
const CHANNELS = 2
/** Of 8-bit samples. */
const SILENCE = 128
const HZ = { left: 400, right: 620 }
const LOUDNESS = 40
/** Each speaks for so long, ms. */
const TURN_MS = 1_800
/** At most so many masked stretches are in a key. */
const MOST_STRETCHES = 8
const KEY = /^[\w~-]{1,90}\/tone-([0-9a-z]+)((?:-[0-9a-z]+_[0-9a-z]+)*)\.wav$/

/** A store that also has the files of simulated recordings. */
export function withTones(files: RecordingFiles): RecordingFiles {
  return {
    async put(key, content, whole) {
      if (toneOf(key)) throw new Error('the key of a simulated recording')
      await files.put(key, content, whole)
    },
    async read(key, range) {
      const tone = toneOf(key)
      return tone ? Readable.from(soundOf(tone, range)) : files.read(key, range)
    },
    async size(key) {
      const tone = toneOf(key)
      return tone ? sizeOf(tone) : files.size(key)
    },
    async delete(key) {
      if (!toneOf(key)) await files.delete(key)
    },
  }
}

/** The file of a simulated recording. */
export async function keepTone(
  tenant: string,
  _: string,
  durationMs: number,
  masked: readonly Stretch[],
): Promise<RecordedFile> {
  const stretches = masked.slice(0, MOST_STRETCHES).map(({ from, to }) => `-${from.toString(36)}_${to.toString(36)}`)
  const file = `${tenant.replace(/[^\w-]/g, '_')}/tone-${Math.max(1, durationMs).toString(36)}${stretches.join('')}.wav`
  const whole = await wholeOf(Readable.from(soundOf(toneOf(file)!)))
  return { ...whole, durationMs, file, simulated: true }
}

interface Tone {
  durationMs: number
  masked: readonly Stretch[]
}

function toneOf(key: string): Tone | null {
  const [, length, stretches = ''] = KEY.exec(key) ?? []
  if (length === undefined) return null
  const number = (text: string): number => Math.min(parseInt(text, 36), 86_400_000)
  const masked = stretches
    .split('-')
    .filter((stretch) => stretch !== '')
    .map((stretch) => stretch.split('_').map(number) as [number, number])
    .map(([from, to]) => ({ from, to }))
  return { durationMs: number(length), masked }
}

const soundBytes = ({ durationMs }: Tone): number => byteAt(durationMs)
const HEADER = 44
const sizeOf = (tone: Tone): number => HEADER + soundBytes(tone)

/** Its bytes, one round of the two at a time. */
function* soundOf(tone: Tone, range = { from: 0, to: sizeOf(tone) - 1 }): Generator<Buffer> {
  const { from, to } = range
  if (from < HEADER) yield wavHeader(RATE, CHANNELS, soundBytes(tone)).subarray(from, Math.min(to + 1, HEADER))
  const end = Math.min(to + 1, sizeOf(tone))
  for (let at = Math.max(from, HEADER); at < end;) {
    const round = Math.floor((at - HEADER) / ROUND.length)
    const begins = HEADER + round * ROUND.length
    const until = Math.min(end, begins + ROUND.length)
    yield roundOf(tone, round).subarray(at - begins, until - begins)
    at = until
  }
}

function roundOf({ masked }: Tone, round: number): Buffer {
  const within = masked
    .map(({ from, to }) => [from, to].map((ms) => byteAt(ms) - round * ROUND.length) as [number, number])
    .filter(([from, to]) => to > 0 && from < ROUND.length)
  if (within.length === 0) return ROUND
  const bytes = Buffer.from(ROUND)
  for (const [from, to] of within) bytes.fill(SILENCE, Math.max(0, from), Math.min(ROUND.length, to))
  return bytes
}

function byteAt(ms: number): number {
  return Math.round((ms * RATE) / 1000) * CHANNELS
}

/** Each speaks once. Both tones have whole waves in it, so that rounds follow each other without a click. */
function oneRound(): Buffer {
  const samples = (2 * TURN_MS * RATE) / 1000
  const bytes = Buffer.alloc(samples * CHANNELS, SILENCE)
  for (let n = 0; n < samples; n++) {
    const side = n < samples / 2 ? 0 : 1
    const turn = (n % (samples / 2)) / (samples / 2)
    // They begin and end softly, and wait a moment for the other.
    const swell = Math.min(1, Math.max(0, Math.min(turn, 0.85 - turn) * 12))
    const hz = side === 0 ? HZ.left : HZ.right
    bytes[n * CHANNELS + side] = SILENCE + Math.round(LOUDNESS * swell * Math.sin((2 * Math.PI * hz * n) / RATE))
  }
  return bytes
}
const ROUND = oneRound()
