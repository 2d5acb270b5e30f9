/**
 * The last half hour of current figures, from the server, so that a board opened just now, another beside it and a
 * filtered one all draw the same history. Loaded again a few times a minute on a live board, once per moment on a
 * past one.
 */
import type { TrendPoint, Trends as TrendsAnswer } from '@ledgerline/adapters/replay/answers.ts'
import type { Board } from './board.ts'
import type { Scope } from './figures.ts'
import type { Point } from './series.ts'

export type Trend = 'waiting' | 'longest' | 'ready' | 'inCall'

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

  /** Create it while a component is being set up. */
  constructor(board: Board, scope: () => Scope) {
    $effect(() => {
      if (!board.ready) return
      const { queues, group } = scope()
      // A past board moves only when another moment is chosen; a live one is read as of now.
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
          if (response.ok) this.#points = ((await response.json()) as TrendsAnswer).points
        } catch {
          // No answer, or it is no longer needed. The figures are there; their history comes with the next answer.
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

  /** The history of a figure, ending with its current value. */
  series(trend: Trend, now: number, value: number): Point[] {
    const points: Point[] = this.#points
      .filter((point) => point.at < now)
      .map((point) => ({ at: point.at, value: valueOf[trend](point) }))
    points.push({ at: now, value })
    return points
  }
}
