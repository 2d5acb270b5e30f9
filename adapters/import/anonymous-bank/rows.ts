/**
 * Reads the AnonymousBank call log (Technion; Guedj and Mandelbaum, *Call Center Data*, 2000): one call per row,
 * TAB-separated, Latin-1, local times. The data is dirty, as such data is; each row yields whatever is right in it and
 * reports what was not.
 *
 * Memory is bounded: a file is read in chunks (`file-lines.ts`), and nothing of a row is kept here.
 */
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { visible } from '@ledgerline/core/kernel/visible.ts'
import { linesOf, LONGEST_LINE, type Line, type LineOptions } from '../file-lines.ts'
import { AGREE_S, CalendarDay, readClocks, type ClockOddness, type Clocks, type Stretch } from './row-clocks.ts'

export type { Stretch } from './row-clocks.ts'

/** The bank's clocks show this zone's time. */
export const BANK_ZONE = 'Asia/Jerusalem'

export const COLUMNS = [
  'vru+line',
  'call_id',
  'customer_id',
  'priority',
  'type',
  'date',
  'vru_entry',
  'vru_exit',
  'vru_time',
  'q_start',
  'q_exit',
  'q_time',
  'outcome',
  'ser_start',
  'ser_exit',
  'ser_time',
  'server',
] as const
export type Column = (typeof COLUMNS)[number]

/** The types of call that the bank names; others are loaded as they are. */
const KNOWN_TYPES: readonly string[] = ['PS', 'PE', 'IN', 'NE', 'NW', 'TT']

/** The ways in which a row can be odd; reports count by these. */
export type Oddness =
  | ClockOddness
  | 'wrong_field_count'
  | 'too_long'
  | 'no_key'
  | 'no_date'
  | 'no_outcome'
  | 'no_arrival'
  | 'served_without_times'
  | 'served_before_queue'
  | 'served_before_wait_ended'
  | 'served_long_after_wait'
  | 'very_long_service'
  | 'overlapping_service'
  | 'hung_up_but_served'
  | 'hung_up_with_server'
  | 'no_type'
  | 'unknown_type'
  | 'no_customer'
  | 'no_priority'
  | 'long_name'
  | 'control_character'
  | 'repeated'
  | 'changed_since_import'

/** Something wrong with a row. */
export interface OddRow {
  kind: Oddness
  file: string
  line: number
  field: Column | 'row'
  value: string
  reason: string
  /** Is the call in the ledger all the same? */
  loaded: boolean
}

/** What is usual in this data and only counted. */
export type Usual = 'service_before_queue_exit' | 'service_before_vru_exit' | 'past_midnight'

/** One call of the log. */
export interface BankCall {
  file: string
  line: number
  /** Unique: date, line of the voice unit, running number. */
  key: string
  /** Line of the voice unit that took the call. */
  vruLine: string
  /** The midnight with which the row's date begins, UTC ms. */
  midnight: number
  /** The row's date, `YYYY-MM-DD`. */
  date: string
  outcome: 'AGENT' | 'HANG' | 'PHANTOM'
  type: string
  customerId: string | null
  priority: number
  vru: Stretch
  /** When and how long it queued; null if it never queued. */
  queue: Stretch | null
  /** By the service's own clocks; null if it was not served, or the clocks were not recorded. */
  service: Stretch | null
  /** Length of the service according to the log, seconds. */
  serviceS: number
  /** The name of the agent who served; null for NO_SERVER. */
  server: string | null
  /** The row's fields as written, trimmed: a call that is read again is recognised by them. */
  content: string
  usual: Usual[]
}

export type ReadRow = { call: BankCall; odd: OddRow[] } | { call: null; odd: OddRow[] }

const HOUR_S = 3600
/** A service that begins this long after the wait ended is odd, as is one that begins this long before. */
const LONG_AFTER_S = 60
/** Longer names are listed, and kept whole. */
const LONG_NAME = 64
/** UTF-8's mark, byte by byte. */
const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf'

export interface ReadOptions extends LineOptions {
  /** Called for blank rows. */
  onBlank?: () => void
}

/**
 * Rows of a file, one chunk at a time.
 * @throws Problem `history.no_file`, `history.not_this_log`, `history.broken_file`, `history.bomb`; everything before
 * the failure is yielded first
 */
export async function* readAnonymousBank(file: string, options: ReadOptions = {}): AsyncIterable<ReadRow[]> {
  let number = 0
  for await (const lines of linesOf(file, options)) {
    const rows: ReadRow[] = []
    for (const line of lines) {
      number++
      if (number === 1) checkHeader(file, line)
      else if (isBlank(line)) options.onBlank?.()
      else rows.push(line.cut ? tooLong(file, number) : readRow(file, number, line.text))
    }
    if (rows.length > 0) yield rows
  }
  if (number === 0) throw new Problem('history.not_this_log', { file, found: 'an empty file' }, { where: file })
}

/**
 * Is it a file of this log, judging by its first line?
 * @throws Problem `history.no_file`, `history.not_this_log`, `history.broken_file`
 */
export async function checkAnonymousBank(file: string): Promise<void> {
  for await (const [header] of linesOf(file)) {
    if (header !== undefined) return checkHeader(file, header)
  }
  throw new Problem('history.not_this_log', { file, found: 'an empty file' }, { where: file })
}

function checkHeader(file: string, { text, cut }: Line): void {
  const header = text.startsWith(BYTE_ORDER_MARK) ? text.slice(BYTE_ORDER_MARK.length) : text
  const names = header.split('\t').map((name) => name.trim())
  if (!cut && names.length === COLUMNS.length && COLUMNS.every((name, index) => names[index] === name)) return
  throw new Problem(
    'history.not_this_log',
    { file, found: visible(header.trim()).slice(0, 80) || 'an empty line' },
    { where: `${file}:1` },
  )
}

/** Spaces, tabs, and invisible characters. */
function isBlank({ text, cut }: Line): boolean {
  return !cut && /^[\s\u0000-\u001f\u007f]*$/.test(text)
}

function tooLong(file: string, line: number): ReadRow {
  return {
    call: null,
    odd: [
      {
        kind: 'too_long',
        file,
        line,
        field: 'row',
        value: `more than ${LONGEST_LINE} bytes`,
        reason: 'no row of this log is that long',
        loaded: false,
      },
    ],
  }
}

/** One line, one character per byte; exported for tests of nasty rows. */
export function readRow(file: string, line: number, text: string): ReadRow {
  const odd: OddRow[] = []
  const written = text.split('\t')
  const asWritten = written.map((field) => field.trim())
  const refuse = (kind: Oddness, field: OddRow['field'], value: string, reason: string): ReadRow => {
    for (const each of odd) each.loaded = false
    return { call: null, odd: [...odd, { kind, file, line, field, value: value.slice(0, 200), reason, loaded: false }] }
  }
  const note: Note = (kind, field, value, reason) =>
    void odd.push({ kind, file, line, field, value: value.slice(0, 200), reason, loaded: true })

  if (asWritten.length !== COLUMNS.length)
    return refuse('wrong_field_count', 'row', String(asWritten.length), `${COLUMNS.length} fields expected`)
  const fields = written.map((bytes, index) => {
    const decoded = decodedField(bytes.replace(AROUND, ''))
    const field = decoded.replace(CONTROL, '').trim()
    if (field !== decoded)
      note('control_character', COLUMNS[index]!, decoded, 'it contains invisible characters: read without them')
    return field
  })
  const [
    vruLine,
    callId,
    customer,
    priorityText,
    type,
    dateText,
    vruEntry,
    vruExit,
    vruTime,
    qStart,
    qExit,
    qTime,
    outcome,
    serStart,
    serExit,
    serTime,
    server,
  ] = fields as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ]
  if (!CODE.test(vruLine)) return refuse('no_key', 'vru+line', vruLine, 'names no line of a voice unit')
  if (!/^\d{1,15}$/.test(callId)) return refuse('no_key', 'call_id', callId, 'no number')
  const date = dateOf(dateText)
  if (date === null) return refuse('no_date', 'date', dateText, 'no date as YYMMDD')
  if (outcome !== 'AGENT' && outcome !== 'HANG' && outcome !== 'PHANTOM')
    return refuse('no_outcome', 'outcome', outcome, 'neither AGENT, HANG nor PHANTOM')

  const day = dayOf(date)
  const raw = {
    vru_entry: vruEntry,
    vru_exit: vruExit,
    vru_time: vruTime,
    q_start: qStart,
    q_exit: qExit,
    q_time: qTime,
    ser_start: serStart,
    ser_exit: serExit,
    ser_time: serTime,
  }
  // A phantom is not a call: it is left out, whatever its clocks say.
  const clocks = outcome === 'PHANTOM' ? NEVER : readClocks(raw, day, note)
  if (clocks === null)
    return refuse('no_arrival', 'vru_entry', vruEntry, 'no time of day: when the call came is unknown')
  const { vru, queue, service, serviceS } = clocks
  const usual: Usual[] = []
  if (outcome === 'AGENT') judgeService(clocks, { serStart, serTime }, note, usual)
  else if (outcome === 'HANG') {
    if (serviceS > 0 || service)
      note('hung_up_but_served', 'ser_time', serTime, 'hung up, but also served: taken for hung up')
    if (server !== 'NO_SERVER' && server !== '')
      note('hung_up_with_server', 'server', server, 'hung up, but with a server: taken for hung up')
  }
  if (Math.max(vru.to, queue?.to ?? 0, service?.to ?? 0) >= day.lengthS) usual.push('past_midnight')
  if (!CODE.test(type)) note('no_type', 'type', type, 'no type of call: taken for unknown')
  else if (!KNOWN_TYPES.includes(type))
    note('unknown_type', 'type', type, 'a type of call that the log does not explain: loaded as it is')
  if (!/^\d{1,15}$/.test(customer))
    note(
      'no_customer',
      'customer_id',
      customer,
      'no number (several customers may share what remains of it): taken for unknown',
    )
  if (!/^[0-9]$/.test(priorityText)) note('no_priority', 'priority', priorityText, 'no priority: taken for 0')
  if (server.length > LONG_NAME)
    note('long_name', 'server', server, `a name of ${server.length} characters: loaded whole`)

  const call: BankCall = {
    file,
    line,
    key: `${dateText}-${vruLine}-${callId}`,
    vruLine,
    midnight: day.begins,
    date,
    outcome,
    type: CODE.test(type) ? type : 'unknown',
    customerId: /^\d{1,15}$/.test(customer) && !/^0+$/.test(customer) ? customer : null,
    priority: /^[0-9]$/.test(priorityText) ? Number(priorityText) : 0,
    vru,
    queue,
    service: outcome === 'AGENT' ? service : null,
    serviceS: outcome === 'AGENT' ? serviceS : 0,
    server: server === 'NO_SERVER' || server === '' ? null : server.normalize('NFC'),
    content: asWritten.join('\t'),
    usual,
  }
  return { call, odd: outcome === 'PHANTOM' ? [] : odd }
}

type Note = (kind: Oddness, field: Column, value: string, reason: string) => void

/** Compares the service's clocks with the others. */
function judgeService(
  { queue, serviceS, service, serviceAfterS }: Clocks,
  { serStart, serTime }: { serStart: string; serTime: string },
  note: Note,
  usual: Usual[],
): void {
  const after = serviceAfterS ?? 0
  const where = queue ? 'the wait' : 'the voice unit'
  if (service === null)
    note('served_without_times', 'ser_start', serStart, 'served, but no time recorded: taken for the end of the wait')
  else if (queue && after < queue.from - queue.to)
    note(
      'served_before_queue',
      'ser_start',
      serStart,
      'the service starts before the call queued: its clock is not believed',
    )
  else if (after < -AGREE_S)
    note(
      'served_before_wait_ended',
      'ser_start',
      serStart,
      `the service starts ${-after} s before ${where} ended${queue ? ': the wait is believed' : ''}`,
    )
  else if (after < 0) usual.push(queue ? 'service_before_queue_exit' : 'service_before_vru_exit')
  else if (after > LONG_AFTER_S)
    note(
      'served_long_after_wait',
      'ser_start',
      serStart,
      `the service starts ${after} s after ${where} ended${queue ? ': the wait is believed' : ''}`,
    )
  if (serviceS > HOUR_S) note('very_long_service', 'ser_time', serTime, 'a service of more than an hour')
}

/** A word that can be one of our codes. */
const CODE = /^[\w+.-]{1,32}$/
/** ASCII white space around a field; the last byte of a letter in UTF-8 can be a space in Latin-1. */
const AROUND = /^[\t-\r ]+|[\t-\r ]+$/g
const CONTROL = /[\u0000-\u001f\u007f-\u009f]+/g
const NEVER: Clocks = { vru: { from: 0, to: 0 }, queue: null, service: null, serviceS: 0, serviceAfterS: null }

const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * A field is Latin-1 unless its bytes are valid UTF-8: Latin-1 text that happens to be UTF-8 as well makes no sense
 * ("Ã©").
 */
function decodedField(bytes: string): string {
  if (!/[\u0080-\u00ff]/.test(bytes) || /[^\u0000-\u00ff]/.test(bytes)) return bytes
  try {
    return utf8.decode(Buffer.from(bytes, 'latin1'))
  } catch {
    return bytes
  }
}

/** Rows of one day follow one another. */
let lastDay: { date: string; day: CalendarDay } | null = null

function dayOf(date: string): CalendarDay {
  if (lastDay?.date !== date) lastDay = { date, day: new CalendarDay(date, BANK_ZONE) }
  return lastDay.day
}

/** `YYMMDD` as `YYYY-MM-DD`; the years are 1970 to 2069. Null if there is no such day. */
function dateOf(text: string): string | null {
  const match = /^(\d\d)(\d\d)(\d\d)$/.exec(text)
  if (!match) return null
  const date = `${Number(match[1]) < 70 ? 20 : 19}${match[1]}-${match[2]}-${match[3]}`
  const parsed = Date.parse(`${date}T00:00:00Z`)
  return !Number.isNaN(parsed) && new Date(parsed).toISOString().startsWith(date) ? date : null
}
