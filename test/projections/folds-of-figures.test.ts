/** What the read models say about queues and agents: given these events, these figures. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { NewEvent } from '@ledgerline/core/kernel/event.ts'
import { bucketBorders, bucketOf } from '@ledgerline/projections/models/queue_figures.ts'
import { say } from './rig.ts'
import { NOON, given, like } from './given.ts'

const folds = suite('figures of queues and agents')

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

folds('the buckets of a histogram are where its borders say', () => {
  assert.is(bucketBorders.length, 164)
  for (const [bucket, border] of bucketBorders.entries()) {
    assert.is(bucketOf(border * 1000), bucket)
    assert.is(bucketOf(border * 1000 + 1), bucket + 1)
  }
  assert.is(bucketOf(86_400_000), 164)
})

folds.run()
