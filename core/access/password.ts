/** What a password must be: long enough, and not one that everybody tries first. Nothing is asked of its characters. */
import { Problem } from '../kernel/problem.ts'

const SHORTEST_PASSWORD = 8
export const LONGEST_PASSWORD = 128
/** A word of this many letters or more makes a password guessable if the password is little else. */
const WORD = 4

/**
 * @param words what an attacker knows of the user and the house: name, tenant, product
 * @param common passwords that are tried first, in small letters
 * @throws Problem `access.password_short`, `access.password_long`, `access.password_common`
 */
export function demandGoodPassword(
  password: string,
  words: readonly (string | null)[],
  common: ReadonlySet<string>,
): void {
  const letters = [...password]
  const where = { where: 'password' }
  if (letters.length < SHORTEST_PASSWORD)
    throw new Problem('access.password_short', { least: SHORTEST_PASSWORD }, where)
  if (letters.length > LONGEST_PASSWORD) throw new Problem('access.password_long', { most: LONGEST_PASSWORD }, where)
  const plain = password.toLowerCase()
  const isOf = (word: string): boolean => word.length >= WORD && plain.replaceAll(word, '').length < WORD
  const known = words.some((word) => word !== null && isOf(word.trim().toLowerCase()))
  if (known || common.has(plain) || isMonotonous(plain)) throw new Problem('access.password_common', {}, where)
}

/** `aaaaaaaa`, `12345678`, `hgfedcba`: one letter, or letters in their order. */
function isMonotonous(password: string): boolean {
  const codes = [...password].map((letter) => letter.codePointAt(0)!)
  const step = codes[1]! - codes[0]!
  return Math.abs(step) <= 1 && codes.every((code, index) => index === 0 || code - codes[index - 1]! === step)
}
