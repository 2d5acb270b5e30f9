/** What the network reports, as commands to calls: an incoming leg finds its route here, in the configuration that is in force. */
import type { CallCommand } from '../call/call.ts'
import type { TelephonyReport } from '../telephony/port.ts'
import { routeFor, type Configuration } from './configuration.ts'

/** The command that a report of a leg is, for the call that the leg belongs to; null when it says what we ordered. */
export function commandFor(report: Extract<TelephonyReport, { callId: string }>, configuration: Configuration): CallCommand | null {
  const { callId, legId } = report
  switch (report.what) {
    case 'incoming': {
      const route = routeFor(configuration, report.to)
      const queue = route ? configuration.queues[route.queueCode] : undefined
      const { from, to, gateway, customerId, priority } = report
      return {
        do: 'receive',
        callId,
        legId,
        from,
        fromRaw: from,
        to,
        gateway,
        customerId,
        category: null,
        priority,
        route:
          route && queue
            ? { code: route.code, queue: { queueCode: queue.code, priority, targetMs: queue.targetMs, shortAbandonMs: queue.shortAbandonMs, configVersion: configuration.version } }
            : null,
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
