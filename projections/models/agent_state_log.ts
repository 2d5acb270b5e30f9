/**
 * One row a stretch of time that an agent spent in one state: what his day was made of. Follows from
 * the changes of his row in `agent_monitor`; states while signed out are not written.
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

const key = { agentId: text('The agent.'), stateSeq: count('Number of the state, counted over all his shifts.') }

const columns = {
  agentCode: text('His number (工号).'),
  groupCode: textOrNull('His group (班组) at that time.'),
  department: textOrNull('His department at that time.'),
  shiftId: textOrNull('The shift.'),
  state: word(
    houseWords.filter((state) => state !== 'signed_out'),
    'ready, ringing, in_call, on_hold, wrap_up, not_ready, away, on_demand, not_responding, previewing.',
  ),
  reason: textOrNull('Reason code of a state of work.'),
  callId: textOrNull('The call, where there was one.'),
  queueCode: textOrNull('The queue of that call.'),
  direction: wordOrNull(callDirection.options, 'Direction of that call: inbound, outbound or internal.'),
  startedAt: instant('Begin of the state.'),
  endedAt: instantOrNull('End of the state; null while it lasts.'),
  durationMs: durationOrNull('How long it lasted; null while it lasts.'),
  result: textOrNull(
    'Of ringing: why it came to nothing (no_answer, refused, busy, caller_gone …); null when it was answered.',
  ),
  zone: text('Time zone in which its intervals are cut.'),
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
  about: 'States of agents: one row a stretch of time in one state.',
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
  // An agent's day, and which shift he was in at a moment.
  indexes: [['agentCode', 'startedAt']],
})
