/**
 * Sends commands one at a time and keeps the outcome of the last one; the buttons of a panel share one sender. If the
 * answer was lost, or a retry may succeed, the id is kept, so that sending it again is the same command.
 */
import { commandId, post, Refusal } from './requests.ts'

/** The outcome of a command; `what` is the label of its button. */
export type CommandOutcome = { what: string } & ({ ok: true } | { ok: false; refusal: Refusal })

export class CommandSender {
  /** The label of the button whose command is being sent; null when none is. */
  sending: string | null = $state(null)
  outcome: CommandOutcome | null = $state.raw(null)
  #lost: { id: string; of: string } | null = null
  /** Incremented when the pending answer no longer matters. */
  #round = 0

  /** What the server answered to the last command that was done. */
  answer: unknown = null

  /**
   * Sends a command unless one is under way.
   * @param path after `/api/v1/commands/`, or whole
   * @param what the label of the button
   * @returns whether it was done
   */
  async send(path: string, body: object, what: string): Promise<boolean> {
    if (this.sending !== null) return false
    const round = this.#round
    this.sending = what
    this.outcome = null
    const of = JSON.stringify([path, body])
    const id = this.#lost?.of === of ? this.#lost.id : commandId()
    try {
      const answer = await post<unknown>(path.startsWith('/') ? path : `/api/v1/commands/${path}`, {
        commandId: id,
        ...body,
      })
      this.answer = answer
      this.#lost = null
      if (round === this.#round) this.outcome = { what, ok: true }
      return true
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      this.#lost = error.passing ? { id, of } : null
      if (round === this.#round) this.outcome = { what, ok: false, refusal: error }
      return false
    } finally {
      if (round === this.#round) this.sending = null
    }
  }

  /** The subject changed: earlier answers are not about the new one. */
  forget(): void {
    this.#round++
    this.sending = null
    this.outcome = null
    this.#lost = null
  }
}
