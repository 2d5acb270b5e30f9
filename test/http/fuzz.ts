/**
 * What the fuzzing of the routes sends: for every parameter and field in the OpenAPI document, values from the edges of
 * every type, in a request that is otherwise correct. Derived from the document alone, so that a new route is fuzzed
 * without a line here.
 */
import { dates, ends, headerEdges, long, numbers, telling, tellingValues, texts, values, wrongly } from './edges.ts'
import { Draw } from './draw.ts'
import { put, Requests, type Document, type Hostile, type Operation, type Parameter } from './requests.ts'

/** Makes hostile requests from the document. */
export class Fuzz {
  readonly #requests: Requests
  readonly #draw: Draw

  constructor(document: Document, there: Readonly<Record<string, string>>, seed: number) {
    this.#requests = new Requests(document, there)
    this.#draw = new Draw(seed)
  }

  /** A request for each route that its schema accepts. */
  *plain(): Generator<Hostile> {
    for (const { method, path, operation } of this.#requests.operations())
      yield this.#requests.request(
        `${method} ${path}`,
        method,
        path,
        operation,
        new Map(),
        this.#requests.bodyOf(operation),
      )
  }

  /** Requests with one edge each: `most` for each parameter and field, drawn anew with each seed. */
  *edges(most: number): Generator<Hostile> {
    for (const { method, path, operation } of this.#requests.operations()) {
      const body = this.#requests.bodyOf(operation)
      for (const { name, schema } of operation.parameters ?? []) {
        for (const edge of this.#draw.startingWith(telling, this.#requests.edgesOf(name, schema), most))
          yield this.#requests.request(
            `${method} ${path} ${name}=${told(edge)}`,
            method,
            path,
            operation,
            new Map([[name, edge]]),
            body,
          )
      }
      const whole = this.#requests.schemaOf(operation)
      if (!whole) continue
      for (const at of this.#requests.placesIn(whole, [])) {
        for (const edge of this.#draw.startingWith(
          tellingValues,
          [
            ...values,
            ...[...texts, ...numbers, ...dates].map((text) => JSON.stringify(text)),
            ...numbers.filter(isNumber),
          ],
          most,
        )) {
          yield this.#requests.request(
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
    for (const { method, path, operation } of this.#requests.operations()) {
      const base = this.#requests.request(
        `${method} ${path}`,
        method,
        path,
        operation,
        new Map(),
        this.#requests.bodyOf(operation),
      )
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
    for (const { method, path, operation } of this.#requests.operations()) {
      const parameters = (operation.parameters ?? []).map(({ name, schema }) => ({
        name,
        format: this.#requests.resolved(schema.items ?? schema).format,
      }))
      for (const { name, format } of parameters) {
        if (format !== 'date' && format !== 'instant') continue
        const full = (day: string) => (format === 'date' ? day : `${day}T12:00:00Z`)
        for (const day of ends)
          yield {
            ...this.#requests.request(
              `${method} ${path} ${name}=${full(day)}`,
              method,
              path,
              operation,
              new Map([[name, full(day)]]),
              null,
            ),
            where: this.#requests.whereOf(operation, name),
          }
        const other = name.replace(/from$/, 'to')
        if (other === name || !parameters.some((parameter) => parameter.name === other)) continue
        yield {
          ...this.#requests.request(
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
      const body = this.#requests.bodyOf(operation)
      for (const [name, field] of Object.entries(this.#requests.schemaOf(operation)?.properties ?? {})) {
        const format = [field, field.items, ...(field.anyOf ?? []), ...(field.items?.anyOf ?? [])].find(
          (schema) => schema?.format === 'date' || schema?.format === 'instant',
        )?.format
        if (format === undefined) continue
        for (const day of ends) {
          const value = format === 'date' ? day : `${day}T12:00:00Z`
          yield {
            ...this.#requests.request(
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
    for (const { method, path, operation } of this.#requests.operations()) {
      const body = this.#requests.bodyOf(operation)
      const parameters = operation.parameters ?? []
      const valueOf = ({ name, schema }: Parameter): string =>
        name === 'cursor'
          ? this.#cursor(operation)
          : this.#draw.one([
              this.#draw.one(this.#requests.edgesOf(name, schema)),
              this.#draw.one(ends),
              this.#requests.textOf(name, schema),
              this.#draw.one(this.#requests.resolved(schema).enum ?? [this.#draw.one(telling)]) as string,
            ])
      const together = parameters.flatMap((one, index) =>
        parameters
          .slice(index + 1)
          .filter((other) => belong(one.name, other.name))
          .map((other) => [one, other] as const),
      )
      for (const [one, other] of [
        ...together.flatMap((pair) => Array.from({ length: most }, () => pair)),
        ...this.#draw.pairs(parameters, most),
      ]) {
        const changed = new Map([one, other].map((parameter) => [parameter.name, valueOf(parameter)]))
        yield this.#requests.request(
          `${method} ${path} ${[...changed].map(([name, value]) => `${name}=${told(value)}`).join(' & ')}`,
          method,
          path,
          operation,
          changed,
          body,
        )
      }
      const whole = this.#requests.schemaOf(operation)
      if (!whole) continue
      const json = (): string =>
        this.#draw.one([
          this.#draw.one(values),
          JSON.stringify(this.#draw.one(texts)),
          this.#draw.one(numbers.filter(isNumber)),
          JSON.stringify(this.#draw.one(dates)),
          JSON.stringify(this.#draw.one(ends)),
          this.#draw.one(tellingValues),
        ])
      for (const two of this.#draw.pairs([...this.#requests.placesIn(whole, [])], most * 3)) {
        const odd = two.map((at) => [at, json()] as const)
        yield this.#requests.request(
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
    for (const { method, path, operation } of this.#requests.operations()) {
      const base = this.#requests.request(
        `${method} ${path}`,
        method,
        path,
        operation,
        new Map(),
        this.#requests.bodyOf(operation),
      )
      const all = Object.entries(headerEdges).flatMap(([name, edges]) => edges.map((edge) => [name, edge] as const))
      const ofIds = all.filter(([name]) => path === '/api/v1/live' && name === 'last-event-id')
      const ofBodies = all.filter(([name]) => method === 'POST' && name.startsWith('content-'))
      for (const [name, edge] of [...ofIds, ...this.#draw.some(ofBodies, most), ...this.#draw.some(all, most)]) {
        yield { ...base, what: `${method} ${path} ${name}: ${told(edge)}`, headers: { [name]: edge } }
      }
    }
  }

  /** Requests with badly encoded addresses, in each part that names something and in pages of the screens. */
  *encodings(most: number): Generator<Hostile> {
    for (const { method, path, operation } of this.#requests.operations()) {
      const body = this.#requests.bodyOf(operation)
      for (const { name, in: place } of operation.parameters ?? []) {
        if (place !== 'path') continue
        for (const wrong of wrongly) {
          const base = this.#requests.request(
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
      for (const wrong of this.#draw.some(wrongly, most)) {
        const base = this.#requests.request(
          `${method} ${path} ?${told(wrong)}`,
          method,
          path,
          operation,
          new Map(),
          body,
        )
        yield {
          ...base,
          path: `${base.path}${base.path.includes('?') ? '&' : '?'}${this.#draw.one(['limit', 'sort', 'cursor', wrong, 'from'])}=${wrong}`,
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
      this.#draw.one([
        this.#draw.one(values.filter((value) => value.length < 100)),
        JSON.stringify(this.#draw.one(dates)),
        JSON.stringify(this.#draw.one(['', 'a', '201'])),
        this.#draw.one(numbers.filter(isNumber)),
      ])
    const parts = Array.from({ length: 1 + Math.floor(this.#draw.dice() * 3) }, part)
    return Buffer.from(`[${[JSON.stringify(this.#draw.one(sorts)), ...parts].join(',')}]`).toString('base64url')
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
      for (const edge of this.#draw.some(edges, most)) {
        const json = `[${parts.map((part, at) => (at === index ? edge : JSON.stringify(part))).join(',')}]`
        if (json.length < 1_500) yield with_(json, Buffer.from(json).toString('base64url'))
      }
    }
    for (const text of this.#draw.some(
      ['', 'x', cursor.slice(1), cursor.slice(0, -2), `${cursor}${cursor}`, '\0', '%'],
      most,
    ))
      yield with_(text, text)
  }
}

/** Whether two parameters together say one thing. */
function belong(one: string, other: string): boolean {
  const [first, second] = [one, other].toSorted() as [string, string]
  if (['cursor limit', 'cursor sort', 'limit sort', 'format interval'].includes(`${first} ${second}`)) return true
  return first.replace(/(from|interval|hour)$/i, '') === second.replace(/to$/i, '') && first !== second
}

/** As JSON writes it. */
const isNumber = (text: string): boolean => /^-?\d[\d.e+-]*$/.test(text)

const told = (text: string): string =>
  text.length > 80 ? `${JSON.stringify(text.slice(0, 80))}… (${text.length})` : JSON.stringify(text)
