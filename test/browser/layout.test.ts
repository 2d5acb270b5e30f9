import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fitCells, fitGroups, GROUP_LABEL_WIDTH, pickQueues } from '../../ui/wall/agent-layout.ts'
import { holdRows, keepPlaces, orderDiffers } from '../../ui/monitor/held-rows.ts'
import { matchesText, sortAgents } from '../../ui/monitor/agent-filter.ts'
import { itemByKey, scrollFor, spanOf } from '../../ui/parts/row-window.ts'
import type { AgentRow } from '../../ui/live/protocol.ts'

const test = suite('what fits, and what keeps its place')

const area = { width: 968, height: 560 }

test('agents have the largest cells in which all of them fit', () => {
  const few = fitCells(6, area)!
  const many = fitCells(40, area)!
  assert.ok(few.scale > many.scale)
  for (let count = 1; count <= 500; count++) {
    const layout = fitCells(count, area)
    if (!layout) continue
    assert.ok(layout.columns * Math.floor((area.height + 8) / (layout.cellHeight + 8)) >= count, `${count} agents`)
  }
})

test('beyond what can be read, cells give way to groups', () => {
  assert.ok(fitCells(50, area))
  assert.is(fitCells(200, area), null)
})

test('five hundred agents in any mixture of states fit without scrolling', () => {
  const mixtures = [
    [62, 11, 273, 7, 51, 15, 35, 3],
    [500],
    [1, 1, 1, 1, 1, 1, 1, 493],
    [50, 50, 50, 50, 50, 50, 50, 150],
  ]
  const states = ['ready', 'ringing', 'in_call', 'on_hold', 'wrap_up', 'not_ready', 'away', 'not_responding'] as const
  for (const mixture of mixtures) {
    const layout = fitGroups(
      mixture.map((count, i) => ({ state: states[i]!, count })),
      area,
    )
    const height = layout.rows.reduce(
      (sum, { rows }) => sum + Math.max(40, rows * (layout.cellHeight + 4) - 4) + 10,
      -10,
    )
    assert.ok(height <= area.height, `${mixture} is ${height} high`)
    assert.ok(GROUP_LABEL_WIDTH + layout.columns * (layout.cellWidth + 4) - 4 <= area.width)
    layout.rows.forEach(({ rows }, i) => assert.ok(rows * layout.columns >= mixture[i]!))
  }
})

test('a group layout stays while everybody fits and changes when one does not', () => {
  const before = fitGroups(
    [
      { state: 'ready', count: 100 },
      { state: 'in_call', count: 200 },
    ],
    area,
  )
  assert.is(
    fitGroups(
      [
        { state: 'ready', count: 101 },
        { state: 'in_call', count: 199 },
      ],
      area,
      before,
    ),
    before,
  )
  assert.is.not(
    fitGroups(
      [
        { state: 'ready', count: 200 },
        { state: 'in_call', count: 100 },
      ],
      area,
      before,
    ),
    before,
  )
  assert.is.not(
    fitGroups(
      [
        { state: 'ready', count: 100 },
        { state: 'in_call', count: 199 },
        { state: 'away', count: 1 },
      ],
      area,
      before,
    ),
    before,
  )
})

test('a strip too short for all queues names the urgent ones, in their standard order, and does not swap equals', () => {
  const queues = ['a', 'b', 'c', 'd'].map((queueCode) => ({ queue: { queueCode } }))
  const picked = pickQueues(queues, 2, ({ queue }) => (queue.queueCode === 'd' ? 5 : 0), new Set(['c']))
  assert.equal(
    picked.map(({ queue }) => queue.queueCode),
    ['c', 'd'],
  )
  assert.is(pickQueues(queues, 4, () => 0, new Set()).length, 4)
})

test('rows keep their places: gone ones are removed, new ones go to the end', () => {
  assert.equal(keepPlaces(['c', 'a', 'b'], ['a', 'b', 'c', 'd']), ['c', 'a', 'b', 'd'])
  assert.equal(keepPlaces(['c', 'a', 'b'], ['d', 'b']), ['b', 'd'])
})

test('a held list keeps its rows; new ones wait behind a count, gone ones are marked', () => {
  const held = holdRows(['a', 'b'], ['b', 'c', 'd'], true)
  assert.equal([held.shown, held.fresh, [...held.gone]], [['a', 'b'], 2, ['a']])
  assert.equal(holdRows(['a', 'b'], ['b', 'c'], false).shown, ['b', 'c'])
})

test('an order is outdated when the same rows would stand otherwise', () => {
  assert.not(orderDiffers(['a', 'b'], ['a', 'x', 'b']))
  assert.ok(orderDiffers(['a', 'b'], ['b', 'a']))
})

test('agents are found by number, name or extension', () => {
  const agent = { agentCode: '0042', name: '王芳', extension: '8001' } as AgentRow
  assert.equal(
    ['42', ' 王', '8001', '', 'x'].map((text) => matchesText(agent, text)),
    [true, true, true, true, false],
  )
})

test('agents by number: 99 comes before 100; by duration: signed-out agents come last', () => {
  const agents = [
    ['100', 'ready', 5],
    ['99', 'signed_out', 1],
    ['101', 'away', 2],
  ].map(([agentCode, state, since]) => ({ agentCode, state, since }) as AgentRow)
  assert.equal(
    sortAgents(agents, 'code').map((agent) => agent.agentCode),
    ['99', '100', '101'],
  )
  assert.equal(
    sortAgents(agents, 'since').map((agent) => agent.agentCode),
    ['101', '100', '99'],
  )
})

test('a long list draws the rows in sight and a few around them, and leaves room for the rest', () => {
  assert.equal(spanOf(500, 6, 80, { top: 0, height: 800 }), { first: 0, end: 84, above: 0, below: 70 * 80 })
  assert.equal(spanOf(500, 6, 80, { top: 4000, height: 800 }), {
    first: 46 * 6,
    end: 64 * 6,
    above: 46 * 80,
    below: 20 * 80,
  })
  assert.equal(spanOf(500, 6, 80, { top: 6720 - 800, height: 800 }), {
    first: 70 * 6,
    end: 500,
    above: 70 * 80,
    below: 0,
  })
  assert.equal(spanOf(17, 6, 80, { top: 0, height: 800 }), { first: 0, end: 17, above: 0, below: 0 })
  assert.equal(spanOf(0, 1, 80, { top: 900, height: 800 }), { first: 0, end: 0, above: 0, below: 0 })
})

test('a row out of sight is scrolled to its nearest edge', () => {
  const view = { top: 400, height: 800 }
  assert.equal(
    [2, 5, 14, 20].map((row) => scrollFor(row, 80, view)),
    [160, null, null, 880],
  )
})

test('arrow keys lead through a grid and stop at its edges', () => {
  const keys = ['ArrowRight', 'ArrowLeft', 'ArrowDown', 'ArrowUp', 'Home', 'End', 'x']
  assert.equal(
    keys.map((key) => itemByKey(key, 7, 6, 17)),
    [8, 6, 13, 1, 0, 16, null],
  )
  assert.equal(
    keys.map((key) => itemByKey(key, 0, 6, 17)),
    [1, null, 6, null, null, 16, null],
  )
  assert.is(itemByKey('ArrowDown', 12, 6, 17), null)
})

test.run()
