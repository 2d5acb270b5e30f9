/**
 * Regular expressions for called numbers (catalogue A3.2.3-pattern). They come from people and are tried against what
 * strangers dial, so only those are accepted that cannot take long: an expression may be tried in so many ways, and the
 * number is cut to {@link LONGEST_NUMBER}. What is not accepted matches nothing.
 */

/** What is wrong with an expression. */
export type PatternFault = 'not_anchored' | 'syntax' | 'too_many_ways' | 'loose_branch'

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
  const part = reader.alternatives()
  if (part === null || !reader.atEnd) return 'syntax'
  if (part.ways > MOST_WAYS) return 'too_many_ways'
  // Of `^10|20` the second would be found in the middle of any number.
  if (!reader.allAnchored) return 'loose_branch'
  try {
    new RegExp(text)
    return null
  } catch {
    return 'syntax'
  }
}

/** A number that fits an expression; null: none does, or the expression cannot be used. */
export function exampleOf(text: string): string | null {
  const shortest = patternFault(text) === null ? new Reader(text).alternatives()?.shortest : undefined
  return shortest !== undefined &&
    shortest !== null &&
    shortest.length <= LONGEST_NUMBER &&
    new RegExp(text).test(shortest)
    ? shortest
    : null
}

/** The expression, ready to be tried; null if it cannot be used. */
export function compiledPattern(text: string): RegExp | null {
  return patternFault(text) === null ? new RegExp(text) : null
}

/** A part of an expression. */
interface Part {
  /** In how many ways it can be tried on one number, at most. */
  ways: number
  /** The shortest text that fits; null: none that can be dialled. */
  shortest: string | null
}

/** What occurs in called numbers: digits first, then what SIP users and special services are called. */
const DIALLED = [...'0123456789*#+', ...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ', ...'.,_-@']

/**
 * Reads what expressions for numbers consist of: characters, `\d`, classes, groups, alternatives and repetitions. Null:
 * it cannot be read.
 */
class Reader {
  readonly #text: string
  #at = 0
  #depth = 0
  /** Does each alternative that is in no group begin with ^? */
  allAnchored = true

  constructor(text: string) {
    this.#text = text
  }

  get atEnd(): boolean {
    return this.#at === this.#text.length
  }

  alternatives(): Part | null {
    let ways = 0
    let shortest: string | null = null
    do {
      if (this.#depth === 0 && this.#text[this.#at] !== '^') this.allAnchored = false
      const branch = this.#sequence()
      if (branch === null) return null
      ways += branch.ways
      if (branch.shortest !== null && (shortest === null || branch.shortest.length < shortest.length))
        shortest = branch.shortest
    } while (this.#take('|'))
    return { ways, shortest }
  }

  #sequence(): Part | null {
    let ways = 1
    let shortest: string | null = ''
    while (!this.atEnd && !'|)'.includes(this.#text[this.#at]!)) {
      const one = this.#atom()
      if (one === null) return null
      const times = this.#repetition()
      if (times === null) return null
      ways = Math.min(ways * repeated(one.ways, times), Number.MAX_SAFE_INTEGER)
      if (times.least > 0)
        shortest = shortest === null || one.shortest === null ? null : shortest + one.shortest.repeat(times.least)
    }
    return { ways, shortest }
  }

  #atom(): Part | null {
    if (this.#takes(/^\((\?:)?/)) {
      this.#depth++
      const inside = this.alternatives()
      this.#depth--
      return this.#take(')') ? inside : null
    }
    // Look-around, back-references and the like are of no use for numbers.
    const found = this.#takes(/^(\[\^?(\\[\d\w+*#.-]|[\w+*#.,-])+\]|\\[dD+*#.^$-]|[\w#,.^$@-])/)
    return found && { ways: 1, shortest: characterOf(found[0]) }
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

/** A character that fits one atom; the ends of a number are none. Null: none that can be dialled. */
function characterOf(atom: string): string | null {
  if (atom === '^' || atom === '$') return ''
  try {
    const expression = new RegExp(`^${atom}$`)
    return DIALLED.find((character) => expression.test(character)) ?? null
  } catch {
    return null
  }
}
