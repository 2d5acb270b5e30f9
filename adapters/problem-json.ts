/**
 * Errors as they leave the server: problem details (RFC 9457) in the language the reader asked for, with both languages
 * alongside. An unforeseen error becomes `request.unexpected` with an id under which the server's log has the rest; its
 * message and stack never leave.
 */
import { randomUUID } from 'node:crypto'
import type { Request, Response } from 'express'
import { isPassing } from '@ledgerline/core/kernel/answered-once.ts'
import { Problem, type ProblemDetails, type ProblemEntries } from '@ledgerline/core/kernel/problem.ts'
import type { Language, Words } from '@ledgerline/core/kernel/words.ts'
import { tell } from '@ledgerline/core/problems.ts'
import { z } from 'zod'
import type { ServerLog } from './server-log.ts'

/** The body of an error, as documented. */
export const problemSchema = z
  .object({
    type: z.string().describe('where this kind of problem is explained; names its code'),
    title: z.string().describe('the kind of problem, in the language asked for'),
    status: z.number().int(),
    detail: z.string().describe('what is wrong here and what would be right, in the language asked for'),
    code: z.string().describe('stable: programs rely on it'),
    passing: z
      .boolean()
      .describe('the same request may be answered differently at the next try: repeat it (a command with the same id)'),
    where: z.string().nullable().describe('the field that was wrong'),
    details: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
      .describe('the values in the sentence'),
    translations: z.object({
      en: z.object({ title: z.string(), detail: z.string() }),
      zh: z.object({ title: z.string(), detail: z.string() }),
    }),
  })
  .meta({ id: 'Problem' })
export type ProblemJson = z.infer<typeof problemSchema>

/** A request that does not fit its schema; the reason is given in each language. */
export class InvalidRequest extends Problem {
  readonly reasons: Words
  constructor(path: string, reasons: Words, code: 'request.invalid' | 'request.names_nothing' = 'request.invalid') {
    super(code, { path, reason: reasons.en }, { where: path })
    this.reasons = reasons
  }
}

/** What is said of each status. */
export const titles: Readonly<Record<number, Words>> = {
  400: { en: 'The request is not right', zh: '请求有误' },
  401: { en: 'Not logged in', zh: '需要登录' },
  403: { en: 'Not allowed', zh: '不允许' },
  404: { en: 'Not there', zh: '不存在' },
  405: { en: 'Not this way', zh: '方法不支持' },
  408: { en: 'Too slow', zh: '请求超时' },
  409: { en: 'Not now', zh: '当前状态不允许' },
  410: { en: 'No longer there', zh: '已不存在' },
  412: { en: 'Changed meanwhile', zh: '已被他人修改' },
  413: { en: 'Too large', zh: '内容过大' },
  415: { en: 'Not readable', zh: '无法读取' },
  416: { en: 'Not that part', zh: '范围无效' },
  422: { en: 'Refused', zh: '被拒绝' },
  428: { en: 'Say which version', zh: '请指明版本' },
  429: { en: 'Too many times', zh: '次数过多' },
  431: { en: 'Too large', zh: '内容过大' },
  500: { en: 'Our mistake', zh: '服务器错误' },
  501: { en: 'Not provided', zh: '未提供' },
  503: { en: 'Not available', zh: '暂不可用' },
  507: { en: 'No room left', zh: '空间不足' },
}

/** The language a request prefers; English if it does not say. */
export function languageOf(request: Request): Language {
  return request.acceptsLanguages('en', 'zh') === 'zh' ? 'zh' : 'en'
}

/** A problem as a body. */
export function problemJson(problem: Problem, language: Language, entries: ProblemEntries): ProblemJson {
  const { status } = tell(problem, language, entries)
  const translations = { en: said(problem, 'en', status, entries), zh: said(problem, 'zh', status, entries) }
  return {
    type: `/api/docs#problem-${problem.code}`,
    ...translations[language],
    status,
    code: problem.code,
    passing: isPassing(problem, entries),
    where: problem.where,
    details: problem.details,
    translations,
  }
}

function said(
  problem: Problem,
  language: Language,
  status: number,
  entries: ProblemEntries,
): { title: string; detail: string } {
  const details: ProblemDetails =
    problem instanceof InvalidRequest ? { ...problem.details, reason: problem.reasons[language] } : problem.details
  const { sentence, cure } = tell(new Problem(problem.code, details), language, entries)
  return {
    title: (titles[status] ?? titles[500]!)[language],
    detail: cure === '' ? sentence : `${sentence}${language === 'zh' ? '' : ' '}${cure}`,
  }
}

/** An unavailable service is usually back within seconds. */
export const RETRY_AFTER_S = 2

/** Answers a request with a problem; returns its code. */
export function sendProblem(
  error: unknown,
  request: Request,
  response: Response,
  entries: ProblemEntries,
  log: ServerLog,
): string {
  const problem = asProblem(error, entries, log)
  const language = languageOf(request)
  const body = problemJson(problem, language, entries)
  if (body.status >= 500) log.warn({ code: problem.code, details: problem.details }, 'problem')
  if (body.status === 503) response.set('Retry-After', String(RETRY_AFTER_S))
  response
    .status(body.status)
    .set('Content-Language', language === 'zh' ? 'zh-CN' : 'en')
    .set('Cache-Control', 'no-store')
    .vary('Accept-Language')
    .type('application/problem+json')
    .send(JSON.stringify(body))
  return problem.code
}

/** SQLSTATE class 22: a value that its type cannot hold. */
const DATA_EXCEPTION = /^22[0-9A-Z]{3}$/

/** The problem for an error; one that the catalogue does not know is logged under an id. */
function asProblem(error: unknown, entries: ProblemEntries, log: ServerLog): Problem {
  if (error instanceof Problem && Object.hasOwn(entries, error.code)) return error
  const id = randomUUID()
  const sqlstate = sqlstateOf(error)
  if (DATA_EXCEPTION.test(sqlstate)) {
    // A schema let something through that its column cannot hold: the client should correct it, and we should find it.
    log.error({ id, sqlstate, error: wordsOf(error) }, 'a value passed its schema but not its column')
    return new Problem('request.data_refused', { id, sqlstate, reason: dataExceptions[sqlstate] ?? 'data exception' })
  }
  log.error({ id, error: wordsOf(error) }, 'unexpected')
  return new Problem('request.unexpected', { id })
}

/** Our words for the most common ones; PostgreSQL's own message may contain the value, which may be personal. */
const dataExceptions: Readonly<Record<string, string>> = {
  '22001': 'text too long',
  '22003': 'number out of range',
  '22007': 'no day or time',
  '22008': 'day or time out of range',
  '22021': 'character that no text can hold',
  '22P02': 'text that is no such value',
  '22P05': 'character that no text can hold',
}

/** The SQLSTATE of an error, or of its cause; empty if there is none. */
function sqlstateOf(error: unknown): string {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const { code } = at as { code?: unknown }
    if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)) return code
  }
  return ''
}

/** An error for the log: long runs of digits, which may be someone's number, are blotted out. */
export function wordsOf(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return text.replace(/\d{7,}/g, '#######')
}
