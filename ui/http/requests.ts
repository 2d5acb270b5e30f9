/**
 * Requests to the server: each with a time limit, each failure a `Refusal` that speaks the reader's language
 * (problem details, RFC 9457, carry both).
 */
import { uuid7 } from '@ledgerline/core/kernel/clock.ts'
import type { LanguageCode } from '../language/format.ts'
import { problemWords } from './problem-words.ts'

/** Longer than the server's own limit, shorter than a reader's patience. */
const LIMIT_MS = 10_000
/** A file takes longer to produce and to transfer. */
const FILE_LIMIT_MS = 60_000

interface Words {
  title: string
  detail: string
}

interface ProblemBody {
  title?: string
  detail?: string
  code?: string
  where?: string | null
  passing?: boolean
  details?: Readonly<Record<string, unknown>>
  translations?: { en?: Words; zh?: Words }
}

/** The server refused, or did not answer. */
export class Refusal extends Error {
  /** 0: no answer came. */
  readonly status: number
  /** Stable code of the problem; `timeout` and `offline` where no answer came. */
  readonly code: string
  /** A retry may succeed; also true when no answer came. A command is repeated with the same id. */
  readonly passing: boolean
  /** The values of the problem. */
  readonly details: Readonly<Record<string, unknown>> | undefined
  readonly #body: ProblemBody
  constructor(status: number, code: string, body: ProblemBody = {}) {
    super(code)
    this.name = 'Refusal'
    this.status = status
    this.code = code
    this.passing = status === 0 || body.passing === true
    this.details = body.details
    this.#body = body
  }

  /** The field that was wrong; null: none in particular. */
  get where(): string | null {
    return this.#body.where ?? null
  }

  /** What is wrong and what to do, in a reader's language. */
  words(language: LanguageCode): Words {
    const t = problemWords[language]
    if (this.code === 'timeout') return { title: t.timeout, detail: '' }
    if (this.code === 'offline') return { title: t.offline, detail: '' }
    const { translations, title, detail } = this.#body
    const said = translations?.[language === 'en' ? 'en' : 'zh']
    return said ?? { title: title ?? t.unknown(String(this.status)), detail: detail ?? '' }
  }
}

/** How long what was written here is asked for in everything that is read; after that, late tables say so by themselves. */
const REMEMBERED_MS = 60_000

/** The last thing that was written from this page: the position in the ledger, and when, on the browser's clock. */
let written: { position: string; at: number } | null = null

/** People read what they wrote: every answer that is read is to include it, and the server waits a moment for that. */
function afterWritten(): Record<string, string> {
  if (written === null || performance.now() - written.at > REMEMBERED_MS) return {}
  return { 'x-read-after': written.position }
}

function remember(answer: unknown): void {
  const position = (answer as { position?: unknown } | null)?.position
  if (typeof position !== 'string') return
  if (written === null || position > written.position) written = { position, at: performance.now() }
}

export type Parameters = Readonly<Record<string, string | number | readonly string[] | null | undefined>>

/** A query. Several values of one name are repeated; null and undefined are left out. */
export function get<T>(path: string, parameters: Parameters, signal: AbortSignal): Promise<T> {
  const options = { signal, headers: afterWritten() }
  return request(addressOf(path, parameters), options, LIMIT_MS, (response) => response.json() as Promise<T>)
}

function addressOf(path: string, parameters: Parameters): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) {
    if (value === null || value === undefined || value === '') continue
    for (const one of Array.isArray(value) ? value : [value]) query.append(name, String(one))
  }
  const text = query.toString()
  return text ? `${path}?${text}` : path
}

/** A query whose parameters must not be in an address. */
export function search<T>(path: string, body: object, signal: AbortSignal): Promise<T> {
  return send(path, body, { signal, headers: afterWritten() })
}

/** Whatever changes something; what is read later includes it. */
export async function post<T>(path: string, body: object, signal?: AbortSignal): Promise<T> {
  const answer = await send<T>(path, body, signal ? { signal } : {})
  remember(answer)
  return answer
}

function send<T>(path: string, body: object, options: { signal?: AbortSignal; headers?: object }): Promise<T> {
  const headers = { 'content-type': 'application/json', ...options.headers }
  const all = { ...options, method: 'POST', headers, body: JSON.stringify(body) }
  return request(path, all, LIMIT_MS, (response) => response.json() as Promise<T>)
}

/** Sends a part of a file as it is. */
export function upload(path: string, parameters: Parameters, content: Blob): Promise<void> {
  const headers = { 'content-type': 'application/octet-stream' }
  const options = { method: 'POST', headers, body: content }
  return request(addressOf(path, parameters), options, FILE_LIMIT_MS, async () => {})
}

/** Saves the answer as a file, under the name that the server gives it. Resolves when the browser has it. */
export async function download(path: string, parameters: Parameters): Promise<void> {
  const { blob, name } = await request(
    addressOf(path, parameters),
    { headers: afterWritten() },
    FILE_LIMIT_MS,
    async (response) => ({
      blob: await response.blob(),
      name: fileName(response.headers.get('content-disposition')),
    }),
  )
  save(blob, name ?? path.split('/').at(-1)!)
}

/** Hands a file to the browser. */
export function save(blob: Blob, name: string): void {
  const href = URL.createObjectURL(blob)
  const link = Object.assign(document.createElement('a'), { href, download: name })
  link.click()
  // The browser has taken the click; the address may be released once it has begun to read.
  setTimeout(() => URL.revokeObjectURL(href), 10_000)
}

/** The name in a Content-Disposition (RFC 6266): `filename*` before `filename`; null when there is none. */
function fileName(header: string | null): string | null {
  const extended = /filename\*=UTF-8''([^;]+)/i.exec(header ?? '')?.[1]
  if (extended !== undefined) return decodeURIComponent(extended)
  return /filename="([^"]+)"/i.exec(header ?? '')?.[1] ?? null
}

async function request<T>(
  path: string,
  options: RequestInit,
  limitMs: number,
  read: (response: Response) => Promise<T>,
): Promise<T> {
  const limit = AbortSignal.timeout(limitMs)
  const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit
  let response: Response
  try {
    response = await fetch(path, { ...options, signal })
    if (response.ok) return await read(response)
  } catch (error) {
    if (options.signal?.aborted) throw error
    throw new Refusal(0, limit.aborted ? 'timeout' : 'offline')
  }
  const body = (await response.json().catch(() => ({}))) as ProblemBody
  // Whoever shows pages leads to the log-in.
  if (response.status === 401) dispatchEvent(new Event('loggedout'))
  throw new Refusal(response.status, body.code ?? `http.${response.status}`, body)
}

/** An id for a command: repeating it changes nothing. (`crypto.randomUUID` exists on secure origins only.) */
export function commandId(): string {
  const dice = () => crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32
  return uuid7(dice)(Date.now())
}
