/**
 * One row for each period that an agent spent in one state. Derived from the changes of the agent's row in
 * `agent_monitor`; time while signed out is not recorded.
 */
import { houseWords } from '@ledgerline/core/agent/manual-words.ts'
import { callDirection } from '@ledgerline/core/call/events.ts'
import {
  count,
  derived,
  durationOrNull,
  instant,
  instantOrNull,
  text,
  textOrNull,
  word,
  wordOrNull,
  type RowOf,
} from '../engine/model.ts'
import { agentMonitor, type AgentRow } from './agent_monitor.ts'

const key = {
  agentId: text('The agent.'),
  stateSeq: count('Number of the state, counted across all shifts of the agent.'),
}

const columns = {
  agentCode: text('The agent’s number (工号).'),
  groupCode: textOrNull('The agent’s group (班组) at that time.'),
  department: textOrNull('The agent’s department at that time.'),
  shiftId: textOrNull('The shift.'),
  state: word(
    houseWords.filter((state) => state !== 'signed_out'),
    'ready, ringing, in_call, on_hold, wrap_up, not_ready, away, on_demand, not_responding, previewing.',
  ),
  reason: textOrNull('Reason code, for a state of work.'),
  callId: textOrNull('The call, if there was one.'),
  queueCode: textOrNull('The queue of that call.'),
  direction: wordOrNull(callDirection.options, 'Direction of that call: inbound, outbound or internal.'),
  startedAt: instant('Start of the state.'),
  endedAt: instantOrNull('End of the state; null while it lasts.'),
  durationMs: durationOrNull('How long it lasted; null while it lasts.'),
  result: textOrNull('For ringing: why it was not answered (no_answer, refused, busy, caller_gone …); null if it was.'),
  zone: text('Time zone that decides where its intervals begin and end.'),
}

type StateRow = RowOf<typeof key & typeof columns>

function stateOf(agent: Readonly<AgentRow>): StateRow {
  const {
    agentId,
    stateSeq,
    agentCode,
    groupCode,
    department,
    shiftId,
    state,
    callId,
    queueCode,
    direction,
    since,
    zone,
  } = agent
  const reason = agent.callState === 'idle' ? agent.reason : null
  return {
    agentId,
    stateSeq,
    agentCode,
    groupCode,
    department,
    shiftId,
    state,
    reason,
    callId,
    queueCode,
    direction,
    startedAt: since,
    endedAt: null,
    durationMs: null,
    result: null,
    zone,
  }
}

export const agentStateLog = derived('agent_state_log', {
  version: 2,
  about: 'States of agents: one row for each period in one state.',
  key,
  columns,
  of: agentMonitor,
  derive: (before, after) => {
    if (before && after && before.stateSeq === after.stateSeq) return []
    const changes: { before: StateRow | null; after: StateRow }[] = []
    if (before && before.state !== 'signed_out') {
      const open = stateOf(before)
      const endedAt = Math.max(before.since, after?.since ?? before.since)
      changes.push({
        before: open,
        after: {
          ...open,
          endedAt,
          durationMs: endedAt - before.since,
          result: before.state === 'ringing' ? (after?.lastOffer ?? null) : null,
        },
      })
    }
    if (after && after.state !== 'signed_out') changes.push({ before: null, after: stateOf(after) })
    return changes
  },
  finished: (row) => row.endedAt !== null,
  // An agent's day, and the shift the agent was in at a given moment.
  indexes: [['agentCode', 'startedAt']],
})
