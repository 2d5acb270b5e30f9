/** A scrolling list of rows of one height, of which only those in sight are drawn. See `row-window.ts`. */
import { scrollFor, spanOf, type Span } from './row-window.ts'

export class RowWindow {
  #top = $state(0)
  #height = $state(0)
  #width = $state(0)
  #element: HTMLElement | null = null
  readonly #items: () => number
  readonly #columnsIn: (width: number) => number
  readonly #rowHeight: number

  /** @param columnsIn how many items fit side by side into this many px */
  constructor(items: () => number, columnsIn: (width: number) => number, rowHeight: number) {
    this.#items = items
    this.#columnsIn = columnsIn
    this.#rowHeight = rowHeight
  }

  columns = $derived.by(() => Math.max(1, this.#columnsIn(this.#width)))
  span: Span = $derived.by(() =>
    spanOf(this.#items(), this.columns, this.#rowHeight, { top: this.#top, height: this.#height }),
  )

  /** Attach it to the element that scrolls. */
  watch = (element: HTMLElement): (() => void) => {
    this.#element = element
    const scrolled = () => (this.#top = element.scrollTop)
    const sized = new ResizeObserver(() => {
      this.#height = element.clientHeight
      this.#width = element.clientWidth
    })
    element.addEventListener('scroll', scrolled, { passive: true })
    sized.observe(element)
    return () => {
      element.removeEventListener('scroll', scrolled)
      sized.disconnect()
    }
  }

  /** Brings an item into sight. */
  show(item: number): void {
    const to = scrollFor(Math.floor(item / this.columns), this.#rowHeight, { top: this.#top, height: this.#height })
    if (to === null || !this.#element) return
    this.#element.scrollTop = to
    this.#top = to
  }
}
