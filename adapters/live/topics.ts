/** The topics of the live stream: the boards that are pushed, and which of their rows. */
import type { ReadModel, Row } from '@ledgerline/projections/engine/model.ts'
import { dayOf } from '@ledgerline/core/kernel/time.ts'
import type { BoardWindow, TenantClock } from './source.ts'

/** In the order in which a screen wants its first rows. */
export const topicNames = [
  'queues',
  'queue_monitor',
  'queue_day',
  'queue_minute',
  'calls',
  'call_parties',
  'agent_monitor',
  'mailboxes',
  'gateways',
  'registrations',
] as const
export type TopicName = (typeof topicNames)[number]

const HOUR_MS = 3_600_000

export interface Topic {
  name: TopicName
  model: ReadModel
  /** Columns of its key. */
  key: readonly string[]
  /** Rows are shown while this column is null; null: regardless of any column. */
  open: string | null
  /** The part shown now of a board that grows with time; null if all of it is shown. */
  window(clock: TenantClock): BoardWindow | null
}

/** The topics for these models; a model that is not among them has none. */
export function topicsOf(models: readonly ReadModel[]): Topic[] {
  return topicNames.flatMap((name) => {
    const model = models.find((candidate) => candidate.name === name)
    if (!model) return []
    const open = model.kind === 'entity' && typeof model.board === 'string' ? model.board : null
    return [{ name, model, key: Object.keys(model.key), open, window: windows[name] ?? (() => null) }]
  })
}

const windows: Partial<Record<TopicName, Topic['window']>> = {
  queue_minute: (clock) => ({ column: 'startsAt', from: clock.now() - HOUR_MS }),
  queue_day: (clock) => ({ column: 'day', from: dayOf(clock.now(), clock.zone) }),
}

/** Is the row shown? */
export function isShown(topic: Topic, row: Row, window: BoardWindow | null): boolean {
  if (topic.open !== null && row[topic.open] !== null) return false
  return window === null || (row[window.column] as number | string) >= window.from
}
