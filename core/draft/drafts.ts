/**
 * Drafts as they are used: a tenant's draft held folded, read on before each command and each look; the ground it is made
 * on, which may be an earlier version; and the list of versions. Everything is read from the log itself, so that people
 * read what they wrote.
 */
import {
  CONFIGURATION_ID,
  configurationDecider,
  configurationOf,
  wholeOf,
  type Activate,
  type Configuration,
} from '../configuration/configuration.ts'
import { differences, type ItemDifference, type SectionSum } from '../configuration/difference.ts'
import type { RecordedSwitchboardEvent } from '../configuration/events.ts'
import { sections, withItems, type Item, type SectionName, type Whole } from '../configuration/sections.ts'
import type { Codec } from '../kernel/codec.ts'
import type { Answer, Commands, CommandEnvelope, KnownStream } from '../kernel/command.ts'
import { streamName } from '../kernel/event.ts'
import type { EventLog } from '../kernel/log.ts'
import { isProblem, Problem } from '../kernel/problem.ts'
import { writerOf } from '../kernel/stored-event.ts'
import {
  draftDecider,
  DRAFT_ID,
  itemsIn,
  noDraft,
  pendingOf,
  type Draft,
  type DraftCommand,
  type Ground,
} from './draft.ts'

interface Dependencies {
  log: EventLog
  codec: Codec
  commands: Commands
}

/** A draft and everything that it is compared with. */
export interface Look {
  draft: Draft
  ground: Ground
  inForce: Configuration
  /** The whole configuration that an activation would put in force. */
  whole: Whole
  /** What differs from what is in force. */
  pending: readonly ItemDifference[]
  /** Says whether the whole is still what somebody looked at. */
  tag: string
}

/** A version, as the list of versions has it. */
export interface VersionHead {
  version: number
  at: number
  by: string
  note: string
  /** Null: an early version, which does not say. */
  changed: readonly SectionSum[] | null
}

type Omitted<C> = C extends { ground: Ground } ? Omit<C, 'ground'> : never
export type Asked = Omitted<DraftCommand>

/** Events read at a time. */
const PAGE = 2_000
/** Earlier versions held, the least recently used first out. */
const MOST_HELD = 4

export class Drafts {
  readonly #with: Dependencies
  readonly #held = new Map<string, KnownStream<Draft>>()
  readonly #versions = new Map<string, Configuration>()
  /** The last look at each tenant's draft: looking again costs nothing while nothing happens. */
  readonly #looks = new Map<string, Look>()

  constructor(dependencies: Dependencies) {
    this.#with = dependencies
  }

  /** @throws Problem the refusal, or `log.unavailable` */
  async carryOut(asked: Asked, inForce: Configuration, envelope: CommandEnvelope): Promise<Answer> {
    const { commands } = this.#with
    const { tenant } = envelope
    const known = await this.#upToDate(tenant, settledBy(inForce))
    if (asked.do === 'base') await this.versionNumbered(tenant, asked.version)
    const ground = await this.#ground(tenant, known.state, inForce)
    try {
      return (await commands.carryOut(draftDecider, DRAFT_ID, { ...asked, ground }, envelope, known)).answer
    } catch (error) {
      // Perhaps it was carried out before, its answer was lost, and now it no longer fits.
      const before = isProblem(error) ? await commands.written(draftDecider, DRAFT_ID, envelope) : null
      if (before) return before
      throw error
    }
  }

  /** The draft as the log has it now, and what would change. @throws Problem `log.unavailable` */
  async look(tenant: string, inForce: Configuration): Promise<Look> {
    const settled = settledBy(inForce)
    const { state: draft } = await this.#upToDate(tenant, settled)
    const last = this.#looks.get(tenant)
    if (last?.draft === draft && last.inForce === inForce) return last
    const ground = await this.#ground(tenant, draft, inForce)
    const changed = new Map<SectionName, readonly Item[]>()
    const touched = new Set([...pendingOf(draft, settled).changes.values()].map(({ section }) => section))
    for (const section of sections)
      if (touched.has(section.name)) changed.set(section.name, itemsIn(draft, ground, section))
    const whole = changed.size === 0 ? ground.whole : withItems(ground.whole, changed)
    const pending = [...differences(wholeOf(inForce), whole)]
    const look = { draft, ground, inForce, whole, pending, tag: `${inForce.version}-${draft.revision}` }
    this.#looks.set(tenant, look)
    return look
  }

  /** Versions before this one, latest first. @param before its revision in the stream; null: from the latest */
  async versions(tenant: string, latest: number, before: number | null, limit: number): Promise<VersionHead[]> {
    const end = Math.min(latest + 1, before ?? latest + 1)
    const from = Math.max(0, end - limit)
    if (end <= from) return []
    const stored = await this.#with.log.readStream(configurationStream(tenant), from, end - from)
    return stored.toReversed().flatMap((event): VersionHead[] => {
      const writer = writerOf(event)
      if (event.type !== 'SwitchboardActivated' || !writer) return []
      const { version, note, changed } = JSON.parse(event.data) as {
        version: number
        note?: string
        changed?: SectionSum[]
      }
      return [{ version, ...{ at: writer.at, by: writer.actor }, note: note ?? '', changed: changed ?? null }]
    })
  }

  /** @throws Problem `draft.version_unknown`, `log.unavailable` */
  async versionNumbered(tenant: string, version: number): Promise<Configuration> {
    const name = `${tenant} ${version}`
    const held = this.#versions.get(name)
    if (held) return held
    const { log, codec } = this.#with
    const stored = version < 1 ? [] : await log.readStream(configurationStream(tenant), version - 1, 1)
    const [event] = (await codec.decode(stored)).events as unknown as RecordedSwitchboardEvent[]
    if (event?.type !== 'SwitchboardActivated' || event.data.version !== version)
      throw new Problem('draft.version_unknown', { version })
    const configuration = configurationOf(event.data)
    this.#versions.set(name, configuration)
    for (const oldest of this.#versions.keys()) if (this.#versions.size > MOST_HELD) this.#versions.delete(oldest)
    return configuration
  }

  async #ground(tenant: string, draft: Draft, inForce: Configuration): Promise<Ground> {
    const settled = settledBy(inForce)
    const { based } = pendingOf(draft, settled)
    const whole = wholeOf(based ? await this.versionNumbered(tenant, based.version) : inForce)
    return { whole, settled }
  }

  /** What is settled is not read: a process that starts has only to know what waits. */
  async #upToDate(tenant: string, settled: number): Promise<KnownStream<Draft>> {
    const { log, codec } = this.#with
    const stream = streamName(draftDecider.category, tenant, DRAFT_ID)
    const from = Math.max(-1, settled - 1)
    let { state, revision, lastAt } = this.#held.get(tenant) ?? {
      state: { ...noDraft, revision: from },
      revision: from,
      lastAt: 0,
    }
    for (;;) {
      const stored = await log.readStream(stream, revision + 1, PAGE)
      for (const event of await codec.decodeAll(stored)) {
        state = draftDecider.evolve(state, event as never)
        revision = event.revision
        lastAt = event.at
      }
      if (stored.length < PAGE) break
    }
    const known = { state, revision, lastAt }
    this.#held.set(tenant, known)
    return known
  }
}

const configurationStream = (tenant: string): string =>
  streamName(configurationDecider.category, tenant, CONFIGURATION_ID)

const settledBy = ({ draft = -1 }: Configuration): number => draft

/** The activation of what somebody looked at. A password that is gone is taken away, not left as it is. */
export function activationOf({ whole, draft, inForce }: Look, note: string): Omit<Activate, 'do'> {
  const { network, ...rest } = whole
  const open = <S extends { secret: string | null }>(one: S): S => (one.secret === null ? { ...one, secret: '' } : one)
  return {
    ...rest,
    network: { ...network, extensions: network.extensions.map(open), gateways: network.gateways.map(open) },
    after: inForce.version + (inForce.unread ?? 0),
    ...(draft.revision >= 0 && { draft: draft.revision }),
    note,
  }
}
