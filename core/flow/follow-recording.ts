/**
 * What follows for the recording of a call: that it begins when a rule asks for it, what the network is told, and that
 * every recording ends with a confirmed file or with the reason why there is none.
 */
import type { Leg, LiveCall } from '../call/state.ts'
import { lookupOf } from '../routing/dial-plan.ts'
import type { SwitchboardState } from '../state/switchboard-state.ts'
import type { Steps } from './steps.ts'

/** A file that is not in the store this long after the recording stopped is late, ms: the call is not held for it longer. */
const LATE_MS = 5 * 60_000
/** A mask that nobody takes off is taken off after this, ms: else the rest of a call would be lost for a key forgotten. */
const MASKED_MS = 5 * 60_000

export function followRecording(
  call: LiveCall,
  switchboard: Pick<SwitchboardState, 'configuration'>,
  steps: Steps,
): void {
  const { callId, recordings = {} } = call
  if (call.status === 'live' && !call.setAside && Object.keys(recordings).length === 0) {
    const rule = ruleFor(call, switchboard)
    if (rule) steps.call(`${callId}:record`, callId, { do: 'record_by_rule', rule })
  }
  for (const recording of Object.values(recordings)) {
    const { recordingId, legId, agents = [], masked, maskedAt, changes, stoppedAt, result, delayed } = recording
    if (result !== null || delayed) continue
    const leg = call.legs[legId]
    const there = call.status === 'live' && (leg?.state === 'answered' || leg?.state === 'held')
    const order = { legId, recordingId }
    if (stoppedAt === null) {
      if (!there) steps.call(`${recordingId}:over`, callId, { do: 'recording_over', recordingId })
      else {
        steps.network(`record:${recordingId}`, legId, { do: 'record', ...order, on: true })
        if (changes > 0) steps.network(`mask:${recordingId}:${changes}`, legId, { do: 'mask', ...order, on: masked })
        if (masked && steps.due((maskedAt ?? 0) + MASKED_MS))
          steps.call(`${recordingId}:unmask:${changes}`, callId, { do: 'mask_over', recordingId })
        for (const agentId in call.segments)
          if (!agents.includes(agentId))
            steps.call(`${recordingId}:joined:${agentId}`, callId, { do: 'recording_joined', recordingId, agentId })
      }
      continue
    }
    if (there) steps.network(`unrecord:${recordingId}`, legId, { do: 'record', ...order, on: false })
    // Asked for even then: an owner that comes late has not asked yet.
    steps.network(`deliver:${recordingId}`, legId, { do: 'deliver_recording', callId, ...order })
    if (steps.due(stoppedAt + LATE_MS))
      steps.call(`${recordingId}:delayed`, callId, { do: 'recording_delayed', recordingId })
  }
}

/** Which rule has the call recorded now; null: none, or nobody talks yet. */
function ruleFor(call: LiveCall, switchboard: Pick<SwitchboardState, 'configuration'>): Rule | null {
  const customer = call.customerLegId ? call.legs[call.customerLegId] : undefined
  if (customer?.state !== 'answered') return null
  const { state } = switchboard.configuration
  const segments = Object.values(call.segments)
  const outside = call.outsideLegId ? call.legs[call.outsideLegId] : undefined
  const isAnswered = segments.length > 0 || outside?.state === 'answered'
  const ringing = isAnswered || state.network.recording?.from !== 'ringing' ? [] : legsThatRing(call)
  if (!isAnswered && ringing.length === 0) return null
  if (call.record) return 'route'
  const queues = [...segments, ...(ringing.length > 0 ? Object.values(call.offers) : [])]
  if (queues.some(({ queueCode }) => queueCode !== null && state.queues[queueCode]?.record)) return 'queue'
  const { extensions } = lookupOf(state)
  const legs = [...segments.map(({ legId }) => call.legs[legId]), ...ringing, outside, customer]
  const phones = legs.map((leg) => leg?.extension)
  return phones.some((extension) => extension && extensions.get(extension)?.record) ? 'extension' : null
}

function legsThatRing(call: LiveCall): Leg[] {
  return Object.values(call.legs).filter(({ legId, state }) => state === 'ringing' && legId !== call.customerLegId)
}

type Rule = 'route' | 'queue' | 'extension'
