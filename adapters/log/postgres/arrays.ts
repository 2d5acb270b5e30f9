/**
 * PostgreSQL arrays in binary form, as parameters: no quoting of JSON inside quotes, and half the bytes. One dimension,
 * no nulls: int32 dimensions (1), int32 flags (0), the element type's oid, int32 length, int32 lower bound (1), then
 * for each element an int32 length and its bytes.
 */
const INT4 = 23
const TEXT = 25
const UUID = 2950
const HEADER = 20

function array(type: number, elements: number, bytes: number): Buffer {
  const out = Buffer.allocUnsafe(HEADER + 4 * elements + bytes)
  out.writeInt32BE(1, 0)
  out.writeInt32BE(0, 4)
  out.writeInt32BE(type, 8)
  out.writeInt32BE(elements, 12)
  out.writeInt32BE(1, 16)
  return out
}

export function int4Array(values: readonly number[]): Buffer {
  const out = array(INT4, values.length, 4 * values.length)
  let at = HEADER
  for (const value of values) {
    out.writeInt32BE(4, at)
    out.writeInt32BE(value, at + 4)
    at += 8
  }
  return out
}

export function textArray(values: readonly string[]): Buffer {
  const lengths = values.map((value) => Buffer.byteLength(value))
  const out = array(
    TEXT,
    values.length,
    lengths.reduce((sum, length) => sum + length, 0),
  )
  let at = HEADER
  values.forEach((value, index) => {
    out.writeInt32BE(lengths[index]!, at)
    out.write(value, at + 4, 'utf8')
    at += 4 + lengths[index]!
  })
  return out
}

/** @param values UUIDs with hyphens */
export function uuidArray(values: readonly string[]): Buffer {
  const out = array(UUID, values.length, 16 * values.length)
  let at = HEADER
  for (const value of values) {
    out.writeInt32BE(16, at)
    out.write(value.replaceAll('-', ''), at + 4, 'hex')
    at += 20
  }
  return out
}
