/** Specifications of deciders: `given(decider, ...past).when(command).then(...events)`. */
import * as assert from 'uvu/assert'
import type { Decider } from '@ledgerline/core/kernel/decider.ts'
import type { NewEvent } from '@ledgerline/core/kernel/event.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'

/** A past event, and how many ms after the previous one it happened (default 0). */
export type Past<E> = E | { event: E; after: number }

export interface Outcome<E> {
  /** The decided events, each with its type and the data named (other fields are ignored). */
  then(...expected: { type: string; data?: Record<string, unknown> }[]): E[]
  thenNothing(): void
  thenRefused(code: string): void
}

/** The state after past events, and what a decider then does with a command. Time starts at 0. */
export function given<S, C, E extends NewEvent>(decider: Decider<S, C, E>, ...past: Past<E>[]) {
  let state = decider.initial
  let at = 0
  for (const item of past) {
    const { event, after } = 'event' in item ? item : { event: item, after: 0 }
    at += after
    state = decider.evolve(state, { ...event, at } as never)
  }
  return {
    state,
    at,
    /** `behind`: the decider's clock is behind the stream by this much, ms. */
    when(command: C, after = 0, behind = 0): Outcome<E> {
      let made = 0
      const decide = (): E[] =>
        decider.decide(command, state, { at: at + after, now: at + after - behind, newId: () => `new-${++made}` })
      return {
        then(...expected) {
          const events = decide()
          assert.equal(
            events.map((event) => event.type),
            expected.map((event) => event.type),
          )
          events.forEach((event, index) => {
            const wanted = expected[index]!.data ?? {}
            const named = Object.fromEntries(
              Object.keys(wanted).map((field) => [field, (event.data as Record<string, unknown>)[field]]),
            )
            assert.equal(named, wanted, event.type)
          })
          return events
        },
        thenNothing() {
          assert.equal(decide(), [])
        },
        thenRefused(code) {
          let problem: unknown
          try {
            decide()
          } catch (error) {
            problem = error
          }
          assert.ok(isProblem(problem, code), `expected ${code}, got ${String(problem)}`)
        },
      }
    },
  }
}
