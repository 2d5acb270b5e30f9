/** Loads one agent's day (`GET /api/v1/agents/{code}/day`), again and again while the day lasts. */
import type { AgentDay as Answer } from '@ledgerline/adapters/replay/answers.ts'
import { get, Refusal } from '../http/requests.ts'
import type { AgentState, StateRow } from '../live/protocol.ts'

/** The day as it is answered; a state is one of the house's words. */
export type AgentDay = Omit<Answer, 'states' | 'totals'> & {
  states: StateRow[]
  totals: (Answer['totals'][number] & { state: AgentState })[]
}

export class AgentDayStory {
  day = $state.raw<AgentDay | null>(null)
  refusal = $state.raw<Refusal | null>(null)
  loading = $state(false)
  #running: AbortController | null = null
  #asked = ''
  #again = false

  /** Loads a day (null: the latest known one). The old one stays on screen until the answer arrives. */
  async load(agentCode: string, day: string | null): Promise<void> {
    const asked = `${agentCode} ${day}`
    // The same day is already loading: load it once more afterwards. Restarting would never finish for a busy agent.
    if (this.#running && asked === this.#asked) {
      this.#again = true
      return
    }
    this.#running?.abort()
    const running = (this.#running = new AbortController())
    this.#asked = asked
    this.loading = true
    try {
      do {
        this.#again = false
        const answer = await get<AgentDay>(
          `/api/v1/agents/${encodeURIComponent(agentCode)}/day`,
          { day },
          running.signal,
        )
        if (running.signal.aborted) return
        this.day = answer
        this.refusal = null
      } while (this.#again)
    } catch (error) {
      if (running.signal.aborted) return
      if (!(error instanceof Refusal)) throw error
      this.refusal = error
    }
    this.#running = null
    this.loading = false
  }

  stop(): void {
    this.#running?.abort()
  }
}

/** The state that an agent was in at a moment; null when they were signed out. */
export function stateAt<S extends Pick<StateRow, 'startedAt' | 'endedAt'>>(states: readonly S[], at: number): S | null {
  return states.findLast((state) => state.startedAt <= at && (state.endedAt === null || state.endedAt > at)) ?? null
}
