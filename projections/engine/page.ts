/**
 * Takes a page of the log through a fold, in parts: what is decoded together lives together, and a whole page of events
 * is more than a young heap handles well.
 */
import type { RecordedEvent } from '@ledgerline/core/kernel/event.ts'
import type { LogEvent } from '@ledgerline/core/kernel/log.ts'
import type { PageDecoder } from './decode.ts'
import type { Changes, Loaded, Missing } from './changes.ts'
import type { Fold } from './fold.ts'

const PART = 1_000

export interface Through {
  fold: Fold
  decoder: PageDecoder
  /** Loads rows that the fold does not hold. */
  load: (missing: readonly Missing[]) => Promise<readonly Loaded[]>
  /** Called with the events of each part. */
  saw?: (events: readonly RecordedEvent[]) => void
}

/** Folds a page; returns what has to be written. */
export async function foldPage(through: Through, stored: readonly LogEvent[]): Promise<Changes> {
  await foldEvents(through, stored)
  return summedUp(through)
}

/** Folds events of a page that goes on. */
export async function foldEvents({ fold, decoder, load, saw }: Through, stored: readonly LogEvent[]): Promise<void> {
  for (let start = 0; start < stored.length; start += PART) {
    const events = await decoder.decode(stored.length <= PART ? stored : stored.slice(start, start + PART), fold)
    saw?.(events)
    await provide(fold, fold.plan(events), load)
    fold.apply()
  }
}

/** Ends a page: adds up the sums, and gives what is to be written. */
export async function summedUp({ fold, load }: Pick<Through, 'fold' | 'load'>): Promise<Changes> {
  await provide(fold, fold.sums(), load)
  return fold.changes()
}

export async function provide(fold: Fold, missing: readonly Missing[], load: Through['load']): Promise<void> {
  if (missing.length > 0) fold.provide(missing, await load(missing))
}
