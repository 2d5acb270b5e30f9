/** Rows in memory: what a fold holds of one model, found by the values of their keys. */
import { misfit } from './binary.ts'
import type { AggregateSource, ReadModel, Row } from './model.ts'
import { fieldsOf, type Fields } from './table.ts'

/** A row in memory, or the knowledge that there is none. */
export interface Slot {
  readonly tenant: string
  /** The columns of its key. */
  readonly key: Row
  row: Row | null
  /** What the table contains when the present page begins. */
  before: Row | null
  /** For a sum: the row being built while a page is added up. */
  draft: Record<string, unknown> | null
  /** `unknown`: the table has not been asked. */
  state: 'unknown' | 'absent' | 'present'
  /** Number of the page that touched it last. */
  page: number
  parked: boolean
}

/**
 * By one key column after another: a map for each, the row in the innermost. Texts made of whole keys would cost more
 * than the fold.
 */
type Level = Map<unknown, Level | Slot>

export class Held {
  readonly model: ReadModel
  readonly keyNames: readonly string[]
  size = 0
  /** Slots of the present page. */
  touched: Slot[] = []
  /**
   * Rows that have left memory for the table (counted by a rebuild): while there are none, what is not held exists
   * nowhere.
   */
  left = 0
  /** The models derived from this model's rows. */
  readonly derived: Held[] = []
  /** The models that sum up this model's rows. */
  readonly sums: { held: Held; source: AggregateSource }[] = []
  readonly #tenants = new Map<string, Level>()
  #lastTenant = ''
  #lastLevel: Level | undefined
  readonly #ranged: Fields

  constructor(model: ReadModel) {
    this.model = model
    this.keyNames = Object.keys(model.key)
    this.#ranged = fieldsOf(model).filter(
      ([, { sql }]) => sql === 'timestamptz' || sql === 'bigint' || sql === 'integer',
    )
  }

  /** The key as text, for people. */
  textOf(key: Row): string {
    return this.keyNames.map((name) => String(key[name])).join(' ')
  }

  /** The key columns of a row, or of anything that has fields of the same names. */
  keyOf(row: Row): Row {
    const key: Record<string, unknown> = {}
    for (const name of this.keyNames) key[name] = row[name]
    return key
  }

  find(tenant: string, key: Row): Slot | undefined {
    const level = this.#level(tenant)
    const names = this.keyNames
    if (level === undefined) return undefined
    if (names.length === 1) return level.get(key[names[0]!]) as Slot | undefined
    if (names.length === 0) return level.get('') as Slot | undefined
    let next: Level | undefined = level
    const last = names.length - 1
    for (let index = 0; index < last && next; index++) next = next.get(key[names[index]!]) as Level | undefined
    return next?.get(key[names[last]!]) as Slot | undefined
  }

  /** Holds a row that is not held. `key` must consist of the key columns only: {@link keyOf}. */
  add(tenant: string, key: Row, row: Row | null, state: Slot['state']): Slot {
    const slot: Slot = { tenant, key, row, before: row, draft: null, state, page: 0, parked: false }
    let level = this.#level(tenant)
    if (!level) {
      level = new Map()
      this.#tenants.set(tenant, level)
      this.#lastLevel = level
    }
    const names = this.keyNames
    const last = names.length - 1
    for (let index = 0; index < last; index++) {
      const value = key[names[index]!]
      let next = level.get(value) as Level | undefined
      if (!next) level.set(value, (next = new Map()))
      level = next
    }
    level.set(last < 0 ? '' : key[names[last]!], slot)
    this.size++
    return slot
  }

  drop(slot: Slot): void {
    if (this.find(slot.tenant, slot.key) !== slot) return
    this.size--
    this.#prune(this.#level(slot.tenant)!, slot.key, 0)
  }

  #prune(level: Level, key: Row, depth: number): void {
    const value = this.keyNames.length === 0 ? '' : key[this.keyNames[depth]!]
    if (depth < this.keyNames.length - 1) {
      const next = level.get(value) as Level
      this.#prune(next, key, depth + 1)
      if (next.size > 0) return
    }
    level.delete(value)
  }

  #level(tenant: string): Level | undefined {
    if (tenant !== this.#lastTenant || this.#lastLevel === undefined) {
      this.#lastTenant = tenant
      this.#lastLevel = this.#tenants.get(tenant)
    }
    return this.#lastLevel
  }

  /** All slots, or one tenant's. */
  *slots(tenant?: string): Generator<Slot> {
    const depth = Math.max(1, this.keyNames.length)
    for (const [name, level] of this.#tenants) if (tenant === undefined || name === tenant) yield* slotsOf(level, depth)
  }

  /** Tenants of which it holds anything. */
  tenants(): Iterable<string> {
    return this.#tenants.keys()
  }

  /** Does it hold rows of this tenant? */
  has(tenant: string): boolean {
    return (this.#tenants.get(tenant)?.size ?? 0) > 0
  }

  /** Is this row's key the slot's? */
  fits(row: Row, slot: Slot): boolean {
    for (const name of this.keyNames) if (row[name] !== slot.key[name]) return false
    return true
  }

  /** What keeps the row out of a table; null if nothing does. */
  misfit(row: Row): string | null {
    for (const [name, column] of this.#ranged) {
      const wrong = misfit(column, row[name])
      if (wrong) return `${name} ${wrong}`
    }
    return null
  }

  /** Notes that the present page touches a slot. */
  touch(slot: Slot, page: number): void {
    if (slot.page === page) return
    slot.page = page
    this.touched.push(slot)
  }
}

function* slotsOf(level: Level, depth: number): Generator<Slot> {
  if (depth === 1) yield* level.values() as Iterable<Slot>
  else for (const next of level.values()) yield* slotsOf(next as Level, depth - 1)
}
