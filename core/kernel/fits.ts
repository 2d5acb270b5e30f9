/**
 * A quick yes to "would this schema give the value back as it is?". Parsing with zod copies every value; what this
 * software wrote is whole already, since it was parsed on its way in, and to see that takes a tenth of the time.
 *
 * Only the yes counts. It is said where each part is what its schema asks for, nothing is left to be filled in by a
 * default, and no field is there that the schema would drop. For anything else (an old event that lacks a field, one that
 * is broken, a kind of schema that is not known here) the answer is no, which says nothing: the schema itself decides.
 */
import { z } from 'zod'

export type Fits = (value: unknown) => boolean

const unsure: Fits = () => false

/** The quick check of a schema. */
export function fitsOf(schema: z.core.$ZodType): Fits {
  if (schema instanceof z.ZodString) return ofString(schema)
  if (schema instanceof z.ZodNumber) return ofNumber(schema)
  if (schema instanceof z.ZodBoolean) return (value) => typeof value === 'boolean'
  if (schema instanceof z.ZodEnum) {
    const values = new Set<unknown>(schema.options)
    return (value) => values.has(value)
  }
  if (schema instanceof z.ZodNullable) {
    const inner = fitsOf(schema.def.innerType)
    return (value) => value === null || inner(value)
  }
  if (schema instanceof z.ZodOptional) {
    const inner = fitsOf(schema.def.innerType)
    return (value) => value === undefined || inner(value)
  }
  // What is absent is to be filled in.
  if (schema instanceof z.ZodDefault) {
    const inner = fitsOf(schema.def.innerType)
    return (value) => value !== undefined && inner(value)
  }
  if (schema instanceof z.ZodArray) return ofArray(schema)
  return schema instanceof z.ZodObject ? ofObject(schema) : unsure
}

function ofObject({ shape, def }: z.ZodObject): Fits {
  if (def.catchall || hasChecks(def)) return unsure
  const names = Object.keys(shape)
  const fields = names.map((name) => fitsOf(shape[name]!))
  // Where all of its fields are there, one more is seen by counting.
  const mayLack = fields.some((fits) => fits(undefined))
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
    for (let index = 0; index < fields.length; index++)
      if (!fields[index]!((value as Record<string, unknown>)[names[index]!])) return false
    let count = 0
    for (const name in value) if (++count > fields.length || (mayLack && !Object.hasOwn(shape, name))) return false
    return true
  }
}

function ofArray({ def, element }: z.ZodArray): Fits {
  const limits = limitsOf(def.checks)
  const inner = fitsOf(element)
  if (!limits || limits.whole) return unsure
  return (value) => {
    if (!Array.isArray(value) || value.length < limits.least || value.length > limits.most) return false
    for (const each of value) if (!inner(each)) return false
    return true
  }
}

/** The schema counts characters, of which some are two units long: in units, twice the least is enough and the most is not too many. */
function ofString({ def }: z.ZodString): Fits {
  const limits = limitsOf(def.checks)
  if (!limits || limits.whole || 'format' in def || def.coerce) return unsure
  const least = limits.least > 1 ? 2 * limits.least : limits.least
  return (value) => typeof value === 'string' && value.length >= least && value.length <= limits.most
}

function ofNumber({ def }: z.ZodNumber): Fits {
  const limits = limitsOf(def.checks)
  if (!limits || 'format' in def || def.coerce) return unsure
  const { least, most, whole } = limits
  return (value) =>
    typeof value === 'number' &&
    (whole ? Number.isSafeInteger(value) : Number.isFinite(value)) &&
    value >= least &&
    value <= most
}

interface Limits {
  least: number
  most: number
  whole: boolean
}

/** Of a length or of a number; null where anything else is asked of it. */
function limitsOf(checks: readonly z.core.$ZodCheck[] = []): Limits | null {
  const limits: Limits = { least: Number.NEGATIVE_INFINITY, most: Number.POSITIVE_INFINITY, whole: false }
  for (const {
    _zod: { def },
  } of checks as readonly Checked[]) {
    if (def.check === 'number_format' && def.format === 'safeint') limits.whole = true
    else if (def.check === 'min_length') limits.least = Math.max(limits.least, def.minimum!)
    else if (def.check === 'max_length') limits.most = Math.min(limits.most, def.maximum!)
    else if (def.check === 'greater_than' && def.inclusive) limits.least = Math.max(limits.least, Number(def.value))
    else if (def.check === 'less_than' && def.inclusive) limits.most = Math.min(limits.most, Number(def.value))
    else return null
  }
  return limits
}

/** A check as zod keeps it; each kind has some of these. */
interface Checked {
  _zod: {
    def: {
      check: string
      format?: string
      minimum?: number
      maximum?: number
      value?: unknown
      inclusive?: boolean
    }
  }
}

function hasChecks({ checks }: { checks?: readonly unknown[] | undefined }): boolean {
  return checks !== undefined && checks.length > 0
}
