/**
 * From the cells of a file to the values of a record. People's files write the same in many ways, and spreadsheets spoil
 * some of it: what was spoilt is said, never guessed. Pure.
 */
import { z } from 'zod'
import type { Words } from '../kernel/words.ts'
import { colours, type Field, type Value, type Values } from '../record/fields.ts'
import { kept, type Kind } from '../record/kind.ts'

/** A cell: text, or a number that a workbook has as one. */
export type Cell = string | number | boolean | null

/** What is wrong with a cell. */
export interface CellFault {
  field: string
  value: string
  reason: Words
}

/** Records that references may name, by the name that people know them by (lower case), for each field. */
export type Targets = Readonly<Record<string, ReadonlyMap<string, string>>>

const FLAGS: ReadonlyMap<string, boolean> = new Map([
  ...['是', 'yes', 'y', 'true', '1', '√', 'on'].map((word) => [word, true] as const),
  ...['否', 'no', 'n', 'false', '0', '×', 'off'].map((word) => [word, false] as const),
])
/** Days between 1899-12-30, from which workbooks count, and 1970. */
const SERIAL_OF_1970 = 25_569
const DAY_MS = 86_400_000
/** … and 1904-01-01, from which some do. */
const DAYS_TO_1904 = 1_462
/** Longest part of a value that is repeated in a report. */
const SHOWN = 200

/** A text of a field is the same whatever its case and width. */
export const nameKey = (text: string): string => text.normalize('NFKC').trim().toLowerCase()

/**
 * The values of a row as a record keeps them, or all that is wrong with it.
 * @param fields what each column fills; null: nothing
 * @param from1904 the workbook counts its days from 1904
 */
export function valuesOf(
  kind: Kind,
  fields: readonly (string | null)[],
  cells: readonly Cell[],
  targets: Targets,
  from1904 = false,
): { values: Values; faults: null } | { values: null; faults: CellFault[] } {
  const faults: CellFault[] = []
  const values: Record<string, Value> = {}
  for (const [index, name] of fields.entries()) {
    if (name === null) continue
    const field = kind.fields[name]!
    const cell = cells[index] ?? null
    const read = readCell(field, cell, targets[name], from1904 ? DAYS_TO_1904 : 0)
    if (read instanceof Fault) faults.push({ field: name, value: shown(cell), reason: read.reason })
    else values[name] = read
  }
  for (const [name, { optional }] of Object.entries(kind.fields)) {
    if ((values[name] ?? null) !== null || faults.some(({ field }) => field === name)) continue
    values[name] = null
    if (!optional) faults.push({ field: name, value: '', reason: { en: 'must not be empty', zh: '不能为空' } })
  }
  return faults.length > 0 ? { values: null, faults } : { values: kept(kind, values), faults: null }
}

class Fault {
  readonly reason: Words
  constructor(en: string, zh: string) {
    this.reason = { en, zh }
  }
}

function readCell(
  field: Field,
  cell: Cell,
  targets: ReadonlyMap<string, string> | undefined,
  later: number,
): Value | Fault {
  if (cell === null || (typeof cell === 'string' && cell.trim() === '')) return null
  const text = typeof cell === 'string' ? undefused(cell.trim()) : String(cell)
  switch (field.kind) {
    case 'phone': {
      const spoilt = spoiltBy(cell, text)
      return spoilt ?? checked(field, text)
    }
    case 'integer': {
      const number = Number(text.normalize('NFKC').replace(/[,，\s]/g, ''))
      return Number.isFinite(number) ? checked(field, number) : new Fault('is not a number', '不是数字')
    }
    case 'flag':
      return typeof cell === 'boolean'
        ? cell
        : (FLAGS.get(nameKey(text)) ?? new Fault('is neither yes nor no', '应为“是”或“否”'))
    case 'day':
      return (
        dayOf(typeof cell === 'number' ? cell + later : cell, text) ??
        new Fault('is not a day: write 2026-12-31', '不是日期，请按 2026-12-31 填写')
      )
    case 'colour':
      return (
        colours.find((colour) => colour === nameKey(text)) ??
        new Fault(`is none of ${colours.join(', ')}`, `应为 ${colours.join('、')} 之一`)
      )
    case 'reference':
      return targets?.get(nameKey(text)) ?? new Fault('names nothing that is there', '所填名称不存在')
    default: {
      const spoilt = typeof cell === 'number' ? spoiltBy(cell, text) : null
      return spoilt ?? checked(field, text)
    }
  }
}

/**
 * What a spreadsheet made of digits that were typed as a number: it keeps fifteen, and shows long ones as 1.39E+10.
 * Nobody can tell any more what stood there.
 */
function spoiltBy(cell: Cell, text: string): Fault | null {
  if (/^[+-]?\d+(\.\d+)?e\+?\d+$/i.test(text))
    return new Fault(
      'was rounded by a spreadsheet: format the column as text and type it again',
      '已被表格软件改成科学计数法，原数字已丢失，请将该列设为文本后重新填写',
    )
  const isInexact = typeof cell === 'number' && Number.isInteger(cell) && !Number.isSafeInteger(cell)
  if (isInexact || (/^\d{16,}$/.test(text) && /^0+$/.test(text.slice(15))))
    return new Fault(
      'lost its last digits in a spreadsheet, which keeps fifteen: format the column as text and type it again',
      '末尾数字已被表格软件改为 0（只保留 15 位），请将该列设为文本后重新填写',
    )
  return null
}

/** `2026-01-31`, `2026/1/31`, `2026.1.31`, `2026年1月31日`, `20260131`, with or without a time; the serial of a workbook. */
function dayOf(cell: Cell, text: string): string | null {
  if (typeof cell === 'number')
    return cell > 0 && cell < 2_958_466 ? isoDay((Math.floor(cell) - SERIAL_OF_1970) * DAY_MS) : null
  const plain = text.normalize('NFKC')
  const [, year, month, day] =
    /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T\s].*)?$/.exec(plain) ??
    /^(\d{4})(\d{2})(\d{2})$/.exec(plain) ??
    []
  if (year === undefined) return null
  const iso = `${year}-${month!.padStart(2, '0')}-${day!.padStart(2, '0')}`
  return isoDay(Date.parse(`${iso}T00:00:00Z`)) === iso ? iso : null
}

const isoDay = (at: number): string | null => (Number.isNaN(at) ? null : new Date(at).toISOString().slice(0, 10))

function checked(field: Field, value: unknown): Value | Fault {
  const result = field.input.safeParse(value, { error: z.locales.en().localeError })
  if (result.success) return result.data as Value
  const issue = result.error.issues[0]!
  const zh =
    issue.code === 'custom' && typeof issue.params?.['zh'] === 'string'
      ? issue.params['zh']
      : (field.input.safeParse(value, { error: z.locales.zhCN().localeError }).error?.issues[0]?.message ??
        issue.message)
  return new Fault(issue.message, zh)
}

/** Text that our own files defused for spreadsheets, as it was. */
const undefused = (text: string): string => (/^'[=+\-@\t]/.test(text) ? text.slice(1) : text)

const shown = (cell: Cell): string => (cell === null ? '' : String(cell).slice(0, SHOWN))
