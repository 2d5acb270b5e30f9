/** Browsers of users, for tests: each keeps its cookie, and answers tasks when it is asked to. */
import { hash } from 'node:crypto'
import * as assert from 'uvu/assert'
import { solves } from '@ledgerline/adapters/access/work.ts'
import type { Hashing } from '@ledgerline/adapters/access/hashing.ts'
import { ask, type Reply } from '../http/web.ts'

/** Hashes at no cost, and says how often it was asked. */
export class QuickPasswords implements Hashing {
  asked = 0
  /** Calls back before each answer: it may take long. */
  gate: () => Promise<void> = async () => {}
  async hash(password: string): Promise<string> {
    return hash('sha256', `quick ${password}`)
  }
  async verify(known: string | null, password: string): Promise<boolean> {
    this.asked++
    await this.gate()
    return (await this.hash(password)) === known
  }
}

/** A text that solves a task, as a browser would find it. */
export function solution(task: string, bits: number): string {
  for (let text = 0; ; text++) if (solves(task, String(text), bits)) return String(text)
}

export class Browser {
  readonly #web: { port: number }
  cookie: string | null = null
  constructor(web: { port: number }) {
    this.#web = web
  }

  get headers(): Record<string, string> {
    return this.cookie === null ? {} : { cookie: this.cookie }
  }

  async send(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<Reply> {
    const options = { headers: { ...this.headers, ...headers }, ...(body && { body }) }
    const reply = await ask(this.#web, method, `/api/v1/${path}`, options)
    const [set] = [reply.headers['set-cookie']].flat()
    if (set !== undefined) this.cookie = set.split(';')[0]!
    return reply
  }

  get(path: string): Promise<Reply> {
    return this.send('GET', path)
  }

  post(path: string, body: object): Promise<Reply> {
    return this.send('POST', path, body)
  }

  /** One try; with a solution if a task was given. */
  logIn(name: string, password: string, work: string | null = null): Promise<Reply> {
    return this.post('session/log-in', { name, password, work })
  }

  /** Logs in, working for it if it has to. */
  async enter(name: string, password: string): Promise<Reply> {
    let reply = await this.logIn(name, password)
    if (reply.json.code === 'access.work_needed') {
      const { task, bits } = reply.json.details as { task: string; bits: number }
      reply = await this.logIn(name, password, solution(task, bits))
    }
    return reply
  }
}

/** @throws if the answer is another than that problem */
export function refusedWith(code: string, reply: Reply): Reply {
  assert.is(reply.json.code, code, reply.text)
  return reply
}
