/**
 * How a leg ended, in our words: from SIP statuses (RFC 3261, 21) and FreeSWITCH's causes (ITU-T Q.850), and back.
 */
import type { EndedBy, LegEnd, LiveLeg } from '@ledgerline/core/telephony/port.ts'
import { MEDIA_LOST } from './legs.ts'

type Reason = LegEnd['reason']

/** Statuses with which the other side declined a call that rang, or could not ring. */
const bySip: Readonly<Record<number, readonly [cause: number, reason: Reason]>> = {
  403: [21, 'rejected'],
  404: [1, 'unreachable'],
  408: [18, 'no_answer'],
  410: [22, 'unreachable'],
  480: [18, 'unreachable'],
  484: [28, 'unreachable'],
  486: [17, 'busy'],
  487: [19, 'no_answer'],
  488: [88, 'refused'],
  503: [41, 'unreachable'],
  600: [17, 'busy'],
  603: [21, 'rejected'],
  604: [1, 'unreachable'],
}

/**
 * The end of a leg whose INVITE was answered with this status.
 * @param refused the called party refuses, whatever the status says
 */
export function endOfStatus(sip: number, by: EndedBy, refused = false): LegEnd {
  // Sent elsewhere (3xx) is refused, too: nobody is called whom the switchboard did not choose.
  if (refused || (sip >= 300 && sip < 400)) return { by, cause: 21, sip, reason: 'rejected' }
  const [cause, reason] = bySip[sip] ?? [sip >= 500 ? 41 : 127, 'unreachable' as const]
  return { by, cause, sip, reason }
}

/** No sound came from the other side for as long as the media server waits (`media_timeout`), or since its signalling was lost. */
export const NO_MEDIA: LegEnd = { by: 'network', cause: 102, sip: null, reason: 'no_media' }

/** A phone is gone without having been hung up: its page was left, or loaded anew. */
export const PHONE_GONE: LegEnd = { by: 'network', cause: 27, sip: null, reason: 'unreachable' }

/** Does a BYE say that its phone has not hung up, but goes away (`ui/phone/jssip-line.ts`)? */
export function saysThatItLeft(bye: { get(field: string): string | undefined }): boolean {
  return /;\s*text="?left\b/i.test(bye.get('reason') ?? '')
}

/** What the media server calls that. */
const MEDIA_TIMEOUT = 'MEDIA_TIMEOUT'

/** The end of a leg whose channel the media server has ended by itself, for a cause of this name. */
export function endOfChannel(name: string | undefined, state: LiveLeg['state']): LegEnd {
  if (name === MEDIA_TIMEOUT) return NO_MEDIA
  return {
    by: 'network',
    cause: causeNumber(name),
    sip: null,
    reason: state === 'ringing' ? 'unreachable' : 'media_lost',
  }
}

/** The same, told by the BYE that it sends. */
export function endOfBye(reason: string | undefined): LegEnd {
  return reason?.includes(`"${MEDIA_TIMEOUT}"`) ? NO_MEDIA : MEDIA_LOST
}

/** What a caller is told whose call we end before it was answered. */
export function statusOf({ sip, reason, cause }: LegEnd): readonly [status: number, text: string] {
  if (sip !== null && sip >= 400 && sip < 700) return [sip, reason.replaceAll('_', ' ')]
  switch (reason) {
    case 'busy':
      return [486, 'Busy Here']
    case 'no_answer':
    case 'unregistered':
    case 'unreachable':
      return [480, 'Temporarily Unavailable']
    case 'rejected':
      return [603, 'Decline']
    case 'node_lost':
    case 'media_lost':
      return [503, 'Service Unavailable']
    default:
      return cause === 41 ? [503, 'Service Unavailable'] : [480, 'Temporarily Unavailable']
  }
}

/** FreeSWITCH's name of a cause, for `uuid_kill`. */
export function causeName({ cause }: LegEnd): string {
  return names[cause] ?? 'NORMAL_CLEARING'
}

/** The number of a cause that FreeSWITCH names; 31 (normal, unspecified) for a name of its own. */
export function causeNumber(name: string | undefined): number {
  const found = Object.entries(names).find(([, known]) => known === name)
  return found ? Number(found[0]) : 31
}

const names: Readonly<Record<number, string>> = {
  1: 'UNALLOCATED_NUMBER',
  16: 'NORMAL_CLEARING',
  17: 'USER_BUSY',
  18: 'NO_USER_RESPONSE',
  19: 'NO_ANSWER',
  20: 'SUBSCRIBER_ABSENT',
  21: 'CALL_REJECTED',
  22: 'NUMBER_CHANGED',
  27: 'DESTINATION_OUT_OF_ORDER',
  28: 'INVALID_NUMBER_FORMAT',
  31: 'NORMAL_UNSPECIFIED',
  34: 'NORMAL_CIRCUIT_CONGESTION',
  38: 'NETWORK_OUT_OF_ORDER',
  41: 'NORMAL_TEMPORARY_FAILURE',
  42: 'SWITCH_CONGESTION',
  88: 'INCOMPATIBLE_DESTINATION',
  102: 'RECOVERY_ON_TIMER_EXPIRE',
  127: 'INTERWORKING',
}
