/**
 * A board as screens see it: rows, a clock, and how far to trust them. There is the live board, and the board at a past
 * moment. A page that draws a board passes it down by context, so that nothing inside uses the live one by mistake.
 */
import { createContext } from 'svelte'
import type { Topic } from './protocol.ts'
import type { Tables } from './tables.ts'

export interface Board {
  readonly tables: Tables
  /** Incremented with each change of a topic's rows: a screen follows the rows by reading it. */
  readonly version: Readonly<Record<Topic, number>>
  /** The tenant's time that durations count up to, UTC ms. */
  readonly now: number
  /** All topics have their rows. */
  readonly ready: boolean
  /** Whose board, and in which zone its days are cut; null before it is known. */
  readonly hello: { readonly tenant: string; readonly zone: string } | null
  /** Too old to be trusted. */
  readonly stale: boolean
  /** True: it shows the present and keeps moving. False: it shows a past moment and stands still. */
  readonly live: boolean
}

export const [getBoard, setBoard] = createContext<Board>()
