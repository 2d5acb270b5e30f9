/**
 * The number of the agent who has answered, spoken to the caller before the two are connected (catalogue
 * A3.2.1-announce-id).
 */
import type { Leg, LiveCall } from './state.ts'

/** The prompt; null for a code that cannot be spoken digit by digit. */
export function announcementOf(agentCode: string | null): string | null {
  return agentCode !== null && /^[0-9]{1,32}$/.test(agentCode) ? `agent/${agentCode}` : null
}

/** The leg of the agent whom this prompt announces now. */
export function announcing(call: LiveCall, media: string): Leg | null {
  for (const { legId, agentCode } of Object.values(call.offers)) {
    const leg = call.legs[legId]
    if (leg?.state === 'answered' && !leg.announced && announcementOf(agentCode) === media) return leg
  }
  return null
}
