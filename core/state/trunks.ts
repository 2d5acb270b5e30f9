/**
 * What goes on on the gateways: which of them answer, how many calls each carries, and how often phones have been
 * calling outside (catalogue A3.2.6). Folded from calls; whether a gateway answers is what the network last reported.
 */
import { callerAgent, type LiveCall } from '../call/state.ts'
import type { SwitchboardFact } from './switchboard-fact.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60_000

export class Trunks {
  readonly #down = new Set<string>()
  /** Open legs, by gateway. */
  readonly #legs = new Map<string, Set<string>>()
  readonly #gatewayOf = new Map<string, string>()
  /** Moments of the latest calls we made: by gateway, and by extension. */
  readonly #begun = new Map<string, number[]>()
  readonly #calls = new Map<string, number[]>()
  /** Gateways that calls are about to be made by: the ledger does not show it yet. */
  readonly #promised = new Map<string, { gateway: string; at: number }>()

  /** The network says whether a gateway answers, or the ledger does of what it said. */
  report(gateway: string, up: boolean): void {
    if (up) this.#down.delete(gateway)
    else this.#down.add(gateway)
  }

  /** One of which nothing is known is up. */
  isUp(gateway: string): boolean {
    return !this.#down.has(gateway)
  }

  callsOn(gateway: string, now: number): number {
    return (this.#legs.get(gateway)?.size ?? 0) + this.#promises(gateway, now)
  }

  newCallsOn(gateway: string, at: number): number {
    return since(this.#begun.get(gateway), at - SECOND_MS) + this.#promises(gateway, at)
  }

  callsOf(extension: string, at: number): number {
    return since(this.#calls.get(extension), at - MINUTE_MS)
  }

  /** A call is about to be made by a gateway. */
  promise(callId: string, gateway: string, now: number): void {
    this.#promised.set(callId, { gateway, at: now })
  }

  fold({ type, data, at }: Pick<SwitchboardFact, 'type' | 'data' | 'at'>): void {
    switch (type) {
      case 'CallReceived': {
        const { legId, gateway } = data as { legId: string; gateway?: string | null }
        if (gateway) this.#open(gateway, legId)
        return
      }
      case 'CallPlaced': {
        const { direction, extension } = data as { direction: string; extension: string | null }
        if (direction === 'outbound' && extension !== null) note(this.#calls, extension, at, MINUTE_MS)
        return
      }
      case 'LegDialled': {
        const { callId, legId, gateway } = data as { callId: string; legId: string; gateway?: string | null }
        if (!gateway) return
        this.#promised.delete(callId)
        this.#open(gateway, legId)
        note(this.#begun, gateway, at, SECOND_MS)
        return
      }
      case 'LegEnded': {
        const { legId } = data as { legId: string }
        const gateway = this.#gatewayOf.get(legId)
        if (gateway === undefined) return
        this.#gatewayOf.delete(legId)
        this.#legs.get(gateway)?.delete(legId)
      }
    }
  }

  /** A call from a snapshot. */
  restore(call: LiveCall): void {
    for (const { legId, gateway, state, number, since: begun } of Object.values(call.legs)) {
      if (!gateway) continue
      if (state !== 'ended') this.#open(gateway, legId)
      if (number !== null) note(this.#begun, gateway, begun, SECOND_MS)
    }
    const own = call.placedBy?.legId ? call.legs[call.placedBy.legId] : callerAgent(call)
    if (call.direction === 'outbound' && own?.extension) note(this.#calls, own.extension, call.startedAt, MINUTE_MS)
  }

  #open(gateway: string, legId: string): void {
    const legs = this.#legs.get(gateway)
    if (legs) legs.add(legId)
    else this.#legs.set(gateway, new Set([legId]))
    this.#gatewayOf.set(legId, gateway)
  }

  #promises(gateway: string, now: number): number {
    let count = 0
    for (const [callId, promised] of this.#promised) {
      if (promised.at <= now - SECOND_MS) this.#promised.delete(callId)
      else if (promised.gateway === gateway) count++
    }
    return count
  }
}

function note(moments: Map<string, number[]>, of: string, at: number, keepMs: number): void {
  const kept = (moments.get(of) ?? []).filter((moment) => moment > at - keepMs)
  moments.set(of, [...kept, at])
}

function since(moments: readonly number[] | undefined, after: number): number {
  return moments ? moments.filter((moment) => moment > after).length : 0
}
