/** How columns and filters of reports are declared: the parts that reports share. */
import type { Words } from '@ledgerline/core/kernel/words.ts'
import type { DeclaredColumn, DeclaredFilter, Shown, Unit } from './report.ts'

interface Column {
  key: string
  catalogue: string
  label: Words
  about: Words
  sql: string
  shown?: Partial<Shown>
}

const shownBy: Readonly<Record<Unit, Shown>> = {
  text: { as: 'plain', digits: 0, nothing: '' },
  count: { as: 'plain', digits: 0, nothing: '0' },
  minutes: { as: 'plain', digits: 0, nothing: '0' },
  ms: { as: 'clock', digits: 0, nothing: '–' },
  ratio: { as: 'percent', digits: 1, nothing: '–' },
  money: { as: 'plain', digits: 4, nothing: '–' },
  instant: { as: 'plain', digits: 0, nothing: '' },
  day: { as: 'plain', digits: 0, nothing: '' },
  week: { as: 'plain', digits: 0, nothing: '' },
  month: { as: 'plain', digits: 0, nothing: '' },
}

function column(unit: Unit, dimension: boolean, { key, catalogue, label, about, sql, shown }: Column): DeclaredColumn {
  return {
    key,
    catalogue,
    label,
    unit,
    about,
    dimension,
    shown: { ...shownBy[unit], ...shown },
    sql,
  }
}

/** What rows are grouped by. */
export function dimension(
  spec: Column & { unit?: Unit; words?: Readonly<Record<string, Words>>; personal?: true },
): DeclaredColumn {
  const made = column(spec.unit ?? 'text', true, spec)
  if (spec.personal) made.personal = true
  if (spec.words) made.words = spec.words
  return made
}

/** A measure over the rows of a group. */
export const measure = (unit: Unit, spec: Column): DeclaredColumn => column(unit, false, spec)

/** A sum that is 0 if there is nothing. */
export const sum = (what: string): string => `coalesce(sum(${what}), 0)::bigint`

/** The interval of the range that a row falls into, from 1; the query builder fills in the borders. */
export const PERIOD = '{period}'

/** The intervals that a report is divided into. */
export function period(catalogue: string, label: Words, about: Words): DeclaredColumn {
  return dimension({ key: 'period', catalogue, label, about, sql: PERIOD, unit: 'instant' })
}

function codes(key: string, sql: string, label: Words, about: Words): DeclaredFilter {
  return { key, label, about, kind: 'codes', sql }
}

function choice(
  key: string,
  label: Words,
  about: Words,
  choices: Readonly<Record<string, Words>>,
  standard: string,
  conditions?: Readonly<Record<string, string>>,
): DeclaredFilter {
  return {
    key,
    label,
    about,
    kind: 'choice',
    choices: Object.entries(choices).map(([value, label]) => ({ value, label })),
    default: standard,
    ...(conditions && { conditions }),
  }
}

/** Filters of reports. `sql` names columns of the source. */
export const filter = {
  days: {
    key: 'days',
    label: { en: 'Days', zh: '日期' },
    about: {
      en: 'First and last day (`from`, `to`), inclusive; default: today.',
      zh: '起止日期（`from`、`to`），含首尾两天；缺省为今天。',
    },
    kind: 'days',
  } satisfies DeclaredFilter,
  agent: codes(
    'agent',
    'r.agent_code',
    { en: 'Agent number', zh: '工号' },
    { en: 'Numbers of agents.', zh: '坐席工号。' },
  ),
  extension: codes('extension', 'r.extension', { en: 'Extension', zh: '分机' }, { en: 'Extensions.', zh: '分机号。' }),
  group: codes(
    'group',
    'r.group_code',
    { en: 'Group', zh: '班组' },
    { en: 'Groups, as of the time of the call or state.', zh: '班组，按当时所属。' },
  ),
  department: codes(
    'department',
    'r.department',
    { en: 'Department', zh: '部门' },
    { en: 'Departments, as of the time of the call or state.', zh: '部门，按当时所属。' },
  ),
  queue: codes('queue', 'r.queue_code', { en: 'Queue', zh: '技能组' }, { en: 'Queues.', zh: '技能组。' }),
  /** `extensions`, which the manual calls 坐席: the called number or extension. */
  endpoint: codes(
    'endpoint',
    'r.endpoint',
    { en: 'Number or extension', zh: '坐席' },
    { en: 'Called numbers or extensions (A: 坐席, entered as called number).', zh: '被叫号码或分机（坐席）。' },
  ),
  interval: (
    standard: string,
    only: readonly string[] = ['15min', '30min', 'hour', 'day', 'week', 'month'],
  ): DeclaredFilter =>
    choice(
      'interval',
      { en: 'Interval', zh: '时段' },
      {
        en: 'Length of the intervals into which the range is divided, on the tenant’s clock.',
        zh: '统计时段，按企业所在时区切分。',
      },
      Object.fromEntries(only.map((value) => [value, intervalWords[value]!])),
      standard,
    ),
  weekStart: choice(
    'weekStart',
    { en: 'Week begins', zh: '每周起始' },
    { en: 'First day of a week.', zh: '一周的第一天。' },
    { monday: { en: 'Monday', zh: '星期一' }, sunday: { en: 'Sunday', zh: '星期日' } },
    'monday',
  ),
  lost: choice(
    'lost',
    { en: 'Call state', zh: '呼叫状态' },
    { en: 'All calls, only answered ones, or only lost ones.', zh: '所有状态、已接通或呼损。' },
    {
      all: { en: 'All', zh: '所有状态' },
      answered: { en: 'Answered', zh: '已接通' },
      lost: { en: 'Lost', zh: '呼损' },
    },
    'all',
    { all: 'true', answered: 'r.connected', lost: 'not r.connected' },
  ),
  threshold: {
    key: 'thresholdMs',
    label: { en: 'Service-level limit', zh: '服务水平阈值' },
    about: {
      en: 'Answered within this time, ms: whole seconds up to 60 s, then multiples of 5 s up to 300 s, of 60 s up to 3600 s. If omitted: each queue’s own limit at the time of the call.',
      zh: '在该时长（毫秒）内接起：60 秒内为整秒，300 秒内为 5 秒的倍数，3600 秒内为 60 秒的倍数。缺省：各技能组当时自己的阈值。',
    },
    kind: 'ms',
  } satisfies DeclaredFilter,
  shortAbandons: choice(
    'shortAbandons',
    { en: 'Short abandons', zh: '短时放弃' },
    {
      en: 'Whether short abandons count against the service level and in the abandon rate.',
      zh: '短时放弃是否计入服务水平分母及放弃率。',
    },
    { leave_out: { en: 'left out', zh: '不计' }, count: { en: 'count', zh: '计入' } },
    'leave_out',
  ),
  abandons: choice(
    'abandons',
    { en: 'Abandons', zh: '放弃' },
    { en: 'Whether abandons count against the service level at all.', zh: '放弃是否计入服务水平分母。' },
    { count: { en: 'count', zh: '计入' }, leave_out: { en: 'left out', zh: '不计' } },
    'count',
  ),
  otherExits: choice(
    'otherExits',
    { en: 'Other outcomes', zh: '其他结果' },
    {
      en: 'Whether calls that left the queue in another way count against the service level.',
      zh: '其他方式离开技能组的呼叫是否计入服务水平分母。',
    },
    { leave_out: { en: 'left out', zh: '不计' }, count: { en: 'count', zh: '计入' } },
    'leave_out',
  ),
} as const

const intervalWords: Readonly<Record<string, Words>> = {
  '15min': { en: '15 minutes', zh: '15 分钟' },
  '30min': { en: '30 minutes', zh: '30 分钟' },
  hour: { en: 'Hour', zh: '小时' },
  day: { en: 'Day', zh: '天' },
  week: { en: 'Week', zh: '周' },
  month: { en: 'Month', zh: '月' },
}
