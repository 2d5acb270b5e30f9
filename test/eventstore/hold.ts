/** A gate that holds things back until a test releases them; a test can wait until a number of them have arrived. */
export class Hold {
  #closed = false
  #come = 0
  #released: Promise<void> = Promise.resolve()
  #release: () => void = () => {}
  readonly #watching = new Set<() => void>()

  /** From now on everything that arrives waits. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#come = 0
    this.#released = new Promise((resolve) => (this.#release = resolve))
  }

  /** Releases everything that waits or arrives. */
  open(): void {
    this.#closed = false
    this.#release()
  }

  get isClosed(): boolean {
    return this.#closed
  }

  /** Arrives at the gate: resolves at once, or when released. */
  pass(): Promise<void> {
    this.#come++
    for (const look of [...this.#watching]) look()
    return this.#released
  }

  /** Resolves when this many have arrived since it was closed. */
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
