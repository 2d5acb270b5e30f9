/**
 * Numbers as they are spoken, in the parts that were recorded (`fixtures/prompts/texts.tsv`). Pure. A *count* goes with a
 * unit (两分钟), an *ordinal* is a place (第二位), and *digits* are read one by one, as in the numbers of phones and agents
 * (Chinese then says 幺 for 1).
 */
import type { Language } from '@ledgerline/core/kernel/words.ts'

/** Names of files without `.wav`. */
type Parts = string[]

/** The largest number that has words here; a larger one is read digit by digit. */
export const LARGEST_SPOKEN = 99_999

const part = (name: number | string): string => `numbers/${name}`

/** One by one; what is neither digit, star nor hash is passed over. */
export function digits(text: string, language: Language): Parts {
  return [...text].flatMap((sign) => {
    if (sign === '*') return [part('star')]
    if (sign === '#') return [part('hash')]
    if (!/^[0-9]$/.test(sign)) return []
    return [part(sign === '1' && language === 'zh' ? '1_digit' : sign)]
  })
}

/** A place: second, 第二. In English as a plain number, since it follows "number". */
export function ordinal(value: number, language: Language): Parts {
  return spoken(value, language, '2')
}

/** A number of things: 两, not 二. */
export function count(value: number, language: Language): Parts {
  return spoken(value, language, '2_of')
}

function spoken(value: number, language: Language, two: string): Parts {
  if (!Number.isInteger(value) || value < 0 || value > LARGEST_SPOKEN) return digits(String(value), language)
  return (language === 'zh' ? chinese(value, two) : english(value)).map(part)
}

function english(value: number): (number | string)[] {
  if (value <= 20) return [value]
  if (value < 100) return [value - (value % 10), ...(value % 10 === 0 ? [] : [value % 10])]
  const unit = value < 1000 ? 100 : 1000
  const rest = value % unit
  const linked = rest > 0 && rest < 100 ? ['and'] : []
  return [...english(Math.floor(value / unit)), unit, ...linked, ...(rest > 0 ? english(rest) : [])]
}

/** @param two how 2 is said by itself, and before 百, 千 and 万 */
function chinese(value: number, two: string): (number | string)[] {
  if (value < 10) return [value === 2 ? two : value]
  if (value < 20) return [10, ...(value === 10 ? [] : [value - 10])]
  const said: (number | string)[] = []
  let [rest, skipped] = [value, false]
  for (const unit of [10_000, 1000, 100, 10, 1]) {
    const digit = Math.floor(rest / unit)
    rest %= unit
    if (digit === 0) {
      skipped ||= said.length > 0
      continue
    }
    // However many are left out between two digits, one 零 stands for them.
    if (skipped) said.push(0)
    skipped = false
    said.push(digit === 2 && unit >= 100 ? two : digit)
    if (unit > 1) said.push(unit)
  }
  return said
}
