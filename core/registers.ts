/** Every declared register of the house, and the books in which they are kept. */
import { blacklistGroups, blacklistNumbers } from './blacklist/kinds.ts'
import { dictionaries, dictionaryValues } from './dictionary/kinds.ts'
import { followUpStages, labelGroups, labels } from './labels/kinds.ts'
import { categories, links, phrases, questions } from './library/kinds.ts'
import { bookDecider, type BookDecider } from './record/book.ts'
import { eventsOf, type Kind } from './record/kind.ts'

/** Distinguishes it from a list of one kind: each has its own fields. */
const list = (...kinds: unknown[]): readonly Kind[] => kinds as Kind[]

export const registers = list(
  questions,
  phrases,
  links,
  categories,
  labelGroups,
  labels,
  followUpStages,
  dictionaries,
  dictionaryValues,
  blacklistGroups,
  blacklistNumbers,
)

const eventsOfAll = (kinds: readonly Kind[]) => Object.assign({}, ...kinds.map(eventsOf)) as ReturnType<typeof eventsOf>
/** The events of registers in books. */
export const bookEvents = eventsOfAll(registers.filter(({ large }) => !large))
/** The events of large registers. */
export const largeEvents = eventsOfAll(registers.filter(({ large }) => large))
/** The events of all registers. */
export const registerEvents = { ...bookEvents, ...largeEvents }

/** The decider of each book, by its name. */
export const books: Readonly<Record<string, BookDecider>> = Object.fromEntries(
  [...new Set(registers.map(({ book }) => book))].map((book) => [
    book,
    bookDecider(registers.filter((kind) => kind.book === book && !kind.large)),
  ]),
)
