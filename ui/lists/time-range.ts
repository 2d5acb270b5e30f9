/** The span of time that a list shows: the choices, their names, what they mean now. */
import { dayOf, fromLocalInput, type LanguageCode } from '../language/format.ts'

export const ranges = ['any', 'hour', 'today', 'yesterday', 'thisWeek', 'week', 'month', 'lastMonth', 'custom'] as const
export type Range = (typeof ranges)[number]

/** Names of the choices. */
export const rangeWords: Readonly<Record<LanguageCode, Readonly<Record<Range, string>>>> = {
  'zh-CN': {
    hour: '近 1 小时',
    today: '今天',
    yesterday: '昨天',
    thisWeek: '本周',
    week: '近 7 天',
    month: '本月',
    lastMonth: '上月',
    custom: '自定义',
    any: '全部',
  },
  en: {
    hour: 'Last hour',
    today: 'Today',
    yesterday: 'Yesterday',
    thisWeek: 'This week',
    week: 'Last 7 days',
    month: 'This month',
    lastMonth: 'Last month',
    custom: 'From – to',
    any: 'All time',
  },
}

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Weeks begin on Monday. */
const daysSinceMonday = (day: string): number => (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7

/** The span that a range means now, in the tenant's zone: from (inclusive) to (exclusive), UTC ms. */
export function spanOf(
  { range, from, to }: { range: Range; from: string; to: string },
  zone: string,
  now: number,
): { from: number | null; to: number | null } {
  const midnight = (at: number) => fromLocalInput(zone, dayOf(zone, at))
  const today = midnight(now)!
  const firstOf = (at: number) => fromLocalInput(zone, `${dayOf(zone, at).slice(0, 7)}-01`)!
  switch (range) {
    case 'hour':
      return { from: now - HOUR, to: null }
    case 'today':
      return { from: today, to: null }
    case 'yesterday':
      // A day is not always 24 hours long.
      return { from: midnight(today - DAY / 2), to: today }
    case 'thisWeek':
      return { from: midnight(today - daysSinceMonday(dayOf(zone, now)) * DAY + DAY / 2), to: null }
    case 'week':
      return { from: midnight(today - 6 * DAY + DAY / 2), to: null }
    case 'month':
      return { from: firstOf(now), to: null }
    case 'lastMonth':
      return { from: firstOf(firstOf(now) - DAY / 2), to: firstOf(now) }
    case 'custom':
      return { from: fromLocalInput(zone, from), to: fromLocalInput(zone, to) }
    case 'any':
      return { from: null, to: null }
  }
}
