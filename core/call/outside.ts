/** How someone outside is reached: gateway after gateway, until one of them takes the call (catalogue A3.2.6). */
import type { LegEnd } from '../telephony/port.ts'
import type { OutsideCall } from './events.ts'
import type { Leg, LiveCall } from './state.ts'

type Way = OutsideCall['ways'][number]

/** The gateways that have not been tried for this call, in order. */
export function untried({ outside, legs }: Pick<LiveCall, 'outside' | 'legs'>): readonly Way[] {
  if (!outside) return []
  const tried = new Set(
    Object.values(legs).flatMap(({ gateway, number }) => (number === outside.number && gateway ? [gateway] : [])),
  )
  return outside.ways.filter(({ gateway }) => !tried.has(gateway))
}

/**
 * The gateway to try next, because the one before did not take the call: it gave no answer (408), or a server failed
 * (5xx). Null: the call was taken, or the called party refused it, or no gateway is left.
 */
export function goesOnBy(call: LiveCall, leg: Leg, { sip, reason }: Pick<LegEnd, 'sip' | 'reason'>): Way | null {
  if (call.status !== 'live' || call.leaving || leg.answeredAt !== null || leg.number === null || !leg.gateway)
    return null
  const failed =
    (sip !== null && sip >= 500 && sip < 600) || (leg.state === 'dialled' && (sip === 408 || reason === 'unreachable'))
  return failed ? (untried(call)[0] ?? null) : null
}
