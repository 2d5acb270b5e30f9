/** A list as a file: every row that matches, under the columns on screen, masked as on screen. */
import { Refusal, save } from '../http/requests.ts'
import { csvText } from '../parts/csv.ts'
import type { ListColumn } from './list-columns.ts'
import type { PagedList } from './paged-list.svelte.ts'

export class ListFile<Row, Beside> {
  making = $state(false)
  refusal: Refusal | null = $state.raw(null)
  #stop = new AbortController()

  /** @param name of the file, without its extension */
  async save(list: PagedList<Row, Beside>, columns: readonly ListColumn<Row, Beside>[], name: string): Promise<void> {
    if (this.making) return
    this.making = true
    this.refusal = null
    this.#stop = new AbortController()
    try {
      const lines = [columns.map(({ label }) => label)]
      for await (const { rows, beside } of list.all(this.#stop.signal))
        for (const row of rows) lines.push(columns.map(({ text }) => text?.(row, beside) ?? ''))
      save(new Blob([csvText(lines)], { type: 'text/csv' }), `${name}.csv`)
    } catch (error) {
      if (this.#stop.signal.aborted) return
      if (!(error instanceof Refusal)) throw error
      this.refusal = error
    } finally {
      this.making = false
    }
  }

  /** The page is left. */
  stop(): void {
    this.#stop.abort()
  }
}
