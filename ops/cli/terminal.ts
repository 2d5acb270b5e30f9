/**
 * The person (or program) in front of the command: what they read, in their language. Results go to standard output,
 * everything about them to standard error, so that a result can be piped on.
 */
import type { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Language, Words } from '@ledgerline/core/kernel/words.ts'
import { visible } from '@ledgerline/core/kernel/visible.ts'
import { describe } from '@ledgerline/core/problems.ts'
import type { InstallationNotes } from '../installation/installation.ts'
import type { EngineNotes } from '../installation/catch-up.ts'
import { problems } from '../problems.ts'
import { width } from './table.ts'

/** Shows progress. */
export interface Progress {
  /** Sets what is done; `total` null if it is unknown. Cheap to call often. */
  at(done: number, total: number | null, note?: string): void
  /** Removes the bar. */
  end(): void
}

const REDRAW_MS = 100
/** If nobody watches (a log file), a line this often is enough. */
const LINE_MS = 5_000
const BAR = 30

/** What a terminal writes to: a stream of the process, or a test's. */
export interface Sheet {
  write(text: string): boolean
  once(event: 'drain', listener: () => void): unknown
  isTTY?: boolean
  columns?: number
}

export class Terminal implements InstallationNotes, EngineNotes {
  readonly language: Language
  readonly env: NodeJS.ProcessEnv
  /** The exit code if nothing is thrown; a command that answers "no" sets it. */
  exitCode = 0
  /**
   * The process continues even when nobody can be told anything any longer: true for a house, not for the answer to a
   * query.
   */
  goesOn = false
  readonly #out: Sheet
  readonly #err: Sheet

  constructor({ language, env, out, err }: { language: Language; env: NodeJS.ProcessEnv; out: Sheet; err: Sheet }) {
    this.language = language
    this.env = env
    this.#out = out
    this.#err = err
  }

  /** The text in the reader's language. */
  readonly words = (words: Words): string => words[this.language]

  /** A number with separators, as in the reader's language. */
  number(value: number): string {
    return value.toLocaleString(this.language === 'zh' ? 'zh-CN' : 'en-GB')
  }

  /** A line of the result. Resolves when more may be written: callers that stream wait for it. */
  async line(text: string): Promise<void> {
    await this.write(`${text}\n`)
  }

  async write(text: string): Promise<void> {
    if (!this.#out.write(text) && !this.goesOn) await new Promise<void>((resolve) => this.#out.once('drain', resolve))
  }

  /** A value as readable JSON, on standard output. */
  async json(value: unknown): Promise<void> {
    await this.line(JSON.stringify(value, null, 2))
  }

  /** A line about the result. */
  note(words: Words): void {
    this.#err.write(visible(`${this.words(words)}\n`))
  }

  /** What went wrong, already in the reader's language. */
  complain(line: string): void {
    this.#err.write(visible(`${line}\n`))
  }

  waitingForOthers(): void {
    this.note({
      en: 'Done; waiting for other commands that use the same database …',
      zh: '已完成，正在等待使用同一数据库的其他命令 …',
    })
  }

  waitingFor(problem: Problem, forMs: number): void {
    const seconds = this.number(forMs / 1000)
    this.note({
      en: `Not ready yet; waiting for it, ${seconds} s at most. ${describe(problem, 'en', problems)}`,
      zh: `尚未就绪，最多等待 ${seconds} 秒。${describe(problem, 'zh', problems)}`,
    })
  }

  keyWasExposed(file: string): void {
    this.note({
      en: `${file} could be read by other users of this machine; now only by its owner.`,
      zh: `${file} 此前可被本机其他用户读取，现已改为仅所有者可读。`,
    })
  }

  trouble(problem: Problem): void {
    this.complain(describe(problem, this.language, problems))
  }

  back(awayMs: number): void {
    const seconds = (awayMs / 1000).toFixed(1)
    this.note({
      en: `The event log is answering again. It was away for ${seconds} s; everything continues where it was.`,
      zh: `事件日志已恢复响应，中断 ${seconds} 秒，一切从中断处继续。`,
    })
  }

  redisBack(awayMs: number): void {
    const seconds = (awayMs / 1000).toFixed(1)
    this.note({
      en: `Redis is answering again. It was away for ${seconds} s; boards of other processes are pushed again.`,
      zh: `Redis 已恢复响应，中断 ${seconds} 秒，其他进程的看板恢复实时推送。`,
    })
  }

  journalBack(gone: number): void {
    this.note({
      en: `The journal is being written again; ${this.number(gone)} entries are missing in it.`,
      zh: `运行日志已恢复写入，缺失 ${this.number(gone)} 条。`,
    })
  }

  diskHasRoom(free: number): void {
    this.note({
      en: `The disk of the data directory has room again: ${this.number(free)} MiB. Everything resumes by itself.`,
      zh: `数据目录所在磁盘已有空间：${this.number(free)} MiB，一切自动恢复。`,
    })
  }

  parked({ model, tenant, key, event, reason }: Parameters<EngineNotes['parked']>[0]): void {
    this.note({
      en: `${model} ${tenant} ${key} is set aside at ${event.type} (position ${event.position}): ${reason}`,
      zh: `${model} ${tenant} ${key} 搁置于 ${event.type}（位置 ${event.position}）：${reason}`,
    })
  }

  /** A bar if somebody watches, otherwise a line every five seconds. */
  progress(label: string): Progress {
    const drawn = Boolean(this.#err.isTTY)
    const started = performance.now()
    let last = drawn ? -Infinity : started
    let there = false
    return {
      at: (done, total, note = '') => {
        const now = performance.now()
        const complete = total !== null && done >= total
        if (now - last < (drawn ? REDRAW_MS : LINE_MS) && !(drawn && complete)) return
        last = now
        const text = visible(`${label} ${this.#measure(done, total, drawn)}${note === '' ? '' : `  ${note}`}`)
        if (drawn) this.#err.write(`\r\u001b[K${fit(text, (this.#err.columns ?? 80) - 1)}`)
        else this.#err.write(`${text}\n`)
        there = drawn
      },
      end: () => {
        if (there) this.#err.write('\r\u001b[K')
      },
    }
  }

  #measure(done: number, total: number | null, bar: boolean): string {
    if (total === null || total === 0) return this.number(done)
    const part = Math.min(1, done / total)
    const percent = `${Math.floor(part * 100)} %`.padStart(5)
    if (!bar) return percent
    const full = Math.round(part * BAR)
    return `${'█'.repeat(full)}${'░'.repeat(BAR - full)} ${percent}`
  }
}

function fit(text: string, places: number): string {
  if (width(text) <= places) return text
  let short = ''
  for (const character of text) {
    if (width(short) + width(character) > places - 1) break
    short += character
  }
  return `${short}…`
}
