/**
 * Builds a recorded day in the form in which it can be replayed: who called when, how long they waited and talked, who
 * worked from when to when, and under which settings. From the tables of a tenant (its own traffic, or history that was
 * loaded), or straight from a file of recorded calls.
 */
import { BANK_ZONE, SHORT_ABANDON_MS, TARGET_MS } from '@ledgerline/adapters/import/anonymous-bank/events.ts'
import { instantOf } from '@ledgerline/adapters/import/local-time.ts'
import { LONGEST_S, readRecordedDays } from '@ledgerline/adapters/import/anonymous-bank/recorded-day.ts'
import type { Condition } from '@ledgerline/adapters/queries/filters.ts'
import { selectPage, type Row } from '@ledgerline/adapters/queries/select.ts'
import { openTables } from '@ledgerline/adapters/queries/tables.ts'
import { CONFIGURATION_ID, configurationOf, type Configuration } from '@ledgerline/core/configuration/configuration.ts'
import { queueSettings, type QueueSettings } from '@ledgerline/core/queue/settings.ts'
import { houseShiftRules, type ShiftRules } from '@ledgerline/core/agent/rules.ts'
import { WRAP_UP_CAP_MS } from '@ledgerline/core/agent/shift.ts'
import { streamName } from '@ledgerline/core/kernel/event.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { nextDay, startOfDay } from '@ledgerline/core/kernel/time.ts'
import { headStartOf } from '@ledgerline/fixtures/demo.ts'
import { connect, disconnect } from '@ledgerline/projections/engine/connect.ts'
import { readModels } from '@ledgerline/projections/models.ts'
import { knownTenants } from '@ledgerline/projections/reports/latest.ts'
import type { Installation } from '../installation/installation.ts'
import { reader } from '../installation/tables-reader.ts'
import { gapsOf, NOTICED_MS, servicesOf } from './gaps.ts'
import { headStartsOf } from './order.ts'
import { peopleSignedIn, returnsOf } from './signed-in.ts'
import { skillsOf } from './skills.ts'
import type { DayOnRecord, CallOnRecord, PersonOnRecord } from './day-on-record.ts'

/** Days of this many calls can be replayed in memory. */
const MOST_CALLS = 500_000
const PAGE = 5_000
const LONGEST_MS = LONGEST_S * 1000

/**
 * A day from a file of recorded calls. Its people become numbers, in the order of their names: a planner needs to know
 * how many there were and what each could do, not who they are.
 * @throws Problem `history.*` of the file; `what_if.no_day`
 */
export async function dayOfFile(file: string, day: string, signal?: AbortSignal): Promise<DayOnRecord> {
  const { days } = await readRecordedDays(file, signal)
  const found = days.find(({ date }) => date === day)
  if (!found) throw new Problem('what_if.no_day', { day, source: file, from: days[0]!.date, to: days.at(-1)!.date })
  const codes = numbered(found.calls.flatMap(({ server }) => (server === null ? [] : [server])))
  const at = (seconds: number) => instantOf(Date.parse(`${day}T00:00:00Z`) + seconds * 1000, BANK_ZONE)
  const calls = found.calls.map((call): CallOnRecord => ({
    ...judged(call.gaveUp ? 'abandoned' : 'answered', call.waitS * 1000, {
      targetMs: TARGET_MS,
      shortAbandonMs: SHORT_ABANDON_MS,
    }),
    at: at(call.at),
    queueCode: call.type,
    priority: headStartOf(call.priority),
    agentId: call.server === null ? null : codes.get(call.server)!,
    serviceMs: call.talkS * 1000,
    wrapUpMs: 0,
  }))
  return {
    source: file,
    day,
    zone: BANK_ZONE,
    from: at(0),
    to: startOfDay(nextDay(day), BANK_ZONE),
    ...readOff(calls),
    ...houseRules(calls),
  }
}

/**
 * A tenant's day from its tables, which must have caught up with the ledger.
 * @throws Problem `what_if.no_day`, `what_if.too_many`, `tables.unavailable`
 */
export async function dayOfTenant(installation: Installation, tenant: string, day: string): Promise<DayOnRecord> {
  const tables = openTables(await reader(installation.tables, tenant))
  try {
    const rows = (model: string, conditions: readonly Condition[], sort: string) =>
      allRows(tables, tenant, model, conditions, sort)
    const [settled] = await rows('tenants', [], 'zone')
    const zone = typeof settled?.['zone'] === 'string' ? settled['zone'] : 'UTC'
    const [from, to] = [startOfDay(day, zone), startOfDay(nextDay(day), zone)]
    const onTheDay = (column: string, reach: number): Condition[] => [
      { column, is: 'from', values: [from - reach] },
      { column, is: 'to', values: [to + reach] },
    ]
    // Callers waiting at midnight are served after it; agents who signed in the evening before are still there.
    const [segments, states, offers, ledger, configuration] = await Promise.all([
      rows('call_segments', onTheDay('startedAt', LONGEST_MS), 'startedAt'),
      rows('agent_state_log', onTheDay('startedAt', houseShiftRules.maxShiftMs), 'startedAt'),
      rows('offers', onTheDay('offeredAt', 0), 'offeredAt'),
      rows('calls', onTheDay('receivedAt', LONGEST_MS), 'receivedAt'),
      configurationOn(installation, tenant, to),
    ])
    const priorities = new Map(ledger.map((call) => [call['callId'] as string, call['priority'] as number]))
    const headStart = configuration
      ? (callId: string) => priorities.get(callId) ?? 0
      : (callId: string) => headStartOf(priorities.get(callId) ?? 0)
    const calls = callsOf(segments, headStart).filter(({ at }) => at >= from && at < to)
    if (calls.length === 0) throw new Problem('what_if.empty_day', { day, tenant })
    const settings = configuration
      ? { queues: Object.values(configuration.queues), shifts: configuration.shifts }
      : houseRules(calls)
    const place = { source: tenant, day, zone, from, to }
    if (states.length === 0) return { ...place, ...readOff(calls), ...settings }
    const skills = skillsOf(calls)
    const people = peopleSignedIn(states, offers, configuration, (agentId) => skills.get(agentId) ?? [], {
      from,
      to,
    }).sort(byCode)
    return {
      ...place,
      calls,
      people,
      staffKnownBy: 'signed_in',
      gaps: [],
      headStarts: new Map(),
      backAfterMs: returnsOf(states),
      ...settings,
    }
  } finally {
    await tables.destroy()
  }
}

/** The tenant of a house that has only one. @throws Problem `replay.which_tenant` */
export async function onlyTenant(installation: Installation): Promise<string> {
  const client = await connect(installation.tables, { application: 'ledgerline simulate' })
  try {
    const tenants = await knownTenants(client)
    if (tenants.length !== 1) throw new Problem('replay.which_tenant', { tenants: tenants.join(', ') })
    return tenants[0]!
  } finally {
    await disconnect(client)
  }
}

/** Every row of a table that meets the conditions, page by page. */
async function allRows(
  tables: ReturnType<typeof openTables>,
  tenant: string,
  name: string,
  conditions: readonly Condition[],
  sort: string,
): Promise<Row[]> {
  const model = readModels.models.find((each) => each.name === name)!
  const found: Row[] = []
  for (let cursor: string | undefined; ;) {
    const page = await selectPage(tables, model, { tenant, conditions, sort, limit: PAGE, cursor })
    found.push(...page.rows)
    if (found.length > MOST_CALLS) throw new Problem('what_if.too_many', { limit: MOST_CALLS, table: name })
    if (page.next === null) return found
    cursor = page.next
  }
}

/** The configuration in force at the end of a day; null for recorded history, which had none of ours. */
async function configurationOn(
  { eventLog, codec }: Installation,
  tenant: string,
  to: number,
): Promise<Configuration | null> {
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
    const service =
      row['result'] === 'answered'
        ? services.get(callId)?.find((each) => (each['startedAt'] as number) >= endedAt)
        : undefined
    const outcome = row['result'] === 'answered' || row['result'] === 'abandoned' ? row['result'] : 'other'
    calls.push({
      ...judged(outcome, row['waitMs'] as number, {
        targetMs: row['targetMs'] as number,
        shortAbandonMs: row['shortAbandonMs'] as number,
      }),
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

/** Numbers for names, of equal length, so that they sort as the names do. */
function numbered(names: Iterable<string>): Map<string, string> {
  const sorted = [...new Set(names)].sort()
  const digits = String(sorted.length).length
  return new Map(sorted.map((name, index) => [name, String(index + 1).padStart(digits, '0')]))
}

/** What an outcome counts as, by the thresholds of its queue. */
export function judged(
  outcome: CallOnRecord['outcome'],
  waitMs: number,
  { targetMs, shortAbandonMs }: Pick<QueueSettings, 'targetMs' | 'shortAbandonMs'>,
) {
  return {
    outcome,
    waitMs,
    inTarget: outcome === 'answered' && waitMs <= targetMs,
    short: outcome === 'abandoned' && waitMs < shortAbandonMs,
  }
}

/** People by whom they served, if nobody recorded when they came and went: from their first call to their last. */
function peopleServing(calls: readonly CallOnRecord[]): PersonOnRecord[] {
  const skills = skillsOf(calls)
  return [...servicesOf(calls)]
    .map(([agentId, served]): PersonOnRecord => {
      const to = served.reduce((last, service) => Math.max(last, service.to), 0)
      return {
        agentId,
        agentCode: agentId,
        queues: skills.get(agentId) ?? [],
        work: [{ from: served[0]!.from - NOTICED_MS, to }],
        breaks: [],
        ringMs: [],
        ignores: 0,
        refuses: 0,
      }
    })
    .sort(byCode)
}

/** What recorded history does not contain, derived from who served whom and when. */
function readOff(
  recorded: readonly CallOnRecord[],
): Pick<DayOnRecord, 'calls' | 'people' | 'staffKnownBy' | 'gaps' | 'headStarts' | 'backAfterMs'> {
  const calls = oneAfterTheOther(recorded)
  const people = peopleServing(calls)
  const headStarts = headStartsOf(calls, people)
  return {
    calls: calls.map((call) => ({ ...call, priority: call.priority + headStarts.get(call.queueCode)! })),
    people,
    staffKnownBy: 'services',
    gaps: gapsOf(calls, people),
    headStarts,
    backAfterMs: [],
  }
}

/** Someone who takes a call is done with the previous one, whatever its clock says: nobody is in two calls. */
function oneAfterTheOther(calls: readonly CallOnRecord[]): CallOnRecord[] {
  const next = new Map<string, number>()
  return calls
    .toSorted((a, b) => b.at + b.waitMs - a.at - a.waitMs)
    .map((call) => {
      if (call.agentId === null) return call
      const from = call.at + call.waitMs
      const until = next.get(call.agentId) ?? Number.POSITIVE_INFINITY
      next.set(call.agentId, from)
      return from + call.serviceMs > until ? { ...call, serviceMs: until - from } : call
    })
    .sort((a, b) => a.at - b.at)
}

function byCode(a: PersonOnRecord, b: PersonOnRecord): number {
  return a.agentCode < b.agentCode ? -1 : a.agentCode > b.agentCode ? 1 : 0
}

/**
 * The settings under which history is replayed: the longest idle agent first, nobody is sent away, and an agent who is
 * not free yet after a call says so (wrap-up).
 */
function houseRules(calls: readonly CallOnRecord[]): { queues: QueueSettings[]; shifts: ShiftRules } {
  const codes = [...new Set(calls.map(({ queueCode }) => queueCode))].sort()
  return {
    queues: codes.map((code) =>
      queueSettings.parse({
        code,
        name: code,
        strategy: 'longest-idle-agent',
        priority: 0,
        ringMs: 20_000,
        wrapUpMs: WRAP_UP_CAP_MS,
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
  }
}
