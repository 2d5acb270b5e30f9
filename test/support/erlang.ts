/** Queues with a known answer: Erlang C (nobody gives up) and Erlang A (patience is exponential). */

export interface KnownQueue {
  callsPerHour: number
  talkS: number
  agents: number
}

export interface Truth {
  waited_ratio: number
  service_level_20: number
  asa_s: number
  occupancy: number
  abandon_ratio: number
}

/** The wait from C = nB / (n − a(1 − B)), with B from its recursion; the wait of those who wait is exponential. */
export function erlangC({ callsPerHour, talkS, agents }: KnownQueue): Truth {
  const arrival = callsPerHour / 3600
  const load = arrival * talkS
  let blocked = 1
  for (let k = 1; k <= agents; k++) blocked = (load * blocked) / (k + load * blocked)
  const waits = (agents * blocked) / (agents - load * (1 - blocked))
  const spare = agents / talkS - arrival
  return {
    waited_ratio: waits,
    service_level_20: 1 - waits * Math.exp(-spare * 20),
    asa_s: waits / spare,
    occupancy: load / agents,
    abandon_ratio: 0,
  }
}

/** Share of callers who give up, and occupancy, from the birth–death chain with death rate μ·min(k, n) + θ(k − n)⁺. */
export function erlangA({
  callsPerHour,
  talkS,
  agents,
  patienceS,
}: KnownQueue & { patienceS: number }): Pick<Truth, 'abandon_ratio' | 'occupancy' | 'waited_ratio'> {
  const arrival = callsPerHour / 3600
  const most = agents + 2000
  const weights = [1]
  for (let k = 1; k <= most; k++)
    weights.push((weights[k - 1]! * arrival) / (Math.min(k, agents) / talkS + Math.max(0, k - agents) / patienceS))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const mean = (of: (k: number) => number) => weights.reduce((sum, weight, k) => sum + weight * of(k), 0) / total
  return {
    abandon_ratio: mean((k) => Math.max(0, k - agents)) / patienceS / arrival,
    occupancy: mean((k) => Math.min(k, agents)) / agents,
    // Poisson arrivals see time averages.
    waited_ratio: mean((k) => Number(k >= agents)),
  }
}
