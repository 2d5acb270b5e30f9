/** Something that is held back until a test lets it go; a test can wait until so many have come to it. */
export class Hold {
  #closed = false
  #come = 0
  #released: Promise<void> = Promise.resolve()
  #release: () => void = () => {}
  readonly #watching = new Set<() => void>()

  /** From now on whatever comes waits. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#come = 0
    this.#released = new Promise((resolve) => (this.#release = resolve))
  }

  /** Lets go what waits, and whatever comes. */
  open(): void {
    this.#closed = false
    this.#release()
  }

  get isClosed(): boolean {
    return this.#closed
  }

  /** Comes to it: resolves at once, or when it is let go. */
  pass(): Promise<void> {
    this.#come++
    for (const look of [...this.#watching]) look()
    return this.#released
  }

  /** Resolves when so many have come since it was closed. */
  has(come: number): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.#come < come) return
        this.#watching.delete(look)
        resolve()
      }
      this.#watching.add(look)
      look()
    })
  }
}
