/** Draws from lists, the same every time for the same seed. */
import { seededDice } from '@ledgerline/core/kernel/clock.ts'

export class Draw {
  readonly dice: () => number

  constructor(seed: number) {
    this.dice = seededDice(seed)
  }

  /** One of them. */
  one<T>(all: readonly T[]): T {
    return all[Math.floor(this.dice() * all.length)]!
  }

  /** Pairs of different elements. */
  pairs<T>(all: readonly T[], count: number): (readonly [T, T])[] {
    return all.length < 2 ? [] : Array.from({ length: count }, () => this.some(all, 2) as [T, T])
  }

  /** Up to `most` of them, each equally likely, starting with one of those that have broken the most. */
  startingWith(telling: readonly string[], all: readonly string[], most: number): string[] {
    return [...this.some(telling, 1), ...this.some(all, most - 1)]
  }

  /** Up to `most` of them, each equally likely. */
  some<T>(all: readonly T[], most: number): T[] {
    const left = [...all]
    return Array.from(
      { length: Math.min(most, left.length) },
      () => left.splice(Math.floor(this.dice() * left.length), 1)[0]!,
    )
  }
}
