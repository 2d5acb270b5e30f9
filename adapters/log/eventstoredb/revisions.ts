/** The last revisions seen of streams, to notice a skipped event. Only for the streams that changed last. */
const MOST = 10_000

export class Revisions {
  readonly #last = new Map<string, number>()

  last(stream: string): number | undefined {
    return this.#last.get(stream)
  }

  /** Notes what was delivered. */
  note(seen: ReadonlyMap<string, number>): void {
    for (const [stream, revision] of seen) {
      this.#last.delete(stream)
      this.#last.set(stream, revision)
    }
    for (const stream of this.#last.keys()) {
      if (this.#last.size <= MOST) return
      this.#last.delete(stream)
    }
  }
}
