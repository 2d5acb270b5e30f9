/**
 * Do the filters of a board name something? What the board has rows of is known at once; of another name the server is asked, since a
 * queue or a group may have had none today, or at the moment that is looked at. Until that is known, nothing may be taken for a figure.
 * Make it while a component is being set up.
 */
import { address } from './address.ts'
import type { FilterFault } from '../http/filter-faults.ts'
import type { Board } from '../live/board.ts'
import { boardFaults } from '../live/board-faults.ts'

const AGAIN_MS = 2_000
const LIMIT_MS = 10_000

export class FilterCheck {
  /** What the server said of names that the board does not know: `queue NE`. */
  #told: Readonly<Record<string, 'something' | 'nothing'>> = $state.raw({})
  #board: Board

  constructor(board: Board) {
    this.#board = board
    // As text, so that it is asked anew when another name is in question, and not with every row that changes.
    const asked = $derived(JSON.stringify(this.#open.map(({ name, value }) => [name, value])))
    $effect(() => {
      const names = JSON.parse(asked) as [name: string, value: string][]
      const over = new AbortController()
      for (const [name, value] of names) void this.#ask(name, value, over.signal)
      return () => over.abort()
    })
  }

  /** What the board's own rows do not explain. */
  #doubts: readonly FilterFault[] = $derived.by(() => {
    for (const topic of ['queues', 'queue_day', 'calls', 'agent_monitor'] as const) void this.#board.version[topic]
    return this.#board.ready ? boardFaults(address(), this.#board.tables) : []
  })
  /** Of these the server has not told yet. States are the same everywhere. */
  #open: readonly FilterFault[] = $derived(
    this.#doubts.filter(({ name, value }) => name !== 'state' && !this.#told[`${name} ${value}`]),
  )
  /** Is it known of every name whether it is something? */
  known: boolean = $derived.by(() => this.#board.ready && this.#open.length === 0)
  /** Names of nothing. */
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
      // No answer, or nobody waits for it any more.
    }
    if (told !== null) this.#told = { ...this.#told, [`${name} ${value}`]: told }
    else if (!signal.aborted) setTimeout(() => !signal.aborted && void this.#ask(name, value, signal), AGAIN_MS)
  }
}
