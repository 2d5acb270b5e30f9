/**
 * Scales of charts: axes that begin at zero and end on a round figure, readable ticks (round counts, round
 * durations, whole per cents), and labels that do not overlap. Pure.
 */

/** What an axis measures: calls; minutes as they are billed; ms; a share of 1. */
export type Unit = 'count' | 'minutes' | 'ms' | 'ratio'

export interface Scale {
  /** Value at the end of the axis, never 0. */
  top: number
  /** From 0 to the top, evenly spaced. */
  ticks: readonly number[]
}

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
/** Durations are round by the clock, not by tens. */
const roundDurations = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 4, 6, 12, 24].map((n) => n * HOUR),
]

/** The smallest round step of at least `least`: 1, 2 or 5 times a power of ten, or a round duration. */
function roundStep(least: number, unit: Unit): number {
  if (unit === 'ms') {
    const known = roundDurations.find((step) => step >= least)
    if (known !== undefined) return known
    return roundStep(least / (24 * HOUR), 'count') * 24 * HOUR
  }
  const power = 10 ** Math.floor(Math.log10(least))
  const step = [1, 2, 5, 10].map((n) => n * power).find((candidate) => candidate >= least * (1 - 1e-9))!
  // Half a call has no tick.
  return unit === 'ratio' ? step : Math.max(1, step)
}

/**
 * The scale on which `peak` fits, with at most `most` steps. Shares up to 1 use the whole axis from 0 to 1, so
 * that 80 % looks like 80 %.
 */
export function scaleTo(peak: number, unit: Unit, most = 4): Scale {
  if (unit === 'ratio' && peak <= 1)
    return { top: 1, ticks: most >= 5 ? [0, 0.2, 0.4, 0.6, 0.8, 1] : most >= 4 ? [0, 0.25, 0.5, 0.75, 1] : [0, 0.5, 1] }
  if (!(peak > 0)) {
    const top = unit === 'ms' ? MINUTE : 1
    return { top, ticks: [0, top] }
  }
  const step = roundStep(peak / most, unit)
  const steps = Math.max(1, Math.ceil(peak / step - 1e-9))
  return { top: steps * step, ticks: Array.from({ length: steps + 1 }, (_, i) => i * step) }
}

/** The position of the `i`-th of `count` columns within `width`, and how wide its bars are together: a third of the room is gap. */
export function band(
  i: number,
  count: number,
  width: number,
  most = 48,
): { from: number; width: number; middle: number } {
  const room = width / Math.max(1, count)
  const bar = Math.max(1, Math.min(most, room > 8 ? room * 0.68 : room - 1))
  return { from: i * room + (room - bar) / 2, width: bar, middle: (i + 0.5) * room }
}

/** Every how many columns a label of `labelWidth` is written, so that they stand apart; one of the steps that people count in where given. */
export function labelEvery(
  count: number,
  width: number,
  labelWidth: number,
  steps: readonly number[] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
): number {
  const least = (labelWidth * count) / Math.max(1, width)
  return steps.find((step) => step >= least) ?? Math.ceil(least)
}

/** The index of the column under a pointer; null outside. */
export function columnAt(x: number, count: number, width: number): number | null {
  const index = Math.floor((x / width) * count)
  return index >= 0 && index < count ? index : null
}

/** Moves labels apart that would overlap, as little as possible and within [0, height]: their order stays. @returns the tops' middles, in the order given */
export function apart(wanted: readonly number[], least: number, height: number): number[] {
  const order = wanted.map((at, i) => ({ at, i })).sort((a, b) => a.at - b.at)
  const placed: number[] = []
  for (const { at } of order) placed.push(Math.max(at, (placed.at(-1) ?? -Infinity) + least))
  // Labels pushed beyond the edge are moved back.
  for (let i = placed.length - 1, edge = height; i >= 0; i--, edge = placed[i + 1]! - least)
    placed[i] = Math.min(placed[i]!, edge)
  const result: number[] = new Array(wanted.length)
  order.forEach(({ i }, k) => (result[i] = placed[k]!))
  return result
}

/** About how wide a text is, px, at 12 px unless said otherwise: Chinese characters are as wide as they are high. */
export function textWidth(text: string, size = 12): number {
  let width = 0
  for (const c of text)
    width += c >= '\u2e80' ? 1 : /[mwMW%]/.test(c) ? 0.88 : /[a-z0-9]/.test(c) ? 0.57 : /[A-Z]/.test(c) ? 0.68 : 0.42
  return width * size
}

interface Spot {
  x: number
  y: number
}

/** The path of a line with gaps; a spot that stands alone between two gaps is a dot. `end`: its last spot. */
export function linePath(spots: readonly (Spot | null)[]): { path: string; dots: readonly Spot[]; end: Spot | null } {
  let path = ''
  const dots: Spot[] = []
  let run: Spot[] = []
  let end: Spot | null = null
  const close = () => {
    if (run.length === 1) dots.push(run[0]!)
    else if (run.length > 1) path += 'M' + run.map(({ x, y }) => `${round(x)} ${round(y)}`).join('L')
    run = []
  }
  for (const spot of spots) {
    if (spot === null) close()
    else run.push((end = spot))
  }
  close()
  return { path, dots, end }
}

/** Index of the nearest value in an ordered list; null if it is empty. */
export function nearest(values: readonly number[], to: number): number | null {
  let best: number | null = null
  for (let i = 0; i < values.length; i++)
    if (best === null || Math.abs(values[i]! - to) < Math.abs(values[best]! - to)) best = i
  return best
}

function round(n: number): number {
  return Math.round(n * 10) / 10
}
