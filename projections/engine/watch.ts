/**
 * What is known of a lane's tables where another engine folds them: how far they are, who the tenants are, and how late
 * the tables are, by asking the log what comes after them. A process on standby, or one that never folds, uses this to
 * answer its queries and draw its boards.
 */
import type { Client } from 'pg'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import type { EventLog, LogFilter } from '@ledgerline/core/kernel/log.ts'
import type { Lane } from './lanes.ts'
import type { Entity, Row } from './model.ts'
import { liveTables } from './schema.ts'
import { loadBoard, Target } from './store.ts'
import { SCHEMA } from './table.ts'

/** Where the tables are, as committed. */
export interface Place {
  position: Position | null
  recordedAt: number | null
}

/** How often to look at a lane that another engine folds. */
export const LOOK_MS = 1_000

export class Watch {
  readonly #lane: Lane
  readonly #filter: LogFilter
  readonly #log: Pick<EventLog, 'head' | 'readAll'>
  readonly #now: () => number
  #tenants = new Map<string, Row>()
  /** Up to here the log has nothing for this lane that its tables do not have. */
  #clear: Position | null = null
  #lag: number | null = null
  /** When the tables were last known to have everything, by our own clock. */
  #clearAt = Number.NEGATIVE_INFINITY
  #toldAt: number
  #asking = false

  constructor(lane: Lane, filter: LogFilter, log: Pick<EventLog, 'head' | 'readAll'>, now: () => number) {
    this.#lane = lane
    this.#filter = filter
    this.#log = log
    this.#now = now
    this.#toldAt = now()
  }

  /** A tenant's row of the entity that gives zones; null while it is unknown. */
  tenant(tenant: string): Row | null {
    return this.#tenants.get(tenant) ?? null
  }

  /** How long the oldest event missing from the tables has waited, ms. Grows while nothing is heard. */
  lagMs(): number {
    const silence = this.#now() - this.#toldAt
    return Math.max(0, (this.#lag ?? 0) + (silence > 2 * LOOK_MS ? silence : 0))
  }

  /** Where the tables in use are. */
  async place(client: Client): Promise<Place> {
    const { rows } = await client.query<{ position: Position | null; recorded: number | null }>(
      `select case when bool_and(c.position is not null) then min(c.position collate "C") end as position, (extract(epoch from max(c.recorded_at)) * 1000)::float8 as recorded
       from ${SCHEMA}.checkpoints c join ${SCHEMA}.models m using (table_name) where m.live and c.lane = $1`,
      [this.#lane],
    )
    return { position: rows[0]?.position ?? null, recordedAt: rows[0]?.recorded ?? null }
  }

  /** Reads the tenants again. */
  async meet(client: Client, zones: Entity | null): Promise<void> {
    if (!zones) return
    const [live] = await liveTables(client, [zones])
    if (!live) return
    const rows = await loadBoard(client, new Target(zones, live.table))
    this.#tenants = new Map(rows.map(({ tenant, row }) => [tenant, row]))
  }

  /** Asks the log what the tables do not have. Does not wait: a log that is away must not keep the tables' place from being seen. */
  ask(position: Position | null): void {
    if (this.#asking) return
    this.#asking = true
    void this.#oldestAfter(position)
      .then(
        (recordedAt) => {
          const now = this.#now()
          if (recordedAt === null) this.#clearAt = now
          // An event that was not there then has not waited longer, whatever clock recorded it.
          this.#lag = recordedAt === null ? 0 : now - Math.max(Math.min(recordedAt, now), this.#clearAt)
          this.#toldAt = now
        },
        // It is asked again at the next look; until then what is shown grows older.
        () => {},
      )
      .finally(() => (this.#asking = false))
  }

  /** When the log took the first event that the tables do not have. */
  async #oldestAfter(position: Position | null): Promise<number | null> {
    const head = await this.#log.head()
    if (position !== null && (this.#clear === null || position > this.#clear)) this.#clear = position
    if (head === null || (this.#clear !== null && this.#clear >= head)) return null
    for await (const page of this.#log.readAll(this.#clear, { filter: this.#filter, pageSize: 1 })) {
      const [first] = page.events
      if (first) return first.recordedAt
      this.#clear = page.position
    }
    return null
  }
}
