/**
 * Erlang's queue itself, by Kiefer and Wolfowitz: a caller gets the first agent to become free, unless their patience runs out
 * earlier. It needs no switchboard, so very many hours can be used to check that batches are evaluated correctly.
 */
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import type { Batch } from '@ledgerline/ops/simulate/batch-means.ts'

export interface KnownStretch {
  callsPerHour: number
  talkS: number
  agents: number
  patienceS?: number
  warmUpMs: number
  batches: number
  batchMs: number
  seed: number
}

/** What is counted in each batch. Waits count from one millisecond on, as on the real clock. */
export function batchesOf({
  callsPerHour,
  talkS,
  agents,
  patienceS,
  warmUpMs,
  batches,
  batchMs,
  seed,
}: KnownStretch): Batch[] {
  const dice = seededDice(seed)
  const exponential = (mean: number): number => -mean * Math.log(1 - dice())
  const counted = Array.from({ length: batches }, (): Batch => ({
    offered: 0,
    answered: 0,
    abandoned: 0,
    waited: 0,
    inTarget: 0,
    waitMs: 0,
    busyMs: 0,
  }))
  const end = warmUpMs + batches * batchMs
  const freeAt = new Float64Array(agents)
  for (let at = exponential(3_600_000 / callsPerHour); at < end; at += exponential(3_600_000 / callsPerHour)) {
    const talkMs = exponential(talkS * 1000)
    const patienceMs = patienceS === undefined ? Number.POSITIVE_INFINITY : exponential(patienceS * 1000)
    const next = freeAt.indexOf(freeAt.reduce((first, each) => Math.min(first, each)))
    const waitMs = Math.max(0, freeAt[next]! - at)
    const batch = at < warmUpMs ? undefined : counted[Math.floor((at - warmUpMs) / batchMs)]
    const gaveUp = patienceMs < waitMs
    if (batch) {
      batch.offered++
      if (waitMs > 0) batch.waited++
      if (gaveUp) batch.abandoned++
      else {
        batch.answered++
        batch.waitMs += waitMs
        if (waitMs <= 20_000) batch.inTarget++
      }
    }
    if (gaveUp) continue
    freeAt[next] = at + waitMs + talkMs
    for (let from = Math.max(warmUpMs, at + waitMs), to = Math.min(end, freeAt[next]!); from < to;) {
      const index = Math.floor((from - warmUpMs) / batchMs)
      const until = Math.min(to, warmUpMs + (index + 1) * batchMs)
      if (until <= from || !counted[index]) break
      counted[index]!.busyMs += until - from
      from = until
    }
  }
  return counted
}
