/**
 * What follows for a caller who may leave a message, and when one may: because they were sent to a box, or because a phone
 * with a box does not answer in time (catalogue A11.1.5-voicemail). Every wait has a deadline here.
 */
import { callerAgent, type Leg, type LiveCall } from '../call/state.ts'
import { lookupOf } from '../routing/dial-plan.ts'
import { TRANSFER_MS } from '../state/place-in-line.ts'
import type { SwitchboardState } from '../state/switchboard-state.ts'
import { SAVED, TONE, USUAL_GREETING, USUAL_LONGEST_MS, type Box } from '../voicemail/state.ts'
import { COMPLETED, hangUp } from './leg-ends.ts'
import type { Steps } from './steps.ts'

/** A prompt that nobody reports the end of is over after this. */
const LONGEST_PROMPT_MS = 60_000

/** The caller is on their way to a box, or at it. */
export function followVoicemail(call: LiveCall, leg: Leg, switchboard: SwitchboardState, steps: Steps): void {
  const { callId, toVoicemail, voicemail } = call
  if (leg.state !== 'answered') return
  const { legId } = leg
  if (!voicemail) {
    if (!toVoicemail) return
    const { box, since } = toVoicemail
    const { configuration } = switchboard
    const settings = lookupOf(configuration.state).extensions.get(box)?.voicemail
    steps.call(`${callId}:box:${since}`, callId, {
      do: 'reach_voicemail',
      box: whoseBox(box, call, switchboard),
      says: [settings?.greeting ?? USUAL_GREETING, TONE],
      longestMs: settings?.longestMs ?? USUAL_LONGEST_MS,
      configVersion: configuration.state.version,
    })
    return
  }
  const { says, since, longestMs, recordingId, over } = voicemail
  const key = `${callId}:box:${voicemail.steps}`
  const [media] = says
  if (media !== undefined) {
    steps.network(`say:${key}`, legId, { do: 'play', legId, media, repeat: false })
    if (steps.due(since + (media === SAVED ? LONGEST_PROMPT_MS / 4 : LONGEST_PROMPT_MS)))
      steps.call(`${key}:said`, callId, { do: 'voicemail_due', what: 'said', step: voicemail.steps })
  } else if (over) hangUp(steps, leg, COMPLETED)
  else if (recordingId !== null && steps.due(since + longestMs))
    steps.call(`${key}:longest`, callId, { do: 'voicemail_due', what: 'longest', step: voicemail.steps })
}

function whoseBox(box: string, { lastQueueCode }: LiveCall, switchboard: SwitchboardState): Box {
  const { state } = switchboard.configuration
  const own = lookupOf(state).extensions.get(box)
  const agentId = switchboard.ownerOfExtension(box)
  const agentCode = agentId === null ? null : (state.agents[agentId]?.agentCode ?? null)
  const queueCode = own?.type === 'queue' ? own.target : lastQueueCode
  return { box, agentId: agentCode === null ? null : agentId, agentCode, queueCode }
}

/**
 * A caller for whom a phone with a box rings, or cannot ring: once it has rung as long as its settings say, or nobody is to
 * be had there, they may leave a message. True: they are on their way to it.
 */
export function followUnanswered(call: LiveCall, switchboard: SwitchboardState, steps: Steps): boolean {
  const { callId, voicemail, toVoicemail, queue, segments } = call
  if (voicemail || toVoicemail || queue || Object.keys(segments).length > 0) return false
  const sought = agentsPhone(call, switchboard, steps) ?? phoneOfNobody(call)
  if (!sought || callerAgent(call)?.extension === sought.extension) return false
  const { extension, since, rings } = sought
  const settings = lookupOf(switchboard.configuration.state).extensions.get(extension)?.voicemail
  if (!settings) return false
  if (rings && !(settings.afterMs > 0 && steps.due(since + settings.afterMs))) return false
  steps.call(`${callId}:unanswered:${since}`, callId, {
    do: 'to_voicemail',
    box: extension,
    configVersion: switchboard.configuration.state.version,
  })
  return true
}

interface Sought {
  extension: string
  since: number
  /** It may still be answered. */
  rings: boolean
}

/** The phone of an agent to whom a route, a menu or a queue has sent the caller. */
function agentsPhone(call: LiveCall, switchboard: SwitchboardState, steps: Steps): Sought | null {
  const { transferTo, offers, legs } = call
  if (!transferTo || transferTo.from) return null
  const picked = Object.values(offers).some(({ legId }) => legs[legId]?.answeredAt !== null)
  const agentId = switchboard.agentOfCode(transferTo.agentCode)
  const shift = agentId === null ? null : switchboard.shift(agentId)
  const extension = shift?.extension ?? switchboard.configuration.state.agents[agentId ?? '']?.extension ?? null
  if (picked || extension === null) return null
  const { since } = transferTo
  const inTime = shift !== null && (Object.keys(offers).length > 0 || !steps.due(since + TRANSFER_MS))
  return { extension, since, rings: inTime }
}

/** The phone at which nobody is signed in that rings for the caller, or has just stopped. */
function phoneOfNobody({ legs, outsideLegId, leaving, lastTalker }: LiveCall): Sought | null {
  const last = Object.values(legs).findLast(({ purpose }) => purpose === 'consultation')
  if (!last || lastTalker || last.extension === null || last.answeredAt !== null) return null
  const { extension, since } = last
  if (last.legId === outsideLegId) return { extension, since, rings: last.state !== 'ended' }
  return last.state === 'ended' && leaving && leaving.by !== 'customer' ? { extension, since, rings: false } : null
}
