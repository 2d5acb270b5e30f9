/**
 * The compatibility table of the strategies: situation, strategy, expected order. Where the order differs
 * on purpose from mod_callcenter's, the case says so ("corrected").
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  inOrder,
  rings,
  strategies,
  type Candidate,
  type Situation,
  type Strategy,
} from '@ledgerline/core/queue/strategies.ts'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'

function agent(agentId: string, change: Partial<Candidate> = {}): Candidate {
  return { agentId, level: 1, position: 1, idleSince: 0, talkMs: 0, calls: 0, lastOffered: 0, ...change }
}

const nothing: Situation = { lastOfQueue: null, lastOfCaller: null, dice: seededDice(1) }

const a = agent('a', { level: 1, position: 1, idleSince: 300, talkMs: 900, calls: 2, lastOffered: 30 })
const b = agent('b', { level: 1, position: 2, idleSince: 100, talkMs: 100, calls: 9, lastOffered: 10 })
const c = agent('c', { level: 1, position: 3, idleSince: 200, talkMs: 500, calls: 1, lastOffered: 20 })
const d = agent('d', { level: 2, position: 1, idleSince: 10, talkMs: 0, calls: 0, lastOffered: 0 })
const everybody = [d, c, b, a]

const table: [
  situation: string,
  strategy: Strategy,
  candidates: Candidate[],
  given: Partial<Situation>,
  order: string,
][] = [
  ['A3.2.2.1-strategy-ring-all: all at once, told by level and position', 'ring-all', everybody, {}, 'abcd'],
  ['ours: one more at a time, by level and position', 'ring-progressively', everybody, {}, 'abcd'],
  [
    'A3.2.2.1-strategy-longest-idle: who has been available longest; corrected: since they were available, not since their last call',
    'longest-idle-agent',
    everybody,
    {},
    'bcad',
  ],
  ['a level comes before any idle time', 'longest-idle-agent', [d, a], {}, 'ad'],
  [
    'equally idle: by position',
    'longest-idle-agent',
    [agent('y', { position: 2 }), agent('x', { position: 1 })],
    {},
    'xy',
  ],
  [
    'A3.2.2.1-strategy-round-robin: from the start when nobody was offered anything',
    'round-robin',
    everybody,
    {},
    'abcd',
  ],
  [
    'round-robin goes on behind the last one of its level',
    'round-robin',
    everybody,
    { lastOfQueue: { level: 1, position: 1 } },
    'bcad',
  ],
  [
    'round-robin starts over behind the last of all',
    'round-robin',
    everybody,
    { lastOfQueue: { level: 1, position: 3 } },
    'abcd',
  ],
  [
    'round-robin goes on although the last one is not free',
    'round-robin',
    [a, c, d],
    { lastOfQueue: { level: 1, position: 2 } },
    'cad',
  ],
  [
    'round-robin does not look at what another caller was offered (corrected: its memory is the queue’s)',
    'round-robin',
    everybody,
    { lastOfCaller: { level: 1, position: 2 } },
    'abcd',
  ],
  [
    'A3.2.2.1-strategy-top-down: each caller begins at the top',
    'top-down',
    everybody,
    { lastOfQueue: { level: 1, position: 2 } },
    'abcd',
  ],
  [
    'top-down goes down behind the last tried, then to higher levels',
    'top-down',
    everybody,
    { lastOfCaller: { level: 1, position: 2 } },
    'cdab',
  ],
  [
    'top-down starts over when nobody is left',
    'top-down',
    everybody,
    { lastOfCaller: { level: 2, position: 1 } },
    'abcd',
  ],
  ['A3.2.2.1-strategy-least-talk: least talk of the level', 'agent-with-least-talk-time', everybody, {}, 'bcad'],
  ['A3.2.2.1-strategy-fewest-calls: fewest calls of the level', 'agent-with-fewest-calls', everybody, {}, 'cabd'],
  [
    'A3.2.2.1-strategy-priority: level, position, then who was offered least lately',
    'sequentially-by-agent-order',
    [agent('x', { lastOffered: 9 }), agent('y', { lastOffered: 3 }), d],
    {},
    'yxd',
  ],
]

const order = suite('strategies')

for (const [situation, strategy, candidates, given, expected] of table) {
  order(`${strategy}: ${situation}`, () => {
    const tried = inOrder(strategy, candidates, { ...nothing, ...given })
    assert.is(tried.map((candidate) => candidate.agentId).join(''), expected)
  })
}

order('every strategy keeps everybody, in whatever order they came in', () => {
  for (const strategy of strategies) {
    for (const candidates of [everybody, everybody.toReversed()]) {
      const ids = inOrder(strategy, candidates, nothing).map((candidate) => candidate.agentId)
      assert.equal(ids.toSorted(), ['a', 'b', 'c', 'd'], strategy)
    }
  }
})

order('the same input gives the same choice', () => {
  for (const strategy of strategies.filter((name) => name !== 'random')) {
    assert.equal(inOrder(strategy, everybody, nothing), inOrder(strategy, everybody.toReversed(), nothing), strategy)
  }
  assert.equal(
    inOrder('random', everybody, { ...nothing, dice: seededDice(5) }),
    inOrder('random', everybody, { ...nothing, dice: seededDice(5) }),
  )
})

order('random: levels in order, within a level everybody is equally likely', () => {
  const dice = seededDice(3)
  const first = new Map<string, number>()
  for (let n = 0; n < 3000; n++) {
    const tried = inOrder('random', everybody, { ...nothing, dice })
    first.set(tried[0]!.agentId, (first.get(tried[0]!.agentId) ?? 0) + 1)
    assert.is(tried.at(-1)!.agentId, 'd')
  }
  for (const share of first.values()) assert.ok(Math.abs(share - 1000) < 150, String(share))
})

order('only two strategies ring more than one', () => {
  assert.equal(
    strategies.filter((strategy) => rings(strategy) !== 'one'),
    ['ring-all', 'ring-progressively'],
  )
})

order.run()
