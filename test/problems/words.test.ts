/** One concept, one word in each language, in everything that people read: screens, reports, refusals. Words that stand for something else, or for nothing, are in none of them. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { problems } from '@ledgerline/ops/problems.ts'
import { reports } from '@ledgerline/projections/reports/all.ts'
import { listed } from '@ledgerline/projections/reports/report.ts'

const test = suite('words')

const wrong = {
  // Queue is 技能组, sign in is 签入, resume is 恢复通话, wrap-up is 话后处理, waiting callers 排队来电.
  zh: /队列|登录坐席|坐席登录|登出|未登录|磁贴|取回|整理|(?<!话)后处理|(?<!尚)未就绪|服务台|工作台|等待来电|应答时限|未成的分配|历史回放|分配过程|并非实时/,
  en: /\b(he|his|him|himself)\b|not ready|writing up|take back|hand(ed)? over|nobody waits|offers that failed|as the system|not live|could be chosen|on demand\b|threshold/i,
}
/**
 * The manual's own word on the manual's own page; about a person who logs in to the program; about an agent waiting for
 * a call.
 */
const allowed = [/^外线转队列$/, /^内线转队列$/, /服务台(统计报表|手册)/, /^等待来电$/]

function faults(where: string, lang: 'zh' | 'en', text: string): string[] {
  return wrong[lang].test(text) && !allowed.some((own) => own.test(text)) ? [`${where}: ${text}`] : []
}

/** Every text of a catalogue of words; functions are called with the names of their values. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value === 'function') {
    try {
      return textsOf((value as (...values: string[]) => unknown)('1', '2', '3'))
    } catch {
      // It wants a row and not a text.
      return []
    }
  }
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : []
}

const ui = fileURLToPath(new URL('../../ui/', import.meta.url))

test('screens say each thing in its one word, in both languages', async () => {
  const found: string[] = []
  let read = 0
  for (const file of globSync('{language/{en,zh}.ts,**/*words*.ts}', {
    cwd: ui,
    exclude: (name) => name === 'node_modules' || name === 'dist',
  })) {
    const module = (await import(`${ui}${file}`)) as Record<string, unknown>
    for (const [name, value] of Object.entries(module)) {
      const own = /(^|[./-])zh\.ts$/.test(file) ? 'zh' : /(^|[./-])en\.ts$/.test(file) ? 'en' : null
      const sides = own
        ? { [own]: value }
        : typeof value === 'object' && value !== null && 'en' in value
          ? { en: (value as Record<string, unknown>)['en'], zh: (value as Record<string, unknown>)['zh-CN'] }
          : {}
      for (const [lang, side] of Object.entries(sides)) {
        const texts = textsOf(side)
        read += texts.length
        found.push(...texts.flatMap((text) => faults(`${file} ${name}`, lang as 'zh' | 'en', text)))
      }
    }
  }
  assert.equal(found, [])
  assert.ok(read > 800, `${read} texts`)
})

test('words kept inside a page, a module or a command are held to the same', () => {
  const root = fileURLToPath(new URL('../../', import.meta.url))
  const files = globSync('{ui/**/*.svelte,ui/{calls,history,agents}/*.ts,ops/*.ts,ops/{cli,run,simulate}/*.ts}', {
    cwd: root,
    exclude: (name) => name === 'node_modules' || name === 'dist',
  })
  const found = files.flatMap((file) =>
    [
      ...readFileSync(`${root}${file}`, 'utf8').matchAll(/(['`])((?:(?!\1)[^\n])*[\u4e00-\u9fff](?:(?!\1)[^\n])*)\1/g),
    ].flatMap(([, , text]) => faults(file, 'zh', text!)),
  )
  assert.equal(found, [])
  assert.ok(files.length > 60)
})

test('refusals say each thing in its one word, in both languages', () => {
  const found = Object.entries(problems).flatMap(([code, { en, zh, cure }]) => [
    ...[en, cure.en].flatMap((text) => faults(code, 'en', text ?? '')),
    ...[zh, cure.zh].flatMap((text) => faults(code, 'zh', text ?? '')),
  ])
  assert.equal(found, [])
})

test('reports do, but for what the manual calls otherwise on its own page', () => {
  // A column of a manual keeps the manual's label: its `catalogue` is an item of one.
  const manual = (catalogue: string) => /^[ABC]\d/.test(catalogue)
  const found = reports.map(listed).flatMap(({ id, title, about, columns, filters }) => {
    const texts = [
      title,
      about,
      ...columns.filter(({ catalogue }) => !manual(catalogue)).flatMap(({ label, about: means }) => [label, means]),
      ...filters.flatMap(({ label, about: means, choices = [] }) => [
        label,
        means,
        ...choices.map((choice) => choice.label),
      ]),
    ]
    return texts.flatMap(({ en, zh }) => [...faults(id, 'en', en), ...faults(id, 'zh', zh)])
  })
  assert.equal(found, [])
})

test.run()
