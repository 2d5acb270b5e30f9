/** The items of a section as its list has them, read page after page. */
import { NewestRequest } from '../http/newest-request.svelte.ts'
import { get } from '../http/requests.ts'
import type { DraftRow, DraftRows } from './draft.svelte.ts'

export class SectionRows extends NewestRequest {
  rows: readonly DraftRow[] | null = $state.raw(null)
  total = $state(0)
  next: number | null = $state(null)
  readonly #section: string
  #search = ''

  constructor(section: string) {
    super()
    this.#section = section
  }

  load(search: string): void {
    this.#search = search
    void this.send(
      (signal) => this.#read(0, Math.max(100, Math.min(200, this.rows?.length ?? 0)), signal),
      (page) => this.#take(page, []),
    )
  }

  more(): void {
    const from = this.next
    if (from === null) return
    const before = this.rows ?? []
    void this.send(
      (signal) => this.#read(from, 200, signal),
      (page) => this.#take(page, before),
    )
  }

  #read(from: number, limit: number, signal: AbortSignal): Promise<DraftRows> {
    return get<DraftRows>(`/api/v1/draft/items/${this.#section}`, { search: this.#search, from, limit }, signal)
  }

  #take({ rows, total, next }: DraftRows, before: readonly DraftRow[]): void {
    this.rows = [...before, ...rows]
    this.total = total
    this.next = next
  }
}
