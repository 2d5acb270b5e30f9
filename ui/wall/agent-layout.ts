/**
 * How agents fit on the wall without scrolling, from one to five hundred. Up to what a viewer can still read, everybody
 * has a cell with name, icon, word and duration, in the order of agent numbers, and keeps their place. Above
 * that, agents are grouped by state: the state's icon, word and count are large, the cells small.
 *
 * Lengths are in design units: a wall is 1920 × 1080 of them, whatever its pixels.
 */
import type { AgentState } from '../live/protocol.ts'

export interface Area {
  width: number
  height: number
}

/** Cells in a grid; `scale` multiplies the type of the plain cell. */
export interface CellLayout {
  kind: 'cells'
  columns: number
  cellHeight: number
  scale: number
}

/** A row of small cells a state. */
export interface GroupLayout {
  kind: 'groups'
  columns: number
  cellWidth: number
  cellHeight: number
  font: number
  /** Rows of cells that each state has room for; kept while everybody fits, so that nothing jumps. */
  rows: readonly { state: AgentState; rows: number }[]
}

const GAP = 8
const PLAIN = { width: 186, height: 62 }
/** Below this size, text is seen but no longer read. */
const LEAST_SCALE = 0.8
const MOST_SCALE = 1.5

/** The largest cells in which `count` agents fit, or null when even the smallest readable ones do not. */
export function fitCells(count: number, area: Area): CellLayout | null {
  for (let scale = MOST_SCALE; scale >= LEAST_SCALE - 0.001; scale -= 0.05) {
    const columns = Math.floor((area.width + GAP) / (PLAIN.width * scale + GAP))
    const rows = Math.floor((area.height + GAP) / (PLAIN.height * scale + GAP))
    if (columns > 0 && columns * rows >= count)
      return { kind: 'cells', columns, cellHeight: round(PLAIN.height * scale), scale: round(scale) }
  }
  return null
}

export const GROUP_LABEL_WIDTH = 226
const GROUP_GAP = 10
const LABEL_HEIGHT = 40
const SMALL_GAP = 4

type GroupSizes = readonly { state: AgentState; count: number }[]

/** Rows of a group with some spare room, so that one more agent does not move everything below. */
function rowsFor(count: number, columns: number, air: boolean): number {
  return Math.max(1, Math.ceil((air ? count + Math.max(1, count * 0.06) : count) / columns))
}

function height(rows: number, cellHeight: number): number {
  return Math.max(LABEL_HEIGHT, rows * (cellHeight + SMALL_GAP) - SMALL_GAP)
}

function groupsAt(groups: GroupSizes, area: Area, cellWidth: number, air: boolean): GroupLayout | null {
  const columns = Math.floor((area.width - GROUP_LABEL_WIDTH + SMALL_GAP) / (cellWidth + SMALL_GAP))
  if (columns < 1) return null
  const cellHeight = round(cellWidth * 0.5)
  const rows = groups.map(({ state, count }) => ({ state, rows: rowsFor(count, columns, air) }))
  const needed = rows.reduce((sum, group) => sum + height(group.rows, cellHeight) + GROUP_GAP, -GROUP_GAP)
  return needed <= area.height
    ? { kind: 'groups', columns, cellWidth, cellHeight, font: round(Math.min(22, cellHeight * 0.68)), rows }
    : null
}

/** The largest group layout that fits; the previous one as long as it still does and is not far too small. */
export function fitGroups(groups: GroupSizes, area: Area, previous: GroupLayout | null = null): GroupLayout {
  const sizes = new Map(groups.map((group) => [group.state, group.count]))
  if (previous && previous.rows.length === groups.length) {
    const same = previous.rows.every(({ state, rows }) => {
      const count = sizes.get(state)
      // Empty rows are released only when there are many, so that the layout stays calm.
      return (
        count !== undefined && count <= rows * previous.columns && rows - rowsFor(count, previous.columns, true) <= 2
      )
    })
    if (same) return previous
  }
  for (const air of [true, false]) {
    for (let cellWidth = 84; cellWidth >= 30; cellWidth -= 2) {
      const layout = groupsAt(groups, area, cellWidth, air)
      if (layout) return layout
    }
  }
  for (let cellWidth = 28; cellWidth > 8; cellWidth -= 2) {
    const layout = groupsAt(groups, area, cellWidth, false)
    if (layout) return layout
  }
  return {
    kind: 'groups',
    columns: 1,
    cellWidth: 8,
    cellHeight: 4,
    font: 0,
    rows: groups.map(({ state }) => ({ state, rows: 1 })),
  }
}

/** The queues in a strip of `room` rows: all of them, or those that need attention, in the standard order. */
export function pickQueues<Q extends { queue: { queueCode: string } }>(
  queues: readonly Q[],
  room: number,
  urgency: (queue: Q) => number,
  shown: ReadonlySet<string>,
): Q[] {
  if (queues.length <= room) return [...queues]
  // A queue already on screen gets a small bonus, so that rows change only for a reason.
  const worth = (queue: Q) => urgency(queue) + (shown.has(queue.queue.queueCode) ? 0.5 : 0)
  const picked = new Set([...queues].sort((a, b) => worth(b) - worth(a)).slice(0, room))
  return queues.filter((queue) => picked.has(queue))
}

function round(n: number): number {
  return Math.round(n * 100) / 100
}
