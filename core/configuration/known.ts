/** What exists in a configuration, by kind: what is referred to must be among it. */
import { refusal, type Remark } from '../kernel/remark.ts'
import type { NetworkSettings } from '../network/settings.ts'

/** The kinds of things that settings refer to by their codes. Robots are not configured here, so none is unknown. */
export type Kind = 'queue' | 'agent' | 'extension' | 'gateway' | 'media' | 'calendar' | 'ivr' | 'number'

export type Known = Readonly<Record<Kind, ReadonlySet<string>>>

export function knownIn({
  queues,
  agents,
  network,
}: {
  queues: readonly { code: string }[]
  agents: readonly { agentCode: string; extension: string | null }[]
  network: NetworkSettings
}): Known {
  const codes = (list: readonly { code: string }[]): Set<string> => new Set(list.map(({ code }) => code))
  return {
    queue: codes(queues),
    agent: new Set(agents.map(({ agentCode }) => agentCode)),
    extension: new Set([
      ...network.extensions.map(({ number }) => number),
      ...agents.flatMap(({ extension }) => extension ?? []),
    ]),
    gateway: codes(network.gateways),
    media: codes(network.media),
    calendar: codes(network.calendars),
    ivr: codes(network.ivrs),
    number: new Set(network.numbers.map(({ number }) => number)),
  }
}

/**
 * A reference that leads nowhere. Null and absent refer to nothing, which is right.
 * @param who refers: `route hotline`
 */
export function* unknown(
  known: Known,
  who: string,
  what: Kind,
  code: string | null | undefined,
  where: string,
): Generator<Remark> {
  if (code === null || code === undefined || known[what].has(code)) return
  const found = (Object.keys(known) as Kind[]).find((kind) => known[kind].has(code))
  if (found) yield refusal('network.other_kind', { who, what, code, found }, where)
  else yield refusal('network.unknown', { who, what, code }, where)
}

/** A destination that does not exist, or is not said. Numbers and robots may be anything. */
export function* unknownTarget(
  known: Known,
  who: string,
  { kind, code }: { kind: string; code: string },
  where: string,
): Generator<Remark> {
  if (kind === 'hang_up') return
  if (code === '') yield refusal('network.target_empty', { who, kind }, where)
  else if (kind === 'queue' || kind === 'agent' || kind === 'ivr' || kind === 'extension')
    yield* unknown(known, who, kind, code, where)
  else if (kind === 'voicemail' && !known.agent.has(code)) yield* unknown(known, who, 'extension', code, where)
}
