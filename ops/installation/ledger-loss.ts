/**
 * Checks, before anything is folded from the ledger, that all of it is there. A loss is refused until someone accepts
 * it, and is then recorded in the ledger itself: what is gone, who accepted it, and when.
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

/** What is missing, and how much of it was accepted. */
export interface Loss {
  missing: Missing
  accepted: readonly Accepted[]
}

/** How many streams and places a problem names. */
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
  // Tables of another log say nothing about this one.
  const elsewhere = (await areOfLog(tables, eventLog)) ? () => knownStreams(tables) : undefined
  return {
    missing: await findMissing({ log: eventLog, seals, signal, ...(onProgress && { onProgress }) }, known, elsewhere),
    accepted,
  }
}

/** @throws Problem `ledger.incomplete` if something is missing that nobody accepted */
export async function refuseLoss(ledger: Ledger, onProgress?: (events: number) => void): Promise<void> {
  const { missing } = await lossOf(ledger, onProgress)
  if (!missing.isAccepted) throw incomplete(missing)
}

/**
 * Records what is missing, if nobody has done so yet; returns what was written, null if there was nothing to accept.
 */
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
