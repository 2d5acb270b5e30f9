/**
 * What a clock has to do, in order of time: a binary heap. Entries for the same moment come out in the order in which
 * they were added, so that a simulated day runs the same way every time.
 */

/** Something to be done at a moment. A cancelled entry stays in the heap until its time comes up. */
interface Entry {
  at: number
  order: number
  wake: (() => void) | null
}

export class Agenda {
  readonly #heap: Entry[] = []
  #order = 0
  #cancelled = 0

  /** Puts something on the agenda. Returns a function that removes it. */
  add(at: number, wake: () => void): () => void {
    const entry: Entry = { at, order: this.#order++, wake }
    this.#heap.push(entry)
    this.#rise(this.#heap.length - 1)
    return () => {
      if (entry.wake === null) return
      entry.wake = null
      this.#cancelled++
      // Most deadlines are cancelled rather than met: without this the heap would be mostly dead entries.
      if (this.#cancelled > 1000 && this.#cancelled * 2 > this.#heap.length) this.#sweep()
    }
  }

  /** When the next thing is due, null when nothing is. */
  next(): number | null {
    for (;;) {
      const first = this.#heap[0]
      if (first === undefined) return null
      if (first.wake !== null) return first.at
      this.#pop()
      this.#cancelled--
    }
  }

  /** Takes the first entry off, if it is due by `at`. */
  take(at: number): (() => void) | null {
    const next = this.next()
    if (next === null || next > at) return null
    const entry = this.#pop()
    const wake = entry.wake!
    entry.wake = null
    return wake
  }

  /** How many things are still to be done. */
  get size(): number {
    return this.#heap.length - this.#cancelled
  }

  clear(): void {
    for (const entry of this.#heap) entry.wake = null
    this.#heap.length = 0
    this.#cancelled = 0
  }

  #sweep(): void {
    const live = this.#heap.filter((entry) => entry.wake !== null).sort(before)
    this.#heap.length = 0
    // A sorted array is a heap.
    for (const entry of live) this.#heap.push(entry)
    this.#cancelled = 0
  }

  #rise(index: number): void {
    const heap = this.#heap
    const entry = heap[index]!
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (before(heap[parent]!, entry) <= 0) break
      heap[index] = heap[parent]!
      index = parent
    }
    heap[index] = entry
  }

  #pop(): Entry {
    const heap = this.#heap
    const first = heap[0]!
    const last = heap.pop()!
    if (heap.length === 0) return first
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!) < 0) child++
      if (before(last, heap[child]!) <= 0) break
      heap[index] = heap[child]!
      index = child
    }
    heap[index] = last
    return first
  }
}

function before(a: Entry, b: Entry): number {
  return a.at - b.at || a.order - b.order
}
