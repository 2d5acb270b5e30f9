/**
 * In which order callers were served, if no settings say it. Priorities are head starts in seconds of waiting; a queue
 * may have one too. It is derived from who was taken first while someone in another queue was waiting as well: the head
 * starts under which the fewest callers were passed over by one with a lower score.
 */
import { firstAt, longestOf, NOTICED_MS, type Serving } from './gaps.ts'
import type { CallOnRecord } from './day-on-record.ts'

const STEP_S = 15
const MOST_S = 300
/** With fewer choices between two queues a head start would reflect chance. */
const FEWEST_CHOICES = 20
/** A head start must remove at least this share of the contradictions. */
const WORTH = 0.2
const ROUNDS = 4

/** Head starts of queues in seconds, the lowest 0. @param calls in order of time */
export function headStartsOf(calls: readonly CallOnRecord[], people: readonly Serving[]): Map<string, number> {
  const queues = [...Map.groupBy(calls, ({ queueCode }) => queueCode)].map(([code, { length }]) => ({ code, length }))
  const codes = queues.sort((a, b) => b.length - a.length || (a.code < b.code ? -1 : 1)).map(({ code }) => code)
  const choices = choicesOf(calls, people)
  const start = new Map(codes.map((code) => [code, 0]))
  // Only differences matter: the largest queue stays where it is.
  for (let round = 0; round < ROUNDS; round++) {
    for (const code of codes.slice(1)) {
      const own = choices.filter(({ taken, left }) => (taken === code) !== (left === code))
      if (own.length < FEWEST_CHOICES) continue
      const wrong = (seconds: number): number => {
        const of = (queue: string): number => (queue === code ? seconds : start.get(queue)!)
        return own.reduce((sum, { taken, left, aheadS }) => sum + (aheadS + of(taken) - of(left) < 0 ? 1 : 0), 0)
      }
      let [best, fewest] = [0, wrong(0) * (1 - WORTH)]
      for (let size = STEP_S; size <= MOST_S; size += STEP_S) {
        for (const seconds of [size, -size]) if (wrong(seconds) < fewest) [best, fewest] = [seconds, wrong(seconds)]
      }
      start.set(code, best)
    }
  }
  const lowest = Math.min(0, ...start.values())
  return new Map([...start].map(([code, seconds]) => [code, seconds - lowest]))
}

/** Someone was taken while someone in another queue waited whom the same person could have served. */
interface Choice {
  taken: string
  left: string
  /** How much higher the score of the caller taken is before any head start of queues, seconds. */
  aheadS: number
}

function choicesOf(calls: readonly CallOnRecord[], people: readonly Serving[]): Choice[] {
  const served = new Map(
    people.map(({ agentId, queues }) => [agentId, new Set(queues.map(({ queueCode }) => queueCode))]),
  )
  const waits = calls.filter(({ waitMs }) => waitMs >= NOTICED_MS)
  const longestMs = longestOf(waits)
  const choices: Choice[] = []
  for (const taken of waits) {
    const could = taken.agentId === null ? undefined : served.get(taken.agentId)
    if (!could) continue
    const at = taken.at + taken.waitMs
    for (
      let index = firstAt(waits, at - longestMs);
      index < waits.length && waits[index]!.at <= at - NOTICED_MS;
      index++
    ) {
      const left = waits[index]!
      if (left.at + left.waitMs < at + NOTICED_MS || left.queueCode === taken.queueCode || !could.has(left.queueCode))
        continue
      choices.push({
        taken: taken.queueCode,
        left: left.queueCode,
        aheadS: (left.at - taken.at) / 1000 + taken.priority - left.priority,
      })
    }
  }
  return choices
}
