/**
 * Support for the fault tests: stand-ins, and logs on them, that are closed after each test, and helpers to query them.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEventStoreLog, type EventStoreLogOptions } from '@ledgerline/adapters/log/eventstoredb/log.ts'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import type { EventLog, StoredEvent } from '@ledgerline/core/kernel/log.ts'
import { isProblem, type Problem } from '@ledgerline/core/kernel/problem.ts'
import * as reading from '../support/log-reading.ts'
import { selfSigned } from './certificate.ts'
import { StandIn, type StandInOptions } from './standin.ts'

/** What a test opened. */
export const opened: (() => unknown)[] = []

/** Closes it, in reverse order. */
export async function closeOpened(): Promise<void> {
  for (const close of opened.splice(0).reverse()) await close()
}

/** Reported problems, and a way to wait for a number of them. */
class Troubles {
  readonly told: Problem[] = []
  readonly #waiting = new Set<() => void>()

  tell(problem: Problem): void {
    this.told.push(problem)
    for (const look of [...this.#waiting]) look()
  }

  has(many: number): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.told.length < many) return
        this.#waiting.delete(look)
        resolve()
      }
      this.#waiting.add(look)
      look()
    })
  }
}

export async function serve(options: StandInOptions = {}, settings: Partial<EventStoreLogOptions> = {}) {
  const server = await StandIn.start(options)
  opened.push(() => server.close())
  const troubles = new Troubles()
  const log = await openEventStoreLog({
    url: server.url(),
    onTrouble: (problem) => troubles.tell(problem),
    ...settings,
  })
  opened.push(() => log.close())
  return { server, log, troubles }
}

/** A server that uses TLS and admits one user. */
export async function secured() {
  const tls = selfSigned()
  const directory = mkdtempSync(join(tmpdir(), 'ledgerline-tls-'))
  opened.push(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'ca.pem')
  writeFileSync(file, tls.certificate)
  const server = await StandIn.start({ tls, user: { name: 'admin', password: 'right' } })
  opened.push(() => server.close())
  return { server, url: (user?: string) => server.url({ tlsCAFile: file, ...(user ? { user } : {}) }) }
}

export async function startCluster(nodes: number): Promise<StandIn[]> {
  const started = await StandIn.startCluster(nodes)
  opened.push(...started.map((node) => () => node.close()))
  return started
}

/** A subscription that is ended after the test. */
export function follow(log: EventLog, after: Position | null = null, pageSize = 100) {
  const tail = reading.follow(log, after, { pageSize })
  opened.push(() => tail.stop().catch(() => {}))
  return tail
}

/** Repeats what fails because the log cannot be reached, as a client would. */
export async function persist<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask()
    } catch (error) {
      if (!isProblem(error, 'log.unavailable') || attempt === 500) throw error
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

/** The ids of our events in the server's log, in order. */
export function ours(server: StandIn): string[] {
  return server.ledger.records
    .filter(({ stream, type }) => !stream.startsWith('$') && !type.startsWith('$'))
    .map(({ id }) => id)
}

export const times = <T>(n: number, make: (index: number) => T): T[] =>
  Array.from({ length: n }, (_, index) => make(index))
export const events = (n: number): StoredEvent[] =>
  times(n, (index) => ({ id: randomUUID(), type: 'Happened', data: `{"n":${index}}`, metadata: '{"t":"t"}' }))
export const ids = (all: readonly { id: string }[]): string[] => all.map(({ id }) => id)
