/**
 * One row for each party of a call other than its customer and its agents: a colleague who is consulted, a supervisor
 * who listens. A desk needs it to offer "complete the transfer" only while there is someone to transfer to; a
 * supervisor's bar shows it.
 */
import { flag, instant, instantOrNull, text, textOrNull, type RowOf } from '../engine/model.ts'
import { entity } from '../entity.ts'

const key = { callId: text('The call.'), legId: text('The leg of the party.') }

const columns = {
  part: text('consultation or supervision.'),
  mode: text('consultation, three_way, or how a supervisor takes part: listen, whisper, three_way, take_over.'),
  agentId: text('The agent who consults, or whom the supervisor follows.'),
  agentCode: text('Number (工号) of that agent.'),
  partyAgentId: textOrNull('The party, if signed in as an agent.'),
  partyCode: textOrNull('Code of the colleague or supervisor; null for an outside number.'),
  extension: textOrNull('The party’s phone, if it is an extension.'),
  outside: flag('The party is called at an outside number.'),
  startedAt: instant('When it was requested.'),
  answeredAt: instantOrNull('When the party picked up; null while the phone rings.'),
  endedAt: instantOrNull('When the party left, or became the call’s agent.'),
}

type Row = RowOf<typeof key & typeof columns>

const over = (row: Row | null, at: number): Row | null => row && { ...row, endedAt: row.endedAt ?? at }

export const callParties = entity('call_parties', {
  version: 1,
  about: 'Consultations and supervisions: one row for each party of a call other than its customer and its agents.',
  key,
  columns,
  begins: { ConsultationStarted: true, SupervisorJoined: true },
  keysOf: {
    ThreeWayStarted: ({ data: { callId, legIds } }) => legIds.map((legId) => ({ callId, legId })),
    ThreeWayEnded: ({ data: { callId, legIds } }) => legIds.map((legId) => ({ callId, legId })),
  },
  on: {
    ConsultationStarted: (_, { at, data }) => ({
      callId: data.callId,
      legId: data.legId,
      part: 'consultation',
      mode: 'consultation',
      agentId: data.agentId,
      agentCode: data.agentCode,
      partyAgentId: null,
      partyCode: data.to.kind === 'agent' ? data.to.code : null,
      extension: null,
      outside: data.to.kind === 'number',
      startedAt: at,
      answeredAt: null,
      endedAt: null,
    }),
    SupervisorJoined: (_, { at, data }) => ({
      callId: data.callId,
      legId: data.legId,
      part: 'supervision',
      mode: data.mode,
      agentId: data.agentId,
      agentCode: data.agentCode,
      partyAgentId: data.supervisorAgentId,
      partyCode: data.supervisorCode,
      extension: null,
      outside: false,
      startedAt: at,
      answeredAt: null,
      endedAt: null,
    }),
    LegDialled: (row, { data }) =>
      row && { ...row, partyAgentId: data.agentId, extension: data.extension, outside: data.extension === null },
    LegAnswered: (row, { at }) => row && { ...row, answeredAt: row.answeredAt ?? at },
    ConsultationAnswered: (row, { at }) => row && { ...row, answeredAt: row.answeredAt ?? at },
    ConsultationEnded: (row, { at, data }) =>
      data.result === 'joined' ? row && { ...row, mode: 'three_way' } : over(row, at),
    ThreeWayStarted: (row) => (row?.part === 'consultation' ? { ...row, mode: 'three_way' } : row),
    ThreeWayEnded: (row, { at }) => (row?.part === 'consultation' ? over(row, at) : row),
    SupervisorModeChanged: (row, { data }) => row && { ...row, mode: data.mode },
    SupervisorTookOver: (row, { at }) => over(row, at),
    SupervisorLeft: (row, { at }) => over(row, at),
    LegEnded: (row, { at }) => over(row, at),
  },
  finished: (row) => row.endedAt !== null,
  board: 'endedAt',
})
