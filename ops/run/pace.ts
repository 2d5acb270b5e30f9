/**
 * The pace of a demo. Its clock runs as fast as was asked for as long as the house can follow: on a machine that is too
 * slow for it, or busy with other things, it runs slower and says so, rather than to pile up calls that nobody could
 * have taken and waits that nobody had.
 *
 * It is slowed by what can be seen of being late: deadlines that are over and not met, appends that are not answered,
 * tables that are behind. And it goes on by a little at once only ({@link LONGEST_STEP_MS}): what the process did not
 * live through did not happen in the demo either.
 */
import type { ScaledClock } from '@ledgerline/adapters/clock/real.ts'

export interface PaceOptions {
  clock: ScaledClock
  /** How late the house is at present, ms of the machine's time. */
  late: () => number
  /** Told when it begins to be behind, and when it is no longer. */
  onChange?: (now: PaceState) => void
  /** How often it is looked at, ms of the machine's time. */
  everyMs?: number
  steady?: () => number
}

export interface PaceState {
  /** Seconds of the demo that pass in one of ours, as measured. */
  speed: number
  /** Those that should. */
  asked: number
  behind: boolean
}

/** The demo's clock goes on by no more than so much of the machine's time at once. */
export const LONGEST_STEP_MS = 200
const EVERY_MS = 500
/** The house may be so late, in the demo's time: a ring that is offered two seconds late is still a ring … */
const TOLERATED_MS = 2_000
/** … and this much is what a timer of a busy process may be late, whatever the speed. */
const ALWAYS_MS = 100
/** It is measured over so many looks. */
const LOOKS = 20
/** Slower than this part of what was asked for it is never made. */
const SLOWEST = 0.02
const BEHIND = 0.85
const NOT_BEHIND = 0.95

export class Pace {
  readonly #clock: ScaledClock
  readonly #late: () => number
  readonly #onChange: (now: PaceState) => void
  readonly #steady: () => number
  readonly #looking: NodeJS.Timeout
  readonly #seen: { real: number; ran: number }[] = []
  #behind = false

  constructor({ clock, late, onChange = () => {}, everyMs = EVERY_MS, steady = () => performance.now() }: PaceOptions) {
    this.#clock = clock
    this.#late = late
    this.#onChange = onChange
    this.#steady = steady
    this.#looking = setInterval(() => this.look(), everyMs).unref()
    this.look()
  }

  get state(): PaceState {
    const { speed: asked } = this.#clock
    const [first, last] = [this.#seen[0]!, this.#seen.at(-1)!]
    const real = last.real - first.real
    const speed = real > 0 ? (last.ran - first.ran) / real : asked
    // Of a speed that is kept the tenth of a second is nobody's business.
    return {
      speed: Math.abs(speed - asked) < asked * (1 - NOT_BEHIND) ? asked : Number(speed.toPrecision(2)),
      asked,
      behind: this.#behind,
    }
  }

  /** Looks how late it is, and sets the pace. */
  look(): void {
    const clock = this.#clock
    const late = Math.max(0, this.#late(), clock.lateMs)
    const tolerated = Math.max(ALWAYS_MS, TOLERATED_MS / clock.pace)
    const next = late > tolerated ? clock.pace * Math.max(0.5, tolerated / late) : clock.pace * 1.04
    clock.pace = Math.min(clock.speed, Math.max(clock.speed * SLOWEST, next))
    this.#seen.push({ real: this.#steady(), ran: clock.ran })
    if (this.#seen.length > LOOKS) this.#seen.shift()
    const { speed } = this.state
    const behind = speed < clock.speed * (this.#behind ? NOT_BEHIND : BEHIND)
    if (behind === this.#behind) return
    this.#behind = behind
    this.#onChange(this.state)
  }

  close(): void {
    clearInterval(this.#looking)
  }
}
