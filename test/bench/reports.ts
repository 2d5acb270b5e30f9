/**
 * What a report over a month costs in a large house: 500 agents, 50 queues, 300,000 calls. The tables are
 * filled by SQL, row by row as the engine would have left them; reports read them as HTTP does.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { answerLimits, reportPages } from '@ledgerline/adapters/queries/report-rows.ts'
import { openTables } from '@ledgerline/adapters/queries/tables.ts'
import { connection } from '@ledgerline/adapters/postgres/connect.ts'
import { startEmbedded, TABLES_DATABASE } from '@ledgerline/adapters/postgres/embedded.ts'
import { memoryVault } from '@ledgerline/adapters/keys/memory.ts'
import { MemoryLog } from '@ledgerline/adapters/log/memory.ts'
import { catalogue } from '@ledgerline/core/catalogue.ts'
import { Codec } from '@ledgerline/core/kernel/codec.ts'
import { Engine } from '@ledgerline/projections/engine/engine.ts'
import type { ReadModel } from '@ledgerline/projections/engine/model.ts'
import { snake } from '@ledgerline/projections/engine/names.ts'
import { fieldsOf, tableIn, tableName } from '@ledgerline/projections/engine/table.ts'
import { readModels } from '@ledgerline/projections/models.ts'
import { reports } from '@ledgerline/projections/reports/all.ts'
import { reportStatement } from '@ledgerline/projections/reports/query.ts'
import { rangeOf } from '@ledgerline/projections/reports/range.ts'
import type { Interval } from '@ledgerline/projections/reports/report.ts'
import { atMost, machine, plain, type BenchCase, type BenchResult } from './result.ts'

export interface ReportsBenchOptions {
  /** Events behind the month: nine per call. */
  events?: number
}

const EVENTS_A_CALL = 9
const AGENTS = 500
const QUEUES = 50
const DAYS = 28
const ZONE = 'Asia/Shanghai'
const FIRST = '2026-02-01'
const LAST = '2026-02-28'
/** How long a screen waits for a report over a month. */
const BAR_MS = 5_000

export async function run({ events = 300_000 * EVENTS_A_CALL }: ReportsBenchOptions = {}): Promise<BenchResult> {
  const directory = mkdtempSync(join(tmpdir(), 'ledgerline-bench-'))
  const server = await startEmbedded({ directory, durable: false })
  try {
    const url = server.url(TABLES_DATABASE)
    const calls = Math.round(events / EVENTS_A_CALL)
    await fill(url, calls)
    const cases: BenchCase[] = [plain('calls in the month', calls, 'calls', 0)]
    for (const report of reports) cases.push(await asked(url, report.id))
    cases.push(await asked(url, 'agent-statistics', { group: ['g1'] }))
    return { name: 'reports', machine: machine(), cases }
  } finally {
    await server.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}

/** The better of two. */
async function asked(url: string, id: string, codes: Record<string, string[]> = {}): Promise<BenchCase> {
  const report = reports.find((each) => each.id === id)!
  const interval =
    report.interval ?? (report.filters.find(({ key }) => key === 'interval')?.default as Interval | undefined) ?? null
  const statement = reportStatement(report, {
    tenant: 'bench',
    range: rangeOf(FIRST, LAST, interval, ZONE),
    now: Date.parse('2026-03-05'),
    choices: {},
    codes,
  })
  const tables = openTables(url, 'reports')
  try {
    let best = Number.POSITIVE_INFINITY
    let rows = 0
    for (let turn = 0; turn < 2; turn++) {
      const begun = performance.now()
      rows = -1
      for await (const page of reportPages(tables, statement, { ...answerLimits, statementMs: 60_000 }))
        rows += page.length
      best = Math.min(best, performance.now() - begun)
    }
    const filtered = Object.keys(codes).length > 0 ? ', one group' : ''
    return atMost(`${id}${interval === null ? '' : ` by ${interval}`}${filtered} (${rows} rows)`, BAR_MS, best, 'ms', 0)
  } finally {
    await tables.destroy()
  }
}

/** Fills the tables: in each model the columns that reports read, the rest as empty as their types allow. */
async function fill(url: string, calls: number): Promise<void> {
  const log = new MemoryLog(Date.now)
  await new Engine({ log, codec: new Codec(catalogue, memoryVault()), url, models: readModels }).prepare()
  const client = connection(url, { application: 'ledgerline bench', statementMs: 0 })
  await client.connect()
  const insert = async (name: string, from: string, columns: Record<string, string>): Promise<void> => {
    const model = readModels.models.find((each) => each.name === name)!
    const fields = fieldsOf(model).map(([field, { sql, nullable }]) => columns[field] ?? emptyOf(sql, nullable))
    await client.query(
      `insert into ${tableIn(tableName(model as ReadModel, 1))} (tenant, ${fieldsOf(model)
        .map(([field]) => snake(field))
        .join(', ')}) select 'bench', ${fields.join(', ')} from ${from}`,
    )
  }
  const at = `timestamptz '${FIRST} 00:00+08' + c * interval '${(DAYS * 86_400) / calls} seconds'`
  const after = (seconds: number) => `${at} + interval '${seconds} seconds'`
  const agent = `(c % ${AGENTS})::text`
  const shift = `'s' || ${agent} || '-' || (c * ${DAYS} / ${calls + 1})`
  const queue = `'q' || (c % ${QUEUES})`
  const all = `generate_series(1, ${calls}) c`
  // Each fifth call is placed by an agent, the others come by an offer.
  const placed = 'c % 5 = 0'
  const placer = {
    placedById: `case when ${placed} then ${agent} end`,
    placedByCode: `case when ${placed} then ${agent} end`,
    placedSegmentId: `case when ${placed} then 'a' || c end`,
  }
  await insert('calls', all, {
    callId: "'c' || c",
    direction: `case when ${placed} then 'outbound' else 'inbound' end`,
    toNumber: "'95588'",
    status: "'ended'",
    outcome: "'answered'",
    queueCode: queue,
    receivedAt: at,
    queuedAt: at,
    answeredAt: after(10),
    endedAt: after(190),
    ...placer,
  })
  await insert('call_segments', all, {
    callId: "'c' || c",
    segmentId: "'a' || c",
    kind: "'agent'",
    agentId: agent,
    agentCode: agent,
    shiftId: shift,
    offerId: `case when not ${placed} then 'o' || c end`,
    startedAt: after(10),
    enteredAt: at,
    endedAt: after(190),
    talkMs: '180000',
  })
  await insert('call_segments', `${all} where not ${placed}`, {
    callId: "'c' || c",
    segmentId: "'q' || c",
    kind: "'queue'",
    startedAt: at,
    enteredAt: at,
    endedAt: after(10),
  })
  await insert('offers', `${all} where not ${placed}`, {
    callId: "'c' || c",
    offerId: "'o' || c",
    agentId: agent,
    agentCode: agent,
    shiftId: shift,
    extension: `'8' || ${agent}`,
    queueCode: queue,
    segmentId: "'a' || c",
    offeredAt: at,
    endedAt: after(10),
    ringMs: '10000',
    result: "'answered'",
  })
  const shifts = `generate_series(0, ${AGENTS - 1}) a, generate_series(0, ${DAYS - 1}) d`
  const hours = (clock: string) => `timestamptz '${FIRST} ${clock}+08' + d * interval '1 day'`
  await insert('shifts', shifts, {
    shiftId: "'s' || a || '-' || d",
    agentId: 'a::text',
    agentCode: 'a::text',
    groupCode: "'g' || (a % 20)",
    department: "'d' || (a % 5)",
    extension: "'8' || a",
    signedInAt: hours('00:00'),
    signedOutAt: hours('23:59'),
  })
  await insert('agent_interval', `${shifts}, generate_series(0, 35) q`, {
    agentId: 'a::text',
    agentCode: 'a::text',
    shiftId: "'s' || a || '-' || d",
    startsAt: `${hours('08:00')} + q * interval '15 min'`,
    answered: '4',
    talkMs: '400000',
    signedInMs: '900000',
    readyMs: '300000',
    inCallMs: '600000',
  })
  const figures = {
    queueCode: "'q' || a",
    offered: '5',
    answered: '5',
    answeredInTarget: '4',
    waitHistogram: "'{0,1,1,1,1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1}'",
  }
  await insert(
    'queue_interval',
    `generate_series(0, ${QUEUES - 1}) a, generate_series(0, ${DAYS - 1}) d, generate_series(0, 95) q`,
    { ...figures, startsAt: `${hours('00:00')} + q * interval '15 min'` },
  )
  await insert('queue_day', `generate_series(0, ${QUEUES - 1}) a, generate_series(0, ${DAYS - 1}) d`, {
    ...figures,
    day: `date '${FIRST}' + d`,
  })
  await client.query('analyze')
  await client.end()
  await log.close()
}

function emptyOf(sql: string, nullable: boolean): string {
  if (nullable) return 'null'
  if (sql === 'text') return "''"
  if (sql === 'boolean') return 'false'
  if (sql === 'timestamptz' || sql === 'date') return 'now()'
  return sql.endsWith('[]') ? "'{}'" : '0'
}
