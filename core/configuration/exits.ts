/** Where queues send callers: every exit must lead somewhere, and a caller must not be sent in a circle without waiting anywhere. */
import { refusal, type Remark } from '../kernel/remark.ts'
import type { QueueSettings } from '../queue/settings.ts'
import type { Wanted } from './wanted.ts'

export function* exitRemarks({ queues, agents, network }: Wanted): Generator<Remark> {
  const byCode = new Map(queues.map((queue) => [queue.code, queue]))
  const agentCodes = new Set(agents.map((agent) => agent.agentCode))
  const extensions = new Set([
    ...network.extensions.map(({ number }) => number),
    ...agents.map(({ extension }) => extension),
  ])
  for (const [index, queue] of queues.entries()) {
    for (const [exit, { kind, code }] of Object.entries(queue.exits)) {
      const where = `queues.${index}.exits.${exit}`
      const known =
        kind === 'queue'
          ? byCode.has(code)
          : kind === 'agent'
            ? agentCodes.has(code)
            : // Without a network of our own, nobody here knows which extensions there are.
              (kind === 'extension' || kind === 'voicemail') && network.extensions.length > 0
              ? extensions.has(code)
              : kind === 'hang_up' || code !== ''
      if (kind === 'queue' && code === queue.code)
        yield refusal('switchboard.exit_itself', { queue: queue.code, exit }, where)
      if (!known)
        yield refusal('switchboard.exit_unknown', { queue: queue.code, exit, to: `${kind} ${code}`.trim() }, where)
    }
  }
  for (const { code } of queues) {
    const circle = circleFrom([code], byCode)
    if (circle) yield refusal('switchboard.exit_circle', { queue: code, to: circle.join(' → ') })
  }
}

/** The path by which a new caller to the first queue comes back to it at once; null: there is none. */
function circleFrom(way: readonly string[], queues: ReadonlyMap<string, QueueSettings>): readonly string[] | null {
  const queue = queues.get(way.at(-1)!)
  if (!queue) return null
  const { exits, hours, overflow } = queue
  const next: string[] = []
  if (overflow.length > 0 && exits.overflowed.kind === 'queue') next.push(exits.overflowed.code)
  if (hours.length > 0 && exits.closed.kind === 'queue') next.push(exits.closed.code)
  for (const code of next) {
    if (code === way[0]) return [...way, code]
    const circle = way.includes(code) ? null : circleFrom([...way, code], queues)
    if (circle) return circle
  }
  return null
}
