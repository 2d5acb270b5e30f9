/**
 * Where registrations are kept, so that phones need not register again when we restart: a port with two stores,
 * Redis and PostgreSQL (`bindings-redis.ts`, `bindings-postgres.ts`). One contract suite proves both.
 */
import type { Binding } from './registrar.ts'

/** A phone: an extension of a tenant. */
export interface Phone {
  tenant: string
  extension: string
}

/** All contacts of a phone, as they are kept. */
export interface Kept extends Phone {
  /** Grows with each change; 0: nothing was ever kept. */
  revision: number
  bindings: Binding[]
}

export interface Bindings {
  /**
   * Every phone that has contacts, expired ones too.
   * @throws Problem `sip.bindings_away`
   */
  all(): Promise<Kept[]>
  /** @throws Problem `sip.bindings_away` */
  load(phone: Phone): Promise<Kept>
  /**
   * Replaces a phone's contacts if nobody else has since `expected`. Empty: it has none any more.
   * @returns the new revision; null if somebody else was faster
   * @throws Problem `sip.bindings_away`; whether it was written is then not known
   */
  save(phone: Phone, expected: number, bindings: readonly Binding[]): Promise<number | null>
  close(): Promise<void>
}

/** An answer that takes longer is useless, ms: the phone has asked several times meanwhile. */
export const STORE_MS = 2_000
