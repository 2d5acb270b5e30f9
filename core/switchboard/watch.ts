/**
 * The switchboard watches itself. Once a second its lists are compared with what follows from state and time
 * (`strays.ts`). Anyone found in the wrong place twice in a row, with nothing new in between, is corrected at once, and
 * the ledger records it, so that supervisors see it and explanations can mention it. The watch also finds queues that
 * starve: their callers wait while the agents who serve them are given callers of higher queues who came later.
 *
 * Each round looks at every agent and every caller once.
 */
import { idOf } from '../kernel/event.ts'
import type { Clock, NewId } from '../kernel/clock.ts'
import { isProblem } from '../kernel/problem.ts'
import { findingId, type Find } from '../findings/findings.ts'
import type { Executor, ProcessLog } from './executor.ts'
import { mend, strays, type Stray } from './strays.ts'
import type { SwitchboardState } from '../state/switchboard-state.ts'

export const WATCH_EVERY_MS = 1_000
/** How many strays an event names. */
const MOST_NAMED = 100
/** How many findings are kept while the log is away. */
const MOST_OWED = 20
/** A queue starves when this many later callers were taken before its first in line since it was last served … */
export const STARVING_PASSED = 5
/** … and that caller has waited at least this long, and twice the queue's target. */
export const STARVING_WAIT_MS = 60_000

export interface WatchDependencies {
  switchboard: SwitchboardState
  executor: Executor
  notes: ProcessLog
  clock: Clock
  newId: NewId
  epoch: () => number
  /** Is a reservation for them being written? Until it is, however long the log takes, holding them back is right. */
  underWay: (id: string) => boolean
}

/** Does a queue starve, given how many were taken before its first in line, and how long that one has waited? */
export function starves(passed: number, waitedMs: number, targetMs: number): boolean {
  return passed >= STARVING_PASSED && waitedMs >= Math.max(STARVING_WAIT_MS, 2 * targetMs)
}

export class Watch {
  readonly #dependencies: WatchDependencies
  /** What the last round found, and when each was found first. */
  #seen = new Map<string, number>()
  /** What was recorded and came back after being corrected: it is recorded once. */
  #told = new Set<string>()
  /** Queues for which a finding is being written. */
  readonly #writing = new Set<string>()
  /** What was corrected while the log was away, to be recorded as soon as it is back. */
  #owed: { finding: Find; id: string }[] = []

  constructor(dependencies: WatchDependencies) {
    this.#dependencies = dependencies
  }

  /** Forgets what was found before: those lists belonged to another owner. */
  begin(): void {
    this.#seen.clear()
    this.#told.clear()
    this.#owed = []
  }

  /** One round. True when something was corrected. */
  look(now: number): boolean {
    this.#lookForStarving(now)
    for (const { finding, id } of this.#owed.splice(0)) this.#write(finding, id)
    const { switchboard, notes, epoch, underWay } = this.#dependencies
    const seen = new Map<string, number>()
    const told = new Set<string>()
    const found: Stray[] = []
    for (const stray of strays(switchboard, now)) {
      if (stray.kind === 'held_back' && underWay((stray.agentId ?? stray.callId)!)) continue
      const key = `${stray.kind} ${stray.agentId ?? stray.callId} ${stray.queueCode} ${stray.revision}`
      const first = this.#seen.get(key)
      seen.set(key, first ?? now)
      if (first === undefined || now - first < WATCH_EVERY_MS) continue
      mend(switchboard, stray, now)
      if (!this.#told.has(key)) found.push({ ...stray, since: stray.since || first })
      told.add(key)
    }
    this.#seen = seen
    this.#told = told
    if (found.length === 0) return told.size > 0
    notes.warn('the lists of the switchboard were wrong and have been corrected', {
      found: found.length,
      first: found[0]!.kind,
      queue: found[0]!.queueCode,
    })
    const named = found.slice(0, MOST_NAMED).map(({ revision: _, ...stray }) => stray)
    this.#write(
      { do: 'lists_mended', epoch: epoch(), found: named, more: found.length - named.length },
      findingId(this.#newId(now)),
    )
    return true
  }

  #lookForStarving(now: number): void {
    const { switchboard } = this.#dependencies
    const { queues } = switchboard.configuration.state
    for (const [queueCode, { stream, callId }] of switchboard.starving) {
      const call = switchboard.call(callId)
      const waits =
        call?.status === 'live' && call.queue?.queueCode === queueCode && Object.keys(call.offers).length === 0
      if (!waits) this.#write({ do: 'starving_ended' }, idOf(stream), queueCode)
    }
    for (const queueCode of Object.keys(queues)) {
      const first = switchboard.matching.passedOver(queueCode)
      if (!first || switchboard.starving.has(queueCode)) continue
      const joinedAt = switchboard.call(first.callId)?.queue?.joinedAt ?? now
      if (!starves(first.passed, now - joinedAt, queues[queueCode]!.targetMs)) continue
      this.#write(
        { do: 'queue_starves', queueCode, callId: first.callId, since: joinedAt, passed: first.passed, by: first.by },
        findingId(this.#newId(now)),
        queueCode,
      )
    }
  }

  #newId(now: number): string {
    return this.#dependencies.newId(now)
  }

  /** The operator is told of what cannot be written; it is written in a later round. A queue that starves is found again anyway. */
  #write(finding: Find, id: string, once: string | null = null): void {
    const { executor, notes } = this.#dependencies
    if (once !== null && this.#writing.has(once)) return
    if (once !== null) this.#writing.add(once)
    const written = executor
      .find(id, finding, executor.envelope(`${id}:${finding.do}`, null))
      .catch((error: unknown) => {
        if (!isProblem(error)) throw error
        notes.warn('a finding could not be written yet', { finding: finding.do, code: error.code })
        if (finding.do === 'lists_mended' && this.#owed.length < MOST_OWED) this.#owed.push({ finding, id })
      })
      .finally(() => once !== null && this.#writing.delete(once))
    executor.track(written)
  }
}
