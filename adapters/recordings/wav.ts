/** Headers of WAV files (RIFF, "Multimedia Programming Interface and Data Specifications 1.0", 1991). */

/** What a header says. */
export interface Wav {
  channels: number
  samplesPerSecond: number
  /** Where the sound begins, and how many bytes of it the file has. */
  from: number
  bytes: number
  durationMs: number
}

/** Headers are at the beginning: this many bytes hold all that comes before the sound. */
export const HEADER_BYTES = 4_096

/**
 * Reads a header; null: this is no WAV file. The length written in it is not believed: writers fill it in at
 * the end, and may have died before that. The file's own size is.
 *
 * @param head the first {@link HEADER_BYTES} bytes of the file, or all it has
 */
export function readWav(head: Buffer, fileBytes: number): Wav | null {
  if (head.length < 12 || head.toString('latin1', 0, 4) !== 'RIFF' || head.toString('latin1', 8, 12) !== 'WAVE')
    return null
  let format: { channels: number; samplesPerSecond: number; bytesPerSecond: number } | null = null
  for (let at = 12; at + 8 <= head.length;) {
    const name = head.toString('latin1', at, at + 4)
    const length = head.readUInt32LE(at + 4)
    const from = at + 8
    if (name === 'fmt ' && length >= 16 && from + 16 <= head.length)
      format = {
        channels: head.readUInt16LE(from + 2),
        samplesPerSecond: head.readUInt32LE(from + 4),
        bytesPerSecond: head.readUInt32LE(from + 8),
      }
    if (name === 'data') {
      if (!format || format.bytesPerSecond === 0 || format.channels === 0) return null
      const there = Math.max(0, fileBytes - from)
      const bytes = length === 0 || length > there ? there : length
      const { channels, samplesPerSecond, bytesPerSecond } = format
      return { channels, samplesPerSecond, from, bytes, durationMs: Math.round((bytes * 1000) / bytesPerSecond) }
    }
    // Chunks begin at even places.
    at = from + length + (length % 2)
  }
  return null
}

/** The header of a file with 8-bit samples. */
export function wavHeader(samplesPerSecond: number, channels: number, bytes: number): Buffer {
  const header = Buffer.alloc(44)
  header.write('RIFF', 0, 'latin1')
  header.writeUInt32LE(36 + bytes, 4)
  header.write('WAVEfmt ', 8, 'latin1')
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(channels, 22)
  header.writeUInt32LE(samplesPerSecond, 24)
  header.writeUInt32LE(samplesPerSecond * channels, 28)
  header.writeUInt16LE(channels, 32)
  header.writeUInt16LE(8, 34)
  header.write('data', 36, 'latin1')
  header.writeUInt32LE(bytes, 40)
  return header
}
