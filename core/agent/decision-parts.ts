/** Events that several decisions on a shift have in common: a new state of work, the end of a wrap-up, signing out. */
import type { Change } from './commands.ts'
import type { ChangedBy, ShiftEvent, Work } from './events.ts'
import type { OpenShift } from './state.ts'

export function changeOf(change: Change): { by: ChangedBy; byCode: string | null; reason: string | null } {
  return { by: change.by, byCode: change.byCode ?? null, reason: change.reason ?? null }
}

export function workChange(
  state: OpenShift,
  wanted: Work,
  change: { by: ChangedBy; byCode: string | null; reason: string | null },
): ShiftEvent[] {
  if (state.work === wanted && state.reason === change.reason && !state.notResponding) return []
  const data = { shiftId: state.shiftId, agentId: state.agentId, agentCode: state.agentCode, ...change }
  switch (wanted) {
    case 'ready':
      return [{ type: 'AgentBecameReady', data }]
    case 'on_demand':
      return [{ type: 'AgentBecameOnDemand', data }]
    case 'not_ready':
      return [{ type: 'AgentBecameNotReady', data }]
    case 'away':
      return [{ type: 'AgentWentAway', data }]
  }
}

export function leaveWrapUp(
  state: OpenShift,
  at: number,
  by: 'agent' | 'deadline' | 'form' | 'supervisor' | 'signed_out',
): ShiftEvent[] {
  if (state.engagement.kind !== 'wrap_up') return []
  const { callId, segmentId, queueCode, since } = state.engagement
  const data = {
    shiftId: state.shiftId,
    agentId: state.agentId,
    agentCode: state.agentCode,
    callId,
    segmentId,
    queueCode,
    wrapUpMs: Math.max(0, at - since),
    by,
  }
  return [{ type: 'AgentWrapUpEnded', data }]
}

export function leavePreview(state: OpenShift, result: 'called' | 'skipped' | 'timed_out'): ShiftEvent[] {
  if (state.engagement.kind !== 'previewing') return []
  const { shiftId, agentId, agentCode } = state
  return [{ type: 'AgentPreviewEnded', data: { shiftId, agentId, agentCode, itemId: state.engagement.itemId, result } }]
}

export function leaveLongSignIn(
  state: OpenShift,
  change: { by: ChangedBy; byCode: string | null; reason: string | null },
): ShiftEvent[] {
  if (!state.longSignIn) return []
  const { shiftId, agentId, agentCode } = state
  return [
    { type: 'AgentLongSignInEnded', data: { shiftId, agentId, agentCode, legId: state.longSignIn.legId, ...change } },
  ]
}

export function signedOut(
  state: OpenShift,
  change: { by: ChangedBy; byCode: string | null; reason: string | null },
): ShiftEvent[] {
  const { shiftId, agentId, agentCode } = state
  return [
    ...leavePreview(state, 'skipped'),
    ...leaveLongSignIn(state, { ...change, reason: 'signed_out' }),
    { type: 'AgentSignedOut', data: { shiftId, agentId, agentCode, ...change } },
  ]
}

export function phone(state: OpenShift, registered: boolean): ShiftEvent[] {
  const { shiftId, agentId, agentCode, extension } = state
  if (extension === null || registered === state.registered) return []
  return [
    {
      type: registered ? 'AgentPhoneRegistered' : 'AgentPhoneUnregistered',
      data: { shiftId, agentId, agentCode, extension },
    },
  ]
}
