/** What the ledger says of gateways and registered phones: what a process that takes over knows at once. */
import type { KnownStream } from '../kernel/command.ts'
import { idOf } from '../kernel/event.ts'
import { idOfContact, type KnownContact } from '../registration/events.ts'
import {
  gatewayDecider,
  gatewayId,
  phoneDecider,
  phoneId,
  reportedOf,
  type GatewayState,
  type PhoneState,
} from '../registration/reported.ts'
import type { SwitchboardFact } from './switchboard-fact.ts'

/** In a snapshot. */
export interface KnownNetworkSnapshot {
  gateways: [string, KnownStream<GatewayState | null>][]
  phones: [string, KnownPhone][]
}

type KnownPhone = KnownStream<PhoneState> & {
  /** All that is known follows from the events from this revision on; absent: from all of them. */
  since?: number
}

export class KnownNetwork {
  readonly #gateways = new Map<string, KnownStream<GatewayState | null>>()
  readonly #phones = new Map<string, KnownPhone>()

  gateway(code: string): KnownStream<GatewayState | null> | undefined {
    return this.#gateways.get(code)
  }

  phone(extension: string): KnownStream<PhoneState> | undefined {
    return this.#phones.get(extension)
  }

  /** Extensions that have contacts. */
  *registered(): Iterable<string> {
    for (const [extension, { state }] of this.#phones) if (Object.keys(state).length > 0) yield extension
  }

  /** The gateways of which something is known. */
  *gateways(): Iterable<[string, GatewayState]> {
    for (const [code, { state }] of this.#gateways) if (state) yield [code, state]
  }

  revisionOf(stream: string): number {
    const of = reportedOf(idOf(stream))
    const known = of?.kind === 'gateway' ? this.#gateways.get(of.code) : this.#phones.get(of?.code ?? '')
    return of === null ? Number.MAX_SAFE_INTEGER : (known?.revision ?? -1)
  }

  fold(fact: SwitchboardFact, toldAt: number): void {
    const { stream, revision } = fact
    const of = reportedOf(idOf(stream))
    if (of?.kind === 'gateway') {
      const state = gatewayDecider.evolve(this.#gateways.get(of.code)?.state ?? null, fact as never)
      this.#gateways.set(of.code, { state, revision, lastAt: toldAt })
    } else if (of?.kind === 'phone') {
      const before = this.#phones.get(of.code)
      const state = phoneDecider.evolve(before?.state ?? {}, fact as never)
      const anew = fact.type === 'ExtensionRegistered' && Object.keys(state).length === 1
      this.#phones.set(of.code, { state, revision, lastAt: toldAt, since: anew ? revision : (before?.since ?? 0) })
    }
  }

  /** The streams of gateways and registered phones, each with the revision from which on it says all that is known. */
  *needed(): Iterable<{ id: string; from: number }> {
    for (const [code, { state, revision }] of this.#gateways) if (state) yield { id: gatewayId(code), from: revision }
    for (const extension of this.registered())
      yield { id: phoneId(extension), from: this.#phones.get(extension)!.since ?? 0 }
  }

  /** It is not configured any more: one that gets its code later is another one. */
  forgetGateway(code: string): void {
    const known = this.#gateways.get(code)
    if (known) this.#gateways.set(code, { ...known, state: null })
  }

  /** An event that cannot be read: the next report says all there is to say. */
  setAside(stream: string, revision: number, toldAt: number): void {
    const of = reportedOf(idOf(stream))
    if (of?.kind === 'gateway')
      this.#gateways.set(of.code, { state: this.#gateways.get(of.code)?.state ?? null, revision, lastAt: toldAt })
    else if (of?.kind === 'phone')
      this.#phones.set(of.code, { ...(this.#phones.get(of.code) ?? { state: {} }), revision, lastAt: toldAt })
  }

  snapshot(): KnownNetworkSnapshot {
    return { gateways: [...this.#gateways], phones: [...this.#phones] }
  }

  restore({ gateways, phones }: KnownNetworkSnapshot): void {
    for (const [code, known] of gateways) this.#gateways.set(code, known)
    for (const [extension, known] of phones) this.#phones.set(extension, { ...known, state: byId(known.state) })
  }
}

/** Snapshots of earlier versions have contacts by themselves, not by their ids. */
function byId(state: PhoneState): PhoneState {
  return Object.fromEntries(
    Object.entries(state).map(([name, known]) => {
      const contactId = (known as Partial<KnownContact>).contactId ?? idOfContact(name)
      return [contactId, { ...known, contactId }]
    }),
  )
}
