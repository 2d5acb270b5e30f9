/**
 * Numbers, durations and times as the screens write them. Pure; the tenant's zone and the language are passed in.
 * Formatters of Intl are expensive to create, so each is created once.
 */
import type { Words } from '@ledgerline/core/kernel/words.ts'

export type LanguageCode = 'zh-CN' | 'en'

/** The one of two texts that is in the reader's language. */
export const inLanguage = (code: LanguageCode, { zh, en }: Words): string => (code === 'en' ? en : zh)

const made = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>()

function numberFormat(language: LanguageCode, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `n ${language} ${JSON.stringify(options)}`
  let format = made.get(key) as Intl.NumberFormat | undefined
  if (!format) made.set(key, (format = new Intl.NumberFormat(language, options)))
  return format
}

function timeFormat(language: LanguageCode, zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `t ${language} ${zone} ${JSON.stringify(options)}`
  let format = made.get(key) as Intl.DateTimeFormat | undefined
  if (!format)
    made.set(key, (format = new Intl.DateTimeFormat(language, { timeZone: zone, hourCycle: 'h23', ...options })))
  return format
}

/** 1842 → 1,842 */
export function formatCount(language: LanguageCode, n: number): string {
  return numberFormat(language, { maximumFractionDigits: 0 }).format(n)
}

/** 0.834 → 83.4 (the sign is drawn apart, small). 100 has no decimal. */
export function formatShare(language: LanguageCode, share: number, decimals = 1): string {
  const percent = share * 100
  const digits = percent >= 99.95 ? 0 : decimals
  return numberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(percent)
}

/** 0.8 → 80%, for running text. */
export function formatPercent(language: LanguageCode, share: number, decimals = 0): string {
  return formatShare(language, share, decimals) + '%'
}

const DAY_S = 86_400
const dayUnit: Record<LanguageCode, string> = { 'zh-CN': '天', en: 'd' }

/** 192_000 → 3:12, 3_792_000 → 1:03:12, 26 hours → 1 d 2:00. Whole seconds, rounded down: a clock that ticks. */
export function formatDuration(ms: number, language: LanguageCode): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const s = seconds % 60
  const m = Math.floor(seconds / 60) % 60
  if (seconds >= DAY_S)
    return `${Math.floor(seconds / DAY_S)} ${dayUnit[language]} ${Math.floor((seconds % DAY_S) / 3600)}:${two(m)}`
  const h = Math.floor(seconds / 3600)
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
}

/** The same to the second, even if it takes days: 26 hours → 1 d 2:00:00. For totals. */
export function formatExactDuration(ms: number, language: LanguageCode): string {
  const days = Math.floor(ms / 1000 / DAY_S)
  if (days < 1) return formatDuration(ms, language)
  const rest = formatDuration(ms - days * DAY_S * 1000, language)
  return `${days} ${dayUnit[language]} ${'0:00:00'.slice(0, Math.max(0, 7 - rest.length))}${rest}`
}

/** A duration as a machine reads it, for `<time datetime>`: PT3M12S. */
export function isoDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  return `PT${Math.floor(seconds / 60)}M${seconds % 60}S`
}

/** 14:26:08 in the tenant's zone. */
export function formatClock(language: LanguageCode, zone: string, at: number): string {
  return timeFormat(language, zone, { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(at)
}

/** 14:26 */
export function formatMinute(language: LanguageCode, zone: string, at: number): string {
  return timeFormat(language, zone, { hour: '2-digit', minute: '2-digit' }).format(at)
}

/** 1999-02-03 Wed, 1999-02-03 周三: a day as people look one up. */
export function formatDay(language: LanguageCode, zone: string, at: number): string {
  return `${dayOf(zone, at)} ${timeFormat(language, zone, { weekday: 'short' }).format(at)}`
}

/** 1999-02-03 14:26:08, sortable and the same in both languages: lists and details. */
export function formatMoment(zone: string, at: number): string {
  return `${dayOf(zone, at)} ${formatClock('zh-CN', zone, at)}`
}

/** The day of an instant in a zone, `YYYY-MM-DD`. */
export function dayOf(zone: string, at: number): string {
  const parts = timeFormat('zh-CN', zone, { year: 'numeric', month: '2-digit', day: '2-digit' }).formatToParts(at)
  const part = (type: string) => parts.find((p) => p.type === type)?.value ?? ''
  return `${part('year')}-${part('month')}-${part('day')}`
}

/** `YYYY-MM-DDTHH:MM` in the zone, as `<input type="datetime-local">` wants it. */
export function toLocalInput(zone: string, at: number): string {
  return `${dayOf(zone, at)}T${formatMinute('zh-CN', zone, at)}`
}

/** The instant that a wall-clock time `YYYY-MM-DD[THH:MM[:SS]]` names in a zone; null when there is none. In a gap or fold of the clock: the earlier reading. */
export function fromLocalInput(zone: string, text: string): number | null {
  const match = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(text)
  if (!match) return null
  const [, y, mo, d, h = '0', mi = '0', s = '0'] = match
  const asUtc = Date.UTC(+y!, +mo! - 1, +d!, +h, +mi, +s)
  if (Number.isNaN(asUtc)) return null
  // The zone's offset depends on the instant sought: two rounds settle it.
  const first = asUtc - offsetAt(zone, asUtc)
  return asUtc - offsetAt(zone, first)
}

function offsetAt(zone: string, at: number): number {
  const parts = timeFormat('zh-CN', zone, {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).formatToParts(at)
  const part = (type: string) => Number(parts.find((p) => p.type === type)?.value)
  return (
    Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second')) -
    Math.floor(at / 1000) * 1000
  )
}

function two(n: number): string {
  return n < 10 ? `0${n}` : String(n)
}
