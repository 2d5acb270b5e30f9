/**
 * Snapshots of the boards: periodically the rows on the board are kept, in the transaction of the page they follow, so
 * that "as of" is the last snapshot plus a short fold. Many old ones are thinned out, not dropped: an old moment takes
 * somewhat longer, but not unboundedly.
 *
 * Personal columns are left out of a snapshot. People who were forgotten must not live on in it; an answer takes these
 * columns from the tables as they are now.
 */
import { deflateSync, inflateSync } from 'node:zlib'
import type { Position, RecordedEvent } from '@ledgerline/core/kernel/event.ts'
import { jsonText } from './binary.ts'
import type { Changes } from './changes.ts'
import type { Fold } from './fold.ts'
import { impersonal } from './jobs.ts'
import type { Entity, Row } from './model.ts'
import type { Statement } from './statement.ts'
import type { Target } from './store.ts'
import { SCHEMA } from './table.ts'

export const SNAPSHOT_EVERY = 10_000
/**
 * How often the boards of all tenants are kept, including those where nothing happened: a quiet tenant's past must not
 * take longer to answer than a busy one's, whose events lie in between.
 */
const ALL_EVERY = 8
/** Beyond this many per tenant, every other one of the older half goes; and how often that is checked. */
const KEPT = 2_000
const THIN_EVERY = 64

/** Entities whose rows a board shows. */
export function boardEntities(targets: ReadonlyMap<string, Target>): Target[] {
  return [...targets.values()].filter(({ model }) => model.kind === 'entity' && model.board !== null)
}

/** Snapshots are only of use to the same tables. */
function tablesOf(targets: readonly Target[]): string {
  return targets
    .map(({ table }) => table)
    .sort()
    .join(',')
}

/** What snapshots of these tables are found by, in the form in which they are written now. */
export function versionsOf(targets: readonly Target[]): string {
  return `${PACKED}${tablesOf(targets)}`
}

/** In every form that can be read: versions before this one kept boards as plain JSON, and did not know of another. */
export function readableVersionsOf(targets: readonly Target[]): string[] {
  return [versionsOf(targets), tablesOf(targets)]
}

const PACKED = 'deflate '

/**
 * Boards as they are kept: deflated, and as text, since the column holds JSON. The server would take thirty times as long to
 * parse and compress them as it takes to copy this, and longer than it takes for all rows of the page.
 */
function packed(boards: Readonly<Record<string, readonly Row[]>>): string {
  return JSON.stringify(deflateSync(jsonText(boards), { level: 1 }).toString('base64'))
}

/** Boards as they were given to {@link packed}, also from before that. */
export function unpacked(boards: string | Record<string, Row[]>): Record<string, Row[]> {
  if (typeof boards !== 'string') return boards
  return JSON.parse(inflateSync(Buffer.from(boards, 'base64')).toString()) as Record<string, Row[]>
}

export class Snapshots {
  readonly #boards: Target[]
  readonly #versions: string
  readonly #fold: Fold
  readonly #every: number
  #events = 0
  #taken = 0
  /** How many were made of each tenant's boards. */
  readonly #made = new Map<string, number>()
  /** Tenants with a change since their last snapshot, and the latest moment in their events. */
  #changed = new Set<string>()
  readonly #at = new Map<string, number>()

  constructor(targets: ReadonlyMap<string, Target>, fold: Fold, every = SNAPSHOT_EVERY) {
    this.#boards = boardEntities(targets)
    this.#versions = versionsOf(this.#boards)
    this.#fold = fold
    this.#every = every
  }

  /** Takes in the page's events, for their moments. */
  saw(events: readonly RecordedEvent[]): void {
    let tenant = ''
    let latest = 0
    for (const event of events) {
      if (event.tenant !== tenant) {
        if (tenant !== '') this.#at.set(tenant, latest)
        tenant = event.tenant
        latest = this.#at.get(tenant) ?? 0
      }
      if (event.at > latest) latest = event.at
    }
    if (tenant !== '') this.#at.set(tenant, latest)
  }

  /** Statements to add to the transaction of a page of this many events that ends at `position`. */
  after(position: Position, recordedAt: number, events: number, changes: Pick<Changes, 'tables'>): Statement[] {
    this.#events += events
    for (const { model, inserts, updates, removes } of changes.tables) {
      if (!this.#boards.some((board) => board.model === model)) continue
      for (const list of [inserts, updates, removes]) for (const { tenant } of list) this.#changed.add(tenant)
    }
    if (this.#events < this.#every || this.#changed.size === 0 || this.#boards.length === 0) return []
    return this.#take(position, recordedAt)
  }

  #take(position: Position, recordedAt: number): Statement[] {
    this.#events = 0
    const tenants =
      ++this.#taken % ALL_EVERY === 0
        ? new Set(this.#boards.flatMap(({ model }) => [...this.#fold.held.get(model.name)!.tenants()]))
        : this.#changed
    const statements: Statement[] = []
    for (const tenant of tenants) {
      const boards = Object.fromEntries(
        this.#boards.map(({ model }) => [
          model.name,
          this.#fold.boardRows(model as Entity, tenant).map((row) => impersonal(model as Entity, row)),
        ]),
      )
      statements.push({
        text: `insert into ${SCHEMA}.board_snapshots (versions, tenant, position, recorded_at, at, boards)
               values ($1, $2, $3, to_timestamp($4::float8 / 1000), to_timestamp($5::float8 / 1000), $6) on conflict do nothing`,
        // If a tenant has sent nothing since the start, the time of its last event is unknown: the snapshot is not
        // found by that time.
        values: [this.#versions, tenant, position, recordedAt, this.#at.get(tenant) ?? 'infinity', packed(boards)],
      })
      const made = (this.#made.get(tenant) ?? 0) + 1
      this.#made.set(tenant, made)
      if (made % THIN_EVERY === 0) statements.push(this.#thin(tenant))
    }
    this.#changed = new Set()
    return statements
  }

  #thin(tenant: string): Statement {
    return {
      text: `delete from ${SCHEMA}.board_snapshots s using (
               select position, row_number() over (order by position desc) as place, count(*) over () as kept
               from ${SCHEMA}.board_snapshots where versions = $1 and tenant = $2) old
             where s.versions = $1 and s.tenant = $2 and s.position = old.position and old.kept > ${KEPT} and old.place > ${KEPT / 2} and old.place % 2 = 0`,
      values: [this.#versions, tenant],
    }
  }
}
