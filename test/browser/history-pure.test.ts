/** The pure parts of the history pages: a day as a scale, moments in addresses, decisions and actions as text. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { strategies } from '@ledgerline/core/queue/strategies.ts'
import { shiftEvents } from '@ledgerline/core/agent/events.ts'
import { totalsOf } from '@ledgerline/adapters/replay/agent-day.ts'
import { measureInWords, placeInWords, ruledOutInWords, strategyInWords } from '../../ui/calls/decision-words.ts'
import { daySpanAt, marksIn, momentFrom, momentText, spanOfDay, zoom } from '../../ui/charts/day-scale.ts'
import { shiftEventInWords } from '../../ui/history/shift-words.ts'
import { en } from '../../ui/language/en.ts'
import { zh } from '../../ui/language/zh.ts'

const test = suite('the past, pure')
const HOUR = 3_600_000

test('a day has 24 hours, and 23 or 25 when the clock changes', () => {
  const hours = (day: string, zone: string) => (spanOfDay(day, zone).until - spanOfDay(day, zone).from) / HOUR
  assert.equal(
    [hours('2026-03-03', 'Asia/Shanghai'), hours('2026-03-29', 'Europe/Berlin'), hours('2026-10-25', 'Europe/Berlin')],
    [24, 23, 25],
  )
  assert.equal(daySpanAt(Date.UTC(2026, 2, 3, 15, 59), 'Asia/Shanghai'), spanOfDay('2026-03-03', 'Asia/Shanghai'))
  assert.equal(daySpanAt(Date.UTC(2026, 2, 3, 16), 'Asia/Shanghai'), spanOfDay('2026-03-04', 'Asia/Shanghai'))
})

test('marks are at round times of the day and never more than fit', () => {
  const day = spanOfDay('2026-03-03', 'Asia/Shanghai')
  assert.equal(
    marksIn(day, day.from, 9).map((mark) => (mark - day.from) / HOUR),
    [0, 3, 6, 9, 12, 15, 18, 21, 24],
  )
  const part = { from: day.from + 9.1 * HOUR, until: day.from + 10.1 * HOUR }
  assert.equal(
    marksIn(part, day.from, 4).map((mark) => (mark - day.from) / 60_000),
    [555, 570, 585, 600],
  )
  for (const most of [3, 5, 12, 40]) assert.ok(marksIn(part, day.from, most).length <= most + 1)
})

test('zooming keeps the moment under the pointer, and stays within the day', () => {
  const day = spanOfDay('2026-03-03', 'Asia/Shanghai')
  const noon = day.from + 12 * HOUR
  assert.equal(zoom(day, noon, 0.5, day), { from: day.from + 6 * HOUR, until: day.from + 18 * HOUR })
  assert.equal(zoom({ from: noon, until: noon + HOUR }, noon, 100, day), day)
  const early = zoom(day, day.from + HOUR, 0.25, day)
  assert.is((day.from + HOUR - early.from) / (early.until - early.from), 1 / 24)
  assert.is(zoom({ from: noon, until: noon + 90_000 }, noon, 0.01, day).until - noon, 60_000)
})

test('a moment in an address is read back as written; anything else is rejected', () => {
  const at = Date.UTC(2026, 2, 3, 6, 20, 5)
  assert.equal([momentText(at), momentText(at + 7)], ['2026-03-03T06:20:05Z', '2026-03-03T06:20:05.007Z'])
  assert.equal(
    [at, at + 7].map((moment) => momentFrom(momentText(moment))),
    [at, at + 7],
  )
  assert.equal([momentFrom('2026-03-03T14:20:05+08:00'), momentFrom(String(at))], [at, at])
  assert.equal(
    [momentFrom(null), momentFrom('yesterday'), momentFrom('2026-03-03T14:20:05'), momentFrom('2026-13-03T14:20:05Z')],
    [null, null, null, null],
  )
})

test('each strategy says what it compared, in both languages', () => {
  for (const strategy of strategies)
    for (const code of ['zh-CN', 'en'] as const) assert.is.not(strategyInWords(code, strategy), strategy)
  const at = Date.UTC(2026, 2, 3, 6)
  const measured = (strategy: string, measure: number | null) =>
    measureInWords('en', 'Asia/Shanghai', strategy, measure, at)
  assert.equal(
    [
      measured('longest-idle-agent', at - 65_000),
      measured('agent-with-least-talk-time', 65_000),
      measured('agent-with-fewest-calls', 3),
      measured('round-robin', at),
      measured('round-robin', 0),
      measured('ring-all', null),
    ],
    ['idle 1:05', 'talked 1:05', '3 calls', 'last offered 14:00:00', 'not offered a call yet', ''],
  )
  assert.is(placeInWords('zh-CN', 0, 3), '第 1 位，共 3 位可选')
  assert.equal(
    [ruledOutInWords('zh-CN', 'talking'), ruledOutInWords('en', 'something new')],
    ['通话中', 'something new'],
  )
})

test('a change to a shift is shown with who made it and why', () => {
  const deed = (type: string, data: Record<string, unknown>) => ({ id: '1', type, at: 0, actor: 'x', data })
  const told = (type: string, data: Record<string, unknown>) =>
    Object.values(shiftEventInWords('en', en.state, deed(type, data))).join(': ')
  assert.is(
    told('AgentBecameNotReady', { by: 'supervisor', byCode: '9001', reason: 'meeting' }),
    'Busy: supervisor · 9001 · meeting',
  )
  assert.is(told('AgentWentAway', { by: 'system', byCode: null, reason: 'desk_lost' }), 'Away: System · desk lost')
  assert.is(told('AgentTeleported', {}), 'AgentTeleported: ')
  assert.equal(
    shiftEventInWords('zh-CN', zh.state, deed('AgentSignedOut', { by: 'agent', byCode: null, reason: null })),
    { title: '签出', detail: '本人' },
  )
  const elsewhere = [
    'AgentReserved',
    'AgentReservationEnded',
    'AgentRang',
    'AgentCallStarted',
    'AgentCallHeld',
    'AgentCallResumed',
    'AgentCallEnded',
    'AgentWrapUpStarted',
    'AgentWrapUpEnded',
  ]
  for (const type of Object.keys(shiftEvents))
    if (!elsewhere.includes(type))
      assert.is.not(shiftEventInWords('en', en.state, deed(type, { queues: [] })).title, type)
})

test('A11.3.3-work time in each state is cut at the day and counted up to now', () => {
  const state = (name: string, startedAt: number, endedAt: number | null) => ({ state: name, startedAt, endedAt })
  const states = [state('ready', 50, 150), state('in_call', 150, 180), state('ready', 180, null)]
  assert.equal(totalsOf(states, 100, 300), [
    { state: 'ready', ms: 170, times: 2 },
    { state: 'in_call', ms: 30, times: 1 },
  ])
  assert.equal(totalsOf([state('ready', 50, 400)], 100, 300), [{ state: 'ready', ms: 200, times: 1 }])
  assert.equal(totalsOf([state('ready', 350, null)], 100, 300), [])
})

test.run()
