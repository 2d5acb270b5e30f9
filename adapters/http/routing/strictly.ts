/**
 * A schema that refuses unknown fields at every depth. What is sent to be kept is checked by it: a misspelt setting would
 * be left out without a word, and the one that was meant would stay as it is.
 */
import { z } from 'zod'

export function strictly<S extends z.ZodType>(schema: S): S {
  return strict(schema) as S
}

function strict(schema: z.ZodType): z.ZodType {
  const described = (made: z.ZodType): z.ZodType => {
    const meta = schema.meta()
    return meta ? made.meta(meta) : made
  }
  if (schema instanceof z.ZodObject)
    return described(
      z.strictObject(
        Object.fromEntries(Object.entries(schema.shape).map(([name, field]) => [name, strict(field as z.ZodType)])),
      ),
    )
  if (schema instanceof z.ZodArray)
    return described(schema.clone({ ...schema.def, element: strict(schema.element as z.ZodType) } as never))
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return described(schema.clone({ ...schema.def, innerType: strict(schema.unwrap() as z.ZodType) } as never))
  return schema
}
