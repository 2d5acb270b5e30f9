/**
 * Writes many records of a large register at once, each to its own stream, as a single command on it would be decided.
 * What is there is looked up for all of them together; where that proves out of date, the record's own stream decides.
 *
 * Ids of events follow from the task and the row of its file: a batch that is written again after a crash writes nothing,
 * and says the same of each row.
 */
import type { Codec, Draft } from '../kernel/codec.ts'
import { derivedId } from '../kernel/derived-id.ts'
import { streamName, type Position, type RecordedEvent } from '../kernel/event.ts'
import { isConflict, type Append, type EventLog } from '../kernel/log.ts'
import { Problem } from '../kernel/problem.ts'
import { changeOf } from './book.ts'
import type { Entry } from './entry.ts'
import type { Values } from './fields.ts'
import type { Kind, RecordEvent } from './kind.ts'
import {
  addedOf,
  idOfKey,
  LARGE_CATEGORY,
  largeDecider,
  removedOf,
  type LargeDecider,
  type LargeRecord,
} from './large.ts'

/** What to do with a row whose record is there already. */
export const conflictRules = ['skip', 'update', 'report'] as const
export type ConflictRule = (typeof conflictRules)[number]

/** What became of a row: `same`: the record says so already; `taken`: it is there, and was to be reported. */
export type Outcome = 'added' | 'changed' | 'same' | 'skipped' | 'taken'

/** A record as tables have it. */
export interface There {
  version: number
  values: Values
}

export interface BulkOptions {
  log: EventLog
  codec: Codec
  kind: Kind
  tenant: string
  actor: string
  taskId: string
  now: () => number
  /** Those of these records that are there, as far as tables know. */
  lookUp(recordIds: readonly string[]): Promise<ReadonlyMap<string, There>>
}

/** One record to be written. @property row of the file, from 1 */
export interface BulkRow {
  row: number
  values: Values
}

/** A record to be taken away again, or put back as it was. */
export interface Reverse {
  recordId: string
  /** The version that the task gave it: something happened since if it is another. */
  version: number
  /** As it was before; null: it was not there. */
  before: Values | null
  /** The record with which it goes. */
  because?: string
}

interface Written<T> {
  results: T[]
  /** Where the log was after it; null: nothing was written. */
  position: Position | null
}

interface Planned {
  row: number
  recordId: string
  values: Values
  state: LargeRecord
}

const ATTEMPTS = 8
/** Streams that are read at once. */
const READ_AT_ONCE = 50
/** Stands for a row: what is taken back comes from none. */
const REVERSED = 0
const absent: LargeRecord = { entry: null, version: 0 }

export class Bulk {
  readonly #with: BulkOptions
  readonly #decider: LargeDecider
  #position: Position | null = null

  constructor(options: BulkOptions) {
    this.#with = options
    this.#decider = largeDecider(options.kind)
  }

  idOf(values: Values): string {
    const { codec, kind, tenant } = this.#with
    return idOfKey(kind, values, (text) => codec.digest(tenant, text))
  }

  /**
   * Adds these records, or does with those that are there what the rule says. Rows are carried out in order, also where
   * several are about one record.
   * @param again a part of this may have been written before: each record that is there is asked whether this wrote it
   */
  async write(rows: readonly BulkRow[], rule: ConflictRule, again: boolean): Promise<Written<Outcome>> {
    this.#position = null
    const outcomes = new Map<number, Outcome>()
    let left = rows.map((row) => ({ ...row, recordId: this.idOf(row.values) }))
    let known = await this.#with.lookUp([...new Set(left.map(({ recordId }) => recordId))])
    while (left.length > 0) {
      const met = new Set<string>()
      const turn: Planned[] = []
      const later: typeof left = []
      for (const one of left) {
        if (met.has(one.recordId)) later.push(one)
        else {
          met.add(one.recordId)
          turn.push({ ...one, state: stateOf(known.get(one.recordId)) })
        }
      }
      const states = await this.#turn(turn, rule, again, outcomes)
      known = new Map(
        [...states].flatMap(([id, { entry, version }]) => (entry ? [[id, { version, values: entry.values }]] : [])),
      )
      left = later
    }
    return { results: rows.map(({ row }) => outcomes.get(row)!), position: this.#position }
  }

  /** What would become of these rows; nothing is written. */
  async wouldBe(rows: readonly BulkRow[], rule: ConflictRule): Promise<Outcome[]> {
    const known = await this.#with.lookUp(rows.map(({ values }) => this.idOf(values)))
    const states = new Map<string, LargeRecord>()
    return rows.map(({ values }) => {
      const recordId = this.idOf(values)
      const state = states.get(recordId) ?? stateOf(known.get(recordId))
      const { outcome, event } = this.#decide({ row: 0, recordId, values, state }, rule)
      states.set(recordId, event ? this.#after(state, event) : state)
      return outcome
    })
  }

  /**
   * Takes back what a task did, where nothing happened since.
   * @param again a part of this may have been written before
   * @returns for each whether it is taken back
   */
  async reverse(records: readonly Reverse[], again: boolean): Promise<Written<boolean>> {
    this.#position = null
    const { kind } = this.#with
    const known = await this.#with.lookUp(records.map(({ recordId }) => recordId))
    const plans = records.map(({ recordId, version, before, because = null }, index) => {
      const now = known.get(recordId)
      if (now?.version !== version) return null
      const event = before === null ? removedOf(kind, recordId, because) : changeOf(kind, recordId, now.values, before)
      return event && { row: REVERSED, recordId, event, version, index }
    })
    const wanted = plans.filter((plan) => plan !== null)
    const answers = await this.#append(wanted)
    const done = new Set(wanted.flatMap(({ index }, at) => (answers[at] ? [index] : [])))
    if (again)
      for (const [index, { recordId, before, version }] of records.entries()) {
        if (done.has(index)) continue
        const outcomes = new Map<number, Outcome>()
        await this.#asWritten(
          { row: REVERSED, recordId, values: before ?? {}, state: { ...absent, version } },
          outcomes,
        )
        if (outcomes.size > 0) done.add(index)
      }
    return { results: records.map((_, index) => done.has(index)), position: this.#position }
  }

  async #turn(
    turn: readonly Planned[],
    rule: ConflictRule,
    again: boolean,
    outcomes: Map<number, Outcome>,
  ): Promise<Map<string, LargeRecord>> {
    const states = new Map<string, LargeRecord>()
    const isAsked = ({ state }: Planned): boolean => again && state.version > 0
    let plans = [
      ...turn.filter((plan) => !isAsked(plan)),
      ...(await this.#allAsWritten(turn.filter(isAsked), outcomes)),
    ]
    for (let attempt = 1; plans.length > 0; attempt++) {
      if (attempt > ATTEMPTS) throw new Problem('log.conflict', { stream: plans[0]!.recordId, expected: 0, actual: 0 })
      const toWrite: {
        row: number
        recordId: string
        event: RecordEvent
        version: number
        plan: Planned
        outcome: Outcome
      }[] = []
      for (const plan of plans) {
        if (outcomes.has(plan.row)) {
          states.set(plan.recordId, plan.state)
          continue
        }
        const { outcome, event } = this.#decide(plan, rule)
        if (event) toWrite.push({ ...plan, event, version: plan.state.version, plan, outcome })
        else {
          outcomes.set(plan.row, outcome)
          states.set(plan.recordId, plan.state)
        }
      }
      const written = await this.#append(toWrite)
      const lost: Planned[] = []
      for (const [index, { plan, outcome, event }] of toWrite.entries())
        if (written[index]) {
          outcomes.set(plan.row, outcome)
          states.set(plan.recordId, this.#after(plan.state, event))
        } else lost.push(plan)
      // Tables were behind, or somebody else was quicker: its own stream knows.
      plans = await this.#allAsWritten(lost, outcomes)
    }
    return states
  }

  #decide({ recordId, values, state }: Planned, rule: ConflictRule): { outcome: Outcome; event: RecordEvent | null } {
    const { kind } = this.#with
    if (!state.entry) return { outcome: 'added', event: addedOf(kind, recordId, values) }
    if (rule === 'report') return { outcome: 'taken', event: null }
    if (rule === 'skip') return { outcome: 'skipped', event: null }
    const event = changeOf(kind, recordId, state.entry.values, values)
    return { outcome: event ? 'changed' : 'same', event }
  }

  #after(state: LargeRecord, event: RecordEvent): LargeRecord {
    return this.#decider.evolve(state, { ...event, at: this.#with.now() })
  }

  /** Some at a time: a whole part at once would wait for the log longer than it may take to answer. */
  async #allAsWritten(plans: readonly Planned[], outcomes: Map<number, Outcome>): Promise<Planned[]> {
    const all: Planned[] = []
    for (let from = 0; from < plans.length; from += READ_AT_ONCE)
      all.push(
        ...(await Promise.all(plans.slice(from, from + READ_AT_ONCE).map((plan) => this.#asWritten(plan, outcomes)))),
      )
    return all
  }

  /** The record by its own stream; if this very row wrote to it, that is its outcome. */
  async #asWritten(plan: Planned, outcomes: Map<number, Outcome>): Promise<Planned> {
    const { log, codec } = this.#with
    const events = await codec.decodeAll(await log.readStream(this.#streamOf(plan.recordId)))
    let state = this.#decider.initial
    let mine: RecordedEvent | null = null
    for (const event of events) {
      state = this.#decider.evolve(state, event as never)
      if (event.id === this.#eventId(plan.row, plan.recordId)) mine = event
    }
    if (mine) outcomes.set(plan.row, mine.type.endsWith('Added') ? 'added' : 'changed')
    return { ...plan, state }
  }

  /** Each to its own stream; false: the stream was not at that version. */
  async #append(
    wanted: readonly { row: number; recordId: string; event: RecordEvent; version: number }[],
  ): Promise<boolean[]> {
    if (wanted.length === 0) return []
    const { log, codec, tenant, actor, taskId, now } = this.#with
    const meta = { tenant, actor, at: now(), origin: 'live', correlation: taskId, causation: null } as const
    const drafts = wanted.map(
      ({ row, recordId, event }): Draft => ({ id: this.#eventId(row, recordId), event, meta }) as Draft,
    )
    const stored = await codec.encode(drafts)
    const appends = wanted.map(({ recordId, version }, index): Append => ({
      stream: this.#streamOf(recordId),
      expected: version === 0 ? 'none' : version - 1,
      events: [stored[index]!],
    }))
    const answers = await log.appendMany(appends)
    return answers.map((answer) => {
      if (isConflict(answer)) return false
      if (this.#position === null || answer.position > this.#position) this.#position = answer.position
      return true
    })
  }

  #streamOf(recordId: string): string {
    return streamName(LARGE_CATEGORY, this.#with.tenant, recordId)
  }

  #eventId(row: number, recordId: string): string {
    return derivedId(this.#with.taskId, `${row} ${recordId}`)
  }
}

function stateOf(there: There | undefined): LargeRecord {
  if (!there) return absent
  const entry: Entry = { values: there.values, proposed: null, review: 'approved', note: null, version: there.version }
  return { entry, version: there.version }
}
