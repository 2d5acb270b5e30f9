/**
 * The pace of a demo. Its clock runs as fast as requested as long as the house can follow. On a machine that is too
 * slow, or busy with other things, it runs slower and says so, rather than piling up calls that nobody could have taken
 * and waits that nobody had.
 *
 * It is slowed down by visible signs of being late: deadlines that have passed without action, unanswered appends,
 * tables that are behind. And it advances only a little at a time ({@link LONGEST_STEP_MS}): what the process did not
 * live through did not happen in the demo either.
 */
import type { ScaledClock } from '@ledgerline/adapters/clock/real.ts'

export interface PaceOptions {
  clock: ScaledClock
  /** How late the house is at present, ms of the machine's time. */
  late: () => number
  /** Called when it falls behind, and when it has caught up. */
  onChange?: (now: PaceState) => void
  /** How often it is checked, ms of the machine's time. */
  everyMs?: number
  steady?: () => number
}

export interface PaceState {
  /** Seconds of the demo per real second, as measured. */
  speed: number
  /** The intended speed. */
  asked: number
  behind: boolean
}

/** The most machine time by which the demo's clock advances at once. */
export const LONGEST_STEP_MS = 200
const EVERY_MS = 500
/** How late the house may be, in the demo's time: a ring that is offered two seconds late is still a ring … */
const TOLERATED_MS = 2_000
/** … plus what a timer of a busy process may be late, whatever the speed. */
const ALWAYS_MS = 100
/** How many checks the measurement covers. */
const LOOKS = 20
/** It is never slowed below this share of the requested speed. */
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
    // A speed that is kept within a tenth of a second needs no mention.
    return {
      speed: Math.abs(speed - asked) < asked * (1 - NOT_BEHIND) ? asked : Number(speed.toPrecision(2)),
      asked,
      behind: this.#behind,
    }
  }

  /** Checks how late it is, and sets the pace. */
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
