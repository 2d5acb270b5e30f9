/**
 * A list on screen that is read a page at a time: its filters and its place, both in the address; the rows of the page;
 * and what became of the last request. Rows do not move while they are being read: newer ones appear on a refresh. Create it
 * while a component is being set up.
 */
import { untrack } from 'svelte'
import type { PageCount } from '@ledgerline/adapters/queries/answers.ts'
import type { FilterFault } from '../http/filter-faults.ts'
import { NewestRequest } from '../http/newest-request.svelte.ts'
import { get, search as searched } from '../http/requests.ts'
import { toLocalInput } from '../language/format.ts'
import { board } from '../live/live-board.svelte.ts'
import { address, fromAddress, toAddress } from '../parts/address.ts'
import {
  askedOf,
  cleared,
  filterFrom,
  isFiltered,
  listFaults,
  type ListFilter,
  type ListOf,
  type NumberSought,
} from './list-query.ts'
import { spanOf, type Range } from './time-range.ts'

interface Answer<Row> {
  rows: readonly Row[]
  next: string | null
  count: PageCount | null
  asOf: { behind: boolean }
}

/** How soon a page is read again whose table lacked what was written here. */
const BEHIND_MS = 1_000

/** As many rows a file has at most: as many as are counted. */
const MOST_EXPORTED = 10_000
/** The most that the server gives at once. */
const MOST_OF_PAGE = 200

/** The order before anybody chose one. */
const firstSort = ({ sort, time }: ListOf): string => sort ?? `-${time}`

/** What a list needs besides its declaration. */
export interface ListNeeds<Row, Beside> {
  /** Reads what is shown beside the rows, with every page. */
  beside?: (rows: readonly Row[], signal: AbortSignal) => Promise<Beside>
  /** The page is read again whenever this changes. */
  follows?: () => unknown
  /** Nothing is read while this is false. */
  possible?: () => boolean
  /** What else may be wrong in the address. */
  faults?: () => FilterFault[]
}

export class PagedList<Row, Beside = null> extends NewestRequest {
  readonly #of: () => ListOf
  readonly #needs: ListNeeds<Row, Beside>
  rows = $state.raw<readonly Row[]>([])
  /** What was read beside these rows; null before the first page. */
  beside = $state.raw<Beside | null>(null)
  count = $state.raw<PageCount | null>(null)
  /** The filters of the rows on screen, which stay while others are loading. */
  shown = $state.raw<{ filter: ListFilter; number: NumberSought } | null>(null)
  /** Other rows than those on screen are on their way, rather than the same ones again. */
  changing = $state(false)
  #onScreen = ''
  /** A page was read at least once. */
  read = $state(false)
  /** The rows may lack what was just written here; they are read again until they have it. */
  behind = $state(false)
  /** The tenant's time when the page was asked for. */
  askedAt = $state(0)
  /** Kept out of the address; gone with the page. */
  number = $state.raw<NumberSought>({ column: '', part: '' })
  #next = $state<string | null>(null)
  /** Cursors of the previous pages visited from here. */
  #walked = $state.raw<readonly (string | null)[]>([])
  #again = $state(0)

  filter: ListFilter = $derived.by(() => filterFrom(this.#of(), address()))
  faults: readonly FilterFault[] = $derived.by(() => [
    ...listFaults(this.#of(), address()),
    ...(this.#needs.faults?.() ?? []),
  ])
  filtered = $derived.by(() => isFiltered(this.filter, this.number))
  zone: string | null = $derived(board.hello?.zone ?? null)
  cursor: string | null = $derived(fromAddress('cursor'))
  sort: string = $derived.by(() => fromAddress('sort') ?? firstSort(this.#of()))

  /** Whatever is asked, as text. Not followed in the constructor: what that reads of the object's own state is no dependency. */
  #asked = $derived.by(() => {
    const { filter, faults, number, cursor, sort, zone } = this
    const { follows, possible } = this.#needs
    return JSON.stringify([
      this.#of(),
      [filter, faults, number, cursor, sort, zone],
      [this.#again, follows?.(), possible?.()],
    ])
  })

  /** @param of what it lists now; a page may change it, as by a tab */
  constructor(of: () => ListOf, needs: ListNeeds<Row, Beside> = {}) {
    super()
    this.#of = of
    this.#needs = needs
    this.#follow()
  }

  #follow(): void {
    $effect(() => {
      void this.#asked
      untrack(() => this.#load())
    })
    $effect(() => {
      if (!this.behind || this.loading) return
      const again = setTimeout(() => this.refresh(), BEHIND_MS)
      return () => clearTimeout(again)
    })
    $effect(() => () => this.stop())
  }

  get of(): ListOf {
    return this.#of()
  }

  /**
   * All rows that match, up to {@link MOST_EXPORTED}, page by page, with what belongs beside them.
   * @throws Refusal
   */
  async *all(signal: AbortSignal): AsyncIterable<{ rows: readonly Row[]; beside: Beside | null }> {
    const { filter, number, sort, zone } = this
    if (zone === null || this.faults.length > 0) return
    const now = board.clock.at(performance.now())
    let left = MOST_EXPORTED
    for (let cursor: string | null = null; left > 0;) {
      const asked = askedOf(this.#of(), filter, number, { sort, cursor }, zone, now)
      const values = { ...asked.values, limit: String(Math.min(left, MOST_OF_PAGE)), count: 'false' }
      const page: Answer<Row> = await (asked.search
        ? searched<Answer<Row>>(asked.path, values, signal)
        : get<Answer<Row>>(asked.path, values, signal))
      yield { rows: page.rows, beside: (await this.#needs.beside?.(page.rows, signal)) ?? null }
      left -= page.rows.length
      cursor = page.next
      if (cursor === null) return
    }
  }

  /** What the list is filtered by, as the body of a request has it; null: nothing can be asked now. */
  get matching(): Readonly<Record<string, unknown>> | null {
    const { filter, number, sort, zone } = this
    if (zone === null || this.faults.length > 0) return null
    const now = board.clock.at(performance.now())
    const asked = askedOf(this.#of(), filter, number, { sort, cursor: null }, zone, now).values
    const { limit: _limit, count: _count, sort: _sort, ...values } = asked
    // Names without an ending are compared with any of several values.
    return Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, name.includes('.') ? value : [value].flat()]),
    )
  }

  #load(): void {
    const { filter, number, sort, cursor, zone } = this
    // Days are in the tenant's time zone: nothing is requested before the server has told it.
    if (zone === null || this.faults.length > 0 || this.#needs.possible?.() === false) return
    const now = board.clock.at(performance.now())
    const { path, search, values } = askedOf(this.#of(), filter, number, { sort, cursor }, zone, now)
    const { beside } = this.#needs
    const wanted = JSON.stringify([this.#of(), filter, number, sort, cursor])
    this.changing = wanted !== this.#onScreen
    void this.send(
      async (signal) => {
        const page = await (search
          ? searched<Answer<Row>>(path, values, signal)
          : get<Answer<Row>>(path, values, signal))
        return { page, found: beside ? await beside(page.rows, signal) : null }
      },
      ({ page, found }) => {
        this.rows = page.rows
        this.beside = found
        this.count = page.count ?? null
        this.shown = { filter, number }
        this.#next = page.next
        this.read = true
        this.behind = page.asOf.behind
        this.askedAt = now
        this.#onScreen = wanted
        this.changing = false
      },
    )
  }

  // ── filters ────────────────────────────────────────────────────────────────────────────────────

  /** Changes filters; another filter starts at the first page. */
  change(values: Readonly<Record<string, string | readonly string[] | null>>): void {
    this.#walked = []
    toAddress({ ...values, cursor: null })
  }

  chooseRange(range: Range): void {
    if (range !== 'custom' || this.zone === null)
      return this.change({ range: range === 'any' ? null : range, from: null, to: null })
    const now = board.clock.at(performance.now())
    const span = spanOf({ range: 'today', from: '', to: '' }, this.zone, now)
    this.change({ range: 'custom', from: toLocalInput(this.zone, span.from!), to: toLocalInput(this.zone, now) })
  }

  search(column: string, typed: string): void {
    this.#walked = []
    toAddress({ cursor: null }, { replace: true })
    this.number = { column, part: typed.trim() }
  }

  clear(): void {
    this.number = { column: '', part: '' }
    this.change(cleared(this.#of()))
  }

  /** Sorts by a column, the greatest first; once more: the other way round. */
  sortBy(column: string): void {
    const sort = this.sort === `-${column}` ? column : `-${column}`
    this.change({ sort: sort === firstSort(this.#of()) ? null : sort })
  }

  // ── pages ──────────────────────────────────────────────────────────────────────────────────────

  get hasNext(): boolean {
    return this.#next !== null
  }

  get hasPrevious(): boolean {
    return this.#walked.length > 0
  }

  refresh(): void {
    this.#again++
  }

  nextPage(): void {
    this.#walked = [...this.#walked, this.cursor]
    toAddress({ cursor: this.#next })
  }

  previousPage(): void {
    const before = this.#walked.at(-1) ?? null
    this.#walked = this.#walked.slice(0, -1)
    toAddress({ cursor: before })
  }

  firstPage(): void {
    this.#walked = []
    toAddress({ cursor: null })
  }
}
