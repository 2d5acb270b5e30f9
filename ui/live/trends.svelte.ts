/**
 * Half an hour of the figures of the moment, from the server: a board that was opened just now, another one beside it
 * and one with a filter all draw the same past. Asked again a few times a minute while the board lives on; for a
 * board of the past once a moment.
 */
import type { Board } from './board.ts'
import type { Scope } from './figures.ts'
import type { Point } from './series.ts'

export type Trend = 'waiting' | 'longest' | 'ready' | 'inCall'

interface TrendPoint {
  at: number
  waiting: number
  longestMs: number
  ready: number
  inCall: number
}

const AGAIN_MS = 20_000
const LIMIT_MS = 10_000
const valueOf: Record<Trend, (point: TrendPoint) => number> = {
  waiting: (point) => point.waiting,
  longest: (point) => point.longestMs,
  ready: (point) => point.ready,
  inCall: (point) => point.inCall,
}

export class Trends {
  #points: readonly TrendPoint[] = $state.raw([])

  /** Make it while a component is being set up. */
  constructor(board: Board, scope: () => Scope) {
    $effect(() => {
      if (!board.ready) return
      const { queues, group } = scope()
      // A board of the past moves only when another moment is asked for; a live one is asked about as of now.
      const at = board.live ? undefined : board.now
      const reading = new AbortController()
      const asked = new URLSearchParams({
        ...(at !== undefined && { at: String(at) }),
        ...(queues !== null && { queue: [...queues].join(',') }),
        ...(group !== null && { group }),
      })
      const read = async (): Promise<void> => {
        try {
          const response = await fetch(`/api/v1/boards/trends?${asked}`, {
            signal: AbortSignal.any([reading.signal, AbortSignal.timeout(LIMIT_MS)]),
          })
          if (response.ok) this.#points = ((await response.json()) as { points: TrendPoint[] }).points
        } catch {
          // No answer, or nobody waits for it any more. The figures are there; what is behind them comes with the next.
        }
      }
      void read()
      const timer = board.live ? setInterval(() => void (document.hidden || read()), AGAIN_MS) : undefined
      return () => {
        reading.abort()
        clearInterval(timer)
      }
    })
  }

  /** The past of a figure, and what it is now. */
  series(trend: Trend, now: number, value: number): Point[] {
    const points: Point[] = this.#points
      .filter((point) => point.at < now)
      .map((point) => ({ at: point.at, value: valueOf[trend](point) }))
    points.push({ at: now, value })
    return points
  }
}
