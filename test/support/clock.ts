/** Time for tests: it stands still until a test moves it, and moves only once all work has settled. */
import { VirtualClock } from '@ledgerline/adapters/clock/virtual.ts'

/** An ordinary moment: a Wednesday at ten in the morning in Shanghai. */
export const TEN_O_CLOCK = Date.UTC(2026, 0, 7, 2, 0, 0)

export function testClock(start = TEN_O_CLOCK): VirtualClock {
  return new VirtualClock(start)
}

/** Lets `ms` pass: deadlines until then fire in order, and everything they trigger settles. */
export function pass(clock: VirtualClock, ms: number): Promise<void> {
  return clock.run(clock.now() + ms)
}
