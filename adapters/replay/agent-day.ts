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
import { agentMonitor } from '@ledgerline/projections/models/agent_monitor.ts'
import { agentStateLog } from '@ledgerline/projections/models/agent_state_log.ts'
import { callSegments } from '@ledgerline/projections/models/call_segments.ts'
import { calls } from '@ledgerline/projections/models/calls.ts'
import type { Condition } from '../queries/filters.ts'
import type { Row, Tables } from '../queries/select.ts'
import type { Session } from '@ledgerline/core/access/session.ts'
import type { AgentDay, AgentOffer, Deed, OfferResult, StateTotal } from './answers.ts'
import { rowsOf, rowsOfKeys } from './rows.ts'

/** How many states of a day are listed; a desk that changes its state every ten seconds for a day has fewer. */
const MOST_STATES = 10_000
/** How many events of one shift are examined. */
const MOST_EVENTS = 20_000
const PAGE = 1_000

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
export async function agentDay(
  sources: Sources,
  agentCode: string,
  day: string | null,
): Promise<Omit<AgentDay, 'zone'>> {
  const { tables, session, zone } = sources
  const isHis: Condition = { column: 'agentCode', is: 'one_of', values: [agentCode] }
  const [[known], lastState] = await Promise.all([
    rowsOf(tables, session, agentMonitor, [isHis], { most: 1 }),
    rowsOf(tables, session, agentStateLog, [isHis], { sort: '-startedAt', most: 1 }),
  ])
  // Imported agents have calls and no states.
  const [last] =
    lastState.length > 0
      ? lastState
      : await rowsOf(tables, session, callSegments, [isHis], { sort: '-startedAt', most: 1 })
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
    rowsOf(tables, session, agentStateLog, [isHis, { column: 'startedAt', is: 'to', values: [from] }], {
      sort: '-startedAt',
      most: 1,
    }),
    rowsOf(tables, session, agentStateLog, begins, { sort: 'startedAt', most: MOST_STATES }),
    rowsOf(tables, session, agentStateLog, [isHis, { column: 'startedAt', is: 'from', values: [to] }], {
      sort: 'startedAt',
      most: 1,
    }),
  ])
  const reaching = earlier.filter((row) => row['endedAt'] === null || (row['endedAt'] as number) > from)
  // Between call and wrap-up the agent is ready for no time at all: two events of one moment.
  const states = [...reaching, ...began].filter((row) => row['endedAt'] !== row['startedAt'])
  const segments = await segmentsOf(sources, states, begins, agentCode, from, to)
  const [answered, { offers, deeds }] = await Promise.all([
    rowsOfKeys(tables, session, calls, 'callId', [...new Set(segments.map((row) => row['callId'] as string))]),
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
    calls: answered,
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
): Promise<AgentDay['segments']> {
  const callIds = [...new Set(states.map((row) => row['callId'] as string | null).filter((callId) => callId !== null))]
  const rows =
    states.length > 0
      ? await rowsOfKeys(tables, session, callSegments, 'callId', callIds)
      : await rowsOf(tables, session, callSegments, begins, { sort: 'startedAt', most: MOST_STATES })
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
  const end = (offerId: string | null, result: OfferResult) => {
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
