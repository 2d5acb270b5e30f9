/**
 * Checks that the filters of a board name something that exists. Names with rows on the board are known; for others the server is
 * asked, since a queue or group may have had no rows today or at that moment. Until then no figures are shown. Create it while a
 * component is being set up.
 */
import { address } from './address.ts'
import type { FilterFault } from '../http/filter-faults.ts'
import type { Board } from '../live/board.ts'
import { boardFaults } from '../live/board-faults.ts'

const AGAIN_MS = 2_000
const LIMIT_MS = 10_000

export class FilterCheck {
  /** What the server said about names that the board does not know, such as `queue NE`. */
  #told: Readonly<Record<string, 'something' | 'nothing'>> = $state.raw({})
  #board: Board

  constructor(board: Board) {
    this.#board = board
    // As text, so that the server is asked again when the names change and not with every changed row.
    const asked = $derived(JSON.stringify(this.#open.map(({ name, value }) => [name, value])))
    $effect(() => {
      const names = JSON.parse(asked) as [name: string, value: string][]
      const over = new AbortController()
      for (const [name, value] of names) void this.#ask(name, value, over.signal)
      return () => over.abort()
    })
  }

  /** Names without rows on the board. */
  #doubts: readonly FilterFault[] = $derived.by(() => {
    for (const topic of ['queues', 'queue_day', 'calls', 'agent_monitor'] as const) void this.#board.version[topic]
    return this.#board.ready ? boardFaults(address(), this.#board.tables) : []
  })
  /** Those about which the server has not answered yet. States are the same everywhere. */
  #open: readonly FilterFault[] = $derived(
    this.#doubts.filter(({ name, value }) => name !== 'state' && !this.#told[`${name} ${value}`]),
  )
  /** Whether every name has been checked. */
  known: boolean = $derived.by(() => this.#board.ready && this.#open.length === 0)
  /** Names that do not exist. */
  faults: readonly FilterFault[] = $derived(
    this.#doubts.filter(({ name, value }) => name === 'state' || this.#told[`${name} ${value}`] === 'nothing'),
  )

  async #ask(name: string, value: string, signal: AbortSignal): Promise<void> {
    let told: 'something' | 'nothing' | null = null
    try {
      const response = await fetch(`/api/v1/boards/trends?${new URLSearchParams({ [name]: value })}`, {
        signal: AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]),
      })
      told = response.ok ? 'something' : response.status === 400 ? 'nothing' : null
    } catch {
      // No answer, or it is no longer needed.
    }
    if (told !== null) this.#told = { ...this.#told, [`${name} ${value}`]: told }
    else if (!signal.aborted) setTimeout(() => !signal.aborted && void this.#ask(name, value, signal), AGAIN_MS)
  }
}
