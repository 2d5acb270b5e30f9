/**
 * Phone numbers: the one place that says what a number is, and when two are the same. Raw, as it arrived or was typed,
 * and normalised, as everything compares it: routes, kept places, subjects of personal keys, filters.
 *
 * Normalised is what people in the country write: a mobile or service number bare (`13800001111`, `95588`), a landline
 * with its area code (`02161234567`), a foreign number in E.164 (`+44…`). A number whose form says too little keeps its
 * digits. A withheld caller id is never taken for anyone's number: it has no normalised form.
 *
 * The plan is mainland China's: ITU-T E.129 (86), the MIIT's numbering plan (telecom network numbering, 2017 edition):
 * mobiles 1[3-9] + 9, area codes 0…, 400/800 + 7, 95xxx, 96xxx, 1[0-2]….
 */

export type NumberKind = 'mobile' | 'fixed' | 'service' | 'emergency' | 'internal' | 'foreign' | 'withheld' | 'other'

export interface PhoneNumber {
  /** As it came, without characters that no number has, and no longer than {@link LONGEST}. Null: there was none. */
  raw: string | null
  /** The form used for comparison; null if it is withheld or contains nothing to dial. */
  normalised: string | null
  kind: NumberKind
  /** `+` and country code, if the form reveals it; RFC 3966 calls it a global number. */
  e164: string | null
}

/** Longer input is cut: E.164 has 15 digits, and useful SIP user parts hardly ever exceed this. */
export const LONGEST = 64

/** Police, fire, ambulance, traffic police; 112 from mobiles, 999 and 911 as visitors dial them; maritime rescue, police by text. */
const EMERGENCY = new Set(['110', '119', '120', '122', '112', '999', '911', '12395', '12110'])
const HOME = '86'

const nobody: PhoneNumber = { raw: null, normalised: null, kind: 'withheld', e164: null }

/** How networks and phones write "there is no number" (RFC 3323, RFC 3325, ISUP presentation). */
const WITHHELD = /^(anonymous|anon|unavailable|unknown|restricted|private|withheld|blocked|no[-_ ]?number|none|null)$/i

/** Parses a number as it arrived or was typed, including from a SIP or tel address. Total: every input has a result. */
export function phoneNumber(value: string | null | undefined): PhoneNumber {
  if (value === null || value === undefined) return nobody
  const raw = cut(value, LONGEST)
  const user = userPart(raw).replace(/[^\p{L}\p{N}+*#._-]/gu, '')
  if (!/[\p{L}\p{N}*#]/u.test(user) || WITHHELD.test(user)) return { ...nobody, raw: raw === '' ? null : raw }
  // Someone's name at a SIP domain, which no numbering plan knows.
  if (/\p{L}/u.test(user)) return { raw, normalised: user, kind: 'other', e164: null }
  const dialled = user.replace(/[^\d+*#]/g, '')
  if (dialled === '') return { raw, normalised: user, kind: 'other', e164: null }
  if (/[*#]/.test(dialled) || dialled.lastIndexOf('+') > 0)
    return { raw, normalised: dialled, kind: 'other', e164: null }
  return { raw, ...read(dialled) }
}

/** Do two spellings mean the same number? Withheld ones never do. */
export function sameNumber(one: string | null, other: string | null): boolean {
  const { normalised } = phoneNumber(one)
  return normalised !== null && normalised === phoneNumber(other).normalised
}

/** Is this one of the numbers that are routed first, that no limit blocks and that no extension may have? */
export function isEmergency(number: string | null): boolean {
  return phoneNumber(number).kind === 'emergency'
}

/** The beginning of a text, without the control characters that tables refuse. */
export function cut(value: string, most: number): string {
  // Almost every number: nothing to normalise, and nothing to take away.
  if (value.length <= most && /^[!-~]*$/.test(value)) return value
  // eslint-disable-next-line no-control-regex
  const clean = value
    .normalize('NFKC')
    .replace(
      /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
      '',
    )
    .trim()
  const letters = [...clean]
  let length = 0
  let kept = ''
  for (const letter of letters) {
    length += letter.length
    if (length > most) break
    kept += letter
  }
  return kept
}

/** `"Li" <sip:+86138…;phone-context=x@host;user=phone>` → `+86138…` (RFC 3261, RFC 3966). */
function userPart(raw: string): string {
  const angled = /<([^>]*)>?/.exec(raw)?.[1] ?? raw
  const address = /^\s*(?:sips?|tel):(.*)$/is.exec(angled)
  if (!address) return angled.trim()
  const user = address[1]!.split('@')[0]!.split(';')[0]!.split(':')[0]!
  try {
    return decodeURIComponent(user).trim()
  } catch {
    return user.trim()
  }
}

function read(dialled: string): Omit<PhoneNumber, 'raw'> {
  if (dialled.startsWith('+')) return abroad(dialled.slice(1))
  // 110 is the police; nobody dials 0110 or +86110, so they count as the same.
  const home = atHome(dialled)
  if (home) return home
  if (dialled.startsWith('00') && dialled.length > 6) return abroad(dialled.slice(2))
  // Mobiles of another city used to be dialled with a leading 0; gateways still write it.
  if (dialled.startsWith('0')) {
    const trunk = atHome(dialled.slice(1))
    if (trunk && trunk.kind !== 'internal' && trunk.kind !== 'fixed') return trunk
  }
  // Some gateways leave the plus out.
  if (dialled.startsWith(HOME) && dialled.length >= 12) {
    const national = nationalOf(dialled.slice(HOME.length))
    if (national) return national
  }
  return dialled.length <= 6
    ? { normalised: dialled, kind: 'internal', e164: null }
    : { normalised: dialled, kind: localFixed(dialled) ? 'fixed' : 'other', e164: null }
}

/** After `+` or `00`: country code and number. */
function abroad(digits: string): Omit<PhoneNumber, 'raw'> {
  if (digits.startsWith(HOME)) {
    const national = nationalOf(digits.slice(HOME.length))
    if (national) return national
  }
  const plausible = /^[1-9]\d{6,14}$/.test(digits)
  return { normalised: `+${digits}`, kind: plausible ? 'foreign' : 'other', e164: plausible ? `+${digits}` : null }
}

/** The part after our own country code: area codes lose their 0 there, though some keep it. */
function nationalOf(digits: string): Omit<PhoneNumber, 'raw'> | null {
  const known = atHome(digits)
  if (known && known.kind !== 'internal') return known
  const withArea = atHome(`0${digits}`)
  if (withArea?.kind === 'fixed') return withArea
  const bare = digits.startsWith('0') ? atHome(digits.slice(1)) : null
  return bare && bare.kind !== 'internal' ? bare : null
}

/** A number as dialled within the country; null if its form says nothing. */
function atHome(digits: string): Omit<PhoneNumber, 'raw'> | null {
  if (EMERGENCY.has(digits)) return { normalised: digits, kind: 'emergency', e164: null }
  if (/^1[3-9]\d{9}$/.test(digits)) return { normalised: digits, kind: 'mobile', e164: `+${HOME}${digits}` }
  if (/^[48]00\d{7}$/.test(digits)) return { normalised: digits, kind: 'service', e164: `+${HOME}${digits}` }
  if (/^(95\d{3,6}|96\d{3,6}|1[0-2]\d{3,6}|11[46]|106\d{5,17})$/.test(digits))
    return { normalised: digits, kind: 'service', e164: null }
  // Area codes: 010 and 02x with eight digits, the others (four digits) with seven or eight.
  if (/^0(10|2\d)\d{8}$/.test(digits) || /^0[3-9]\d{2}\d{7,8}$/.test(digits))
    return { normalised: digits, kind: 'fixed', e164: `+${HOME}${digits.slice(1)}` }
  return null
}

/** A landline without its area code. */
function localFixed(digits: string): boolean {
  return /^[2-8]\d{6,7}$/.test(digits)
}
