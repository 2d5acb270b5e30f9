/**
 * How small and how large a setting may be. A smaller value would cause a storm (a phone that rings for a millisecond,
 * a caller sent back and forth a thousand times a second); a larger one is a typing error.
 *
 * Code that accepts settings refuses values out of bounds ({@link refuseOutside}). Settings from before there were
 * bounds stay readable: code that folds them uses the nearest bound ({@link paced}).
 */
import { Problem } from './problem.ts'

/** Lowest and highest value; `off`: 0 is also allowed and switches the rule off. */
export interface Bound {
  least: number
  most: number
  off?: true
}

export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

export const ring: Bound = { least: SECOND, most: 5 * MINUTE }
export const pause: Bound = { least: 0, most: DAY }
export const wrapUp: Bound = { least: 0, most: 30 * MINUTE }
/** A rule that 0 switches off. */
export const rule: Bound = { least: SECOND, most: DAY, off: true }
/** Days for which a recording is kept. */
export const recordingDays: Bound = { least: 1, most: 36_500 }
export const misses: Bound = { least: 0, most: 1_000 }

/** The bound of each setting, by path; `[]` goes through a list. */
export type Bounds = Readonly<Record<string, Bound>>

/** @throws Problem `switchboard.out_of_bounds`, naming the first such setting */
export function refuseOutside(of: string, settings: object, bounds: Bounds): void {
  const [first] = outside(of, settings, bounds)
  if (first) throw first
}

/**
 * Problems `switchboard.out_of_bounds`, one for each such setting.
 * @param of whose settings they are: `queue service`
 * @param at path of these settings within what is checked
 */
export function outside(of: string, settings: object, bounds: Bounds, at = ''): Problem[] {
  const found: Problem[] = []
  each(settings, bounds, (path, value, { least, most, off }) => {
    const setting = path.join('.')
    const details = { of, setting, value, least, most, off: off ? '0, ' : '' }
    found.push(new Problem('switchboard.out_of_bounds', details, { where: at === '' ? setting : `${at}.${setting}` }))
  })
  return found
}

/** The same settings within the bounds, for versions activated before there were any. */
export function paced<T extends object>(settings: T, bounds: Readonly<Record<string, Bound>>): T {
  let changed: T | null = null
  each(settings, bounds, (path, value, { least, most }) => {
    changed ??= structuredClone(settings)
    setAt(changed, path, Math.min(most, Math.max(least, value)))
  })
  return changed ?? settings
}

/** Calls back for each value out of its bound. */
function each(
  settings: object,
  bounds: Readonly<Record<string, Bound>>,
  outside: (path: readonly (string | number)[], value: number, bound: Bound) => void,
): void {
  for (const { steps, bound } of stepsOf(bounds)) {
    // Most settings are held directly, and there may be twenty thousand of those who hold them.
    if (steps.length === 1 && !steps[0]!.endsWith('[]')) {
      const value = (settings as Record<string, unknown>)[steps[0]!]
      if (typeof value === 'number' && !within(value, bound)) outside(steps, value, bound)
    } else
      for (const [path, value] of valuesAt(settings, steps, [])) if (!within(value, bound)) outside(path, value, bound)
  }
}

function within(value: number, { least, most, off }: Bound): boolean {
  return (value >= least && value <= most) || (off === true && value === 0)
}

interface Step {
  steps: readonly string[]
  bound: Bound
}

const known = new WeakMap<object, readonly Step[]>()

/** The bounds with their paths taken apart. */
function stepsOf(bounds: Readonly<Record<string, Bound>>): readonly Step[] {
  let steps = known.get(bounds)
  if (!steps) {
    steps = Object.entries(bounds).map(([name, bound]) => ({ steps: name.split('.'), bound }))
    known.set(bounds, steps)
  }
  return steps
}

function* valuesAt(
  holder: unknown,
  steps: readonly string[],
  path: readonly (string | number)[],
): Generator<[path: readonly (string | number)[], value: number]> {
  const [step, ...rest] = steps
  if (step === undefined) {
    if (typeof holder === 'number') yield [path, holder]
    return
  }
  if (typeof holder !== 'object' || holder === null) return
  const name = step.replace(/\[\]$/, '')
  const value = (holder as Record<string, unknown>)[name]
  if (name === step) yield* valuesAt(value, rest, [...path, name])
  else if (Array.isArray(value))
    for (const [index, item] of value.entries()) yield* valuesAt(item, rest, [...path, name, index])
}

function setAt(holder: object, path: readonly (string | number)[], value: number): void {
  let at = holder as Record<string | number, unknown>
  for (const step of path.slice(0, -1)) at = at[step] as Record<string | number, unknown>
  at[path.at(-1)!] = value
}
