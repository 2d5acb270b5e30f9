/**
 * One row per agent: what they are doing now, in every independent dimension of their shift, and the one word that the
 * board shows. Agents appear, signed out, with the first activation of a configuration that names them.
 */
import type { AgentSettings } from '@ledgerline/core/configuration/events.ts'
import { agentOfShift } from '@ledgerline/core/agent/shift-id.ts'
import { callDirection } from '@ledgerline/core/call/events.ts'
import { houseWord, houseWords, type AgentDimensions } from '@ledgerline/core/agent/manual-words.ts'
import {
  count,
  durationOrNull,
  flag,
  instant,
  instantOrNull,
  personalText,
  text,
  textOrNull,
  texts,
  word,
  wordOrNull,
  type RowOf,
} from '../engine/model.ts'
import { entity } from '../entity.ts'

const key = { agentId: text('Id of the agent.') }

const columns = {
  agentCode: text('Number of the agent (工号).'),
  name: personalText('The agent’s name.'),
  groupCode: textOrNull('The agent’s group (班组).'),
  department: textOrNull('The agent’s department.'),
  extension: textOrNull('The phone of this shift, or the agent’s usual one.'),
  queueCodes: texts('Queues the agent serves.'),
  shiftId: textOrNull('The shift; null when signed out.'),
  work: text('What the agent is willing to do: signed_out, ready, on_demand, not_ready, away.'),
  reason: textOrNull('Reason code for that.'),
  callState: text(
    'What the agent’s phone is doing: idle, previewing, ringing, inbound, outbound, internal, on_hold, wrap_up.',
  ),
  registered: flag('The agent’s phone is registered.'),
  desk: text('none (by phone only), connected, or lost.'),
  deskId: textOrNull('The browser that is the desk of the shift; any other can only watch.'),
  longSignIn: text('none, requested, or active.'),
  reserved: flag('A call is about to be offered to the agent.'),
  notResponding: flag('The agent left too many offers unanswered.'),
  wishedWork: textOrNull('The state the agent wants after the present call.'),
  callId: textOrNull('The call that is ringing, in progress or in wrap-up.'),
  queueCode: textOrNull('The queue of that call.'),
  direction: wordOrNull(callDirection.options, 'Direction of that call: inbound, outbound or internal.'),
  callSince: instantOrNull('Since when the agent has been in that call; after it, when they joined it.'),
  talkMs: durationOrNull('Talk in the last call, without hold; null during a call.'),
  holdMs: durationOrNull('How long the customer of that call was on hold.'),
  wrapUpUntil: instantOrNull('In wrap-up: when it ends automatically, extensions included.'),
  wrapUpForm: flag('In wrap-up: only submitting the form ends it earlier.'),
  lastOffer: textOrNull('Result of the last offer, if it was not answered.'),
  state: word(
    houseWords,
    'One word for the board: signed_out, ready, ringing, in_call, on_hold, wrap_up, not_ready, away, on_demand, not_responding, previewing.',
  ),
  since: instant('Since when the agent has been in that state.'),
  stateSeq: count('Increases by one with every change of state or reason.'),
  signedInAt: instantOrNull('Start of the shift.'),
  setAside: flag(
    'An event of this shift, or of the last one, cannot be read. The row shows what was known before it, until the shift is closed for that reason; a new shift is not affected.',
  ),
  zone: text('Time zone that decides where the agent’s days begin and end.'),
}

export type AgentRow = RowOf<typeof key & typeof columns>

/** Everything but the words that follow from the rest. */
type Change = Partial<Omit<AgentRow, 'agentId' | 'state' | 'since' | 'stateSeq'>>

/** The one word for the board, decided together with the words of the manuals. */
function boardState({ work, callState, notResponding }: AgentRow): string {
  return houseWord({ work, callState, notResponding } as AgentDimensions)
}

/** Reasons belong to states of work; during a call, a change of reason changes no state. */
function shownReason(row: AgentRow): string | null {
  return row.callState === 'idle' ? row.reason : null
}

/** The row with a change, and with what follows from it: state, since, sequence. */
function changed(row: AgentRow, at: number, change: Change): AgentRow {
  const next: AgentRow = { ...row, ...change }
  const state = boardState(next)
  if (
    state === row.state &&
    shownReason(next) === shownReason(row) &&
    next.callId === row.callId &&
    next.shiftId === row.shiftId
  )
    return next
  return { ...next, state, since: at, stateSeq: row.stateSeq + 1 }
}

const noWrapUp: Change = { talkMs: null, holdMs: null, wrapUpUntil: null, wrapUpForm: false }
const idle: Change = { callState: 'idle', callId: null, queueCode: null, direction: null, callSince: null, ...noWrapUp }
const free: Change = { ...idle, reserved: false, wishedWork: null, notResponding: false }

const settingsOf = new WeakMap<readonly AgentSettings[], Map<string, AgentSettings>>()

function byId(list: readonly AgentSettings[]): Map<string, AgentSettings> {
  let map = settingsOf.get(list)
  if (!map) settingsOf.set(list, (map = new Map(list.map((agent) => [agent.agentId, agent]))))
  return map
}

function newcomer(agentId: string, agentCode: string, at: number, zone: string): AgentRow {
  return {
    agentId,
    agentCode,
    name: null,
    groupCode: null,
    department: null,
    extension: null,
    queueCodes: [],
    shiftId: null,
    work: 'signed_out',
    reason: null,
    callState: 'idle',
    registered: false,
    desk: 'none',
    deskId: null,
    longSignIn: 'none',
    reserved: false,
    notResponding: false,
    wishedWork: null,
    callId: null,
    queueCode: null,
    direction: null,
    callSince: null,
    talkMs: null,
    holdMs: null,
    wrapUpUntil: null,
    wrapUpForm: false,
    lastOffer: null,
    state: 'signed_out',
    since: at,
    stateSeq: 0,
    signedInAt: null,
    setAside: false,
    zone,
  }
}

/** A new state of work takes any wish with it, as the shift does. */
const works =
  (work: string) =>
  (row: AgentRow | null, { at, data }: { at: number; data: { by: string; reason: string | null } }) => {
    const back = work === 'ready' || work === 'on_demand' || data.by !== 'system'
    return (
      row &&
      changed(row, at, { work, reason: data.reason, wishedWork: null, ...(back ? { notResponding: false } : {}) })
    )
  }

export const agentMonitor = entity('agent_monitor', {
  version: 4,
  about: 'Agents (坐席) as they are now: one row each.',
  key,
  columns,
  keysOf: { SwitchboardActivated: ({ data }) => data.agents.map(({ agentId }) => ({ agentId })) },
  on: {
    SwitchboardActivated: (row, { at, data }, { key: { agentId }, zone }) => {
      const settings = byId(data.agents).get(agentId)
      if (!settings) return row
      const known = row ?? newcomer(agentId, settings.agentCode, at, zone)
      const { agentCode, name, group, department, extension, queues } = settings
      const facts = { ...known, agentCode, name, groupCode: group, department, zone }
      // What a shift began with lasts as long as the shift.
      return known.work === 'signed_out'
        ? { ...facts, extension, queueCodes: queues.map(({ queueCode }) => queueCode) }
        : facts
    },
    AgentSignedIn: (row, { at, data }, { zone }) =>
      changed(row ?? newcomer(data.agentId, data.agentCode, at, zone), at, {
        ...free,
        agentCode: data.agentCode,
        name: data.name,
        groupCode: data.group,
        department: data.department,
        extension: data.extension,
        queueCodes: data.queues.map(({ queueCode }) => queueCode),
        shiftId: data.shiftId,
        work: 'away',
        reason: null,
        registered: data.registered,
        desk: data.via === 'desk' ? 'connected' : 'none',
        deskId: null,
        longSignIn: 'none',
        lastOffer: null,
        signedInAt: at,
        setAside: false,
        zone,
      }),
    ShiftSetAside: (row, { data }) => (row?.shiftId === data.shiftId ? { ...row, setAside: true } : row),
    AgentSignedOut: (row, { at, data }) =>
      row &&
      changed(row, at, {
        ...free,
        work: 'signed_out',
        reason: data.reason,
        shiftId: null,
        signedInAt: null,
        desk: 'none',
        deskId: null,
        longSignIn: 'none',
      }),
    AgentQueuesChanged: (row, { data }) => row && { ...row, queueCodes: data.queues.map(({ queueCode }) => queueCode) },
    AgentBecameReady: works('ready'),
    AgentBecameOnDemand: works('on_demand'),
    AgentBecameNotReady: works('not_ready'),
    AgentWentAway: works('away'),
    AgentWishedFor: (row, { data }) => row && { ...row, wishedWork: data.work },
    AgentReserved: (row) => row && { ...row, reserved: true },
    AgentReservationEnded: (row, { at, data }) => {
      if (!row) return null
      const rang = row.callState === 'ringing' && row.callId === data.callId
      return changed(row, at, { reserved: false, lastOffer: data.result, ...(rang ? idle : {}) })
    },
    AgentBecameNotResponding: (row, { at }) => row && changed(row, at, { notResponding: true }),
    AgentRang: (row, { at, data }) =>
      row && row.callState === 'idle'
        ? changed(row, at, { callState: 'ringing', callId: data.callId, lastOffer: null })
        : row,
    AgentCallStarted: (row, { at, data }) =>
      row &&
      changed(row, at, {
        ...noWrapUp,
        callSince: at,
        reserved: false,
        callState: data.direction,
        direction: data.direction,
        callId: data.callId,
        queueCode: data.queueCode,
        lastOffer: null,
      }),
    AgentCallHeld: (row, { at, data }) =>
      row?.callId === data.callId ? changed(row, at, { callState: 'on_hold' }) : row,
    AgentCallResumed: (row, { at, data }) =>
      row?.callState === 'on_hold' && row.callId === data.callId
        ? changed(row, at, { callState: row.direction ?? 'inbound' })
        : row,
    // Wrap-up follows at the same moment or not at all: caller, queue and talk time are kept for it, and `direction`
    // says nothing about it.
    AgentCallEnded: (row, { at, data }) =>
      row && { ...changed(row, at, { ...idle, talkMs: data.talkMs, holdMs: data.holdMs }), callSince: row.callSince },
    AgentWrapUpStarted: (row, { at, data }) =>
      row &&
      changed(row, at, {
        callState: 'wrap_up',
        callId: data.callId,
        queueCode: data.queueCode,
        wrapUpUntil: data.deadline,
        wrapUpForm: data.form,
      }),
    AgentWrapUpExtended: (row, { data }) => row && { ...row, wrapUpUntil: data.deadline },
    AgentWrapUpEnded: (row, { at }) => row && changed(row, at, idle),
    AgentPreviewStarted: (row, { at }) => row && changed(row, at, { ...idle, callState: 'previewing' }),
    AgentPreviewEnded: (row, { at }) => (row?.callState === 'previewing' ? changed(row, at, idle) : row),
    AgentPhoneRegistered: (row) => row && { ...row, registered: true },
    AgentPhoneUnregistered: (row) => row && { ...row, registered: false },
    AgentExtensionChanged: (row, { data }) => row && { ...row, extension: data.extension, registered: data.registered },
    AgentDeskClaimed: (row, { data }) => row && { ...row, desk: 'connected', deskId: data.deskId },
    AgentDeskConnected: (row) => row && { ...row, desk: 'connected' },
    AgentDeskLost: (row) => row && { ...row, desk: 'lost' },
    AgentLongSignInRequested: (row) => row && { ...row, longSignIn: 'requested' },
    AgentLongSignInStarted: (row) => row && { ...row, longSignIn: 'active' },
    AgentLongSignInEnded: (row) => row && { ...row, longSignIn: 'none' },
  },
  aside: {
    category: 'shift',
    keyOf: (shiftId) => ({ agentId: agentOfShift(shiftId) }),
    on: (row, shiftId) => (row.shiftId === shiftId ? { ...row, setAside: true } : row),
  },
  board: true,
})
