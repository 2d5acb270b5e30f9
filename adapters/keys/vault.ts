/**
 * The vault over a store of wrapped keys: which keys are in memory, and how missing ones are loaded. The store is a
 * table (`postgres.ts`) or, for simulations and tests, the memory (`memory.ts`).
 */
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Sealed, Vault } from '@ledgerline/core/kernel/vault.ts'
import type { PersonKey, Sealing } from './sealing.ts'

/** Where wrapped keys are kept. */
export interface KeyStore {
  /** The stored keys of these subjects; subjects without a key are absent. */
  load(tenant: string, subjects: readonly string[]): Promise<Map<string, Buffer>>
  /** Stores keys durably, in one round trip; a subject that already has one keeps it. Returns what is stored for each. */
  add(tenant: string, keys: ReadonlyMap<string, Buffer>): Promise<Map<string, Buffer>>
  remove(tenant: string, subject: string): Promise<boolean>
  close(): Promise<void>
}

/** What is known of a person's key; null: there is none. */
interface AtHand {
  person: PersonKey | null
  loadedAt: number
}

/** Subjects per generation; two generations are kept, so that a page's keys stay in memory while it is processed. */
const GENERATION = 30_000
/** A person forgotten by another process is forgotten here within this time, ms. */
const TRUSTED_MS = 60_000

export class KeyVault implements Vault {
  readonly #sealing: Sealing
  readonly #store: KeyStore
  /** By tenant and subject: those used recently, and those before them. */
  #young = new Map<string, AtHand>()
  #old = new Map<string, AtHand>()
  /** Identities hash to the same subject every time, and a call uses the same few in each of its events. */
  #subjects = new Map<string, string>()

  constructor(sealing: Sealing, store: KeyStore) {
    this.#sealing = sealing
    this.#store = store
  }

  subject(tenant: string, identity: string): string {
    const name = `${tenant}\0${identity}`
    const known = this.#subjects.get(name)
    if (known !== undefined) return known
    if (this.#subjects.size >= GENERATION) this.#subjects = new Map()
    const subject = this.#sealing.subject(tenant, identity)
    this.#subjects.set(name, subject)
    return subject
  }

  digest(tenant: string, text: string): string {
    return this.#sealing.digest(tenant, text)
  }

  async ready(tenant: string, subjects: Iterable<string>, create: boolean): Promise<void> {
    const now = Date.now()
    const wanted = []
    for (const subject of subjects) {
      const known = this.#find(tenant, subject)
      if (!known || now - known.loadedAt > TRUSTED_MS || (create && !known.person)) wanted.push(subject)
      else this.#young.set(`${tenant}\0${subject}`, known)
    }
    if (wanted.length > 0) {
      // A key is made for everybody who may be new, because finding out first would be another round trip: a caller waits for it.
      const wrapped = create
        ? await this.#store.add(
            tenant,
            new Map(wanted.map((subject) => [subject, this.#sealing.newKey(tenant, subject)])),
          )
        : await this.#store.load(tenant, wanted)
      for (const subject of wanted) {
        const stored = wrapped.get(subject)
        this.#young.set(`${tenant}\0${subject}`, {
          person: stored ? this.#unwrap(tenant, subject, stored) : null,
          loadedAt: now,
        })
      }
    }
    // Only now, so that what this call made ready survives at least until the next generation is full.
    if (this.#young.size > GENERATION) {
      this.#old = this.#young
      this.#young = new Map()
    }
  }

  seal(tenant: string, subject: string, value: string): Sealed {
    const person = this.#atHand(tenant, subject)
    if (!person) throw new Error(`the key of subject ${subject} was not made before sealing`)
    return { s: subject, c: this.#sealing.seal(tenant, subject, person, value) }
  }

  open(tenant: string, sealed: Sealed): string | null {
    const person = this.#atHand(tenant, sealed.s)
    return person && this.#sealing.open(tenant, sealed.s, person, sealed.c)
  }

  async forget(tenant: string, subject: string): Promise<boolean> {
    const had = await this.#store.remove(tenant, subject)
    this.#old.delete(`${tenant}\0${subject}`)
    this.#young.set(`${tenant}\0${subject}`, { person: null, loadedAt: Date.now() })
    return had
  }

  async close(): Promise<void> {
    await this.#store.close()
    this.#young.clear()
    this.#old.clear()
    this.#subjects.clear()
  }

  #find(tenant: string, subject: string): AtHand | undefined {
    const name = `${tenant}\0${subject}`
    return this.#young.get(name) ?? this.#old.get(name)
  }

  #atHand(tenant: string, subject: string): PersonKey | null {
    const known = this.#find(tenant, subject)
    if (!known) throw new Error(`the key of subject ${subject} was not made ready`)
    return known.person
  }

  #unwrap(tenant: string, subject: string, wrapped: Buffer): PersonKey {
    try {
      return this.#sealing.unwrap(tenant, subject, wrapped)
    } catch (cause) {
      throw new Problem('key.master_lost', { key: `for subject ${subject}` }, { cause })
    }
  }
}
