/** How columns and filters of reports are declared: the parts that reports have in common. */
import type { DeclaredColumn, DeclaredFilter, Shown, Unit, Words } from './report.ts'

/** `[English, Chinese]`. */
type Both = readonly [en: string, zh: string]

const words = ([en, zh]: Both): Words => ({ en, zh })

interface Column {
  key: string
  catalogue: string
  label: Both
  about: Both
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
    label: words(label),
    unit,
    about: words(about),
    dimension,
    shown: { ...shownBy[unit], ...shown },
    sql,
  }
}

/** What rows are grouped by. */
export function dimension(
  spec: Column & { unit?: Unit; words?: Readonly<Record<string, Both>>; personal?: true },
): DeclaredColumn {
  const made = column(spec.unit ?? 'text', true, spec)
  if (spec.personal) made.personal = true
  if (spec.words) made.words = Object.fromEntries(Object.entries(spec.words).map(([code, both]) => [code, words(both)]))
  return made
}

/** A measure over the rows of a group. */
export const measure = (unit: Unit, spec: Column): DeclaredColumn => column(unit, false, spec)

/** A sum that is 0 where there is nothing. */
export const sum = (what: string): string => `coalesce(sum(${what}), 0)::bigint`

/** The interval of the range that a row lies in, from 1; the query builder fills in the borders. */
export const PERIOD = '{period}'

/** The intervals that a report is divided into. */
export function period(catalogue: string, label: Both, about: Both): DeclaredColumn {
  return dimension({ key: 'period', catalogue, label, about, sql: PERIOD, unit: 'instant' })
}

function codes(key: string, sql: string, label: Both, about: Both): DeclaredFilter {
  return { key, label: words(label), about: words(about), kind: 'codes', sql }
}

function choice(
  key: string,
  label: Both,
  about: Both,
  choices: Readonly<Record<string, Both>>,
  standard: string,
  conditions?: Readonly<Record<string, string>>,
): DeclaredFilter {
  return {
    key,
    label: words(label),
    about: words(about),
    kind: 'choice',
    choices: Object.entries(choices).map(([value, both]) => ({ value, label: words(both) })),
    default: standard,
    ...(conditions && { conditions }),
  }
}

/** Filters of reports. `sql` names columns of the source. */
export const filter = {
  days: {
    key: 'days',
    label: words(['Days', '日期']),
    about: words([
      'First and last day (`from`, `to`), both included; today when they are not said.',
      '起止日期（`from`、`to`），含首尾两天；缺省为今天。',
    ]),
    kind: 'days',
  } satisfies DeclaredFilter,
  agent: codes('agent', 'r.agent_code', ['Agent number', '工号'], ['Numbers of agents.', '坐席工号。']),
  extension: codes('extension', 'r.extension', ['Extension', '分机'], ['Extensions.', '分机号。']),
  group: codes(
    'group',
    'r.group_code',
    ['Group', '班组'],
    ['Groups, as the agents belonged to them then.', '班组，按当时所属。'],
  ),
  department: codes(
    'department',
    'r.department',
    ['Department', '部门'],
    ['Departments, as the agents belonged to them then.', '部门，按当时所属。'],
  ),
  queue: codes('queue', 'r.queue_code', ['Queue', '技能组'], ['Queues.', '技能组。']),
  /** `extensions` that the manual calls 坐席: the called number or extension. */
  endpoint: codes(
    'endpoint',
    'r.endpoint',
    ['Number or extension', '坐席'],
    ['Called numbers or extensions (A: 坐席, typed as called number).', '被叫号码或分机（坐席）。'],
  ),
  interval: (
    standard: string,
    only: readonly string[] = ['15min', '30min', 'hour', 'day', 'week', 'month'],
  ): DeclaredFilter =>
    choice(
      'interval',
      ['Interval', '时段'],
      ['Stretches that the range is cut into, on the tenant’s clock.', '统计时段，按企业所在时区切分。'],
      Object.fromEntries(only.map((value) => [value, intervalWords[value]!])),
      standard,
    ),
  weekStart: choice(
    'weekStart',
    ['Week begins', '每周起始'],
    ['First day of a week.', '一周的第一天。'],
    { monday: ['Monday', '星期一'], sunday: ['Sunday', '星期日'] },
    'monday',
  ),
  lost: choice(
    'lost',
    ['Call state', '呼叫状态'],
    ['All calls, those answered, or those lost.', '所有状态、已接通或呼损。'],
    { all: ['All', '所有状态'], answered: ['Answered', '已接通'], lost: ['Lost', '呼损'] },
    'all',
    { all: 'true', answered: 'r.connected', lost: 'not r.connected' },
  ),
  threshold: {
    key: 'thresholdMs',
    label: words(['Service-level limit', '服务水平阈值']),
    about: words([
      'Answered within this time, ms: whole seconds up to 60 s, then multiples of 5 s up to 300 s, of 60 s up to 3600 s. If omitted: each queue’s own limit at the time of the call.',
      '在该时长（毫秒）内接起：60 秒内为整秒，300 秒内为 5 秒的倍数，3600 秒内为 60 秒的倍数。缺省：各技能组当时自己的阈值。',
    ]),
    kind: 'ms',
  } satisfies DeclaredFilter,
  shortAbandons: choice(
    'shortAbandons',
    ['Short abandons', '短时放弃'],
    [
      'Whether short abandons count against the service level and in the abandon rate.',
      '短时放弃是否计入服务水平分母及放弃率。',
    ],
    { leave_out: ['left out', '不计'], count: ['count', '计入'] },
    'leave_out',
  ),
  abandons: choice(
    'abandons',
    ['Abandons', '放弃'],
    ['Whether abandons count against the service level at all.', '放弃是否计入服务水平分母。'],
    { count: ['count', '计入'], leave_out: ['left out', '不计'] },
    'count',
  ),
  otherExits: choice(
    'otherExits',
    ['Other outcomes', '其他结果'],
    [
      'Whether calls that left the queue otherwise count against the service level.',
      '其他方式离开技能组的呼叫是否计入服务水平分母。',
    ],
    { leave_out: ['left out', '不计'], count: ['count', '计入'] },
    'leave_out',
  ),
} as const

const intervalWords: Readonly<Record<string, Both>> = {
  '15min': ['15 minutes', '15 分钟'],
  '30min': ['30 minutes', '30 分钟'],
  hour: ['Hour', '小时'],
  day: ['Day', '天'],
  week: ['Week', '周'],
  month: ['Month', '月'],
}
