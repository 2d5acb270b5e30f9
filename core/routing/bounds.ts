/** Bounds of a route's settings. A test walks the settings and expects each number here. */
import { ring, type Bounds } from '../kernel/bounds.ts'

export const routeBounds: Bounds = {
  order: { least: 0, most: 1_000_000 },
  strip: { least: 0, most: 20 },
  timeoutMs: ring,
}
