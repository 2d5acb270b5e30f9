/**
 * Sends commands one at a time and keeps what became of the last: the buttons of a panel share one. A command whose
 * answer was lost, or may be another at the next try, keeps its id, so that the same again is the same command.
 */
import { commandId, post, Refusal } from './requests.ts'

/** What became of a command; `what` is how the button named it. */
export type CommandOutcome = { what: string } & ({ ok: true } | { ok: false; refusal: Refusal })

export class CommandSender {
  /** How the button names what is under way; null when nothing is. */
  sending: string | null = $state(null)
  outcome: CommandOutcome | null = $state.raw(null)
  #lost: { id: string; of: string } | null = null
  /** Goes up when the answer of what is under way is of no interest any more. */
  #round = 0

  /**
   * Sends a command unless one is under way.
   * @param path after `/api/v1/commands/`
   * @param what how the button names it
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
      await post(`/api/v1/commands/${path}`, { commandId: id, ...body })
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

  /** Another subject: what was answered before is not about it. */
  forget(): void {
    this.#round++
    this.sending = null
    this.outcome = null
    this.#lost = null
  }
}
