/** What the network reports, as commands to calls: an incoming leg finds its route here, in the configuration that is in force. */
import type { CallCommand, Queueing } from '../call/call.ts'
import type { TelephonyReport } from '../telephony/port.ts'
import { queueing, routeFor } from './configuration.ts'
import type { Switchboard } from './switchboard.ts'

/** The command that a report of a leg is, for the call that the leg belongs to; null when it says what we ordered. */
export function commandFor(report: Extract<TelephonyReport, { callId: string }>, board: Pick<Switchboard, 'configuration' | 'memory'>): CallCommand | null {
  const { callId, legId } = report
  switch (report.what) {
    case 'incoming': {
      const { from, to, gateway, customerId, priority, at } = report
      const configuration = board.configuration.state
      const route = routeFor(configuration, to)
      const queue = route ? configuration.queues[route.queueCode] : undefined
      let routed: { code: string; queue: Queueing } | null = null
      if (route && queue) {
        // Who hung up a moment ago has his place again (A3.2.2.1-abandoned-resume).
        const kept = queue.resume.allowed ? board.memory.keptPlace(queue.code, from, queue.resume.withinMs, at) : null
        const place = kept === null ? {} : { joinedAt: kept, resumed: true }
        routed = { code: route.code, queue: { ...queueing(queue, priority, configuration.version), ...place } }
      }
      return { do: 'receive', callId, legId, from, fromRaw: from, to, gateway, customerId, category: null, priority, route: routed }
    }
    case 'ringing':
      return { do: 'leg_rang', legId }
    case 'answered':
      return { do: 'leg_answered', legId }
    case 'bridged':
      return { do: 'bridged', legId }
    case 'digit':
      return { do: 'digit', legId, digit: report.digit }
    case 'ended':
      return { do: 'leg_ended', legId, end: report.end }
    case 'held':
    case 'resumed':
    case 'played':
    case 'collected':
      // What we ordered is in the ledger already, and nobody waits for these.
      return null
  }
}
