/**
 * Hashes passwords (argon2id; 46 MiB and some 45 ms each). No more are computed at once than there are cores, and no more
 * wait than can be served in a few seconds: otherwise a flood of log-ins would take the memory of the house, or its time.
 */
import { availableParallelism } from 'node:os'
import { hash, verify } from '@node-rs/argon2'
import { Problem } from '@ledgerline/core/kernel/problem.ts'

/** OWASP’s first choice for argon2id with one lane. */
const COST = { memoryCost: 47_104, timeCost: 1, parallelism: 1 }
/** How many may wait for each that is computed. */
const WAITING_EACH = 20

export interface Hashing {
  /** @throws Problem `access.busy` */
  hash(password: string): Promise<string>
  /**
   * Whether the password is the one of the hash. Without a hash as much is computed, and the answer is no.
   * @throws Problem `access.busy`
   */
  verify(hash: string | null, password: string): Promise<boolean>
}

export class Passwords implements Hashing {
  readonly #atOnce: number
  readonly #mostWaiting: number
  readonly #waiting: (() => void)[] = []
  #running = 0
  /** How many hashes were computed. */
  computed = 0
  /** The most that were ever computed at once. */
  mostAtOnce = 0
  /** Nobody’s password: what is compared if there is no user. */
  #nobodys: Promise<string> | null = null

  constructor(atOnce = Math.min(availableParallelism(), 4), mostWaiting = atOnce * WAITING_EACH) {
    this.#atOnce = atOnce
    this.#mostWaiting = mostWaiting
  }

  hash(password: string): Promise<string> {
    return this.#inTurn(() => hash(exact(password), COST))
  }

  async verify(known: string | null, password: string): Promise<boolean> {
    const nobodys = await (this.#nobodys ??= hash('nobody', COST))
    const isRight = await this.#inTurn(() => verify(known ?? nobodys, exact(password)))
    return known !== null && isRight
  }

  async #inTurn<T>(compute: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#atOnce) {
      if (this.#waiting.length >= this.#mostWaiting) throw new Problem('access.busy')
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    } else this.#running++
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#running)
    this.computed++
    try {
      return await compute()
    } finally {
      const next = this.#waiting.shift()
      // The place goes to the next in line; without one it is free.
      if (next) next()
      else this.#running--
    }
  }
}

/** The same letters are the same password, whichever way a keyboard composes them. */
const exact = (password: string): string => password.normalize('NFC')
