/** How a supervisor takes part in an agent's call: on which phone, and by which command to the call. */
import type { OpenShift } from '../agent/state.ts'
import type { CallCommand } from '../call/commands.ts'
import type { SupervisionMode } from '../call/events.ts'
import type { LiveCall } from '../call/state.ts'
import { Problem } from '../kernel/problem.ts'
import { phoneNumber } from '../number/number.ts'
import type { SwitchboardState } from '../state/switchboard-state.ts'
import { demandKnownPhone, phoneTaken } from './phones.ts'

/** How a supervisor wants to take part, and on which phone; neither given: their own. */
export interface Supervising {
  supervisorCode: string
  mode: SupervisionMode
  extension: string | null
  number: string | null
}

export interface SupervisionPlan {
  command: CallCommand
  /** The supervisor's own shift, to be reserved first so that no queue offers them a call; null: none. */
  reserve: OpenShift | null
}

/**
 * A supervisor who already takes part in the agent's call changes mode. Otherwise their phone rings: the one given, else that of
 * their own shift, else the one configured for them.
 * @param legId the leg to that phone
 * @throws Problem `call.no_supervisor_phone`, `agent.phone_unknown`, `agent.phone_taken`
 */
export function planSupervision(
  switchboard: SwitchboardState,
  call: LiveCall,
  agentId: string,
  by: Supervising,
  legId: string,
): SupervisionPlan {
  const { supervisorCode, mode } = by
  const present = Object.values(call.supervisors).find((supervision) => supervision.supervisorCode === supervisorCode)
  if (present?.agentId === agentId) {
    const there = call.legs[present.legId]?.state === 'answered'
    return {
      command:
        mode === 'take_over' && there
          ? { do: 'take_over', supervisorCode }
          : { do: 'change_supervision', supervisorCode, mode },
      reserve: null,
    }
  }
  const supervisorAgentId = switchboard.agentOfCode(supervisorCode)
  const shift = supervisorAgentId ? switchboard.shift(supervisorAgentId) : null
  const { agents, supervisors } = switchboard.configuration.state
  const configured = supervisorAgentId
    ? agents[supervisorAgentId]?.extension
    : supervisors.find(({ code }) => code === supervisorCode)?.extension
  const extension = by.extension ?? (by.number === null ? (shift?.extension ?? configured ?? null) : null)
  const { normalised: number } = phoneNumber(by.number)
  const phone = extension !== null ? { extension } : number !== null ? { number } : null
  if (!phone) throw new Problem('call.no_supervisor_phone', { supervisor: supervisorCode })
  demandKnownPhone(switchboard, by.extension)
  // It would ring on someone else's phone, in the middle of that person's call.
  const seated = extension === null ? null : switchboard.agentOfExtension(extension)
  if (seated !== null && seated !== supervisorAgentId) throw phoneTaken(switchboard, extension!, seated)
  return {
    command: {
      do: 'supervise',
      supervisorCode,
      supervisorAgentId: shift?.agentId ?? null,
      agentId,
      legId,
      mode,
      phone,
    },
    reserve: present ? null : shift,
  }
}
