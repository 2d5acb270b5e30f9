/**
 * The network's truth: the ledger is compared with the legs that really exist, after a start, now and
 * then, and when a media server went or came. It mends what no report will ever say.
 */
import { ownerOfShift, type LegEnd, type LiveLeg, type Telephony } from '../telephony/port.ts'
import { noop, type Executor } from './executor.ts'
import type { SwitchboardState } from '../state/switchboard-state.ts'

/** How a leg ended that was simply not there any more. */
export const LOST: LegEnd = { by: 'system', cause: 41, sip: null, reason: 'node_lost' }
/** How a leg ended that a media server took along. */
export const MEDIA_LOST: LegEnd = { by: 'network', cause: 41, sip: null, reason: 'media_lost' }
/** A leg that is missing gets so much time for its own report of its end, which knows the cause. */
const LAST_WORD_MS = 2_000
/** So many legs are closed at once: a media server takes thousands along. */
const AT_ONCE = 200

export interface Reconciled {
  tenant: string
  executor: Executor
  switchboard: SwitchboardState
  telephony: Telephony
}

export interface Reconciliation {
  /** Legs of which one side has only heard since then are left alone: they may not have reached the other yet. UTC ms. */
  before: number
  /** How the legs ended that are gone. */
  end: LegEnd
  /** Wait for the last word of a leg that is missing? */
  patient: boolean
}

/** A leg as the ledger has it: of a call, or kept for a shift. */
interface KnownLeg {
  owner: string
  legId: string
  state: 'dialled' | 'ringing' | 'answered' | 'held' | 'ended'
  since: number
}

/**
 * What the ledger has and the network has not is ended (a lost BYE, a node that died), what the network
 * has and the ledger has not, or not any more, is hung up.
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
  // Of a leg that was only dialled the network may not have heard; whoever dialled it sees to that.
  let missing = [...known.values()].filter(
    ({ legId, state, since }) => state !== 'ended' && !existing.has(legId) && (state !== 'dialled' || since <= before),
  )
  if (missing.length > 0) {
    if (patient) await executor.pause(LAST_WORD_MS)
    // What came about while the network was answering is in its second answer.
    for (const { legId } of await list()) existing.add(legId)
    missing = missing.filter(({ legId }) => !existing.has(legId))
  }
  for (let from = 0; from < missing.length && !executor.stopped; from += AT_ONCE) {
    await Promise.all(
      missing.slice(from, from + AT_ONCE).map(({ owner, legId }) => executor.legEnded(owner, legId, end)),
    )
  }
  for (const leg of legs) {
    const state = known.get(leg.legId)?.state
    const alien = state === undefined ? leg.since <= before : state === 'ended'
    if (!alien || leg.tenant !== tenant || executor.stopped) continue
    await executor.order(`${leg.legId}:orphan:${before}`, { do: 'hang_up', legId: leg.legId, end: LOST }).catch(noop)
  }
}

function* knownLegs(switchboard: SwitchboardState): Iterable<KnownLeg> {
  for (const { callId, legs } of switchboard.calls()) {
    for (const legId in legs) {
      const { state, since } = legs[legId]!
      yield { owner: callId, legId, state, since }
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
