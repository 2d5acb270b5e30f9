/**
 * Imports AnonymousBank call logs as history of a tenant of its own: each call a stream of events with
 * their own times. Types become queues, servers agents.
 *
 * It can be stopped at any moment and started again: a call is appended whole or not at all, and its
 * event ids follow from its row, so that what is there is recognised. A row that has changed since it
 * was imported is reported; the ledger is never rewritten.
 */
import { stat } from 'node:fs/promises'
import { CONFIGURATION_ID, configurationDecider, type Configuration } from '@ledgerline/core/acd/configuration.ts'
import type { AgentSettings, QueueSettings } from '@ledgerline/core/acd/events.ts'
import { importedCategories } from '@ledgerline/core/catalogue.ts'
import type { Codec } from '@ledgerline/core/kernel/codec.ts'
import { derivedId } from '@ledgerline/core/kernel/command.ts'
import { streamName } from '@ledgerline/core/kernel/event.ts'
import { isConflict, type Append, type EventLog } from '@ledgerline/core/kernel/log.ts'
import { isProblem, Problem } from '@ledgerline/core/kernel/problem.ts'
import { BANK_TYPES, BANK_ZONE, draftsOf, IMPORT_ACTOR, momentsOf, SHORT_ABANDON_MS, TARGET_MS } from './anonymous-bank-events.ts'
import { readAnonymousBank, type BankCall, type OddRow, type ReadRow, type Usual } from './anonymous-bank-rows.ts'
import { Overlaps, type Overlap } from './overlaps.ts'

export interface ImportOptions {
  /** Month files, plain or packed with gzip. */
  files: readonly string[]
  tenant: string
  log: EventLog
  codec: Codec
  progress?: (progress: ImportProgress) => void
  /** Told of every odd row as it is met; {@link ImportReport.odd} holds the first thousand of them. */
  onOdd?: (odd: OddRow) => void
  signal?: AbortSignal
}

export interface ImportProgress {
  /** Of all files together, as they lie on the disk. */
  bytes: number
  totalBytes: number
  calls: number
}

export interface ImportReport {
  /** Rows read, without headers and empty lines. */
  rows: number
  /** Rows that are calls and in the ledger now: answered + abandoned + preQueue. */
  calls: number
  /** Rows that the log itself says are no calls; left out. */
  phantom: number
  answered: number
  /** Hung up in a queue. */
  abandoned: number
  /** Hung up before any queue. */
  preQueue: number
  /** Of the calls: those that an earlier import had brought already. */
  alreadyThere: number
  /** Rows that are not in the ledger; each is among the odd ones with its reason. */
  notLoaded: number
  events: number
  /** The first thousand odd rows; there are {@link oddRows} of them. */
  odd: OddRow[]
  oddRows: number
  /** How often each kind of oddness and of usual disorder was met. */
  counts: Record<string, number>
}

const [CALLS, HISTORY] = importedCategories
const ODD_KEPT = 1000
const CONFLICTS = 5

/**
 * Loads the files, in the order given.
 * @returns what was loaded, what was odd, what was there already
 * @throws Problem `history.no_file`, `history.not_this_log`, `history.broken_file` (what came before is
 *   loaded), `history.not_for_history`, `log.unavailable`; the signal's reason when it aborts
 */
export async function importAnonymousBank(options: ImportOptions): Promise<ImportReport> {
  const { files, tenant, log, codec, signal } = options
  const report: ImportReport = { rows: 0, calls: 0, phantom: 0, answered: 0, abandoned: 0, preQueue: 0, alreadyThere: 0, notLoaded: 0, events: 0, odd: [], oddRows: 0, counts: {} }
  const survey = await surveyed(options)
  const configVersion = await configured(options, survey)
  await opened(options, survey)
  const reader = new Reader(options, await sizesOf(files), () => report.calls)
  const overlaps = new Overlaps()
  const tell = (odd: OddRow) => {
    report.oddRows++
    count(report.counts, odd.kind)
    if (report.odd.length < ODD_KEPT) report.odd.push(odd)
    options.onOdd?.(odd)
  }

  // One append is under way while the next chunk is read and sealed.
  let underWay: Promise<void> = Promise.resolve()
  for (const file of files) {
    for await (const rows of reader.read(file)) {
      const calls = takeRows(rows, report, tell)
      const drafts = calls.map((call) => draftsOf(call, tenant, configVersion))
      const stored = await codec.encode(drafts.flat())
      let next = 0
      const appends = drafts.map((of, index): Append => {
        next += of.length
        return { stream: streamName(CALLS, tenant, calls[index]!.key), expected: 'none', events: stored.slice(next - of.length, next) }
      })
      await underWay
      underWay = appended(log, appends, calls, report, tell, overlaps)
      // Looked at when it is awaited; until then a failure must not count as unhandled.
      underWay.catch(() => {})
      signal?.throwIfAborted()
    }
  }
  await underWay
  for (const overlap of overlaps.found()) tell(oddOverlap(overlap))
  return report
}

/** Counts a chunk's rows; gives those that are calls. */
function takeRows(rows: readonly ReadRow[], report: ImportReport, tell: (odd: OddRow) => void): BankCall[] {
  const calls: BankCall[] = []
  for (const { call, odd } of rows) {
    report.rows++
    for (const each of odd) tell(each)
    if (call === null) report.notLoaded++
    else if (call.outcome === 'PHANTOM') report.phantom++
    else {
      for (const usual of call.usual) count(report.counts, usual satisfies Usual)
      calls.push(call)
    }
  }
  return calls
}

async function appended(log: EventLog, appends: readonly Append[], calls: readonly BankCall[], report: ImportReport, tell: (odd: OddRow) => void, overlaps: Overlaps): Promise<void> {
  if (appends.length === 0) return
  const results = await log.appendMany(appends)
  results.forEach((result, index) => {
    const call = calls[index]!
    if (isConflict(result)) {
      report.notLoaded++
      const reason = 'a row with this date, line and number was imported before and said something else: the ledger keeps what it has'
      return tell({ kind: 'changed_since_import', file: call.file, line: call.line, field: 'row', value: call.key, reason, loaded: false })
    }
    report.calls++
    if (call.outcome === 'AGENT') report.answered++
    else if (call.queue) report.abandoned++
    else report.preQueue++
    const { server, service, midnight, file, line } = call
    if (server !== null && service) overlaps.add(server, midnight / 1000 + service.from, midnight / 1000 + service.to, file, line)
    if (result.repeated) report.alreadyThere++
    else report.events += appends[index]!.events.length
  })
}

function oddOverlap({ server, file, line, before, seconds }: Overlap): OddRow {
  return { kind: 'overlapping_service', file, line, field: 'ser_start', value: server, reason: `the service of line ${before} by the same server still ran for ${seconds} s: both are loaded as they stand`, loaded: true }
}

// ── configuration ────────────────────────────────────────────────────────────────────────────────

/** Who and what is in the files: known before the first call is written, so that its queue and agent are. */
interface Survey {
  types: Set<string>
  /** What each server served. */
  servers: Map<string, Set<string>>
  /** UTC ms; null when there are no calls. */
  firstAt: number | null
}

async function surveyed({ files, signal }: ImportOptions): Promise<Survey> {
  const survey: Survey = { types: new Set(), servers: new Map(), firstAt: null }
  for (const file of files) {
    for await (const rows of readAnonymousBank(file, signal ? { signal } : {})) {
      for (const { call } of rows) {
        if (!call || call.outcome === 'PHANTOM') continue
        const { receivedAt } = momentsOf(call)
        survey.firstAt = Math.min(survey.firstAt ?? receivedAt, receivedAt)
        survey.types.add(call.type)
        if (call.outcome !== 'AGENT' || call.server === null) continue
        const served = survey.servers.get(call.server)
        if (served) served.add(call.type)
        else survey.servers.set(call.server, new Set([call.type]))
      }
    }
  }
  return survey
}

/**
 * Puts queues, agents and zone of the files in force, together with those that earlier imports brought.
 * @returns the version in force
 */
async function configured({ tenant, log, codec }: ImportOptions, survey: Survey): Promise<number> {
  const stream = streamName(configurationDecider.category, tenant, CONFIGURATION_ID)
  for (let attempt = 1; ; attempt++) {
    const history = await codec.decodeAll(await log.readStream(stream))
    let state = configurationDecider.initial
    for (const event of history) {
      if (event.origin !== 'imported') throw new Problem('history.not_for_history', { tenant, reason: 'it has a switchboard of its own' })
      state = configurationDecider.evolve(state, event as never)
    }
    const last = history.at(-1)
    const at = Math.max(survey.firstAt ?? 0, last?.at ?? 0)
    const [event] = configurationDecider.decide({ do: 'activate', zone: BANK_ZONE, ...merged(state, survey) }, state, { at, newId: () => '' })
    if (!event) return state.version
    const id = derivedId(`${tenant} ${JSON.stringify(event.data)}`, 'configuration')
    const stored = await codec.encode([{ id, event, meta: { tenant, actor: IMPORT_ACTOR, at, origin: 'imported', correlation: null, causation: null } }])
    try {
      await log.append(stream, last ? last.revision : 'none', stored)
      return event.data.version
    } catch (error) {
      if (!isProblem(error, 'log.conflict') || attempt === CONFLICTS) throw error
    }
  }
}

/** Says in which zone the days of this tenant are cut, before its first call. */
async function opened({ tenant, log, codec }: ImportOptions, { firstAt }: Survey): Promise<void> {
  const data = { source: 'anonymous-bank', zone: BANK_ZONE }
  const stream = streamName(HISTORY, tenant, 'history')
  const [first] = await codec.decodeAll(await log.readStream(stream, 0, 1))
  if (first) {
    const { source, zone } = first.data as typeof data
    if (source === data.source && zone === data.zone) return
    throw new Problem('history.not_for_history', { tenant, reason: `it holds the history of ${source}, in the zone ${zone}` })
  }
  const id = derivedId(`${tenant} ${JSON.stringify(data)}`, 'history')
  const meta = { tenant, actor: IMPORT_ACTOR, at: firstAt ?? 0, origin: 'imported', correlation: null, causation: null } as const
  await log.append(stream, 'none', await codec.encode([{ id, event: { type: 'HistoryOpened', data }, meta }]))
}

function merged(state: Configuration, survey: Survey) {
  const types = [...new Set([...Object.keys(state.queues), ...survey.types])].toSorted()
  const servers = [...new Set([...Object.keys(state.agents), ...survey.servers.keys()])].toSorted()
  return {
    queues: types.map((type) => state.queues[type] ?? queueOf(type)),
    agents: servers.map((server) => agentOf(server, new Set([...(state.agents[server]?.queues ?? []).map((each) => each.queueCode), ...(survey.servers.get(server) ?? [])]))),
    routes: [],
  }
}

/** A queue as the log shows it: nobody is routed by it, so what would route is left off. */
function queueOf(code: string): QueueSettings {
  return {
    code,
    name: BANK_TYPES[code] ?? code,
    strategy: 'longest-idle-agent',
    priority: 0,
    ringMs: 0,
    wrapUpMs: 0,
    maxNoAnswer: 0,
    noAnswerDelayMs: 0,
    rejectDelayMs: 0,
    busyDelayMs: 0,
    maxWaitMs: 0,
    targetMs: TARGET_MS,
    targetRatio: 0.8,
    shortAbandonMs: SHORT_ABANDON_MS,
  }
}

function agentOf(server: string, types: ReadonlySet<string>): AgentSettings {
  const queues = [...types].toSorted().map((queueCode) => ({ queueCode, level: 1, position: 1 }))
  return { agentId: server, agentCode: server, name: server, extension: null, group: null, department: null, queues }
}

// ── reading ──────────────────────────────────────────────────────────────────────────────────────

/** Reads files and tells how far it is. */
class Reader {
  readonly #options: ImportOptions
  readonly #sizes: ReadonlyMap<string, number>
  readonly #totalBytes: number
  readonly #calls: () => number
  #before = 0

  constructor(options: ImportOptions, sizes: ReadonlyMap<string, number>, calls: () => number) {
    this.#options = options
    this.#sizes = sizes
    this.#totalBytes = options.files.reduce((sum, file) => sum + (sizes.get(file) ?? 0), 0)
    this.#calls = calls
  }

  async *read(file: string): AsyncIterable<ReadRow[]> {
    const { signal } = this.#options
    yield* readAnonymousBank(file, { onBytes: (bytes) => this.#tell(bytes), ...(signal && { signal }) })
    this.#before += this.#sizes.get(file) ?? 0
    this.#tell(0)
  }

  #tell(bytes: number): void {
    this.#options.progress?.({ bytes: Math.min(this.#totalBytes, this.#before + bytes), totalBytes: this.#totalBytes, calls: this.#calls() })
  }
}

async function sizesOf(files: readonly string[]): Promise<Map<string, number>> {
  const sizes = new Map<string, number>()
  // A file that is not there is told of, with its reason, by whoever opens it.
  for (const file of files) sizes.set(file, await stat(file).then(({ size }) => size, () => 0))
  return sizes
}

function count(counts: Record<string, number>, what: string): void {
  counts[what] = (counts[what] ?? 0) + 1
}
