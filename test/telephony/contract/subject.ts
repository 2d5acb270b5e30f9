/**
 * What the contract of the telephony port needs of whatever stands behind it: people who call and answer, servers that go
 * and come back, time that passes, and somebody who can tell who hears whom.
 */
import type { Telephony } from '@ledgerline/core/telephony/port.ts'

/** The people of the contract; each has a voice of their own. */
export type Voice = 'customer' | 'agent' | 'third' | 'supervisor' | 'another'
/** What the network plays: the music on hold, a prompt that ends, one that is meant to repeat. */
export type Medium = 'hold_music' | 'welcome' | 'waiting'
export type Sound = Voice | Medium

/** What somebody does when their phone rings. */
export type Reaction = 'answer' | 'ignore' | 'refuse' | 'busy' | 'no_calls'

/** Somebody at the other end of a leg. */
export interface Person {
  readonly voice: Voice
  /** Their phone is one of ours; null: they are outside. */
  readonly extension: string | null
  /** The leg they are on, as far as the test knows. */
  legId: string | null
  hangUp(): Promise<void>
  press(keys: string): Promise<void>
  /** Puts the other side on hold by their phone's own key, or takes it back. */
  hold(on: boolean): Promise<void>
  /** Presses the transfer key and dials. */
  refer(to: string): Promise<void>
  /** Whether their transfer succeeded, as their phone was told last; null: nobody can tell. */
  readonly toldOfTransfer: boolean | null
}

/** One adapter, with a network of its own behind it. */
export interface Subject {
  readonly telephony: Telephony
  readonly tenant: string
  /** How long `welcome` lasts, ms: about. */
  readonly welcomeMs: number
  /** Somebody outside dials us by the gateway `gw1`. */
  calls(voice: Voice, number: string): Promise<Person>
  /** A registered phone whose owner reacts like this. */
  phone(extension: string, voice: Voice, reaction: Reaction): Promise<Person>
  unregister(person: Person): Promise<void>
  /** Somebody outside, who can be reached by the gateway `gw1` under any number. */
  callee(voice: Voice, reaction: Reaction): Promise<Person>
  /** The gateway `gw1` answers nothing any more, or is there again. */
  gateway(isThere: boolean): Promise<void>
  /** The media server dies, or is there again. */
  media(isThere: boolean): Promise<void>
  /** Resolves when each of these hears exactly these sounds and no other. */
  hear(expected: readonly (readonly [Person, ...Sound[]])[]): Promise<void>
  /** Which keys somebody was sent; null: nobody can tell. */
  keysHeardBy(person: Person): string | null
  /** Lets time pass until it is so. */
  until(what: string, is: () => boolean | Promise<boolean>): Promise<void>
  /** Lets this much time pass. */
  pass(ms: number): Promise<void>
  /** Nothing is left of any call: no leg, and nothing of the servers'. */
  leaves(): Promise<void>
  close(): Promise<void>
}
