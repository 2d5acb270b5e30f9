/** Time for tests: it stands still until a test moves it, and moves only once everybody has come to rest. */
import { VirtualClock } from '@ledgerline/adapters/clock/virtual.ts'

/** An ordinary moment: a Wednesday at ten in the morning in Shanghai. */
export const TEN_O_CLOCK = Date.UTC(2026, 0, 7, 2, 0, 0)

export function testClock(start = TEN_O_CLOCK): VirtualClock {
  return new VirtualClock(start)
}

/** Lets `ms` pass: all deadlines until then are met in order, and everything they set off comes to rest. */
export function pass(clock: VirtualClock, ms: number): Promise<void> {
  return clock.run(clock.now() + ms)
}
