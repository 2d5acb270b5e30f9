/** Values of settings: in words, and the ones that new elements begin with. Pure. */
import { formatPercent, inLanguage, type LanguageCode } from '../language/format.ts'
import type { FormField, SectionForm } from './draft.svelte.ts'
import { fieldAt } from './draft.svelte.ts'
import type { VoiceWords } from './words.zh.ts'

/** Milliseconds as people write them: 20 s, 1.5 s. */
const seconds = (ms: number): string => String(ms / 1000)

export function valueInWords(field: FormField | null, value: unknown, code: LanguageCode, t: VoiceWords): string {
  if (value === null || value === undefined || value === '') return t.none
  if (Array.isArray(value))
    return value.length === 0
      ? t.none
      : value
          .map((one) =>
            typeof one === 'object'
              ? elementInWords(one as Record<string, unknown>)
              : valueInWords(field, one, code, t),
          )
          .join(code === 'en' ? ', ' : '、')
  if (typeof value === 'boolean') return value ? t.yes : t.no
  const choice = field?.choices.find((one) => one.value === value)
  if (choice) return inLanguage(code, choice.label)
  if (field?.kind === 'duration') return `${seconds(Number(value))} ${t.seconds}`
  if (field?.kind === 'ratio') return formatPercent(code, Number(value))
  if (typeof value === 'object') return elementInWords(value as Record<string, unknown>)
  return String(value)
}

/** An element of a list in a cell: what names it. */
function elementInWords(element: Record<string, unknown>): string {
  const { queueCode, level, position, code, key, kind, date, from, to } = element
  if (queueCode !== undefined) return `${String(queueCode)} ${String(level)}/${String(position)}`
  if (kind !== undefined && code !== undefined) return `${String(kind)} ${String(code)}`.trim()
  if (from !== undefined) return `${String(from)}–${String(to)}`
  return String(code ?? date ?? key ?? kind ?? '')
}

/** A field of a difference in words: where in the item, and what it is called. */
export function fieldInWords(
  form: SectionForm | null,
  path: string,
  of: readonly string[],
  code: LanguageCode,
  t: VoiceWords,
): string {
  if (path === 'secretSet') return t.password
  const field = form && fieldAt(form, path)
  if (!form || !field) return path
  // A setting of a group says the group, too.
  const parts = path.split('.')
  const above = parts.length > 1 ? fieldAt(form, parts.slice(0, -1).join('.')) : null
  const names = [
    ...of,
    ...(above?.kind === 'group' ? [inLanguage(code, above.label)] : []),
    inLanguage(code, field.label),
  ]
  return names.join(' · ')
}

export function secretInWords(value: unknown, t: VoiceWords): string {
  return value === 'changed' ? t.passwordChanged : value === true || value === 'set' ? t.passwordSet : t.passwordNone
}

/** What a new element of a list begins with. */
export function freshElement(fields: readonly FormField[]): Record<string, unknown> {
  return Object.fromEntries(
    fields.flatMap((field): [string, unknown][] => {
      if (field.usual !== null) return [[field.name, structuredClone(field.usual)]]
      if (field.optional) return []
      return [[field.name, emptyValue(field)]]
    }),
  )
}

export function emptyValue(field: FormField): unknown {
  switch (field.kind) {
    case 'flag':
      return false
    case 'integer':
    case 'duration':
    case 'ratio':
      return field.least ?? 0
    case 'choice':
      return field.choices[0]?.value ?? ''
    case 'several':
      return field.choices.every(({ value }) => typeof value === 'number') ? [1, 2, 3, 4, 5] : []
    case 'texts':
    case 'list':
      return []
    case 'group':
      return freshElement(field.fields)
    case 'clock':
      return field.name === 'to' ? '18:00' : '09:00'
    default:
      return ''
  }
}
