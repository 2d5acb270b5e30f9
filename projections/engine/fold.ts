/**
 * The fold of a set of read models over pages of events, in memory. It knows nothing of tables: who uses
 * it (the live lane, a rebuild, an answer as of a moment) loads what it asks for and writes what it gives.
 *
 * A page goes through five steps:
 *   const plan = fold.plan(events, failures)            which rows are needed that are not held
 *   … load plan.missing, fold.provide(…)
 *   const sums = fold.apply(plan)                       folds, event by event; which sums are not held
 *   … load sums, fold.provide(…)
 *   const changes = fold.changes()                      what is to be written
 *   … write, then fold.settle(changes)                  forgets what is finished
 *
 * The next page may be planned and applied while the last is written: rows leave memory only when they are
 * settled, so nothing is loaded that is on its way to the table.
 */
import type { RecordedEvent } from '@ledgerline/core/kernel/event.ts'
import type { LogEvent } from '@ledgerline/core/kernel/log.ts'
import type { Problem } from '@ledgerline/core/kernel/problem.ts'
import { misfit } from './binary.ts'
import type { AggregateSource, Bucket, Columns, Contribution, Derived, DerivedChange, Entity, Place, ReadModel, Row } from './model.ts'
import { fieldsOf } from './table.ts'

/** Zone of a tenant that has not said otherwise. */
export const DEFAULT_ZONE = 'Asia/Shanghai'

/** A row in memory. */
export interface Slot {
  readonly tenant: string
  /** Its key as one text, the tenant left out. */
  readonly id: string
  /** Its key's columns. */
  readonly key: Row
  row: Row | null
  /** As last settled or about to be: what the table holds when this page begins. */
  before: Row | null
  /** `unknown`: the table has not been asked. */
  state: 'unknown' | 'absent' | 'present'
  /** Number of the page that touched it last. */
  page: number
  parked: boolean
}

/** A key set aside, and why. */
export interface Parked {
  model: string
  tenant: string
  /** The row's key, or `stream …` when not even the key could be read. */
  key: string
  event: { id: string; type: string; position: string }
  reason: string
}

/** What a page changed in one table. */
export interface TableChanges {
  model: ReadModel
  /** Rows that the table does not hold, and rows that it does. */
  inserts: Written[]
  updates: Written[]
  removes: Written[]
}

export interface Written {
  readonly tenant: string
  readonly key: Row
  readonly row: Row | null
}

export interface Changes {
  page: number
  tables: TableChanges[]
  parked: Parked[]
  /** Events that waited behind a parked key, by `model\ntenant\nkey`. */
  waiting: Map<string, number>
  touched: { held: Held; slots: Slot[] }[]
}

/** Rows to be loaded. */
export interface Missing {
  model: ReadModel
  slots: Slot[]
}

export interface Plan {
  missing: Missing[]
}

interface Step {
  event: RecordedEvent
  held: Held
  on: (row: Row | null, event: RecordedEvent, place: Place) => Row | null
  slot: Slot
}

type Fold1 = Step['on']
type KeysOf = (event: RecordedEvent) => readonly Row[]
type BeginsRow = true | ((key: Row, event: RecordedEvent) => boolean)

interface Handler {
  held: Held
  on: Fold1
  keysOf: KeysOf | null
  begins: BeginsRow | null
}

/** The rows held of one model. */
export class Held {
  readonly model: ReadModel
  readonly keyNames: readonly string[]
  readonly tenants = new Map<string, Map<string, Slot>>()
  size = 0
  /** Slots of the present page. */
  touched: Slot[] = []
  /** Rows that have left memory for the table (counted by a rebuild): until then, what is not held is nowhere. */
  left = 0
  /** Of a sum, what the present page adds to its rows. */
  readonly deltas = new Map<Slot, Map<string, number | number[]>>()
  derived: Held[] = []
  sums: { held: Held; source: AggregateSource }[] = []
  readonly #ranged: readonly (readonly [string, Columns[string]])[]

  constructor(model: ReadModel) {
    this.model = model
    this.keyNames = Object.keys(model.key)
    this.#ranged = fieldsOf(model).filter(([, { sql }]) => sql === 'timestamptz' || sql === 'bigint' || sql === 'integer')
  }

  idOf(key: Row): string {
    const names = this.keyNames
    if (names.length === 1) return String(key[names[0]!])
    let id = ''
    for (let index = 0; index < names.length; index++) id += index === 0 ? String(key[names[index]!]) : `\n${String(key[names[index]!])}`
    return id
  }

  find(tenant: string, id: string): Slot | undefined {
    return this.tenants.get(tenant)?.get(id)
  }

  add(slot: Slot): Slot {
    let rows = this.tenants.get(slot.tenant)
    if (!rows) this.tenants.set(slot.tenant, (rows = new Map()))
    rows.set(slot.id, slot)
    this.size++
    return slot
  }

  drop(slot: Slot): void {
    const rows = this.tenants.get(slot.tenant)
    if (rows?.get(slot.id) !== slot) return
    rows.delete(slot.id)
    this.size--
    if (rows.size === 0) this.tenants.delete(slot.tenant)
  }

  /** What keeps the row out of a table, or null. */
  misfit(row: Row): string | null {
    for (const [name, column] of this.#ranged) {
      const wrong = misfit(column, row[name])
      if (wrong) return `${name} ${wrong}`
    }
    return null
  }
}

export interface FoldOptions {
  /** Rows held of one model at most, the board's aside; the oldest settled ones leave first. */
  limit?: number
  /** Ask the table for every row, also where a key was made for its row. */
  careful?: boolean
  /**
   * The tables are empty and are filled by this fold alone: what is not held and has not left is nowhere.
   * Events for rows that may have left are given to `late`, to be folded when the table can be asked.
   */
  late?: (model: Entity, late: LateEvent) => void
}

/** An event for one of the rows that it touches. */
export interface LateEvent {
  event: RecordedEvent
  /** The row's key. */
  key: Row
}

export class Fold {
  readonly held = new Map<string, Held>()
  readonly #byType = new Map<string, Handler[]>()
  readonly #limit: number
  readonly #zones: Held | null
  readonly #parked = new Map<string, Parked>()
  readonly #parkedStreams = new Map<string, Parked>()
  readonly #late: FoldOptions['late']
  readonly #rebuilding: boolean
  readonly #lateKeys = new Set<string>()
  readonly #place = { tenant: '', zone: DEFAULT_ZONE, key: {} as Row }
  /** While true, every row is asked for. */
  careful: boolean
  #page = 0
  #steps: Step[] = []
  #newParked: Parked[] = []
  #waiting = new Map<string, number>()

  /** `zones` is the entity whose rows say each tenant's zone (column `zone`); it must be first in `models`. */
  constructor(models: readonly ReadModel[], zones: Entity | null, options: FoldOptions = {}) {
    this.#limit = options.limit ?? 200_000
    this.careful = options.careful ?? false
    this.#late = options.late
    this.#rebuilding = options.late !== undefined
    for (const model of models) this.held.set(model.name, new Held(model))
    for (const held of this.held.values()) {
      const { model } = held
      if (model.kind === 'entity') this.#register(held, model)
      else if (model.kind === 'derived') this.#heldOf(model.of).derived.push(held)
      else for (const source of model.from) this.#heldOf(source.source).sums.push({ held, source })
    }
    this.#zones = zones ? this.#heldOf(zones) : null
  }

  #register(held: Held, model: Entity): void {
    for (const [type, on] of Object.entries(model.on)) {
      const list = this.#byType.get(type) ?? []
      this.#byType.set(type, list)
      list.push({
        held,
        on: on as unknown as Fold1,
        keysOf: (model.keysOf as Record<string, KeysOf | undefined>)[type] ?? null,
        begins: (model.begins as Record<string, BeginsRow | undefined>)[type] ?? null,
      })
    }
  }

  #heldOf(model: ReadModel): Held {
    const held = this.held.get(model.name)
    if (!held) throw new Error(`${model.name} is folded together with what follows from it`)
    return held
  }

  /** Types of events that any of the models folds. */
  types(): string[] {
    return [...this.#byType.keys()]
  }

  /** Keys parked before, so that what waits behind them goes on waiting. */
  park(parked: readonly Parked[]): void {
    for (const entry of parked) this.#remember(entry)
  }

  #remember(entry: Parked): void {
    if (entry.key.startsWith('stream ')) this.#parkedStreams.set(`${entry.model}\n${entry.key.slice(7)}`, entry)
    else this.#parked.set(`${entry.model}\n${entry.tenant}\n${entry.key}`, entry)
  }

  /** Where a fold is; one object for all, because it is asked for at every step. */
  #placeOf(slot: Slot): Place {
    const place = this.#place
    if (slot.tenant !== place.tenant) {
      const zone = this.#zones?.find(slot.tenant, '')?.row?.zone
      place.tenant = slot.tenant
      place.zone = typeof zone === 'string' ? zone : DEFAULT_ZONE
    }
    place.key = slot.key
    return place
  }

  /** Step 1: which rows the page needs. */
  plan(events: readonly RecordedEvent[]): Plan {
    this.#begin()
    const missing = new Map<Held, Slot[]>()
    for (const event of events) {
      const handlers = this.#byType.get(event.type)
      if (!handlers) continue
      for (const handler of handlers) {
        const { held } = handler
        if (this.#parkedStreams.size > 0 && this.#waitsInStream(held, event)) continue
        if (handler.keysOf) {
          let keys: readonly Row[]
          try {
            keys = handler.keysOf(event)
          } catch (error) {
            this.#parkStream(held.model.name, event.tenant, event.stream, event, reasonOf(error))
            continue
          }
          for (const key of keys) this.#step(event, handler, held.idOf(key), key, missing)
        } else {
          this.#step(event, handler, held.idOf(event.data as Row), null, missing)
        }
      }
    }
    return planOf(missing)
  }

  /** Step 1 for events that came late for rows of one model: those rows alone are folded, and what follows from them. */
  planLate(model: Entity, late: readonly LateEvent[]): Plan {
    this.#begin()
    const missing = new Map<Held, Slot[]>()
    const held = this.#heldOf(model)
    for (const { event, key } of late) {
      const handler = this.#byType.get(event.type)?.find((candidate) => candidate.held === held)
      if (handler && !this.#waitsInStream(held, event)) this.#step(event, handler, held.idOf(key), key, missing)
    }
    return planOf(missing)
  }

  #begin(): void {
    this.#page++
    this.#steps = []
  }

  #step(event: RecordedEvent, handler: Handler, id: string, key: Row | null, missing: Map<Held, Slot[]>): void {
    const { held } = handler
    let slot = held.find(event.tenant, id)
    if (!slot) {
      key ??= pick(event.data as Row, held.keyNames)
      const begins = handler.begins === true || (handler.begins !== null && handler.begins(key, event))
      if (this.#late && held.left > 0 && this.#isLate(held, event, id, key, begins)) return
      slot = held.add({ tenant: event.tenant, id, key, row: null, before: null, state: 'unknown', page: 0, parked: false })
      if (this.#parked.size > 0) slot.parked = this.#parked.has(`${held.model.name}\n${event.tenant}\n${id}`)
      if (this.#rebuilding || (begins && !this.careful)) slot.state = 'absent'
      else {
        const slots = missing.get(held)
        if (slots) slots.push(slot)
        else missing.set(held, [slot])
      }
    }
    if (slot.page !== this.#page) {
      slot.page = this.#page
      held.touched.push(slot)
    }
    this.#steps.push({ event, held, on: handler.on, slot })
  }

  /** In a rebuild: may the event's row have left? Then this event, and all later ones of its key, wait. */
  #isLate(held: Held, event: RecordedEvent, id: string, key: Row, begins: boolean): boolean {
    const name = `${held.model.name}\n${event.tenant}\n${id}`
    if (begins && !this.#lateKeys.has(name)) return false
    this.#lateKeys.add(name)
    this.#late!(held.model as Entity, { event, key })
    return true
  }

  /** An event that could not be read: its stream is parked for every model that such streams concern. */
  unreadable(stored: LogEvent, tenant: string, problem: Problem, concerns: (model: Entity) => boolean): void {
    for (const { model } of this.held.values()) {
      if (model.kind !== 'entity' || !concerns(model)) continue
      if (this.#parkedStreams.has(`${model.name}\n${stored.stream}`)) continue
      this.#parkStream(model.name, tenant, stored.stream, stored, problem.message)
    }
  }

  #parkStream(model: string, tenant: string, stream: string, event: { id: string; type: string; position: string }, reason: string): void {
    this.#parkNow({ model, tenant, key: `stream ${stream}`, event: { id: event.id, type: event.type, position: event.position }, reason })
  }

  #parkNow(entry: Parked): void {
    this.#remember(entry)
    this.#newParked.push(entry)
  }

  #waitsInStream(held: Held, event: RecordedEvent): boolean {
    const entry = this.#parkedStreams.get(`${held.model.name}\n${event.stream}`)
    if (!entry || entry.event.position > event.position) return false
    this.#countWaiting(entry)
    return true
  }

  #countWaiting(entry: Parked): void {
    const name = `${entry.model}\n${entry.tenant}\n${entry.key}`
    this.#waiting.set(name, (this.#waiting.get(name) ?? 0) + 1)
  }

  /** Rows loaded for slots that were missing; what is not among them does not exist. */
  provide(missing: readonly Missing[], loaded: readonly { model: ReadModel; rows: readonly { tenant: string; row: Row }[] }[]): void {
    for (const { model, rows } of loaded) {
      const held = this.#heldOf(model)
      for (const { tenant, row } of rows) {
        const slot = held.find(tenant, held.idOf(row))
        if (!slot) continue
        slot.row = row
        slot.before = row
        slot.state = 'present'
      }
    }
    for (const { slots } of missing) for (const slot of slots) if (slot.state === 'unknown') slot.state = 'absent'
  }

  /** Rows known from elsewhere, held from the start (a board's, zones'). */
  hold(model: ReadModel, rows: readonly { tenant: string; row: Row }[]): void {
    const held = this.#heldOf(model)
    for (const { tenant, row } of rows) {
      const id = held.idOf(row)
      if (held.find(tenant, id)) continue
      const parked = this.#parked.size > 0 && this.#parked.has(`${model.name}\n${tenant}\n${id}`)
      held.add({ tenant, id, key: pick(row, held.keyNames), row, before: row, state: 'present', page: 0, parked })
    }
  }

  /** Step 2: folds the page. Answers with sums that are not held. */
  apply(): Missing[] {
    for (const step of this.#steps) this.#applyOne(step)
    this.#steps = []
    const missing: Missing[] = []
    for (const held of this.held.values()) {
      if (held.sums.length === 0) continue
      for (const slot of held.touched) {
        if (slot.row === slot.before) continue
        for (const { held: sum, source } of held.sums) this.#addUp(sum, source, slot)
      }
    }
    for (const held of this.held.values()) {
      if (held.model.kind !== 'aggregate') continue
      const slots = held.touched.filter((slot) => slot.state === 'unknown')
      if (slots.length > 0) missing.push({ model: held.model, slots })
    }
    return missing
  }

  #applyOne({ event, held, on, slot }: Step): void {
    if (slot.parked) {
      const entry = this.#parked.get(`${held.model.name}\n${slot.tenant}\n${slot.id}`)
      if (entry && entry.event.position <= event.position) return this.#countWaiting(entry)
    }
    const before = slot.row
    let after: Row | null
    let follows: { held: Held; changes: readonly DerivedChange<Row>[] }[] | null = null
    try {
      after = on(before, event, this.#placeOf(slot))
      if (after === before) return
      if (after !== null) {
        const wrong = held.misfit(after)
        if (wrong) throw new Error(wrong)
        if (held.idOf(after) !== slot.id) throw new Error(`the row's key is not the event's: ${held.idOf(after)} for ${slot.id}`)
      }
      for (const derived of held.derived) {
        const changes = (derived.model as Derived).derive(before, after)
        for (const change of changes) {
          const wrong = derived.misfit(change.after)
          if (wrong) throw new Error(`${derived.model.name}: ${wrong}`)
        }
        if (changes.length > 0) (follows ??= []).push({ held: derived, changes })
      }
    } catch (error) {
      slot.parked = true
      const { id, type, position } = event
      return this.#parkNow({ model: held.model.name, tenant: slot.tenant, key: slot.id, event: { id, type, position }, reason: reasonOf(error) })
    }
    slot.row = after
    if (held === this.#zones) this.#place.tenant = ''
    if (follows) for (const { held: derived, changes } of follows) for (const change of changes) this.#follow(derived, slot.tenant, change)
  }

  /** A derived row's change: held while the page lasts, or while a rebuild waits for it to finish. */
  #follow(held: Held, tenant: string, change: DerivedChange<Row>): void {
    const id = held.idOf(change.after)
    let slot = held.find(tenant, id)
    if (!slot) {
      const { before } = change
      slot = held.add({ tenant, id, key: pick(change.after, held.keyNames), row: before, before, state: before === null ? 'absent' : 'present', page: 0, parked: false })
    }
    slot.row = change.after
    if (slot.page !== this.#page) {
      slot.page = this.#page
      held.touched.push(slot)
    }
  }

  /** Takes off what the row contributed before and adds what it contributes now. */
  #addUp(sum: Held, source: AggregateSource, slot: Slot): void {
    if (slot.before !== null) for (const part of source.contribute(slot.before)) this.#collect(sum, slot.tenant, part, -1)
    if (slot.row !== null) for (const part of source.contribute(slot.row)) this.#collect(sum, slot.tenant, part, 1)
  }

  #collect(sum: Held, tenant: string, { key, add }: Contribution, sign: 1 | -1): void {
    const id = sum.idOf(key)
    let slot = sum.find(tenant, id)
    if (!slot) {
      const state = this.#rebuilding && sum.left === 0 ? 'absent' : 'unknown'
      slot = sum.add({ tenant, id, key: pick(key, sum.keyNames), row: null, before: null, state, page: 0, parked: false })
    }
    let deltas = sum.deltas.get(slot)
    if (!deltas) sum.deltas.set(slot, (deltas = new Map()))
    for (const name in add) {
      const value = add[name]!
      if (typeof value === 'number') {
        if (value !== 0) deltas.set(name, ((deltas.get(name) as number | undefined) ?? 0) + sign * value)
        continue
      }
      let buckets = deltas.get(name) as number[] | undefined
      if (!buckets) deltas.set(name, (buckets = []))
      const { bucket } = value as Bucket
      while (buckets.length <= bucket) buckets.push(0)
      buckets[bucket]! += sign
    }
    if (slot.page !== this.#page) {
      slot.page = this.#page
      sum.touched.push(slot)
      // The oldest in the map leave first: what is touched moves to its end.
      const rows = sum.tenants.get(tenant)!
      rows.delete(id)
      rows.set(id, slot)
    }
  }

  /** Step 3: what the page changed. The rows given out never change afterwards. */
  changes(): Changes {
    const changes: Changes = { page: this.#page, tables: [], parked: this.#newParked, waiting: this.#waiting, touched: [] }
    this.#newParked = []
    this.#waiting = new Map()
    for (const held of this.held.values()) {
      if (held.touched.length === 0) continue
      for (const [slot, deltas] of held.deltas) slot.row = sumOf(held, slot, deltas)
      held.deltas.clear()
      const table: TableChanges = { model: held.model, inserts: [], updates: [], removes: [] }
      for (const slot of held.touched) {
        const { row, before } = slot
        if (row === before) continue
        const written = { tenant: slot.tenant, key: slot.key, row }
        if (row === null) table.removes.push(written)
        else if (before === null) table.inserts.push(written)
        else table.updates.push(written)
        slot.before = row
      }
      if (table.inserts.length + table.updates.length + table.removes.length > 0) changes.tables.push(table)
      changes.touched.push({ held, slots: held.touched })
      held.touched = []
    }
    return changes
  }

  /**
   * Step 4, after the page is written: rows that are finished leave memory, and the oldest where there are
   * too many. A rebuild, which writes a row only when it leaves, says with `leave` where it goes.
   */
  settle(changes: Changes, leave?: (model: ReadModel, slot: Slot) => void): void {
    for (const { held, slots } of changes.touched) {
      const { model } = held
      for (const slot of slots) {
        if (slot.page > changes.page || slot.parked) continue
        if (slot.row === null ? !leave || slot.state !== 'present' : isFinished(model, slot.row, leave !== undefined)) this.#leave(held, slot, leave)
      }
      if (held.size > this.#limit) this.#trim(held, changes.page, leave)
    }
  }

  /** The end of a rebuild's long read: every row leaves. */
  leaveAll(leave: (model: ReadModel, slot: Slot) => void): void {
    for (const held of this.held.values()) for (const rows of held.tenants.values()) for (const slot of rows.values()) this.#leave(held, slot, leave)
  }

  #leave(held: Held, slot: Slot, leave?: (model: ReadModel, slot: Slot) => void): void {
    held.drop(slot)
    if (!leave || (slot.row === null && slot.state !== 'present')) return
    held.left++
    leave(held.model, slot)
  }

  #trim(held: Held, page: number, leave?: (model: ReadModel, slot: Slot) => void): void {
    const board = held.model.kind === 'entity' ? held.model.board : null
    // An open derived row cannot be asked for again; there are no more of them than rows that they follow from.
    if (board === true || held.model.kind === 'derived') return
    const wanted = this.#limit * 0.9
    for (const rows of held.tenants.values()) {
      for (const slot of rows.values()) {
        if (held.size <= wanted) return
        if (slot.page > page || slot.parked || (board !== null && slot.row?.[board] === null)) continue
        this.#leave(held, slot, leave)
      }
    }
  }

  /** All rows held of a model. */
  rowsOf(model: ReadModel): { tenant: string; row: Row }[] {
    const found: { tenant: string; row: Row }[] = []
    for (const [tenant, rows] of this.#heldOf(model).tenants) for (const { row } of rows.values()) if (row !== null) found.push({ tenant, row })
    return found
  }

  /** Rows held of a board's model, by tenant. */
  boardRows(model: Entity): Map<string, Row[]> {
    const { board } = model
    const found = new Map<string, Row[]>()
    for (const [tenant, rows] of this.#heldOf(model).tenants) {
      const list: Row[] = []
      for (const { row } of rows.values()) if (row !== null && (board === true || (board !== null && row[board] === null))) list.push(row)
      if (list.length > 0) found.set(tenant, list)
    }
    return found
  }
}

/** Derived rows are held only by a rebuild, which must not write them twice; live, each change brings its row along. */
function isFinished(model: ReadModel, row: Row, rebuilding: boolean): boolean {
  if (model.kind === 'entity') return model.finished(row)
  return model.kind === 'derived' && (!rebuilding || model.finished(row))
}

/** A sum's new row: a copy, because rows that were given out never change. No row where everything is 0. */
function sumOf(held: Held, slot: Slot, deltas: ReadonlyMap<string, number | number[]>): Row | null {
  const { model } = held
  const row: Record<string, unknown> = slot.row ? { ...slot.row } : emptySum(model, slot.key)
  let changed = false
  for (const [name, delta] of deltas) {
    if (typeof delta === 'number') {
      if (delta === 0) continue
      row[name] = (row[name] as number) + delta
    } else {
      if (!delta.some((value) => value !== 0)) continue
      row[name] = addBuckets(row[name] as readonly number[], delta)
    }
    changed = true
  }
  if (!changed) return slot.row
  for (const name of Object.keys(model.columns)) {
    const value = row[name]
    if (typeof value === 'number' ? value !== 0 : (value as readonly number[]).length > 0) return row
  }
  return null
}

function emptySum(model: ReadModel, key: Row): Record<string, unknown> {
  const row: Record<string, unknown> = { ...key }
  for (const [name, { sql }] of Object.entries(model.columns)) row[name] = sql === 'bigint[]' ? [] : 0
  return row
}

/** Histograms end at their last bucket that is not empty. */
function addBuckets(counts: readonly number[], delta: readonly number[]): number[] {
  const sum = counts.slice()
  for (let index = 0; index < delta.length; index++) sum[index] = (sum[index] ?? 0) + delta[index]!
  while (sum.length > 0 && sum[sum.length - 1] === 0) sum.pop()
  return sum
}

function planOf(missing: ReadonlyMap<Held, Slot[]>): Plan {
  return { missing: [...missing].map(([{ model }, slots]) => ({ model, slots })) }
}

function pick(row: Row, names: readonly string[]): Row {
  const key: Record<string, unknown> = {}
  for (const name of names) key[name] = row[name]
  return key
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
