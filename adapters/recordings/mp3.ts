/** Recordings as MP3, by ffmpeg where the machine has it. */
import { spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** A telephone conversation needs no more. */
const BITS_A_SECOND = '48k'

/** Begins when the first bytes are there, so that a program that is missing or refuses the file is known before. */
export interface Mp3 {
  first: Buffer
  rest: Readable
}

/**
 * Turns a WAV file into MP3 while it is read.
 * @throws Error if there is no ffmpeg, or it cannot read the file
 */
export async function toMp3(wav: Readable, signal: AbortSignal, program = 'ffmpeg'): Promise<Mp3> {
  const options = ['-hide_banner', '-loglevel', 'error', '-nostdin', '-i', 'pipe:0', '-map_metadata', '-1']
  const child = spawn(program, [...options, '-codec:a', 'libmp3lame', '-b:a', BITS_A_SECOND, '-f', 'mp3', 'pipe:1'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    signal,
    killSignal: 'SIGKILL',
  })
  // What ends it also ends what it reads; the reason is told by its exit.
  pipeline(wav, child.stdin, { signal }).catch(() => {})
  const { stdout } = child
  // The reader is told of it; before that nobody listens.
  stdout.on('error', () => {})
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => {
      if (code !== 0) {
        const error = new Error(`it ended with ${code}`)
        reject(error)
        // A response that has begun must not be taken for complete.
        stdout.destroy(error)
      }
    })
    const readable = (): void => {
      const first = stdout.read() as Buffer | null
      if (first === null) return
      stdout.off('readable', readable)
      resolve({ first, rest: stdout })
    }
    stdout.on('readable', readable)
  })
}
