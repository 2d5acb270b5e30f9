/**
 * One row a stretch of a call with one queue or one agent. Where a call passes several queues or agents,
 * each has its own row, and each its own wait, talk and wrap-up. The rows of one call lie together.
 */
import {
  count,
  duration,
  durationOrNull,
  entity,
  flag,
  instant,
  instantOrNull,
  text,
  textOrNull,
  word,
  type RowOf,
} from '../engine/model.ts'

const key = { callId: text('The call.'), segmentId: text('Id of the segment.') }

const columns = {
  kind: word(
    ['queue', 'callback', 'agent'],
    'queue, callback (a queue’s, in which nobody was on the line; in no figure of the queue) or agent.',
  ),
  queueCode: textOrNull('The queue; of an agent’s segment the queue that the call came from.'),
  agentId: textOrNull('The agent; of a queue’s segment who answered.'),
  agentCode: textOrNull('His number (工号).'),
  shiftId: textOrNull('The shift in which he took it; null in recorded history.'),
  offerId: textOrNull(
    'The offer by which he got it; null when he got it without one (placed, handed over, recorded history).',
  ),
  enteredAt: instant('From when the waiting is counted: the interval in which the call counts.'),
  startedAt: instant('When the segment began.'),
  endedAt: instantOrNull('When it ended; null while it lasts.'),
  waitMs: durationOrNull(
    'Wait in the queue; of an agent’s segment the wait before it. Null while it lasts. Of recorded history what the source says, as in `calls`.',
  ),
  ringMs: duration('How long this agent was rung.'),
  talkMs: duration('This agent’s own talk, hold excluded.'),
  holdMs: duration('How long the customer was on hold with this agent.'),
  wrapUpMs: duration('This agent’s wrap-up.'),
  result: textOrNull(
    'Of a queue: answered, abandoned, timed_out, left_by_key, no_agent, overflowed, called_back, moved, closed, failed. Of an agent: transferred, or ended. Null while it lasts.',
  ),
  endedBy: textOrNull('Of an agent’s segment: who ended it.'),
  targetMs: duration('Service-level limit of the queue at that moment.'),
  shortAbandonMs: duration('An abandonment below this is short.'),
  configVersion: count('Version of the switchboard configuration; 0 for none.'),
  wrapUpDue: flag('A wrap-up was announced and is not over.'),
  zone: text('Time zone in which its intervals are cut.'),
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
  about: 'Segments of calls: one row a stretch with one queue or one agent; `calls` is their roll-up.',
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
})
