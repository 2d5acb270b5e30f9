/** Which phones people may sit down at, or be called on. */
import { Problem } from '../kernel/problem.ts'
import type { SwitchboardState } from '../state/switchboard-state.ts'

/**
 * A phone must be one that the configuration names, or a short internal number: nothing else that people type gets
 * into the ledger.
 * @throws Problem `agent.phone_unknown`
 */
export function demandKnownPhone(switchboard: SwitchboardState, extension: string | null): void {
  if (extension === null || /^\d{2,6}$/.test(extension) || switchboard.ownerOfExtension(extension) !== null) return
  const { supervisors } = switchboard.configuration.state
  if (supervisors.some((supervisor) => supervisor.extension === extension)) return
  throw new Problem('agent.phone_unknown', {}, { where: 'extension' })
}

/**
 * Nobody can sit down at a colleague's phone. If two come to a free one at the same moment, the switchboard decides.
 * @throws Problem `agent.phone_taken`
 */
export function demandFreePhone(switchboard: SwitchboardState, extension: string | null, agentId: string): void {
  if (extension === null) return
  for (const whose of [switchboard.agentOfExtension(extension), switchboard.ownerOfExtension(extension)]) {
    if (whose !== null && whose !== agentId) throw phoneTaken(switchboard, extension, whose)
  }
}

/** @param agentId whose phone it is */
export function phoneTaken(switchboard: SwitchboardState, extension: string, agentId: string): Problem {
  const { agents } = switchboard.configuration.state
  return new Problem(
    'agent.phone_taken',
    { extension, agent: switchboard.shift(agentId)?.agentCode ?? agents[agentId]?.agentCode ?? agentId },
    { where: 'extension' },
  )
}
