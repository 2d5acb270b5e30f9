/**
 * What follows for the recording of a call: that it begins when a rule asks for it, what the network is told, and that
 * every recording ends with a confirmed file or with the reason why there is none.
 */
import type { LiveCall } from '../call/state.ts'
import { lookupOf } from '../routing/dial-plan.ts'
import type { SwitchboardState } from '../state/switchboard-state.ts'
import type { Steps } from './steps.ts'

/** A file that is not confirmed this long after the recording stopped is given up, ms. */
const CONFIRM_MS = 5 * 60_000

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
  for (const { recordingId, legId, masked, changes, stoppedAt, result } of Object.values(recordings)) {
    if (result !== null) continue
    const leg = call.legs[legId]
    const there = call.status === 'live' && (leg?.state === 'answered' || leg?.state === 'held')
    const order = { legId, recordingId }
    if (stoppedAt === null) {
      if (!there) steps.call(`${recordingId}:over`, callId, { do: 'recording_over', recordingId })
      else {
        steps.network(`record:${recordingId}`, legId, { do: 'record', ...order, on: true })
        if (changes > 0) steps.network(`mask:${recordingId}:${changes}`, legId, { do: 'mask', ...order, on: masked })
      }
      continue
    }
    if (there) steps.network(`unrecord:${recordingId}`, legId, { do: 'record', ...order, on: false })
    if (steps.due(stoppedAt + CONFIRM_MS))
      steps.call(`${recordingId}:unconfirmed`, callId, { do: 'recording_unconfirmed', recordingId })
    else steps.network(`deliver:${recordingId}`, legId, { do: 'deliver_recording', callId, ...order })
  }
}

/** Which rule has the call recorded now; null: none, or nobody talks yet. */
function ruleFor(call: LiveCall, switchboard: Pick<SwitchboardState, 'configuration'>): Rule | null {
  const customer = call.customerLegId ? call.legs[call.customerLegId] : undefined
  if (customer?.state !== 'answered') return null
  const segments = Object.values(call.segments)
  const outside = call.outsideLegId ? call.legs[call.outsideLegId] : undefined
  if (segments.length === 0 && outside?.state !== 'answered') return null
  if (call.record) return 'route'
  const { state } = switchboard.configuration
  if (segments.some(({ queueCode }) => queueCode !== null && state.queues[queueCode]?.record)) return 'queue'
  const { extensions } = lookupOf(state)
  const phones = [...segments.map(({ legId }) => call.legs[legId]?.extension), outside?.extension, customer.extension]
  return phones.some((extension) => extension && extensions.get(extension)?.record) ? 'extension' : null
}

type Rule = 'route' | 'queue' | 'extension'
