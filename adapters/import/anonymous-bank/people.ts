/**
 * The agents of a recorded history. A name is personal: it is in the ledger once, sealed, and nowhere else. Everything
 * else identifies agents by an id, a hash of the name under the master key that stays the same in a second import, and
 * by a number assigned within the history, which stays the same for SQL users.
 *
 * Histories opened by earlier versions have names in the clear. Agents already in one keep that name, so that nobody
 * becomes two people; new agents are not added in the clear.
 */
import { importedCategories } from '@ledgerline/core/catalogue.ts'
import type { Codec } from '@ledgerline/core/kernel/codec.ts'
import { derivedId } from '@ledgerline/core/kernel/derived-id.ts'
import { streamName, tenantOf } from '@ledgerline/core/kernel/event.ts'
import type { EventLog } from '@ledgerline/core/kernel/log.ts'
import { isProblem, Problem } from '@ledgerline/core/kernel/problem.ts'
import { IMPORT_ACTOR, type Talker } from './events.ts'
import type { BankCall } from './rows.ts'

const [CALLS, HISTORY] = importedCategories
/** Number of the first agent found. */
const FIRST_CODE = 1001
const PAGE = 1000
/** Another import may be adding people at the same time. */
const ATTEMPTS = 8

/** The longest name stored in the clear. */
const CLEAR_NAME = 64

/** The parts of a call needed here. */
type Served = Pick<BankCall, 'server' | 'content'>

/** What a history is about, according to its first event. */
export interface Opening {
  source: string
  zone: string
}

type Opened = Opening & { ids: 'clear' | 'keyed' }

export interface HistoryPlace {
  log: EventLog
  codec: Codec
  tenant: string
}

export class People {
  readonly #place: HistoryPlace
  readonly #stream: string
  /** By id. */
  readonly #codes = new Map<string, string>()
  /** In a history with clear names: the names in it. */
  #clear: ReadonlySet<string> | null = null
  #opening: Opened = { source: '', zone: '', ids: 'keyed' }
  #revision = -1
  /** `at` of the stream's last event: it never goes back. */
  #lastAt = Number.NEGATIVE_INFINITY

  private constructor(place: HistoryPlace) {
    this.#place = place
    this.#stream = streamName(HISTORY, place.tenant, 'history')
  }

  /**
   * The agents of a tenant's history, which is opened if there is none.
   * @param at moment of its first call
   * @throws Problem `history.not_for_history` if it holds another one; `log.unavailable`
   */
  static async open(place: HistoryPlace, { source, zone }: Opening, at: number): Promise<People> {
    const people = new People(place)
    await people.#read()
    if (people.#revision < 0) {
      const { tenant, log } = place
      const data = { source, zone, ids: 'keyed' } as const
      const id = derivedId(`${tenant} ${JSON.stringify(data)}`, 'history')
      const draft = { id, event: { type: 'HistoryOpened', data }, meta: people.#meta(at) }
      await log.append(people.#stream, 'none', await place.codec.encode([draft])).catch(leaveConflicts)
      await people.#read()
    }
    people.#mustBe({ source, zone })
    if (people.#opening.ids === 'clear') people.#clear = await clearNames(place)
    return people
  }

  /** An earlier version stored names in the clear in this history. */
  get inTheClear(): boolean {
    return this.#clear !== null
  }

  /** The seed from which the ids of a row's events are derived. */
  seedOf({ key, content }: { key: string; content: string }): string {
    const { tenant, codec } = this.#place
    // In a history with clear names, a hash of the row would let everything in it be guessed: the customer, and who
    // served.
    return this.#opening.ids === 'clear'
      ? `${tenant} ${key} ${content}`
      : codec.subject(tenant, `row ${key} ${content}`)
  }

  /**
   * Makes sure that these are known; cheap if they are. @param at moment of the first of their calls. @throws Problem
   * `log.unavailable`
   */
  async meet(calls: readonly Served[], at: number): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const names = calls.filter((call) => this.#clearName(call) === null).flatMap(({ server }) => server ?? [])
      const strangers = [...new Set(names)].filter((name) => !this.#codes.has(this.#idOf(name)))
      if (strangers.length === 0) return
      const drafts = strangers.map((name, index) => {
        const agentId = this.#idOf(name)
        const data = { agentId, agentCode: String(FIRST_CODE + this.#codes.size + index), name }
        return {
          id: derivedId(`${this.#place.tenant} ${agentId}`, 'history agent'),
          event: { type: 'HistoryAgentNamed', data },
          meta: this.#meta(at),
        }
      })
      try {
        await this.#place.log.append(this.#stream, this.#revision, await this.#place.codec.encode(drafts))
      } catch (error) {
        if (!isProblem(error, 'log.conflict') || attempt === ATTEMPTS) throw error
      }
      await this.#read()
    }
  }

  /** Who served a call; {@link meet} must have seen them. */
  of(call: Served): Talker {
    if (call.server === null) return { agentId: null, agentCode: null }
    const clear = this.#clearName(call)
    if (clear !== null) return { agentId: clear, agentCode: clear }
    const agentId = this.#idOf(call.server)
    return { agentId, agentCode: this.#codes.get(agentId)! }
  }

  /** The name under which an agent is stored in the clear here, as earlier versions read it; null: they are not. */
  #clearName({ server, content }: Served): string | null {
    if (server === null || this.#clear === null) return null
    const asWritten = content.slice(content.lastIndexOf('\t') + 1)
    // Longer names were cut, and several people may share what was left.
    return asWritten.length <= CLEAR_NAME && this.#clear.has(asWritten) ? asWritten : null
  }

  #idOf(name: string): string {
    return this.#place.codec.subject(this.#place.tenant, `agent ${name}`)
  }

  #meta(at: number) {
    return {
      tenant: this.#place.tenant,
      actor: IMPORT_ACTOR,
      at: Math.max(at, this.#lastAt),
      origin: 'imported',
      correlation: null,
      causation: null,
    } as const
  }

  async #read(): Promise<void> {
    const { log, codec } = this.#place
    for (;;) {
      const stored = await log.readStream(this.#stream, this.#revision + 1, PAGE)
      for (const event of await codec.decodeAll(stored)) {
        this.#revision = event.revision
        this.#lastAt = event.at
        if (event.type === 'HistoryOpened') this.#opening = event.data as Opened
        else if (event.type === 'HistoryAgentNamed')
          this.#codes.set((event.data as { agentId: string }).agentId, (event.data as { agentCode: string }).agentCode)
      }
      if (stored.length < PAGE) return
    }
  }

  #mustBe({ source, zone }: Opening): void {
    const { source: held, zone: cutIn } = this.#opening
    if (held === source && cutIn === zone) return
    throw new Problem('history.not_for_history', {
      tenant: this.#place.tenant,
      reason: `it holds the history of ${held}, in the zone ${cutIn}`,
    })
  }
}

/** Another import opened the history at the same moment. */
function leaveConflicts(error: unknown): void {
  if (!isProblem(error, 'log.conflict')) throw error
}

/** Agents stored under their names in a history: the name is both their id and their number. */
async function clearNames({ log, tenant }: HistoryPlace): Promise<Set<string>> {
  const names = new Set<string>()
  for await (const { events } of log.readAll(null, { filter: { categories: [CALLS], types: ['CallAnswered'] } })) {
    for (const { stream, data } of events) {
      if (tenantOf(stream) !== tenant) continue
      const { agentId, agentCode } = JSON.parse(data) as { agentId: string | null; agentCode: string | null }
      if (agentId !== null && agentId === agentCode) names.add(agentId)
    }
  }
  return names
}
