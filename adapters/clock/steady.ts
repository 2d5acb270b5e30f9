/**
 * The machine's clock that nobody sets: it counts from an arbitrary moment and keeps running while this process is
 * stopped.
 */
import type { Clock } from '@ledgerline/core/kernel/clock.ts'

export const steadyClock: Clock = {
  now: () => performance.now(),
  at(at, wake) {
    const timer = setTimeout(wake, Math.max(0, Math.ceil(at - performance.now())))
    return () => clearTimeout(timer)
  },
}
