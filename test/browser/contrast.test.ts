import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readFileSync } from 'node:fs'
import { stateOrder } from '../../ui/live/agent-states.ts'

const test = suite('colours of the screens')

const css = readFileSync(new URL('../../ui/theme/tokens.css', import.meta.url), 'utf8')
type Rgb = readonly [number, number, number]

/** Every colour token: its value in the light and in the dark theme. */
const tokens = new Map(
  [...css.matchAll(/--([\w-]+):\s*(?:light-dark\((#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\)|(#[0-9a-f]{6}));/g)].map(
    ([, name, light, dark, both]) => [name!, { light: rgb(light ?? both!), dark: rgb(dark ?? both!) }],
  ),
)

function rgb(hex: string): Rgb {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255) as unknown as Rgb
}

/** WCAG 2.2, relative luminance and contrast ratio. */
function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)) as unknown as Rgb
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
function contrast(a: Rgb, b: Rgb): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number]
  return (high + 0.05) / (low + 0.05)
}

const surfaces = ['page', 'panel', 'raised', 'hover']
function belowOf(names: readonly string[], on: readonly string[], least: number): string[] {
  return names.flatMap((name) =>
    on.flatMap((surface) =>
      (['light', 'dark'] as const).flatMap((theme) => {
        const ratio = contrast(tokens.get(name)![theme], tokens.get(surface)![theme])
        return ratio < least ? [`${name} on ${surface}, ${theme}: ${ratio.toFixed(2)}`] : []
      }),
    ),
  )
}

test('words are 4.5:1 on every surface, in both themes', () => {
  const inks = [
    'ink',
    'dim',
    'faint',
    'accent',
    'good-ink',
    'warning-ink',
    'critical-ink',
    ...stateOrder.map((state) => `state-${state}-ink`),
  ]
  assert.equal(belowOf(inks, surfaces, 4.5), [])
})

test('words on a tinted tile and on a filled button are 4.5:1', () => {
  const tinted = ['ink', 'dim', 'critical-ink', 'warning-ink']
  assert.equal(
    [...belowOf(tinted, ['critical-wash', 'warning-wash'], 4.5), ...belowOf(['on-accent'], ['accent-fill'], 4.5)],
    [],
  )
})

const charted = [...tokens.keys()].filter((name) => name.startsWith('chart-'))

test('edges and bars that carry a meaning, borders of fields and the focus ring are 3:1', () => {
  const fills = [
    'good',
    'warning',
    'critical',
    'focus',
    'line-strong',
    ...charted,
    ...stateOrder.map((state) => `state-${state}`),
  ]
  assert.equal(belowOf(fills, ['page', 'panel'], 3), [])
})

/** Hue in degrees. */
function hue(colour: Rgb): number {
  const [r, g, b] = colour
  const max = Math.max(r, g, b)
  const range = max - Math.min(r, g, b)
  const raw = max === r ? ((g - b) / range) % 6 : max === g ? (b - r) / range + 2 : (r - g) / range + 4
  return (raw * 60 + 360) % 360
}

test('C5.0-colour-idle C5.0-colour-busy C5.0-colour-calling C5.0-colour-away: states keep the catalogue’s hue in both themes', () => {
  const wanted: Record<string, [number, number]> = {
    ready: [120, 160],
    ringing: [170, 190],
    in_call: [0, 12],
    on_hold: [0, 12],
    wrap_up: [250, 280],
    not_ready: [40, 55],
    away: [205, 225],
    not_responding: [22, 36],
  }
  for (const [state, [from, to]] of Object.entries(wanted)) {
    for (const theme of ['light', 'dark'] as const) {
      const degrees = hue(tokens.get(`state-${state}`)![theme])
      assert.ok(degrees >= from && degrees <= to, `${state}, ${theme}: hue ${degrees.toFixed(0)}`)
    }
  }
})

test('C5.0-colour-offline: signed out is grey', () => {
  for (const theme of ['light', 'dark'] as const) {
    const colour = tokens.get('state-signed_out')![theme]
    assert.ok(Math.max(...colour) - Math.min(...colour) < 0.16)
  }
})

test.run()
