/**
 * A telephone line in the browser, as the desk needs it: one registration, one call at a time. Behind it stands JsSIP
 * (`jssip-line.ts`), which nothing else knows.
 */

/** Where to register, and what with. */
export interface LineAccess {
  /** SIP over WebSocket: `wss://…` */
  url: string
  /** Address of record, a SIP URI. */
  address: string
  user: string
  password: string
  /** STUN and TURN servers. */
  iceServers: readonly RTCIceServer[]
}

/** A call on which nothing arrives is ended after this, ms. */
export const SILENT_MS = 60_000

/** Why a call is over. */
export type CallEnd =
  | 'hung_up'
  | 'cancelled'
  | 'busy'
  | 'no_answer'
  | 'refused'
  | 'unreachable'
  | 'network'
  | 'no_sound'
  /** The page was left or loaded anew in the middle of it. */
  | 'left'
  | 'failed'

export interface LineCall {
  /** Each call has another. */
  id: string
  /** `ringing`: here; `calling`: there. */
  phase: 'ringing' | 'calling' | 'talking'
  /** Whose number it is; empty: not known. */
  number: string
  /** The server asks that it be answered at once (catalogue A3.2.1-auto-answer). */
  answersItself: boolean
  muted: boolean
  /** Since when nothing arrives, by `performance.now()`; null: it does. */
  silentSince: number | null
}

export type LineEvent =
  | { is: 'registered' }
  /** There is no connection, or the server takes no registration now: it is tried again by itself. */
  | { is: 'away' }
  /** The password is not accepted. */
  | { is: 'refused' }
  /** The call as it is now. */
  | { is: 'call'; call: LineCall }
  | { is: 'ended'; id: string; why: CallEnd }
  /** What is heard. */
  | { is: 'sound'; stream: MediaStream }

export interface PhoneLine {
  /** Connects, and stays connected until {@link stop}. */
  start(): void
  /** The next password; registers with it if the last was refused. */
  renew(access: LineAccess): void
  /** @param microphone what the other side hears; the line stops it when the call is over */
  dial(number: string, microphone: MediaStream): void
  /** Picks up what rings. */
  answer(microphone: MediaStream): void
  /** Ends the call, refuses it if it rings, takes it back if it is not answered. */
  hangUp(): void
  mute(on: boolean): void
  /** One key: 0–9, *, #, A–D (RFC 4733). */
  press(key: string): void
  /** Another microphone, in the middle of a call. */
  speakInto(microphone: MediaStream): Promise<void>
  /**
   * Ends the call, unregisters and disconnects.
   * @param leaves the page goes away: nobody has hung up
   */
  stop(leaves?: boolean): void
}

export type OpenLine = (access: LineAccess, heard: (event: LineEvent) => void) => Promise<PhoneLine>
