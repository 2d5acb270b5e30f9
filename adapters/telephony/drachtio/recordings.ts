/** Recordings on the media server: it writes their files; that they were kept is reported when it is so. */
import { isProblem, Problem } from '@ledgerline/core/kernel/problem.ts'
import type { LegCommand, RecordedFile, RecordingLack } from '@ledgerline/core/telephony/port.ts'
import { api } from './connections.ts'
import type { SocketEvent } from './event-socket.ts'
import type { Leg } from './leg.ts'
import type { Legs } from './legs.ts'

export interface RecordingsOptions {
  legs: Legs
  /** Where a recording is written, on the media server. */
  recordingPath(tenant: string, recordingId: string): string
  /** A recording has stopped: its file may still be written for a moment. */
  onRecorded?(recordingId: string, server: string): void
  /**
   * Waits until the file of a recording is whole, checks it and puts it into the store. Null: not yet; it will be asked for
   * again. Absent: recordings stay where the media server wrote them, and are not confirmed.
   */
  keepRecording?(tenant: string, recordingId: string): Promise<RecordedFile | RecordingLack | null>
}

/** How FreeSWITCH says that it does not record this file. */
const NOT_RUNNING = /-ERR Cannot (?:stop|mask|unmask) record(?:ing)? session/i
/** What the media server calls the end of a recording that it could not write on. */
const NOT_WRITTEN = 'uri-failure'

export class Recordings {
  readonly #with: RecordingsOptions
  /** Recordings by the path of their file, until they stop. */
  readonly #running = new Map<string, string>()

  constructor(options: RecordingsOptions) {
    this.#with = options
  }

  /** @throws Problem `telephony.no_leg`, `telephony.unavailable` */
  async order(leg: Leg, recordingId: string, what: 'start' | 'stop' | 'mask' | 'unmask'): Promise<void> {
    const path = this.#with.recordingPath(leg.tenant, recordingId)
    this.#running.set(path, recordingId)
    try {
      await api(leg, 'uuid_record', `${what} ${path}`)
    } catch (error) {
      this.#running.delete(path)
      // It does not run, here or any more: there is nothing to change.
      if (what === 'start' || !isProblem(error) || !NOT_RUNNING.test(String(error.details['reason']))) throw error
    }
  }

  /** Resolves when it was reported, or could not be; never throws. */
  async deliver(
    tenant: string,
    { legId, callId, recordingId }: Extract<LegCommand, { do: 'deliver_recording' }>,
  ): Promise<void> {
    const { keepRecording, legs } = this.#with
    if (!keepRecording) return
    try {
      const file = await keepRecording(tenant, recordingId)
      if (file !== null) legs.report({ tenant, legId, callId }, { what: 'recorded', recordingId, file })
    } catch (error) {
      legs.failed('keeping a recording', error)
    }
  }

  /** The media server says that it has stopped. */
  stopped(event: SocketEvent): void {
    const path = event['Record-File-Path'] ?? ''
    const recordingId = this.#running.get(path)
    if (recordingId === undefined) return
    this.#running.delete(path)
    // What was written until then is kept as it is.
    if (event['Record-Completion-Cause'] === NOT_WRITTEN)
      this.#with.legs.failed(
        'writing a recording',
        new Problem('telephony.unavailable', { reason: 'not all of it could be written: is the disk full?' }),
      )
    this.#with.onRecorded?.(recordingId, this.#with.legs.at(event['Unique-ID'])?.server.name ?? '')
  }
}
