/**
 * The rows of the live topics in this browser: a reducer of snapshots and deltas. Rows are
 * replaced, never changed, so that a screen detects changes by identity.
 */
import { topics, type Delta, type Snapshot, type Topic, type TopicRows } from './protocol.ts'

const keyColumns: Record<Topic, readonly string[]> = {
  queues: ['queueCode'],
  queue_monitor: ['queueCode'],
  queue_day: ['queueCode', 'day'],
  queue_minute: ['queueCode', 'startsAt'],
  calls: ['callId'],
  call_parties: ['callId', 'legId'],
  agent_monitor: ['agentId'],
  mailboxes: ['box'],
}

/** The key of a row (or of a key alone) as one text. */
function rowKey(topic: Topic, row: object): string {
  const values = row as Record<string, unknown>
  return keyColumns[topic].map((column) => String(values[column])).join('\u0000')
}

export type Tables = { [T in Topic]: Map<string, TopicRows[T]> }

export function emptyTables(): Tables {
  return Object.fromEntries(topics.map((topic) => [topic, new Map()])) as unknown as Tables
}

/** Replaces a topic's rows. An equal row keeps its identity, so that nothing repaints after a reconnect. */
export function applySnapshot(tables: Tables, { topic, rows }: Snapshot): void {
  const table = tables[topic] as Map<string, object>
  const before = new Map(table)
  table.clear()
  for (const row of rows) {
    const key = rowKey(topic, row)
    const old = before.get(key)
    table.set(key, old && JSON.stringify(old) === JSON.stringify(row) ? old : row)
  }
}

export function applyDelta(tables: Tables, { topic, upserts, removes }: Delta): void {
  const table = tables[topic] as Map<string, object>
  for (const row of upserts) table.set(rowKey(topic, row), row)
  for (const key of removes) table.delete(rowKey(topic, key))
}
