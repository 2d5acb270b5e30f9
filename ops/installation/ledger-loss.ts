/**
 * The ledger, before anything is folded from it: is all of it there? A loss is refused until somebody accepts it, and then
 * written down in the ledger itself: what is gone, who accepted it, and when.
 */
import { randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import { openSeals } from '@ledgerline/adapters/log/chain/seals.ts'
import { findMissing, type Missing } from '@ledgerline/adapters/log/chain/whole.ts'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Recorded } from '@ledgerline/core/catalogue.ts'
import { HOUSE, lossStream } from '@ledgerline/core/ledger/events.ts'
import { areOfLog } from '@ledgerline/projections/engine/origin.ts'
import { knownStreams } from '@ledgerline/projections/reports/known-streams.ts'
import type { Installation } from './installation.ts'

type Ledger = Pick<Installation, 'log' | 'eventLog' | 'codec' | 'signal' | 'tables'>

/** A loss that was accepted. */
export type Accepted = Recorded<'LossAccepted'>

/** What is missing, and what was accepted of it. */
export interface Loss {
  missing: Missing
  accepted: readonly Accepted[]
}

/** Streams and places that a problem names. */
const NAMED = 3

/** Compares the ledger with its seals. @throws Problem `log.unavailable` */
export async function lossOf(
  { log, eventLog, codec, signal, tables }: Ledger,
  onProgress?: (events: number) => void,
): Promise<Loss> {
  await using closing = new AsyncDisposableStack()
  const seals = closing.adopt(await openSeals(log, eventLog), (open) => open.close())
  const { events } = await codec.decode(await eventLog.readStream(lossStream))
  const accepted = events as unknown as Accepted[]
  const last = accepted.at(-1)
  const absent = accepted.flatMap(({ data }) => data.absent)
  const known = last
    ? {
        upTo: last.data.upTo as Position,
        fingerprint: last.data.fingerprint,
        absent,
        absentDigest: last.data.absentDigest,
      }
    : null
  // Tables of another log say nothing of this one.
  const elsewhere = (await areOfLog(tables, eventLog)) ? () => knownStreams(tables) : undefined
  return {
    missing: await findMissing({ log: eventLog, seals, signal, ...(onProgress && { onProgress }) }, known, elsewhere),
    accepted,
  }
}

/** @throws Problem `ledger.incomplete` where something is missing that nobody accepted */
export async function refuseLoss(ledger: Ledger, onProgress?: (events: number) => void): Promise<void> {
  const { missing } = await lossOf(ledger, onProgress)
  if (!missing.isAccepted) throw incomplete(missing)
}

/** Writes down what is missing, where nobody has done so yet; gives what was written, null where there was nothing to accept. */
export async function acceptLoss(ledger: Ledger, onProgress?: (events: number) => void): Promise<Missing | null> {
  const { missing, accepted } = await lossOf(ledger, onProgress)
  if (missing.isAccepted || missing.upTo === null) return null
  const { isAccepted: _, ...data } = missing
  const meta = {
    tenant: HOUSE,
    actor: `operator:${userInfo().username}`,
    at: Date.now(),
    origin: 'live' as const,
    correlation: null,
    causation: null,
  }
  const stored = await ledger.codec.encode([{ id: randomUUID(), event: { type: 'LossAccepted', data }, meta }])
  await ledger.eventLog.append(lossStream, accepted.at(-1)?.revision ?? 'none', stored)
  return missing
}

function incomplete({ events, changed, streams, absent, places }: Missing): Problem {
  const gone = [
    ...streams.map(({ stream, from, to }) => `${stream} ${from}–${to}`),
    ...absent.map((stream) => `${stream} 0–`),
  ]
  const named = gone.length > 0 ? gone : places.map(({ what, position }) => `${what} ${position ?? '0'}`)
  return new Problem('ledger.incomplete', {
    events,
    changed,
    which: `${named.slice(0, NAMED).join(', ')}${named.length > NAMED ? ', …' : ''}`,
  })
}
