/**
 * A command is answered once. The answer (refusals too) is kept for 24 hours under the command's id: repeating the
 * command changes nothing and returns the same answer, and a repetition that arrives while the first is in progress
 * waits for its answer. The kernel (`command.ts`) does this for single decisions. A whole command may take
 * several decisions, read the present state first or reach into the network; there the side that accepts it does this.
 *
 * An outcome that may be different at the next try is not kept: the log does not answer, another owner has taken over.
 * Only the catalogue entry of a problem (`passing`) says which problems those are.
 */
import { hash } from 'node:crypto'
import type { Position } from './event.ts'
import { kernelProblems, Problem, type ProblemEntries } from './problem.ts'

/** The result of a command. */
export interface Answer {
  /** Revision of the stream afterwards, -1 when there is none. */
  revision: number
  /** Position of the last event, null when nothing was appended: tables read next must be at least this recent. */
  position: Position | null
  /** Types of the events appended. */
  events: string[]
}

/** Answers given, kept for 24 hours. The adapter stores them so that they survive a restart. */
export interface AnswerBook {
  find(tenant: string, commandId: string): Promise<KeptAnswer | null>
  keep(tenant: string, commandId: string, kept: KeptAnswer): Promise<void>
}

export interface KeptAnswer {
  /** A digest of what was asked: distinguishes a repetition from a reuse of the id. */
  digest: string
  answer: Answer | null
  refusal: { code: string; details: Problem['details']; where: string | null } | null
}

export class AnsweredOnce {
  readonly #answers: AnswerBook
  readonly #entries: ProblemEntries
  readonly #prefix: string
  readonly #underWay = new Map<string, { digest: string; answer: Promise<Answer> }>()

  /**
   * @param entries every possible refusal; says which refusals are kept
   * @param prefix separates the ids of several keepers that share one book
   */
  constructor(answers: AnswerBook, entries: ProblemEntries = kernelProblems, prefix = '') {
    this.#answers = answers
    this.#entries = entries
    this.#prefix = prefix
  }

  /**
   * Carries the command out, or repeats the first answer.
   * @param content what was asked: distinguishes a repetition from a reuse of the id
   * @throws Problem the refusal, both times; `command.reused`
   */
  async answer(tenant: string, commandId: string, content: string, carryOut: () => Promise<Answer>): Promise<Answer> {
    const digest = hash('sha256', content, 'base64url')
    const id = `${tenant} ${commandId}`
    const running = this.#underWay.get(id)
    if (running) {
      if (running.digest !== digest) throw new Problem('command.reused', { command: commandId })
      return running.answer
    }
    const answer = this.#answer(tenant, commandId, digest, carryOut)
    this.#underWay.set(id, { digest, answer })
    try {
      return await answer
    } finally {
      this.#underWay.delete(id)
    }
  }

  async #answer(tenant: string, commandId: string, digest: string, carryOut: () => Promise<Answer>): Promise<Answer> {
    const id = `${this.#prefix}${commandId}`
    const kept = await this.#answers.find(tenant, id)
    if (kept) return replayed(kept, digest, commandId)
    try {
      const answer = await carryOut()
      await this.#answers.keep(tenant, id, { digest, answer, refusal: null })
      return answer
    } catch (error) {
      if (error instanceof Problem && !isPassing(error, this.#entries)) {
        await this.#answers.keep(tenant, id, {
          digest,
          answer: null,
          refusal: { code: error.code, details: error.details, where: error.where },
        })
      }
      throw error
    }
  }
}

/** May the same request be answered differently at the next try? */
export function isPassing({ code }: Problem, entries: ProblemEntries): boolean {
  return Object.hasOwn(entries, code) && entries[code]!.passing === true
}

function replayed(kept: KeptAnswer, digest: string, commandId: string): Answer {
  if (kept.digest !== digest) throw new Problem('command.reused', { command: commandId })
  if (kept.refusal)
    throw new Problem(
      kept.refusal.code,
      kept.refusal.details,
      kept.refusal.where === null ? {} : { where: kept.refusal.where },
    )
  return kept.answer!
}
