/** The last revisions seen of streams, to notice an event that was left out. Of the streams that moved last only. */
const MOST = 10_000

export class Revisions {
  readonly #last = new Map<string, number>()

  last(stream: string): number | undefined {
    return this.#last.get(stream)
  }

  /** Is this revision the next of its stream, as far as is known? Notes it if so. */
  follows(stream: string, revision: number): boolean {
    const last = this.#last.get(stream)
    if (last !== undefined && revision !== last + 1) return false
    this.note(stream, revision)
    return true
  }

  note(stream: string, revision: number): void {
    this.#last.delete(stream)
    this.#last.set(stream, revision)
    if (this.#last.size > MOST) this.#last.delete(this.#last.keys().next().value!)
  }
}
