/**
 * A command is answered once: what was answered (refusals too) is kept for 24 hours under its id, so that the same
 * again changes nothing and is answered as before, and a repetition that arrives while the first is still under
 * way waits for its answer. Single decisions are kept so by the kernel (`command.ts`); whole commands, which may
 * take several decisions, look at the present first, or reach into the network, by whoever takes them from outside.
 *
 * What may be gone at the next try is no answer to keep: the log does not answer, another owner has taken over. Which
 * problems are such is said by their entry in the catalogue (`passing`), and nowhere else.
 */
import { hash } from 'node:crypto'
import type { Position } from './event.ts'
import { kernelProblems, Problem, type ProblemEntries } from './problem.ts'

/** What a command led to. */
export interface Answer {
  /** Revision of the stream afterwards, -1 when there is none. */
  revision: number
  /** Position of the last event, null when nothing was appended: read tables no older than this. */
  position: Position | null
  /** Types of the events appended. */
  events: string[]
}

/** Answers given, kept for 24 hours. The adapter stores them where they survive a restart. */
export interface AnswerBook {
  find(tenant: string, commandId: string): Promise<KeptAnswer | null>
  keep(tenant: string, commandId: string, kept: KeptAnswer): Promise<void>
}

export interface KeptAnswer {
  /** What was asked (a digest): tells a repetition from a reuse. */
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
   * @param entries everything that may be refused: says which refusals are kept
   * @param prefix tells the ids of one keeper from those of another in the same book
   */
  constructor(answers: AnswerBook, entries: ProblemEntries = kernelProblems, prefix = '') {
    this.#answers = answers
    this.#entries = entries
    this.#prefix = prefix
  }

  /**
   * Carries the command out, or answers as the first time.
   * @param content what was asked: tells a repetition from a reuse of the id
   * @throws Problem the refusal, now as then; `command.reused`
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

/** May the same be answered otherwise at the next try, though nobody changes what is asked? */
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
