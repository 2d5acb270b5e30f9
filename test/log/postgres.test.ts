/** The PostgreSQL log keeps the contract of every log, on a real server. */
import { randomUUID } from 'node:crypto'
import { openPostgresLog } from '@ledgerline/adapters/log/postgres.ts'
import { connection } from '@ledgerline/adapters/postgres/connect.ts'
import type { StoredEvent } from '@ledgerline/core/kernel/log.ts'
import { eventLogContract } from '../contract/event-log.ts'
import { freshDatabase } from '../support/postgres.ts'

eventLogContract(
  'PostgreSQL',
  async () => {
    const database = await freshDatabase('event_log')
    const { url } = database
    const log = await openPostgresLog({ url })
    return {
      log,
      another: () => openPostgresLog({ url }),
      dropConnections: () => database.dropConnections(),
      hesitate: (stream, events) => slowWriter(url, stream, events),
      async stall() {
        // Whoever writes holds the lock, and everybody else waits.
        const { finish } = await slowWriter(url, 'shift-t.stalled', [{ id: randomUUID(), type: 'Happened', data: '{}', metadata: '{}' }])
        return { release: () => finish().catch(() => {}) }
      },
      async remove() {
        await log.close()
        await database.drop()
      },
    }
  },
  'another',
  'dropConnections',
  'hesitate',
  'stall',
)

/** Appends in a transaction that stays open, with its place in the log taken. */
async function slowWriter(url: string, stream: string, events: readonly StoredEvent[]): Promise<{ finish(): Promise<void> }> {
  const client = connection(url, { application: 'slow writer' })
  await client.connect()
  await client.query('begin')
  await client.query('select * from log.append($1, $2, $3, $4, $5, $6, $7)', [
    [stream],
    [-1],
    events.map(() => 1),
    events.map(({ id }) => id),
    events.map(({ type }) => type),
    events.map(({ data }) => data),
    events.map(({ metadata }) => metadata),
  ])
  return {
    async finish() {
      try {
        await client.query('commit')
      } finally {
        await client.end()
      }
    },
  }
}
