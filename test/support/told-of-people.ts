/** Finds personal data in clear text anywhere in a ledger. */
import type { EventLog } from '@ledgerline/core/kernel/log.ts'

/** A name inside a longer word is not a name. */
const wordOf = (text: string): RegExp =>
  new RegExp(`(?<![\\p{L}\\p{N}])${text.replaceAll(/[^\p{L}\p{N}]/gu, '\\$&')}(?![\\p{L}\\p{N}])`, 'iu')

/**
 * Where any of these texts (names, numbers, customer ids) appears in a stream's name or an event's id, type, data or metadata.
 * Sealed values and keyed hashes do not count: they are long texts without a space and could contain a short name by chance.
 */
export async function toldInTheClear(log: EventLog, texts: Iterable<string>): Promise<string[]> {
  const told: string[] = []
  const words = [...new Set(texts)].map((text) => [text, wordOf(text)] as const)
  for await (const { events } of log.readAll(null)) {
    for (const { stream, id, type, data, metadata } of events) {
      const clear = `${stream}\n${id}\n${type}\n${[data, metadata].map((json) => json.replaceAll(/"[\w+/=.:-]{22,}"/g, '""')).join('\n')}`
      for (const [text, word] of words) if (word.test(clear)) told.push(`${text}: ${type} of ${stream}`)
    }
  }
  return told
}
