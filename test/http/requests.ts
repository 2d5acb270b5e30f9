/**
 * What the OpenAPI document says about requests: every route, a value that each field accepts, a request that is
 * correct. Fuzzing (`fuzz.ts`) changes one thing in it.
 */
import { dates, numbers, texts } from './edges.ts'

export interface Schema {
  $ref?: string
  type?: string | string[]
  format?: string
  pattern?: string
  minLength?: number
  maxLength?: number
  minimum?: number
  minItems?: number
  enum?: unknown[]
  const?: unknown
  default?: unknown
  examples?: unknown[]
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  anyOf?: Schema[]
  oneOf?: Schema[]
}

export interface Parameter {
  name: string
  in: 'path' | 'query'
  required?: boolean
  schema: Schema
}

export interface Operation {
  parameters?: Parameter[]
  requestBody?: { content: { 'application/json': { schema: Schema } } }
}

export interface Document {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema> }
}

/** A request to send. */
export interface Hostile {
  /** A label for whoever has to fix it, such as `GET /api/v1/calls limit=…`. */
  what: string
  method: string
  path: string
  headers?: Record<string, string>
  raw?: string
}

/** Reads the document, and makes correct requests from it. */
export class Requests {
  readonly #document: Document
  /** Names of existing things, by field name, so that requests are not refused for a missing thing. */
  readonly #there: Readonly<Record<string, string>>
  #made = 0

  constructor(document: Document, there: Readonly<Record<string, string>>) {
    this.#document = document
    this.#there = there
  }

  *operations(): Generator<{ method: string; path: string; operation: Operation }> {
    for (const [path, item] of Object.entries(this.#document.paths))
      for (const [method, operation] of Object.entries(item)) yield { method: method.toUpperCase(), path, operation }
  }

  request(
    what: string,
    method: string,
    path: string,
    operation: Operation,
    changed: ReadonlyMap<string, string>,
    body: string | null,
  ): Hostile {
    const query: string[] = []
    let address = path
    for (const { name, in: place, required, schema } of operation.parameters ?? []) {
      const value = changed.get(name)
      if (place === 'path') address = address.replace(`{${name}}`, encoded(value ?? this.textOf(name, schema)))
      else if (value !== undefined || required)
        query.push(`${encoded(name)}=${encoded(value ?? this.textOf(name, schema))}`)
    }
    return {
      what,
      method,
      path: query.length === 0 ? address : `${address}?${query.join('&')}`,
      ...(body === null ? {} : { raw: body.replaceAll('"$id"', `"fuzz-${++this.#made}-command"`) }),
    }
  }

  /** Edges that make sense for a parameter; all of them if it does not say what it is. */
  edgesOf(name: string, schema: Schema): string[] {
    return /from|to|day|at$/i.test(name) || this.resolved(schema).format === 'date'
      ? [...dates, ...texts, ...numbers]
      : [...texts, ...numbers, ...dates]
  }

  /** Where a problem with a parameter is reported: one that takes several values names the wrong one. */
  whereOf(operation: Operation, name: string): string {
    return operation.parameters?.find((parameter) => parameter.name === name)?.schema.items ? `${name}.0` : name
  }

  schemaOf(operation: Operation): Schema | null {
    const schema = operation.requestBody?.content['application/json'].schema
    return schema ? this.resolved(schema) : null
  }

  bodyOf(operation: Operation): string | null {
    const schema = this.schemaOf(operation)
    return schema && JSON.stringify(this.#valueOf('', schema))
  }

  resolved(schema: Schema): Schema {
    return schema.$ref ? this.resolved(this.#document.components.schemas[schema.$ref.split('/').at(-1)!]!) : schema
  }

  textOf(name: string, schema: Schema): string {
    const value = this.#valueOf(name, schema)
    return Array.isArray(value) ? value.join(',') : String(value)
  }

  /** A value that the schema accepts. */
  #valueOf(name: string, asked: Schema): unknown {
    const schema = this.resolved(asked)
    if (name === 'commandId') return '$id'
    const known = this.#there[name]
    if (known !== undefined && new RegExp(schema.pattern ?? '').test(known)) return known
    if (schema.const !== undefined) return schema.const
    if (schema.enum) return schema.enum[0]
    if (schema.examples?.length) return schema.examples[0]
    const [choice] = schema.anyOf ?? schema.oneOf ?? []
    if (choice) return this.#valueOf(name, choice)
    switch ([schema.type].flat()[0]) {
      case 'object':
        return Object.fromEntries(
          (schema.required ?? []).map((field) => [field, this.#valueOf(field, schema.properties?.[field] ?? {})]),
        )
      case 'array':
        return Array.from({ length: schema.minItems ?? 0 }, () => this.#valueOf('', schema.items ?? {}))
      case 'integer':
      case 'number':
        return Math.max(schema.minimum ?? 1, 1)
      case 'boolean':
        return true
      default: {
        const candidates = [
          '1',
          '12345678',
          '0199c0de-0000-7000-8000-000000000001',
          '2026-02-01',
          'abc',
          '08:00',
          '13800001111',
          '+8613800001111',
          '#',
          'Asia/Shanghai',
        ]
        return (
          candidates.find(
            (text) =>
              (!schema.pattern || new RegExp(schema.pattern).test(text)) &&
              text.length >= (schema.minLength ?? 0) &&
              (schema.format !== 'date' || text.includes('-')),
          ) ?? '1'
        )
      }
    }
  }

  /** Every field within a schema, those of lists by their first element. */
  *placesIn(asked: Schema, path: readonly string[]): Generator<readonly string[]> {
    const schema = this.resolved(asked)
    for (const [name, field] of Object.entries(schema.properties ?? {})) {
      const at = [...path, name]
      yield at
      if (path.length < 4) yield* this.placesIn(field, at)
    }
    for (const choice of schema.anyOf ?? schema.oneOf ?? []) yield* this.placesIn(choice, path)
    if (schema.items) yield* this.placesIn(schema.items, [...path, '0'])
  }
}

/** A body with JSON inserted at places, whatever was there. */
export function put(body: string | null, ...odd: readonly (readonly [at: readonly string[], json: string])[]): string {
  const set = (value: unknown, [first, ...rest]: readonly string[], mark: string): unknown => {
    if (first === undefined) return mark
    if (first === '0') return [set(Array.isArray(value) ? value[0] : undefined, rest, mark)]
    return {
      ...(typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}),
      [first]: set((value as Record<string, unknown> | undefined)?.[first], rest, mark),
    }
  }
  const marked = odd.reduce<unknown>((value, [at], index) => set(value, at, `$here${index}`), JSON.parse(body ?? '{}'))
  return odd.reduce((text, [, json], index) => text.replace(`"$here${index}"`, () => json), JSON.stringify(marked))
}

/** A text encoded for an address; half of a surrogate pair becomes the bytes it would have. */
function encoded(text: string): string {
  return [...text]
    .map((sign) => (sign.isWellFormed() ? encodeURIComponent(sign) : `%ED%${sign < '\udc00' ? 'A0' : 'B0'}%80`))
    .join('')
}
