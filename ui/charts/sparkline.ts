/** The paths of a sparkline: time runs left to right over a fixed span, zero is at the bottom. */
import type { Point } from '../live/series.ts'

export interface SparklinePaths {
  line: string
  area: string
  /** Heights of the limits' ticks. */
  ticks: readonly number[]
}

/**
 * @param box width and height of the drawing, in its own units
 * @param span from and until, in the time of the points
 * @param top the least value that reaches the top edge, so that noise around zero stays small
 * @param limits values that get a tick; always on the scale
 */
export function sparkline(
  points: readonly Point[],
  box: { width: number; height: number },
  span: { from: number; until: number },
  top: number,
  limits: readonly number[] = [],
): SparklinePaths {
  const shown = points.filter((p) => p.at >= span.from - 60_000)
  const peak = Math.max(top, ...limits, ...shown.map((p) => p.value ?? 0))
  // The current minute is at the edge.
  const x = (at: number) =>
    round(((Math.min(span.until, Math.max(span.from, at)) - span.from) / (span.until - span.from)) * box.width)
  // One unit is left above and below for the width of the stroke.
  const y = (value: number) => round(box.height - 1 - (value / peak) * (box.height - 2))
  let line = ''
  let area = ''
  let run: string[] = []
  let first = 0
  let last = 0
  const close = () => {
    // One or two readings do not make a line yet.
    if (run.length > 2) {
      const path = 'M' + run.join('L')
      line += path
      area += `${path}L${last} ${box.height}L${first} ${box.height}Z`
    }
    run = []
  }
  for (const point of shown) {
    if (point.value === null) {
      close()
      continue
    }
    if (run.length === 0) first = x(point.at)
    last = x(point.at)
    run.push(`${last} ${y(point.value)}`)
  }
  close()
  return { line, area, ticks: limits.map(y) }
}

function round(n: number): number {
  return Math.round(n * 10) / 10
}
