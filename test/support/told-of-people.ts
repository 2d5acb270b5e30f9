/** What a ledger holds of people in the clear: looked for in everything that it stores. */
import type { EventLog } from '@ledgerline/core/kernel/log.ts'

/** A name within a word is none; letters of other words stand beside it. */
const wordOf = (text: string): RegExp =>
  new RegExp(`(?<![\\p{L}\\p{N}])${text.replaceAll(/[^\p{L}\p{N}]/gu, '\\$&')}(?![\\p{L}\\p{N}])`, 'iu')

/**
 * Where any of these texts (names, numbers, ids of customers) stands in a stream's name, an event's id, type, data or metadata.
 * What is sealed, and keyed hashes, are long texts without a space: they could hold a short name by chance, as a part of a word, and do not count.
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
