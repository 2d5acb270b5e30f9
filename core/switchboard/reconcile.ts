/**
 * Compares the ledger with the legs that really exist: after a start, periodically, and when a media server went away
 * or came back. It corrects what no report ever will.
 */
import { ownerOfShift, type LegEnd, type LiveLeg, type Telephony } from '../telephony/port.ts'
import { noop, type Executor } from './executor.ts'
import type { SwitchboardState } from '../state/switchboard-state.ts'

/** How a leg ended that simply was not there any more. */
export const LOST: LegEnd = { by: 'system', cause: 41, sip: null, reason: 'node_lost' }
/** How a leg ended that went down with its media server. */
export const MEDIA_LOST: LegEnd = { by: 'network', cause: 41, sip: null, reason: 'media_lost' }
/** How long to wait for a missing leg's own report of its end, which knows the cause. */
const LAST_WORD_MS = 2_000
/** How many legs are closed at once: thousands go down with a media server. */
const AT_ONCE = 200

export interface Reconciled {
  tenant: string
  executor: Executor
  switchboard: SwitchboardState
  telephony: Telephony
}

export interface Reconciliation {
  /**
   * Legs that one side has known only since this moment are left alone: the other may not have heard of them yet. UTC
   * ms.
   */
  before: number
  /** How the missing legs ended. */
  end: LegEnd
  /** Wait for a missing leg's own report? */
  patient: boolean
}

/** A leg as the ledger has it: of a call, or kept for a shift. */
interface KnownLeg {
  owner: string
  legId: string
  state: 'dialled' | 'ringing' | 'answered' | 'held' | 'ended'
  since: number
  /** The leg of another call whose place it takes. */
  onLegId?: string | undefined
}

/**
 * Legs that only the ledger knows are ended (a lost BYE, a node that died); legs that the ledger does not know, or no longer,
 * are hung up.
 * @throws Problem `telephony.unavailable`
 */
export async function reconcile(
  { tenant, executor, switchboard, telephony }: Reconciled,
  { before, end, patient }: Reconciliation,
): Promise<void> {
  const list = (): Promise<LiveLeg[]> => executor.within(telephony.legs(), 'legs')
  const legs = await list()
  const existing = new Set(legs.map((leg) => leg.legId))
  const known = new Map<string, KnownLeg>()
  for (const leg of knownLegs(switchboard)) known.set(leg.legId, leg)
  // The network may not have heard of a leg that was only just dialled; the step that dialled it takes care of that.
  let missing = [...known.values()].filter(
    ({ legId, state, since, onLegId }) =>
      state !== 'ended' &&
      !existing.has(legId) &&
      (state !== 'dialled' || since <= before) &&
      // It is about to become that one.
      !(onLegId !== undefined && existing.has(onLegId)),
  )
  if (missing.length > 0) {
    if (patient) await executor.pause(LAST_WORD_MS)
    // Legs that appeared while the network was answering are in its second answer.
    for (const { legId } of await list()) existing.add(legId)
    missing = missing.filter(({ legId }) => !existing.has(legId))
  }
  // A caller whom nobody can answer any more may still be waiting for it, and a phone may have answered nobody.
  for (const { legId, state, since } of missing)
    if ((state === 'ringing' || state === 'dialled') && !executor.stopped)
      await executor.order(`${legId}:lost:${since}`, { do: 'hang_up', legId, end: LOST }).catch(noop)
  for (let from = 0; from < missing.length && !executor.stopped; from += AT_ONCE) {
    await Promise.all(
      missing.slice(from, from + AT_ONCE).map(({ owner, legId }) => executor.legEnded(owner, legId, end)),
    )
  }
  const awaited = new Set([...known.values()].flatMap(({ state, onLegId }) => (state !== 'ended' && onLegId) || []))
  for (const leg of legs) {
    const state = known.get(leg.legId)?.state
    const alien = state === undefined ? leg.since <= before : state === 'ended'
    if (!alien || awaited.has(leg.legId) || leg.tenant !== tenant || executor.stopped) continue
    await executor.order(`${leg.legId}:orphan:${before}`, { do: 'hang_up', legId: leg.legId, end: LOST }).catch(noop)
  }
}

function* knownLegs(switchboard: SwitchboardState): Iterable<KnownLeg> {
  for (const { callId, legs } of switchboard.calls()) {
    for (const legId in legs) {
      const { state, since, onLegId } = legs[legId]!
      yield { owner: callId, legId, state, since, onLegId }
    }
  }
  for (const { shiftId, longSignIn } of switchboard.shifts()) {
    if (longSignIn)
      yield {
        owner: ownerOfShift(shiftId),
        legId: longSignIn.legId,
        state: longSignIn.active ? 'answered' : 'dialled',
        since: longSignIn.deadline,
      }
  }
}
