/**
 * What the network reports, as commands to calls or, for a leg that is kept for a shift, to shifts. An incoming leg is routed
 * here, by the configuration in force.
 */
import type { ShiftCommand } from '../agent/commands.ts'
import type { CallCommand, Queueing } from '../call/commands.ts'
import { cut, phoneNumber } from '../number/number.ts'
import { shiftOfOwner, type LegEnd, type TelephonyReport } from '../telephony/port.ts'
import { queueing, routeFor } from '../configuration/configuration.ts'
import { agentOfShift } from '../agent/shift-id.ts'
import type { SwitchboardState } from '../state/switchboard-state.ts'

/** A command and whom it is for. */
export type Target =
  | { callId: string; command: CallCommand }
  | { agentId: string; shiftId: string; command: ShiftCommand }

/** What routing asks of the switchboard. */
type RoutingState = Pick<SwitchboardState, 'configuration' | 'memory'>

/** Whom a report of a leg is for, and the command it amounts to; null when it only confirms what we ordered. */
export function targetOf(
  report: Extract<TelephonyReport, { callId: string }>,
  switchboard: RoutingState,
): Target | null {
  const { callId, legId } = report
  if (report.what === 'ended') return legEndedTarget(callId, legId, report.end)
  const shiftId = shiftOfOwner(callId)
  if (shiftId !== null) {
    if (report.what !== 'answered') return null
    return { agentId: agentOfShift(shiftId), shiftId, command: { do: 'long_sign_in_answered', legId } }
  }
  const command = commandFor(report, switchboard)
  return command && { callId, command }
}

/** The command that tells a leg's owner that it is gone. */
export function legEndedTarget(owner: string, legId: string, end: LegEnd): Target {
  const shiftId = shiftOfOwner(owner)
  if (shiftId === null) return { callId: owner, command: { do: 'leg_ended', legId, end } }
  const by = end.by === 'agent' ? ('agent' as const) : ('system' as const)
  return { agentId: agentOfShift(shiftId), shiftId, command: { do: 'end_long_sign_in', legId, by, reason: end.reason } }
}

/** The command that a report amounts to for the leg's call; null when it only confirms what we ordered. */
function commandFor(
  report: Exclude<Extract<TelephonyReport, { callId: string }>, { what: 'ended' }>,
  switchboard: RoutingState,
): CallCommand | null {
  const { callId, legId } = report
  switch (report.what) {
    case 'incoming': {
      const { customerId, priority, at } = report
      // Networks do not know our bounds: what is too long is cut, so that the call is never lost for it.
      const { normalised: from, raw: fromRaw } = phoneNumber(report.from)
      const to = cut(report.to, 100)
      const gateway = report.gateway === null ? null : cut(report.gateway, 64) || null
      const customer = customerId === null ? null : cut(customerId, 200)
      const configuration = switchboard.configuration.state
      const route = routeFor(configuration, to)
      const queue = route?.queueCode ? configuration.queues[route.queueCode] : undefined
      let routed: { code: string; queue: Queueing } | null = null
      if (route && queue) {
        // A caller who hung up a moment ago has their place again (A3.2.2.1-abandoned-resume).
        const kept = queue.resume.allowed
          ? switchboard.memory.keptPlace(queue.code, from, queue.resume.withinMs, at)
          : null
        const place = kept === null ? {} : { joinedAt: kept, resumed: true }
        routed = { code: route.code, queue: { ...queueing(queue, priority, configuration.version), ...place } }
      }
      return {
        do: 'receive',
        callId,
        legId,
        from,
        fromRaw,
        to,
        gateway,
        customerId: customer,
        category: null,
        priority,
        route: routed,
      }
    }
    case 'ringing':
      return { do: 'leg_rang', legId }
    case 'answered':
      return { do: 'leg_answered', legId }
    case 'bridged':
      return { do: 'bridged', legId }
    case 'digit':
      return { do: 'digit', legId, digit: report.digit }
    case 'held':
    case 'resumed':
    case 'played':
    case 'collected':
      // We ordered these, so they are in the ledger already, and nobody waits for them.
      return null
  }
}
