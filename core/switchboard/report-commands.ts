/**
 * What the network reports, as commands to calls or, for a leg that is kept for a shift, to shifts. An incoming leg is routed
 * here, by the configuration in force.
 */
import type { ShiftCommand } from '../agent/commands.ts'
import type { CallCommand } from '../call/commands.ts'
import { cut, phoneNumber } from '../number/number.ts'
import { shiftOfOwner, type LegEnd, type TelephonyReport } from '../telephony/port.ts'
import type { Feature } from '../routing/feature-codes.ts'
import { keysForIvr } from '../flow/follow-ivr.ts'
import { asRouted, routeCall, type RoutingState } from '../flow/routed.ts'
import type { SwitchboardState } from '../state/switchboard-state.ts'
import { agentOfShift } from '../agent/shift-id.ts'

/** A command and whom it is for. */
export type Target =
  | { callId: string; command: CallCommand }
  | { agentId: string; shiftId: string; command: ShiftCommand }

/** Whom a report of a leg is for, and the command it amounts to; null when it only confirms what we ordered. */
export function targetOf(report: Extract<TelephonyReport, { callId: string }>, switchboard: CallState): Target | null {
  const { callId, legId } = report
  if (report.what === 'ended')
    return legEndedTarget(callId, legId, report.end, switchboard.configuration.state.shifts.rejoinMs)
  const shiftId = shiftOfOwner(callId)
  if (shiftId !== null) {
    if (report.what !== 'answered') return null
    return { agentId: agentOfShift(shiftId), shiftId, command: { do: 'long_sign_in_answered', legId } }
  }
  const command = commandFor(report, switchboard)
  return command && { callId, command }
}

/** The command that tells a leg's owner that it is gone. */
export function legEndedTarget(owner: string, legId: string, end: LegEnd, staysMs = 0): Target {
  const shiftId = shiftOfOwner(owner)
  if (shiftId === null) return { callId: owner, command: { do: 'leg_ended', legId, end, staysMs } }
  const by = end.by === 'agent' ? ('agent' as const) : ('system' as const)
  return { agentId: agentOfShift(shiftId), shiftId, command: { do: 'end_long_sign_in', legId, by, reason: end.reason } }
}

/** The command that a report amounts to for the leg's call; null when it only confirms what we ordered. */
function commandFor(
  report: Exclude<Extract<TelephonyReport, { callId: string }>, { what: 'ended' }>,
  switchboard: CallState,
): CallCommand | null {
  const { legId } = report
  switch (report.what) {
    case 'incoming':
      return report.extension === null
        ? fromOutside(report, switchboard)
        : fromPhone(report, report.extension, switchboard)
    case 'ringing':
      return { do: 'leg_rang', legId }
    case 'answered':
      return { do: 'leg_answered', legId }
    case 'bridged':
      return { do: 'bridged', legId }
    case 'digit':
      return keys(report, report.digit, switchboard)
    case 'played':
      return { do: 'prompt_played', legId, media: cut(report.media, 200), complete: report.complete }
    case 'collected':
      return keys(report, report.digits, switchboard)
    case 'recorded':
      return { do: 'recorded', recordingId: report.recordingId, file: report.file }
    case 'held':
    case 'resumed':
      // Of a customer's leg: we ordered it, and it is in the ledger already.
      return { do: 'held_by_phone', legId, held: report.what === 'held' }
    case 'referred':
    case 'do_not_disturb':
      // Functions of the desk, carried out by the intake.
      return null
  }
}

/** The function that a phone dialled; null: it called somebody. */
export function dialledFeature(
  report: Extract<TelephonyReport, { callId: string }>,
  switchboard: RoutingState,
): Feature | null {
  if (report.what !== 'incoming' || report.extension === null) return null
  const from = { kind: 'extension', extension: report.extension } as const
  const { outcome } = routeCall(from, cut(report.to, 100), report.callId, report.at, switchboard)
  return outcome.do === 'feature' ? outcome : null
}

/**
 * Keys go to the menu, the survey or the box that listens, whether they came as an answer to its question or a moment beside it. A question
 * that a menu left behind asks nobody any longer: its key is one like any other.
 */
function keys({ what, callId, legId }: Keys, pressed: string, switchboard: CallState): CallCommand | null {
  const call = switchboard.call(callId)
  if (call?.ivr) return pressed === '' ? null : keysForIvr(call, legId, pressed, switchboard)
  if (call?.survey) return pressed === '' ? null : { do: 'survey_key', legId, keys: pressed }
  if (call?.voicemail) return pressed === '' ? null : { do: 'voicemail_key', legId, keys: pressed }
  if (what === 'digit') return { do: 'digit', legId, digit: pressed }
  return pressed.length === 1 && call?.queue ? { do: 'digit', legId, digit: pressed } : null
}

type Keys = Extract<TelephonyReport, { what: 'digit' | 'collected' }>
/** What is asked of the switchboard about a report. */
type CallState = RoutingState & Pick<SwitchboardState, 'call'>

type Incoming = Extract<TelephonyReport, { what: 'incoming' }>

/** Networks do not know our bounds: what is too long is cut, so that the call is never lost for it. */
function cutToSize({ from, to, gateway, customerId }: Incoming) {
  const { normalised, raw } = phoneNumber(from)
  return {
    from: normalised,
    fromRaw: raw,
    to: cut(to, 100),
    gateway: gateway === null ? null : cut(gateway, 64) || null,
    customerId: customerId === null ? null : cut(customerId, 200),
  }
}

/** Someone outside calls. */
function fromOutside(report: Incoming, switchboard: RoutingState): CallCommand {
  const { callId, legId, priority, at } = report
  const incoming = cutToSize(report)
  const { from: number, gateway, to } = incoming
  const routing = routeCall({ kind: 'gateway', gateway }, to, callId, at, switchboard)
  const routed = asRouted(routing, { number, priority, at }, switchboard)
  return { do: 'receive', callId, legId, ...incoming, category: null, priority, routed }
}

/** A phone of ours dials: a call to someone outside is placed, one within the house is received. */
function fromPhone(report: Incoming, extension: string, switchboard: RoutingState): CallCommand {
  const { callId, legId, priority, at } = report
  const incoming = cutToSize(report)
  const { to } = incoming
  const routing = routeCall({ kind: 'extension', extension }, to, callId, at, switchboard)
  if (routing.outcome.do === 'feature') {
    // Dialling a function puts nobody in a call: signing out or going ready must not wait for its end.
    const phone = { extension, agentId: null, agentCode: null }
    const { customerId } = incoming
    const call = { callId, legId, from: extension, fromRaw: extension, to, gateway: null, customerId, category: null }
    return { do: 'receive', ...call, priority, direction: 'internal', phone, routed: null }
  }
  const agentId = switchboard.agentOfExtension(extension)
  const agentCode = agentId === null ? null : (switchboard.shift(agentId)?.agentCode ?? null)
  const routed = asRouted(routing, { number: extension, priority, at }, switchboard)
  if (routed.to.kind === 'outside') {
    const { number, ways } = routed.to.outside
    return {
      do: 'place',
      callId,
      direction: 'outbound',
      by: 'agent',
      agentId,
      agentCode,
      extension,
      legId,
      to: number ?? to,
      toRaw: to,
      callerId: ways[0]?.callerNumber ?? null,
      campaign: null,
      linkedCallId: null,
      routed,
      byPhone: true,
    }
  }
  const phone = { extension, agentId, agentCode }
  return {
    do: 'receive',
    callId,
    legId,
    ...incoming,
    from: extension,
    fromRaw: extension,
    gateway: null,
    category: null,
    priority,
    direction: 'internal',
    phone,
    routed,
  }
}
