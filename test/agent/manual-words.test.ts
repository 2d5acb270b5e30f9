/** Every combination of an agent's dimensions has one word in each manual, and the words that the manuals themselves give. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  boardFilter,
  callDot,
  everyCombination,
  extensionState,
  houseWord,
  houseWords,
  listedState,
  manualViews,
  manualWord,
  memberStatus,
  monitorTile,
  onlineState,
  registrationDot,
  statesOfColumn,
  toolbarState,
  workDot,
  type AgentDimensions,
} from '@ledgerline/core/agent/manual-words.ts'

const words = suite('words of the manuals')
const all = [...everyCombination()]
const one = (change: Partial<AgentDimensions>): AgentDimensions => ({
  work: 'ready',
  callState: 'idle',
  registered: true,
  notResponding: false,
  direction: null,
  ...change,
})
const zh = (view: (typeof manualViews)[number], change: Partial<AgentDimensions>): string =>
  manualWord(view, one(change)).zh

words(
  'every combination of dimensions has exactly one word in every place, and no word is without a combination',
  () => {
    assert.is(all.length, 5 * 8 * 2 * 2 * 4)
    for (const view of manualViews) {
      const used = new Set(all.map((dimensions) => view.wordOf(dimensions)))
      for (const word of used) assert.ok(Object.hasOwn(view.words, word), `${view.place}: ${word}`)
      assert.equal([...used].sort(), Object.keys(view.words).sort(), view.place)
      assert.is(
        new Set(Object.values(view.words).map((word) => word.zh)).size,
        Object.keys(view.words).length,
        `${view.place}: two keys, one word`,
      )
    }
    assert.equal([...new Set(all.map(houseWord))].sort(), [...houseWords].sort())
  },
)

words('A3.2.2.4-status: 空闲 takes calls, 置闲 takes one, 休息 none, 注销 is gone', () => {
  assert.equal(
    (['ready', 'on_demand', 'not_ready', 'away', 'signed_out'] as const).map((work) => zh(memberStatus, { work })),
    ['空闲', '置闲', '休息', '休息', '注销'],
  )
  assert.is(zh(memberStatus, { notResponding: true }), '休息')
})

words('A2.2-btn-ready A11.2.1-online A11.2.2-all: the toolbar, the extension and the agent in the lists', () => {
  assert.equal(
    (['ready', 'not_ready', 'signed_out'] as const).map((work) => zh(toolbarState, { work })),
    ['就绪', '未就绪', '登出'],
  )
  assert.equal(
    [zh(extensionState, {}), zh(extensionState, { registered: false }), zh(extensionState, { work: 'signed_out' })],
    ['就绪', '未就绪', '未就绪'],
  )
  assert.equal(
    [zh(listedState, {}), zh(listedState, { callState: 'inbound' }), zh(listedState, { work: 'signed_out' })],
    ['等待', '通话中', '登出'],
  )
})

words('A11.2.4-filters: each agent is counted by one chip', () => {
  const cases: [Partial<AgentDimensions>, string][] = [
    [{ work: 'signed_out' }, '离线'],
    [{}, '就绪'],
    [{ work: 'away' }, '未就绪'],
    [{ callState: 'previewing' }, '预览中'],
    [{ callState: 'on_hold' }, '通话中'],
    [{ work: 'on_demand' }, '空闲'],
    [{ callState: 'wrap_up' }, '空闲'],
  ]
  for (const [change, word] of cases) assert.is(zh(boardFilter, change), word)
})

words('A11.3.3-work: every state but signed out counts in one column, so that the total is the time signed in', () => {
  const counted = (['ready', 'not_ready', 'idle', 'in_call', 'previewing'] as const).flatMap(statesOfColumn)
  assert.equal(counted.toSorted(), houseWords.filter((state) => state !== 'signed_out').toSorted())
})

words('B4.8-act-online B4.8-act-offline: on line from sign-in to sign-out', () => {
  assert.equal([zh(onlineState, { work: 'away' }), zh(onlineState, { work: 'signed_out' })], ['上线', '下线'])
})

words('C4.0-three-dots: work, call and registration, each with its colour', () => {
  const dot = (view: (typeof manualViews)[number], change: Partial<AgentDimensions>) => {
    const { zh, colour } = manualWord(view, one(change))
    return `${zh} ${colour}`
  }
  assert.equal(
    (['ready', 'not_ready', 'away', 'signed_out'] as const).map((work) => dot(workDot, { work })),
    ['在线 green', '忙 yellow', '离开 blue', '离线 grey'],
  )
  assert.equal(
    (['idle', 'ringing', 'inbound', 'wrap_up'] as const).map((callState) => dot(callDot, { callState })),
    ['空闲 green', '振铃 red', '呼入已接通 red', '整理 red'],
  )
  assert.equal(
    (['inbound', 'outbound', 'internal'] as const).map((direction) =>
      dot(callDot, { callState: 'on_hold', direction }),
    ),
    ['呼入已接通 red', '呼出已接通 red', '内部通话 red'],
    'hold has no value of its own',
  )
  assert.equal(
    [true, false].map((registered) => dot(registrationDot, { registered })),
    ['已注册 green', '未注册 grey'],
  )
})

words(
  'C5.0-colour-idle C5.0-colour-offline C5.0-colour-busy C5.0-colour-calling C5.0-colour-away: one colour per ' +
    'tile; a call wins',
  () => {
    const tile = (change: Partial<AgentDimensions>) => manualWord(monitorTile, one(change)).colour
    assert.equal(
      (['ready', 'signed_out', 'not_ready', 'away'] as const).map((work) => tile({ work })),
      ['light_green', 'grey', 'yellow', 'blue'],
    )
    for (const work of ['ready', 'not_ready', 'away'] as const) assert.is(tile({ work, callState: 'inbound' }), 'red')
    assert.is(tile({ work: 'signed_out', callState: 'inbound' }), 'grey')
  },
)

words.run()
