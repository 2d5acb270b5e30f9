/**
 * One agent's day: the periods in each state, the calls, the offers and their results, actions on the shift by the
 * agent, a supervisor or a rule, and the time in each state (catalogue A11.3.3-work). States and calls come from the
 * tables, offers and actions from the agent's shifts in the ledger: no table has an offer that never rang, or who
 * signed the agent out.
 */
import type { RecordedShiftEvent } from '@ledgerline/core/agent/events.ts'
import type { Codec } from '@ledgerline/core/kernel/codec.ts'
import { streamName } from '@ledgerline/core/kernel/event.ts'
import type { EventLog } from '@ledgerline/core/kernel/log.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { dayOf, nextDay, startOfDay } from '@ledgerline/core/kernel/time.ts'
import type { Condition } from '../queries/filters.ts'
import type { Row, Tables } from '../queries/select.ts'
import type { Session } from '@ledgerline/core/access/session.ts'
import { rowsOf, rowsOfKeys } from './rows.ts'

/** How many states of a day are listed; a desk that changes its state every ten seconds for a day has fewer. */
const MOST_STATES = 10_000
/** How many events of one shift are examined. */
const MOST_EVENTS = 20_000
const PAGE = 1_000

/** One offer to the agent. */
export interface AgentOffer {
  offerId: string
  callId: string
  queueCode: string | null
  direction: string
  /** When the agent was reserved and when the offer was over (null: not yet), UTC ms. */
  at: number
  endedAt: number | null
  /** The agent's phone rang. */
  rang: boolean
  /** Answered, or why it failed; null while it is open. */
  result: string | null
  /** How the queue chose the agent; null if none did. */
  decision: { strategy: string; waited: number; candidates: number; place: number } | null
}

/** An action on the agent's shift. */
export interface Deed {
  id: string
  type: string
  at: number
  /** Who caused it: `agent:201`, `supervisor:9001`, `system:switchboard`. */
  actor: string
  /** As in the event catalogue, without the agent's name. */
  data: Readonly<Record<string, unknown>>
}

/** Events already reflected in offers, calls and their states. */
const TOLD_ELSEWHERE: ReadonlySet<RecordedShiftEvent['type']> = new Set([
  'AgentReserved',
  'AgentReservationEnded',
  'AgentRang',
  'AgentCallStarted',
  'AgentCallHeld',
  'AgentCallResumed',
  'AgentCallEnded',
  'AgentWrapUpStarted',
  'AgentWrapUpEnded',
])

/** Time in one state within the day, ms, and how often the agent was in it. */
export interface StateTotal {
  state: string
  ms: number
  times: number
}

export interface AgentDay {
  agentCode: string
  agentId: string | null
  name: string | null
  groupCode: string | null
  /** `YYYY-MM-DD` in the tenant's zone, and where it begins and ends, UTC ms. */
  day: string
  from: number
  to: number
  /** Something is known up to here: the end of the day, or now. A lasting state counts up to here. */
  until: number
  /** Rows of `agent_state_log` that touch the day, in order. */
  states: Row[]
  /** The agent's rows of `call_segments` that began on the day. */
  segments: Row[]
  /** Rows of `calls` of these segments. */
  calls: Row[]
  offers: AgentOffer[]
  deeds: Deed[]
  totals: StateTotal[]
  /** Signed in, all states together, ms. */
  signedInMs: number
  /** The nearest days before and after on which the agent was signed in. */
  previousDay: string | null
  nextDay: string | null
}

export interface Sources {
  log: EventLog
  codec: Codec
  tables: Tables
  session: Session
  zone: string
  /** The tenant's clock, UTC ms; null if there is none (a lasting state then counts up to the last thing known). */
  now: number | null
}

/**
 * @param day `YYYY-MM-DD`; null: the last day on which anything is known of the agent
 * @throws Problem `request.not_found`
 */
export async function agentDay(sources: Sources, agentCode: string, day: string | null): Promise<AgentDay> {
  const { tables, session, zone } = sources
  const isHis: Condition = { column: 'agentCode', is: 'one_of', values: [agentCode] }
  const [[known], lastState] = await Promise.all([
    rowsOf(tables, session, 'agent_monitor', [isHis], { most: 1 }),
    rowsOf(tables, session, 'agent_state_log', [isHis], { sort: '-startedAt', most: 1 }),
  ])
  // Imported agents have calls and no states.
  const [last] =
    lastState.length > 0
      ? lastState
      : await rowsOf(tables, session, 'call_segments', [isHis], { sort: '-startedAt', most: 1 })
  if (known === undefined && last === undefined)
    throw new Problem('request.not_found', { what: 'agent', id: agentCode })
  const asked = day ?? dayOf((last?.['startedAt'] ?? sources.now ?? known!['since']) as number, zone)
  const [from, to] = [startOfDay(asked, zone), startOfDay(nextDay(asked), zone)]
  const begins: Condition[] = [
    isHis,
    { column: 'startedAt', is: 'from', values: [from] },
    { column: 'startedAt', is: 'to', values: [to] },
  ]
  const [earlier, began, later] = await Promise.all([
    // States follow one another: of those that began before the day, only the last can reach into it.
    rowsOf(tables, session, 'agent_state_log', [isHis, { column: 'startedAt', is: 'to', values: [from] }], {
      sort: '-startedAt',
      most: 1,
    }),
    rowsOf(tables, session, 'agent_state_log', begins, { sort: 'startedAt', most: MOST_STATES }),
    rowsOf(tables, session, 'agent_state_log', [isHis, { column: 'startedAt', is: 'from', values: [to] }], {
      sort: 'startedAt',
      most: 1,
    }),
  ])
  const reaching = earlier.filter((row) => row['endedAt'] === null || (row['endedAt'] as number) > from)
  // Between call and wrap-up the agent is ready for no time at all: two events of one moment.
  const states = [...reaching, ...began].filter((row) => row['endedAt'] !== row['startedAt'])
  const segments = await segmentsOf(sources, states, begins, agentCode, from, to)
  const [calls, { offers, deeds }] = await Promise.all([
    rowsOfKeys(tables, session, 'calls', 'callId', [...new Set(segments.map((row) => row['callId'] as string))]),
    ofShifts(sources, [...new Set(states.map((row) => row['shiftId'] as string))], from, to),
  ])
  const moments = [...states, ...segments]
    .flatMap((row) => [row['startedAt'], row['endedAt']])
    .filter((at) => typeof at === 'number')
  const until = Math.max(from, Math.min(to, sources.now ?? Math.max(from, ...moments)))
  const totals = totalsOf(states, from, until)
  return {
    agentCode,
    agentId: (known?.['agentId'] ?? states[0]?.['agentId'] ?? segments[0]?.['agentId'] ?? null) as string | null,
    name: (known?.['name'] ?? null) as string | null,
    groupCode: (known?.['groupCode'] ?? null) as string | null,
    day: asked,
    from,
    to,
    until,
    states,
    segments,
    calls,
    offers,
    deeds,
    totals,
    signedInMs: totals.reduce((sum, { ms }) => sum + ms, 0),
    previousDay:
      reaching.length > 0
        ? dayOf(from - 1, zone)
        : earlier[0]
          ? dayOf(((earlier[0]['endedAt'] as number | null) ?? from) - 1, zone)
          : null,
    nextDay: states.at(-1)?.['endedAt'] !== null && later[0] ? dayOf(later[0]['startedAt'] as number, zone) : null,
  }
}

/** The agent's segments that began on the day: found by the calls of their states or, without states, by their number. */
async function segmentsOf(
  { tables, session }: Sources,
  states: readonly Row[],
  begins: readonly Condition[],
  agentCode: string,
  from: number,
  to: number,
): Promise<Row[]> {
  const callIds = [...new Set(states.map((row) => row['callId'] as string | null).filter((callId) => callId !== null))]
  const rows =
    states.length > 0
      ? await rowsOfKeys(tables, session, 'call_segments', 'callId', callIds)
      : await rowsOf(tables, session, 'call_segments', begins, { sort: 'startedAt', most: MOST_STATES })
  const within = (at: number) => at >= from && at < to
  const mine = rows.filter(
    (row) => row['kind'] === 'agent' && row['agentCode'] === agentCode && within(row['startedAt'] as number),
  )
  return mine.sort((a, b) => (a['startedAt'] as number) - (b['startedAt'] as number))
}

/** The offers and actions of a day, from the agent's shifts. */
async function ofShifts(
  { log, codec, session }: Sources,
  shiftIds: readonly string[],
  from: number,
  to: number,
): Promise<{ offers: AgentOffer[]; deeds: Deed[] }> {
  const offers: AgentOffer[] = []
  const deeds: Deed[] = []
  const within = ({ at }: { at: number }) => at >= from && at < to
  for (const shiftId of shiftIds) {
    const open = new Map<string, AgentOffer>()
    const stream = streamName('shift', session.tenant, shiftId)
    for (let revision = 0; revision < MOST_EVENTS; revision += PAGE) {
      const stored = await log.readStream(stream, revision, PAGE)
      for (const event of (await codec.decode(stored)).events as unknown as RecordedShiftEvent[]) {
        noteOffer(event, open)
        if (TOLD_ELSEWHERE.has(event.type) || !within(event)) continue
        const { name: _, ...data } = event.data as Record<string, unknown>
        deeds.push({ id: event.id, type: event.type, at: event.at, actor: event.actor, data })
      }
      if (stored.length < PAGE) break
    }
    offers.push(...[...open.values()].filter(within))
  }
  return { offers, deeds }
}

function noteOffer(event: RecordedShiftEvent, open: Map<string, AgentOffer>): void {
  const end = (offerId: string | null, result: string) => {
    const offer = offerId === null ? undefined : open.get(offerId)
    if (offer) Object.assign(offer, { result, endedAt: event.at })
  }
  switch (event.type) {
    case 'AgentReserved': {
      const { offerId, callId, queueCode, direction, decision } = event.data
      const chosen = decision && {
        strategy: decision.strategy,
        waited: decision.waited,
        candidates: decision.candidates,
        place: decision.place,
      }
      open.set(offerId, {
        offerId,
        callId,
        queueCode,
        direction,
        at: event.at,
        endedAt: null,
        rang: false,
        result: null,
        decision: chosen,
      })
      break
    }
    case 'AgentRang': {
      const offer = event.data.offerId === null ? undefined : open.get(event.data.offerId)
      if (offer) offer.rang = true
      break
    }
    case 'AgentReservationEnded':
      end(event.data.offerId, event.data.result)
      break
    case 'AgentCallStarted':
      end(event.data.offerId, 'answered')
      break
  }
}

/** Time in each state between two moments; a lasting state counts up to the second. */
export function totalsOf(states: readonly Row[], from: number, until: number): StateTotal[] {
  const totals = new Map<string, StateTotal>()
  for (const row of states) {
    const state = row['state'] as string
    const ms = Math.min((row['endedAt'] as number | null) ?? until, until) - Math.max(row['startedAt'] as number, from)
    if (ms < 0) continue
    const total = totals.get(state) ?? { state, ms: 0, times: 0 }
    total.ms += ms
    total.times++
    totals.set(state, total)
  }
  return [...totals.values()].sort((a, b) => b.ms - a.ms)
}
