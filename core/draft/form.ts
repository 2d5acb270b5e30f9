/**
 * The form of each section, made from what is declared: the schema says which settings there are and of what kind, the
 * bounds say how small and large, the words say what people read. A setting that is added to a schema is in its form.
 */
import { z } from 'zod'
import { agentWords, reasonWords, shiftWords, supervisorWords } from '../agent/words.ts'
import { itemSchemas } from '../configuration/events.ts'
import { ONLY, sections, type Item, type Section, type SectionName } from '../configuration/sections.ts'
import { ivrWords } from '../ivr/words.ts'
import type { Bounds } from '../kernel/bounds.ts'
import type { FormWords } from '../kernel/form-words.ts'
import type { Words } from '../kernel/words.ts'
import {
  calendarWords,
  extensionWords,
  featureWords,
  gatewayWords,
  houseWords,
  limitWords,
  mediaWords,
  numberWords,
  recordingWords,
} from '../network/words.ts'
import { queueWords } from '../queue/words.ts'
import { routeWords } from '../routing/words.ts'
import { boundsOf } from './limits.ts'

/**
 * What a form draws. `duration` is milliseconds, `clock` a time of the day, `texts` a list of words, `several` some of a
 * list of choices, `group` settings that belong together, `list` any number of such groups.
 */
export type FormKind =
  | 'text'
  | 'secret'
  | 'integer'
  | 'ratio'
  | 'duration'
  | 'flag'
  | 'choice'
  | 'several'
  | 'texts'
  | 'reference'
  | 'clock'
  | 'day'
  | 'group'
  | 'list'

export interface FormField {
  name: string
  /** Within its section: `menus[].nodes[].key`. */
  path: string
  kind: FormKind
  label: Words
  help: Words | null
  /** May be left empty. */
  optional: boolean
  /** What is meant if it is left out; null: nothing. */
  usual: unknown
  advanced: boolean
  least: number | null
  most: number | null
  /** 0 is also allowed, and switches the rule off. */
  off: boolean
  choices: readonly { value: string | number; label: Words }[]
  /** Sections whose items it may name. */
  to: readonly string[]
  fields: readonly FormField[]
}

/** What a section and its items are called. */
interface Titles {
  one: Words
  many: Words
  about: Words
}

export interface SectionForm extends Titles {
  section: SectionName
  /** The field that names an item; null: there is one. */
  key: string | null
  fields: readonly FormField[]
  /** What a new item begins with. */
  fresh: Item
  /** Fields of its list, in order. */
  columns: readonly string[]
  most: number
}

interface Told extends Titles {
  words: FormWords
  fresh?: Item
  columns?: readonly string[]
}

const w = (en: string, zh: string): Words => ({ en, zh })

const told: Readonly<Record<SectionName, Told>> = {
  queues: {
    words: queueWords,
    one: w('queue', '技能组'),
    many: w('Queues', '技能组'),
    about: w('Callers wait here, and are given to agents by rule.', '来电在此排队，并按规则分配给坐席。'),
    fresh: {
      code: '',
      name: '',
      strategy: 'longest-idle-agent',
      priority: 0,
      ringMs: 20_000,
      wrapUpMs: 15_000,
      maxNoAnswer: 3,
      noAnswerDelayMs: 0,
      rejectDelayMs: 5_000,
      busyDelayMs: 5_000,
      targetMs: 20_000,
      targetRatio: 0.8,
      shortAbandonMs: 5_000,
      maxWaitMs: 0,
    },
    columns: ['name', 'strategy', 'ringMs', 'wrapUpMs', 'maxWaitMs', 'targetMs'],
  },
  agents: {
    words: agentWords,
    one: w('agent', '坐席'),
    many: w('Agents', '坐席'),
    about: w('Who answers, on which phone, and in which queues.', '由谁接听、使用哪部话机、服务哪些技能组。'),
    fresh: { agentCode: '', name: null, extension: null, group: null, department: null, queues: [] },
    columns: ['name', 'extension', 'queues', 'group', 'department'],
  },
  extensions: {
    words: extensionWords,
    one: w('extension', '分机'),
    many: w('Extensions', '分机'),
    about: w('Internal short numbers: phones, menus, queues and robots.', '内部短号：话机、IVR、队列和机器人。'),
    fresh: { number: '' },
    columns: ['type', 'target', 'callerNumbers', 'outside', 'record', 'webPhone'],
  },
  routes: {
    words: routeWords,
    one: w('route', '路由规则'),
    many: w('Routes', '路由规则'),
    about: w(
      'Where a call goes: the first rule that matches the called number.',
      '来电去向：第一个匹配被叫号码的规则生效。',
    ),
    fresh: { code: '', to: '', type: 'inbound' },
    columns: ['order', 'type', 'to', 'queueCode', 'target', 'calendar', 'gateways'],
  },
  ivrs: {
    words: ivrWords,
    one: w('voice menu', 'IVR'),
    many: w('IVR menus', 'IVR'),
    about: w('Prompts that react to the caller’s keys.', '播放提示音并响应来电按键。'),
    fresh: { code: '', name: '', root: 'root', menus: [{ code: 'root', name: '', nodes: [] }] },
    columns: ['name', 'root', 'menus'],
  },
  calendars: {
    words: calendarWords,
    one: w('calendar', '日历'),
    many: w('Opening hours', '营业时间'),
    about: w('When routes put calls through, and the holidays of each year.', '路由接通来电的时间和每年的节假日。'),
    fresh: { code: '', name: '', hours: [], days: [] },
    columns: ['name', 'hours', 'days'],
  },
  media: {
    words: mediaWords,
    one: w('prompt', '媒体资源'),
    many: w('Media', '媒体资源'),
    about: w('Prompts and music of menus, queues and routes.', '菜单、技能组和路由使用的提示音与音乐。'),
    fresh: { code: '', name: '', file: '' },
    columns: ['name', 'file', 'durationMs'],
  },
  gateways: {
    words: gatewayWords,
    one: w('gateway', '网关'),
    many: w('SIP gateways', 'SIP 网关'),
    about: w('The ways outside, and from where calls are taken.', '对外线路，以及允许来电的地址。'),
    fresh: { code: '', mode: 'nni', address: '' },
    columns: ['mode', 'address', 'port', 'user', 'concurrency', 'allowed'],
  },
  numbers: {
    words: numberWords,
    one: w('number', '号码'),
    many: w('Number pool', '号码池'),
    about: w('Our own outside numbers, which extensions show to those they call.', '我方外线号码，供分机外呼显示。'),
    fresh: { number: '' },
    columns: ['gateway'],
  },
  supervisors: {
    words: supervisorWords,
    one: w('supervisor', '班长'),
    many: w('Supervisors', '班长'),
    about: w('Supervisors who are not agents.', '不是坐席的班长。'),
    fresh: { code: '', name: null },
    columns: ['name', 'extension'],
  },
  reasons: {
    words: reasonWords,
    one: w('reason', '原因'),
    many: w('Reasons', '状态原因'),
    about: w('What people choose when they are away, busy or sign out.', '离席、示忙、签出时可选的原因。'),
    fresh: { code: '', zh: '', en: '', for: ['away'] },
    columns: ['zh', 'en', 'for'],
  },
  house: { words: houseWords, one: w('house', '全局'), many: w('House', '全局'), about: w('The clock.', '时钟。') },
  shifts: {
    words: shiftWords,
    one: w('rules of shifts', '班次规则'),
    many: w('Shifts', '班次规则'),
    about: w('How long each waiting state may last, and what happens then.', '各等待状态的时限及超时后的处理。'),
  },
  featureCodes: {
    words: featureWords,
    one: w('feature codes', '功能码'),
    many: w('Feature codes', '功能码'),
    about: w('What can be asked for with the keys of a phone.', '用话机按键可使用的功能。'),
  },
  limits: {
    words: limitWords,
    one: w('limits', '呼叫限制'),
    many: w('Limits', '呼叫限制'),
    about: w('Against fraud and mistakes. Emergency numbers are exempt.', '防止盗打和误操作；紧急号码不受限。'),
  },
  recording: {
    words: recordingWords,
    one: w('recording', '录音'),
    many: w('Recording', '录音'),
    about: w('How calls are recorded, and how long recordings are kept.', '录音方式与保留时间。'),
  },
}

let made: readonly SectionForm[] | null = null

/** The form of every section, in order. Made when they are first asked for. */
export function sectionForms(): readonly SectionForm[] {
  return (made ??= sections.map(formOf))
}

function formOf({ name, key, most }: Section): SectionForm {
  const { words, one, many, about, fresh = {}, columns = [] } = told[name]
  const bounds = boundsOf[name] ?? {}
  const schema = itemSchemas[name]
  // The id behind an agent's number is nobody's to choose.
  const shape = name === 'agents' ? schema.omit({ agentId: true }) : schema
  return { section: name, key, one, many, about, fresh, columns, most, fields: fieldsOf(shape, '', { words, bounds }) }
}

interface Declared {
  words: FormWords
  bounds: Bounds
}

function fieldsOf(schema: z.ZodObject, before: string, declared: Declared): FormField[] {
  return Object.entries(schema.shape).map(([name, field]) =>
    fieldOf(name, before === '' ? name : `${before}.${name}`, field as z.ZodType, declared),
  )
}

function fieldOf(name: string, path: string, schema: z.ZodType, declared: Declared): FormField {
  const { inner, optional, usual } = opened(schema)
  const words = declared.words[path]
  const bound = declared.bounds[path]
  const element = inner instanceof z.ZodArray ? opened(inner.element as z.ZodType).inner : null
  const fields =
    inner instanceof z.ZodObject
      ? fieldsOf(inner, path, declared)
      : element instanceof z.ZodObject
        ? fieldsOf(element, `${path}[]`, declared)
        : []
  return {
    name,
    path,
    kind: schema.meta()?.secret
      ? 'secret'
      : kindOf(name, inner, element, words?.to !== undefined, words?.ratio === true),
    label: words?.label ?? { en: name, zh: name },
    help: words?.help ?? null,
    optional,
    usual: usual ?? null,
    advanced: words?.advanced ?? false,
    least: bound?.least ?? null,
    most: bound?.most ?? longest(inner),
    off: bound?.off ?? false,
    choices: choicesOf(inner, element, words?.choices),
    to: words?.to ?? [],
    fields,
  }
}

/** A schema without what says that it may be left out. */
function opened(schema: z.ZodType): { inner: z.ZodType; optional: boolean; usual: unknown } {
  let inner = schema
  let optional = false
  let usual: unknown
  for (;;) {
    if (inner instanceof z.ZodDefault) {
      usual = inner.def.defaultValue
      inner = inner.unwrap() as z.ZodType
    } else if (inner instanceof z.ZodOptional || inner instanceof z.ZodNullable) {
      optional = true
      inner = inner.unwrap() as z.ZodType
    } else return { inner, optional: optional || isText(inner, usual), usual }
  }
}

/** A text that is empty unless it is given need not be filled in. */
const isText = (inner: z.ZodType, usual: unknown): boolean => inner instanceof z.ZodString && usual === ''

function kindOf(name: string, inner: z.ZodType, element: z.ZodType | null, refers: boolean, ratio: boolean): FormKind {
  if (inner instanceof z.ZodBoolean) return 'flag'
  if (inner instanceof z.ZodEnum) return 'choice'
  if (inner instanceof z.ZodObject) return 'group'
  if (inner instanceof z.ZodNumber) return ratio ? 'ratio' : name.endsWith('Ms') ? 'duration' : 'integer'
  if (element instanceof z.ZodObject) return 'list'
  if (element instanceof z.ZodEnum || element instanceof z.ZodNumber) return 'several'
  if (element) return 'texts'
  if (refers) return 'reference'
  return name === 'from' || name === 'to' ? textKind(inner) : name === 'date' ? 'day' : 'text'
}

/** A time of the day is known by what it must look like. */
function textKind(inner: z.ZodType): FormKind {
  return inner.safeParse('24:00').success && !inner.safeParse('25:00').success ? 'clock' : 'text'
}

function longest(inner: z.ZodType): number | null {
  if (inner instanceof z.ZodString) return inner.maxLength
  return inner instanceof z.ZodArray ? ((inner._zod.bag['maximum'] as number | undefined) ?? null) : null
}

const weekdays: readonly Words[] = [
  w('Mon', '一'),
  w('Tue', '二'),
  w('Wed', '三'),
  w('Thu', '四'),
  w('Fri', '五'),
  w('Sat', '六'),
  w('Sun', '日'),
]

function choicesOf(
  inner: z.ZodType,
  element: z.ZodType | null,
  words: Readonly<Record<string, Words>> = {},
): FormField['choices'] {
  if (element instanceof z.ZodNumber) return weekdays.map((label, index) => ({ value: index + 1, label }))
  const all = inner instanceof z.ZodEnum ? inner.options : element instanceof z.ZodEnum ? element.options : []
  return all.map((value) => ({ value, label: words[value] ?? { en: String(value), zh: String(value) } }))
}

export function titlesOf(section: SectionName): Titles {
  return told[section]
}

/** What an item is called on screens: its key, and its name if it has one. */
export function labelOf(section: Section, item: Item): string {
  if (section.key === null) return ONLY
  const { name, remark, [section.key]: key } = item as Record<string, unknown>
  const more = name || remark
  return more && more !== key ? `${String(key)} ${String(more)}` : String(key)
}
