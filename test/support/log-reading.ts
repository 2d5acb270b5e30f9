/** Reads a log for tests: all of it, its growing tail, and what it refuses. */
import * as assert from 'uvu/assert'
import type { Position } from '@ledgerline/core/kernel/event.ts'
import type { EventLog, LogEvent, ReadOptions } from '@ledgerline/core/kernel/log.ts'
import { isProblem, type Problem } from '@ledgerline/core/kernel/problem.ts'

export async function everything(
  log: EventLog,
  after: Position | null = null,
  options: ReadOptions = {},
): Promise<LogEvent[]> {
  const all: LogEvent[] = []
  for await (const page of log.readAll(after, options)) all.push(...page.events)
  return all
}

/** The problem that a promise is rejected with. */
export async function refused(promise: Promise<unknown>): Promise<Problem> {
  try {
    await promise
  } catch (error) {
    if (isProblem(error)) return error
    throw error
  }
  throw new Error('was not refused')
}

/** A subscription that keeps what it received and lets tests wait for a state. */
export function follow(log: EventLog, after: Position | null = null, options: ReadOptions = {}) {
  const abort = new AbortController()
  const waiting = new Set<() => void>()
  const tail = {
    events: [] as LogEvent[],
    position: after,
    headReached: false,
    ended: Promise.resolve(),
    /** Resolves when `state` holds; checked after every page. */
    async until(state: () => boolean): Promise<void> {
      while (!state())
        await Promise.race([
          new Promise<void>((resolve) => waiting.add(resolve)),
          tail.ended.then(() => assert.unreachable('the subscription ended')),
        ])
    },
    async stop(): Promise<void> {
      abort.abort()
      await tail.ended
    },
  }
  tail.ended = (async () => {
    for await (const page of log.subscribe(after, { ...options, signal: abort.signal })) {
      assert.ok(page.events.length <= (options.pageSize ?? Number.POSITIVE_INFINITY))
      tail.events.push(...page.events)
      tail.position = page.position
      tail.headReached ||= page.atHead && page.events.length === 0
      for (const wake of waiting) wake()
      waiting.clear()
    }
  })()
  tail.ended.catch(() => {})
  return tail
}
