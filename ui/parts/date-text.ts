/**
 * Days and times as typed: ISO, 24 h, on the tenant's clock, whatever the browser's locale. The value is the one in the address, `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM[:SS]`; in the field a blank stands for the T. Pure.
 */
import { isInCalendar, readDay, type Fault, type Read } from '@ledgerline/core/kernel/calendar.ts'
import type { LanguageCode } from '../language/format.ts'

export type Precision = 'day' | 'minute' | 'second'

/** How a field is written. */
export const forms: Record<Precision, string> = {
  day: 'YYYY-MM-DD',
  minute: 'YYYY-MM-DD HH:MM',
  second: 'YYYY-MM-DD HH:MM:SS',
}

const wrongForm: Record<Precision, Fault | null> = {
  day: null,
  minute: {
    en: `a time is written ${forms.minute}, such as 2026-01-31 14:05`,
    zh: `时间应写作 ${forms.minute}，例如 2026-01-31 14:05`,
  },
  second: {
    en: `a time is written ${forms.second}, such as 2026-01-31 14:05:00`,
    zh: `时间应写作 ${forms.second}，例如 2026-01-31 14:05:00`,
  },
}

/** What the field shows for a value. */
export function shownText(value: string): string {
  return value.replace('T', ' ')
}

/** The value of a text, or why it is invalid. A day alone means its midnight; seconds are optional. */
export function readText(text: string, precision: Precision): Read<string> {
  const trimmed = text.trim()
  if (precision === 'day') return readDay(trimmed)
  const [, day, clock = '00:00'] = /^(\d{4}-\d\d-\d\d)(?:[T ]+(\d\d:\d\d(?::\d\d)?))?$/.exec(trimmed) ?? []
  if (day === undefined) return { fault: wrongForm[precision]! }
  const read = readDay(day)
  if ('fault' in read) return read
  if (!/^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/.test(clock))
    return { fault: { en: `${clock} is no time of a day`, zh: `${clock} 不是一天中的时刻` } }
  return { value: `${day}T${clock}` }
}

/** Parts of a text by where they end, and the length of one step of each; years and months have no fixed length. */
const ends = [
  [4, 'year'],
  [7, 'month'],
  [10, 86_400_000],
  [13, 3_600_000],
  [16, 60_000],
  [19, 1000],
] as const

/** The text with the part under the caret moved one step, as arrow keys do; null while the text is not a day. */
export function stepped(text: string, caret: number, by: 1 | -1): string | null {
  const [, day, clock = ''] = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?))?$/.exec(text) ?? []
  if (day === undefined || !isInCalendar(day)) return null
  const at = Date.parse(`${day}T${clock || '00:00'}Z`)
  if (Number.isNaN(at)) return null
  const part =
    ends.find(([end]) => caret <= end && end <= text.length)?.[1] ?? ends.findLast(([end]) => end <= text.length)![1]
  const date = new Date(at)
  if (typeof part === 'number') date.setTime(at + by * part)
  else {
    const months = date.getUTCMonth() + (part === 'year' ? 12 : 1) * by
    const ofMonth = date.getUTCDate()
    date.setUTCMonth(months, 1)
    // 31 January plus a month is the last day of February.
    date.setUTCDate(
      Math.min(ofMonth, new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()),
    )
  }
  const moved = date.toISOString()
  return 'value' in readDay(moved.slice(0, 10)) ? moved.slice(0, text.length).replace('T', ' ') : null
}

interface DateWords {
  pick(label: string): string
  back: string
  forth: string
  /** What the page shows while the typed text is invalid. */
  still(value: string): string
  /** Monday first, short and in full. */
  days: readonly (readonly [short: string, long: string])[]
}

export const dateWords: Readonly<Record<LanguageCode, DateWords>> = {
  'zh-CN': {
    pick: (label) => `在日历中选择：${label}`,
    back: '上个月',
    forth: '下个月',
    still: (value) => `未生效，仍按 ${value} 显示`,
    days: [
      ['一', '星期一'],
      ['二', '星期二'],
      ['三', '星期三'],
      ['四', '星期四'],
      ['五', '星期五'],
      ['六', '星期六'],
      ['日', '星期日'],
    ],
  },
  en: {
    pick: (label) => `Choose in a calendar: ${label}`,
    back: 'Month before',
    forth: 'Month after',
    still: (value) => `not applied, still shown: ${value}`,
    days: [
      ['Mo', 'Monday'],
      ['Tu', 'Tuesday'],
      ['We', 'Wednesday'],
      ['Th', 'Thursday'],
      ['Fr', 'Friday'],
      ['Sa', 'Saturday'],
      ['Su', 'Sunday'],
    ],
  },
}
