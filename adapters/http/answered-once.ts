/**
 * A command id is answered once. Commands may take several steps, look at the present first, or reach
 * into the network, so "the same again, the same answer" is kept here at the edge, for every command
 * alike: what was answered (refusals too) is kept for 24 hours, and a repetition that arrives while the
 * first is still under way waits for its answer.
 */
import { createHash } from 'node:crypto'
import type { Answer, AnswerBook, KeptAnswer } from '@ledgerline/core/kernel/command.ts'
import { Problem, type ProblemEntries } from '@ledgerline/core/kernel/problem.ts'
import { tell } from '@ledgerline/core/problems.ts'

export class AnsweredOnce {
  readonly #answers: AnswerBook
  readonly #entries: ProblemEntries
  readonly #underWay = new Map<string, { digest: string; answer: Promise<Answer> }>()

  constructor(answers: AnswerBook, entries: ProblemEntries) {
    this.#answers = answers
    this.#entries = entries
  }

  /**
   * Carries the command out, or answers as the first time.
   * @param content what was asked: tells a repetition from a reuse of the id
   * @throws Problem the refusal, now as then; `command.reused`
   */
  async answer(tenant: string, commandId: string, content: unknown, carryOut: () => Promise<Answer>): Promise<Answer> {
    const digest = createHash('sha256').update(JSON.stringify(content)).digest('base64url')
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
    // The kernel keeps answers of single decisions under the id itself.
    const edge = `edge:${commandId}`
    const kept = await this.#answers.find(tenant, edge)
    if (kept) return replayed(kept, digest, commandId)
    try {
      const answer = await carryOut()
      await this.#answers.keep(tenant, edge, { digest, answer, refusal: null })
      return answer
    } catch (error) {
      // What may be gone at the next try (the log does not answer …) is no answer to keep.
      if (error instanceof Problem && tell(error, 'en', this.#entries).status < 500) {
        await this.#answers.keep(tenant, edge, { digest, answer: null, refusal: { code: error.code, details: error.details, where: error.where } })
      }
      throw error
    }
  }
}

function replayed(kept: KeptAnswer, digest: string, commandId: string): Answer {
  if (kept.digest !== digest) throw new Problem('command.reused', { command: commandId })
  if (kept.refusal) throw new Problem(kept.refusal.code, kept.refusal.details, kept.refusal.where === null ? {} : { where: kept.refusal.where })
  return kept.answer!
}
