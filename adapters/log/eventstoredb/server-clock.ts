/**
 * When events count as recorded. The server notes its own clock beside each event, and that clock may be set back, or
 * from one event to the next be another node's. Recorded time never goes back: an event counts as recorded at the
 * latest moment that was noted for it *or for any event before it*. So the boards of a moment are what stood before the
 * first event that was noted later, and every reader says the same of an event, wherever they begin and whatever they
 * leave out.
 *
 * That follows from the log alone, but not from one event alone: somebody has to have looked at all of them once. Whoever
 * reads without a filter does so in passing, the rest is looked through when it is asked for, and what was found is
 * kept beside the log ({@link ClockBook}): how far, and the stretches in which the clock was behind, of which there are as
 * many as it was set back.
 *
 * A clock that is far ahead of this machine's is told at once: what it notes stays, and recorded time stands still until that
 * moment has come. It is not refused, as PostgreSQL's is: the event is written when its time is known.
 */
import { isAhead } from '@ledgerline/core/kernel/ahead.ts'
import { CLOCK_STRAYS_MS } from '@ledgerline/core/kernel/clock.ts'
import { isAfter, type Place } from './place.ts'

/** An event's place, and what was noted for it, UTC ms. */
export interface Noted extends Place {
  noted: number
}

/** From one event on (and before another one) the clock was behind what it had noted already. */
export interface Stretch {
  from: Place
  /** The first event that was noted as late again; null while there is none. */
  to: Place | null
  /** As recorded at this moment all of them count. */
  moment: number
}

/** What was found up to a place. */
export interface Looked {
  through: Place | null
  /** The latest moment noted so far, UTC ms. */
  moment: number
  stretches: readonly Stretch[]
}

/** Where it is kept what was found. */
export interface ClockBook {
  load(): Promise<Looked | null>
  save(looked: Looked): Promise<void>
}

/** Reads all events behind one place, up to another and no further; in order, none left out. */
export type LookThrough = (after: Place | null, upTo: Place) => AsyncIterable<readonly Noted[]>

/** Told when the server's clock is found to be wrong. */
export interface TellOfClock {
  /** Set back by so much, ms. */
  back(byMs: number, at: Place): void
  /** So far ahead of this machine's, ms, when it noted that moment. */
  ahead(byMs: number, moment: number, at: Place): void
}

/** Bytes of the log that are looked through in some milliseconds. */
const NEAR = 256 * 1024
/** The clock was set back by so much, ms: told from here on. */
const TOLD_MS = 1_000
/** What was looked through is kept after so many events, and with every stretch. */
const KEPT_EVERY = 20_000
/** Stretches that are kept; beyond them the oldest are given up, and each reader's own order is what is left of them. */
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
  /** What was noted last. */
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

  /** Takes up what was kept; what cannot be read is looked through again. */
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

  /** How far the clock stands behind what it noted already, as of the last event that was looked at, ms; 0: it does not. */
  get behindMs(): number {
    return this.#moment - this.#last
  }

  /** Until when recorded time stands still, UTC ms; null: it goes on. */
  get standsUntil(): number | null {
    return isAhead(this.#moment, this.#now()) ? this.#moment : null
  }

  /** Was everything up to here looked at? */
  knows(place: Place): boolean {
    return this.#through !== null && !isAfter(place, this.#through)
  }

  /** Takes an event in passing, from a reader who leaves out nothing: `before` is the place that the reader was at. */
  see(before: Place | null, event: Noted): void {
    const through = this.#through
    if (through !== null && !isAfter(event, through)) return
    // Somebody who begins further on does not know what lies between.
    if (before !== null && (through === null || isAfter(before, through))) return
    this.#take(event)
  }

  /** When an event counts as recorded, UTC ms. Where nobody has looked yet it is as late as all that was looked at, at least. */
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

  /** Looks through what nobody has looked at, up to a place. @throws Problem `log.*` */
  async reach(place: Place): Promise<void> {
    await this.begin()
    while (!this.knows(place)) {
      this.#looking ??= this.#lookTo(place).finally(() => (this.#looking = null))
      await this.#looking
    }
  }

  /**
   * The same for whoever must not be kept waiting: a little is looked through first, much in the background, and where a
   * subscription at the head brings it anyway, nothing.
   */
  async reachIfNear(place: Place): Promise<void> {
    await this.begin()
    if (this.knows(place) || this.#feeders > 0) return
    const looking = this.reach(place)
    // Whoever wants to know asks again.
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

  /** Told once, and again when it goes further ahead, or has been right meanwhile. */
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

  /** In the background: where it cannot be kept, it is looked through again by the next process. */
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
