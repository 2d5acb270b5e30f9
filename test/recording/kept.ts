/** Recordings for tests, with real sound in a real store. */
import { Readable } from 'node:stream'
import { keyOf, type RecordingFiles } from '@ledgerline/adapters/recordings/files.ts'
import { wholeOf } from '@ledgerline/adapters/recordings/hashed.ts'
import type { KeepTone } from '@ledgerline/adapters/telephony/simulator/recordings.ts'
import { wav } from './wav.ts'

/** Keeps a tone of so many ms for each simulated recording; it says that it lasts as long, or as `told` does. */
export function keepsTones(files: RecordingFiles, ms: number, told: (ranMs: number) => number = () => ms): KeepTone {
  return async (tenant, recordingId, ranMs) => {
    const content = wav({ ms })
    const file = keyOf(tenant, recordingId)
    const whole = await wholeOf(Readable.from([content]))
    await files.put(file, Readable.from([content]), whole)
    return { ...whole, durationMs: told(ranMs), file, simulated: true }
  }
}
