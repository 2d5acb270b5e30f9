/**
 * Reads the AnonymousBank call log (Technion; Guedj and Mandelbaum, *Call Center Data*, 2000): one row
 * a call, TAB-separated, Latin-1, local times. The data is dirty, as such data is; a row gives whatever
 * is right in it, and says what was not.
 *
 * Memory is bounded: a file is read by chunks, and nothing of a row is kept here.
 */
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import { Problem } from '@ledgerline/core/kernel/problem.ts'

export const COLUMNS = [
  'vru+line', 'call_id', 'customer_id', 'priority', 'type', 'date', 'vru_entry', 'vru_exit', 'vru_time',
  'q_start', 'q_exit', 'q_time', 'outcome', 'ser_start', 'ser_exit', 'ser_time', 'server',
] as const
export type Column = (typeof COLUMNS)[number]

/** The types of call that the bank names; another one is loaded as it stands. */
const KNOWN_TYPES: readonly string[] = ['PS', 'PE', 'IN', 'NE', 'NW', 'TT']

/** In what way a row is odd: what a report counts by. */
export type Oddness =
  | 'wrong_field_count' | 'no_key' | 'no_date' | 'no_outcome' | 'no_arrival'
  | 'no_time' | 'no_length' | 'length_contradicts_clocks' | 'clocks_out_of_order'
  | 'served_without_times' | 'served_before_queue' | 'served_long_after_wait' | 'very_long_service' | 'overlapping_service'
  | 'hung_up_but_served' | 'hung_up_with_server'
  | 'no_type' | 'unknown_type' | 'no_customer' | 'no_priority' | 'changed_since_import'

/** Something about a row that is not as it should be. */
export interface OddRow {
  kind: Oddness
  file: string
  line: number
  field: Column | 'row'
  value: string
  reason: string
  /** Was the call loaded all the same? */
  loaded: boolean
}

/** What is usual in this data and only counted. */
export type Usual = 'service_before_queue_exit' | 'service_before_vru_exit' | 'past_midnight'

/** A stretch by the wall clock, in seconds after the midnight at which the row's date begins; 86,400 and more is past midnight. */
export interface Stretch {
  from: number
  to: number
}

/** One call of the log. */
export interface BankCall {
  file: string
  line: number
  /** Unique: date, line of the voice unit, running number. */
  key: string
  /** Line of the voice unit that took the call. */
  vruLine: string
  /** Midnight of the row's date, written as if it were UTC, ms. */
  midnight: number
  /** The row's date, `YYYY-MM-DD`. */
  date: string
  outcome: 'AGENT' | 'HANG' | 'PHANTOM'
  type: string
  customerId: string | null
  priority: number
  vru: Stretch
  /** Null when it never queued. */
  queue: Stretch | null
  /** Null when it was not served, or nobody wrote down when. */
  service: Stretch | null
  /** Length of the service as the log says it, seconds. */
  serviceS: number
  /** Who served; null for NO_SERVER. */
  server: string | null
  /** The row's fields, trimmed: what the call is recognised by when it is read again. */
  content: string
  usual: Usual[]
}

export type ReadRow = { call: BankCall; odd: OddRow[] } | { call: null; odd: OddRow[] }

/** Names that a file is known by; the first byte pair of gzip (RFC 1952) tells how it is packed, whatever its name. */
const GZIP = [0x1f, 0x8b]
/** A longer line is none of this log's. */
const LONGEST_LINE = 4096
const CHUNK_BYTES = 16 * 1024
const DAY_S = 86_400
const HOUR_S = 3600
/** A clock time so much smaller than the one before it is of the next day. */
const TURNED_S = 12 * HOUR_S

export interface ReadOptions {
  signal?: AbortSignal
  /** Told of the bytes read from the file so far. */
  onBytes?: (bytes: number) => void
}

/**
 * Rows of a file, a chunk's worth at a time.
 * @throws Problem `history.no_file`, `history.not_this_log`, `history.broken_file`
 */
export async function* readAnonymousBank(file: string, options: ReadOptions = {}): AsyncIterable<ReadRow[]> {
  let line = 0
  for await (const lines of linesOf(file, options)) {
    const rows: ReadRow[] = []
    for (const text of lines) {
      line++
      if (line === 1) checkHeader(file, text)
      else if (text.trim() !== '') rows.push(readRow(file, line, text))
    }
    if (rows.length > 0) yield rows
  }
  if (line === 0) throw new Problem('history.not_this_log', { file, found: 'an empty file' }, { where: file })
}

/**
 * Is it a file of this log, as far as its first line tells?
 * @throws Problem `history.no_file`, `history.not_this_log`, `history.broken_file`
 */
export async function checkAnonymousBank(file: string): Promise<void> {
  for await (const [header] of linesOf(file, {})) {
    if (header === undefined) continue
    return checkHeader(file, header)
  }
  throw new Problem('history.not_this_log', { file, found: 'an empty file' }, { where: file })
}

async function* linesOf(file: string, { signal, onBytes }: ReadOptions): AsyncIterable<string[]> {
  const packed = await isPacked(file)
  // Chunks as small as those that come out of a packed file: a board waits while one is worked on.
  const source = createReadStream(file, { signal, highWaterMark: CHUNK_BYTES })
  // `pipe` does not hand errors on; without this a file that cannot be read would look like one that ended.
  const text = packed ? source.on('error', (error) => text.destroy(error)).pipe(createGunzip()) : source
  let rest = ''
  let lines = 0
  try {
    for await (const chunk of text) {
      const parts = (rest + (chunk as Buffer).toString('latin1')).split('\n')
      rest = parts.pop()!
      // A line without an end is cut: it is reported once and never held whole.
      if (rest.length > LONGEST_LINE) rest = rest.slice(0, LONGEST_LINE)
      lines += parts.length
      onBytes?.(source.bytesRead)
      yield parts
    }
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof Problem) throw error
    throw new Problem('history.broken_file', { file, line: lines, reason: reasonOf(error) }, { where: file, cause: error })
  } finally {
    source.destroy()
  }
  if (rest !== '') yield [rest]
}

async function isPacked(file: string): Promise<boolean> {
  try {
    const handle = await open(file)
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0)
      return bytesRead === 2 && buffer[0] === GZIP[0] && buffer[1] === GZIP[1]
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw new Problem('history.no_file', { file, reason: reasonOf(error) }, { where: file, cause: error })
  }
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code
  const known: Record<string, string> = { ENOENT: 'no such file', EACCES: 'no permission', EISDIR: 'a directory', Z_BUF_ERROR: 'the file ends too early', Z_DATA_ERROR: 'its packing is damaged' }
  return known[code ?? ''] ?? (error instanceof Error ? error.message : String(error))
}

function checkHeader(file: string, text: string): void {
  const names = text.split('\t').map((name) => name.trim())
  if (names.length === COLUMNS.length && COLUMNS.every((name, index) => names[index] === name)) return
  throw new Problem('history.not_this_log', { file, found: text.trim().slice(0, 80) || 'an empty line' }, { where: `${file}:1` })
}

/** One line; exported for tests of nasty rows. */
export function readRow(file: string, line: number, text: string): ReadRow {
  const odd: OddRow[] = []
  const fields = text.split('\t').map((field) => field.trim())
  const refuse = (kind: Oddness, field: OddRow['field'], value: string, reason: string): ReadRow => {
    for (const each of odd) each.loaded = false
    return { call: null, odd: [...odd, { kind, file, line, field, value: value.slice(0, 200), reason, loaded: false }] }
  }
  const note: Note = (kind, field, value, reason) => void odd.push({ kind, file, line, field, value: value.slice(0, 200), reason, loaded: true })

  if (fields.length !== COLUMNS.length) return refuse('wrong_field_count', 'row', String(fields.length), `${COLUMNS.length} fields expected`)
  const [vruLine, callId, customer, priorityText, type, dateText, vruEntry, vruExit, vruTime, qStart, qExit, qTime, outcome, serStart, serExit, serTime, server] = fields as [
    string, string, string, string, string, string, string, string, string, string, string, string, string, string, string, string, string,
  ]
  if (!CODE.test(vruLine)) return refuse('no_key', 'vru+line', vruLine, 'names no line of a voice unit')
  if (!/^\d{1,15}$/.test(callId)) return refuse('no_key', 'call_id', callId, 'no number')
  const date = dateOf(dateText)
  if (date === null) return refuse('no_date', 'date', dateText, 'no date as YYMMDD')
  if (outcome !== 'AGENT' && outcome !== 'HANG' && outcome !== 'PHANTOM') return refuse('no_outcome', 'outcome', outcome, 'neither AGENT, HANG nor PHANTOM')
  const entry = secondsOf(vruEntry)
  if (entry === null) return refuse('no_arrival', 'vru_entry', vruEntry, 'no time of day: when the call came is unknown')

  const clocks = readClocks({ entry, vruExit, vruTime, qStart, qExit, qTime, serStart, serExit, serTime }, note)
  const usual: Usual[] = []
  const { vru, queue, service, serviceS } = clocks
  if (outcome === 'AGENT') {
    if (service === null) note('served_without_times', 'ser_start', serStart, 'served, and nobody wrote down when: taken for the end of the wait')
    else if (queue && service.from < queue.from) note('served_before_queue', 'ser_start', serStart, 'the service starts before the call queued: the wait is taken for 0')
    else if (queue && service.from < queue.to) usual.push('service_before_queue_exit')
    else if (!queue && service.from < vru.to) usual.push('service_before_vru_exit')
    else if (service.from > (queue ?? vru).to + 60) note('served_long_after_wait', 'ser_start', serStart, 'the service starts more than a minute after the wait ended: the wait is taken to go on until then')
    if (serviceS > HOUR_S) note('very_long_service', 'ser_time', serTime, 'a service of more than an hour')
  } else if (outcome === 'HANG') {
    if (serviceS > 0 || service) note('hung_up_but_served', 'ser_time', serTime, 'hung up, and yet served: taken for hung up')
    if (server !== 'NO_SERVER' && server !== '') note('hung_up_with_server', 'server', server, 'hung up, and yet with a server: taken for hung up')
  }
  if (Math.max(vru.to, queue?.to ?? 0, service?.to ?? 0) >= DAY_S) usual.push('past_midnight')
  if (!CODE.test(type)) note('no_type', 'type', type, 'no type of call: taken for unknown')
  else if (!KNOWN_TYPES.includes(type)) note('unknown_type', 'type', type, 'a type of call that the log does not explain: loaded as it stands')
  if (!/^\d{1,15}$/.test(customer)) note('no_customer', 'customer_id', customer, 'no number (several customers may share what is left of it): taken for unknown')
  if (!/^[0-9]$/.test(priorityText)) note('no_priority', 'priority', priorityText, 'no priority: taken for 0')

  const call: BankCall = {
    file,
    line,
    key: `${dateText}-${vruLine}-${callId}`,
    vruLine,
    midnight: Date.parse(`${date}T00:00:00Z`),
    date,
    outcome,
    type: CODE.test(type) ? type : 'unknown',
    customerId: /^\d{1,15}$/.test(customer) && !/^0+$/.test(customer) ? customer : null,
    priority: /^[0-9]$/.test(priorityText) ? Number(priorityText) : 0,
    vru,
    queue,
    service: outcome === 'AGENT' ? service : null,
    serviceS: outcome === 'AGENT' ? serviceS : 0,
    server: server === 'NO_SERVER' || server === '' ? null : server.slice(0, 64),
    content: fields.join('\t'),
    usual,
  }
  // A phantom is no call, so nothing about it is odd.
  return { call, odd: outcome === 'PHANTOM' ? [] : odd }
}

/** A word that can be a code of ours. */
const CODE = /^[\w+.-]{1,32}$/

type Note = (kind: Oddness, field: Column, value: string, reason: string) => void

interface RawClocks {
  entry: number
  vruExit: string
  vruTime: string
  qStart: string
  qExit: string
  qTime: string
  serStart: string
  serExit: string
  serTime: string
}

/** The stretches of a row, put in order of time across midnight. */
function readClocks(raw: RawClocks, note: Note): Pick<BankCall, 'vru' | 'queue' | 'service' | 'serviceS'> {
  const time = (field: Column, value: string, notBefore: number): number | null => {
    const seconds = secondsOf(value)
    if (seconds === null) {
      note('no_time', field, value, 'no time of day')
      return null
    }
    return seconds < notBefore - TURNED_S ? seconds + DAY_S : seconds
  }
  const length = (field: Column, value: string, seen: number | null): number | null => {
    if (!/^-?\d{1,6}$/.test(value)) note('no_length', field, value, 'no number of seconds')
    else if (seen !== null && Number(value) !== seen) note('length_contradicts_clocks', field, value, `the clocks beside it say ${seen} s`)
    return /^\d{1,6}$/.test(value) ? Number(value) : null
  }

  const vruExit = time('vru_exit', raw.vruExit, raw.entry) ?? raw.entry
  const vru = { from: Math.min(raw.entry, vruExit), to: Math.max(vruExit, Math.min(raw.entry, vruExit)) }
  if (vruExit < raw.entry) note('clocks_out_of_order', 'vru_exit', raw.vruExit, 'before vru_entry: the call is taken to have come at vru_exit')
  else length('vru_time', raw.vruTime, vruExit - raw.entry)

  let queue: Stretch | null = null
  if (!isNought(raw.qStart) || !isNought(raw.qExit) || raw.qTime !== '0') {
    const from = time('q_start', raw.qStart, vru.to) ?? vru.to
    const to = time('q_exit', raw.qExit, from) ?? from + (length('q_time', raw.qTime, null) ?? 0)
    queue = { from, to: Math.max(from, to) }
    if (to < from) note('clocks_out_of_order', 'q_exit', raw.qExit, 'before q_start: the wait is taken for 0')
    else length('q_time', raw.qTime, to - from)
  }

  if (isNought(raw.serStart) && isNought(raw.serExit)) return { vru, queue, service: null, serviceS: length('ser_time', raw.serTime, null) ?? 0 }
  const from = time('ser_start', raw.serStart, (queue ?? vru).to) ?? (queue ?? vru).to
  const to = time('ser_exit', raw.serExit, from)
  const serviceS = length('ser_time', raw.serTime, to === null || to < from ? null : to - from) ?? Math.max(0, (to ?? from) - from)
  if (to !== null && to < from) note('clocks_out_of_order', 'ser_exit', raw.serExit, 'before ser_start: the service is taken to end after ser_time')
  return { vru, queue, service: { from, to: from + serviceS }, serviceS }
}

function isNought(time: string): boolean {
  return /^0{1,2}:00:00$/.test(time) || time === ''
}

/** Seconds after midnight of `H:MM:SS`; null when it is none. */
function secondsOf(text: string): number | null {
  const match = /^(\d{1,2}):([0-5]\d):([0-5]\d)$/.exec(text)
  if (!match || Number(match[1]) > 23) return null
  return Number(match[1]) * HOUR_S + Number(match[2]) * 60 + Number(match[3])
}

/** `YYMMDD` as `YYYY-MM-DD`; the years are those from 1970 to 2069. Null when there is no such day. */
function dateOf(text: string): string | null {
  const match = /^(\d\d)(\d\d)(\d\d)$/.exec(text)
  if (!match) return null
  const date = `${Number(match[1]) < 70 ? 20 : 19}${match[1]}-${match[2]}-${match[3]}`
  const parsed = Date.parse(`${date}T00:00:00Z`)
  return !Number.isNaN(parsed) && new Date(parsed).toISOString().startsWith(date) ? date : null
}
