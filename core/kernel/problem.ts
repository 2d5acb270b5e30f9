/**
 * Everything that can go wrong and that someone must be told about: one catalogue of codes, each with its HTTP status,
 * one sentence and the cure, in English and Chinese. Refusals by deciders are problems too. Shown as RFC 9457 problem
 * details over HTTP and as one line by the command.
 */
import type { Words } from './words.ts'

interface Entry extends Words {
  status: number
  /**
   * The same request may be answered differently at the next try, so this is never kept as the answer to a command.
   * Always true of trouble on our side (5xx); never of requests that are wrong or do not fit the state.
   */
  passing?: true
  /** What would be right, or what to do. */
  cure: Words
}

const catalogue = {
  // the log
  'log.conflict': {
    status: 409,
    passing: true,
    en: 'Stream {stream} is at revision {actual}, not at {expected}.',
    zh: '流 {stream} 当前版本为 {actual}，而不是 {expected}。',
    cure: {
      en: 'Someone else changed it at the same moment. Look again and repeat.',
      zh: '同一时刻已被他人修改，请刷新后重试。',
    },
  },
  'log.unavailable': {
    status: 503,
    passing: true,
    en: 'The event log is not answering: {reason}.',
    zh: '事件日志没有响应：{reason}。',
    cure: {
      en: 'Nothing acknowledged is lost. Repeat the same request in a moment.',
      zh: '已确认的数据不会丢失，请稍后重复同一请求。',
    },
  },
  'log.event_too_large': {
    status: 413,
    en: 'An event of type {type} has {bytes} bytes; the log takes at most {limit}.',
    zh: '类型为 {type} 的事件有 {bytes} 字节，日志最多接受 {limit} 字节。',
    cure: { en: 'Shorten the free text or attach it as a file.', zh: '请缩短文本，或作为附件上传。' },
  },
  'log.id_used': {
    status: 500,
    passing: true,
    en: 'Event id {id} is already in stream {stream}, at revision {revision}.',
    zh: '事件编号 {id} 已存在于流 {stream} 的版本 {revision}。',
    cure: {
      en: 'This is a defect in the program; nothing was written. Report it with this line.',
      zh: '这是程序缺陷，未写入任何数据，请附上此行信息报告。',
    },
  },
  'event.unknown': {
    status: 500,
    passing: true,
    en: 'Event {id} at position {position} has the type {type}, which this version does not know.',
    zh: '位置 {position} 的事件 {id} 类型为 {type}，当前版本无法识别。',
    cure: {
      en: 'It was written by a newer version: start that version.',
      zh: '该事件由更新的版本写入，请启动新版本。',
    },
  },
  'event.newer': {
    status: 500,
    passing: true,
    en: 'Event {id} ({type}) at position {position} has schema version {schema}; this version knows up to {known}.',
    zh: '位置 {position} 的事件 {id}（{type}）模式版本为 {schema}，当前版本最高支持 {known}。',
    cure: {
      en: 'It was written by a newer version: start that version.',
      zh: '该事件由更新的版本写入，请启动新版本。',
    },
  },
  'event.corrupt': {
    status: 500,
    passing: true,
    en: 'Event {id} ({type}) at position {position} cannot be read: {reason}.',
    zh: '位置 {position} 的事件 {id}（{type}）无法读取：{reason}。',
    cure: {
      en: 'The program never changes the log: compare it with a backup.',
      zh: '程序从不修改日志，请与备份比对。',
    },
  },
  'event.invalid': {
    status: 500,
    passing: true,
    en: 'An event {type} was decided with wrong data at {path}: {reason}.',
    zh: '事件 {type} 的数据在 {path} 处不合法：{reason}。',
    cure: {
      en: 'This is a defect in the program; nothing was written. Report it with this line.',
      zh: '这是程序缺陷，未写入任何数据，请附上此行信息报告。',
    },
  },
  'key.master_lost': {
    status: 500,
    passing: true,
    en: 'The master key {key} does not fit the data: personal fields cannot be opened.',
    zh: '主密钥 {key} 与数据不匹配，个人信息无法解密。',
    cure: {
      en: 'Restore the key file that was made with this data, or set LEDGERLINE_MASTER_KEY to it.',
      zh: '请恢复与该数据一同生成的密钥文件，或将 LEDGERLINE_MASTER_KEY 设为该密钥。',
    },
  },
  // requests
  'request.invalid': {
    status: 400,
    en: '{path}: {reason}.',
    zh: '{path}：{reason}。',
    cure: { en: 'See the description of the request at /api/docs.', zh: '请求说明见 /api/docs。' },
  },
  'request.not_found': {
    status: 404,
    en: 'There is no {what} {id}.',
    zh: '不存在 {what} {id}。',
    cure: { en: 'Check the id; it may belong to another tenant.', zh: '请核对编号，它可能属于其他企业。' },
  },
  'request.not_loopback': {
    status: 403,
    en: 'This server answers only on its own machine.',
    zh: '本服务只接受本机访问。',
    cure: {
      en: 'Open it on the machine itself, as http://127.0.0.1:{port}.',
      zh: '请在本机打开 http://127.0.0.1:{port}。',
    },
  },
  'command.reused': {
    status: 422,
    en: 'Command id {command} was already used for something else.',
    zh: '命令编号 {command} 已用于其他操作。',
    cure: { en: 'Give each command its own id.', zh: '请为每个命令使用不同的编号。' },
  },
} as const satisfies Record<string, Entry>

/** A concept's additions to the catalogue; collected in `core/problems.ts`. */
export type ProblemEntries = Record<string, Entry>

export const kernelProblems = catalogue

/** Values that fill the braces of a sentence. Never a personal value: problems are logged. */
export type ProblemDetails = Record<string, string | number | boolean | null>

/**
 * A typed error. `where` names the field, file or line that was wrong.
 *
 * A test rather than the type checks the code against the catalogue, so that each concept can keep its refusals beside
 * its decider.
 */
export class Problem extends Error {
  readonly code: string
  readonly details: ProblemDetails
  readonly where: string | null
  constructor(code: string, details: ProblemDetails = {}, options: { where?: string; cause?: unknown } = {}) {
    super(`${code} ${JSON.stringify(details)}`, { cause: options.cause })
    this.name = 'Problem'
    this.code = code
    this.details = details
    this.where = options.where ?? null
  }
}

/** Is this the problem with that code? */
export function isProblem(error: unknown, code?: string): error is Problem {
  return error instanceof Problem && (code === undefined || error.code === code)
}
