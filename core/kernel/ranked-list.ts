/**
 * A list kept in order by binary insertion, so that the next one is always at its head: callers in a queue, deadlines.
 */

/** Something with a place in a list: lower rank first, ties by id, so that the same input gives the same choice. */
export interface Placed {
  id: string
  rank: number
}

export class RankedList {
  readonly #places: Placed[] = []
  readonly #ranks = new Map<string, number>()

  get size(): number {
    return this.#places.length
  }

  /** The first; undefined when there is none. */
  head(): Placed | undefined {
    return this.#places[0]
  }

  has(id: string): boolean {
    return this.#ranks.has(id)
  }

  /** The rank of an entry; undefined when it is not in the list. */
  rankOf(id: string): number | undefined {
    return this.#ranks.get(id)
  }

  /** Puts an entry in its place, or moves it there. */
  put(id: string, rank: number): void {
    const before = this.#ranks.get(id)
    if (before === rank) return
    if (before !== undefined) this.remove(id)
    this.#places.splice(this.#find(rank, id), 0, { id, rank })
    this.#ranks.set(id, rank)
  }

  remove(id: string): void {
    const rank = this.#ranks.get(id)
    if (rank === undefined) return
    this.#places.splice(this.#find(rank, id), 1)
    this.#ranks.delete(id)
  }

  clear(): void {
    this.#places.length = 0
    this.#ranks.clear()
  }

  /** How many entries come before this one; -1: it is not in the list. */
  ahead(id: string): number {
    const rank = this.#ranks.get(id)
    return rank === undefined ? -1 : this.#find(rank, id)
  }

  /** In order of rank. */
  [Symbol.iterator](): Iterator<Placed> {
    return this.#places[Symbol.iterator]()
  }

  #find(rank: number, id: string): number {
    let low = 0
    let high = this.#places.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const place = this.#places[middle]!
      if (place.rank < rank || (place.rank === rank && place.id < id)) low = middle + 1
      else high = middle
    }
    return low
  }
}
