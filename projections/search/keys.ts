/**
 * How lists find a text by a part of it, quickly: keys that are made once, when a row is written, and stored beside it
 * as an array with an index. A search asks for the keys that every match must have, and compares what is found by them.
 *
 * - `part`: a text in any script, by trigrams, which PostgreSQL makes itself; no key of ours
 * - `name`: each character and each pair of neighbours, so that 王 and 王伟 are found at once (trigrams need three), and
 *   the beginnings of how it is read: `wangw`, `ww`
 * - `number`: in any notation, by three digits or more in a row, or by its last four
 */
import { phoneNumber } from '@ledgerline/core/number/number.ts'
import type { SearchedAs } from '../engine/model.ts'
import { readingsOf } from './pinyin.ts'

export const matches = ['part', 'name', 'number'] as const
export type Match = (typeof matches)[number]

/** What a search needs. */
export interface Sought {
  /** Keys of which one set must be there, whole; empty: none help. */
  sets: readonly KeySet[]
  /** What the text contains, as {@link folded}; of a number its digits. */
  text: string
}

interface KeySet {
  keys: readonly string[]
  /** Whoever has the keys matches: nothing is left to compare. */
  enough: boolean
}

/** So many letters of a reading are kept. */
const MOST_LETTERS = 24

/** What to look for when somebody looks for this. */
export function soughtIn(match: Match, typed: string): Sought {
  if (match === 'part') return { sets: [], text: typed }
  return match === 'name' ? soughtName(folded(typed)) : soughtNumber(digitsSought(typed))
}

/** The key of those numbers that end with these digits. @param digits four */
export const tailKey = (digits: string): string => `$${digits}`

/** The digits of a number that ends a number, shortest and longest. */
export const TAIL = 4

/**
 * What names are sorted by: how they are read, syllable by syllable, then as they are written. 长沙 comes before 重庆
 * (chang, chong) and 先 after 西安 (xian, xi an).
 */
export function orderOf(value: string): string {
  const { words } = readingsOf(value.normalize('NFKC').trim().toLowerCase())
  return `${spoken(words.slice(0, MOST_SYLLABLES))}\u0001${value.slice(0, MOST_SORTED)}`
}

/** Syllables with blanks between them; letters that follow each other are a word. */
const spoken = (words: readonly string[]): string =>
  words
    .map((word, index) => (word.length === 1 && words[index - 1]?.length === 1 ? word : ` ${word}`))
    .join('')
    .trim()

/** An index takes no longer texts; what is alike up to here is sorted by its id. */
const MOST_SYLLABLES = 100
const MOST_SORTED = 200

/** A text without what looks alike but differs: case, width, blanks. */
export function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/gu, '')
}

function keysOfName(value: string): string[] {
  const text = folded(value)
  const letters = [...text]
  const keys = new Set(letters)
  for (let index = 1; index < letters.length; index++) keys.add(letters[index - 1]! + letters[index]!)
  const { words, name } = readingsOf(text)
  for (const syllables of words.join() === name.join() ? [words] : [words, name])
    for (const reading of [syllables.join(''), syllables.map((syllable) => syllable.slice(0, 1)).join('')])
      for (let length = 1; length <= Math.min(reading.length, MOST_LETTERS); length++)
        keys.add(beginning(reading.slice(0, length)))
  return [...keys]
}

/** The key of what is read like this at its beginning. */
const beginning = (letters: string): string => `^${letters}`

function soughtName(text: string): Sought {
  const letters = [...text]
  const pairs = letters.slice(1).map((letter, index) => letters[index]! + letter)
  const sets: KeySet[] = [{ keys: letters.length < 2 ? letters : [...new Set(pairs)], enough: letters.length <= 2 }]
  if (/^[a-zü]+$/.test(text))
    sets.push({ keys: [beginning(text.replaceAll('ü', 'v').slice(0, MOST_LETTERS))], enough: true })
  return { sets, text }
}

/** Digits in a row that are kept: of three and of four. Two are in every tenth number, and no index helps. */
const RUNS = [3, 4] as const

function keysOfNumber(value: string): string[] {
  const digits = (phoneNumber(value).normalised ?? '').replace(/\D/g, '')
  const keys = new Set<string>()
  for (const run of RUNS)
    for (let start = 0; start + run <= digits.length; start++) keys.add(digits.slice(start, start + run))
  if (digits.length >= TAIL) keys.add(tailKey(digits.slice(-TAIL)))
  return [...keys]
}

/** A whole number as tables have it, or the digits of a part. */
export function digitsSought(typed: string): string {
  const { normalised, kind } = phoneNumber(typed)
  const whole = kind !== 'other' && kind !== 'internal' && kind !== 'withheld' ? normalised : null
  return (whole ?? typed.normalize('NFKC')).replace(/\D/g, '')
}

function soughtNumber(digits: string): Sought {
  const keys = keysOfDigits(digits)
  return { sets: keys.length === 0 ? [] : [{ keys, enough: digits.length <= Math.max(...RUNS) }], text: digits }
}

/** Keys that a number with these digits in a row has; none: they are too few. */
export function keysOfDigits(digits: string): string[] {
  const run = RUNS.findLast((length) => length <= digits.length)
  if (run === undefined) return []
  return [...new Set(Array.from({ length: digits.length - run + 1 }, (_, start) => digits.slice(start, start + run)))]
}

/** How columns are declared to be searched. */
export const searchedAs: Readonly<Record<Match, SearchedAs>> = {
  part: { match: 'part', keysOf: null, orderOf: null },
  name: { match: 'name', keysOf: keysOfName, orderOf },
  number: { match: 'number', keysOf: keysOfNumber, orderOf: null },
}
