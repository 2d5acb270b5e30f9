/** A log that is held to the contract of every event log, and what the tests of that contract are written with. */
import { randomUUID } from 'node:crypto'
import type { EventLog, LogPage, StoredEvent } from '@ledgerline/core/kernel/log.ts'
import { isProblem, type Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Test } from 'uvu'
import * as assert from 'uvu/assert'

/** What can be done to a log, or its server, from outside; tests of what cannot be done are left out. */
export type Ability = 'another' | 'dropConnections' | 'hesitate' | 'stall' | 'setClock' | 'cut'

/** An empty log, and what a test can do to it from outside. */
export interface LogUnderTest {
  log: EventLog
  /** The same log as seen by another process. */
  another?(): Promise<EventLog>
  /** Cuts all connections to the server. */
  dropConnections?(): Promise<unknown>
  /** Another process appends, has its place, and does not finish until told to. */
  hesitate?(stream: string, events: readonly StoredEvent[]): Promise<{ finish(): Promise<void> }>
  /** Appends do not get through until they are released. */
  stall?(): Promise<{ release(): Promise<void> }>
  /** Someone removes the events of a stream before a revision. */
  cut?(stream: string, before: number): Promise<void>
  /** From now on the clock by which the log timestamps its events shows this, UTC ms. */
  setClock?(now: number): void
  /** Closes the log and deletes it. */
  remove(): Promise<void>
}

/** The suite of one adapter. */
export type LogTests = Test<{ under: LogUnderTest; log: EventLog }>
/** Whether the adapter has these abilities. */
export type Can = (...needed: Ability[]) => boolean

let made = 0

/** A new event. */
export function event(type = 'Happened'): StoredEvent {
  return { id: randomUUID(), type, data: `{"n":${made++}}`, metadata: '{"t":"t","a":"test","at":0}' }
}

/** A list of `n` things. */
export const times = <T>(n: number, make: (index: number) => T): T[] =>
  Array.from({ length: n }, (_, index) => make(index))
export const events = (n: number) => times(n, () => event())
export const ids = (all: readonly { id: string }[]) => all.map(({ id }) => id)

export async function collect(pages: AsyncIterable<LogPage>): Promise<LogPage[]> {
  const all = []
  for await (const page of pages) all.push(page)
  return all
}

/** What a promise is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    return error
  }
  return assert.unreachable('was not refused')
}

/** Demands that an append is refused as a conflict, and that the answer names the revision the stream really has. */
export async function conflict(promise: Promise<unknown>, actual: number): Promise<void> {
  const problem = (await rejection(promise)) as Problem
  assert.is(problem.code, 'log.conflict')
  assert.is(problem.details['actual'], actual)
}

/** Repeats what fails because the log cannot be reached, as a client would. */
export async function repeatedly<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask()
    } catch (error) {
      if (!isProblem(error, 'log.unavailable') || attempt === 20) throw error
    }
  }
}
