/**
 * The phones of the simulated network: which are registered, whose habits they have, and what their registrations say.
 * As at a registrar, a phone names a contact when it registers, is asked with OPTIONS whether it answers, and registers
 * again before its time is up; one that is unplugged takes its registration back. Addresses are those set aside for
 * documentation (RFC 5737). Nothing is drawn by dice: the same phone is always the same, so that the same seed gives the
 * same calls whether phones say where they are or not.
 */
import type { Clock } from '@ledgerline/core/kernel/clock.ts'
import type { PhoneContact } from '@ledgerline/core/registration/events.ts'
import type { PhoneHabits } from './people.ts'

export interface PhonesOptions {
  clock: Clock
  /** Phones say where they are; without it only that they are registered, which is all that calls need. */
  contacts: boolean
  /** The contacts of a phone, whenever there is something new about them. */
  tell: (tenant: string, extension: string, contacts: readonly PhoneContact[]) => void
}

interface Phone {
  habits: PhoneHabits
  contact: PhoneContact
  /** How often it has been asked whether it answers. */
  asked: number
  /** Does not ask it again. */
  calm: () => void
}

/** A registered phone is asked so soon … */
const FIRST_PING_MS = 500
/** … and whenever it registers again. */
const REFRESH_MS = 10 * 60_000
/** As often as this an answer takes long enough to be noticed. */
const SLOW_ONE_IN = 40

const models = ['Softphone 3.21', 'Deskphone T46 108.86', 'Deskphone VVX 6.4', 'Conference phone 2.1'] as const
const networks = ['192.0.2', '198.51.100', '203.0.113'] as const

export class Phones {
  readonly #with: PhonesOptions
  /** By tenant and extension. */
  readonly #phones = new Map<string, Phone>()

  constructor(options: PhonesOptions) {
    this.#with = options
  }

  habits(tenant: string, extension: string): PhoneHabits | null {
    return this.#phones.get(keyOf(tenant, extension))?.habits ?? null
  }

  /** A phone registers; from now on its owner has these habits. Returns its contact; null: it was registered before. */
  plug(tenant: string, extension: string, habits: PhoneHabits): PhoneContact | null {
    const known = this.#phones.get(keyOf(tenant, extension))
    if (known) known.habits = habits
    if (known) return null
    const phone: Phone = { habits, contact: contactOf(extension), asked: 0, calm: () => {} }
    this.#phones.set(keyOf(tenant, extension), phone)
    if (this.#with.contacts) {
      this.#with.tell(tenant, extension, [phone.contact])
      this.#askIn(FIRST_PING_MS, tenant, extension, phone)
    }
    return phone.contact
  }

  /** A phone loses its registration. Returns its owner's habits; null: there was none. */
  unplug(tenant: string, extension: string): PhoneHabits | null {
    const phone = this.#phones.get(keyOf(tenant, extension))
    if (!phone) return null
    phone.calm()
    this.#phones.delete(keyOf(tenant, extension))
    if (this.#with.contacts) this.#with.tell(tenant, extension, [])
    return phone.habits
  }

  /** Extensions with a phone. */
  registered(tenant: string): string[] {
    const of = keyOf(tenant, '')
    return [...this.#phones.keys()].flatMap((key) => (key.startsWith(of) ? [key.slice(of.length)] : []))
  }

  /** No phone is asked any longer. */
  close(): void {
    for (const phone of this.#phones.values()) phone.calm()
  }

  #askIn(ms: number, tenant: string, extension: string, phone: Phone): void {
    const { clock, tell } = this.#with
    phone.calm = clock.at(clock.now() + ms, () => {
      phone.contact = { ...phone.contact, reach: 'reachable', pingMs: pingMs(extension, phone.asked++) }
      tell(tenant, extension, [phone.contact])
      this.#askIn(REFRESH_MS, tenant, extension, phone)
    })
  }
}

/** A phone's contact before anybody has asked whether it answers. */
function contactOf(extension: string): PhoneContact {
  const number = spread(extension)
  const address = `${networks[number % networks.length]}.${1 + (number % 254)}`
  // Some stand behind a router, which gives them a port of its own.
  const behindNat = number % 5 === 0
  const port = behindNat ? 40_000 + (number % 20_000) : 5060
  return {
    contact: `sip:${extension}@${behindNat ? '192.0.2.200' : address}:5060`,
    userAgent: models[number % models.length]!,
    host: 'simulator',
    address,
    port,
    protocol: number % 3 === 0 ? 'tls' : 'udp',
    behindNat,
    reach: 'unknown',
    pingMs: null,
  }
}

/** How long a phone's n-th answer takes. */
function pingMs(extension: string, n: number): number {
  const number = spread(`${extension} ${n}`)
  return number % SLOW_ONE_IN === 0 ? 120 + (number % 90) : 8 + (number % 30)
}

/** A number that follows from a text and looks like none (FNV-1a). */
function spread(text: string): number {
  let number = 0x811c9dc5
  for (const letter of text) number = Math.imul(number ^ letter.charCodeAt(0), 0x01000193) >>> 0
  return number
}

const keyOf = (tenant: string, extension: string): string => `${tenant}/${extension}`
