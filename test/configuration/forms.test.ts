/** Forms of the voice platform, made from schemas, bounds and words: every setting has its words, in both languages. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { itemSchemas } from '@ledgerline/core/configuration/events.ts'
import { sectionForms, type FormField } from '@ledgerline/core/draft/form.ts'
import { sections } from '@ledgerline/core/configuration/sections.ts'

const test = suite('forms of sections')

function* all(fields: readonly FormField[]): Generator<FormField> {
  for (const field of fields) {
    yield field
    yield* all(field.fields)
  }
}

test('A3.2.2.1-advanced-note A3.2.4.2-advanced: every setting has a label, choices have words, in both languages', () => {
  const wrong = sectionForms().flatMap(({ section, fields }) =>
    [...all(fields)].flatMap(({ path, name, label, help, choices, kind }) => {
      const faults: string[] = []
      if (!/[\u4e00-\u9fff]|^SHA-256$/.test(label.zh)) faults.push('its label is not Chinese')
      if (label.en === name) faults.push('it has no label')
      if (help && (!help.en.endsWith('.') || !help.zh.endsWith('。'))) faults.push('its help is no sentence')
      if ((kind === 'choice' || kind === 'several') && choices.length === 0) faults.push('it has no choices')
      for (const { value, label: said } of choices)
        if (said.zh === String(value) && /^[a-z_]{4,}$/.test(said.zh)) faults.push(`${value} has no words`)
      return faults.map((fault) => `${section}.${path}: ${fault}`)
    }),
  )
  assert.equal(wrong, [])
})

test('every number has its bounds, and every section its form, from which an item can be made', () => {
  const unbounded = sectionForms().flatMap(({ section, fields }) =>
    [...all(fields)].flatMap(({ path, kind, least, most }) =>
      ['integer', 'duration', 'ratio'].includes(kind) && (least === null || most === null) ? `${section}.${path}` : [],
    ),
  )
  assert.equal(unbounded, [])
  assert.equal(
    sectionForms().map(({ section }) => section),
    sections.map(({ name }) => name),
  )
  for (const { section, fresh, key, columns, fields } of sectionForms()) {
    if (key === null) continue
    const schema = section === 'agents' ? itemSchemas[section].omit({ agentId: true }) : itemSchemas[section]
    // A new item lacks nothing but what people must enter.
    const filled = { ...fresh, [key]: '8001', ...('zh' in fresh && { code: 'r', zh: '一', en: 'one' }) }
    assert.ok(schema.safeParse(filled).success, section)
    for (const column of columns)
      assert.ok(
        fields.some(({ name }) => name === column),
        `${section}.${column}`,
      )
  }
})

test('kinds follow from the schema', () => {
  const kindOf = (section: string, path: string) =>
    [...all(sectionForms().find((form) => form.section === section)!.fields)].find((field) => field.path === path)!.kind
  assert.equal(
    [
      kindOf('queues', 'ringMs'),
      kindOf('queues', 'targetRatio'),
      kindOf('queues', 'hours'),
      kindOf('queues', 'hours[].days'),
      kindOf('queues', 'hours[].from'),
      kindOf('extensions', 'secret'),
      kindOf('extensions', 'callerNumbers'),
      kindOf('calendars', 'days[].date'),
      kindOf('gateways', 'codecs'),
      kindOf('queues', 'exits'),
      kindOf('queues', 'music'),
    ],
    ['duration', 'ratio', 'list', 'several', 'clock', 'secret', 'texts', 'day', 'several', 'group', 'reference'],
  )
})

test.run()
