/** Loads one agent's day (`GET /api/v1/agents/{code}/day`), again and again while the day lasts. */
import { get, Refusal } from '../http/requests.ts'
import type { AgentState, CallRow, SegmentRow, StateRow } from '../live/protocol.ts'
import type { ShiftEvent } from './shift-words.ts'

export interface AgentOffer {
  offerId: string
  callId: string
  queueCode: string | null
  at: number
  endedAt: number | null
  rang: boolean
  result: string | null
  decision: { strategy: string; waited: number; candidates: number; place: number } | null
}

export interface AgentDay {
  agentCode: string
  name: string | null
  groupCode: string | null
  zone: string
  day: string
  from: number
  to: number
  until: number
  states: StateRow[]
  segments: SegmentRow[]
  calls: CallRow[]
  offers: AgentOffer[]
  /** What they, a supervisor or a rule did to their shift. */
  deeds: ShiftEvent[]
  totals: { state: AgentState; ms: number; times: number }[]
  signedInMs: number
  previousDay: string | null
  nextDay: string | null
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
