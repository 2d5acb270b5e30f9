/**
 * The registrations of all phones: in memory, written through to their store before anything is acknowledged, and read
 * from it at the start. Each change of a phone's contacts waits for the one before it. The process that owns the calls has
 * them; should two believe that they do, the store lets one of them through (revisions), and the other reads again.
 *
 * A phone is reported as registered when it gets its first contact, and as unregistered when its last one is gone. That
 * a contact's time is over follows from time at each look; the timer only makes somebody look.
 */
import type { Clock } from '@ledgerline/core/kernel/clock.ts'
import type { Bindings, Kept, Phone } from './bindings.ts'
import { live, register, type Answer, type Binding, type Register, type RegistrarRules } from './registrar.ts'

/** A phone became reachable, or unreachable. */
export interface Turn extends Phone {
  at: number
  /** Its contact; null when it has none any more. */
  contact: string | null
}

interface Entry extends Kept {
  /** What was reported last. */
  isRegistered: boolean
  line: Promise<unknown>
  waiting: number
}

export interface RegistrationsOptions {
  clock: Clock
  rules: RegistrarRules
  onTurn: (turn: Turn) => void
  /** The contacts of a phone may be others than before. */
  onContacts?: (phone: Phone) => void
}

/** Changes of one phone that may wait for each other. */
const WAITING = 8
/** A store that was away is tried again after this, ms. */
const AGAIN_MS = 5_000

export class Registrations {
  readonly #store: Bindings
  readonly #clock: Clock
  readonly #rules: RegistrarRules
  readonly #onTurn: (turn: Turn) => void
  readonly #onContacts: (phone: Phone) => void
  readonly #entries = new Map<string, Entry>()
  readonly #byExtension = new Map<string, Set<Entry>>()
  #cancelLook: () => void = () => {}
  #lookAt = Number.POSITIVE_INFINITY

  private constructor(store: Bindings, { clock, rules, onTurn, onContacts = () => {} }: RegistrationsOptions) {
    this.#store = store
    this.#clock = clock
    this.#rules = rules
    this.#onTurn = onTurn
    this.#onContacts = onContacts
  }

  /**
   * Reads what is kept, and reports every phone that is there, and every one whose time went by meanwhile.
   * @throws Problem `sip.bindings_away`
   */
  static async open(store: Bindings, options: RegistrationsOptions): Promise<Registrations> {
    const { clock, onTurn } = options
    const registrations = new Registrations(store, options)
    for (const kept of await store.all()) {
      // Until it is reported otherwise, it is where it was.
      const entry = { ...kept, isRegistered: true, line: Promise.resolve(), waiting: 0 }
      registrations.#add(entry)
      const [first] = live(kept.bindings, clock.now())
      if (first) onTurn({ ...phoneOf(kept), at: clock.now(), contact: first.contact })
    }
    registrations.#look()
    return registrations
  }

  /** The contacts of a phone, those to be tried first in front. */
  contactsOf(phone: Phone): Binding[] {
    return live(this.#entries.get(keyOf(phone))?.bindings ?? [], this.#clock.now())
  }

  /** Has an extension of that name contacts, whosever it is? */
  hasAny(extension: string): boolean {
    const now = this.#clock.now()
    return [...(this.#byExtension.get(extension) ?? [])].some(({ bindings }) => live(bindings, now).length > 0)
  }

  /** Every phone that has contacts now. */
  *all(): Iterable<Kept> {
    const now = this.#clock.now()
    for (const entry of this.#entries.values()) {
      const bindings = live(entry.bindings, now)
      if (bindings.length > 0) yield { ...phoneOf(entry), revision: entry.revision, bindings }
    }
  }

  /**
   * What a REGISTER does. Null: so many of this phone are under way that this one is not taken.
   * @throws Problem `sip.bindings_away`; nothing has changed as far as anybody was told
   */
  async register(phone: Phone, request: Register): Promise<Answer | null> {
    const entry = this.#entry(phone)
    if (entry.waiting >= WAITING) return null
    return this.#inLine(entry, () => this.#change(entry, request))
  }

  /** A contact cannot be reached any more until it is registered again. One that has been meanwhile stays. */
  async lost(phone: Phone, { callId, cseq, contact }: Binding): Promise<void> {
    const entry = this.#entry(phone)
    await this.#inLine(entry, async () => {
      const isLost = (one: Binding): boolean => one.contact === contact && one.callId === callId && one.cseq === cseq
      const left = entry.bindings.filter((one) => !isLost(one))
      if (left.length < entry.bindings.length && (await this.#save(entry, left))) this.#turn(entry, this.#clock.now())
      // While the store is away it stays, and is found again.
    }).catch(() => {})
  }

  close(): void {
    this.#cancelLook()
  }

  async #change(entry: Entry, request: Register): Promise<Answer> {
    for (;;) {
      const now = this.#clock.now()
      const answer = register(request, entry.bindings, now, this.#rules)
      if (answer.status !== 200 || !answer.changed) return answer
      if (!(await this.#save(entry, answer.bindings))) continue
      this.#turn(entry, now)
      this.#lookBy(Math.min(...entry.bindings.map(({ expiresAt }) => expiresAt)))
      return answer
    }
  }

  /** After everything else that is done with this phone. */
  async #inLine<T>(entry: Entry, work: () => Promise<T>): Promise<T> {
    entry.waiting++
    const done = entry.line.then(work)
    entry.line = done.catch(() => {})
    try {
      return await done
    } finally {
      entry.waiting--
    }
  }

  /** False: somebody else was faster, and their state has been read. */
  async #save(entry: Entry, bindings: Binding[]): Promise<boolean> {
    const revision = await this.#store.save(entry, entry.revision, bindings)
    if (revision === null) {
      const { revision: theirs, bindings: kept } = await this.#store.load(phoneOf(entry))
      Object.assign(entry, { revision: theirs, bindings: kept })
      this.#onContacts(phoneOf(entry))
      return false
    }
    Object.assign(entry, { revision, bindings })
    this.#onContacts(phoneOf(entry))
    return true
  }

  /** Reports a phone that has turned. */
  #turn(entry: Entry, now: number): void {
    const [first] = live(entry.bindings, now)
    if (Boolean(first) === entry.isRegistered) return
    entry.isRegistered = Boolean(first)
    this.#onTurn({ ...phoneOf(entry), at: now, contact: first?.contact ?? null })
  }

  #entry(phone: Phone): Entry {
    const key = keyOf(phone)
    let entry = this.#entries.get(key)
    if (!entry) {
      entry = { ...phoneOf(phone), revision: 0, bindings: [], isRegistered: false, line: Promise.resolve(), waiting: 0 }
      this.#add(entry)
    }
    return entry
  }

  #add(entry: Entry): void {
    this.#entries.set(keyOf(entry), entry)
    const others = this.#byExtension.get(entry.extension) ?? new Set()
    this.#byExtension.set(entry.extension, others.add(entry))
  }

  /** Finds the phones whose time is over, and when the next one's will be. */
  #look(): void {
    const now = this.#clock.now()
    this.#lookAt = Number.POSITIVE_INFINITY
    let next = Number.POSITIVE_INFINITY
    for (const entry of this.#entries.values()) {
      this.#turn(entry, now)
      if (entry.bindings.some(({ expiresAt }) => expiresAt <= now)) {
        this.#onContacts(phoneOf(entry))
        this.#tidy(entry)
        next = Math.min(next, now + AGAIN_MS)
      }
      for (const { expiresAt } of entry.bindings) if (expiresAt > now) next = Math.min(next, expiresAt)
    }
    this.#lookBy(next)
  }

  #lookBy(at: number): void {
    if (at >= this.#lookAt) return
    this.#cancelLook()
    this.#lookAt = at
    this.#cancelLook = this.#clock.at(at, () => this.#look())
  }

  /** Takes expired contacts out of the store, so that a restart does not report them once more. */
  #tidy(entry: Entry): void {
    if (entry.waiting > 0) return
    // If the store is away they are over all the same, and are tried again at the next look.
    void this.#inLine(entry, () => this.#save(entry, live(entry.bindings, this.#clock.now()))).catch(() => {})
  }
}

const keyOf = ({ tenant, extension }: Phone): string => JSON.stringify([tenant, extension])
const phoneOf = ({ tenant, extension }: Phone): Phone => ({ tenant, extension })
