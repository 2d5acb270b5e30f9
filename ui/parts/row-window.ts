/**
 * Which rows of a long list are drawn: the visible ones and a few around them. With five hundred agents, fifty queues and a hundred
 * callers all drawn, a repaint took 60 ms; with the visible ones only, 12 ms (test/browser/frame-cost.ts).
 */
export interface Span {
  /** Index of the first item drawn, and of the one after the last. */
  first: number
  end: number
  /** Room left for the rows above and below, px. */
  above: number
  below: number
}

/** Rows drawn beyond the edge, so that a small scroll or an arrow key finds them there. */
const AROUND = 4

export function spanOf(items: number, columns: number, rowHeight: number, view: { top: number; height: number }): Span {
  const rows = Math.ceil(items / columns)
  const firstRow = Math.min(rows, Math.max(0, Math.floor(view.top / rowHeight) - AROUND))
  const endRow = Math.min(rows, Math.ceil((view.top + view.height) / rowHeight) + AROUND)
  return {
    first: firstRow * columns,
    end: Math.min(items, endRow * columns),
    above: firstRow * rowHeight,
    below: (rows - Math.max(firstRow, endRow)) * rowHeight,
  }
}

/** Where to scroll to bring a whole row into sight; null when it already is. */
export function scrollFor(row: number, rowHeight: number, view: { top: number; height: number }): number | null {
  const top = row * rowHeight
  if (top < view.top) return top
  const bottom = top + rowHeight
  return bottom > view.top + view.height ? bottom - view.height : null
}

/** The item that a key moves to in a grid ordered row by row; null for any other key, and at the edge. */
export function itemByKey(key: string, at: number, columns: number, items: number): number | null {
  const to = {
    ArrowRight: at + 1,
    ArrowLeft: at - 1,
    ArrowDown: at + columns,
    ArrowUp: at - columns,
    Home: 0,
    End: items - 1,
  }[key]
  return to === undefined || to < 0 || to >= items || to === at ? null : to
}
