/**
 * Deletes recordings that were kept for as long as the configuration says, and those of messages that somebody deleted.
 * First the file, then the event: a process that dies in between does both again, and nothing of it can be heard meanwhile.
 * What is known about a recording stays in the ledger.
 */
import type { Clock } from '@ledgerline/core/kernel/clock.ts'
import { dueBefore, isDue, keptDays, type KeepRules } from '@ledgerline/core/recording/retention.ts'
import type { ReadSide } from '../queries/read-side.ts'
import { selectPage, type Row } from '../queries/select.ts'
import { isKey, type RecordingFiles } from './files.ts'

/** How often it is looked, ms. */
const EVERY_MS = 600_000
const PAGE = 200

export interface RetentionOptions {
  tenant: string
  readSide: Pick<ReadSide, 'models' | 'tablesOf'>
  files: RecordingFiles
  rules: () => KeepRules
  clock: Clock
  /** Writes into the ledger that the file is gone; `keptDays` null: since its message was deleted. */
  deleted(callId: string, recordingId: string, keptDays: number | null): Promise<void>
  onTrouble(error: unknown): void
}

export class RecordingRetention {
  readonly #with: RetentionOptions
  #running: Promise<void> | null = null
  #cancel: (() => void) | null = null
  #on = false

  constructor(options: RetentionOptions) {
    this.#with = options
  }

  /** Looks now, and from now on. */
  start(): void {
    if (this.#on) return
    this.#on = true
    const again = async (): Promise<void> => {
      await this.look()
      const { clock } = this.#with
      if (this.#on) this.#cancel = clock.at(clock.now() + EVERY_MS, () => void again())
    }
    void again()
  }

  async stop(): Promise<void> {
    this.#on = false
    this.#cancel?.()
    await this.#running
  }

  /** Deletes what is due. Never rejects. */
  look(): Promise<void> {
    this.#running ??= this.#look()
      .catch((error: unknown) => this.#with.onTrouble(error))
      .finally(() => (this.#running = null))
    return this.#running
  }

  async #look(): Promise<void> {
    const { rules, clock, files, deleted } = this.#with
    for await (const { recordingId, callId, file } of this.#rows('deleting')) {
      // Its file is not in the store yet: it goes as soon as it is.
      if (file === null) continue
      if (isKey(String(file))) await files.delete(String(file))
      await deleted(String(callId), String(recordingId), null)
    }
    const now = clock.now()
    const before = dueBefore(rules(), now)
    if (before === null) return
    for await (const { recordingId, callId, file, queueCode, startedAt } of this.#rows('kept', before)) {
      const of = { startedAt: Number(startedAt), queueCode: queueCode as string | null }
      const days = keptDays(of.queueCode, rules())
      if (days === null || !isDue(of, rules(), now)) continue
      if (typeof file === 'string' && isKey(file)) await files.delete(file)
      await deleted(String(callId), String(recordingId), days)
    }
  }

  /** Recordings in this state, oldest first. @param until that began by then */
  async *#rows(status: 'kept' | 'deleting', until?: number): AsyncIterable<Row> {
    const { tenant, readSide } = this.#with
    const model = readSide.models.find(({ name }) => name === 'recordings')!
    const conditions = [
      { column: 'status', is: 'one_of' as const, values: [status] },
      ...(until === undefined ? [] : [{ column: 'startedAt', is: 'to' as const, values: [until + 1] }]),
    ]
    let cursor: string | undefined
    do {
      const asked = { tenant, conditions, sort: 'startedAt', limit: PAGE, cursor }
      const { rows, next } = await selectPage(await readSide.tablesOf(tenant), model, asked)
      yield* rows
      cursor = next ?? undefined
    } while (cursor !== undefined)
  }
}
