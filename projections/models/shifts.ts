/** One row per shift: who was signed in from when to when, at which phone and in which group. */
import { instant, instantOrNull, text, textOrNull } from '../engine/model.ts'
import { entity } from '../entity.ts'

export const shifts = entity('shifts', {
  version: 1,
  about: 'Shifts: one row for each time an agent was signed in. Recorded history has none.',
  key: { shiftId: text('The shift.') },
  columns: {
    agentId: text('The agent.'),
    agentCode: text('The agent’s number (工号).'),
    groupCode: textOrNull('The agent’s group (班组) at that time.'),
    department: textOrNull('The agent’s department at that time.'),
    extension: textOrNull('The agent’s phone; the last one if they moved.'),
    signedInAt: instant('Start of the shift.'),
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
  // Finds the shift an agent was in at a given moment.
  indexes: [['agentId', 'signedInAt']],
})
