/**
 * Imports AnonymousBank call logs as history of a tenant of its own: each call becomes a stream of events with their
 * own times. Types become queues, servers become agents (`people.ts`).
 *
 * It can be stopped at any moment and started again: a call is appended whole or not at all, and its event ids are
 * derived from its row, so that existing calls are recognised. A row that has changed since it was imported is
 * reported; the ledger is never rewritten.
 */
import { stat } from 'node:fs/promises'
import { CONFIGURATION_ID, configurationDecider } from '@ledgerline/core/configuration/configuration.ts'
import { importedCategories } from '@ledgerline/core/catalogue.ts'
import type { Codec } from '@ledgerline/core/kernel/codec.ts'
import { streamName, type Position } from '@ledgerline/core/kernel/event.ts'
import { isConflict, type Append, type AppendResult, type EventLog } from '@ledgerline/core/kernel/log.ts'
import { isProblem, Problem } from '@ledgerline/core/kernel/problem.ts'
import { BANK_ZONE, draftsOf, momentsOf } from './events.ts'
import { checkAnonymousBank, readAnonymousBank, type BankCall, type OddRow, type ReadRow, type Usual } from './rows.ts'
import { Overlaps, type Overlap } from '../overlaps.ts'
import { People } from './people.ts'
import { throughStalls, type StallOptions } from '../stalls.ts'

export interface ImportOptions extends StallOptions {
  /** Month files, plain or compressed with gzip. */
  files: readonly string[]
  tenant: string
  log: EventLog
  codec: Codec
  progress?: (progress: ImportProgress) => void
  /** Called with every odd row as it is found. */
  onOdd?: (odd: OddRow) => void
}

export interface ImportProgress {
  /** Size of all files together on disk. */
  bytes: number
  totalBytes: number
  calls: number
}

/** Rows = calls + repeated + phantom + notLoaded. */
export interface ImportReport {
  /** Rows read, without headers and blank lines. */
  rows: number
  /** Calls now in the ledger, each counted once: answered + abandoned + preQueue. The table has this many rows. */
  calls: number
  /** Rows that repeat an earlier row of this import. */
  repeated: number
  /** Rows that the log itself marks as no calls; left out. */
  phantom: number
  answered: number
  /** Hung up in a queue. */
  abandoned: number
  /** Hung up before any queue. */
  preQueue: number
  /** How many of the calls an earlier import had already loaded. */
  alreadyThere: number
  /** Rows that are not in the ledger; each is listed among the odd rows with its reason. */
  notLoaded: number
  /** Blank lines; they do not count as rows. */
  blank: number
  /** Events appended by this import. */
  events: number
  /** Files that could not be read to the end; anything before that is counted above. */
  broken: { file: string; line: number; code: string; reason: string }[]
  /**
   * By file and line. Rows that were loaded and rows that were not are each listed up to {@link ODD_KEPT}; {@link
   * oddRows} is their full number.
   */
  odd: OddRow[]
  oddRows: number
  /** How often each oddness and each usual irregularity was found. */
  counts: Record<string, number>
  /** The history was opened by an earlier version, which stored agents' names in the clear. */
  inTheClear: boolean
}

const [CALLS] = importedCategories
/** Odd rows listed; beyond these, rows are only counted and reported. */
const ODD_KEPT = 100_000

/** The failure of an import that got part of the way, with its report. */
export class UnfinishedImport extends Problem {
  readonly report: ImportReport
  constructor({ code, details, where }: Problem, report: ImportReport, cause: unknown) {
    super(code, details, { ...(where !== null && { where }), cause })
    this.report = report
  }
}

/**
 * Loads the files in the given order. One that breaks off does not keep the others out.
 * @returns what was loaded, what was odd, what was already there
 * @throws Problem `history.no_file`, `history.not_this_log`, `history.not_for_history`; the signal's reason when it
 * aborts
 * @throws UnfinishedImport `history.broken_file`, `history.bomb` (what came before is loaded), `log.unavailable`
 */
export async function importAnonymousBank(options: ImportOptions): Promise<ImportReport> {
  const { files, signal } = options
  for (const file of files) await checkAnonymousBank(file)
  const importing = new Import(options, await sizesOf(files))
  let broken: Problem | null = null
  try {
    for (const file of files) {
      try {
        await importing.load(file)
      } catch (error) {
        if (!isProblem(error, 'history.broken_file') && !isProblem(error, 'history.bomb')) throw error
        importing.breakOff(file, error)
        broken ??= error
      }
    }
    await importing.settled()
  } catch (error) {
    signal?.throwIfAborted()
    await importing.settled().catch(() => {})
    throw isProblem(error, 'log.unavailable') ? new UnfinishedImport(error, importing.finished(), error) : error
  }
  const report = importing.finished()
  if (broken) throw new UnfinishedImport(broken, report, broken)
  return report
}

class Import {
  readonly #options: ImportOptions
  readonly #reader: Reader
  readonly #report: ImportReport = {
    rows: 0,
    calls: 0,
    repeated: 0,
    phantom: 0,
    answered: 0,
    abandoned: 0,
    preQueue: 0,
    alreadyThere: 0,
    notLoaded: 0,
    blank: 0,
    events: 0,
    broken: [],
    odd: [],
    oddRows: 0,
    counts: {},
    inTheClear: false,
  }
  /** Kept separate, so that however many rows are odd, none that was refused is crowded out. */
  readonly #loaded: OddRow[] = []
  readonly #refused: OddRow[] = []
  readonly #overlaps = new Overlaps()
  /** Keys of the calls this import has seen. */
  readonly #met = new Set<string>()
  #people: People | null = null
  /** The end of the log before anything was appended: everything up to here came from an earlier import. */
  #before: Position | null = null
  /** One append is in progress while the next chunk is read and sealed. */
  #underWay: Promise<void> = Promise.resolve()

  constructor(options: ImportOptions, sizes: ReadonlyMap<string, number>) {
    this.#options = options
    this.#reader = new Reader(options, sizes, () => this.#report.calls)
  }

  async load(file: string): Promise<void> {
    const { log, codec, tenant, signal } = this.#options
    for await (const rows of this.#reader.read(file, () => this.#report.blank++)) {
      const calls = this.#take(rows)
      if (calls.length === 0) continue
      const at = momentsOf(calls[0]!).receivedAt
      const people = await this.#asked(async () => (this.#people ??= await this.#open(at)))
      await this.#asked(() => people.meet(calls, at))
      const drafts = calls.map((call) => draftsOf(call, tenant, people.of(call), people.seedOf(call)))
      const stored = await this.#asked(() => codec.encode(drafts.flat()))
      let next = 0
      const appends = drafts.map((of, index): Append => {
        next += of.length
        return {
          stream: streamName(CALLS, tenant, calls[index]!.key),
          expected: 'none',
          events: stored.slice(next - of.length, next),
        }
      })
      await this.#underWay
      this.#underWay = this.#asked(() => log.appendMany(appends)).then((results) =>
        this.#count(calls, appends, results),
      )
      // Handled when it is awaited; until then a failure must not count as unhandled.
      this.#underWay.catch(() => {})
      signal?.throwIfAborted()
    }
  }

  /** Resolves when everything read so far is in the log. */
  settled(): Promise<void> {
    return this.#underWay
  }

  breakOff(file: string, { code, details }: Problem): void {
    this.#report.broken.push({
      file,
      line: Number(details['line'] ?? 0),
      code,
      reason: String(details['reason'] ?? ''),
    })
  }

  /** The report; includes what can only be said once everything was seen. */
  finished(): ImportReport {
    for (const overlap of this.#overlaps.found()) this.#tell(oddOverlap(overlap))
    const order = new Map(this.#options.files.map((file, index) => [file, index]))
    const odd = [...this.#refused, ...this.#loaded].sort(
      (a, b) => order.get(a.file)! - order.get(b.file)! || a.line - b.line,
    )
    return { ...this.#report, odd, inTheClear: this.#people?.inTheClear ?? false }
  }

  #asked<T>(work: () => Promise<T>): Promise<T> {
    return throughStalls(work, this.#options)
  }

  async #open(at: number): Promise<People> {
    const { log, codec, tenant } = this.#options
    const [own] = await log.readStream(streamName(configurationDecider.category, tenant, CONFIGURATION_ID), 0, 1)
    if (own) throw new Problem('history.not_for_history', { tenant, reason: 'it has a switchboard of its own' })
    this.#before = await log.head()
    return People.open({ log, codec, tenant }, { source: 'anonymous-bank', zone: BANK_ZONE }, at)
  }

  /** Counts a chunk's rows; returns those that are calls. */
  #take(rows: readonly ReadRow[]): BankCall[] {
    const report = this.#report
    const calls: BankCall[] = []
    for (const { call, odd } of rows) {
      report.rows++
      for (const each of odd) this.#tell(each)
      if (call === null) report.notLoaded++
      else if (call.outcome === 'PHANTOM') report.phantom++
      else {
        for (const usual of call.usual) count(report.counts, usual satisfies Usual)
        calls.push(call)
      }
    }
    return calls
  }

  #count(calls: readonly BankCall[], appends: readonly Append[], results: readonly AppendResult[]): void {
    const report = this.#report
    results.forEach((result, index) => {
      const call = calls[index]!
      const { key, server, service, midnight, file, line } = call
      const met = this.#met.has(key)
      if (isConflict(result)) {
        report.notLoaded++
        const reason = `a row with this date, line and number ${met ? 'came before' : 'was imported before'} and said something else: the ledger keeps what it has`
        return this.#tell({ kind: 'changed_since_import', file, line, field: 'row', value: key, reason, loaded: false })
      }
      if (met) {
        report.repeated++
        return this.#tell({
          kind: 'repeated',
          file,
          line,
          field: 'row',
          value: key,
          reason: 'repeats an earlier row: one call, counted once',
          loaded: true,
        })
      }
      this.#met.add(key)
      report.calls++
      if (call.outcome === 'AGENT') report.answered++
      else if (call.queue) report.abandoned++
      else report.preQueue++
      if (server !== null && service)
        this.#overlaps.add(server, midnight / 1000 + service.from, midnight / 1000 + service.to, file, line)
      // Calls appended while the log did not answer are found repeated, too.
      if (result.repeated && this.#before !== null && result.position <= this.#before) report.alreadyThere++
      else report.events += appends[index]!.events.length
    })
  }

  #tell(odd: OddRow): void {
    this.#report.oddRows++
    count(this.#report.counts, odd.kind)
    const kept = odd.loaded ? this.#loaded : this.#refused
    if (kept.length < ODD_KEPT) kept.push(odd)
    this.#options.onOdd?.(odd)
  }
}

function oddOverlap({ server, file, line, before, seconds }: Overlap): OddRow {
  return {
    kind: 'overlapping_service',
    file,
    line,
    field: 'ser_start',
    value: server,
    reason: `the service of line ${before} by the same server still ran for ${seconds} s: both are loaded as they stand`,
    loaded: true,
  }
}

// ── reading ──────────────────────────────────────────────────────────────────────────────────────

/** Reads files and reports its progress. */
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

  async *read(file: string, onBlank: () => void): AsyncIterable<ReadRow[]> {
    const { signal } = this.#options
    try {
      yield* readAnonymousBank(file, { onBlank, onBytes: (bytes) => this.#tell(bytes), ...(signal && { signal }) })
    } finally {
      // Also for a file that breaks off: the next one starts after it.
      this.#before += this.#sizes.get(file) ?? 0
      this.#tell(0)
    }
  }

  #tell(bytes: number): void {
    this.#options.progress?.({
      bytes: Math.min(this.#totalBytes, this.#before + bytes),
      totalBytes: this.#totalBytes,
      calls: this.#calls(),
    })
  }
}

async function sizesOf(files: readonly string[]): Promise<Map<string, number>> {
  const sizes = new Map<string, number>()
  // A file that does not exist is reported, with its reason, when it is opened.
  for (const file of files)
    sizes.set(
      file,
      await stat(file).then(
        ({ size }) => size,
        () => 0,
      ),
    )
  return sizes
}

function count(counts: Record<string, number>, what: string): void {
  counts[what] = (counts[what] ?? 0) + 1
}
