/**
 * Imports AnonymousBank call logs as history of a tenant of its own: each call a stream of events with
 * their own times. Types become queues, servers agents.
 *
 * It can be stopped at any moment and started again: a call is appended whole or not at all, and its
 * event ids follow from its row, so that what is there is recognised. A row that has changed since it
 * was imported is reported; the ledger is never rewritten.
 */
import { stat } from 'node:fs/promises'
import { CONFIGURATION_ID, configurationDecider } from '@ledgerline/core/acd/configuration.ts'
import { importedCategories } from '@ledgerline/core/catalogue.ts'
import type { Codec } from '@ledgerline/core/kernel/codec.ts'
import { derivedId } from '@ledgerline/core/kernel/command.ts'
import { streamName } from '@ledgerline/core/kernel/event.ts'
import { isConflict, type Append, type EventLog } from '@ledgerline/core/kernel/log.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { BANK_ZONE, draftsOf, IMPORT_ACTOR, momentsOf } from './anonymous-bank-events.ts'
import { checkAnonymousBank, readAnonymousBank, type BankCall, type OddRow, type ReadRow, type Usual } from './anonymous-bank-rows.ts'
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

/**
 * Loads the files, in the order given.
 * @returns what was loaded, what was odd, what was there already
 * @throws Problem `history.no_file`, `history.not_this_log`, `history.broken_file` (what came before is
 *   loaded), `history.not_for_history`, `log.unavailable`; the signal's reason when it aborts
 */
export async function importAnonymousBank(options: ImportOptions): Promise<ImportReport> {
  const { files, tenant, log, codec, signal } = options
  const report: ImportReport = { rows: 0, calls: 0, phantom: 0, answered: 0, abandoned: 0, preQueue: 0, alreadyThere: 0, notLoaded: 0, events: 0, odd: [], oddRows: 0, counts: {} }
  for (const file of files) await checkAnonymousBank(file)
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
  let opened = false
  try {
    for (const file of files) {
      for await (const rows of reader.read(file)) {
        const calls = takeRows(rows, report, tell)
        if (!opened && calls[0]) {
          await openHistory(options, momentsOf(calls[0]).receivedAt)
          opened = true
        }
        const drafts = calls.map((call) => draftsOf(call, tenant))
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
  } finally {
    // Also when a file breaks off: what it gave before is on its way into the log.
    await Promise.allSettled([underWay])
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

// ── the history itself ───────────────────────────────────────────────────────────────────────────

/**
 * Says in which zone the days of this tenant are cut, before its first call.
 * @throws Problem `history.not_for_history`
 */
async function openHistory({ tenant, log, codec }: ImportOptions, at: number): Promise<void> {
  const [own] = await log.readStream(streamName(configurationDecider.category, tenant, CONFIGURATION_ID), 0, 1)
  if (own) throw new Problem('history.not_for_history', { tenant, reason: 'it has a switchboard of its own' })
  const data = { source: 'anonymous-bank', zone: BANK_ZONE }
  const stream = streamName(HISTORY, tenant, 'history')
  const [first] = await codec.decodeAll(await log.readStream(stream, 0, 1))
  if (first) {
    const { source, zone } = first.data as typeof data
    if (source === data.source && zone === data.zone) return
    throw new Problem('history.not_for_history', { tenant, reason: `it holds the history of ${source}, in the zone ${zone}` })
  }
  const meta = { tenant, actor: IMPORT_ACTOR, at, origin: 'imported', correlation: null, causation: null } as const
  const id = derivedId(`${tenant} ${JSON.stringify(data)}`, 'history')
  await log.append(stream, 'none', await codec.encode([{ id, event: { type: 'HistoryOpened', data }, meta }]))
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
