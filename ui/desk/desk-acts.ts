/**
 * The buttons of the desk: the command each sends, its shortcut (with Alt), and when it makes sense. Catalogue C3, C4, A2.2.
 * An action that is impossible now is pale and keeps its place; if the server refuses one, its text is shown.
 */
import type { AgentDimensions } from '@ledgerline/core/agent/manual-words.ts'
import type { AgentRow, CallPartyRow } from '../live/protocol.ts'

export type DeskAct =
  | 'sign_in'
  | 'sign_out'
  | 'ready'
  | 'on_demand'
  | 'not_ready'
  | 'away'
  | 'long_sign_in'
  | 'long_sign_in_end'
  | 'wrap_up_end'
  | 'wrap_up_extend'
  | 'form_sent'
  | 'dial'
  | 'hold'
  | 'resume'
  | 'transfer'
  | 'consult'
  | 'consult_end'
  | 'hand_over'
  | 'join'
  | 'hang_up'
  | 'survey'

export interface DeskButton {
  /** After `/api/v1/commands/`. */
  path: string
  key: string
  /** @param colleague who is being consulted or has joined as a third party; null: nobody */
  possible(agent: AgentRow, colleague: CallPartyRow | null): boolean
}

const inside = (agent: AgentRow): boolean => agent.work !== 'signed_out'
const talking = ({ callState, callId }: AgentRow): boolean =>
  callId !== null && ['inbound', 'outbound', 'internal', 'on_hold'].includes(callState)
const held = (agent: AgentRow): boolean => agent.callState === 'on_hold'
const writing = (agent: AgentRow): boolean => agent.callState === 'wrap_up'
const ringing = (agent: AgentRow): boolean => agent.callState === 'ringing' && agent.callId !== null
/** The state is already this one and no other was requested. During wrap-up, "ready" means done. */
const unlike =
  (work: string) =>
  (agent: AgentRow): boolean =>
    inside(agent) && (agent.work !== work || agent.notResponding || agent.wishedWork !== null || writing(agent))
const consulting = (colleague: CallPartyRow | null): boolean => colleague !== null && colleague.mode === 'consultation'
const reached = (colleague: CallPartyRow | null): boolean => consulting(colleague) && colleague!.answeredAt !== null

export const deskButtons: Readonly<Record<DeskAct, DeskButton>> = {
  sign_in: { path: 'agents/sign-in', key: 'S', possible: (agent) => !inside(agent) },
  sign_out: { path: 'agents/sign-out', key: 'S', possible: inside },
  ready: { path: 'agents/ready', key: 'R', possible: unlike('ready') },
  on_demand: { path: 'agents/on-demand', key: 'O', possible: unlike('on_demand') },
  not_ready: { path: 'agents/not-ready', key: 'B', possible: unlike('not_ready') },
  away: { path: 'agents/away', key: 'A', possible: unlike('away') },
  long_sign_in: {
    path: 'agents/long-sign-in',
    key: 'L',
    possible: (agent) => inside(agent) && agent.longSignIn === 'none' && !talking(agent) && !ringing(agent),
  },
  long_sign_in_end: {
    path: 'agents/long-sign-in/end',
    key: 'L',
    possible: (agent) => inside(agent) && agent.longSignIn !== 'none' && !talking(agent) && !ringing(agent),
  },
  wrap_up_end: { path: 'agents/wrap-up/end', key: 'W', possible: (agent) => writing(agent) && !agent.wrapUpForm },
  wrap_up_extend: { path: 'agents/wrap-up/extend', key: 'Y', possible: writing },
  form_sent: { path: 'agents/wrap-up/form-sent', key: 'M', possible: writing },
  dial: {
    path: 'agents/place-call',
    key: 'N',
    possible: (agent) =>
      inside(agent) && (agent.callState === 'idle' || agent.callState === 'previewing') && !agent.reserved,
  },
  hold: { path: 'calls/hold', key: 'H', possible: (agent) => talking(agent) && !held(agent) },
  resume: { path: 'calls/resume', key: 'H', possible: (agent, colleague) => held(agent) && !consulting(colleague) },
  transfer: { path: 'calls/transfer', key: 'T', possible: talking },
  consult: { path: 'calls/consult', key: 'C', possible: (agent, colleague) => talking(agent) && colleague === null },
  consult_end: {
    path: 'calls/consult/end',
    key: 'K',
    possible: (agent, colleague) => talking(agent) && consulting(colleague),
  },
  hand_over: {
    path: 'calls/hand-over',
    key: 'G',
    possible: (agent, colleague) => talking(agent) && reached(colleague),
  },
  join: { path: 'calls/join', key: 'J', possible: (agent, colleague) => talking(agent) && reached(colleague) },
  survey: { path: 'calls/survey', key: 'V', possible: (agent) => talking(agent) },
  hang_up: { path: 'calls/hang-up', key: 'X', possible: (agent) => talking(agent) || ringing(agent) },
}

/** Buttons that alternate in one place, which is as wide as the longest label. */
const places: readonly (readonly DeskAct[])[] = [
  ['sign_in', 'sign_out'],
  ['long_sign_in', 'long_sign_in_end'],
  ['hold', 'resume', 'wrap_up_end', 'form_sent'],
  ['hang_up', 'wrap_up_extend'],
]

/** Those that share the place of a button, itself included. */
export function turnsOf(act: DeskAct): readonly DeskAct[] {
  return places.find((place) => place.includes(act)) ?? [act]
}

/** Which button of a shared place is shown: in or out, on or off, hold or resume, form or done. */
export function shown(act: DeskAct, agent: AgentRow): boolean {
  switch (act) {
    case 'sign_in':
      return !inside(agent)
    case 'sign_out':
      return inside(agent)
    case 'long_sign_in':
      return agent.longSignIn === 'none'
    case 'long_sign_in_end':
      return agent.longSignIn !== 'none'
    case 'hold':
      return !held(agent) && !writing(agent)
    case 'resume':
      return held(agent)
    case 'hang_up':
      return !writing(agent)
    case 'wrap_up_end':
      return writing(agent) && !agent.wrapUpForm
    case 'form_sent':
      return writing(agent) && agent.wrapUpForm
    case 'wrap_up_extend':
      return writing(agent)
    default:
      return true
  }
}

/** The dimensions of an agent's state, as the words of the manuals need them. */
export function dimensionsOf(
  { work, callState, registered, notResponding }: AgentRow,
  direction: AgentDimensions['direction'],
): AgentDimensions {
  return { work, callState, registered, notResponding, direction } as AgentDimensions
}
