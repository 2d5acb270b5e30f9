/**
 * What the fuzzing of the routes sends: for every parameter and field in the OpenAPI document, values from the edges of
 * every type, in a request that is otherwise correct. Derived from the document alone, so that a new route is fuzzed
 * without a line here.
 */
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import { dates, ends, headerEdges, long, numbers, telling, tellingValues, texts, values, wrongly } from './edges.ts'

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

interface Parameter {
  name: string
  in: 'path' | 'query'
  required?: boolean
  schema: Schema
}

interface Operation {
  parameters?: Parameter[]
  requestBody?: { content: { 'application/json': { schema: Schema } } }
}

export interface Document {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema> }
}

/** A request to send. */
export interface Hostile {
  /** `GET /api/v1/calls limit=…`: for whoever has to fix it. */
  what: string
  method: string
  path: string
  headers?: Record<string, string>
  raw?: string
}

/** Reads the document, and makes requests from it. */
export class Fuzz {
  readonly #document: Document
  /** Names of existing things, by the names of fields, so that requests get past the door. */
  readonly #there: Readonly<Record<string, string>>
  readonly #dice: () => number
  #made = 0

  constructor(document: Document, there: Readonly<Record<string, string>>, seed: number) {
    this.#document = document
    this.#there = there
    this.#dice = seededDice(seed)
  }

  /** A request for each route that its schema accepts. */
  *plain(): Generator<Hostile> {
    for (const { method, path, operation } of this.#operations())
      yield this.#request(`${method} ${path}`, method, path, operation, new Map(), this.#bodyOf(operation))
  }

  /** Requests with one edge each: `most` for each parameter and field, drawn anew with each seed. */
  *edges(most: number): Generator<Hostile> {
    for (const { method, path, operation } of this.#operations()) {
      const body = this.#bodyOf(operation)
      for (const { name, schema } of operation.parameters ?? []) {
        for (const edge of this.#drawn(this.#edgesOf(name, schema), telling, most))
          yield this.#request(
            `${method} ${path} ${name}=${told(edge)}`,
            method,
            path,
            operation,
            new Map([[name, edge]]),
            body,
          )
      }
      const whole = this.#schemaOf(operation)
      if (!whole) continue
      for (const at of this.#placesIn(whole, [])) {
        for (const edge of this.#drawn(
          [
            ...values,
            ...[...texts, ...numbers, ...dates].map((text) => JSON.stringify(text)),
            ...numbers.filter(isNumber),
          ],
          tellingValues,
          most,
        )) {
          yield this.#request(
            `${method} ${path} ${at.join('.')}=${told(edge)}`,
            method,
            path,
            operation,
            new Map(),
            put(body, [at, edge]),
          )
        }
      }
    }
  }

  /** Requests whose shape as a whole is wrong. */
  *shapes(): Generator<Hostile> {
    for (const { method, path, operation } of this.#operations()) {
      const base = this.#request(`${method} ${path}`, method, path, operation, new Map(), this.#bodyOf(operation))
      const separator = base.path.includes('?') ? '&' : '?'
      for (const more of [
        '__proto__=1',
        '__proto__[a]=1',
        'constructor=1',
        'nothing=1',
        'a[]=1',
        '=',
        '&&&',
        `${long}=1`,
        '%00=1',
        '%FF=%FE',
        '%ED%A0%80=1',
        'limit=1&limit=2',
        'from=2026-02-02&to=2026-02-01',
        'day.from=2026-02-02&day.to=2026-02-01',
      ]) {
        yield { ...base, what: `${base.what} ?${told(more)}`, path: `${base.path}${separator}${more}` }
      }
      for (const other of [
        'HEAD',
        'OPTIONS',
        'PUT',
        'PATCH',
        'DELETE',
        'TRACE',
        'PROPFIND',
        method === 'GET' ? 'POST' : 'GET',
      ])
        yield { ...base, what: `${other} ${path}`, method: other, ...(other === 'POST' ? { raw: '{}' } : {}) }
      yield {
        ...base,
        what: `${base.what} odd headers`,
        headers: {
          'accept-language': `${long.slice(0, 2000)};q=nine`,
          accept: '\u00ff',
          'last-event-id': '\u00ff.-1.9e9.\u00ff',
          'if-none-match': '*',
          range: 'bytes=9-1',
          'x-request-id': '1',
        },
      }
      if (base.raw === undefined) continue
      const raw = base.raw
      for (const [what, sent] of Object.entries({
        'no body': '',
        'half a body': raw.slice(0, -1),
        'text behind it': `${raw}x`,
        'NUL behind it': `${raw}\0`,
        null: 'null',
        number: '1',
        text: '"a"',
        list: `[${raw}]`,
        'a list of itself': `${'['.repeat(2_000)}`,
        'a field twice': `${raw.slice(0, -1)},"commandId":1,"commandId":2}`,
        'a field too many': `${raw.slice(0, -1)}${raw.length > 2 ? ',' : ''}"nothing":1}`,
        __proto__: '{"__proto__":{"commandId":"12345678"}}',
        'no JSON': '{a:1}',
        NaN: '{"a":NaN}',
      })) {
        yield { ...base, what: `${base.what}: ${what}`, raw: sent }
      }
      const odd: Record<string, string>[] = [
        { 'content-encoding': 'gzip' },
        { 'content-encoding': 'br' },
        { 'content-encoding': '__proto__' },
        { 'content-type': 'text/plain' },
        { 'content-type': 'application/json; charset=utf-7' },
        { 'content-type': 'multipart/form-data' },
      ]
      for (const headers of odd) {
        yield { ...base, what: `${base.what} ${JSON.stringify(headers)}`, headers }
      }
    }
  }

  /**
   * Every day and moment that a request can name, where no calendar goes, and every reversed range; with the field that
   * is wrong.
   */
  *dated(): Generator<Hostile & { where: string }> {
    const ends = ['0000-01-01', '0001-01-01', '1899-12-31', '9999-12-31', '2026-02-31']
    const [early, late] = ['2026-02-01', '2026-02-02']
    for (const { method, path, operation } of this.#operations()) {
      const parameters = (operation.parameters ?? []).map(({ name, schema }) => ({
        name,
        format: this.#resolved(schema.items ?? schema).format,
      }))
      for (const { name, format } of parameters) {
        if (format !== 'date' && format !== 'instant') continue
        const full = (day: string) => (format === 'date' ? day : `${day}T12:00:00Z`)
        for (const day of ends)
          yield {
            ...this.#request(
              `${method} ${path} ${name}=${full(day)}`,
              method,
              path,
              operation,
              new Map([[name, full(day)]]),
              null,
            ),
            where: this.#whereOf(operation, name),
          }
        const other = name.replace(/from$/, 'to')
        if (other === name || !parameters.some((parameter) => parameter.name === other)) continue
        yield {
          ...this.#request(
            `${method} ${path} ${name} > ${other}`,
            method,
            path,
            operation,
            new Map([
              [name, full(late)],
              [other, full(early)],
            ]),
            null,
          ),
          where: other,
        }
      }
      const body = this.#bodyOf(operation)
      for (const [name, field] of Object.entries(this.#schemaOf(operation)?.properties ?? {})) {
        const format = [field, field.items, ...(field.anyOf ?? []), ...(field.items?.anyOf ?? [])].find(
          (schema) => schema?.format === 'date' || schema?.format === 'instant',
        )?.format
        if (format === undefined) continue
        for (const day of ends) {
          const value = format === 'date' ? day : `${day}T12:00:00Z`
          yield {
            ...this.#request(
              `${method} ${path} ${name}=${value}`,
              method,
              path,
              operation,
              new Map(),
              put(body, [[name], JSON.stringify(field.items ? [value] : value)]),
            ),
            where: field.items ? `${name}.0` : name,
          }
        }
      }
    }
  }

  /**
   * Requests in which two things are odd, or each is right by itself: both ends of a range, an order and a cursor, a
   * length and a cursor, two fields of a body, an address and its body. `most` values for each of the pairs that belong
   * together, and `most` more arbitrary pairs.
   */
  *pairs(most: number): Generator<Hostile> {
    for (const { method, path, operation } of this.#operations()) {
      const body = this.#bodyOf(operation)
      const parameters = operation.parameters ?? []
      const valueOf = ({ name, schema }: Parameter): string =>
        name === 'cursor'
          ? this.#cursor(operation)
          : this.#one([
              this.#one(this.#edgesOf(name, schema)),
              this.#one(ends),
              this.#textOf(name, schema),
              this.#one(this.#resolved(schema).enum ?? [this.#one(telling)]) as string,
            ])
      const together = parameters.flatMap((one, index) =>
        parameters
          .slice(index + 1)
          .filter((other) => belong(one.name, other.name))
          .map((other) => [one, other] as const),
      )
      for (const [one, other] of [
        ...together.flatMap((pair) => Array.from({ length: most }, () => pair)),
        ...this.#someTwo(parameters, most),
      ]) {
        const changed = new Map([one, other].map((parameter) => [parameter.name, valueOf(parameter)]))
        yield this.#request(
          `${method} ${path} ${[...changed].map(([name, value]) => `${name}=${told(value)}`).join(' & ')}`,
          method,
          path,
          operation,
          changed,
          body,
        )
      }
      const whole = this.#schemaOf(operation)
      if (!whole) continue
      const json = (): string =>
        this.#one([
          this.#one(values),
          JSON.stringify(this.#one(texts)),
          this.#one(numbers.filter(isNumber)),
          JSON.stringify(this.#one(dates)),
          JSON.stringify(this.#one(ends)),
          this.#one(tellingValues),
        ])
      for (const two of this.#someTwo([...this.#placesIn(whole, [])], most * 3)) {
        const odd = two.map((at) => [at, json()] as const)
        yield this.#request(
          `${method} ${path} ${odd.map(([at, value]) => `${at.join('.')}=${told(value)}`).join(' & ')}`,
          method,
          path,
          operation,
          new Map(),
          put(body, ...odd),
        )
      }
    }
  }

  /**
   * Requests with one odd header: `most` for each route, and as many more that describe a body; the live stream gets
   * every odd id.
   */
  *headers(most: number): Generator<Hostile> {
    for (const { method, path, operation } of this.#operations()) {
      const base = this.#request(`${method} ${path}`, method, path, operation, new Map(), this.#bodyOf(operation))
      const all = Object.entries(headerEdges).flatMap(([name, edges]) => edges.map((edge) => [name, edge] as const))
      const ofIds = all.filter(([name]) => path === '/api/v1/live' && name === 'last-event-id')
      const ofBodies = all.filter(([name]) => method === 'POST' && name.startsWith('content-'))
      for (const [name, edge] of [...ofIds, ...this.#some(ofBodies, most), ...this.#some(all, most)]) {
        yield { ...base, what: `${method} ${path} ${name}: ${told(edge)}`, headers: { [name]: edge } }
      }
    }
  }

  /** Requests with badly encoded addresses, in each part that names something and in pages of the screens. */
  *encodings(most: number): Generator<Hostile> {
    for (const { method, path, operation } of this.#operations()) {
      const body = this.#bodyOf(operation)
      for (const { name, in: place } of operation.parameters ?? []) {
        if (place !== 'path') continue
        for (const wrong of wrongly) {
          const base = this.#request(
            `${method} ${path} ${name}: ${told(wrong)}`,
            method,
            path.replace(`{${name}}`, '$wrong'),
            operation,
            new Map(),
            body,
          )
          yield { ...base, path: base.path.replace('$wrong', () => wrong) }
        }
      }
      for (const wrong of this.#some(wrongly, most)) {
        const base = this.#request(`${method} ${path} ?${told(wrong)}`, method, path, operation, new Map(), body)
        yield {
          ...base,
          path: `${base.path}${base.path.includes('?') ? '&' : '?'}${this.#one(['limit', 'sort', 'cursor', wrong, 'from'])}=${wrong}`,
        }
      }
    }
    for (const page of ['/calls/', '/agents/', '/assets/', '/', '/wall/', '/api/', '/api/v1/'])
      for (const wrong of wrongly) yield { what: `GET ${page}${told(wrong)}`, method: 'GET', path: `${page}${wrong}` }
  }

  /** A cursor as a list might have written it, for any order, with edges in it. */
  #cursor(operation: Operation): string {
    const sorts = operation.parameters?.find(({ name }) => name === 'sort')?.schema.enum ?? ['']
    const part = (): string =>
      this.#one([
        this.#one(values.filter((value) => value.length < 100)),
        JSON.stringify(this.#one(dates)),
        JSON.stringify(this.#one(['', 'a', '201'])),
        this.#one(numbers.filter(isNumber)),
      ])
    const parts = Array.from({ length: 1 + Math.floor(this.#dice() * 3) }, part)
    return Buffer.from(`[${[JSON.stringify(this.#one(sorts)), ...parts].join(',')}]`).toString('base64url')
  }

  #one<T>(all: readonly T[]): T {
    return all[Math.floor(this.#dice() * all.length)]!
  }

  /** This many pairs of two different ones. */
  #someTwo<T>(all: readonly T[], most: number): (readonly [T, T])[] {
    return all.length < 2 ? [] : Array.from({ length: most }, () => this.#some(all, 2) as [T, T])
  }

  /** A parameter that takes several values names the wrong one. */
  #whereOf(operation: Operation, name: string): string {
    return operation.parameters?.find((parameter) => parameter.name === name)?.schema.items ? `${name}.0` : name
  }

  /** Requests with a tampered cursor: its parts replaced by edges, one at a time, `most` for each. */
  *bent(path: string, cursor: string, most: number): Generator<Hostile> {
    const parts = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[]
    const separator = path.includes('?') ? '&' : '?'
    const with_ = (what: string, text: string): Hostile => ({
      what: `GET ${path} cursor ${told(what)}`,
      method: 'GET',
      path: `${path}${separator}cursor=${encodeURIComponent(text)}`,
    })
    const edges = [...values, ...[...dates, ...texts].map((text) => JSON.stringify(text)), ...numbers.filter(isNumber)]
    for (const index of parts.keys()) {
      for (const edge of this.#some(edges, most)) {
        const json = `[${parts.map((part, at) => (at === index ? edge : JSON.stringify(part))).join(',')}]`
        if (json.length < 1_500) yield with_(json, Buffer.from(json).toString('base64url'))
      }
    }
    for (const text of this.#some(
      ['', 'x', cursor.slice(1), cursor.slice(0, -2), `${cursor}${cursor}`, '\0', '%'],
      most,
    ))
      yield with_(text, text)
  }

  *#operations(): Generator<{ method: string; path: string; operation: Operation }> {
    for (const [path, item] of Object.entries(this.#document.paths))
      for (const [method, operation] of Object.entries(item)) yield { method: method.toUpperCase(), path, operation }
  }

  #request(
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
      if (place === 'path') address = address.replace(`{${name}}`, encoded(value ?? this.#textOf(name, schema)))
      else if (value !== undefined || required)
        query.push(`${encoded(name)}=${encoded(value ?? this.#textOf(name, schema))}`)
    }
    return {
      what,
      method,
      path: query.length === 0 ? address : `${address}?${query.join('&')}`,
      ...(body === null ? {} : { raw: body.replaceAll('"$id"', `"fuzz-${++this.#made}-command"`) }),
    }
  }

  /** Edges that make sense for a parameter; all of them if it does not say what it is. */
  #edgesOf(name: string, schema: Schema): string[] {
    return /from|to|day|at$/i.test(name) || this.#resolved(schema).format === 'date'
      ? [...dates, ...texts, ...numbers]
      : [...texts, ...numbers, ...dates]
  }

  /** Some of them, each equally likely, starting with one of those that have broken the most. */
  #drawn(all: readonly string[], telling: readonly string[], most: number): string[] {
    return [...this.#some(telling, 1), ...this.#some(all, most - 1)]
  }

  #some<T>(all: readonly T[], most: number): T[] {
    const left = [...all]
    return Array.from(
      { length: Math.min(most, left.length) },
      () => left.splice(Math.floor(this.#dice() * left.length), 1)[0]!,
    )
  }

  #schemaOf(operation: Operation): Schema | null {
    const schema = operation.requestBody?.content['application/json'].schema
    return schema ? this.#resolved(schema) : null
  }

  #bodyOf(operation: Operation): string | null {
    const schema = this.#schemaOf(operation)
    return schema && JSON.stringify(this.#valueOf('', schema))
  }

  #resolved(schema: Schema): Schema {
    return schema.$ref ? this.#resolved(this.#document.components.schemas[schema.$ref.split('/').at(-1)!]!) : schema
  }

  #textOf(name: string, schema: Schema): string {
    const value = this.#valueOf(name, schema)
    return Array.isArray(value) ? value.join(',') : String(value)
  }

  /** A value that the schema accepts. */
  #valueOf(name: string, asked: Schema): unknown {
    const schema = this.#resolved(asked)
    if (name === 'commandId') return '$id'
    if (this.#there[name] !== undefined) return this.#there[name]
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
  *#placesIn(asked: Schema, path: readonly string[]): Generator<readonly string[]> {
    const schema = this.#resolved(asked)
    for (const [name, field] of Object.entries(schema.properties ?? {})) {
      const at = [...path, name]
      yield at
      if (path.length < 4) yield* this.#placesIn(field, at)
    }
    for (const choice of schema.anyOf ?? schema.oneOf ?? []) yield* this.#placesIn(choice, path)
    if (schema.items) yield* this.#placesIn(schema.items, [...path, '0'])
  }
}

/** A body with JSON inserted at places, whatever was there. */
function put(body: string | null, ...odd: readonly (readonly [at: readonly string[], json: string])[]): string {
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

/** Do two parameters say one thing together? */
function belong(one: string, other: string): boolean {
  const [first, second] = [one, other].toSorted() as [string, string]
  if (['cursor limit', 'cursor sort', 'limit sort', 'format interval'].includes(`${first} ${second}`)) return true
  return first.replace(/(from|interval|hour)$/i, '') === second.replace(/to$/i, '') && first !== second
}

/** As JSON writes it. */
const isNumber = (text: string): boolean => /^-?\d[\d.e+-]*$/.test(text)

/** In an address; half of a surrogate pair as its bytes would be. */
function encoded(text: string): string {
  return [...text]
    .map((sign) => (sign.isWellFormed() ? encodeURIComponent(sign) : `%ED%${sign < '\udc00' ? 'A0' : 'B0'}%80`))
    .join('')
}

const told = (text: string): string =>
  text.length > 80 ? `${JSON.stringify(text.slice(0, 80))}… (${text.length})` : JSON.stringify(text)
