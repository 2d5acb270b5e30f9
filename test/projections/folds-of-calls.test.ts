/** What the read models say about calls: given these events, these rows. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { NewEvent, RecordedEvent } from '@ledgerline/core/kernel/event.ts'
import { readModels } from '@ledgerline/projections/models.ts'
import { foldLive } from './paper.ts'
import { say } from './rig.ts'
import { NOON, given, like } from './given.ts'

const folds = suite('rows of calls')

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
    answerMs: 8_000,
    agentCodes: ['201'],
    followUp: 'none',
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

folds('a caller who hangs up before any queue is pre_queue, and counts in no queue', () => {
  const day = given([0, say.activated()], [0, say.received('c')], [500, say.ended('c')])
  like(day.row('calls'), { outcome: 'pre_queue', queueCode: null, waitMs: null, callMs: null })
  assert.equal(day.rows('queue_day'), [])
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

folds(
  'A11.1-time-identity: from beginning to end is the time until the answer, and the call; unanswered, all of it',
  () => {
    const answered = given(
      [0, say.received('c')],
      [9_000, say.answered('c', '201', 9_000)],
      [2_000, say.ended('c')],
    ).row('calls')
    like(answered, { answerMs: 9_000, callMs: 2_000, followUp: 'none', recorded: false, recordedMs: 0 })
    const missed = given([0, say.received('c')], [0, say.queued('c', NOON)], [16_000, say.ended('c')]).row('calls')
    like(missed, { answerMs: 16_000, callMs: null, followUp: 'needed', agentCodes: [] })
  },
)

folds('a missed call is followed up: needed, dealt with, needed again; what was offered to agents says so, too', () => {
  const offered = (id: string): NewEvent => ({
    type: 'CallOffered',
    data: {
      callId: 'c',
      agentId: id,
      agentCode: id,
      offerId: `o-${id}`,
      queueCode: 'PS',
      legId: `leg-${id}`,
      extension: null,
      deadline: NOON,
      configVersion: 1,
    },
  })
  const notTaken = (id: string): NewEvent => ({
    type: 'OfferEnded',
    data: { callId: 'c', agentId: id, agentCode: id, offerId: `o-${id}`, queueCode: 'PS', result: 'no_answer' },
  })
  const marked = (handled: boolean): NewEvent => ({
    type: 'MissedCallMarked',
    data: { callId: 'c', offerIds: ['o-201', 'o-202'], handled, by: '203' },
  })
  const past: [number, NewEvent][] = [
    [0, say.received('c')],
    [0, say.queued('c', NOON)],
    [0, offered('201')],
    [20_000, notTaken('201')],
    [0, offered('202')],
    [20_000, notTaken('202')],
    [1_000, say.ended('c')],
  ]
  like(given(...past).row('calls'), { followUp: 'needed', followedUpBy: null })
  const day = given(
    ...past,
    [
      5_000,
      {
        type: 'MissedCallCalledBack',
        data: { callId: 'c', offerIds: ['o-201', 'o-202'], callbackCallId: 'c2', agentId: 'a3', agentCode: '203' },
      },
    ],
    [0, marked(true)],
  )
  like(day.row('calls'), { followUp: 'handled', followedUpBy: '203' })
  for (const offerId of ['o-201', 'o-202'])
    like(
      day.rows('offers').find((row) => row['offerId'] === offerId)!,
      {
        ringMs: 20_000,
        handled: true,
        handledAt: NOON + 46_000,
        handledBy: '203',
        calledBackBy: '203',
        callbackCallId: 'c2',
      },
    )
  const again = given(...past, [0, marked(true)], [0, marked(false)])
  const allocated = given(...past, [
    1_000,
    {
      type: 'MissedCallAllocated',
      data: { callId: 'c', offerIds: ['o-201', 'o-202'], agentId: 'a4', agentCode: '204', by: '9001' },
    },
  ])
  for (const row of allocated.rows('offers'))
    like(row, { ownerCode: '204', allocatedAt: NOON + 42_000, allocatedBy: '9001', handled: false })
  like(again.rows('offers')[0]!, { ownerCode: '201', allocatedBy: null })
  like(again.row('calls'), { followUp: 'needed', followedUpBy: null })
  like(again.rows('offers')[0]!, { handled: false, handledAt: null, handledBy: null })
})

folds('what was recorded of a call is in its row; a message left in a box is not', () => {
  const recording = (rule: string): NewEvent[] => [
    {
      type: 'RecordingStarted',
      data: {
        callId: 'c',
        recordingId: 'c-r1',
        legId: 'l',
        rule,
        agentId: null,
        agentCode: null,
        queueCode: null,
        campaign: null,
        direction: 'inbound',
        number: null,
        ours: null,
      },
    },
    {
      type: 'RecordingCompleted',
      data: {
        callId: 'c',
        recordingId: 'c-r1',
        bytes: 9,
        durationMs: 7_000,
        sha256: null,
        file: null,
        simulated: true,
        shortByMs: 0,
      },
    },
  ]
  const of = (rule: string) =>
    given([0, say.received('c')], ...recording(rule).map((event): [number, NewEvent] => [1_000, event])).row('calls')
  like(of('queue'), { recorded: true, recordedMs: 7_000 })
  like(of('voicemail'), { recorded: false, recordedMs: 0 })
})

folds.run()
