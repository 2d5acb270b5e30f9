/**
 * Seals what was appended: in the background, after the appends and never in their way. It only goes forward: a page's
 * seal stays, and a page that is still growing is checked before it is sealed further, so that nothing altered
 * meanwhile is sealed over.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { EventLog } from '@ledgerline/core/kernel/log.ts'
import { isProblem, Problem } from '@ledgerline/core/kernel/problem.ts'
import { BEGINNING, PAGE_EVENTS, PageDigest, type Seal } from './chain.ts'
import type { Seals } from './seals.ts'

export interface Sealing {
  log: EventLog
  seals: Seals
  signal?: AbortSignal
  /**
   * In small steps, with pauses as long as the work: catching up with an old log takes half a processor, and keeps
   * nobody waiting for more than a moment.
   */
  gently?: boolean
}

/** Events digested without a pause: a millisecond or two. */
const STEP = 500
/** The longest pause between two steps, ms. */
const RESTS_MOST_MS = 250
/** How long events may stay unsealed, ms. */
const EVERY_MS = 10_000

/**
 * Seals up to the present head of the log; returns the last seal, null for an empty log.
 * @throws Problem `chain.broken` if the page to be sealed further is not what was sealed; `log.unavailable`
 */
export async function sealUp({ log, seals, signal, gently = false }: Sealing): Promise<Seal | null> {
  const last = await seals.last()
  const head = await log.head()
  if (head === null || (last && head <= last.position)) return last
  const growing = last && last.events < PAGE_EVENTS ? last : null
  const [border] = growing ? (growing.page === 1 ? [] : await seals.from(growing.page - 1, 1)) : last ? [last] : []
  let page = (border?.page ?? 0) + 1
  let digest = new PageDigest(border?.digest ?? BEGINNING)
  let sealed = last
  let passed = growing === null
  let began = performance.now()
  for await (const { events } of log.readAll(border?.position ?? null, {
    ...(gently && { pageSize: STEP }),
    ...(signal && { signal }),
  })) {
    const made: Seal[] = []
    for (const event of events) {
      digest.take(event)
      if (!passed && event.position >= growing!.position) {
        if (event.position !== growing!.position || !digest.digest().equals(growing!.digest)) throw broken(growing!)
        passed = true
      }
      if (!digest.full) continue
      const seal = digest.seal(page++)
      made.push(seal)
      digest = new PageDigest(seal.digest)
    }
    if (made.length > 0) {
      await seals.keep(made)
      sealed = made.at(-1)!
    }
    if (gently) {
      // A step that took long because the log was away, or the process was stopped, is no reason to pause as long.
      await pause(Math.min(RESTS_MOST_MS, performance.now() - began), undefined, signal ? { signal } : {})
      began = performance.now()
    }
  }
  if (signal?.aborted) return sealed
  if (!passed) throw broken(growing!)
  if (digest.events > 0) {
    sealed = digest.seal(page)
    await seals.keep([sealed])
  }
  return sealed
}

/**
 * Seals periodically until it is stopped. `onTrouble` is called when it cannot, above all with `chain.broken`.
 * @param onSealed called after each look, with the last seal
 */
export function keepSealing(
  sealing: Omit<Sealing, 'signal' | 'gently'>,
  {
    everyMs = EVERY_MS,
    onSealed,
    onTrouble,
  }: { everyMs?: number; onSealed?: (last: Seal) => Promise<unknown>; onTrouble: (error: unknown) => void },
): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const { signal } = stopping
  let told = ''
  const running = (async () => {
    while (!signal.aborted) {
      try {
        const last = await sealUp({ ...sealing, signal, gently: true })
        if (last && !signal.aborted) await onSealed?.(last)
        told = ''
      } catch (error) {
        if (signal.aborted) return
        const message = error instanceof Error ? error.message : String(error)
        // A log that is away is reported by those who miss it; anything else is reported once, not every ten seconds.
        if (!isProblem(error, 'log.unavailable') && message !== told) {
          onTrouble(error)
          told = message
        }
      }
      await pause(everyMs, undefined, { signal }).catch(() => {})
    }
  })()
  return {
    async stop() {
      stopping.abort()
      await running
    },
  }
}

function broken({ page, position }: Seal): Problem {
  return new Problem('chain.broken', { page, position })
}
