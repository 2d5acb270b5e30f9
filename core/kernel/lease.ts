/**
 * Leases: which process may act under a name for now, so that one of several does the work and another takes over as
 * soon as it is gone. Each grant has an epoch higher than all before it: the fencing number with which the target of an
 * action can refuse an earlier holder.
 *
 * A lease alone never proves that nobody else acts: a holder may be stopped and continue a minute later, and clocks get
 * set. It makes two simultaneous holders rare; the streams ensure that they do no harm (Kleppmann, "How to do
 * distributed locking", 2016).
 */
import type { Clock } from './clock.ts'
import { isProblem } from './problem.ts'

export interface LeaseAsked {
  name: string
  /** The applicant: unique to the life of one process. */
  holder: string
  /** How long it is to last, ms. */
  forMs: number
  /** The epoch must be higher than this, whatever the store remembers. */
  above: number
  /**
   * A {@link LeaseHeld.mark} that the applicant has seen unchanged for longer than a lease lasts: its holder is gone,
   * whatever the store's clock says.
   */
  dead: string | null
}

export interface LeaseGranted {
  granted: true
  epoch: number
}

/** Another process has it. */
export interface LeaseHeld {
  granted: false
  epoch: number
  holder: string
  /** It expires after this unless renewed, ms, by the store's clock. */
  leftMs: number
  /** Changes with every renewal. */
  mark: string
}

/** Where leases are kept. Only the store's own clock counts, never an applicant's. */
export interface Leases {
  /**
   * Takes a lease that nobody holds any longer; a holder that asks for its own gets it again.
   * @throws Problem `log.unavailable`
   */
  acquire(asked: LeaseAsked): Promise<LeaseGranted | LeaseHeld>
  /** Extends it to `forMs` from now; false if another process has it by now. @throws Problem `log.unavailable` */
  renew(lease: { name: string; holder: string; epoch: number; forMs: number }): Promise<boolean>
  /** Gives it back, so that the next one need not wait. @throws Problem `log.unavailable` */
  release(lease: { name: string; holder: string; epoch: number }): Promise<void>
}

/** How long a lease lasts. */
const LEASE_MS = 3_000
/** How often it is renewed. */
const RENEW_MS = 1_000
/** How soon a failed renewal is tried again. */
const RENEW_AGAIN_MS = 200
/** How often a standby process asks for it. */
const ASK_MS = 500
/** A holder stops this long before its lease expires: whatever it has in progress must have arrived by then. */
const MARGIN_MS = 500

export interface TenureOptions {
  leases: Leases
  name: string
  holder: string
  /** A clock that nobody sets and that keeps running while this process is stopped. */
  steady: Clock
  /** The highest epoch known from elsewhere. */
  above: () => number
  /** The lease is ours from now on. */
  won: (epoch: number) => void
  /** Another process has it. Called after each answer that says so. */
  held: () => void
  /** It is no longer ours. Called before any other process can have it, unless a clock was set. */
  lost: () => void
  /** The store did not answer, or not properly: it will be asked again. */
  trouble: (reason: string) => void
}

/** One process's part: asks until it has the lease, and keeps it as long as it can. */
export class Tenure {
  readonly #dependencies: TenureOptions
  #epoch: number | null = null
  /** Until when it is certainly ours, on the steady clock. */
  #until = -Infinity
  #wake: (() => void) | null = null
  /** The mark of another process's lease, and since when it has been unchanged. */
  #watched: { mark: string; since: number } | null = null

  constructor(options: TenureOptions) {
    this.#dependencies = options
  }

  /** The epoch of the lease; null while it is not ours. */
  get epoch(): number | null {
    return this.holds() ? this.#epoch : null
  }

  /** Is it certainly ours at this moment? Ask before each act: a process that was stopped notices only by the clock. */
  holds(): boolean {
    return this.#epoch !== null && this.#dependencies.steady.now() < this.#until
  }

  /** Gives it up: another process has a higher epoch. */
  yield(): void {
    this.#until = -Infinity
    this.#wake?.()
  }

  /** Asks for the lease and keeps it until the signal aborts; then gives it back. */
  async run(signal: AbortSignal): Promise<void> {
    const wake = (): void => this.#wake?.()
    signal.addEventListener('abort', wake)
    try {
      while (!signal.aborted) {
        const pause = await this.#ask()
        if (this.#epoch === null) await this.#sleep(pause, signal)
        else await this.#keep(signal)
      }
    } finally {
      signal.removeEventListener('abort', wake)
    }
  }

  /** @returns when to ask again, ms */
  async #ask(): Promise<number> {
    const { leases, name, holder, steady, above, won, held, trouble } = this.#dependencies
    const asked = steady.now()
    const dead = this.#watched && asked - this.#watched.since > LEASE_MS + MARGIN_MS ? this.#watched.mark : null
    try {
      const answer = await leases.acquire({ name, holder, forMs: LEASE_MS, above: above(), dead })
      if (!answer.granted) {
        held()
        if (this.#watched?.mark !== answer.mark) this.#watched = { mark: answer.mark, since: steady.now() }
        // Just after it will have expired, if that is sooner.
        return Math.max(1, Math.min(ASK_MS, answer.leftMs + 1))
      }
      this.#watched = null
      this.#until = asked + LEASE_MS - MARGIN_MS
      this.#epoch = answer.epoch
      if (this.holds()) won(answer.epoch)
      else this.#epoch = null
    } catch (error) {
      trouble(reasonOf(error))
    }
    return ASK_MS
  }

  /** Renews until it is lost or the signal aborts. */
  async #keep(signal: AbortSignal): Promise<void> {
    const { leases, name, holder, steady, lost, trouble } = this.#dependencies
    const epoch = this.#epoch!
    for (let pause = RENEW_MS; ;) {
      await this.#sleep(Math.min(pause, this.#until - steady.now()), signal)
      if (signal.aborted) break
      if (!this.holds()) break
      const asked = steady.now()
      try {
        const renewed = await this.#before(leases.renew({ name, holder, epoch, forMs: LEASE_MS }), this.#until)
        if (renewed === null) continue
        if (!renewed || !this.holds()) break
        this.#until = asked + LEASE_MS - MARGIN_MS
        pause = RENEW_MS
      } catch (error) {
        trouble(reasonOf(error))
        pause = RENEW_AGAIN_MS
      }
    }
    const polite = signal.aborted && this.holds()
    this.#epoch = null
    if (!polite) lost()
    // A lease that was lost by time alone is given back too: the next one need not wait for it.
    await this.#before(leases.release({ name, holder, epoch }), steady.now() + RENEW_MS).catch((error: unknown) =>
      trouble(reasonOf(error)),
    )
  }

  /** The answer, or null if it has not come by a moment of the steady clock. */
  #before<T>(answer: Promise<T>, limit: number): Promise<T | null> {
    return new Promise((resolve, reject) => {
      const cancel = this.#dependencies.steady.at(limit, () => resolve(null))
      void answer.then(resolve, reject).finally(cancel)
    })
  }

  /** Until the time has passed or the sleep is interrupted. */
  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    const { steady } = this.#dependencies
    const { promise, resolve } = Promise.withResolvers<void>()
    const cancel = steady.at(steady.now() + Math.max(0, ms), resolve)
    this.#wake = resolve
    await promise
    this.#wake = null
    cancel()
  }
}

function reasonOf(error: unknown): string {
  return isProblem(error) ? error.code : String(error)
}
