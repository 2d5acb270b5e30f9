/**
 * The people of a day that this switchboard lived through itself: the ledger says when they were signed in, when they
 * rested, how soon they picked up and what they let ring, and nothing is estimated.
 */
import type { Working } from '@ledgerline/adapters/telephony/simulator/agents.ts'
import type { Row } from '@ledgerline/adapters/queries/select.ts'
import type { Configuration } from '@ledgerline/core/configuration/configuration.ts'
import type { Membership } from '@ledgerline/core/agent/events.ts'
import type { PersonOnRecord } from './day-on-record.ts'

/** States in which a signed-in person takes no calls. */
const RESTS: ReadonlySet<unknown> = new Set(['away', 'not_ready'])
const MISSED: ReadonlySet<unknown> = new Set(['no_answer', 'refused'])

/**
 * The people of a day, from their states and from the results of the calls offered to them.
 * @param servedBy the queues of a person who is not in the configuration
 */
export function peopleSignedIn(
  states: readonly Row[],
  offers: readonly Row[],
  configuration: Configuration | null,
  servedBy: (agentId: string) => Membership[],
  day: Working,
): PersonOnRecord[] {
  const rang = offers.filter(({ result }) => result === 'answered' || MISSED.has(result))
  const offered = Map.groupBy(rang, ({ agentId }) => agentId as string)
  return [...Map.groupBy(states, ({ agentId }) => agentId as string)]
    .map(([agentId, own]): PersonOnRecord => {
      const queues = [...(configuration?.agents[agentId]?.queues ?? servedBy(agentId))]
      const put = offered.get(agentId) ?? []
      const share = (result: string): number =>
        put.filter((offer) => offer['result'] === result).length / Math.max(1, put.length)
      return {
        agentId,
        agentCode: own[0]!['agentCode'] as string,
        queues,
        work: stretchesOf(own, day),
        breaks: stretchesOf(
          own.filter(({ state }) => RESTS.has(state)),
          day,
        ),
        ringMs: put
          .filter(({ result }) => result === 'answered')
          .map(({ ringMs }) => ringMs as number)
          .sort((a, b) => a - b),
        ignores: share('no_answer'),
        refuses: share('refused'),
      }
    })
    .filter(({ queues, work }) => queues.length > 0 && work.length > 0)
}

/** How long people who had been set not responding took to come back, ascending, ms. */
export function returnsOf(states: readonly Row[]): number[] {
  const ended = states.filter(({ state, durationMs }) => state === 'not_responding' && durationMs !== null)
  return ended.map(({ durationMs }) => durationMs as number).sort((a, b) => a - b)
}

/** The stretches of some states within a day, joined where they touch. */
function stretchesOf(states: readonly Row[], { from, to }: Working): Working[] {
  const stretches: Working[] = []
  for (const row of states) {
    const [begun, ended] = [
      Math.max(from, row['startedAt'] as number),
      Math.min(to, (row['endedAt'] as number | null) ?? to),
    ]
    if (ended <= begun) continue
    const last = stretches.at(-1)
    if (last && begun <= last.to) last.to = Math.max(last.to, ended)
    else stretches.push({ from: begun, to: ended })
  }
  return stretches
}
