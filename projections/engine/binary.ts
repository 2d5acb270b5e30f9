/**
 * Values in PostgreSQL's binary form: parameters that are arrays (of rows, or of one column of keys, for `unnest`) and
 * tuples of `COPY … (format binary)`. All hold a value the same way, a length and its bytes, so one writer serves
 * them. Binary, because the server then parses nothing and nothing needs escaping.
 */
import type { Column, Row } from './model.ts'

/** Milliseconds between 1970 and 2000, where PostgreSQL's time begins. */
const EPOCH_2000 = 946_684_800_000
const DAY_MS = 86_400_000

/** Instants that tables accept: the years 1 to 9999. */
export const EARLIEST = -62_135_596_800_000
export const LATEST = 253_402_300_799_999

const OIDS = { bool: 16, int8: 20, int4: 23, text: 25, float8: 701, date: 1082, timestamptz: 1184 } as const

/** The server's numbers of the types of columns. */
const COLUMN_OIDS: Readonly<Record<Column<unknown>['sql'], number>> = {
  text: 25,
  bigint: 20,
  integer: 23,
  'double precision': 701,
  boolean: 16,
  timestamptz: 1184,
  jsonb: 3802,
  'bigint[]': 1016,
  'text[]': 1009,
  date: 1082,
}

/** The type in which a key's column travels as an element of a parameter. */
function wireOf(sql: Column<unknown>['sql']): keyof typeof OIDS {
  switch (sql) {
    case 'bigint':
      return 'int8'
    case 'integer':
      return 'int4'
    case 'double precision':
      return 'float8'
    case 'boolean':
      return 'bool'
    case 'timestamptz':
      return 'timestamptz'
    case 'date':
      return 'date'
    default:
      return 'text'
  }
}

/** The SQL type of a parameter that holds many values of a column. */
export function parameterType(column: Column<unknown>): string {
  return `${wireOf(column.sql)}[]`
}

/** A column of rows that are written; one that is no part of them has a function that makes it. */
type Written = readonly [name: string, column: Column<unknown>, made?: (row: Row) => unknown]

/** A buffer that grows. */
export class BinaryWriter {
  #bytes: Buffer
  #view: DataView
  #at = 0

  constructor(size = 4096) {
    this.#bytes = Buffer.allocUnsafeSlow(size)
    this.#view = new DataView(this.#bytes.buffer)
  }

  get length(): number {
    return this.#at
  }

  /** What was written, as a separate copy; the writer starts over. */
  take(): Buffer {
    const taken = Buffer.from(this.#bytes.subarray(0, this.#at))
    this.#at = 0
    return taken
  }

  #room(size: number): void {
    if (this.#at + size <= this.#bytes.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#at + size))
    this.#bytes.copy(grown, 0, 0, this.#at)
    this.#bytes = grown
    this.#view = new DataView(grown.buffer)
  }

  int16(value: number): void {
    this.#room(2)
    this.#view.setInt16(this.#at, value)
    this.#at += 2
  }

  int32(value: number): void {
    this.#room(4)
    this.#view.setInt32(this.#at, value)
    this.#at += 4
  }

  /** A whole number up to 2^53 preceded by its length. */
  #int8(value: number): void {
    this.#room(12)
    this.#view.setInt32(this.#at, 8)
    this.#view.setInt32(this.#at + 4, Math.floor(value / 4294967296))
    this.#view.setUint32(this.#at + 8, value >>> 0)
    this.#at += 12
  }

  /** Text preceded by its length. U+0000, which PostgreSQL cannot hold, becomes U+FFFD. */
  #text(value: string): void {
    const length = value.length
    this.#room(4 + length * 3)
    const start = this.#at + 4
    if (length <= 48) {
      const bytes = this.#bytes
      let index = 0
      for (; index < length; index++) {
        const code = value.charCodeAt(index)
        if (code === 0 || code > 127) break
        bytes[start + index] = code
      }
      if (index === length) {
        this.#view.setInt32(this.#at, length)
        this.#at = start + length
        return
      }
    }
    const written = this.#bytes.write(value.includes('\0') ? value.replaceAll('\0', '\ufffd') : value, start, 'utf8')
    this.#view.setInt32(this.#at, written)
    this.#at = start + written
  }

  #element(wire: keyof typeof OIDS, value: unknown): void {
    switch (wire) {
      case 'text':
        return this.#text(value as string)
      case 'int8':
        return this.#int8(value as number)
      case 'timestamptz':
        return this.#int8(((value as number) - EPOCH_2000) * 1000)
      case 'int4':
        this.int32(4)
        return this.int32(value as number)
      case 'date':
        this.int32(4)
        return this.int32((Date.parse(`${value as string}T00:00:00Z`) - EPOCH_2000) / DAY_MS)
      case 'bool':
        this.#room(5)
        this.#view.setInt32(this.#at, 1)
        this.#bytes[this.#at + 4] = value ? 1 : 0
        this.#at += 5
        return
      case 'float8':
        this.#room(12)
        this.#view.setInt32(this.#at, 8)
        this.#view.setFloat64(this.#at + 4, value as number)
        this.#at += 12
    }
  }

  /** The values of one column of many keys, as an array parameter. */
  parameter(column: Column<unknown>, rows: readonly Readonly<Record<string, unknown>>[], name: string): Buffer {
    const wire = wireOf(column.sql)
    this.int32(1)
    this.int32(1)
    this.int32(OIDS[wire])
    this.int32(rows.length)
    this.int32(1)
    this.#room(rows.length * 12)
    switch (wire) {
      case 'text':
        for (const row of rows) {
          const value = row[name]
          if (value === null) this.int32(-1)
          else this.#text(String(value))
        }
        break
      case 'int8':
        for (const row of rows) this.#int8OrNull(row[name] as number | null)
        break
      case 'timestamptz':
        for (const row of rows) {
          const value = row[name] as number | null
          this.#int8OrNull(value === null ? null : (value - EPOCH_2000) * 1000)
        }
        break
      default:
        for (const row of rows) {
          const value = row[name]
          if (value === null) this.int32(-1)
          else this.#element(wire, value)
        }
    }
    return this.take()
  }

  /** The room is already reserved. */
  #int8OrNull(value: number | null): void {
    const view = this.#view
    const at = this.#at
    if (value === null) {
      view.setInt32(at, -1)
      this.#at = at + 4
      return
    }
    view.setInt32(at, 8)
    view.setInt32(at + 4, Math.floor(value / 4294967296))
    view.setUint32(at + 8, value >>> 0)
    this.#at = at + 12
  }

  /** Texts, none of them null. */
  texts(values: readonly string[]): Buffer {
    this.int32(1)
    this.int32(0)
    this.int32(OIDS.text)
    this.int32(values.length)
    this.int32(1)
    for (const value of values) this.#text(value)
    return this.take()
  }

  /**
   * Whole rows as one parameter: an array of the table's own row type. An array a column would be unnested into as many
   * tables as there are columns, each with a start and an end of its own, which for a short page costs more than its rows.
   */
  rows(
    columns: readonly Written[],
    written: readonly { tenant: string; row: Readonly<Record<string, unknown>> | null }[],
  ): Buffer {
    this.int32(1)
    this.int32(0)
    // The number of the row type differs from table to table; the server, which knows it by the statement, takes 0.
    this.int32(0)
    this.int32(written.length)
    this.int32(1)
    for (const { tenant, row } of written) {
      const start = this.#at
      this.int32(0)
      this.int32(columns.length + 1)
      this.int32(OIDS.text)
      this.#text(tenant)
      for (const [name, column, made] of columns) {
        this.int32(COLUMN_OIDS[column.sql])
        this.#copyElement(column, made ? made(row!) : row![name])
      }
      this.#view.setInt32(start, this.#at - start - 4)
    }
    return this.take()
  }

  /** The start of a COPY. */
  copyHeader(): void {
    this.#room(19)
    this.#bytes.set(
      [0x50, 0x47, 0x43, 0x4f, 0x50, 0x59, 0x0a, 0xff, 0x0d, 0x0a, 0x00, 0, 0, 0, 0, 0, 0, 0, 0],
      this.#at,
    )
    this.#at += 19
  }

  copyTrailer(): void {
    this.int16(-1)
  }

  /** One row of a COPY. */
  copyRow(tenant: string, columns: readonly Written[], row: Readonly<Record<string, unknown>>): void {
    this.int16(columns.length + 1)
    this.#text(tenant)
    for (const [name, column, made] of columns) this.#copyElement(column, made ? made(row) : row[name])
  }

  #copyElement(column: Column<unknown>, value: unknown): void {
    if (value === null || value === undefined) return this.int32(-1)
    if (column.sql === 'jsonb') return this.#sized(() => this.#jsonb(value))
    if (column.sql === 'text[]') return this.#sized(() => this.#array('text', value as readonly unknown[]))
    if (column.sql === 'bigint[]') return this.#sized(() => this.#array('int8', value as readonly unknown[]))
    this.#element(wireOf(column.sql), value)
  }

  /** Writes what `write` writes, preceded by its length. */
  #sized(write: () => void): void {
    const start = this.#at
    this.int32(0)
    write()
    this.#view.setInt32(start, this.#at - start - 4)
  }

  #jsonb(value: unknown): void {
    const text = Buffer.from(jsonText(value))
    this.#room(1 + text.length)
    this.#bytes[this.#at] = 1
    this.#bytes.set(text, this.#at + 1)
    this.#at += 1 + text.length
  }

  #array(wire: keyof typeof OIDS, values: readonly unknown[]): void {
    this.int32(values.length === 0 ? 0 : 1)
    this.int32(0)
    this.int32(OIDS[wire])
    if (values.length === 0) return
    this.int32(values.length)
    this.int32(1)
    for (const value of values) this.#element(wire, value)
  }
}

/** JSON that jsonb accepts: it refuses U+0000 and halves of surrogate pairs. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value)
  return /\\u(?:0000|d[89a-f])/i.test(text) ? JSON.stringify(printable(value)) : text
}

function printable(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('\0', '\ufffd').toWellFormed()
  if (Array.isArray(value)) return value.map(printable)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [printable(name) as string, printable(each)]))
}

/** Why a table could not hold this value in that column; null if it can. */
export function misfit(column: Column<unknown>, value: unknown): string | null {
  if (value === null) return column.nullable ? null : 'is missing'
  if (value === undefined) return 'is missing'
  switch (column.sql) {
    case 'timestamptz':
      return typeof value === 'number' && value >= EARLIEST && value <= LATEST
        ? null
        : `is not an instant of the years 1 to 9999: ${String(value)}`
    case 'bigint':
      return Number.isSafeInteger(value) ? null : `is not a whole number: ${String(value)}`
    case 'integer':
      return typeof value === 'number' && (value | 0) === value
        ? null
        : `is not a whole number of 32 bits: ${String(value)}`
    default:
      return null
  }
}
