/**
 * What waiting callers hear from time to time: which announcement is due, and with which words (catalogue
 * A3.2.2.1-announce-*).
 */
import type { LiveCall } from '../call/state.ts'
import type { QueueSettings } from './settings.ts'

type Announcement = QueueSettings['announcements'][number]

/** Waits are announced in whole minutes, and never as less than one. */
const MINUTE_MS = 60_000

/** When an announcement is due for a caller, UTC ms. */
export function dueAt(announcement: Announcement, queue: NonNullable<LiveCall['queue']>): number {
  const last = queue.announced[announcement.kind]
  return last ? last.at + announcement.everyMs : queue.queuedAt + announcement.firstAfterMs
}

/** What is played: the prompt with its value filled in. */
export function prompt(announcement: Announcement, value: number | null): string {
  if (value === null) return announcement.media
  const told = announcement.kind === 'expected_wait' ? Math.max(1, Math.round(value / MINUTE_MS)) : value
  return announcement.media.replaceAll('{value}', String(told))
}

/** An announcement this old is no longer played: its moment has passed (there was a take-over in between). */
export const STALE_MS = 5_000
