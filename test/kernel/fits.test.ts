/** The quick yes of a schema: right wherever it is given, and given for what this software writes. */
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { catalogue } from '@ledgerline/core/catalogue.ts'
import { fitsOf } from '@ledgerline/core/kernel/fits.ts'

const test = suite('fits')

/** What JSON can hold at all. */
const anything = fc.oneof(
  fc.constantFrom<unknown>(null, true, '', 'x', 0, -1, 1.5, 2 ** 53, 1e308, [], {}, '😀'),
  fc.jsonValue({ maxDepth: 2 }),
)

/** A limit of a schema, as far as it has one. */
function limit(schema: z.ZodType, name: 'minimum' | 'maximum' | 'value'): number[] {
  const { checks = [] } = schema._zod.def
  return checks.flatMap(({ _zod: { def } }) => {
    const value = (def as unknown as Record<string, unknown>)[name]
    return typeof value === 'number' ? [value] : []
  })
}

/** Values that a schema takes as they are, also those at its limits. */
function right(schema: z.ZodType): fc.Arbitrary<unknown> {
  if (schema instanceof z.ZodString) {
    const [least = 0] = limit(schema, 'minimum')
    const [most = 20] = limit(schema, 'maximum')
    return fc.oneof(fc.string({ minLength: least, maxLength: Math.min(most, 20) }), fc.constant('a'.repeat(most)))
  }
  if (schema instanceof z.ZodNumber)
    return fc.integer({
      min: schema.minValue! < 0 ? -9 : schema.minValue!,
      max: Math.min(schema.maxValue!, 2 ** 53 - 1),
    })
  if (schema instanceof z.ZodBoolean) return fc.boolean()
  if (schema instanceof z.ZodEnum) return fc.constantFrom(...schema.options)
  if (schema instanceof z.ZodLiteral) return fc.constantFrom(...schema.values)
  if (schema instanceof z.ZodNullable) return fc.oneof(fc.constant(null), right(schema.unwrap() as z.ZodType))
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return right(schema.unwrap() as z.ZodType)
  if (schema instanceof z.ZodArray) return fc.array(right(schema.element as z.ZodType), { maxLength: 2 })
  if (schema instanceof z.ZodObject) {
    const fields = Object.entries(schema.shape as Record<string, z.ZodType>)
    return fc.record(Object.fromEntries(fields.map(([name, field]) => [name, right(field)])), {
      requiredKeys: fields.filter(([, field]) => !(field instanceof z.ZodOptional)).map(([name]) => name),
    })
  }
  return anything
}

/** Values near those: a field that is missing, one too many, one of another kind or beyond a limit, at any depth. */
function near(schema: z.ZodType): fc.Arbitrary<unknown> {
  const inner = (): fc.Arbitrary<unknown> => {
    if (schema instanceof z.ZodString)
      return fc.constantFrom(
        ...[...limit(schema, 'minimum'), ...limit(schema, 'maximum')].flatMap((edge) =>
          around(edge).flatMap((size) => ['a'.repeat(size), '😀'.repeat(size)]),
        ),
        '',
      )
    if (schema instanceof z.ZodNumber)
      return fc.constantFrom(
        ...[...limit(schema, 'value'), 0, 2 ** 53].flatMap((edge) => [edge - 1, edge, edge + 1, edge + 0.5]),
      )
    if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional || schema instanceof z.ZodDefault)
      return near(schema.unwrap() as z.ZodType)
    if (schema instanceof z.ZodArray) return fc.array(near(schema.element as z.ZodType), { maxLength: 3 })
    if (!(schema instanceof z.ZodObject)) return anything
    const fields = Object.entries(schema.shape as Record<string, z.ZodType>)
    const names = fields.map(([name]) => name)
    return fc
      .record({
        whole: right(schema),
        changed: fc.record(Object.fromEntries(fields.map(([name, field]) => [name, near(field)])), {
          requiredKeys: [],
        }),
        keep: fc.subarray(['0', '1', ...names], { maxLength: 2 }),
        without: fc.subarray(names, { maxLength: 1 }),
        more: fc.dictionary(fc.constantFrom('extra', 'toString', '__proto__', 'constructor'), anything, {
          maxKeys: 1,
          noNullPrototype: true,
        }),
      })
      .map(({ whole, changed, keep, without, more }) => {
        const value: Record<string, unknown> = { ...(whole as object) }
        for (const name of keep)
          if (Object.hasOwn(changed, name)) value[name] = (changed as Record<string, unknown>)[name]
        for (const name of without) delete value[name]
        return { ...value, ...more }
      })
  }
  return fc.oneof(
    { weight: 3, arbitrary: right(schema) },
    { weight: 4, arbitrary: inner() },
    { weight: 1, arbitrary: anything },
  )
}

const around = (edge: number) => [edge - 1, edge, edge + 1].filter((size) => size >= 0)

/** As it comes from the log. */
const stored = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

test('where the answer is yes, the schema gives the value back as it is', () => {
  let said = 0
  for (const [type, { schema }] of Object.entries(catalogue)) {
    const fits = fitsOf(schema)
    for (const value of fc.sample(near(schema), { numRuns: 60, seed: 7 })) {
      const read = stored(value)
      if (!fits(read)) continue
      said++
      const { success, data } = schema.safeParse(read)
      assert.ok(success && isDeepStrictEqual(data, read), `${type}: ${JSON.stringify(read)}`)
    }
  }
  assert.ok(said > 500, 'it says so often enough to be asked')
})

test('events fit as they are written, but for two rare ones that hold texts of a pattern or an exact length', () => {
  const unsure = Object.entries(catalogue).flatMap(([type, { schema }]) => {
    const fits = fitsOf(schema)
    const written = fc.sample(right(schema), { numRuns: 20, seed: 7 }).flatMap((value) => {
      const { success, data } = schema.safeParse(value)
      return success ? [stored(data)] : []
    })
    return written.length > 0 && written.every(fits) ? [] : [type]
  })
  assert.equal(unsure.toSorted(), ['LossAccepted', 'SwitchboardActivated'])
})

test.run()
