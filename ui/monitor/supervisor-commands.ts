/**
 * What a supervisor can do to an agent and their call from the monitor, and when. Catalogue C5.0-set-*, C5.0-op-logout,
 * C5.1–C5.5. Each is a command with a permission of its own.
 */
import type { AgentRow } from '../live/protocol.ts'

/** Oneself: the server knows who that is, by the log-in; without one it is the operator. */
export const SUPERVISOR = 'operator'

export const forcedStates = ['ready', 'not_ready', 'away', 'signed_out'] as const
export type ForcedState = (typeof forcedStates)[number]
export const forcePaths: Readonly<Record<ForcedState, string>> = {
  ready: 'supervisor/ready',
  not_ready: 'supervisor/not-ready',
  away: 'supervisor/away',
  signed_out: 'supervisor/sign-out',
}

/** Ordered by how much the others notice. */
export const callActs = ['listen', 'whisper', 'three_way', 'take_over', 'leave', 'disconnect'] as const
export type CallAct = (typeof callActs)[number]
/** Those that ring the supervisor's phone. */
export type RingingAct = Exclude<CallAct, 'leave' | 'disconnect'>
export const rings = (act: CallAct): act is RingingAct => act !== 'leave' && act !== 'disconnect'
/** The path and the shortcut (with Alt). */
export const callActPaths: Readonly<Record<CallAct, { path: string; key: string }>> = {
  listen: { path: 'supervisor/listen', key: 'L' },
  whisper: { path: 'supervisor/whisper', key: 'W' },
  three_way: { path: 'supervisor/three-way', key: 'J' },
  take_over: { path: 'supervisor/take-over', key: 'O' },
  leave: { path: 'supervisor/leave', key: 'Q' },
  disconnect: { path: 'supervisor/disconnect', key: 'X' },
}

/** Whether the agent is talking to somebody. */
export function talks({ callId, callState }: Pick<AgentRow, 'callId' | 'callState'>): boolean {
  return (
    callId !== null &&
    (callState === 'inbound' || callState === 'outbound' || callState === 'internal' || callState === 'on_hold')
  )
}
