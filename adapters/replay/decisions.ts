/**
 * Why each agent was chosen for a call: the offers of the call, and for each the whole queue as it was at that moment.
 *
 * The reservation says what the switchboard saw; the configuration of that version says who else was in the queue; why
 * each of them was ruled out follows from the agent's own shift, folded up to the reservation and no further
 * (`core/acd/decision.ts`). Bounded: a call with very many offers, a queue with very many members and shifts with very
 * many events are cut, and the answer says so.
 */
import { sql } from 'kysely'
import { configurationOf, CONFIGURATION_ID } from '@ledgerline/core/configuration/configuration.ts'
import { explain, RESERVED_SOON_MS, type Member } from '@ledgerline/core/acd/decision.ts'
import type { RecordedSwitchboardEvent } from '@ledgerline/core/configuration/events.ts'
import { rosters } from '@ledgerline/core/acd/candidate-bits.ts'
import type { Decision, Membership, RecordedShiftEvent } from '@ledgerline/core/agent/events.ts'
import { shiftDecider } from '@ledgerline/core/agent/shift.ts'
import type { Shift } from '@ledgerline/core/agent/state.ts'
import type { AnyEvent } from '@ledgerline/core/catalogue.ts'
import type { Codec } from '@ledgerline/core/kernel/codec.ts'
import { streamName, type Position, type RecordedEvent } from '@ledgerline/core/kernel/event.ts'
import type { EventLog } from '@ledgerline/core/kernel/log.ts'
import type { Tables } from '../queries/select.ts'
import type { Decisions, Offer, OfferResult } from './answers.ts'

/** How many offers of a call are explained, the first ones. */
export const MOST_OFFERS = 50
/** How many members of a queue are examined, in the order of the queue. */
export const MOST_MEMBERS = 500
/** How many events of shifts are read for one call: a few seconds of work at most. */
const MOST_EVENTS = 150_000
const PAGE = 1_000
/** Shifts that are read at the same time. */
const AT_ONCE = 8

/** The source, and the reader it is for. */
export interface Ledger {
  log: EventLog
  codec: Codec
  /** The tables as the tenant's own reader sees them: they know in which shift an agent was. */
  tables: Tables
  tenant: string
}

type CallOffered = Extract<AnyEvent, { type: 'CallOffered' }>
type AgentReserved = Extract<AnyEvent, { type: 'AgentReserved' }>

/** A reservation whose queue is to be explained. */
interface Question {
  reserved: AgentReserved
  decision: Decision
  /**
   * Members of the queue as configured then; and agents not configured for it who may have been assigned to it for a
   * while: their shifts say so.
   */
  members: { agentId: string; agentCode: string; membership: Membership | null; configured: boolean }[]
  /** By agent: the shift at the moment of the decision, and whether it was reserved for another call right after. */
  shifts: Map<string, { shift: Shift; reservedNext: boolean }>
  /** Agents configured for the queue then; null: the configuration cannot be read. */
  roster: readonly string[] | null
  tooMany: number
}

/** The offers of a call, and why each went to its agent. Empty for a call that no queue offered. */
export async function decisionsOf(ledger: Ledger, callId: string, signal: AbortSignal): Promise<Decisions> {
  const { log, codec, tenant } = ledger
  const { events } = await codec.decode(await log.readStream(streamName('call', tenant, callId), 0, 2_000))
  const all = events.filter((event) => event.type === 'CallOffered') as CallOffered[]
  const offered = all.slice(0, MOST_OFFERS)
  const reader = new Shifts(ledger, signal)
  const reservations = await inTurns(offered, (offer) => reader.reservation(offer))
  const configurations = new Map<number, Promise<ReturnType<typeof configurationOf> | null>>()
  const questions = await Promise.all(
    reservations.map(async (reserved): Promise<Question | null> => {
      if (!reserved?.data.decision) return null
      const { decision, queueCode } = reserved.data
      const version = decision.configVersion
      if (!configurations.has(version)) configurations.set(version, configurationNumbered(ledger, version))
      const configuration = await configurations.get(version)!
      const roster = configuration && queueCode !== null ? (rosters(configuration).get(queueCode) ?? []) : null
      const members = membersOf(
        configuration,
        queueCode,
        decision,
        reserved,
        queueCode === null ? [] : await servingNow(ledger, queueCode),
      )
      return {
        reserved,
        decision,
        members: members.slice(0, MOST_MEMBERS),
        shifts: new Map(),
        roster,
        tooMany: Math.max(0, members.length - MOST_MEMBERS),
      }
    }),
  )
  await reader.fold(questions.filter((question) => question !== null))
  const offers = offered.map((offer, index) =>
    told(offer, reservations[index] ?? null, questions[index] ?? null, events),
  )
  return { offers, more: all.length - offered.length }
}

function told(
  offer: CallOffered,
  reserved: AgentReserved | null,
  question: Question | null,
  events: readonly RecordedEvent[],
): Offer {
  const { offerId, agentId, agentCode, queueCode } = offer.data
  const fixed = {
    offerId,
    at: reserved?.at ?? offer.at,
    agentId,
    agentCode,
    queueCode,
    result: resultOf(offer, events),
  }
  if (!question) return { ...fixed, decision: null, considered: [], untold: 0 }
  const { ranked, seen: _, others: __, ...decision } = question.decision
  const named = new Set(ranked.map((candidate) => candidate.agentId))
  const members: Member[] = question.members.flatMap(({ agentId: id, agentCode: code, membership, configured }) => {
    const known = question.shifts.get(id)
    if (!known) return []
    const { shift, reservedNext } = known
    const own =
      shift.status === 'open' && queueCode !== null
        ? (shift.queues.find((queue) => queue.queueCode === queueCode) ?? null)
        : membership
    return own === null && !configured ? [] : [{ agentId: id, agentCode: code, membership: own, shift, reservedNext }]
  })
  const unread = question.members.filter(({ agentId: id }) => !question.shifts.has(id) && !named.has(id)).length
  return {
    ...fixed,
    decision,
    considered: explain(question.decision, agentId, members, question.reserved.at, question.roster),
    untold: question.tooMany + unread,
  }
}

/** The result of an offer, by the call's own events. */
function resultOf({ data: { offerId, legId } }: CallOffered, events: readonly RecordedEvent[]): OfferResult | null {
  for (const event of events as unknown as AnyEvent[]) {
    if (event.type === 'OfferEnded' && event.data.offerId === offerId) return event.data.result
    if (event.type === 'CallAnswered' && (event.data.offerId === offerId || event.data.legId === legId))
      return 'answered'
  }
  return null
}

/** The configuration of a version: activations are in one stream, one event per version. */
async function configurationNumbered({ log, codec, tenant }: Ledger, version: number) {
  const stream = streamName('switchboard', tenant, CONFIGURATION_ID)
  const [event] = (await codec.decode(await log.readStream(stream, version - 1, 1)))
    .events as unknown as RecordedSwitchboardEvent[]
  return event?.type === 'SwitchboardActivated' && event.data.version === version ? configurationOf(event.data) : null
}

/**
 * Members of a queue in its order; the chosen agent and those named in the decision are members even if they came by
 * another way.
 */
function membersOf(
  configuration: ReturnType<typeof configurationOf> | null,
  queueCode: string | null,
  decision: Decision,
  reserved: AgentReserved,
  serving: readonly { agentId: string; agentCode: string }[],
): Question['members'] {
  const configured = Object.values(configuration?.agents ?? {}).flatMap(({ agentId, agentCode, queues }) => {
    const membership = queues.find((queue) => queue.queueCode === queueCode)
    return membership ? [{ agentId, agentCode, membership, configured: true }] : []
  })
  const members: Question['members'] = configured.sort(
    (a, b) => a.membership.level - b.membership.level || a.membership.position - b.membership.position,
  )
  const known = new Set(members.map(({ agentId }) => agentId))
  for (const { agentId, agentCode } of [reserved.data, ...decision.ranked]) {
    if (known.has(agentId)) continue
    known.add(agentId)
    members.unshift({ agentId, agentCode, membership: null, configured: true })
  }
  for (const { agentId, agentCode } of serving)
    if (!known.has(agentId)) members.push({ agentId, agentCode, membership: null, configured: false })
  return members
}

/** Agents who serve a queue now, including those assigned by a supervisor and not by the configuration. */
async function servingNow(
  { tables, tenant }: Ledger,
  queueCode: string,
): Promise<{ agentId: string; agentCode: string }[]> {
  const { rows } = await sql<{ agentId: string; agentCode: string }>`
    select agent_id as "agentId", agent_code as "agentCode" from agent_monitor where tenant = ${tenant} and queue_codes @> array[${queueCode}]::text[] order by agent_code limit ${MOST_MEMBERS}`.execute(
    tables,
  )
  return rows
}

/** Reads shifts, none of them beyond the moment asked for, all of them within one budget. */
class Shifts {
  readonly #ledger: Ledger
  readonly #signal: AbortSignal
  #budget = MOST_EVENTS

  constructor(ledger: Ledger, signal: AbortSignal) {
    this.#ledger = ledger
    this.#signal = signal
  }

  /** The reservation behind an offer; null when it is not found (then nothing is explained). */
  async reservation({ data: { offerId, agentCode }, at }: CallOffered): Promise<AgentReserved | null> {
    const shiftId = (await this.#inForce([agentCode], at)).get(agentCode)
    if (shiftId === undefined) return null
    for await (const event of this.#events(shiftId, null))
      if (event.type === 'AgentReserved' && event.data.offerId === offerId) return event
    return null
  }

  /** Gives every question the shifts of its members as they were. A shift is read once for all questions. */
  async fold(questions: readonly Question[]): Promise<void> {
    const wanted = new Map<string, { agentId: string; questions: Question[] }>()
    for (const question of questions) {
      const inForce = await this.#inForce(
        question.members.map(({ agentCode }) => agentCode),
        question.reserved.at,
      )
      for (const { agentId, agentCode } of question.members) {
        const shiftId = inForce.get(agentCode)
        if (shiftId === undefined) question.shifts.set(agentId, { shift: { status: 'none' }, reservedNext: false })
        else wanted.set(shiftId, { agentId, questions: [...(wanted.get(shiftId)?.questions ?? []), question] })
      }
    }
    await inTurns([...wanted], async ([shiftId, { agentId, questions: asked }]) => {
      // Questions come in the order of the call's offers, which is that of the log.
      const open = [...asked]
      let shift = shiftDecider.initial
      let whole = true
      // What happened next is asked for too: the first event behind the last question.
      const last = asked.at(-1)!.reserved.position
      for await (const event of this.#events(shiftId, last, () => (whole = false))) {
        while (open[0] && event.position >= open[0].reserved.position) {
          const { reserved, shifts } = open.shift()!
          const reservedNext =
            event.type === 'AgentReserved' &&
            event.data.callId !== reserved.data.callId &&
            event.at - reserved.at <= RESERVED_SOON_MS
          shifts.set(agentId, { shift, reservedNext })
        }
        if (open.length === 0) return
        shift = shiftDecider.evolve(shift, event as RecordedShiftEvent)
      }
      if (whole) for (const question of open) question.shifts.set(agentId, { shift, reservedNext: false })
    })
  }

  /** By agent's number: the shift the agent was in at a given moment, or the last one before it. */
  async #inForce(agentCodes: readonly string[], at: number): Promise<Map<string, string>> {
    this.#signal.throwIfAborted()
    const { rows } = await sql<{ code: string; shiftId: string }>`
      select wanted.code, found.shift_id as "shiftId" from unnest(${agentCodes}::text[]) as wanted (code)
      cross join lateral (
        select shift_id from agent_state_log
        where tenant = ${this.#ledger.tenant} and agent_code = wanted.code and started_at <= ${new Date(at).toISOString()}::timestamptz
        order by started_at desc, state_seq desc limit 1) as found
      where found.shift_id is not null`.execute(this.#ledger.tables)
    return new Map(rows.map(({ code, shiftId }) => [code, shiftId]))
  }

  /**
   * The events of a shift up to and including a position (null: all of them), and the next one.
   * @param cut called if one cannot be read or the budget is spent; nothing follows then
   */
  async *#events(shiftId: string, upTo: Position | null, cut: () => void = () => {}): AsyncGenerator<AnyEvent> {
    const { log, codec, tenant } = this.#ledger
    for (let from = 0; ; from += PAGE) {
      this.#signal.throwIfAborted()
      if (this.#budget <= 0) return cut()
      const stored = await log.readStream(streamName('shift', tenant, shiftId), from, PAGE)
      const behind = upTo === null ? -1 : stored.findIndex(({ position }) => position > upTo)
      const until = behind < 0 ? stored : stored.slice(0, behind + 1)
      this.#budget -= until.length
      const { events, failures } = await codec.decode(until)
      if (failures.length > 0) return cut()
      yield* events as unknown as AnyEvent[]
      if (behind >= 0 || stored.length < PAGE) return
    }
  }
}

/** One after the other, some at a time; answers are in the order of the questions. */
async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = new Array(items.length)
  let next = 0
  const worker = async () => {
    while (next < items.length) {
      const index = next++
      answers[index] = await work(items[index]!)
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker))
  return answers
}
