/**
 * A day as it was recorded, in the form in which it can be played again: who called when, how long he waited
 * and talked, who worked from when to when, and under which settings. From the tables of a tenant (its own
 * traffic, or history that was loaded), or straight from a file of recorded calls.
 */
import { BANK_ZONE, SHORT_ABANDON_MS, TARGET_MS } from '@ledgerline/adapters/history/anonymous-bank-events.ts'
import { instantOf } from '@ledgerline/adapters/history/local-time.ts'
import { FEWEST_CALLS, LONGEST_S, readRecordedDays, workOf } from '@ledgerline/adapters/history/recorded-day.ts'
import type { Condition } from '@ledgerline/adapters/http/filters.ts'
import { selectPage, type Row } from '@ledgerline/adapters/http/select.ts'
import { openTables } from '@ledgerline/adapters/http/tables.ts'
import type { Working } from '@ledgerline/adapters/telephony/agents.ts'
import { CONFIGURATION_ID, configurationOf, type Configuration } from '@ledgerline/core/acd/configuration.ts'
import { queueSettings, type QueueSettings } from '@ledgerline/core/acd/events.ts'
import type { Membership } from '@ledgerline/core/agent/events.ts'
import { houseShiftRules, type ShiftRules } from '@ledgerline/core/agent/rules.ts'
import { streamName } from '@ledgerline/core/kernel/event.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { nextDay, startOfDay } from '@ledgerline/core/kernel/time.ts'
import { headStartOf } from '@ledgerline/fixtures/demo.ts'
import { connect, disconnect } from '@ledgerline/projections/engine/connect.ts'
import { house as readModels } from '@ledgerline/projections/house.ts'
import { knownTenants } from '@ledgerline/projections/reports/latest.ts'
import type { House } from './house.ts'
import { reader } from './reader.ts'

export interface DayOnRecord {
  /** A tenant, or the file that it was read from. */
  source: string
  /** `YYYY-MM-DD` */
  day: string
  zone: string
  /** The day, UTC ms. */
  from: number
  to: number
  /** In order of time. */
  calls: CallOnRecord[]
  people: PersonOnRecord[]
  /**
   * `signed_in`: when people worked is on record; `services`: it is estimated from when they served somebody, and
   * from when they let somebody wait whom they could have served.
   */
  staffKnownBy: 'signed_in' | 'services'
  queues: QueueSettings[]
  shifts: ShiftRules
  /** How long a phone usually rings until it is answered, ms. */
  ringMs: number
}

/** A caller's stay in a queue. Times in ms. */
export interface CallOnRecord {
  /** When he entered the queue, UTC. */
  at: number
  queueCode: string
  /** Head start in the queue, seconds. */
  priority: number
  waitMs: number
  outcome: 'answered' | 'abandoned' | 'other'
  inTarget: boolean
  /** He hung up so early that it does not count. */
  short: boolean
  /** Who served him, how long (hold included), and how long he wrote up; 0 when nobody did. */
  agentId: string | null
  serviceMs: number
  wrapUpMs: number
}

export interface PersonOnRecord {
  agentId: string
  agentCode: string
  queues: Membership[]
  /** When he took calls, UTC ms, in order. */
  work: Working[]
}

/** Days of this many calls can be played again in memory. */
const MOST_CALLS = 500_000
const PAGE = 5_000
/** Who lets a caller wait so long is not there, or does something else; less is ringing and picking up. */
const LEFT_WAITING_MS = 5_000
const LONGEST_MS = LONGEST_S * 1000
/** States in which an agent is at work, as against away or busy with something else. */
const AT_WORK = new Set(['ready', 'on_demand', 'ringing', 'in_call', 'on_hold', 'wrap_up', 'previewing'])

/** @throws Problem `history.*` of the file; `what_if.no_day` */
export async function dayOfFile(file: string, day: string, signal?: AbortSignal): Promise<DayOnRecord> {
  const { days } = await readRecordedDays(file, signal)
  const found = days.find(({ date }) => date === day)
  if (!found) throw new Problem('what_if.no_day', { day, source: file, from: days[0]!.date, to: days.at(-1)!.date })
  const at = (seconds: number) => instantOf(Date.parse(`${day}T00:00:00Z`) + seconds * 1000, BANK_ZONE)
  const calls = found.calls.map(
    (call): CallOnRecord => ({
      ...judged(call.gaveUp ? 'abandoned' : 'answered', call.waitS * 1000, { targetMs: TARGET_MS, shortAbandonMs: SHORT_ABANDON_MS }),
      at: at(call.at),
      queueCode: call.type,
      priority: headStartOf(call.priority),
      agentId: call.server,
      serviceMs: call.talkS * 1000,
      wrapUpMs: 0,
    }),
  )
  const people = found.shifts.map(({ server, work, types }): PersonOnRecord => ({
    agentId: server,
    agentCode: server,
    queues: types.map((queueCode, index) => ({ queueCode, level: 1, position: index + 1 })),
    work: work.map(({ from, to }) => ({ from: at(from), to: at(to) })),
  }))
  return { source: file, day, zone: BANK_ZONE, from: at(0), to: startOfDay(nextDay(day), BANK_ZONE), calls, people: whereTheyWere(people, calls), staffKnownBy: 'services', ...houseRules(calls) }
}

/**
 * A tenant's day from its tables, which must have caught up with the ledger.
 * @throws Problem `what_if.no_day`, `what_if.too_many`, `tables.unavailable`
 */
export async function dayOfTenant(house: House, tenant: string, day: string): Promise<DayOnRecord> {
  const tables = openTables(await reader(house.tables, tenant))
  try {
    const rows = (model: string, conditions: readonly Condition[], sort: string) => allRows(tables, tenant, model, conditions, sort)
    const [place] = await rows('tenants', [], 'zone')
    const zone = typeof place?.['zone'] === 'string' ? place['zone'] : 'UTC'
    const [from, to] = [startOfDay(day, zone), startOfDay(nextDay(day), zone)]
    const onTheDay = (column: string, reach: number): Condition[] => [
      { column, is: 'from', values: [from - reach] },
      { column, is: 'to', values: [to + reach] },
    ]
    // Whoever waits at midnight is served after it; whoever signed in the evening before is still there.
    const [segments, states, ledger, configuration] = await Promise.all([
      rows('call_segments', onTheDay('startedAt', LONGEST_MS), 'startedAt'),
      rows('agent_state_log', onTheDay('startedAt', houseShiftRules.maxShiftMs), 'startedAt'),
      rows('calls', onTheDay('receivedAt', LONGEST_MS), 'receivedAt'),
      configurationOn(house, tenant, to),
    ])
    const priorities = new Map(ledger.map((call) => [call['callId'] as string, call['priority'] as number]))
    const headStart = configuration ? (callId: string) => priorities.get(callId) ?? 0 : (callId: string) => headStartOf(priorities.get(callId) ?? 0)
    const calls = callsOf(segments, headStart).filter(({ at }) => at >= from && at < to)
    if (calls.length === 0) throw new Problem('what_if.empty_day', { day, tenant })
    const people = states.length > 0 ? peopleSignedIn(states, configuration, calls, from, to) : whereTheyWere(peopleServing(calls, from), calls)
    const settings = configuration ? { queues: Object.values(configuration.queues), shifts: configuration.shifts } : houseRules(calls)
    const ringMs = median(segments.filter((row) => row['kind'] === 'agent' && (row['ringMs'] as number) > 0).map((row) => row['ringMs'] as number)) ?? 0
    return { source: tenant, day, zone, from, to, calls, people, staffKnownBy: states.length > 0 ? 'signed_in' : 'services', ...settings, ringMs }
  } finally {
    await tables.destroy()
  }
}

/** The tenant of a house that has only one. @throws Problem `replay.which_tenant` */
export async function onlyTenant(house: House): Promise<string> {
  const client = await connect(house.tables, { application: 'ledgerline simulate' })
  try {
    const tenants = await knownTenants(client)
    if (tenants.length !== 1) throw new Problem('replay.which_tenant', { tenants: tenants.join(', ') })
    return tenants[0]!
  } finally {
    await disconnect(client)
  }
}

/** Every row of a table that meets the conditions, page by page. */
async function allRows(tables: ReturnType<typeof openTables>, tenant: string, name: string, conditions: readonly Condition[], sort: string): Promise<Row[]> {
  const model = readModels.models.find((each) => each.name === name)!
  const found: Row[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await selectPage(tables, model, { tenant, conditions, sort, limit: PAGE, cursor })
    found.push(...page.rows)
    if (found.length > MOST_CALLS) throw new Problem('what_if.too_many', { limit: MOST_CALLS, table: name })
    if (page.next === null) return found
    cursor = page.next
  }
}

/** The configuration in force at the end of a day; null for recorded history, which had none of ours. */
async function configurationOn({ eventLog, codec }: House, tenant: string, to: number): Promise<Configuration | null> {
  const stored = await eventLog.readStream(streamName('switchboard', tenant, CONFIGURATION_ID))
  const versions = (await codec.decodeAll(stored)).filter(({ type }) => type === 'SwitchboardActivated')
  const last = versions.findLast(({ at }) => at < to) ?? versions[0]
  return last ? configurationOf(last.data as Parameters<typeof configurationOf>[0]) : null
}

/** Stays in queues, each with the service that ended it. */
function callsOf(segments: readonly Row[], headStart: (callId: string) => number): CallOnRecord[] {
  const services = new Map<string, Row[]>()
  for (const row of segments) {
    if (row['kind'] !== 'agent') continue
    const callId = row['callId'] as string
    services.set(callId, [...(services.get(callId) ?? []), row])
  }
  const calls: CallOnRecord[] = []
  for (const row of segments) {
    if (row['kind'] !== 'queue' || row['result'] === null) continue
    const callId = row['callId'] as string
    const endedAt = row['endedAt'] as number
    const service = row['result'] === 'answered' ? services.get(callId)?.find((each) => (each['startedAt'] as number) >= endedAt) : undefined
    const outcome = row['result'] === 'answered' || row['result'] === 'abandoned' ? row['result'] : 'other'
    calls.push({
      ...judged(outcome, row['waitMs'] as number, { targetMs: row['targetMs'] as number, shortAbandonMs: row['shortAbandonMs'] as number }),
      at: row['enteredAt'] as number,
      queueCode: row['queueCode'] as string,
      priority: headStart(callId),
      agentId: (service?.['agentId'] as string | null) ?? null,
      serviceMs: service ? Math.min(LONGEST_MS, (service['talkMs'] as number) + (service['holdMs'] as number)) : 0,
      wrapUpMs: service ? (service['wrapUpMs'] as number) : 0,
    })
  }
  return calls.sort((a, b) => a.at - b.at)
}

/** What an outcome counts as, by the thresholds of its queue. */
export function judged(outcome: CallOnRecord['outcome'], waitMs: number, { targetMs, shortAbandonMs }: Pick<QueueSettings, 'targetMs' | 'shortAbandonMs'>) {
  return { outcome, waitMs, inTarget: outcome === 'answered' && waitMs <= targetMs, short: outcome === 'abandoned' && waitMs < shortAbandonMs }
}

/** People by their states: at work until they rest or leave. */
function peopleSignedIn(states: readonly Row[], configuration: Configuration | null, calls: readonly CallOnRecord[], from: number, to: number): PersonOnRecord[] {
  const people = new Map<string, PersonOnRecord>()
  for (const row of states) {
    const begun = Math.max(from, row['startedAt'] as number)
    const ended = Math.min(to, (row['endedAt'] as number | null) ?? to)
    if (!AT_WORK.has(row['state'] as string) || ended <= begun) continue
    const agentId = row['agentId'] as string
    let person = people.get(agentId)
    if (!person) people.set(agentId, (person = { agentId, agentCode: row['agentCode'] as string, queues: [...(configuration?.agents[agentId]?.queues ?? servedBy(agentId, calls))], work: [] }))
    const last = person.work.at(-1)
    if (last && begun <= last.to) last.to = Math.max(last.to, ended)
    else person.work.push({ from: begun, to: ended })
  }
  return [...people.values()].filter(({ queues }) => queues.length > 0).sort(byCode)
}

/** People by what they served, where nobody wrote down when they came and went. */
function peopleServing(calls: readonly CallOnRecord[], from: number): PersonOnRecord[] {
  const services = new Map<string, { from: number; to: number }[]>()
  for (const { agentId, at, waitMs, serviceMs } of calls) {
    if (agentId === null) continue
    const begun = (at + waitMs - from) / 1000
    services.set(agentId, [...(services.get(agentId) ?? []), { from: begun, to: begun + serviceMs / 1000 }])
  }
  return [...services]
    .filter(([, served]) => served.length >= FEWEST_CALLS)
    .map(([agentId, served]) => ({
      agentId,
      agentCode: agentId,
      queues: servedBy(agentId, calls),
      work: workOf(served).map(({ from: begun, to: ended }) => ({ from: from + begun * 1000, to: from + ended * 1000 })),
    }))
    .sort(byCode)
}

/**
 * Between two services a person was not there while somebody waited whom he could have served: he wrote up, had
 * a break, did other work. Without this a centre of fifteen people, each ready whenever he does not talk, would
 * answer everybody at once, which the real one did not.
 */
function whereTheyWere(people: readonly PersonOnRecord[], calls: readonly CallOnRecord[]): PersonOnRecord[] {
  const waits = Map.groupBy(calls.filter(({ waitMs }) => waitMs >= LEFT_WAITING_MS), ({ queueCode }) => queueCode)
  const services = Map.groupBy(calls.filter(({ agentId }) => agentId !== null), ({ agentId }) => agentId!)
  return people.map((person) => {
    const left = person.queues.flatMap(({ queueCode }) => waits.get(queueCode) ?? []).map(({ at, waitMs }) => ({ from: at, to: at + waitMs }))
    const served = (services.get(person.agentId) ?? []).map(({ at, waitMs, serviceMs, wrapUpMs }) => ({ from: at + waitMs, to: at + waitMs + serviceMs + wrapUpMs }))
    const away = without(joined(left), joined(served))
    return { ...person, work: without(person.work, away).filter(({ from, to }) => to - from >= 1000) }
  })
}

/** Stretches that touch become one. */
function joined(stretches: readonly Working[]): Working[] {
  const one: Working[] = []
  for (const { from, to } of stretches.toSorted((a, b) => a.from - b.from)) {
    const last = one.at(-1)
    if (last && from <= last.to) last.to = Math.max(last.to, to)
    else one.push({ from, to })
  }
  return one
}

/** What is left of stretches without others; both in order, each without overlaps. */
function without(stretches: readonly Working[], others: readonly Working[]): Working[] {
  return stretches.flatMap((stretch) => {
    const left: Working[] = []
    let { from } = stretch
    for (const other of others) {
      if (other.to <= from || other.from >= stretch.to) continue
      if (other.from > from) left.push({ from, to: other.from })
      from = Math.max(from, other.to)
    }
    if (from < stretch.to) left.push({ from, to: stretch.to })
    return left
  })
}

function servedBy(agentId: string, calls: readonly CallOnRecord[]): Membership[] {
  const codes = [...new Set(calls.filter((call) => call.agentId === agentId).map(({ queueCode }) => queueCode))].sort()
  return codes.map((queueCode, index) => ({ queueCode, level: 1, position: index + 1 }))
}

function byCode(a: PersonOnRecord, b: PersonOnRecord): number {
  return a.agentCode < b.agentCode ? -1 : a.agentCode > b.agentCode ? 1 : 0
}

/** The settings under which history is played: the longest idle agent first, nobody is sent away, write-up is part of the service. */
function houseRules(calls: readonly CallOnRecord[]): { queues: QueueSettings[]; shifts: ShiftRules; ringMs: number } {
  const codes = [...new Set(calls.map(({ queueCode }) => queueCode))].sort()
  return {
    queues: codes.map((code) =>
      queueSettings.parse({
        code,
        name: code,
        strategy: 'longest-idle-agent',
        priority: 0,
        ringMs: 20_000,
        wrapUpMs: 0,
        maxNoAnswer: 0,
        noAnswerDelayMs: 0,
        rejectDelayMs: 0,
        busyDelayMs: 0,
        maxWaitMs: 0,
        targetMs: TARGET_MS,
        targetRatio: 0.8,
        shortAbandonMs: SHORT_ABANDON_MS,
      }),
    ),
    shifts: houseShiftRules,
    ringMs: 0,
  }
}

function median(values: readonly number[]): number | null {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? null
}
