import { globSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  dayOf,
  formatClock,
  formatCount,
  formatDay,
  formatDuration,
  formatMoment,
  formatPercent,
  formatShare,
  fromLocalInput,
  isoDuration,
  toLocalInput,
} from '../../ui/language/format.ts'
import { en } from '../../ui/language/en.ts'
import { zh } from '../../ui/language/zh.ts'

const test = suite('how numbers and times are written')

const SHANGHAI = 'Asia/Shanghai'

test('counts, shares and durations', () => {
  assert.is(formatCount('zh-CN', 1842), '1,842')
  assert.equal(
    [0.834, 0, 1, 0.9996, 0.05].map((share) => formatShare('en', share)),
    ['83.4', '0.0', '100', '100', '5.0'],
  )
  assert.is(formatPercent('en', 0.8), '80%')
  assert.equal(
    [0, 999, 9_000, 192_000, 3_792_000, 86_399_000, -500].map((ms) => formatDuration(ms, 'en')),
    ['0:00', '0:00', '0:09', '3:12', '1:03:12', '23:59:59', '0:00'],
  )
  assert.equal(
    [formatDuration(94_980_000, 'en'), formatDuration(94_980_000, 'zh-CN')],
    ['1 d 2:23', '1 天 2:23'],
    'days say days',
  )
  assert.is(isoDuration(192_000), 'PT3M12S')
})

test('times are the tenant’s, whatever the browser’s zone', () => {
  const at = Date.UTC(1999, 1, 3, 6, 26, 8)
  assert.is(formatClock('zh-CN', SHANGHAI, at), '14:26:08')
  assert.is(formatClock('en', 'Asia/Jerusalem', at), '08:26:08')
  assert.is(formatMoment(SHANGHAI, at), '1999-02-03 14:26:08')
  assert.is(formatDay('zh-CN', SHANGHAI, at), '1999-02-03 周三')
  assert.is(formatDay('en', SHANGHAI, at), '1999-02-03 Wed')
  assert.is(formatClock('zh-CN', SHANGHAI, Date.UTC(1999, 1, 2, 16)), '00:00:00', 'midnight is 00 and not 24')
})

test('a wall-clock time and its instant convert into each other, even across a change of the clock', () => {
  for (const zone of [SHANGHAI, 'Asia/Jerusalem', 'America/New_York', 'UTC']) {
    for (const text of [
      '2026-03-08T01:59',
      '2026-03-08T03:00',
      '2026-11-01T12:00',
      '1999-04-02T00:00',
      '2026-12-31T23:59',
    ])
      assert.is(toLocalInput(zone, fromLocalInput(zone, text)!), text, `${zone} ${text}`)
  }
  assert.is(fromLocalInput(SHANGHAI, '2026-03-03'), Date.UTC(2026, 2, 2, 16))
  assert.is(dayOf(SHANGHAI, Date.UTC(2026, 2, 2, 16)), '2026-03-03')
  assert.equal(
    ['', 'yesterday', '2026-3-3'].map((text) => fromLocalInput(SHANGHAI, text)),
    [null, null, null],
  )
})

const texts = (value: unknown, path: string): [string, string][] => {
  if (typeof value === 'string') return [[path, value]]
  if (typeof value === 'number' || typeof value === 'boolean') return []
  if (typeof value === 'function') {
    try {
      const text = String(value(...Array.from({ length: value.length }, () => (path === 'listOf' ? ['x'] : 'x'))))
      return text === '' ? [] : [[path, text]]
    } catch {
      // It takes apart something other than texts: the types hold both languages to it.
      return []
    }
  }
  return Object.entries(value as object).flatMap(([name, inner]) => texts(inner, path ? `${path}.${name}` : name))
}

const folder = fileURLToPath(new URL('../../ui', import.meta.url))
const apart = globSync('**/*words.zh.ts', { cwd: folder, exclude: (path) => path.includes('node_modules') })

test('both languages say everything, including words kept by pages: no text is empty, none of the English is Chinese', async () => {
  assert.ok(apart.length >= 6, apart.join())
  const pairs: [name: string, zh: unknown, en: unknown][] = [['language', zh, en]]
  for (const file of apart) {
    const [chinese, english] = (await Promise.all([
      import(join(folder, file)),
      import(join(folder, file.replace('.zh.', '.en.'))),
    ])) as [Record<string, unknown>, Record<string, unknown>]
    pairs.push([file, chinese['zh'] ?? chinese, english['en'] ?? english])
  }
  const switches = new Set(['language.switchTo', 'language.switchToLabel'])
  for (const [name, one, other] of pairs) {
    const chinese = new Map(texts(one, ''))
    const english = new Map(texts(other, ''))
    assert.equal([...english.keys()].sort(), [...chinese.keys()].sort(), name)
    for (const [path, text] of [...chinese, ...english])
      assert.ok(text.trim() !== '' || path === 'unit', `${name} ${path} is empty`)
    for (const [path, text] of english)
      if (!switches.has(path)) assert.not.match(text, /\p{Script=Han}/u, `${name} ${path}`)
  }
})

test.run()
