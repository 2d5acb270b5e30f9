/** Commands that were carried out: a repeated one is done once and gets the same answer. */
import type { Problem } from '@ledgerline/core/kernel/problem.ts'

/** At least this many are remembered, at most twice as many. */
const REMEMBERED = 10_000

export class DoneOnce {
  /** Its problem, or that it was done. The older half is forgotten as a whole. */
  #recent = new Map<string, Problem | 'done'>()
  #before = new Map<string, Problem | 'done'>()

  /** Was it done before? @throws Problem its lasting refusal */
  wasDone(tenant: string, commandId: string): boolean {
    const key = `${tenant}/${commandId}`
    const before = this.#recent.get(key) ?? this.#before.get(key)
    if (before === undefined || before === 'done') return before === 'done'
    throw before
  }

  remember(tenant: string, commandId: string, outcome: Problem | 'done'): void {
    this.#recent.set(`${tenant}/${commandId}`, outcome)
    if (this.#recent.size < REMEMBERED) return
    this.#before = this.#recent
    this.#recent = new Map()
  }
}
