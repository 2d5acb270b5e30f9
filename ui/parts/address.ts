/**
 * Filters live in the address. Values stay text (agent 0042 is not 42), and each name occurs once with
 * comma-separated values, because the router would parse numbers and drop repeats.
 */
import { searchParams } from 'sv-router'

/** All of the address's values; follows it where it is read in an effect or a derivation. */
export function address(): URLSearchParams {
  return searchParams.toURLSearchParams()
}

export function fromAddress(name: string): string | null {
  return address().get(name) || null
}

export function listFromAddress(name: string): string[] {
  return (fromAddress(name) ?? '').split(',').filter((value) => value !== '')
}

/**
 * Changes some values and keeps the rest; null or an empty value removes one. Choosing a filter is a step that "back"
 * undoes; changes while typing are not (`replace`).
 */
export function toAddress(
  changes: Readonly<Record<string, string | readonly string[] | null>>,
  { replace = false } = {},
): void {
  let step = !replace
  for (const [name, value] of Object.entries(changes)) {
    const text = typeof value === 'string' || value === null ? value : value.join(',')
    if ((text || null) === fromAddress(name)) continue
    if (text) searchParams.set(name, text, { replace: !step })
    else searchParams.delete(name, undefined, { replace: !step })
    step = false
  }
}
