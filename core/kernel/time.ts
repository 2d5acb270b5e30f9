/**
 * Time as people read it: days, quarter hours and minutes cut in a time zone, even where the clock is put forward or
 * back. Days have 23, 24 or 25 hours; some zones skip midnight or have it twice.
 *
 * Offsets come from `Intl`, which takes microseconds per question. They are looked up once per day and zone and kept,
 * because folds ask a hundred thousand times a second.
 */

const DAY_MS = 86_400_000
const MAX_DAYS_KEPT = 20_000
/** 28 years of quarter hours. */
const MAX_PIECES = 1_000_000

/** Offsets of one UTC day: `first` up to `turn`, `then` from it on (no turn: Infinity). */
interface DayOffsets {
  first: number
  turn: number
  then: number
}

class Zone {
  readonly #format: Intl.DateTimeFormat
  readonly #days = new Map<number, DayOffsets>()
  #lastDay = Number.NaN
  #last: DayOffsets = { first: 0, turn: Infinity, then: 0 }

  constructor(name: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
      era: 'short',
    })
  }

  day(at: number): DayOffsets {
    const number = Math.floor(at / DAY_MS)
    if (number === this.#lastDay) return this.#last
    let offsets = this.#days.get(number)
    if (!offsets) {
      if (this.#days.size >= MAX_DAYS_KEPT) this.#days.clear()
      offsets = this.#look(number * DAY_MS)
      this.#days.set(number, offsets)
    }
    this.#lastDay = number
    this.#last = offsets
    return offsets
  }

  /**
   * Zones change their offset at most once within a UTC day, so the ends of the day show a change, and bisection finds
   * its moment.
   */
  #look(start: number): DayOffsets {
    const first = this.#ask(start)
    const then = this.#ask(start + DAY_MS)
    if (first === then) return { first, turn: Infinity, then }
    let before = start
    let after = start + DAY_MS
    while (after - before > 1000) {
      const middle = Math.floor((before + after) / 2000) * 1000
      if (this.#ask(middle) === first) before = middle
      else after = middle
    }
    return { first, turn: after, then }
  }

  #ask(at: number): number {
    const part: Record<string, string> = {}
    for (const { type, value } of this.#format.formatToParts(at)) part[type] = value
    const year = part.era === 'BC' ? 1 - Number(part.year) : Number(part.year)
    const local = new Date(0)
    local.setUTCFullYear(year, Number(part.month) - 1, Number(part.day))
    local.setUTCHours(Number(part.hour), Number(part.minute), Number(part.second))
    return local.getTime() - Math.floor(at / 1000) * 1000
  }
}

const zones = new Map<string, Zone>()
let lastName = ''
let lastZone: Zone | null = null

function zoneNamed(name: string): Zone {
  if (name === lastName && lastZone) return lastZone
  let zone = zones.get(name)
  if (!zone) {
    zone = new Zone(name)
    zones.set(name, zone)
  }
  lastName = name
  lastZone = zone
  return zone
}

/** Does this machine know the zone? Earlier versions accepted offsets too; they are still read. */
export function isZone(name: string): boolean {
  try {
    zoneNamed(name)
    return true
  } catch {
    return false
  }
}

/** The form of an IANA name: an area and a place, or a short name such as UTC. */
const IANA = /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+){0,2}$/

/**
 * Is it an IANA name that this machine knows? An offset (`+08:00`) is not: JavaScript and PostgreSQL read its sign
 * differently, so reports would cut different days than boards.
 */
export function isIanaZone(name: string): boolean {
  return IANA.test(name) && isZone(name)
}

/** What to add to UTC to get the wall clock, ms. @throws RangeError unknown zone */
export function offsetAt(at: number, zone: string): number {
  const { first, turn, then } = zoneNamed(zone).day(at)
  return at < turn ? first : then
}

/**
 * The moment at which the wall clock shows this time. Of two, where the clock is put back, the first; where it skips the
 * time, the moment that it would have been.
 * @param local as milliseconds of a clock in UTC
 */
export function momentOf(local: number, zone: string): number {
  const candidates = [local - offsetAt(local - DAY_MS, zone), local - offsetAt(local + DAY_MS, zone)]
  return candidates.toSorted((a, b) => a - b).find((at) => at + offsetAt(at, zone) === local) ?? candidates[0]!
}

/** The wall-clock day, `YYYY-MM-DD`. @throws RangeError outside the years 0 to 9999, whose names sort in order */
export function dayOf(at: number, zone: string): string {
  return dayName(Math.floor((at + offsetAt(at, zone)) / DAY_MS))
}

/**
 * Start of the stretch of `sizeMs` on the wall clock that contains `at`. A stretch never spans a change of the clock.
 */
export function startOf(at: number, sizeMs: number, zone: string): number {
  const { first, turn, then } = zoneNamed(zone).day(at)
  const start = at - modulo(at + (at < turn ? first : then), sizeMs)
  return at >= turn && start < turn ? turn : start
}

/** Start of the day named `YYYY-MM-DD`: its first moment, which is not 00:00 if the clock skips that. */
export function startOfDay(day: string, zone: string): number {
  const local = Date.parse(`${day}T00:00:00Z`)
  // Offsets lie within ±15 h, so the first moment lies in this stretch.
  const from = local - 15 * 3_600_000
  for (const piece of pieces(from, local + 15 * 3_600_000 + 1, DAY_MS, zone))
    if (dayOf(piece.from, zone) >= day) return piece.from
  return local
}

/** The next day's name. @throws RangeError if the text is not a day, or is the last one that can be named */
export function nextDay(day: string): string {
  return dayName(Date.parse(`${day}T00:00:00Z`) / DAY_MS + 1)
}

/** The part of an interval that falls into one stretch. `startsAt` for stretches of a size, `day` for days. */
export interface Slice {
  startsAt: number
  ms: number
}

export interface DaySlice {
  day: string
  ms: number
}

/** Cuts [from, to) at the stretches of `sizeMs` of the wall clock. The parts add up to `to − from`; an empty interval has none. */
export function slice(from: number, to: number, sizeMs: number, zone: string): Slice[] {
  const slices: Slice[] = []
  for (const piece of pieces(from, to, sizeMs, zone))
    slices.push({ startsAt: slices.length === 0 ? startOf(from, sizeMs, zone) : piece.from, ms: piece.to - piece.from })
  return slices
}

/** Cuts [from, to) at the days of the wall clock. */
export function sliceDays(from: number, to: number, zone: string): DaySlice[] {
  const slices: DaySlice[] = []
  for (const piece of pieces(from, to, DAY_MS, zone)) {
    const day = dayOf(piece.from, zone)
    // If the clock goes back over midnight, a day comes in two parts, with a part of the next day between them.
    const known = slices.slice(-2).find((slice) => slice.day === day)
    if (known) known.ms += piece.to - piece.from
    else slices.push({ day, ms: piece.to - piece.from })
  }
  return slices
}

/**
 * Stretches between the borders of the wall clock and its changes, within [from, to). They are counted: a moment that
 * is wrong by centuries must not hold everybody up.
 * @throws RangeError more than a million of them
 */
function* pieces(from: number, to: number, sizeMs: number, zoneName: string): Generator<{ from: number; to: number }> {
  const zone = zoneNamed(zoneName)
  let count = 0
  for (let at = from; at < to;) {
    if (++count > MAX_PIECES)
      throw new RangeError(`${to - from} ms are more than ${MAX_PIECES} stretches of ${sizeMs} ms`)
    const { first, turn, then } = zone.day(at)
    const border = at - modulo(at + (at < turn ? first : then), sizeMs) + sizeMs
    const end = Math.min(border, nextTurn(zone, at, border), to)
    yield { from: at, to: end }
    at = end
  }
}

/** The next change of the clock after `at` and before `border`; infinity when there is none. */
function nextTurn(zone: Zone, at: number, border: number): number {
  for (let day = Math.floor(at / DAY_MS); day * DAY_MS < border; day++) {
    const { turn } = zone.day(day * DAY_MS)
    if (turn > at && turn < border) return turn
  }
  return Infinity
}

function modulo(value: number, size: number): number {
  return ((value % size) + size) % size
}

let lastNumber = Number.NaN
let lastDayName = ''

function dayName(number: number): string {
  if (number === lastNumber) return lastDayName
  const name = new Date(number * DAY_MS).toISOString()
  // `+010000-01-01` would sort before 9999-12-31: a loop that counts up to a day would never get there.
  if (!/^\d/.test(name)) throw new RangeError(`no day has the number ${number}`)
  lastNumber = number
  lastDayName = name.slice(0, 10)
  return lastDayName
}
