/** What the read models say of a call, an agent and a queue: given these events, these rows. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { NewEvent, RecordedEvent } from '@ledgerline/core/kernel/event.ts'
import type { Row } from '@ledgerline/projections/engine/model.ts'
import { readModels } from '@ledgerline/projections/models.ts'
import { bucketBorders, bucketOf } from '@ledgerline/projections/models/queue_figures.ts'
import { foldLive } from './paper.ts'
import { say } from './rig.ts'

const folds = suite('the read models')
const NOON = Date.UTC(2026, 1, 2, 4)

/** Folds events given as `[after how many ms, event]`, each in the stream that its data names. */
function given(...past: [number, NewEvent][]): { rows(model: string): Row[]; row(model: string): Row } {
  let at = NOON
  const events = past.map(([after, event], index) => {
    at += after
    const data = event.data as { callId?: string; shiftId?: string }
    const stream = data.shiftId
      ? `shift-test.${data.shiftId}`
      : data.callId
        ? `call-test.${data.callId}`
        : 'switchboard-test.configuration'
    return {
      ...event,
      id: `e${index}`,
      tenant: 'test',
      actor: 'test',
      at,
      origin: 'live',
      correlation: null,
      causation: null,
      schema: 1,
      stream,
      revision: index,
      position: String(index).padStart(19, '0'),
      recordedAt: at,
    }
  }) as unknown as RecordedEvent[]
  const { paper, parked } = foldLive(readModels, events)
  assert.equal(parked, [])
  return {
    rows: (model) => paper.rows(model),
    row(model) {
      assert.is(paper.rows(model).length, 1, model)
      return paper.rows(model)[0]!
    },
  }
}

/** Only the columns that are expected. */
function like(row: Row | undefined, expected: Row): void {
  assert.equal(Object.fromEntries(Object.keys(expected).map((name) => [name, row?.[name]])), expected)
}

const dialled = (callId: string, more: object = {}): NewEvent => ({
  type: 'CallPlaced',
  data: {
    callId,
    direction: 'outbound',
    by: 'agent',
    agentId: '201',
    agentCode: '201',
    extension: '8201',
    to: '13900001111',
    toRaw: '13900001111',
    callerId: '95588',
    campaign: null,
    linkedCallId: null,
    ...more,
  },
})

folds('an answered call: wait, talk, hold, wrap-up, and its whole length', () => {
  const day = given(
    [0, say.activated()],
    [0, say.received('c')],
    [0, say.queued('c', NOON)],
    [8_000, say.answered('c', '201', 8_000, { ringMs: 3_000 })],
    [
      1,
      say.shift('AgentCallStarted', '201', {
        callId: 'c',
        segmentId: 'c-201',
        offerId: null,
        queueCode: 'PS',
        direction: 'inbound',
        wrapUpMs: 15_000,
      }),
    ],
    [59_999, say.agentLeft('c', '201', 50_000, 10_000)],
    [0, say.ended('c')],
    [
      10,
      say.shift('AgentWrapUpEnded', '201', {
        callId: 'c',
        segmentId: 'c-201',
        queueCode: 'PS',
        wrapUpMs: 7_000,
        by: 'agent',
      }),
    ],
  )
  like(day.row('calls'), {
    outcome: 'answered',
    status: 'ended',
    agentCode: '201',
    waitMs: 8_000,
    ringMs: 3_000,
    talkMs: 50_000,
    holdMs: 10_000,
    wrapUpMs: 7_000,
    callMs: 60_000,
    endedBy: 'customer',
    cause: 16,
    wrapUpsDue: 0,
  })
  like(day.row('queue_day'), {
    queueCode: 'PS',
    day: '2026-02-02',
    offered: 1,
    answered: 1,
    answeredInTarget: 1,
    waitMs: 8_000,
    talkMs: 50_000,
    holdMs: 10_000,
    wrapUpMs: 7_000,
    waitHistogram: [0, 0, 0, 0, 0, 0, 0, 0, 1],
    abandonHistogram: [],
  })
  like(day.row('agent_day'), { answered: 1, talkMs: 50_000, holdMs: 10_000, wrapUpMs: 7_000, ringMs: 3_000 })
})

folds(
  'in a circle of queues the boards count the whole wait; after talk, or outside every queue, it starts again',
  () => {
    const onTo = (queueCode: string, code: string): NewEvent => {
      const event = say.left('c', 10_000, 'timed_out', queueCode)
      return { ...event, data: { ...(event.data as object), to: { kind: 'queue', code, number: null } } } as NewEvent
    }
    const waiting: [number, NewEvent][] = [
      [0, say.activated(['PS', 'NE'])],
      [0, say.received('c')],
      [0, say.queued('c', NOON, 'PS', 's1')],
      [10_000, onTo('PS', 'NE')],
      [0, say.queued('c', NOON + 10_000, 'NE', 's2')],
      [10_000, onTo('NE', 'PS')],
      [0, say.queued('c', NOON + 20_000, 'PS', 's3')],
    ]
    like(given(...waiting).row('calls'), { queueCode: 'PS', joinedAt: NOON, queuedAt: NOON, waitMs: 20_000 })
    like(given(...waiting, [5_000, say.left('c', 5_000, 'timed_out')]).row('calls'), { joinedAt: null })
    const again: [number, NewEvent][] = [
      [5_000, say.answered('c', '201', 5_000)],
      [60_000, say.queued('c', NOON + 85_000, 'NE', 's4')],
    ]
    like(given(...waiting, ...again).row('calls'), { joinedAt: NOON + 85_000 })
  },
)

folds(
  'a call-back: its place is no waiting caller, and the queue counts the caller once, when they asked for it',
  () => {
    const asked: [number, NewEvent][] = [
      [0, say.activated()],
      [0, say.received('c')],
      [0, say.queued('c', NOON)],
      [
        60_000,
        {
          type: 'CallLeftQueue',
          data: { callId: 'c', segmentId: 'c-q', queueCode: 'PS', exit: 'called_back', waitMs: 60_000, to: null },
        },
      ],
      [0, say.ended('c')],
      [
        0,
        {
          type: 'CallPlaced',
          data: {
            callId: 'c2',
            direction: 'outbound',
            by: 'callback',
            agentId: null,
            agentCode: null,
            extension: null,
            to: '13800002225',
            toRaw: '13800002225',
            callerId: null,
            campaign: null,
            linkedCallId: 'c',
            attempt: 1,
          },
        },
      ],
      [
        0,
        { ...say.queued('c2', NOON), data: { ...(say.queued('c2', NOON).data as object), callback: true } } as NewEvent,
      ],
    ]
    const waiting = given(...asked)
    like(
      waiting.rows('calls').find((row) => row['callId'] === 'c2'),
      { status: 'callback', queueCode: 'PS', linkedCallId: 'c', outcome: null },
    )
    like(waiting.row('queue_monitor'), { waiting: 0, callbacks: 1 })
    const done = given(
      ...asked,
      [3_600_000, say.answered('c2', '201', 3_660_000)],
      [30_000, say.agentLeft('c2', '201', 30_000)],
      [0, say.ended('c2')],
    )
    like(done.row('queue_day'), {
      offered: 1,
      calledBack: 1,
      answered: 0,
      answeredInTarget: 0,
      waitMs: 0,
      talkMs: 30_000,
    })
    like(done.row('queue_monitor'), { waiting: 0, callbacks: 0, talking: 0 })
  },
)

folds('a call counts in the quarter hour in which it entered, even if it is answered in the next', () => {
  const day = given(
    [0, say.activated()],
    [899_000, say.received('c')],
    [0, say.queued('c', NOON + 899_000)],
    [30_000, say.answered('c', '201', 30_000)],
    [60_000, say.agentLeft('c', '201', 60_000)],
    [0, say.ended('c')],
  )
  like(day.row('queue_interval'), { startsAt: NOON, offered: 1, answered: 1, answeredInTarget: 0, talkMs: 60_000 })
  like(day.row('agent_interval'), { startsAt: NOON + 900_000, answered: 1, talkMs: 60_000 })
})

folds('abandoned, and shortly abandoned', () => {
  const day = given(
    [0, say.activated()],
    [0, say.received('a')],
    [0, say.queued('a', NOON)],
    [4_999, say.left('a', 4_999)],
    [0, say.ended('a')],
    [0, say.received('b')],
    [0, say.queued('b', NOON + 4_999)],
    [5_000, say.left('b', 5_000)],
    [0, say.ended('b')],
  )
  like(day.row('queue_day'), { offered: 2, abandoned: 2, shortAbandoned: 1, abandonWaitMs: 9_999, answered: 0 })
  assert.equal(
    day.rows('calls').map(({ outcome }) => outcome),
    ['abandoned', 'abandoned'],
  )
})

folds('a caller who hangs up before any queue is pre_queue, and counts in no queue', () => {
  const day = given([0, say.activated()], [0, say.received('c')], [500, say.ended('c')])
  like(day.row('calls'), { outcome: 'pre_queue', queueCode: null, waitMs: null, callMs: null })
  assert.equal(day.rows('queue_day'), [])
})

folds('other exits from a queue are separate outcomes', () => {
  for (const [exit, outcome, column] of [
    ['timed_out', 'timed_out', 'timedOut'],
    ['left_by_key', 'left_by_key', 'leftByKey'],
    ['no_agent', 'no_agent', 'noAgent'],
    ['overflowed', 'overflowed', 'overflowed'],
    ['called_back', 'called_back', 'calledBack'],
    ['closed', 'failed', 'otherExits'],
  ] as const) {
    const day = given(
      [0, say.activated()],
      [0, say.received('c')],
      [0, say.queued('c', NOON)],
      [9_000, say.left('c', 9_000, exit)],
      [0, say.ended('c', 'system')],
    )
    like(day.row('calls'), { outcome })
    like(day.row('queue_day'), { offered: 1, abandoned: 0, [column]: 1 })
  }
})

folds('a call that overflows into a second queue counts in both, and is answered', () => {
  const day = given(
    [0, say.activated(['PS', 'NE'])],
    [0, say.received('c')],
    [0, say.queued('c', NOON)],
    [10_000, say.left('c', 10_000, 'overflowed')],
    [0, say.queued('c', NOON + 10_000, 'NE', 'c-q2')],
    [5_000, say.answered('c', '201', 5_000, { queueSegmentId: 'c-q2', queueCode: 'NE' })],
    [60_000, say.agentLeft('c', '201', 60_000, 0, 'NE')],
    [0, say.ended('c')],
  )
  like(day.row('calls'), { outcome: 'answered', queueCode: 'NE', waitMs: 15_000, queuedAt: NOON })
  const [ps, ne] = ['PS', 'NE'].map((code) => day.rows('queue_day').find(({ queueCode }) => queueCode === code))
  like(ps, { offered: 1, overflowed: 1, answered: 0, talkMs: 0 })
  like(ne, { offered: 1, overflowed: 0, answered: 1, waitMs: 5_000, talkMs: 60_000 })
})

folds('a call that is answered without waiting entered with wait 0', () => {
  const day = given(
    [0, say.activated()],
    [0, say.received('c')],
    [0, say.answered('c', null, 0, { queueSegmentId: null })],
    [30_000, say.agentLeft('c', null, 30_000)],
    [0, say.ended('c')],
  )
  like(day.row('calls'), { outcome: 'answered', waitMs: 0, queuedAt: NOON, agentCode: null, directQueueCode: 'PS' })
  like(day.row('queue_day'), {
    offered: 1,
    answered: 1,
    answeredInTarget: 1,
    waitMs: 0,
    talkMs: 30_000,
    waitHistogram: [1],
  })
})

folds('after an attended transfer the talk of each agent is their own, and the call has one customer leg', () => {
  const leg = (legId: string, purpose: string, agent: string | null): NewEvent => ({
    type: 'LegDialled',
    data: {
      callId: 'c',
      legId,
      purpose,
      agentId: agent,
      agentCode: agent,
      extension: agent && `8${agent}`,
      number: null,
      offerId: null,
    },
  })
  const transferred: NewEvent = {
    type: 'CallTransferred',
    data: {
      callId: 'c',
      agentId: '201',
      agentCode: '201',
      segmentId: 'c-201',
      kind: 'attended',
      to: { kind: 'agent', code: '202', number: null },
    },
  }
  const day = given(
    [0, say.activated()],
    [0, say.received('c')],
    [0, say.queued('c', NOON)],
    [0, leg('a', 'agent', '201')],
    [5_000, say.answered('c', '201', 5_000)],
    [60_000, leg('b', 'consultation', '202')],
    [20_000, transferred],
    [0, say.answered('c', '202', 0, { queueSegmentId: null })],
    [0, say.agentLeft('c', '201', 60_000, 20_000)],
    [90_000, say.agentLeft('c', '202', 90_000)],
    [0, say.ended('c')],
  )
  like(day.row('calls'), {
    agentCode: '202',
    talkMs: 150_000,
    holdMs: 20_000,
    transfers: 1,
    callMs: 170_000,
    directQueueCode: null,
  })
  assert.equal(day.rows('legs').filter(({ purpose }) => purpose === 'customer').length, 1)
  const [first, second] = ['201', '202'].map((code) =>
    day.rows('agent_day').find(({ agentCode }) => agentCode === code),
  )
  like(first, { answered: 1, transferred: 1, talkMs: 60_000, holdMs: 20_000 })
  like(second, { answered: 1, transferred: 0, talkMs: 90_000, holdMs: 0 })
  // The queue's caller was answered once, and its agents talked both times.
  like(day.row('queue_day'), { offered: 1, answered: 1, talkMs: 150_000 })
})

folds('a placed call says why the customer was not reached', () => {
  const leg: NewEvent = {
    type: 'LegEnded',
    data: {
      callId: 'c',
      legId: 'l',
      purpose: 'customer',
      agentId: null,
      by: 'network',
      cause: 17,
      sip: 486,
      reason: 'busy',
    },
  }
  const day = given([0, say.activated()], [0, dialled('c')], [9_000, leg], [0, say.ended('c', 'network')])
  like(day.row('calls'), {
    direction: 'outbound',
    fromNumber: '95588',
    toNumber: '13900001111',
    outcome: 'failed',
    dialResult: 'busy',
  })
})

folds('agents are on the board from the first activation on, signed out', () => {
  const day = given([0, say.activated(['PS'], ['201', '202'])])
  assert.equal(
    day.rows('agent_monitor').map(({ agentCode, state, queueCodes }) => [agentCode, state, queueCodes]),
    [
      ['201', 'signed_out', ['PS']],
      ['202', 'signed_out', ['PS']],
    ],
  )
  assert.equal(day.rows('agent_state_log'), [])
  like(day.row('queue_monitor'), { queueCode: 'PS', configured: 1, signedIn: 0, waiting: 0 })
})

folds('an agent’s states follow one another without gaps, and are cut at the quarter hours', () => {
  const day = given(
    [0, say.activated(['PS'], ['201'])],
    [600_000, say.signedIn('201')],
    [60_000, say.work('AgentBecameReady', '201')],
    [1_800_000, say.shift('AgentRang', '201', { callId: 'c', offerId: 'o' })],
    [
      20_000,
      say.shift('AgentReservationEnded', '201', {
        offerId: 'o',
        callId: 'c',
        queueCode: 'PS',
        result: 'no_answer',
        missed: 1,
        pausedUntil: null,
      }),
    ],
    [10_000, say.work('AgentWentAway', '201', 'lunch')],
    [30_000, say.work('AgentWentAway', '201', 'training')],
    [5_000, say.work('AgentSignedOut', '201')],
  )
  const states = day.rows('agent_state_log')
  assert.equal(
    states.map(({ stateSeq, state, reason, durationMs, result }) => [stateSeq, state, reason, durationMs, result]),
    [
      [1, 'away', null, 60_000, null],
      [2, 'ready', null, 1_800_000, null],
      [3, 'ringing', null, 20_000, 'no_answer'],
      [4, 'ready', null, 10_000, null],
      [5, 'away', 'lunch', 30_000, null],
      [6, 'away', 'training', 5_000, null],
    ],
  )
  assert.equal(
    states.slice(1).map(({ startedAt }, index) => startedAt === states[index]!.endedAt),
    [true, true, true, true, true],
  )
  assert.equal(
    day
      .rows('agent_interval')
      .map(({ startsAt, signedInMs, readyMs, awayMs, ringingMs, missed }) => [
        (Number(startsAt) - NOON) / 900_000,
        signedInMs,
        readyMs,
        awayMs,
        ringingMs,
        missed,
      ]),
    [
      [0, 300_000, 240_000, 60_000, 0, 0],
      [1, 900_000, 900_000, 0, 0, 0],
      [2, 725_000, 670_000, 35_000, 20_000, 1],
    ],
  )
  like(day.row('agent_monitor'), { state: 'signed_out', shiftId: null, stateSeq: 7 })
})

folds('the queue’s board counts callers and agents now', () => {
  const day = given(
    [0, say.activated(['PS', 'NE'], ['201', '202'])],
    [0, say.signedIn('201', ['PS', 'NE'])],
    [0, say.work('AgentBecameReady', '201')],
    [0, say.signedIn('202', ['PS'])],
    [0, say.received('a')],
    [0, say.queued('a', NOON)],
    [0, say.received('b')],
    [0, say.queued('b', NOON)],
    [1_000, say.answered('b', '201', 1_000)],
    [
      0,
      say.shift('AgentCallStarted', '201', {
        callId: 'b',
        segmentId: 'b-201',
        offerId: null,
        queueCode: 'PS',
        direction: 'inbound',
        wrapUpMs: 0,
      }),
    ],
  )
  const [ps, ne] = ['PS', 'NE'].map((code) => day.rows('queue_monitor').find(({ queueCode }) => queueCode === code))
  like(ps, { waiting: 1, offered: 0, talking: 1, signedIn: 2, ready: 0, inCall: 1, away: 1 })
  like(ne, { waiting: 0, talking: 0, signedIn: 1, inCall: 1, away: 0 })
})

folds('recorded history has calls and figures, but no legs', () => {
  const event = say.received('c')
  const paper = foldLive(readModels, [
    {
      ...event,
      id: 'e',
      tenant: 'bank',
      actor: 'import',
      at: NOON,
      origin: 'imported',
      correlation: null,
      causation: null,
      schema: 1,
      stream: 'imported_call-bank.c',
      revision: 0,
      position: '1',
      recordedAt: NOON,
    } as unknown as RecordedEvent,
  ]).paper
  assert.is(paper.rows('calls').length, 1)
  assert.is(paper.rows('legs').length, 0)
})

folds('the buckets of a histogram are where its borders say', () => {
  assert.is(bucketBorders.length, 164)
  for (const [bucket, border] of bucketBorders.entries()) {
    assert.is(bucketOf(border * 1000), bucket)
    assert.is(bucketOf(border * 1000 + 1), bucket + 1)
  }
  assert.is(bucketOf(86_400_000), 164)
})

folds.run()
