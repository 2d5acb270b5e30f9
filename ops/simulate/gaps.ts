/**
 * What is known of the time between two services of one person, if nobody recorded when people came, rested and left.
 * Someone who takes a caller who had been waiting became free at that moment: the whole gap was spent on something
 * else. Someone who is there when a caller arrives was free at some earlier moment: later than the last one at which
 * they let someone wait whom they could have served, or at which more calls passed them by than they had colleagues who
 * could have been ahead of them.
 */
import type { Working } from '@ledgerline/adapters/telephony/simulator/agents.ts'
import type { CallOnRecord, Gap } from './day-on-record.ts'

/** A person and what they serve, as far as gaps need it. */
export interface Serving {
  agentId: string
  queues: readonly { queueCode: string }[]
}

/** A shorter wait is ringing and picking up, and no sign that nobody was free. */
export const NOTICED_MS = 5_000

/** The services of each person, in order; ms. */
export function servicesOf(calls: readonly CallOnRecord[]): Map<string, Working[]> {
  const services = new Map<string, Working[]>()
  for (const { agentId, at, waitMs, serviceMs } of calls) {
    if (agentId === null) continue
    const service = { from: at + waitMs, to: at + waitMs + serviceMs }
    const others = services.get(agentId)
    if (others) others.push(service)
    else services.set(agentId, [service])
  }
  for (const each of services.values()) each.sort((a, b) => a.from - b.from || a.to - b.to)
  return services
}

/** The gaps of some people, person by person in order of time. @param calls in order of time */
export function gapsOf(calls: readonly CallOnRecord[], people: readonly Serving[]): Gap[] {
  const services = servicesOf(calls)
  const waits = calls.filter(({ waitMs }) => waitMs >= NOTICED_MS)
  const longestMs = longestOf(waits)
  const atOnce = calls
    .filter(({ agentId, waitMs }) => agentId !== null && waitMs < NOTICED_MS)
    .sort((a, b) => a.at + a.waitMs - b.at - b.waitMs)
  const waited = new Set(
    waits.flatMap(({ agentId, at, waitMs }) => (agentId === null ? [] : [`${agentId} ${at + waitMs}`])),
  )
  const days = [...services.values()].map((each) => ({
    from: each[0]!.from,
    to: each.reduce((last, { to }) => Math.max(last, to), 0),
  }))

  return people.flatMap(({ agentId, queues }) => {
    const served = new Set(queues.map(({ queueCode }) => queueCode))
    const gaps: Gap[] = []
    let free = Number.POSITIVE_INFINITY
    for (const { from, to } of services.get(agentId) ?? []) {
      // Services that touch are two where the second one's clock stopped the first: no gap.
      if (from > free) {
        const known = waited.has(`${agentId} ${from}`)
        const leastMs = known ? from - free : Math.max(leftWaiting(free, from), passedBy(free, from, agentId))
        gaps.push({ agentId, from: free, to: from, leastMs, known })
      }
      free = Number.isFinite(free) ? Math.max(free, to) : to
    }
    return gaps

    /** How long into the gap a caller waited whom this person could have served, ms. */
    function leftWaiting(begun: number, ended: number): number {
      let least = 0
      for (let index = firstAt(waits, begun - longestMs); index < waits.length && waits[index]!.at < ended; index++) {
        const { at, waitMs, queueCode } = waits[index]!
        const until = Math.min(at + waitMs, ended)
        if (served.has(queueCode) && until - Math.max(at, begun) >= NOTICED_MS) least = Math.max(least, until - begun)
      }
      return least
    }

    /**
     * The agent who has been free the longest is next: no more calls than there are colleagues can pass someone who is there.
     */
    function passedBy(begun: number, ended: number, agentId: string): number {
      const passed: number[] = []
      for (let index = firstAt(atOnce, begun - NOTICED_MS); index < atOnce.length; index++) {
        const call = atOnce[index]!
        const answeredAt = call.at + call.waitMs
        if (answeredAt >= ended) break
        if (answeredAt > begun && call.agentId !== agentId && served.has(call.queueCode)) passed.push(answeredAt)
      }
      const colleagues = days.filter(({ from, to }) => from <= ended && ended <= to).length
      return passed.length > colleagues ? passed[passed.length - colleagues - 1]! - begun : 0
    }
  })
}

/** Index of the first call at or after a moment; calls in order of time. */
export function firstAt(calls: readonly { at: number }[], moment: number): number {
  let low = 0
  let high = calls.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (calls[middle]!.at < moment) low = middle + 1
    else high = middle
  }
  return low
}

/** The longest wait, ms. */
export function longestOf(calls: readonly { waitMs: number }[]): number {
  return calls.reduce((longest, { waitMs }) => Math.max(longest, waitMs), 0)
}
