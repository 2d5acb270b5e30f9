/** One row per leg: one party's connection, who or what ended it and why. */
import { countOrNull, instant, instantOrNull, personalText, text, textOrNull, type RowOf } from '../engine/model.ts'
import { entity } from '../entity.ts'

const key = { callId: text('The call.'), legId: text('Id of the leg.') }

const columns = {
  purpose: text('customer, agent, consultation, supervisor or robot.'),
  agentId: textOrNull('The agent at the far end.'),
  agentCode: textOrNull('The agent’s number (工号).'),
  extension: textOrNull('The extension that rang.'),
  number: personalText('Number at the far end, unless it is an extension.'),
  startedAt: instant('When it was dialled or arrived.'),
  ringingAt: instantOrNull('When the far end rang.'),
  answeredAt: instantOrNull('When the far end picked up.'),
  endedAt: instantOrNull('When it ended.'),
  endedBy: textOrNull('customer, agent, supervisor, system or network.'),
  cause: countOrNull('Q.850 cause: 16 normal clearing, 17 busy, 19 no answer, 21 rejected …'),
  sip: countOrNull('SIP status, if there was one.'),
  reason: textOrNull('Ledgerline’s word for the cause.'),
  gateway: textOrNull('Gateway that carries it; null: none, or not known.'),
  callerNumber: textOrNull('Our number that the other side sees; null: not ours to say.'),
}

function begin(place: { key: RowOf<typeof key> }, startedAt: number): RowOf<typeof key & typeof columns> {
  return {
    callId: place.key.callId,
    legId: place.key.legId,
    purpose: 'customer',
    agentId: null,
    agentCode: null,
    extension: null,
    number: null,
    startedAt,
    ringingAt: null,
    answeredAt: null,
    endedAt: null,
    endedBy: null,
    cause: null,
    sip: null,
    reason: null,
    gateway: null,
    callerNumber: null,
  }
}

export const legs = entity('legs', {
  version: 2,
  about: 'Legs: one row for each party’s connection to a call. Recorded history has none.',
  key,
  columns,
  begins: { CallReceived: true, LegDialled: true },
  on: {
    CallReceived: (_, { at, data, origin }, place) =>
      origin === 'imported'
        ? null
        : {
            ...begin(place, at),
            // An extension is no one's number.
            number: data.extension === null ? data.from : null,
            agentId: data.agentId,
            agentCode: data.agentCode,
            extension: data.extension,
            gateway: data.gateway,
          },
    LegDialled: (
      _,
      { at, data: { purpose, agentId, agentCode, extension, number, gateway, callerNumber } },
      place,
    ) => ({
      ...begin(place, at),
      purpose,
      agentId,
      agentCode,
      extension,
      number,
      gateway,
      callerNumber,
    }),
    LegRinging: (row, { at }) => row && { ...row, ringingAt: row.ringingAt ?? at },
    LegAnswered: (row, { at }) => row && { ...row, answeredAt: row.answeredAt ?? at },
    LegEnded: (row, { at, data: { by, cause, sip, reason } }) =>
      row && { ...row, endedAt: at, endedBy: by, cause, sip, reason },
  },
  finished: (row) => row.endedAt !== null,
})
