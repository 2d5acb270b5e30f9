/**
 * Regular expressions for called numbers (catalogue A3.2.3-pattern). They come from people and are tried against what
 * strangers dial, so only those are accepted that cannot take long: an expression may be tried in so many ways, and the
 * number is cut to {@link LONGEST_NUMBER}. What is not accepted matches nothing.
 */

/** What is wrong with an expression. */
export type PatternFault = 'not_anchored' | 'syntax' | 'too_many_ways'

/** Longer numbers are cut before they are compared. */
export const LONGEST_NUMBER = 64
/** The most ways in which an expression may be tried on one number: two open-ended repetitions, but not three. */
const MOST_WAYS = 50_000

/** Is a rule's `to` an expression? Otherwise it is a number, or `*`. */
export function isPattern(to: string): boolean {
  return to.startsWith('^')
}

/** What is wrong with an expression; null: nothing, and it can be used. */
export function patternFault(text: string): PatternFault | null {
  if (!isPattern(text)) return 'not_anchored'
  const reader = new Reader(text)
  const ways = reader.alternatives()
  if (ways === null || !reader.atEnd) return 'syntax'
  if (ways > MOST_WAYS) return 'too_many_ways'
  try {
    new RegExp(text)
    return null
  } catch {
    return 'syntax'
  }
}

/** The expression, ready to be tried; null if it cannot be used. */
export function compiledPattern(text: string): RegExp | null {
  return patternFault(text) === null ? new RegExp(text) : null
}

/**
 * Reads what expressions for numbers consist of: characters, `\d`, classes, groups, alternatives and repetitions. Each
 * part says in how many ways it can be tried; null: it cannot be read.
 */
class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  get atEnd(): boolean {
    return this.#at === this.#text.length
  }

  alternatives(): number | null {
    let ways = 0
    do {
      const branch = this.#sequence()
      if (branch === null) return null
      ways += branch
    } while (this.#take('|'))
    return ways
  }

  #sequence(): number | null {
    let ways = 1
    while (!this.atEnd && !'|)'.includes(this.#text[this.#at]!)) {
      const one = this.#atom()
      if (one === null) return null
      const times = this.#repetition()
      if (times === null) return null
      ways = Math.min(ways * repeated(one, times), Number.MAX_SAFE_INTEGER)
    }
    return ways
  }

  #atom(): number | null {
    if (this.#takes(/^\((\?:)?/)) {
      const inside = this.alternatives()
      return this.#take(')') ? inside : null
    }
    // Look-around, back-references and the like are of no use for numbers.
    return this.#takes(/^(\[\^?(\\[\d\w+*#.-]|[\w+*#.,-])+\]|\\[dD+*#.^$-]|[\w#,.^$@-])/) ? 1 : null
  }

  #repetition(): { least: number; most: number } | null {
    const found = this.#takes(/^([?*+]|\{(\d{1,2})(,(\d{0,2}))?\})\??/)
    if (!found) return { least: 1, most: 1 }
    if (found[1] === '?') return { least: 0, most: 1 }
    if (found[1] === '*' || found[1] === '+') return { least: found[1] === '*' ? 0 : 1, most: LONGEST_NUMBER }
    const least = Number(found[2])
    const most = found[3] === undefined ? least : found[4] === '' ? LONGEST_NUMBER : Number(found[4])
    return most < least ? null : { least, most }
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false
    this.#at++
    return true
  }

  #takes(pattern: RegExp): RegExpExecArray | null {
    const found = pattern.exec(this.#text.slice(this.#at))
    if (found) this.#at += found[0].length
    return found
  }
}

function repeated(ways: number, { least, most }: { least: number; most: number }): number {
  let sum = 0
  for (let times = least; times <= most && sum <= MOST_WAYS; times++) sum += ways ** times
  return sum
}
