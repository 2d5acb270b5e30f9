/**
 * The buttons of the desk: what each asks for, the key (with Alt) that does the same, and when it makes sense. Catalogue
 * C3, C4, A2.2. What the server refuses all the same is told in its words.
 */
import type { AgentDimensions } from '@ledgerline/core/agent/manual-words.ts'
import type { AgentRow } from '../live/protocol.ts'

export type DeskAct =
  | 'sign_in' | 'sign_out' | 'ready' | 'on_demand' | 'not_ready' | 'away' | 'long_sign_in' | 'long_sign_in_end'
  | 'wrap_up_end' | 'wrap_up_extend' | 'form_sent'
  | 'dial' | 'hold' | 'resume' | 'transfer' | 'consult' | 'consult_end' | 'hand_over' | 'join' | 'hang_up'

export interface DeskButton {
  /** After `/api/v1/commands/`. */
  path: string
  key: string
  possible(agent: AgentRow): boolean
}

const inside = (agent: AgentRow): boolean => agent.work !== 'signed_out'
const talking = ({ callState, callId }: AgentRow): boolean => callId !== null && ['inbound', 'outbound', 'internal', 'on_hold'].includes(callState)
const held = (agent: AgentRow): boolean => agent.callState === 'on_hold'
const writing = (agent: AgentRow): boolean => agent.callState === 'wrap_up'
/** His state is so already, and nothing else was wished for; writing up, "ready" means that he is done. */
const unlike = (work: string) => (agent: AgentRow): boolean => inside(agent) && (agent.work !== work || agent.notResponding || agent.wishedWork !== null || writing(agent))

export const deskButtons: Readonly<Record<DeskAct, DeskButton>> = {
  sign_in: { path: 'agents/sign-in', key: 'S', possible: (agent) => !inside(agent) },
  sign_out: { path: 'agents/sign-out', key: 'S', possible: inside },
  ready: { path: 'agents/ready', key: 'R', possible: unlike('ready') },
  on_demand: { path: 'agents/on-demand', key: 'O', possible: unlike('on_demand') },
  not_ready: { path: 'agents/not-ready', key: 'B', possible: unlike('not_ready') },
  away: { path: 'agents/away', key: 'A', possible: unlike('away') },
  long_sign_in: { path: 'agents/long-sign-in', key: 'L', possible: (agent) => inside(agent) && agent.longSignIn === 'none' && !talking(agent) },
  long_sign_in_end: { path: 'agents/long-sign-in/end', key: 'L', possible: (agent) => inside(agent) && agent.longSignIn !== 'none' && !talking(agent) },
  wrap_up_end: { path: 'agents/wrap-up/end', key: 'W', possible: writing },
  wrap_up_extend: { path: 'agents/wrap-up/extend', key: 'Y', possible: writing },
  form_sent: { path: 'agents/wrap-up/form-sent', key: 'M', possible: writing },
  dial: { path: 'agents/place-call', key: 'N', possible: (agent) => inside(agent) && (agent.callState === 'idle' || agent.callState === 'previewing') && !agent.reserved },
  hold: { path: 'calls/hold', key: 'H', possible: (agent) => talking(agent) && !held(agent) },
  resume: { path: 'calls/resume', key: 'H', possible: held },
  transfer: { path: 'calls/transfer', key: 'T', possible: talking },
  consult: { path: 'calls/consult', key: 'C', possible: talking },
  consult_end: { path: 'calls/consult/end', key: 'K', possible: held },
  hand_over: { path: 'calls/hand-over', key: 'G', possible: held },
  join: { path: 'calls/join', key: 'J', possible: held },
  hang_up: { path: 'calls/hang-up', key: 'X', possible: (agent) => talking(agent) || (agent.callState === 'ringing' && agent.callId !== null) },
}


/** Of two that take turns (in and out, on and off) only the one whose turn it is is shown. */
export function shown(act: DeskAct, agent: AgentRow): boolean {
  if (act === 'sign_in') return !inside(agent)
  if (act === 'sign_out') return inside(agent)
  if (act === 'long_sign_in') return agent.longSignIn === 'none'
  if (act === 'long_sign_in_end') return agent.longSignIn !== 'none'
  if (act === 'hold') return !held(agent)
  return act !== 'resume' || held(agent)
}

/** The dimensions of his state, as the words of the manuals need them. */
export function dimensionsOf({ work, callState, registered, notResponding }: AgentRow, direction: AgentDimensions['direction']): AgentDimensions {
  return { work, callState, registered, notResponding, direction } as AgentDimensions
}

