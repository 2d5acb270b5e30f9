/** Columns of a list, as its page declares them. Which of them are shown, and in what order, is the table's business. */
import type { Snippet } from 'svelte'

export interface ListColumn<Row, Beside = null> {
  id: string
  label: string
  /** Always shown, in its place. */
  fixed?: boolean
  /** Shown to those alone who choose it. */
  aside?: boolean
  /** In place of the label. */
  head?: Snippet
  /** Aligned at the end. */
  figure?: boolean
  /** @param beside what was read beside the rows */
  text?: (row: Row, beside: Beside | null) => string
  /** Drawn in place of the text, which a file still has. */
  cell?: Snippet<[Row]>
  /** What the pointer is told. */
  hint?: (row: Row) => string | null | undefined
  /** The column of the read model by which the list can be sorted. */
  sort?: string
}
