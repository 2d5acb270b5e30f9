/**
 * The fold of a set of read models over pages of events, in memory. It knows nothing of tables: its user (the live lane, a
 * rebuild, an answer as of a moment) loads the rows it asks for and writes the changes it returns.
 *
 * A page goes through these steps, the first two once for each of its parts:
 *   const missing = fold.plan(events)       which rows are needed that are not held
 *   … load them, fold.provide(…), fold.apply()
 *   const sums = fold.sums()                which sums are not held
 *   … load them, fold.provide(…)
 *   const changes = fold.changes()          what is to be written
 *   … write, then fold.settle(changes)      forgets what is finished
 *
 * The next page may be planned and applied while the last one is being written: rows leave memory only when they are
 * settled, so no row is loaded while it is being written.
 */
import { momentOf } from '@ledgerline/core/kernel/stored-event.ts'
import type { RecordedEvent } from '@ledgerline/core/kernel/event.ts'
import type { LogEvent } from '@ledgerline/core/kernel/log.ts'
import type { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Changes, Job, LateEvent, Loaded, Missing, TableChanges } from './changes.ts'
import type { EventRules } from './event-rules.ts'
import { Held, type Slot } from './held.ts'
import type { ReadModels } from './lanes.ts'
import { jobsOf, type Wanted } from './jobs.ts'
import type { Derived, DerivedChange, Entity, Place, ReadModel, Row } from './model.ts'
import { Parking, type Parked } from './parking.ts'
import { addUp, loadedUnder, settled } from './sums.ts'

/** Time zone of a tenant that has not set one. */
export const DEFAULT_ZONE = 'Asia/Shanghai'

/** Models that do not depend on any other model. */
export type Folded = Pick<ReadModels, 'models' | 'zones' | 'events'>

export interface FoldOptions {
  /**
   * Most rows held of one model, not counting the board's; those not touched for longest leave first. Default 200,000,
   * a quarter of that for sums.
   */
  limit?: number
  /** Load every row from the table, even if the event begins it. */
  careful?: boolean
  /**
   * For a rebuild: the tables are empty and only this fold fills them. A row that is not held and has not left does not
   * exist; events for rows that may have left go to `late`, to be folded once the table can be queried.
   */
  late?: (model: Entity, late: LateEvent) => void
  /** Effects for which jobs are made; only used by a live lane. */
  effects?: Wanted | null
}

type OnEvent = (row: Row | null, event: RecordedEvent, place: Place) => Row | null
type KeysOf = (event: RecordedEvent) => readonly Row[]
type BeginsRow = true | ((key: Row, event: RecordedEvent) => boolean)

/** How one model takes one type of event. */
interface Handler {
  held: Held
  on: OnEvent
  keysOf: KeysOf | null
  begins: BeginsRow | null
}

/** Takes the place of the data of an event that cannot be read. */
interface Unreadable {
  type: string
  reason: string
  concerned: readonly Held[]
}

interface Step {
  event: RecordedEvent
  handler: Handler
  slot: Slot
}

const LIMIT = 200_000
/** Marks an event that cannot be read; no type in the log has this name. */
const UNREADABLE = ' unreadable'

export class Fold {
  readonly held = new Map<string, Held>()
  /** While true, every row is loaded. */
  careful: boolean
  readonly #handlers = new Map<string, Handler[]>()
  readonly #limit: number
  readonly #zones: Held | null
  readonly #events: EventRules
  readonly #parking: Parking
  readonly #late: FoldOptions['late']
  readonly #lateKeys = new Set<string>()
  readonly #place = { tenant: '', zone: DEFAULT_ZONE, key: {} as Row }
  #page = 1
  #steps: Step[] = []
  readonly #effects: Wanted | null
  #jobs: Job[] = []
  /** Events that could not be read, since the last {@link plan}: their streams are set aside in turn. */
  #unreadable: RecordedEvent<string, Unreadable>[] = []

  /** `zones` is the entity whose rows say each tenant's zone (column `zone`); it must be first in `models`. */
  constructor({ models, zones, events }: Folded, options: FoldOptions = {}) {
    this.#events = events
    this.#parking = new Parking(events)
    this.#limit = options.limit ?? LIMIT
    this.careful = options.careful ?? false
    this.#late = options.late
    this.#effects = options.effects ?? null
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
      const list = this.#handlers.get(type) ?? []
      this.#handlers.set(type, list)
      list.push({
        held,
        on,
        keysOf: model.keysOf[type] ?? null,
        begins: model.begins[type] ?? null,
      })
    }
    const { aside } = model
    const { subjectOf } = this.#events
    if (!aside) return
    const marks = this.#handlers.get(UNREADABLE) ?? []
    this.#handlers.set(UNREADABLE, marks)
    marks.push({
      held,
      on: (row, { stream }) => row && (aside.on(row as never, subjectOf(stream).id) as Row),
      keysOf: ({ stream }) => {
        const { category, id } = subjectOf(stream)
        return category === aside.category ? [aside.keyOf(id)] : []
      },
      begins: null,
    })
  }

  #heldOf(model: ReadModel): Held {
    const held = this.held.get(model.name)
    if (!held) throw new Error(`${model.name} is folded together with the models that follow from it`)
    return held
  }

  /** Types of events that any of the models folds, and those after which a waiting stream counts again. */
  types(): string[] {
    return [...new Set([...this.#handlers.keys(), ...this.#events.closes])].filter((type) => type !== UNREADABLE)
  }

  /** Keys parked earlier, so that later events for them keep waiting. */
  park(parked: readonly Parked[]): void {
    for (const entry of parked) this.#parking.remember(entry)
  }

  /** Rows known from elsewhere, held from the start (a board's, zones'). */
  hold(model: ReadModel, rows: Loaded['rows']): void {
    const held = this.#heldOf(model)
    for (const { tenant, row } of rows)
      if (!held.find(tenant, row)) this.#add(held, tenant, held.keyOf(row), row, 'present')
  }

  #add(held: Held, tenant: string, key: Row, row: Row | null, state: Slot['state']): Slot {
    const slot = held.add(tenant, key, row, state)
    if (!this.#parking.empty) slot.parked = this.#parking.isParked(held.model.name, tenant, held.textOf(key))
    return slot
  }

  /** Step 1: which rows the page needs. */
  plan(events: readonly RecordedEvent[]): Missing[] {
    const missing = new Map<Held, Slot[]>()
    for (const event of this.#withUnreadable(events)) {
      if (event.type === UNREADABLE) {
        this.#setAside(event as RecordedEvent<string, Unreadable>, missing)
        continue
      }
      if (!this.#parking.empty) this.#parking.resume(event, this.held.keys())
      const handlers = this.#handlers.get(event.type)
      if (!handlers) continue
      for (const handler of handlers) {
        const { held, keysOf } = handler
        if (this.#parking.streamWaits(held.model.name, event)) continue
        if (keysOf === null) {
          this.#step(event, handler, event.data as Row, missing)
          continue
        }
        try {
          for (const key of keysOf(event)) this.#step(event, handler, key, missing)
        } catch (error) {
          this.#parking.parkStream(held.model.name, event.tenant, event.stream, event, reasonOf(error))
        }
      }
    }
    return listed(missing)
  }

  /** Step 1 for events that came late for rows of one model: only those rows are folded, and what follows from them. */
  planLate(model: Entity, late: readonly LateEvent[]): Missing[] {
    const missing = new Map<Held, Slot[]>()
    const held = this.#heldOf(model)
    for (const { event, key } of late) {
      const handler = this.#handlers.get(event.type)?.find((candidate) => candidate.held === held)
      if (handler && (event.type === UNREADABLE || !this.#parking.streamWaits(model.name, event)))
        this.#step(event, handler, key, missing)
    }
    return listed(missing)
  }

  /** `key`: anything that has the key's columns. */
  #step(event: RecordedEvent, handler: Handler, key: Row, missing: Map<Held, Slot[]>): void {
    const { held } = handler
    let slot = held.find(event.tenant, key)
    if (!slot) {
      const own = held.keyOf(key)
      const begins = handler.begins === true || (handler.begins !== null && handler.begins(own, event))
      if (this.#late && held.left > 0 && this.#isLate(held, event, own, begins)) return
      const known = this.#late !== undefined || (begins && !this.careful)
      slot = this.#add(held, event.tenant, own, null, known ? 'absent' : 'unknown')
      if (!known) {
        const slots = missing.get(held)
        if (slots) slots.push(slot)
        else missing.set(held, [slot])
      }
    }
    held.touch(slot, this.#page)
    this.#steps.push({ event, handler, slot })
  }

  /** In a rebuild: may the event's row have left? Then this event, and all later ones of its key, wait. */
  #isLate(held: Held, event: RecordedEvent, key: Row, begins: boolean): boolean {
    const name = `${held.model.name}\n${event.tenant}\n${held.textOf(key)}`
    if (begins && !this.#lateKeys.has(name)) return false
    this.#lateKeys.add(name)
    this.#late!(held.model as Entity, { event, key })
    return true
  }

  /**
   * An event that could not be read: its stream is parked for every model that folds such events. Call before {@link
   * plan}.
   */
  unreadable(stored: LogEvent, tenant: string, problem: Problem, concerns: (model: Entity) => boolean): void {
    const { id, stream, revision, position, recordedAt } = stored
    const concerned = [...this.held.values()].filter(({ model }) => model.kind === 'entity' && concerns(model))
    const data = { type: stored.type, reason: problem.message, concerned }
    const unsaid = {
      actor: '',
      at: momentOf(stored) ?? recordedAt,
      origin: 'live' as const,
      correlation: null,
      causation: null,
      schema: 0,
    }
    this.#unreadable.push({ id, type: UNREADABLE, tenant, stream, revision, position, recordedAt, data, ...unsaid })
  }

  /** The events, with those that could not be read in their places. */
  #withUnreadable(events: readonly RecordedEvent[]): readonly RecordedEvent[] {
    if (this.#unreadable.length === 0) return events
    const all = [...events, ...this.#unreadable].sort((a, b) => (a.position < b.position ? -1 : 1))
    this.#unreadable = []
    return all
  }

  /** Parks a stream, and marks the rows that show this about themselves. */
  #setAside(event: RecordedEvent<string, Unreadable>, missing: Map<Held, Slot[]>): void {
    const { tenant, stream, data } = event
    const marks = this.#handlers.get(UNREADABLE) ?? []
    for (const held of data.concerned) {
      if (!this.#parking.parkStream(held.model.name, tenant, stream, { ...event, type: data.type }, data.reason, true))
        continue
      for (const handler of marks)
        if (handler.held === held) for (const key of handler.keysOf!(event)) this.#step(event, handler, key, missing)
    }
  }

  /** Rows loaded for slots that were missing; any that are not among them do not exist. */
  provide(missing: readonly Missing[], loaded: readonly Loaded[]): void {
    for (const { model, rows } of loaded) {
      const held = this.#heldOf(model)
      for (const { tenant, row } of rows) {
        const slot = held.find(tenant, row)
        if (!slot) continue
        loadedUnder(slot, row)
        slot.row = row
        slot.before = row
        slot.state = 'present'
      }
    }
    for (const { slots } of missing) for (const slot of slots) if (slot.state === 'unknown') slot.state = 'absent'
  }

  /** Step 2: folds what was planned. */
  apply(): void {
    for (const step of this.#steps) this.#applyOne(step)
    this.#steps = []
  }

  /** Step 3: adds up what the page's rows contribute. Returns sums that are not held. */
  sums(): Missing[] {
    const missing = new Map<Held, Slot[]>()
    const add = (sum: Held, tenant: string, key: Row): Slot => {
      const nowhere = this.#late !== undefined && sum.left === 0
      const slot = sum.add(tenant, sum.keyOf(key), null, nowhere ? 'absent' : 'unknown')
      if (!nowhere) {
        const slots = missing.get(sum)
        if (slots) slots.push(slot)
        else missing.set(sum, [slot])
      }
      return slot
    }
    for (const held of this.held.values()) {
      if (held.model.kind === 'aggregate') continue
      for (const slot of held.touched) {
        if (slot.row === slot.before || !this.#fitsTable(held, slot)) continue
        for (const { held: sum, source } of held.sums) addUp(sum, source, slot, this.#page, add)
      }
    }
    return listed(missing)
  }

  #applyOne({ event, handler, slot }: Step): void {
    const { held, on } = handler
    if (slot.parked && this.#parking.keyWaits(held.model.name, slot.tenant, held.textOf(slot.key), event.position))
      return
    const before = slot.row
    try {
      const after = on(before, event, this.#placeOf(slot))
      if (after === before) return
      if (after !== null && !held.fits(after, slot))
        throw new Error(`the row's key is not the event's: ${held.textOf(after)} for ${held.textOf(slot.key)}`)
      // All rows that follow are known before any of them counts.
      const follows = held.derived.map((derived) => (derived.model as Derived).derive(before, after))
      const { effects } = held.model as Entity
      const jobs = this.#effects && effects ? jobsOf(held.model as Entity, before, after, event, this.#effects) : null
      slot.row = after
      if (jobs) this.#jobs.push(...jobs)
      for (const [index, changes] of follows.entries())
        for (const change of changes) this.#follow(held.derived[index]!, slot.tenant, change)
    } catch (error) {
      return this.#parkKey(held, slot, event, reasonOf(error))
    }
    if (held === this.#zones) this.#place.tenant = ''
  }

  #parkKey(held: Held, slot: Slot, { id, type, position, revision }: Parked['event'], reason: string): void {
    slot.parked = true
    this.#parking.park({
      model: held.model.name,
      tenant: slot.tenant,
      key: held.textOf(slot.key),
      event: { id, type, position, revision },
      reason,
      resumed: null,
    })
  }

  /** The fold's position; one reused object, because it is needed at every step. */
  #placeOf(slot: Slot): Place {
    const place = this.#place
    if (slot.tenant !== place.tenant) {
      const zone = this.#zones?.find(slot.tenant, {})?.row?.zone
      place.tenant = slot.tenant
      place.zone = typeof zone === 'string' ? zone : DEFAULT_ZONE
    }
    place.key = slot.key
    return place
  }

  /** A derived row's change: held while the page lasts, or during a rebuild until it is finished. */
  #follow(held: Held, tenant: string, { before, after }: DerivedChange<Row>): void {
    const slot =
      held.find(tenant, after) ?? held.add(tenant, held.keyOf(after), before, before === null ? 'absent' : 'present')
    slot.row = after
    held.touch(slot, this.#page)
  }

  /**
   * A number or an instant that no table can hold (an absurd field of an event) must not stop the page: the row stays as
   * it was and its key is parked.
   */
  #fitsTable(held: Held, slot: Slot): boolean {
    const wrong = slot.row === null ? null : held.misfit(slot.row)
    if (wrong === null) return true
    slot.row = slot.before
    this.#parkKey(held, slot, { id: '', type: '', position: '', revision: null }, wrong)
    return false
  }

  /** Step 4: what the page changed. The returned rows never change afterwards. */
  changes(): Changes {
    const changes: Changes = { page: this.#page, tables: [], jobs: this.#jobs, ...this.#parking.take(), touched: [] }
    for (const held of this.held.values()) {
      if (held.touched.length === 0) continue
      const table: TableChanges = { model: held.model, inserts: [], updates: [], removes: [] }
      for (const slot of held.touched) {
        if (slot.draft) {
          slot.row = settled(slot, held.model)
          slot.draft = null
        }
        const { tenant, key, row, before } = slot
        if (row === before) continue
        const list = row === null ? table.removes : before === null ? table.inserts : table.updates
        list.push({ tenant, key, row })
        slot.before = row
      }
      if (table.inserts.length + table.updates.length + table.removes.length > 0) changes.tables.push(table)
      changes.touched.push({ held, slots: held.touched })
      held.touched = []
    }
    this.#jobs = []
    this.#page++
    return changes
  }

  /**
   * Step 5, after the page is written: finished rows leave memory, as do the oldest if there are too many. A rebuild,
   * which writes a row only when it leaves, handles it in `leave`.
   */
  settle(changes: Changes, leave?: (model: ReadModel, slot: Slot) => void): void {
    for (const { held, slots } of changes.touched) {
      const { model } = held
      for (const slot of slots) {
        if (slot.page > changes.page || slot.parked) continue
        if (slot.row === null ? !leave || slot.state !== 'present' : isFinished(model, slot.row, leave !== undefined))
          this.#leave(held, slot, leave)
      }
      if (held.size > this.#limitOf(held)) this.#trim(held, changes.page, leave)
    }
  }

  /** The end of a rebuild's long read: every row leaves. */
  leaveAll(leave: (model: ReadModel, slot: Slot) => void): void {
    for (const held of this.held.values()) for (const slot of [...held.slots()]) this.#leave(held, slot, leave)
  }

  #leave(held: Held, slot: Slot, leave?: (model: ReadModel, slot: Slot) => void): void {
    held.drop(slot)
    if (!leave || (slot.row === null && slot.state !== 'present')) return
    held.left++
    leave(held.model, slot)
  }

  #limitOf(held: Held): number {
    return held.model.kind === 'aggregate' ? Math.ceil(this.#limit / 4) : this.#limit
  }

  #trim(held: Held, page: number, leave?: (model: ReadModel, slot: Slot) => void): void {
    const board = held.model.kind === 'entity' ? held.model.board : null
    // An open derived row cannot be loaded again; there are no more of them than rows they follow from.
    if (board === true || held === this.#zones || held.model.kind === 'derived') return
    const old: Slot[] = []
    for (const slot of held.slots())
      if (slot.page <= page && !slot.parked && !(board !== null && slot.row?.[board] === null)) old.push(slot)
    old.sort((a, b) => a.page - b.page)
    const surplus = held.size - Math.floor(this.#limitOf(held) * 0.9)
    for (const slot of old.slice(0, surplus)) this.#leave(held, slot, leave)
  }

  /** All rows held of a model. */
  rowsOf(model: ReadModel): { tenant: string; row: Row }[] {
    const found: { tenant: string; row: Row }[] = []
    for (const { tenant, row } of this.#heldOf(model).slots()) if (row !== null) found.push({ tenant, row })
    return found
  }

  /** The rows of a board's model that are on the board. */
  boardRows({ name, board }: Entity, tenant: string): Row[] {
    const found: Row[] = []
    for (const { row } of this.held.get(name)!.slots(tenant))
      if (row !== null && (board === true || (board !== null && row[board] === null))) found.push(row)
    return found
  }
}

/** Only a rebuild holds derived rows, since it must not write them twice; live, each change brings its row along. */
function isFinished(model: ReadModel, row: Row, rebuilding: boolean): boolean {
  if (model.kind === 'entity') return model.finished(row)
  return model.kind === 'derived' && (!rebuilding || model.finished(row))
}

function listed(missing: ReadonlyMap<Held, Slot[]>): Missing[] {
  return [...missing].map(([{ model }, slots]) => ({ model, slots }))
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
