/** A WAV file with a tone: 16-bit samples, 8 kHz. */
export function wav({ ms, channels = 2, told }: { ms: number; channels?: number; told?: number }): Buffer {
  const samples = Math.round((8_000 * ms) / 1000)
  const data = Buffer.alloc(samples * channels * 2)
  for (let n = 0; n < samples; n++)
    for (let channel = 0; channel < channels; channel++)
      data.writeInt16LE(
        Math.round(8_000 * Math.sin((n * (channel + 1) * 440 * 2 * Math.PI) / 8_000)),
        (n * channels + channel) * 2,
      )
  const head = Buffer.alloc(44)
  head.write('RIFF', 0)
  head.writeUInt32LE(36 + (told ?? data.length), 4)
  head.write('WAVEfmt ', 8)
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(channels, 22)
  head.writeUInt32LE(8_000, 24)
  head.writeUInt32LE(8_000 * channels * 2, 28)
  head.writeUInt16LE(channels * 2, 32)
  head.writeUInt16LE(16, 34)
  head.write('data', 36)
  head.writeUInt32LE(told ?? data.length, 40)
  return Buffer.concat([head, data])
}
