/** What benchmarks return, and how they report it. */
import { arch, availableParallelism, cpus, totalmem } from 'node:os'
import type { BenchResult } from '@ledgerline/ops/cli/bench.ts'

export type { BenchResult }
export type BenchCase = BenchResult['cases'][number]

/** A case for comparison only. */
export function plain(name: string, value: number, unit: string, digits = 1): BenchCase {
  return { case: name, value: rounded(value, digits), unit, bar: null, met: null }
}

/** A case with a bar. */
export function atLeast(name: string, bar: number, value: number, unit: string, digits = 0): BenchCase {
  return { case: name, value: rounded(value, digits), unit, bar: `≥ ${bar}`, met: value >= bar }
}

export function atMost(name: string, bar: number, value: number, unit: string, digits = 1): BenchCase {
  return { case: name, value: rounded(value, digits), unit, bar: `≤ ${bar}`, met: value <= bar }
}

/** Events per second, with or without a bar. */
export function rate(name: string, bar: number | null, value: number): BenchCase {
  return bar === null ? plain(name, value, 'events/s', 0) : atLeast(name, bar, value, 'events/s')
}

/** The value below which this share of them lies; NaN if there are none. */
export function percentile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN
}

export function rounded(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits
}

export function machine(): string {
  return `${cpus()[0]?.model.trim() ?? arch()}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`
}
