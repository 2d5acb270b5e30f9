/**
 * Recordings of the simulated network. Nobody speaks, so there is nothing to hear: what is known of a recording is how long
 * it ran, and the report says that it is simulated. Where a store is given, a tone of that length is kept in it, so that
 * lists and players have something to play.
 */
import type { RecordedFile, RecordingLack } from '@ledgerline/core/telephony/port.ts'

/** Keeps a file that stands for a recording of this length, of which stretches (ms from its beginning) were masked. */
export type KeepTone = (
  tenant: string,
  recordingId: string,
  durationMs: number,
  masked: readonly { from: number; to: number }[],
) => Promise<RecordedFile>

/** This many recordings are remembered after their leg is gone. */
const MOST_REMEMBERED = 20_000

interface Recording {
  legId: string
  startedAt: number
  stoppedAt: number | null
  masked: { from: number; to: number | null }[]
}

export class Recordings {
  readonly #known = new Map<string, Recording>()
  readonly #running = new Map<string, Set<string>>()
  readonly #keep: KeepTone | null

  constructor(keep: KeepTone | null) {
    this.#keep = keep
  }

  record(legId: string, recordingId: string, on: boolean, now: number): void {
    const known = this.#known.get(recordingId)
    if (!on) return known && this.#stop(recordingId, known, now)
    if (known) return
    this.#known.set(recordingId, { legId, startedAt: now, stoppedAt: null, masked: [] })
    this.#running.set(legId, (this.#running.get(legId) ?? new Set()).add(recordingId))
    if (this.#known.size > MOST_REMEMBERED) this.#known.delete(this.#known.keys().next().value!)
  }

  mask(recordingId: string, on: boolean, now: number): void {
    const known = this.#known.get(recordingId)
    if (!known || known.stoppedAt !== null) return
    const last = known.masked.at(-1)
    const isMasked = last !== undefined && last.to === null
    if (on && !isMasked) known.masked.push({ from: now - known.startedAt, to: null })
    if (!on && isMasked) last.to = now - known.startedAt
  }

  /** A leg is gone, and what was recorded on it is over. */
  legEnded(legId: string, now: number): void {
    for (const recordingId of this.#running.get(legId) ?? []) this.#stop(recordingId, this.#known.get(recordingId), now)
  }

  /** What is kept of a recording that is over; null: it still runs. */
  async deliver(tenant: string, recordingId: string): Promise<RecordedFile | RecordingLack | null> {
    const known = this.#known.get(recordingId)
    if (!known) return 'no_file'
    if (known.stoppedAt === null) return null
    const durationMs = known.stoppedAt - known.startedAt
    if (durationMs <= 0) return 'empty'
    const masked = known.masked.map(({ from, to }) => ({ from, to: to ?? durationMs }))
    if (this.#keep) return this.#keep(tenant, recordingId, durationMs, masked)
    return { bytes: 0, durationMs, sha256: null, file: null, simulated: true }
  }

  #stop(recordingId: string, known: Recording | undefined, now: number): void {
    if (known?.stoppedAt === null) known.stoppedAt = now
    const running = known && this.#running.get(known.legId)
    running?.delete(recordingId)
    if (running?.size === 0) this.#running.delete(known!.legId)
  }
}
