/**
 * Keys for functions (catalogue C21): the codes of both dialects, a tenant's own, and what was keyed in.
 *
 * Some codes are the beginning of others. `*D0` has no end key, so with D = 1 it is `*10`, the start of `*100` and
 * `*101`; with D = 0 it is `*00`, the start of `*000` and `*001`; with D = 7 it is `*70`, the start of both transfers.
 * `9066D` is the start of `9066D0`. This is how they are told apart:
 *
 * - A number that is dialled as a whole is the code that it matches from its first to its last key.
 * - Keys pressed one by one in a call are collected while they can become a longer code. A code that is complete but
 *   may go on counts if no further key comes within the wait for keys (`keyWaitMs`); one that cannot go on counts at
 *   once. Keys that can no longer become any code are no code.
 * - Codes that make no sense in a call are not looked for there ({@link CODES_IN_A_CALL}), so that they cannot delay
 *   those that do.
 * - Where two codes have the same keys, the one without a placeholder counts: `*66` before `*D6`; of two that are alike
 *   otherwise, the tenant’s own.
 */
import type { FeatureAction, FeatureCodes } from '../network/settings.ts'

/** The two tables of C21: with a standard SIP gateway, and with one of Zhongfang (众方). */
const dialects: Readonly<Record<'standard' | 'zhongfang', Readonly<Record<FeatureAction, string>>>> = {
  standard: {
    balance: '*181',
    sign_in: '*001',
    sign_out: '*000',
    ready: '*101',
    not_ready: '*100',
    long_sign_in: '*99',
    end_long_sign_in: '*88#',
    blind_transfer: '*70*A#',
    consult: '*71*A#',
    mark: '*D#',
    mark_announce: '*D0',
    mark_last: '*66*D#',
    mark_last_announce: '*66*D0',
    last_number: '*67',
    hang_up: '##',
    agent_number: '*114*1',
    extension_number: '*114*2',
  },
  zhongfang: {
    balance: '90181',
    sign_in: '90001',
    sign_out: '90000',
    ready: '90101',
    not_ready: '90100',
    long_sign_in: '90099',
    end_long_sign_in: '*88*',
    blind_transfer: '*70*A*',
    consult: '*71*A*',
    mark: '*D*',
    mark_announce: '*D0',
    mark_last: '9066D',
    mark_last_announce: '9066D0',
    last_number: '90067',
    hang_up: '**',
    agent_number: '90114',
    extension_number: '*114#',
  },
}

/** What may be keyed in during a call; the others begin something that needs a free phone. */
export const CODES_IN_A_CALL: ReadonlySet<FeatureAction> = new Set<FeatureAction>([
  'ready',
  'not_ready',
  'sign_out',
  'blind_transfer',
  'consult',
  'mark',
  'mark_announce',
  'mark_last',
  'mark_last_announce',
  'last_number',
  'hang_up',
])

/** What may be keyed in on a phone that is kept connected (long sign-in), between calls. */
export const CODES_ON_A_LINE: ReadonlySet<FeatureAction> = new Set<FeatureAction>([
  ...CODES_IN_A_CALL,
  'end_long_sign_in',
  'balance',
  'agent_number',
  'extension_number',
])

/** The longest agent number or extension that is keyed in. */
const LONGEST_PARTY = 20

/** A function that was keyed in. */
export interface Feature {
  action: FeatureAction
  /** The digit for `D`: a kind of customer. */
  digit: string | null
  /** The digits for `A`: an agent number or an extension. */
  party: string | null
}

/** What keys amount to so far. */
export interface KeyedIn {
  /** The code that they are; null: none yet. */
  feature: Feature | null
  /** Could further keys make them a longer code? */
  mayGoOn: boolean
}

/** A tenant's codes: its own take the place of the dialect's. */
export function keysOf({ dialect, codes }: FeatureCodes): readonly { action: FeatureAction; keys: string }[] {
  const own = new Set(codes.map(({ action }) => action))
  const ofDialect = dialect === 'own' ? [] : (Object.entries(dialects[dialect]) as [FeatureAction, string][])
  return [...ofDialect.filter(([action]) => !own.has(action)).map(([action, keys]) => ({ action, keys })), ...codes]
}

/** Reads keys. @param among only these; absent: all */
export function readKeys(codes: FeatureCodes, pressed: string, among?: ReadonlySet<FeatureAction>): KeyedIn {
  let found: { feature: Feature; literal: number } | null = null
  let mayGoOn = false
  for (const { action, keys } of keysOf(codes)) {
    if (among && !among.has(action)) continue
    const read = readCode(keys, pressed)
    if (!read) continue
    mayGoOn ||= read.mayGoOn
    if (!read.complete) continue
    const literal = [...keys].filter((key) => key !== 'D' && key !== 'A').length
    if (!found || literal >= found.literal)
      found = { feature: { action, digit: read.digit, party: read.party }, literal }
  }
  return { feature: found?.feature ?? null, mayGoOn }
}

/** The keys of one code against those pressed; null: they are something else. */
function readCode(
  keys: string,
  pressed: string,
): { complete: boolean; mayGoOn: boolean; digit: string | null; party: string | null } | null {
  let at = 0
  let digit: string | null = null
  let party: string | null = null
  for (const [index, key] of [...keys].entries()) {
    if (at === pressed.length) return { complete: false, mayGoOn: true, digit, party }
    if (key === 'A') {
      const digits = /^\d*/.exec(pressed.slice(at))![0].slice(0, LONGEST_PARTY)
      if (digits === '') return null
      at += digits.length
      party = digits
      if (index === keys.length - 1 && at === pressed.length)
        return { complete: true, mayGoOn: digits.length < LONGEST_PARTY, digit, party }
    } else if (key === 'D') {
      if (!/\d/.test(pressed[at]!)) return null
      digit = pressed[at]!
      at++
    } else if (pressed[at] === key) at++
    else return null
  }
  return at === pressed.length ? { complete: true, mayGoOn: false, digit, party } : null
}
