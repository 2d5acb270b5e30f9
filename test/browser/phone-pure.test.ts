/** The browser's phone without a browser: how loud is loud. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loudness } from '../../ui/phone/loudness.ts'

const test = suite('sound levels')

const sine = (amplitude: number): Float32Array =>
  Float32Array.from({ length: 1024 }, (_, index) => amplitude * Math.sin((2 * Math.PI * 8 * index) / 1024))

test('silence is 0, a full tone nearly 1, and each half as loud is as much less', () => {
  assert.is(loudness(new Float32Array(1024)), 0)
  const [full, half, quarter] = [1, 0.5, 0.25].map((amplitude) => loudness(sine(amplitude))) as [number, number, number]
  assert.ok(full > 0.94 && full < 1)
  assert.ok(Math.abs(full - half - (half - quarter)) < 1e-6, 'a scale of decibels')
  assert.ok(Math.abs(full - half - 6.02 / 60) < 1e-3, 'a half is 6 dB')
  assert.is(loudness(sine(0.0001)), 0)
})

test.run()
