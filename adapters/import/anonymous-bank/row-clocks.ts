/**
 * Makes sense of the clocks and lengths of a row. A row of the bank has three stretches (voice unit, queue, service),
 * each with two clocks and a length, and any of the nine may be missing or wrong.
 *
 * - A row begins at its `vru_entry`: it lies on that day and in that hour.
 * - A clock of 0:00:00 means midnight only if the rest of the row agrees; otherwise it was not recorded.
 * - A clock is read as the moment nearest to the row's progress so far: this decides after midnight, and in an hour
 *   that came twice because the clock was put back.
 * - If two clocks and their length disagree by more than {@link AGREE_S}, the length is believed. For a wait and for a
 *   talk the length is always believed, if there is one.
 * - A clock that is earlier than what came before it, or more than {@link NEAR_S} later, is not believed.
 */
import { offsetAt } from '@ledgerline/core/kernel/time.ts'
import { instantOf, instantsOf } from '../local-time.ts'

const DAY_S = 86_400
const DAY_MS = DAY_S * 1000
const HOUR_S = 3600
/** Clocks and a length that differ by no more than this agree. */
export const AGREE_S = 5
/** One stretch follows the other within this time, or a clock is wrong. The longest gap in three real months is 14 minutes. */
const NEAR_S = 1800
/** A clock of 0:00:00 can mean midnight only this close to the row's progress. */
const MIDNIGHT_S = 60
/**
 * The voice unit may appear to be left this long before it was entered: one of the real log's errors (82 rows, up to 53
 * s).
 */
const SLIP_S = 600
/**
 * Nobody stays in the voice unit longer: a larger value is not a length (the longest in three real months is 44 min).
 */
const LONGEST_IN_MENU_S = 2 * HOUR_S
/** Two clocks further apart than this say nothing about a length. */
const LONGEST_BY_CLOCKS_S = 12 * HOUR_S

/** In what way a clock or a length is odd. */
export type ClockOddness = 'no_time' | 'no_length' | 'length_contradicts_clocks' | 'clocks_out_of_order'
export type ClockField =
  | 'vru_entry'
  | 'vru_exit'
  | 'vru_time'
  | 'q_start'
  | 'q_exit'
  | 'q_time'
  | 'ser_start'
  | 'ser_exit'
  | 'ser_time'
type Note = (kind: ClockOddness, field: ClockField, value: string, reason: string) => void

/**
 * A stretch in seconds since the midnight with which the row's date begins; after the next midnight they keep counting.
 */
export interface Stretch {
  from: number
  to: number
}

/** The nine values, corrected. `vru.from` ≤ `vru.to`, `vru.from` ≤ `queue.from` ≤ `queue.to`. */
export interface Clocks {
  vru: Stretch
  /** Null if it never queued. Its length is the wait. */
  queue: Stretch | null
  /** Null if the row has no service. */
  service: Stretch | null
  /** Seconds. */
  serviceS: number
  /** How long after the wait (or the voice unit) the service began, by its clock; null if no clock says. */
  serviceAfterS: number | null
}

/** A day of a zone: converts times of day on the wall clock into seconds passed. */
export class CalendarDay {
  /** The midnight with which it begins, UTC ms. */
  readonly begins: number
  readonly lengthS: number
  readonly #midnight: number
  readonly #zone: string
  /** No change of the clock is near: every time of day came exactly once. */
  readonly #even: boolean

  /** @param date `YYYY-MM-DD` */
  constructor(date: string, zone: string) {
    this.#midnight = Date.parse(`${date}T00:00:00Z`)
    this.#zone = zone
    this.begins = instantOf(this.#midnight, zone)
    this.lengthS = (instantOf(this.#midnight + DAY_MS, zone) - this.begins) / 1000
    this.#even = offsetAt(this.begins - 2 * DAY_MS, zone) === offsetAt(this.begins + 3 * DAY_MS, zone)
  }

  /**
   * For a time of day (seconds after midnight, by the wall clock): the moment nearest to another, in seconds passed.
   */
  nearest(time: number, to: number): number {
    let best = Number.NaN
    for (const days of [-1, 0, 1, 2]) {
      for (const moment of this.#moments(time, days)) if (!(Math.abs(moment - to) >= Math.abs(best - to))) best = moment
    }
    return best
  }

  /** The first moment of this day at which the clock showed a time. */
  first(time: number): number {
    return this.#moments(time, 0)[0]!
  }

  #moments(time: number, days: number): readonly number[] {
    if (this.#even) return [time + days * DAY_S]
    return instantsOf(this.#midnight + days * DAY_MS + time * 1000, this.#zone).map(
      (instant) => (instant! - this.begins) / 1000,
    )
  }
}

export type RawClocks = Readonly<Record<ClockField, string>>

/** Null if nothing says when the call came. */
export function readClocks(raw: RawClocks, day: CalendarDay, note: Note): Clocks | null {
  const reader = new ClockReader(raw, day, note)
  const vru = reader.voiceUnit()
  if (vru === null) return null
  const queue = reader.queue(vru)
  return { vru, queue, ...reader.service(vru, queue) }
}

/** Seconds after midnight of `H:MM:SS`; null if it is not a time. */
function secondsOf(text: string): number | null {
  const match = /^(\d{1,2}):([0-5]\d):([0-5]\d)$/.exec(text)
  if (!match || Number(match[1]) > 23) return null
  return Number(match[1]) * HOUR_S + Number(match[2]) * 60 + Number(match[3])
}

/** A length in the row, seconds; null if no stretch of a call can have it. */
function lengthOf(text: string, longest = DAY_S): number | null {
  return /^\d{1,6}$/.test(text) && Number(text) <= longest ? Number(text) : null
}

/** Empty, or all zeros. */
function isNought(time: string): boolean {
  return /^0{1,2}:00:00$/.test(time) || time === ''
}

/** What the two clocks and the length of a stretch say, before they are compared. */
interface Read {
  from: number | null
  to: number | null
  length: number | null
}

class ClockReader {
  readonly #raw: RawClocks
  readonly #day: CalendarDay
  readonly #note: Note

  constructor(raw: RawClocks, day: CalendarDay, note: Note) {
    this.#raw = raw
    this.#day = day
    this.#note = note
  }

  voiceUnit(): Stretch | null {
    const from = this.#arrival()
    if (from === null) return null
    const length = lengthOf(this.#raw.vru_time, LONGEST_IN_MENU_S)
    const exit = this.#end('vru_exit', from, length)
    if (exit === null) {
      this.#judgeLength('vru_time', length, null)
      return { from, to: from + (length ?? 0) }
    }
    if (exit >= from) {
      this.#judgeLength('vru_time', length, exit - from)
      if (length === null) return { from, to: exit - from <= NEAR_S ? exit : from }
      return { from, to: Math.abs(exit - from - length) <= AGREE_S ? exit : from + length }
    }
    // A length that agrees with the clocks is reported together with them, once.
    if (length === null && this.#raw.vru_time !== String(exit - from)) this.#judgeLength('vru_time', length, null)
    if (length === null && from - exit <= SLIP_S) {
      this.#note(
        'clocks_out_of_order',
        'vru_exit',
        this.#raw.vru_exit,
        'before vru_entry: the call is taken to have come at vru_exit',
      )
      const came = Math.max(0, exit)
      return { from: came, to: came }
    }
    const taken =
      length === null ? 'taken to have been left at once' : 'the voice unit is taken to have been left after vru_time'
    this.#note('clocks_out_of_order', 'vru_exit', this.#raw.vru_exit, `before vru_entry: ${taken}`)
    return { from, to: from + (length ?? 0) }
  }

  queue(vru: Stretch): Stretch | null {
    const { q_start: start, q_exit: exit, q_time: time } = this.#raw
    const length = lengthOf(time)
    if (isNought(start) && isNought(exit) && !length) {
      if (length === null)
        this.#note(
          'no_length',
          'q_time',
          time,
          'no length, and no clocks beside it: taken for a call that never queued',
        )
      return null
    }
    const read = this.#pair('q_start', 'q_exit', length, vru.to)
    const believable = (moment: number): boolean => moment >= vru.from && moment <= vru.to + NEAR_S
    const byExit = read.to !== null && length !== null && believable(read.to - length) ? read.to - length : null
    let from = read.from ?? byExit ?? vru.to
    if (!believable(from)) {
      const where = from < vru.from ? 'before the call came' : 'long after the voice unit was left'
      from = byExit ?? vru.to
      this.#note(
        'clocks_out_of_order',
        'q_start',
        start,
        `${where}: the call is taken to have queued ${byExit === null ? 'when it left the voice unit' : 'its q_time before q_exit'}`,
      )
    } else if (from < vru.to - AGREE_S)
      this.#note('clocks_out_of_order', 'q_start', start, 'before the voice unit was left: loaded as it stands')
    return { from, to: from + this.#wait(read, from) }
  }

  service(vru: Stretch, queue: Stretch | null): Pick<Clocks, 'service' | 'serviceS' | 'serviceAfterS'> {
    const { ser_start: start, ser_exit: exit, ser_time: time } = this.#raw
    const length = lengthOf(time)
    if (isNought(start) && isNought(exit)) {
      this.#judgeLength('ser_time', length, null)
      return { service: null, serviceS: length ?? 0, serviceAfterS: null }
    }
    const before = (queue ?? vru).to
    const read = this.#pair('ser_start', 'ser_exit', length, before)
    const byExit = read.to !== null && length !== null ? read.to - length : null
    const begun = read.from ?? byExit
    const seen = read.from !== null && read.to !== null ? read.to - read.from : null
    if (seen !== null && seen < 0) {
      this.#note(
        'clocks_out_of_order',
        'ser_exit',
        exit,
        `before ser_start: the service is taken to ${length === null ? 'have lasted no time' : 'end after ser_time'}`,
      )
      if (length === null) this.#judgeLength('ser_time', length, null)
    } else this.#judgeLength('ser_time', length, seen)
    const byClocks = seen !== null && seen >= 0 && seen <= LONGEST_BY_CLOCKS_S ? seen : 0
    const serviceS = length ?? byClocks
    // This clock decides only for a call that never queued, and such a call was not answered before it came.
    const earliest = queue ? before - NEAR_S : vru.from
    const from = begun !== null && begun >= earliest && begun <= before + NEAR_S ? begun : before
    return { service: { from, to: from + serviceS }, serviceS, serviceAfterS: begun === null ? null : begun - before }
  }

  /** When the call came. Zeros mean midnight only if the clock after it says so. */
  #arrival(): number | null {
    const { vru_entry: entry, vru_exit: exit, vru_time: time } = this.#raw
    const seconds = secondsOf(entry)
    if (seconds === null) return null
    if (!isNought(entry)) return this.#day.first(seconds)
    const length = lengthOf(time, LONGEST_IN_MENU_S)
    const next = this.#firstWritten()
    if (next === null) {
      this.#note('no_time', 'vru_entry', entry, 'no clock of this row is written down: taken for midnight')
      return 0
    }
    const inMenu = length !== null && length <= NEAR_S ? length : 0
    const left = isNought(exit) ? null : secondsOf(exit)
    if (left === null ? next <= NEAR_S : left <= NEAR_S && (length === null || Math.abs(left - length) <= AGREE_S))
      return 0
    this.#note(
      'no_time',
      'vru_entry',
      entry,
      'not written down: the call is taken to have come before the clock after it',
    )
    return Math.max(0, this.#day.first(next) - inMenu)
  }

  /** The first clock after the voice unit's entry that was recorded, by the wall clock. */
  #firstWritten(): number | null {
    const { vru_exit, q_start, q_exit, q_time, ser_start, ser_exit, ser_time } = this.#raw
    const written = (clock: string, less: string): number | null => {
      const seconds = isNought(clock) ? null : secondsOf(clock)
      return seconds === null ? null : Math.max(0, seconds - (lengthOf(less) ?? 0))
    }
    return (
      written(vru_exit, '') ??
      written(q_start, '') ??
      written(q_exit, q_time) ??
      written(ser_start, '') ??
      written(ser_exit, ser_time)
    )
  }

  /** The clocks of a stretch that is expected to begin at a moment. */
  #pair(
    startField: 'q_start' | 'ser_start',
    endField: 'q_exit' | 'ser_exit',
    length: number | null,
    expected: number,
  ): Read {
    const text = this.#raw[startField]
    let from: number | null = null
    if (!isNought(text)) from = this.#written(startField, expected)
    else if (this.#isMidnight(this.#day.nearest(0, expected), expected, endField, length))
      from = this.#day.nearest(0, expected)
    else this.#note('no_time', startField, text, 'not written down')
    return { from, to: this.#end(endField, from ?? expected, length), length }
  }

  /** Does the rest of the stretch show that its zeros mean midnight? */
  #isMidnight(midnight: number, expected: number, endField: 'q_exit' | 'ser_exit', length: number | null): boolean {
    const end = isNought(this.#raw[endField]) ? null : secondsOf(this.#raw[endField])
    const after = Math.abs(midnight - expected)
    if (end === null) return after <= MIDNIGHT_S && (length ?? 0) <= AGREE_S
    if (length === null) return after <= MIDNIGHT_S
    return after <= NEAR_S && Math.abs(this.#day.nearest(end, midnight + length) - midnight - length) <= AGREE_S
  }

  /** The clock with which a stretch ends. */
  #end(field: ClockField, from: number, length: number | null): number | null {
    const text = this.#raw[field]
    const expected = from + (length ?? 0)
    if (!isNought(text)) return this.#written(field, expected)
    const midnight = this.#day.nearest(0, expected)
    const fits =
      length === null ? midnight >= from && midnight - from <= NEAR_S : Math.abs(midnight - expected) <= AGREE_S
    if (fits) return midnight
    this.#note('no_time', field, text, 'not written down')
    return null
  }

  #written(field: ClockField, expected: number): number | null {
    const seconds = secondsOf(this.#raw[field])
    if (seconds !== null) return this.#day.nearest(seconds, expected)
    this.#note('no_time', field, this.#raw[field], 'no time of day')
    return null
  }

  /** How long the caller waited: what the row says; by the clocks if it says nothing plausible. */
  #wait(read: Read, from: number): number {
    const seen = read.from !== null && read.to !== null ? read.to - read.from : null
    if (seen !== null && seen < 0) {
      const taken = read.length === null ? 'the wait is taken for 0' : 'the wait is taken to have lasted q_time'
      this.#note('clocks_out_of_order', 'q_exit', this.#raw.q_exit, `before q_start: ${taken}`)
      if (read.length === null) this.#judgeLength('q_time', null, null)
    } else this.#judgeLength('q_time', read.length, seen)
    if (read.length !== null) return read.length
    const can = (seconds: number | null): seconds is number =>
      seconds !== null && seconds >= 0 && seconds <= LONGEST_BY_CLOCKS_S
    if (can(seen)) return seen
    const byExit = read.to === null ? null : read.to - from
    if (can(byExit)) return byExit
    const served = isNought(this.#raw.ser_start) ? null : secondsOf(this.#raw.ser_start)
    const byService = served === null ? null : this.#day.nearest(served, from) - from
    return byService !== null && byService >= 0 && byService <= NEAR_S ? byService : 0
  }

  /** Lists a length that is not one, or that contradicts the clocks beside it. */
  #judgeLength(field: 'vru_time' | 'q_time' | 'ser_time', length: number | null, seen: number | null): void {
    const text = this.#raw[field]
    const clocks = seen === null ? '' : `the clocks beside it say ${seen} s`
    if (length === null) {
      const what = /^\d{1,20}$/.test(text)
        ? 'longer than it can be'
        : /^-\d{1,20}$/.test(text)
          ? 'a negative length'
          : 'no number of seconds'
      this.#note('no_length', field, text, clocks === '' ? what : `${what}: ${clocks}`)
    } else if (seen !== null && length !== seen) {
      this.#note(
        'length_contradicts_clocks',
        field,
        text,
        Math.abs(length - seen) > AGREE_S ? `${clocks}: the length is believed` : clocks,
      )
    }
  }
}
