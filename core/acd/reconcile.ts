/** The network's truth: the ledger is compared with the legs that really exist, after a start and now and then. */
import type { LegEnd, Telephony } from '../telephony/port.ts'
import { noop, type Hands } from './hands.ts'
import type { Switchboard } from './switchboard.ts'

const LOST: LegEnd = { by: 'system', cause: 41, sip: null, reason: 'node_lost' }

/**
 * What the ledger has and the network has not is ended (a lost BYE, a node that died), what the network
 * has and the ledger has not is hung up.
 * @param before legs that began later are left alone: they may not have reached the other side yet
 * @throws Problem `telephony.unavailable`
 */
export async function reconcile({ tenant, hands, board, telephony }: { tenant: string; hands: Hands; board: Switchboard; telephony: Telephony }, before: number): Promise<void> {
  const legs = await hands.within(telephony.legs(), 'legs')
  const existing = new Map(legs.filter((leg) => leg.tenant === tenant).map((leg) => [leg.legId, leg]))
  for (const call of board.calls()) {
    for (const leg of Object.values(call.legs)) {
      if (leg.state !== 'ended' && !existing.has(leg.legId) && leg.since <= before) await hands.legEnded(call.callId, leg.legId, LOST)
    }
  }
  for (const { legId, callId, since } of existing.values()) {
    if (board.call(callId)?.legs[legId] || since > before) continue
    await hands.order(`${legId}:orphan`, { do: 'hang_up', legId, end: LOST }).catch(noop)
  }
}
