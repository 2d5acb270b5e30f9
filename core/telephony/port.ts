/**
 * The telephony port: legs, what can be done with them, and one stream of what happened to them. Two adapters stand
 * behind it: drachtio + FreeSWITCH, and the simulator. Everything above it is the same code in both.
 *
 * Commands are idempotent by their id: a repeated one gets the same answer and is done once. A command resolves when
 * the network has accepted it, not when the other side has answered; the result arrives as a report. Every command has
 * a deadline inside the adapter.
 */
import { z } from 'zod'
import type { PhoneContact } from '../registration/events.ts'
import type { GatewayState } from '../registration/reported.ts'

/** What a leg is for. */
export const legPurpose = z.enum(['customer', 'agent', 'consultation', 'supervisor', 'robot'])
export type LegPurpose = z.infer<typeof legPurpose>
/** *Standing*: a phone that is kept connected for a shift (long sign-in). It belongs to no call. */
export type LegUse = LegPurpose | 'standing'

/** Who or what ended something. */
export const endedBy = z.enum(['customer', 'agent', 'supervisor', 'system', 'network'])
export type EndedBy = z.infer<typeof endedBy>

/** Why a leg ended: Q.850 cause, the SIP status if there was one, and our own word for it. */
export const legEnd = z.object({
  by: endedBy,
  /** ITU-T Q.850 cause value: 16 normal clearing, 17 user busy, 19 no answer, 21 rejected, 41 temporary failure … */
  cause: z.number().int().min(0).max(127),
  sip: z.number().int().nullable(),
  reason: z
    .enum([
      'hung_up',
      'busy',
      'no_answer',
      'rejected',
      'unregistered',
      'cancelled',
      'unreachable',
      'media_lost',
      'no_media',
      'node_lost',
      'refused',
      'completed',
      'forced',
      'taken_over',
      'limit',
      'set_aside',
    ])
    .describe('our word for the cause'),
})
export type LegEnd = z.infer<typeof legEnd>

/**
 * How a supervisor takes part. When listening or whispering they hear what their agent hears, in three-way everybody.
 * The modes differ in who hears the supervisor. *Listen*: nobody, and nobody notices. *Whisper*: their agent alone.
 * *Three-way*: all of them.
 */
export type SupervisorMode = 'listen' | 'whisper' | 'three_way'

/** Why there is no file of a recording: none was written, it has no sound in it, or it is no recording. */
export const recordingLack = z.enum(['no_file', 'empty', 'unreadable'])
export type RecordingLack = z.infer<typeof recordingLack>

/** A recording that was checked and is kept. */
export interface RecordedFile {
  bytes: number
  durationMs: number
  /** Of the file, hexadecimal; null: there is none. */
  sha256: string | null
  /** Its key in the store of recordings; null: there is no file. */
  file: string | null
  /** Nobody really spoke. */
  simulated: boolean
}

/** What a leg names as its call if it is kept for a shift and belongs to no call. */
export function ownerOfShift(shiftId: string): string {
  return `${SHIFT_OWNER}${shiftId}`
}

/** The shift that a leg is kept for; null when it belongs to a call. */
export function shiftOfOwner(callId: string): string | null {
  return callId.startsWith(SHIFT_OWNER) ? callId.slice(SHIFT_OWNER.length) : null
}
const SHIFT_OWNER = 'shift:'

/** Whom to dial. */
export interface DialTarget {
  legId: string
  /** The call it belongs to, or {@link ownerOfShift}. */
  callId: string
  purpose: LegUse
  /**
   * An extension, or a number to dial through a gateway; or a standing leg, on which the new one is put through:
   * nothing rings, its party hears a beep (catalogue C4.4-a2-beep) and is there at once. From then on the new leg
   * represents that phone in its call. When it is hung up the phone stays connected; when the standing leg ends, so
   * does the one put through on it. It takes one at a time, else it is busy; if it is gone already, the new one ends
   * `unreachable`, which says nothing about the phone's registration. Or an answered leg of another call, whose place the
   * new one takes: its party goes on in this call without noticing, and the leg of before has ended.
   */
  to:
    | { kind: 'extension'; extension: string }
    | { kind: 'number'; number: string; gateway: string | null }
    | { kind: 'standing'; legId: string }
    | { kind: 'leg'; legId: string }
  /** What the phone shows. */
  callerId: string | null
  /** Rings at most this long, ms. */
  ringMs: number
  /** A phone is asked to answer by itself, without anybody lifting it (catalogue A3.2.1-auto-answer). */
  autoAnswer?: boolean
  /** It belongs to an emergency call: no limit holds it back. */
  emergency?: boolean
}

export type LegCommand =
  /** A caller of ours; a phone that we dialled is not answered for its owner. */
  | { do: 'answer'; legId: string }
  | { do: 'dial'; target: DialTarget }
  | { do: 'bridge'; legId: string; to: string }
  | { do: 'hold'; legId: string; music: string | null }
  | { do: 'resume'; legId: string; to: string }
  /**
   * A prompt, once or repeating. A one-off prompt interrupts a repeating one, which then resumes; any other prompt is
   * cut short by the next, and by talk and music on hold. The end of a one-off prompt is reported (`played`). Whoever was
   * left on hold is on hold no longer.
   */
  | { do: 'play'; legId: string; media: string; repeat: boolean }
  /**
   * Gathers keys until there are `maxDigits`, or until none came for `waitMs`, and then reports all of them at once
   * (`collected`). A one-off prompt continues until the first key, a repeating one goes on. A new request, talk and hold
   * end it.
   */
  | { do: 'collect'; legId: string; maxDigits: number; waitMs: number }
  | { do: 'tone'; legId: string; digits: string }
  /** Stopping or masking one that does not run changes nothing. */
  | { do: 'record'; legId: string; recordingId: string; on: boolean }
  | { do: 'mask'; legId: string; recordingId: string; on: boolean }
  /**
   * The file of a recording that has stopped is checked and put into the store; then it is reported (`recorded`). The leg
   * and its call may be gone. Given again, it is reported again: nothing is lost if the process that asked first is gone.
   */
  | { do: 'deliver_recording'; callId: string; legId: string; recordingId: string }
  | { do: 'conference'; conferenceId: string; legIds: readonly string[] }
  /**
   * The supervisor's leg joins where the agent's leg is; the same again with another mode or other parties changes it.
   * `customerLegId` null: the customer is on hold or not in this talk, and neither is heard nor hears (the customer's
   * music is for the customer alone); anyone the agent talks to meanwhile is heard. Several supervisors may take part;
   * those in three-way hear each other.
   */
  | { do: 'supervise'; legId: string; customerLegId: string | null; agentLegId: string; mode: SupervisorMode }
  /**
   * An answered leg of a call is kept for a shift from now on: it is a standing leg, and reports name the owner
   * ({@link ownerOfShift}). Done before, it changes nothing.
   */
  | { do: 'keep'; legId: string; owner: string }
  /** The network takes the call there, and the leg ends; where nobody can be reached it is refused (`unavailable`). */
  | { do: 'refer'; legId: string; to: Extract<DialTarget['to'], { kind: 'extension' | 'number' }> }
  /**
   * What came of the transfer that a phone asked for (`referred`), with a SIP status for it: the one with which the target did
   * not answer. A phone whose leg ends by us meanwhile waits for it.
   */
  | { do: 'answer_refer'; legId: string; accepted: boolean; status?: number }
  | { do: 'hang_up'; legId: string; end: LegEnd }

/**
 * Something that happened. `at` is when the network saw it, UTC ms.
 *
 * Signalling and media come from two servers, and servers die: a report may come late, twice, after one that happened
 * later, or (`ended` of a leg whose server is gone) never. Readers must live with that, and periodically ask {@link
 * Telephony.legs} for the truth.
 */
export type TelephonyReport = { at: number; tenant: string } & (
  | {
      what: 'incoming'
      legId: string
      callId: string
      from: string | null
      to: string
      /** The gateway it came by; null: not known, or by none. */
      gateway: string | null
      /** The phone of ours that dialled; null: someone outside calls. */
      extension: string | null
      customerId: string | null
      priority: number
    }
  | { what: 'ringing'; legId: string; callId: string }
  | { what: 'answered'; legId: string; callId: string }
  | { what: 'bridged'; legId: string; to: string; callId: string }
  /**
   * A leg hears music, because we said so; or its own phone has put the other side on hold, of which we know by this
   * alone. The two are told apart by whose leg it is: we hold and resume customers.
   */
  | { what: 'held'; legId: string; callId: string; by: EndedBy }
  | { what: 'resumed'; legId: string; callId: string }
  /**
   * A phone asks us to send its other party to somebody else (its transfer key): to an extension or a number; or to
   * the party of another call of its own.
   */
  | {
      what: 'referred'
      legId: string
      callId: string
      to: string
      other: { legId: string; callId: string } | null
    }
  /** A phone refused, and said that it wants no calls at all (its do-not-disturb key). Its end is reported, too. */
  | { what: 'do_not_disturb'; legId: string; callId: string }
  /** A key pressed while nothing is being collected: 0–9, *, #, A–D. */
  | { what: 'digit'; legId: string; callId: string; digit: string }
  /** A prompt is over: `complete` if it was heard to its end. */
  | { what: 'played'; legId: string; callId: string; media: string; complete: boolean }
  /**
   * The keys that were gathered: `complete` if all came. They are not reported as `digit`, so that a card number is not
   * written down by accident.
   */
  | { what: 'collected'; legId: string; callId: string; digits: string; complete: boolean }
  | { what: 'ended'; legId: string; callId: string; end: LegEnd }
  /** A recording is kept, or there is nothing to keep. */
  | { what: 'recorded'; legId: string; callId: string; recordingId: string; file: RecordedFile | RecordingLack }
  | { what: 'registered'; extension: string; contact: string | null }
  | { what: 'unregistered'; extension: string }
  /**
   * How a gateway is: whether calls should be sent there, and why. The network says so when it changes, and of every
   * gateway when it begins.
   */
  | ({ what: 'gateway'; gateway: string; up: boolean } & Partial<Omit<GatewayState, 'up'>>)
  /** All contacts of a phone, as they are now; none: it is not registered. */
  | { what: 'contacts'; extension: string; contacts: readonly PhoneContact[] }
  /** All phones that are registered when the network begins: no other is. */
  | { what: 'registrar'; extensions: readonly string[] }
  /**
   * A media server is gone, with every leg it held (`ended` may come for some of them or for none; callers who
   * have not been answered are still there), or it is back. New legs are refused meanwhile.
   */
  | { what: 'media'; node: string; up: boolean }
)

/** A leg as the network holds it now. */
export interface LiveLeg {
  tenant: string
  legId: string
  callId: string
  purpose: LegUse
  state: 'ringing' | 'answered' | 'held'
  since: number
}

export interface Telephony {
  /**
   * @throws Problem `telephony.no_leg` when the leg is gone, `telephony.unavailable` when no server can
   *   do it now, `telephony.too_many` above the cap on new legs
   */
  command(commandId: string, tenant: string, command: LegCommand): Promise<void>
  /** Reports, as a rule in the order in which things happened, each at least once; ends when the signal aborts. */
  reports(signal: AbortSignal): AsyncIterable<TelephonyReport>
  /** All legs that exist now: the truth with which the ledger is reconciled. */
  legs(): Promise<LiveLeg[]>
  close(): Promise<void>
}
