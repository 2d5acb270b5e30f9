/**
 * A board as screens look at it: rows, a clock, and how far to trust them. The live board is one; the board as it stood at a
 * moment of the past is another. Whoever draws a board hands it down, so that what is drawn inside never takes the live
 * one for it.
 */
import { createContext } from 'svelte'
import type { Topic } from './protocol.ts'
import type { Tables } from './tables.ts'

export interface Board {
  readonly tables: Tables
  /** Goes up with each change of a topic's rows: reading it is what makes a screen follow the rows. */
  readonly version: Readonly<Record<Topic, number>>
  /** The tenant's time that durations count up to, UTC ms. */
  readonly now: number
  /** All topics have their rows. */
  readonly ready: boolean
  /** Whose board, and in which zone its days are cut; null before it is known. */
  readonly hello: { readonly tenant: string; readonly zone: string } | null
  /** Too old to be trusted. */
  readonly stale: boolean
  /** It shows the present and goes on by itself; else it shows a moment of the past and stands still. */
  readonly live: boolean
}

export const [getBoard, setBoard] = createContext<Board>()
