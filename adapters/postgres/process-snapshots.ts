/**
 * Snapshots of processes, kept beside the tables: one per process, the last. A take-over starts from it instead of the
 * beginning of the log; losing it costs only time, so its commits need not wait for the disk. A snapshot of another log
 * (such as this one's original) is ignored: its position means nothing here.
 */
import type { SnapshotStore } from '@ledgerline/core/switchboard/process.ts'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import type { EventLog } from '@ledgerline/core/kernel/log.ts'
import { answered } from './answered.ts'
import { withOwnTables } from './own-tables.ts'
import { processesLayout } from './processes-layout.ts'

/** Raise it when the state of a process changes its shape: older snapshots are then ignored. */
const SHAPE = 5

/**
 * Opens the store in the tables' database.
 * @throws Problem `log.unavailable`
 */
export async function openProcessSnapshots(
  url: string,
  log: Pick<EventLog, 'identity'>,
): Promise<SnapshotStore & { close(): Promise<void> }> {
  const pool = await withOwnTables(
    url,
    { application: 'ledgerline snapshots', durable: false, max: 1 },
    processesLayout,
  )
  return {
    async load(name) {
      const { rows } = await answered(
        pool.query<{ position: Position; state: string }>(
          'select position, state from processes.snapshots where name = $1 and shape = $2 and log = $3',
          [name, SHAPE, await log.identity()],
        ),
      )
      return rows[0] ?? null
    },
    async save(name, position, state) {
      await answered(
        pool.query(
          `insert into processes.snapshots (name, shape, position, state, log) values ($1, $2, $3, $4, $5)
           on conflict (name) do update set shape = excluded.shape, log = excluded.log, position = excluded.position, state = excluded.state, taken_at = now()`,
          [name, SHAPE, position, state, await log.identity()],
        ),
      )
    },
    close: () => pool.end(),
  }
}
