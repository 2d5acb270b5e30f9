/** For how long recordings are kept. */
const DAY_MS = 86_400_000

/** Days for which a recording of this queue is kept (null: of none); null: for good. */
export function keptDays(queueCode: string | null, { queues, network }: KeepRules): number | null {
  const ofQueue = queueCode === null ? undefined : queues[queueCode]?.keepRecordingsDays
  return ofQueue ?? network.recording?.keepDays ?? null
}

/** Recordings that began before this may be due; null: none is. */
export function dueBefore({ queues, network }: KeepRules, now: number): number | null {
  const days = [network.recording?.keepDays, ...Object.values(queues).map((queue) => queue.keepRecordingsDays)]
  const least = Math.min(...days.filter((each) => each !== undefined))
  return Number.isFinite(least) ? now - least * DAY_MS : null
}

/** Has it been kept for long enough? Counted from its beginning. */
export function isDue({ startedAt, queueCode }: Kept, rules: KeepRules, now: number): boolean {
  const days = keptDays(queueCode, rules)
  return days !== null && startedAt + days * DAY_MS <= now
}

interface Kept {
  startedAt: number
  queueCode: string | null
}

/** What a configuration says about it. */
export interface KeepRules {
  queues: Readonly<Record<string, { keepRecordingsDays?: number | undefined }>>
  network: { recording?: { keepDays?: number | undefined } | undefined }
}
