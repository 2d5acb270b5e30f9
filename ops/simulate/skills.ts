/**
 * What people can do, if nobody recorded it: seen in what they did. Someone who serves a queue as often as the house
 * does is on its first level; each halving of that share is one level further down. Someone who serves it so rarely
 * that it was an exception is not a member.
 */
import type { Membership } from '@ledgerline/core/agent/events.ts'
import type { CallOnRecord } from './day-on-record.ts'

/** Further down it was an exception. */
const LOWEST_LEVEL = 4

/** Queues of each person who served anyone, by code. */
export function skillsOf(calls: readonly CallOnRecord[]): Map<string, Membership[]> {
  const served = calls.filter(({ agentId }) => agentId !== null)
  const house = Map.groupBy(served, ({ queueCode }) => queueCode)
  return new Map(
    [...Map.groupBy(served, ({ agentId }) => agentId!)].map(([agentId, own]) => {
      const levels = [...Map.groupBy(own, ({ queueCode }) => queueCode)].map(([queueCode, of]) => {
        const share = of.length / own.length / (house.get(queueCode)!.length / served.length)
        return { queueCode, level: Math.max(1, 1 + Math.round(-Math.log2(share))) }
      })
      const members = levels.filter(({ level }) => level <= LOWEST_LEVEL)
      members.sort((a, b) => a.level - b.level || (a.queueCode < b.queueCode ? -1 : 1))
      return [agentId, members.map((each, index) => ({ ...each, position: index + 1 }))]
    }),
  )
}
