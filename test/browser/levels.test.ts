import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  BETTER_AFTER_MS,
  holdLevel,
  isWorse,
  limitLevel,
  shareLevel,
  worst,
  WORSE_AFTER_MS,
  type HeldLevel,
  type Level,
} from '../../ui/live/levels.ts'

const test = suite('levels of a figure, and how long they must hold')

/** Readings at moments, one after the other; what was shown after each. */
function readings(...given: [at: number, level: Level | null][]): (Level | null)[] {
  let held: HeldLevel | null = null
  return given.map(([at, level]) => (held = holdLevel(held, level, at)).shown)
}

test('a service level is good from the target on, amber up to five points below, red further down', () => {
  assert.is(shareLevel(0.8, 0.8), 'good')
  assert.is(shareLevel(0.799, 0.8), 'warning')
  assert.is(shareLevel(0.75, 0.8), 'warning')
  assert.is(shareLevel(0.7499, 0.8), 'critical')
  assert.is(shareLevel(null, 0.8), null)
})

test('a limit is reached when it is reached, not after', () => {
  const limits = { warning: 5, critical: 10 }
  assert.equal(
    [4, 5, 9, 10, null].map((value) => limitLevel(value, limits)),
    ['good', 'warning', 'warning', 'critical', null],
  )
})

test('the first reading shows at once', () => assert.equal(readings([0, 'critical']), ['critical']))

test('a level must hold 3 s to turn worse', () => {
  assert.equal(
    readings(
      [0, 'good'],
      [1_000, 'critical'],
      [1_000 + WORSE_AFTER_MS - 1, 'critical'],
      [1_000 + WORSE_AFTER_MS, 'critical'],
    ),
    ['good', 'good', 'good', 'critical'],
  )
})

test('it must hold 10 s to turn better', () => {
  assert.equal(
    readings(
      [0, 'critical'],
      [1_000, 'good'],
      [1_000 + BETTER_AFTER_MS - 1, 'good'],
      [1_000 + BETTER_AFTER_MS, 'good'],
    ),
    ['critical', 'critical', 'critical', 'good'],
  )
})

test('a figure that flaps around its limit changes nothing', () => {
  const flapping = Array.from({ length: 40 }, (_, i): [number, Level] => [i * 1_000, i % 2 === 0 ? 'good' : 'critical'])
  assert.equal(new Set(readings(...flapping)), new Set(['good']))
})

test('a swing between amber and red while getting worse does not restart the wait; the latest level is shown', () => {
  assert.equal(readings([0, 'good'], [1_000, 'warning'], [2_500, 'critical'], [4_000, 'critical']), [
    'good',
    'good',
    'good',
    'critical',
  ])
})

test('no reading, no level; the next one shows at once', () => {
  assert.equal(readings([0, 'good'], [1_000, null], [1_100, 'critical']), ['good', null, 'critical'])
})

test('the worst of several', () => {
  assert.is(worst(['good', null, 'critical', 'warning']), 'critical')
  assert.is(worst([null, null]), null)
})

test('while a level is held although the figure has recovered, the value that broke it is known', () => {
  const given: [at: number, level: Level, value: number][] = [
    [0, 'good', 3],
    [1_000, 'critical', 12],
    [1_000 + WORSE_AFTER_MS, 'critical', 14],
    [5_000, 'good', 4],
    [6_000, 'warning', 6],
    [30_000, 'good', 2],
  ]
  let held: HeldLevel | null = null
  const told = given.map(([at, level, value]) => {
    held = holdLevel(held, level, at, value)
    return [held.shown, isWorse(held.shown, level) ? held.broke : null]
  })
  assert.equal(told, [
    ['good', null],
    ['good', null],
    ['critical', null],
    ['critical', 14],
    ['critical', 14],
    ['good', null],
  ])
})

test.run()
