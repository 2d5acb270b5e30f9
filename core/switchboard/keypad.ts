/**
 * Keys that agents press on their phones during a call, or while their phone is kept connected: collected until they
 * are a feature code (catalogue C21; how codes are told apart: `routing/feature-codes.ts`). The keys themselves are in
 * the ledger; a code that was half keyed in when another process took over has to be keyed in again.
 */
import type { FeatureAction, FeatureCodes } from '../network/settings.ts'
import { readKeys, type Feature } from '../routing/feature-codes.ts'

export interface KeypadDependencies {
  codes: () => FeatureCodes
  later: (ms: number, then: () => void) => void
}

/** No code is longer, and nobody keys in more by accident. */
const MOST_KEYS = 40

interface Pressed {
  keys: string
  /** Counts the keys of this leg: tells a wait that is over from one that a further key prolonged. */
  count: number
}

export class Keypad {
  readonly #with: KeypadDependencies
  readonly #pressed = new Map<string, Pressed>()

  constructor(dependencies: KeypadDependencies) {
    this.#with = dependencies
  }

  /**
   * A key was pressed.
   * @param among the codes that make sense there
   * @param use called once the keys are a code
   */
  press(legId: string, key: string, among: ReadonlySet<FeatureAction>, use: (feature: Feature) => void): void {
    const { codes, later } = this.#with
    const before = this.#pressed.get(legId)
    const read = (keys: string) => ({ keys, ...readKeys(codes(), keys, among) })
    let now = read(`${before?.keys ?? ''}${key}`)
    // It does not belong to what was keyed in before, but may begin something of its own.
    if (!now.feature && !now.mayGoOn && before) now = read(key)
    const { keys, feature, mayGoOn } = now
    if (!mayGoOn || keys.length > MOST_KEYS) {
      this.#pressed.delete(legId)
      if (feature) use(feature)
      return
    }
    const count = (before?.count ?? 0) + 1
    this.#pressed.set(legId, { keys, count })
    later(codes().keyWaitMs, () => {
      if (this.#pressed.get(legId)?.count !== count) return
      this.#pressed.delete(legId)
      if (feature) use(feature)
    })
  }

  /** The leg is gone. */
  forget(legId: string): void {
    this.#pressed.delete(legId)
  }
}
