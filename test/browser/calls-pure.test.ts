import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { callList as callListOf, callViews } from '../../ui/calls/call-list.ts'
import { askedOf, cleanNumber, cleared, filterFrom, isFiltered, listFaults } from '../../ui/lists/list-query.ts'
import { spanOf } from '../../ui/lists/time-range.ts'
import { recordingList } from '../../ui/recordings/recording-list.ts'
import { missedList } from '../../ui/missed/missed-list.ts'
import { messageList } from '../../ui/voicemail/message-list.ts'
import { eventInWords, type Say } from '../../ui/calls/event-words.ts'
import * as en from '../../ui/calls/event-words.en.ts'
import * as zh from '../../ui/calls/event-words.zh.ts'
import type { CallEvent, Timeline } from '@ledgerline/adapters/replay/answers.ts'
import { axis, draw, holds } from '../../ui/calls/timeline.ts'
import type { LegRow, SegmentRow } from '../../ui/live/protocol.ts'
import { callEvents } from '@ledgerline/core/call/events.ts'

const test = suite('what the call list asks, and how a call is told')

const ZONE = 'Asia/Shanghai'
/** 14:25 in Shanghai. */
const NOW = Date.UTC(2026, 2, 3, 6, 25)
const HOUR = 3_600_000

const callList = callListOf('all', null)
const params = (text: string) => new URLSearchParams(text)
const NO_NUMBER = { column: '', part: '' }
const FIRST = { sort: '-receivedAt', cursor: null }

test('a filter is read from the address; unknown values are ignored', () => {
  const { range, chosen } = filterFrom(
    callList,
    params('range=today&queue=q1,q2&outcome=abandoned,nonsense&direction=sideways&agent=0042'),
  )
  assert.is(range, 'today')
  assert.equal(
    [chosen['queue'], chosen['outcome'], chosen['direction'], chosen['agent']],
    [['q1', 'q2'], ['abandoned'], [], ['0042']],
  )
  assert.is(filterFrom(callList, params('range=eternity')).range, 'any')
  assert.is(filterFrom(callList, params('range=lastMonth')).range, 'any', 'this list does not offer it')
  assert.is(filterFrom(callList, params('from=2026-03-01T08:00')).range, 'custom')
  assert.not(isFiltered(filterFrom(callList, params('')), NO_NUMBER))
})

test('every filter of a list is read, asked, counted as a filter, and cleared', () => {
  for (const list of [
    ...callViews.map((view) => callListOf(view, '201')),
    recordingList,
    messageList,
    missedList('all', null),
  ]) {
    const every = [
      ['range', 'today'],
      ...Object.entries(list.choices).map(([name, { known }]) => [name, known?.[0] ?? 'x']),
      ...(list.lengths ?? []).flatMap(({ least, most }) => [
        [least, '5'],
        [most, '9'],
      ]),
    ] as [string, string][]
    for (const [name, value] of every) {
      const filter = filterFrom(list, params(`${name}=${value}`))
      assert.ok(isFiltered(filter, NO_NUMBER), `${list.model} ${name}`)
      const without = askedOf(list, filterFrom(list, params('')), NO_NUMBER, FIRST, ZONE, NOW).values
      assert.not.equal(askedOf(list, filter, NO_NUMBER, FIRST, ZONE, NOW).values, without, `${list.model} ${name}`)
      assert.ok(name in cleared(list), `${list.model} ${name}`)
    }
    assert.equal(listFaults(list, new URLSearchParams(every)), [])
  }
})

test('bounds in seconds include every length that a clock shows as such', () => {
  const filter = filterFrom(recordingList, params('shortest=5&longest=9'))
  const { values } = askedOf(recordingList, filter, NO_NUMBER, { sort: '-startedAt', cursor: null }, ZONE, NOW)
  assert.equal([values['durationMs.from'], values['durationMs.to']], ['5000', '10000'])
})

test('deleted messages are listed only when asked for', () => {
  const states = (text: string) =>
    askedOf(messageList, filterFrom(messageList, params(text)), NO_NUMBER, FIRST, ZONE, NOW).values['state']
  assert.equal(states(''), ['new', 'heard', 'handled'])
  assert.equal(states('state=deleted'), ['deleted'])
})

test('ranges are cut in the tenant’s zone', () => {
  const span = (range: 'hour' | 'today' | 'yesterday' | 'week' | 'month' | 'lastMonth' | 'any') =>
    spanOf({ range, from: '', to: '' }, ZONE, NOW)
  const midnight = Date.UTC(2026, 2, 2, 16)
  assert.equal(span('hour'), { from: NOW - HOUR, to: null })
  assert.equal(span('today'), { from: midnight, to: null })
  assert.equal(span('yesterday'), { from: midnight - 24 * HOUR, to: midnight })
  assert.equal(span('week'), { from: midnight - 6 * 24 * HOUR, to: null })
  assert.equal(span('month'), { from: Date.UTC(2026, 1, 28, 16), to: null })
  assert.equal(span('lastMonth'), { from: Date.UTC(2026, 0, 31, 16), to: Date.UTC(2026, 1, 28, 16) })
  assert.equal(span('any'), { from: null, to: null })
  assert.equal(spanOf({ range: 'custom', from: '2026-03-03T08:00', to: '' }, ZONE, NOW), {
    from: Date.UTC(2026, 2, 3, 0),
    to: null,
  })
})

test('yesterday is 23 hours long where the clock was put forward', () => {
  const { from, to } = spanOf({ range: 'yesterday', from: '', to: '' }, 'America/New_York', Date.UTC(2026, 2, 9, 15))
  assert.is(to! - from!, 23 * HOUR)
})

test('a phone number goes into the body of a search and never into an address', () => {
  const filter = filterFrom(callList, params('queue=q1&range=today'))
  const plain = askedOf(callList, filter, NO_NUMBER, { ...FIRST, cursor: 'c1' }, ZONE, NOW)
  assert.equal(
    [plain.path, plain.search, plain.values['queueCode'], plain.values['cursor']],
    ['/api/v1/calls', false, ['q1'], 'c1'],
  )
  for (const column of ['fromNumber', 'toNumber']) {
    const search = askedOf(callList, filter, { column, part: ' 138-0000 2225' }, FIRST, ZONE, NOW)
    assert.equal(
      [search.path, search.search, search.values[`${column}.part`]],
      ['/api/v1/calls/search', true, '13800002225'],
    )
  }
  assert.is(cleanNumber('+86 (21) 6000-1234'), '+862160001234')
})

const event = (type: string, at: number, data: Record<string, unknown> = {}): CallEvent => ({
  id: `${type}-${at}`,
  type,
  revision: 0,
  at,
  recordedAt: at,
  actor: null,
  origin: 'live',
  causation: null,
  data,
  unreadable: null,
})
const segment = (change: Partial<SegmentRow>) =>
  ({
    segmentId: 's',
    kind: 'agent',
    queueCode: 'q1',
    agentCode: '201',
    startedAt: 0,
    endedAt: null,
    ringMs: 0,
    talkMs: 0,
    holdMs: 0,
    wrapUpMs: 0,
    ...change,
  }) as SegmentRow
const leg = (change: Partial<LegRow>) =>
  ({
    legId: 'l',
    purpose: 'customer',
    agentCode: null,
    extension: null,
    startedAt: 0,
    ringingAt: null,
    answeredAt: null,
    endedAt: null,
    ...change,
  }) as LegRow

test('holds are cut out of the talk; wrap-up follows the end', () => {
  const timeline: Omit<Timeline, 'asOf'> = {
    call: null,
    segments: [
      segment({ segmentId: 'q', kind: 'queue', startedAt: 0, endedAt: 10_000 }),
      segment({ segmentId: 'a', startedAt: 10_000, endedAt: 70_000, ringMs: 4_000, wrapUpMs: 20_000 }),
    ],
    legs: [leg({ legId: 'c', startedAt: 0, answeredAt: 500, endedAt: 70_000 })],
    events: [
      event('LegHeld', 30_000, { legId: 'c', agentCode: '201' }),
      event('LegResumed', 40_000, { legId: 'c', agentCode: '201' }),
    ],
  }
  const drawing = draw(timeline, 70_000)
  const bars = drawing.lanes.map((lane) => [
    lane.of,
    lane.kind,
    ...lane.bars.map((bar) => `${bar.kind} ${bar.from / 1000}-${bar.until / 1000}`),
  ])
  assert.equal(bars, [
    ['segment', 'queue', 'wait 0-10'],
    ['segment', 'agent', 'ring 6-10', 'talk 10-30', 'hold 30-40', 'talk 40-70', 'wrapUp 70-90'],
    ['leg', 'customer', 'dial 0-0.5', 'connected 0.5-70'],
  ])
  assert.equal([drawing.from, drawing.until], [0, 90_000])
})

test('whatever is ongoing lasts until now, including a hold', () => {
  assert.equal(holds([event('LegHeld', 30_000, { legId: 'c', agentCode: '201' })], 45_000), [
    { agentCode: '201', from: 30_000, until: 45_000 },
  ])
  const drawing = draw({ call: null, segments: [segment({ startedAt: 10_000 })], legs: [], events: [] }, 25_000)
  assert.equal(drawing.lanes[0]!.bars, [{ kind: 'talk', from: 10_000, until: 25_000 }])
})

test('recorded history has no legs, and an unanswered call no segments: it is drawn all the same', () => {
  const drawing = draw(
    { call: null, segments: [], legs: [], events: [event('CallReceived', 5_000), event('CallEnded', 9_000)] },
    0,
  )
  assert.equal([drawing.from, drawing.until, drawing.lanes], [5_000, 9_000, []])
})

test('the axis has round marks, never too many', () => {
  assert.equal(axis(65_000, 8), [0, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000])
  for (const span of [1_000, 20_000, 400_000, 9_000_000, 200_000_000]) assert.ok(axis(span, 8).length <= 9, `${span}`)
})

const say: Say = {
  queue: (code) => `Q${code}`,
  agent: (code) => `A${code}`,
  leg: (id) => `L${id}`,
  ms: (n) => `${n}ms`,
  number: (n) => n ?? '?',
}

test('every event of a call has a title in both languages', () => {
  for (const { words } of [en, zh]) assert.equal(Object.keys(words.title).sort(), Object.keys(callEvents).sort())
})

test('an event is shown with its values; a forgotten or unknown one without', () => {
  const queued = { type: 'CallQueued', data: { queueCode: '1', targetMs: 20, priority: 0, resumed: false } }
  assert.equal(eventInWords(en.words, queued, say), { title: 'Entered queue', detail: 'Q1 · service-level limit 20ms' })
  assert.equal(eventInWords(zh.words, queued, say), { title: '开始排队', detail: 'Q1 · 服务水平阈值 20ms' })
  assert.equal(eventInWords(en.words, { type: 'CallQueued', data: null }, say), { title: 'Entered queue', detail: '' })
  assert.equal(eventInWords(en.words, { type: 'SomethingNew', data: {} }, say), { title: 'SomethingNew', detail: '' })
})

test.run()
