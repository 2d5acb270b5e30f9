/**
 * What the people at the ends of simulated legs do next if nothing changes: keep talking, lose patience, press a key,
 * hang up. Nobody stays on a line for ever; whenever the situation of a leg changes, the plans of its person are
 * cancelled and made anew.
 */
import type { Clock } from '@ledgerline/core/kernel/clock.ts'
import type { LegEnd } from '@ledgerline/core/telephony/port.ts'
import { agentOf, isAlone, isOutsider, isTalking, nothing, type Leg, type Outsider } from './leg.ts'
import { FAREWELL_MS, type KeyPress } from './people.ts'

export interface BehaviourOptions {
  clock: Clock
  /** Does the leg still exist? */
  exists: (leg: Leg) => boolean
  hangUp: (leg: Leg, end: LegEnd) => void
  press: (leg: Leg, digit: string) => void
}

export class Behaviour {
  readonly #with: BehaviourOptions

  constructor(options: BehaviourOptions) {
    this.#with = options
  }

  /** Sets what the person on a leg will do next, replacing what they meant to do before. */
  settle(leg: Leg): void {
    if (!this.#with.exists(leg)) return
    const { person } = leg
    if (isOutsider(person)) return this.#settleOutsider(leg, person)
    // A phone that is kept connected waits for its calls; on one put through, its owner waits for the next word.
    if (leg.state !== 'answered') return
    if (leg.purpose === 'standing' || leg.on) return this.stay(leg)
    if (!isAlone(leg) || person.aloneMs === Number.POSITIVE_INFINITY) return this.stay(leg)
    this.next(leg, person.aloneMs, () =>
      this.#with.hangUp(leg, {
        by: leg.purpose === 'supervisor' ? 'supervisor' : 'agent',
        cause: 16,
        sip: null,
        reason: 'hung_up',
      }),
    )
  }

  next(leg: Leg, afterMs: number, act: () => void): void {
    const { clock } = this.#with
    leg.change()
    leg.change = afterMs === Number.POSITIVE_INFINITY ? nothing : clock.at(clock.now() + Math.max(0, afterMs), act)
  }

  stay(leg: Leg): void {
    leg.change()
    leg.change = nothing
  }

  #settleOutsider(leg: Leg, person: Outsider): void {
    const now = this.#with.clock.now()
    if (person.talkingSince !== null) {
      person.talkLeftMs -= now - person.talkingSince
      person.talkingSince = null
    }
    if (isTalking(leg)) {
      person.talkingSince = now
      person.talked = true
      person.waitingSince = null
      return this.next(leg, Math.max(0, person.talkLeftMs), () => this.#allIsSaid(leg, person))
    }
    if (leg.state === 'held') {
      person.waitingSince = null
      return this.next(leg, person.caller.holdPatienceMs, () => this.#hangsUp(leg))
    }
    if (leg.state === 'ringing' && leg.purpose !== 'customer') return
    person.waitingSince ??= now
    const key = leg.state === 'answered' ? nextKey(leg, person) : null
    const hears = leg.collecting !== null || (leg.playing !== null && !leg.playing.repeat)
    const waits = person.saidAll && !key && !hears ? FAREWELL_MS : person.caller.patienceMs
    const untilGone = Math.max(person.waitingSince, person.heardAt) + waits - now
    const untilKey = key
      ? (leg.collecting?.since ?? Math.max(person.waitingSince, person.pressedAt)) + key.afterMs - now
      : Number.POSITIVE_INFINITY
    if (key && untilKey < untilGone) this.next(leg, untilKey, () => this.#presses(leg, person, key))
    else this.next(leg, untilGone, () => this.#hangsUp(leg))
  }

  #presses(leg: Leg, person: Outsider, key: KeyPress): void {
    person.keys = person.keys.filter((other) => other !== key)
    person.pressedAt = this.#with.clock.now()
    this.#with.press(leg, key.digit)
    this.settle(leg)
  }

  #allIsSaid(leg: Leg, person: Outsider): void {
    person.saidAll = true
    const agent = person.caller.talkEndedBy === 'agent' ? agentOf(leg) : null
    if (!agent) return this.#hangsUp(leg)
    this.#with.hangUp(agent, { by: 'agent', cause: 16, sip: null, reason: 'hung_up' })
  }

  #hangsUp(leg: Leg): void {
    const cancelled: LegEnd = { by: 'customer', cause: 16, sip: 487, reason: 'cancelled' }
    this.#with.hangUp(
      leg,
      leg.state === 'ringing' ? cancelled : { by: 'customer', cause: 16, sip: null, reason: 'hung_up' },
    )
  }
}

/** The key that a person who hears only announcements plans to press next. */
function nextKey(leg: Leg, person: Outsider): KeyPress | null {
  const situation = leg.collecting ? 'asked' : person.talked ? 'left' : 'waiting'
  return person.keys.find((key) => key.when === situation) ?? null
}
