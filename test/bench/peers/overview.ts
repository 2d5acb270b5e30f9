/**
 * The table that everybody folds: one row per call, with the columns of a call list. It is small enough that each
 * library's documented way of writing it is obvious: for ours a declared model, for the others one statement per event.
 * The counts of each outcome are compared at the end, so that nobody is fast at something else.
 */
import { count, countOrNull, text, textOrNull } from '@ledgerline/projections/engine/model.ts'
import type { ReadModel } from '@ledgerline/projections/engine/model.ts'
import type { ReadModels } from '@ledgerline/projections/engine/lanes.ts'
import { readModels } from '@ledgerline/projections/models.ts'
import { entity } from '@ledgerline/projections/entity.ts'

const overview = entity('call_overview', {
  version: 1,
  about: 'Calls at a glance: for benchmarks beside other libraries.',
  key: { callId: text('The call.') },
  columns: {
    status: text('received, waiting, talking or ended.'),
    queueCode: textOrNull('The queue that it waited in.'),
    agentCode: textOrNull('Who answered.'),
    waitMs: countOrNull('How long it waited, ms.'),
    talkMs: count('How long agents talked to it, ms.'),
  },
  begins: { CallReceived: true },
  on: {
    CallReceived: (_, __, { key }) => ({
      callId: key.callId,
      status: 'received',
      queueCode: null,
      agentCode: null,
      waitMs: null,
      talkMs: 0,
    }),
    CallQueued: (row, { data }) => row && { ...row, status: 'waiting', queueCode: data.queueCode },
    CallAnswered: (row, { data }) =>
      row && { ...row, status: 'talking', agentCode: data.agentCode, waitMs: data.waitMs },
    AgentLeftCall: (row, { data }) => row && { ...row, talkMs: row.talkMs + data.talkMs },
    CallEnded: (row) => row && { ...row, status: 'ended' },
  },
  finished: (row) => row.status === 'ended',
})

/** For our engine. */
export const overviewOnly: ReadModels = {
  models: [overview as unknown as ReadModel],
  zones: null,
  events: readModels.events,
  views: [],
  lanes: { all: { filter: {}, present: true } },
  laneOf: () => 'all',
}

/** For the others: the table, and the effect of each event on it. */
export const makeTable = `create table call_overview (call_id text primary key, status text not null, queue_code text, agent_code text, wait_ms integer, talk_ms bigint not null)`

export interface Statement {
  name: string
  text: string
  values: unknown[]
}

interface Said {
  callId: string
  queueCode: string
  agentCode: string
  waitMs: number
  talkMs: number
}

/** Event types the table is made of. */
export const types = ['CallReceived', 'CallQueued', 'CallAnswered', 'AgentLeftCall', 'CallEnded'] as const

const statements: Record<(typeof types)[number], (data: Said) => Statement> = {
  CallReceived: ({ callId }) => ({
    name: 'received',
    text: `insert into call_overview values ($1, 'received', null, null, null, 0) on conflict do nothing`,
    values: [callId],
  }),
  CallQueued: ({ callId, queueCode }) => ({
    name: 'queued',
    text: `update call_overview set status = 'waiting', queue_code = $2 where call_id = $1`,
    values: [callId, queueCode],
  }),
  CallAnswered: ({ callId, agentCode, waitMs }) => ({
    name: 'answered',
    text: `update call_overview set status = 'talking', agent_code = $2, wait_ms = $3 where call_id = $1`,
    values: [callId, agentCode, waitMs],
  }),
  AgentLeftCall: ({ callId, talkMs }) => ({
    name: 'left',
    text: 'update call_overview set talk_ms = talk_ms + $2 where call_id = $1',
    values: [callId, talkMs],
  }),
  CallEnded: ({ callId }) => ({
    name: 'ended',
    text: `update call_overview set status = 'ended' where call_id = $1`,
    values: [callId],
  }),
}

/** The effect of an event on the table; null: none. */
export function statementOf(type: string, data: unknown): Statement | null {
  return type in statements ? statements[type as keyof typeof statements](data as Said) : null
}

/** The whole content of the table, in one row of text. */
export const SUM =
  "select count(*) as calls, count(agent_code) as answered, sum(wait_ms)::bigint as wait, sum(talk_ms)::bigint as talk, count(*) filter (where status = 'ended') as ended from call_overview"
