/** What is in a recording: a WAV file of 16-bit samples, one channel for each party. */
import { readFileSync } from 'node:fs'

export interface Wave {
  rate: number
  bytes: number
  /** One for each party. */
  channels: Float32Array[]
}

export function readWave(path: string): Wave {
  const file = readFileSync(path)
  let at = 12
  let format: Buffer | null = null
  for (;;) {
    const kind = file.toString('latin1', at, at + 4)
    const length = file.readUInt32LE(at + 4)
    if (kind === 'fmt ') format = file.subarray(at + 8, at + 8 + length)
    if (kind === 'data') break
    at += 8 + length + (length % 2)
  }
  if (!format || format.readUInt16LE(14) !== 16) throw new Error(`${path} does not hold samples of 16 bits`)
  const data = file.subarray(at + 8)
  const count = format.readUInt16LE(2)
  const channels = Array.from({ length: count }, () => new Float32Array(Math.floor(data.length / 2 / count)))
  for (const [channel, samples] of channels.entries())
    for (let index = 0; index < samples.length; index++)
      samples[index] = data.readInt16LE(2 * (index * count + channel))
  return { rate: format.readUInt32LE(4), bytes: file.length, channels }
}

/** Seconds during which a channel holds this tone, looked at in tenths; 0 Hz: during which it is silent. */
export function secondsOf(samples: Float32Array, rate: number, tone: number): number {
  const step = rate / 10
  let found = 0
  for (let from = 0; from + step <= samples.length; from += step) {
    const part = samples.subarray(from, from + step)
    const loudest = part.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)
    if (tone === 0 ? loudest < 100 : amplitude(part, tone, rate) > 1500) found++
  }
  return found / 10
}

function amplitude(samples: Float32Array, tone: number, rate: number): number {
  const c = 2 * Math.cos((2 * Math.PI * tone) / rate)
  let [one, two] = [0, 0]
  for (const sample of samples) [one, two] = [sample + c * one - two, one]
  return (2 * Math.sqrt(Math.max(0, one * one + two * two - c * one * two))) / samples.length
}
