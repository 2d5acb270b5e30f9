/**
 * When events count as recorded. The server notes its own clock beside each event, and that clock may be set back, or
 * belong to another node from one event to the next. Recorded time never goes back: an event counts as recorded at the
 * latest moment noted for it *or for any event before it*. So the boards as of a moment are everything before the first
 * event noted later, and every reader gives an event the same time, wherever it begins and whatever it leaves out.
 *
 * This follows from the log alone, but not from a single event: all of them must have been looked at once. A reader
 * without a filter does that in passing; the rest is looked through when needed. What was found is kept beside the log
 * ({@link ClockBook}): how far, and the stretches in which the clock was behind, one for each time it was set back.
 *
 * A clock that is far ahead of this machine's is reported at once: what it noted stays, and recorded time stands still
 * until that moment has come. Unlike PostgreSQL's, such a clock is not refused: by the time it is noticed, the event is
 * written.
 */
import { isAhead } from '@ledgerline/core/kernel/ahead.ts'
import { CLOCK_STRAYS_MS } from '@ledgerline/core/kernel/clock.ts'
import { isAfter, type Place } from './place.ts'

/** An event's place, and the time noted for it, UTC ms. */
export interface Noted extends Place {
  noted: number
}

/** From one event on (and before another one) the clock was behind what it had already noted. */
export interface Stretch {
  from: Place
  /** The first event noted as late again; null while there is none. */
  to: Place | null
  /** All of them count as recorded at this moment. */
  moment: number
}

/** What was found up to a place. */
export interface Looked {
  through: Place | null
  /** The latest moment noted so far, UTC ms. */
  moment: number
  stretches: readonly Stretch[]
}

/** Where the findings are kept. */
export interface ClockBook {
  load(): Promise<Looked | null>
  save(looked: Looked): Promise<void>
}

/** Reads all events after one place, up to another and no further; in order, none left out. */
export type LookThrough = (after: Place | null, upTo: Place) => AsyncIterable<readonly Noted[]>

/** Called when the server's clock is found to be wrong. */
export interface TellOfClock {
  /** Set back by this much, ms. */
  back(byMs: number, at: Place): void
  /** It was this far ahead of this machine's clock, ms, when it noted that moment. */
  ahead(byMs: number, moment: number, at: Place): void
}

/** Bytes of the log that can be looked through in a few milliseconds. */
const NEAR = 256 * 1024
/** From how much on it is reported that the clock was set back, ms. */
const TOLD_MS = 1_000
/** Findings are saved after this many events, and with every stretch. */
const KEPT_EVERY = 20_000
/** Stretches that are kept; beyond them the oldest are given up, and only each reader's own order remains for them. */
const MOST = 5_000

export class ServerClock {
  readonly #book: ClockBook
  readonly #look: LookThrough
  readonly #tell: TellOfClock
  readonly #now: () => number
  /** The latest moment that was far ahead when it came, UTC ms, and how far it was, ms. */
  #aheadTold = 0
  #aheadBy = 0
  #through: Place | null = null
  #moment = 0
  /** The moment noted last. */
  #last = 0
  #stretches: Stretch[] = []
  #unkept = 0
  #keeping = false
  #again = false
  #feeders = 0
  #loading: Promise<void> | null = null
  #looking: Promise<void> | null = null

  /** @param now this machine's clock, UTC ms */
  constructor(book: ClockBook, look: LookThrough, tell: TellOfClock, now: () => number = Date.now) {
    this.#book = book
    this.#look = look
    this.#tell = tell
    this.#now = now
  }

  /** Loads what was kept; what cannot be read is looked through again. */
  begin(): Promise<void> {
    this.#loading ??= this.#book.load().then(
      (looked) => {
        if (!looked || this.#through !== null) return
        this.#through = looked.through
        this.#moment = looked.moment
        this.#last = looked.moment
        this.#stretches = [...looked.stretches]
      },
      () => {},
    )
    return this.#loading
  }

  /** How far the clock is behind what it has already noted, as of the last event looked at, ms; 0: it is not. */
  get behindMs(): number {
    return this.#moment - this.#last
  }

  /** Until when recorded time stands still, UTC ms; null: it moves on. */
  get standsUntil(): number | null {
    return isAhead(this.#moment, this.#now()) ? this.#moment : null
  }

  /** Has everything up to here been looked at? */
  knows(place: Place): boolean {
    return this.#through !== null && !isAfter(place, this.#through)
  }

  /** Takes in an event in passing, from a reader that skips nothing: `before` is the place the reader was at. */
  see(before: Place | null, event: Noted): void {
    const through = this.#through
    if (through !== null && !isAfter(event, through)) return
    // A reader that begins further on does not know what lies between.
    if (before !== null && (through === null || isAfter(before, through))) return
    this.#take(event)
  }

  /**
   * When an event counts as recorded, UTC ms. Where nothing was looked at yet, at least as late as everything looked at
   * so far.
   */
  recordedAt(event: Noted): number {
    if (!this.knows(event)) return Math.max(this.#moment, event.noted)
    if (this.#stretches.length === 0) return event.noted
    let low = 0
    let high = this.#stretches.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (isAfter(this.#stretches[middle]!.from, event)) high = middle
      else low = middle + 1
    }
    const stretch = this.#stretches[low - 1]
    return stretch && (stretch.to === null || isAfter(stretch.to, event))
      ? Math.max(stretch.moment, event.noted)
      : event.noted
  }

  /** Looks through everything not looked at yet, up to a place. @throws Problem `log.*` */
  async reach(place: Place): Promise<void> {
    await this.begin()
    while (!this.knows(place)) {
      this.#looking ??= this.#lookTo(place).finally(() => (this.#looking = null))
      await this.#looking
    }
  }

  /**
   * The same for readers that must not wait: a little is looked through first, a lot in the background, and nothing
   * where a subscription at the head will bring it anyway.
   */
  async reachIfNear(place: Place): Promise<void> {
    await this.begin()
    if (this.knows(place) || this.#feeders > 0) return
    const looking = this.reach(place)
    // Readers that need it ask again.
    looking.catch(() => {})
    if (place.commit - (this.#through?.commit ?? 0) <= NEAR) await looking
  }

  /** A subscription at the head brings every event, until it is disposed of. */
  fed(): Disposable {
    this.#feeders++
    return { [Symbol.dispose]: () => void this.#feeders-- }
  }

  async #lookTo(place: Place): Promise<void> {
    let before = this.#through
    for await (const events of this.#look(before, place)) {
      for (const event of events) {
        this.see(before, event)
        before = event
      }
    }
    // The last event may have been scavenged since.
    if (!this.knows(place)) this.#through = { commit: place.commit, prepare: place.prepare }
  }

  #take({ commit, prepare, noted }: Noted): void {
    const place = { commit, prepare }
    this.#through = place
    this.#last = noted
    const open = this.#stretches.at(-1)
    let isNew = false
    if (noted >= this.#moment) {
      if (open?.to === null) {
        open.to = place
        isNew = true
      }
      this.#moment = noted
      this.#noticeAhead(noted, place)
    } else if (open?.to !== null) {
      this.#stretches.push({ from: place, to: null, moment: this.#moment })
      if (this.#stretches.length > MOST) this.#stretches.shift()
      isNew = true
      if (this.#moment - noted >= TOLD_MS) this.#tell.back(this.#moment - noted, place)
    }
    if (++this.#unkept >= KEPT_EVERY || isNew) this.#keep()
  }

  /** Reported once, and again if the clock goes further ahead, or was right meanwhile. */
  #noticeAhead(noted: number, place: Place): void {
    const now = this.#now()
    if (!isAhead(noted, now)) return
    const by = noted - now
    if (this.#aheadTold <= now || by > this.#aheadBy + CLOCK_STRAYS_MS) {
      this.#aheadBy = by
      this.#tell.ahead(by, noted, place)
    }
    this.#aheadTold = noted
  }

  /** In the background: if it cannot be saved, the next process looks through it again. */
  #keep(): void {
    this.#unkept = 0
    this.#again = this.#keeping
    if (this.#keeping) return
    this.#keeping = true
    const kept = (): void => {
      this.#keeping = false
      if (this.#again) this.#keep()
    }
    const looked = {
      through: this.#through,
      moment: this.#moment,
      stretches: this.#stretches.map((stretch) => ({ ...stretch })),
    }
    void this.#book.save(looked).then(kept, kept)
  }
}
