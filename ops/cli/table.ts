/**
 * Tables for a terminal: columns aligned even though Chinese characters take two places, numbers to the right, nothing
 * wider than necessary. Pure.
 */

/** One cell to show. */
export type Cell = string | number | boolean | null

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u
const INVISIBLE = /\p{Mn}|\p{Me}|\p{Cf}/u

/** How many places a text takes on a terminal. */
export function width(text: string): number {
  let places = 0
  for (const character of text) places += WIDE.test(character) ? 2 : INVISIBLE.test(character) ? 0 : 1
  return places
}

/** A cell on one line; control characters would break the table (or the terminal) and are shown as a space. */
export function shown(cell: Cell): string {
  return cell === null ? '' : String(cell).replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
}

/** How wide each column is, and whether it is right-aligned. */
export interface Layout {
  widths: number[]
  right: boolean[]
}

/** The layout that fits these rows. */
export function layoutOf(names: readonly string[], rows: readonly (readonly Cell[])[]): Layout {
  return {
    widths: names.map((name, column) =>
      rows.reduce((widest, row) => Math.max(widest, width(shown(row[column] ?? null))), width(name)),
    ),
    right: names.map(
      (_, column) =>
        rows.some((row) => typeof row[column] === 'number') &&
        rows.every((row) => row[column] == null || typeof row[column] === 'number'),
    ),
  }
}

/** The heading and the line under it. */
export function heading(names: readonly string[], layout: Layout): string[] {
  return [line(names, layout), layout.widths.map((places) => '─'.repeat(places)).join('  ')]
}

export function line(cells: readonly Cell[], { widths, right }: Layout): string {
  return cells
    .map((cell, column) => {
      const text = shown(cell)
      const padding = ' '.repeat(Math.max(0, widths[column]! - width(text)))
      return right[column] ? padding + text : text + padding
    })
    .join('  ')
    .trimEnd()
}

/** A whole table as lines. */
export function table(names: readonly string[], rows: readonly (readonly Cell[])[]): string[] {
  const layout = layoutOf(names, rows)
  return [...heading(names, layout), ...rows.map((row) => line(row, layout))]
}
