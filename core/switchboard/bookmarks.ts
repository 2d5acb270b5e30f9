/**
 * Where a process begins to read when it has no snapshot. The ledger of years is never read for that: the owner leaves
 * bookmarks (`bookmark/events.ts`), about one an hour. A process that starts from the last one reads
 *
 * 1. the streams that the bookmark names: calls and shifts that have been open for more than a day, phones that are
 *    registered, the configuration in force at that earlier bookmark, the last owner of the switchboard;
 * 2. everything since an earlier bookmark, which is at least {@link REMEMBERED_MS} older.
 *
 * So it reads what is open and the last day, however old the ledger is. Nothing that the switchboard remembers of what is
 * over reaches further back (`acd/memory.ts`), except who was offered a call last in a queue that has been quiet since.
 */
import { BOOKMARKS_ID, bookmarkDecider, type Bookmark, type OpenStream } from '../bookmark/bookmark.ts'
import { MOST_OPEN } from '../bookmark/events.ts'
import { CONFIGURATION_ID } from '../configuration/configuration.ts'
import { OWNER_ID } from '../configuration/ownership.ts'
import type { Codec } from '../kernel/codec.ts'
import type { CommandEnvelope, Commands } from '../kernel/command.ts'
import { categoryOf, idOf, streamName, type Position } from '../kernel/event.ts'
import { lastThere } from '../kernel/last-there.ts'
import type { EventLog, LogEvent } from '../kernel/log.ts'
import { isProblem } from '../kernel/problem.ts'
import { shiftIdOf } from '../agent/shift-id.ts'
import type { SwitchboardState } from '../state/switchboard-state.ts'
import type { ProcessLog } from './executor.ts'

const HOUR_MS = 3_600_000
/** One is left after this time, if anything has happened. */
const EVERY_MS = HOUR_MS
/** The switchboard remembers the work of agents for this long (`queue/workload.ts`), and everything else for less. */
const REMEMBERED_MS = 25 * HOUR_MS
/** Clocks of processes differ: what began this much later may stand before a bookmark. */
const APART_MS = HOUR_MS
/** The last bookmarks, among which there is one that is old enough. */
const LATEST = 60
const PAGE = 1_000
/** Streams read at the same time. */
const AT_ONCE = 8

/** Where to begin. */
export interface Beginning {
  /** What has to be known before, in the order of the log. */
  events: LogEvent[]
  /** Everything after this is read; null: from the start. */
  after: Position | null
}

interface Left {
  revision: number
  at: number
  /** From which revision on the configuration has to be read. */
  configuration: number
}

export interface BookmarksDependencies {
  tenant: string
  log: EventLog
  codec: Codec
  commands: Commands
  notes: ProcessLog
}

export class Bookmarks {
  readonly #dependencies: BookmarksDependencies
  readonly #stream: string
  /** The latest bookmarks, oldest first; null: not looked up yet. */
  #left: Left[] | null = null
  #lastAt: number
  #writing = false

  /** @param now since when this process has been running */
  constructor(dependencies: BookmarksDependencies, now: number) {
    this.#dependencies = dependencies
    this.#stream = streamName(bookmarkDecider.category, dependencies.tenant, BOOKMARKS_ID)
    this.#lastAt = now
  }

  /**
   * Where to begin to read.
   * @throws Problem `log.unavailable`
   */
  async beginning(): Promise<Beginning> {
    const fromStart: Beginning = { events: [], after: null }
    for (let revision = await this.#lastRevision(); revision >= 0; revision--) {
      const bookmark = await this.#read(revision)
      // One that cannot be read is as if it had not been left.
      if (!bookmark) continue
      const { since, open } = bookmark
      const place = since === null ? undefined : (await this.#dependencies.log.readStream(this.#stream, since, 1))[0]
      return place ? { events: await this.#before(place.position, open), after: place.position } : fromStart
    }
    return fromStart
  }

  /** Is it time to leave one? */
  isDue(now: number): boolean {
    return !this.#writing && now - this.#lastAt >= EVERY_MS
  }

  /** Leaves one. If that fails, the next is left an hour later: it only makes a start longer. */
  async leave(switchboard: SwitchboardState, now: number, envelope: CommandEnvelope): Promise<void> {
    const { commands, notes } = this.#dependencies
    this.#writing = true
    this.#lastAt = now
    try {
      const left = (this.#left ??= await this.#latest())
      const since = left.findLast(({ at }) => at <= now - REMEMBERED_MS) ?? null
      const open = since ? openBefore(switchboard, since.at + APART_MS, since.configuration) : []
      if (open.length > MOST_OPEN) return notes.warn('too much is open for a bookmark', { streams: open.length })
      const last = left.at(-1)
      const known = { state: null, revision: last?.revision ?? -1, lastAt: last?.at ?? 0 }
      const configuration = needsNoOther(switchboard.configuration)
      const command = {
        do: 'bookmark' as const,
        since: since?.revision ?? null,
        ...(configuration !== null && { configuration }),
        open,
      }
      const { answer, at } = await commands.carryOut(bookmarkDecider, BOOKMARKS_ID, command, envelope, known)
      left.push({ revision: answer.revision, at, configuration: configuration ?? 0 })
      if (left.length > LATEST) left.shift()
    } catch (error) {
      this.#left = null
      if (!isProblem(error)) throw error
      notes.warn('no bookmark could be left', { code: error.code })
    } finally {
      this.#writing = false
    }
  }

  /** The events of some streams up to a place, in the order of the log. */
  async #before(place: Position, open: readonly OpenStream[]): Promise<LogEvent[]> {
    const events: LogEvent[] = []
    const left = [...open]
    const work = async (): Promise<void> => {
      for (let stream = left.pop(); stream; stream = left.pop()) events.push(...(await this.#upTo(place, stream)))
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
    return events.sort((one, other) => (one.position < other.position ? -1 : 1))
  }

  async #upTo(place: Position, { category, id, from }: OpenStream): Promise<LogEvent[]> {
    const { log, tenant } = this.#dependencies
    const events: LogEvent[] = []
    for (;;) {
      const page = await log.readStream(streamName(category, tenant, id), from + events.length, PAGE)
      const before = page.filter(({ position }) => position <= place)
      events.push(...before)
      if (page.length < PAGE || before.length < page.length) return events
    }
  }

  /** A bookmark's content; null if it cannot be read. */
  async #read(revision: number): Promise<Bookmark | null> {
    const { log, codec } = this.#dependencies
    const { events } = await codec.decode(await log.readStream(this.#stream, revision, 1))
    return events[0] ? (events[0].data as Bookmark) : null
  }

  async #latest(): Promise<Left[]> {
    const { log, codec } = this.#dependencies
    const first = Math.max(0, (await this.#lastRevision()) - LATEST + 1)
    const { events } = await codec.decode(await log.readStream(this.#stream, first, LATEST))
    return events.map(({ revision, at, data }) => ({
      revision,
      at,
      configuration: (data as Bookmark).configuration ?? 0,
    }))
  }

  /** The revision of the last one, -1 if there is none. */
  #lastRevision(): Promise<number> {
    const { log } = this.#dependencies
    return lastThere(0, async (revision) => (await log.readStream(this.#stream, revision, 1)).length > 0)
  }
}

/** The revision of the configuration in force, if its activation says all by itself; null: it takes those before it, too. */
function needsNoOther({ state, revision }: SwitchboardState['configuration']): number | null {
  return state.byItself && !state.unread ? revision : null
}

/**
 * The streams that began before a moment and of which something is still needed.
 * @param configuration from which revision on it is needed
 */
function openBefore(switchboard: SwitchboardState, moment: number, configuration: number): OpenStream[] {
  const open = new Map<string, OpenStream>()
  const add = (category: OpenStream['category'], id: string, from: number): void =>
    void open.set(`${category} ${id}`, { category, id, from: Math.max(0, from) })
  for (const call of switchboard.calls()) if (call.startedAt < moment) add('call', call.callId, 0)
  for (const { agentId, signedInAt } of switchboard.shifts()) {
    const known = switchboard.knownShift(agentId)
    if (known && signedInAt < moment) add('shift', shiftIdOf(agentId, known.number), 0)
  }
  for (const { id, from } of switchboard.network.needed()) add('network', id, from)
  for (const { stream } of switchboard.starving.values()) add('switchboard', idOf(stream), 0)
  if (switchboard.owner.revision >= 0) add('switchboard', OWNER_ID, switchboard.owner.revision)
  for (const { stream } of switchboard.aside) add(categoryOf(stream) as OpenStream['category'], idOf(stream), 0)
  if (switchboard.configuration.revision >= 0) add('switchboard', CONFIGURATION_ID, configuration)
  return [...open.values()]
}
