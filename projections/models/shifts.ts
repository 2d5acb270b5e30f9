/** One row a shift: who was signed in from when to when, at which phone, for which group. */
import { entity, instant, instantOrNull, text, textOrNull } from '../engine/model.ts'

export const shifts = entity('shifts', {
  version: 1,
  about: 'Shifts: one row each time an agent was signed in. Recorded history knows none.',
  key: { shiftId: text('The shift.') },
  columns: {
    agentId: text('The agent.'),
    agentCode: text('His number (工号).'),
    groupCode: textOrNull('His group (班组) at that time.'),
    department: textOrNull('His department at that time.'),
    extension: textOrNull('His phone; where he moved to another one, the last.'),
    signedInAt: instant('Begin of the shift.'),
    signedOutAt: instantOrNull('End of the shift; null while it lasts.'),
  },
  begins: { AgentSignedIn: true },
  on: {
    AgentSignedIn: (_, { at, data }, { key }) => ({
      ...key,
      agentId: data.agentId,
      agentCode: data.agentCode,
      groupCode: data.group,
      department: data.department,
      extension: data.extension,
      signedInAt: at,
      signedOutAt: null,
    }),
    AgentExtensionChanged: (row, { data }) => row && { ...row, extension: data.extension },
    AgentSignedOut: (row, { at }) => row && { ...row, signedOutAt: at },
  },
  finished: (row) => row.signedOutAt !== null,
  // Which shift an agent was in at a moment.
  indexes: [['agentId', 'signedInAt']],
})
