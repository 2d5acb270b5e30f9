/** What a supervisor does to an agent from the monitor. Catalogue C5.0-set-idle, C5.0-set-busy, C5.0-op-logout. */
import { commandId, post } from '../http/requests.ts'

export type ForcedState = 'ready' | 'not_ready' | 'away' | 'signed_out'
export const forcedStates: readonly ForcedState[] = ['ready', 'not_ready', 'away', 'signed_out']
/** A path, and a permission, each. */
const forcePaths: Record<ForcedState, string> = { ready: 'ready', not_ready: 'not-ready', away: 'away', signed_out: 'sign-out' }

/** Until there are log-ins, the one who watches is the operator: the same name that the server's session gives him. */
const OPERATOR = 'operator'

/** Sets an agent's state. The id comes from the caller, so that a repetition after a lost answer is the same command. */
export function force(id: string, agentCode: string, state: ForcedState, reason: string | null): Promise<{ position: string | null }> {
  return post(`/api/v1/commands/supervisor/${forcePaths[state]}`, { commandId: id, agentCode, reason, supervisorCode: OPERATOR })
}

export { commandId }
