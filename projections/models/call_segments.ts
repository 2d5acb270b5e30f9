/**
 * One row for each stretch of a call with one queue or one agent. If a call passes through several queues or agents, each
 * has its own row with its own wait, talk and wrap-up.
 */
import {
  count,
  duration,
  durationOrNull,
  flag,
  instant,
  instantOrNull,
  text,
  textOrNull,
  word,
  type RowOf,
} from '../engine/model.ts'
import { entity } from '../entity.ts'

const key = { callId: text('The call.'), segmentId: text('Id of the segment.') }

const columns = {
  kind: word(
    ['queue', 'callback', 'agent'],
    'queue, callback (in a queue with nobody on the line; not part of the queue’s figures) or agent.',
  ),
  queueCode: textOrNull('The queue; for an agent’s segment the queue the call came from.'),
  agentId: textOrNull('The agent; for a queue’s segment the agent who answered.'),
  agentCode: textOrNull('The agent’s number (工号).'),
  shiftId: textOrNull('The shift in which the agent took it; null in recorded history.'),
  offerId: textOrNull(
    'The offer by which the agent got the call; null if there was none (placed, handed over, recorded history).',
  ),
  enteredAt: instant('When the wait began; the call counts in this interval.'),
  startedAt: instant('When the segment began.'),
  endedAt: instantOrNull('When it ended; null while it lasts.'),
  waitMs: durationOrNull(
    'Wait in the queue; for an agent’s segment the wait before it. Null while it lasts. For recorded history see ' +
      '`calls`.',
  ),
  ringMs: duration('How long this agent’s phone rang.'),
  talkMs: duration('This agent’s own talk, without hold.'),
  holdMs: duration('How long the customer was on hold with this agent.'),
  wrapUpMs: duration('This agent’s wrap-up.'),
  result: textOrNull(
    'For a queue: answered, abandoned, timed_out, left_by_key, no_agent, overflowed, called_back, moved, closed, failed. For an agent: transferred or ended. Null while it lasts.',
  ),
  endedBy: textOrNull('For an agent’s segment: who ended it.'),
  targetMs: duration('Service-level threshold of the queue at that moment.'),
  shortAbandonMs: duration('An abandonment sooner than this counts as short.'),
  configVersion: count('Version of the switchboard configuration; 0 for none.'),
  wrapUpDue: flag('A wrap-up is due and not over yet.'),
  zone: text('Time zone that decides where its intervals begin and end.'),
}

type Segment = RowOf<typeof key & typeof columns>

function begin(
  kind: 'queue' | 'callback' | 'agent',
  place: { key: RowOf<typeof key>; zone: string },
  at: number,
): Segment {
  return {
    callId: place.key.callId,
    segmentId: place.key.segmentId,
    kind,
    queueCode: null,
    agentId: null,
    agentCode: null,
    shiftId: null,
    offerId: null,
    enteredAt: at,
    startedAt: at,
    endedAt: null,
    waitMs: null,
    ringMs: 0,
    talkMs: 0,
    holdMs: 0,
    wrapUpMs: 0,
    result: null,
    endedBy: null,
    targetMs: 0,
    shortAbandonMs: 0,
    configVersion: 0,
    wrapUpDue: false,
    zone: place.zone,
  }
}

export const callSegments = entity('call_segments', {
  version: 2,
  about: 'Segments of calls: one row for each stretch with one queue or one agent; `calls` is their roll-up.',
  key,
  columns,
  keysOf: {
    CallAnswered: ({ data: { callId, segmentId, queueSegmentId } }) =>
      queueSegmentId === null
        ? [{ callId, segmentId }]
        : [
            { callId, segmentId: queueSegmentId },
            { callId, segmentId },
          ],
  },
  begins: { CallQueued: true, CallAnswered: ({ segmentId }, { data }) => segmentId === data.segmentId },
  on: {
    CallQueued: (_, { at, data }, place) => ({
      ...begin(data.callback ? 'callback' : 'queue', place, at),
      queueCode: data.queueCode,
      enteredAt: data.joinedAt,
      targetMs: data.targetMs,
      shortAbandonMs: data.shortAbandonMs,
      configVersion: data.configVersion,
    }),
    CallLeftQueue: (row, { at, data }) => row && { ...row, endedAt: at, waitMs: data.waitMs, result: data.exit },
    CallAnswered: (row, { at, data }, place) => {
      if (place.key.segmentId === data.segmentId) {
        return {
          ...begin('agent', place, at),
          queueCode: data.queueCode,
          agentId: data.agentId,
          agentCode: data.agentCode,
          offerId: data.offerId,
          enteredAt: at - data.waitMs,
          waitMs: data.waitMs,
          ringMs: data.ringMs,
        }
      }
      return (
        row && {
          ...row,
          endedAt: at,
          waitMs: data.waitMs,
          agentId: data.agentId,
          agentCode: data.agentCode,
          result: 'answered',
        }
      )
    },
    CallTransferred: (row) => row && { ...row, result: 'transferred' },
    AgentLeftCall: (row, { at, data }) =>
      row && {
        ...row,
        endedAt: at,
        talkMs: data.talkMs,
        holdMs: data.holdMs,
        endedBy: data.by,
        result: row.result ?? 'ended',
      },
    AgentCallStarted: (row, { data }) =>
      row && { ...row, shiftId: data.shiftId, wrapUpDue: row.wrapUpDue || data.wrapUpMs > 0 },
    AgentWrapUpEnded: (row, { data }) => row && { ...row, wrapUpMs: row.wrapUpMs + data.wrapUpMs, wrapUpDue: false },
  },
  finished: (row) => row.endedAt !== null && !row.wrapUpDue,
  indexes: [['startedAt']],
  partialIndexes: [
    // Passages whose wait began before them, in another queue or in a call before: the boards of a moment need those
    // that lie across it.
    { name: 'carried', columns: ['enteredAt', 'startedAt'], where: "kind = 'queue' and entered_at < started_at" },
  ],
})
