/** Loads one call: its timeline, kept up to date while the call lasts, and related calls. */
import type { Decisions, Timeline } from '@ledgerline/adapters/replay/answers.ts'
import { get, Refusal } from '../http/requests.ts'
import type { CallPage, CallRow } from '../live/protocol.ts'

const AROUND_MS = 30 * 60_000
const RELATED = 6
/** Events after which a call's offers must be loaded again. */
const OFFERS = new Set(['CallOffered', 'OfferEnded', 'CallAnswered'])

export interface Related {
  linked: CallRow[]
  sameAgent: CallRow[]
  sameQueue: CallRow[]
}

export class CallStory {
  timeline = $state.raw<Timeline | null>(null)
  refusal = $state.raw<Refusal | null>(null)
  related = $state.raw<Related | null>(null)
  /** Null until loaded. */
  decisions = $state.raw<Decisions | null>(null)
  /** The decisions could not be read; the call still can. */
  undecided = $state(false)
  #running: AbortController | null = null
  #relatedOf = ''
  #decisionsOf = ''

  /** Loads the call. The old one stays on screen until the answer arrives; of two requests the newer wins. */
  async load(callId: string): Promise<void> {
    this.#running?.abort()
    const running = (this.#running = new AbortController())
    if (this.timeline?.call && this.timeline.call.callId !== callId) {
      this.timeline = null
      this.related = null
      this.decisions = null
    }
    try {
      const timeline = await get<Timeline>(`/api/v1/calls/${encodeURIComponent(callId)}/timeline`, {}, running.signal)
      if (running.signal.aborted) return
      this.timeline = timeline
      this.refusal = null
      await Promise.all([
        this.#loadDecisions(callId, timeline, running.signal),
        timeline.call && this.#loadRelated(timeline.call, running.signal),
      ])
    } catch (error) {
      if (running.signal.aborted) return
      if (!(error instanceof Refusal)) throw error
      this.refusal = error
    }
  }

  /** Reading them from the ledger is slower than reading the call, so it is done only when an offer came or ended. */
  async #loadDecisions(callId: string, timeline: Timeline, signal: AbortSignal): Promise<void> {
    const of = `${callId} ${timeline.events.filter(({ type }) => OFFERS.has(type)).length}`
    if (this.#decisionsOf === of && this.decisions) return
    try {
      const decisions = await get<Decisions>(`/api/v1/calls/${encodeURIComponent(callId)}/decisions`, {}, signal)
      if (signal.aborted) return
      this.decisions = decisions
      this.#decisionsOf = of
      this.undecided = false
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof Refusal)) throw error
      this.undecided = true
    }
  }

  /** Related calls are optional: if they cannot be loaded, the call is still shown. */
  async #loadRelated(call: CallRow, signal: AbortSignal): Promise<void> {
    const of = `${call.callId} ${call.agentCode} ${call.queueCode}`
    if (this.#relatedOf === of) return
    const around = {
      'receivedAt.from': call.receivedAt - AROUND_MS,
      'receivedAt.to': call.receivedAt + AROUND_MS,
      sort: 'receivedAt',
      limit: RELATED * 8,
    }
    const rows = (parameters: Record<string, string | number>) =>
      get<CallPage>('/api/v1/calls', parameters, signal).then(
        (page) => nearest(page.rows, call),
        (error: unknown) => {
          if (error instanceof Refusal) return []
          throw error
        },
      )
    const none = Promise.resolve<CallRow[]>([])
    const [linked, sameAgent, sameQueue] = await Promise.all([
      call.linkedCallId ? rows({ callId: call.linkedCallId }) : none,
      call.agentCode ? rows({ ...around, agentCode: call.agentCode }) : none,
      call.queueCode ? rows({ ...around, queueCode: call.queueCode }) : none,
    ])
    if (signal.aborted) return
    this.related = { linked, sameAgent, sameQueue }
    this.#relatedOf = of
  }

  stop(): void {
    this.#running?.abort()
  }
}

/** The calls nearest in time, in the order in which they came; not the call itself. */
function nearest(rows: readonly CallRow[], call: CallRow): CallRow[] {
  return rows
    .filter((row) => row.callId !== call.callId)
    .sort((a, b) => Math.abs(a.receivedAt - call.receivedAt) - Math.abs(b.receivedAt - call.receivedAt))
    .slice(0, RELATED)
    .sort((a, b) => a.receivedAt - b.receivedAt)
}
