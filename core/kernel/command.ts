/**
 * Command handling: load the stream, decide, append at the revision that was read; on a conflict load again, a bounded
 * number of times and with jitter. The ids of a command's events are derived from the command's id and from the place
 * of each event in the ledger. So a repeated command is recognised, and no id can occur twice in the ledger, even if a
 * process repeats something under a name it used before. The answer (refusals too) is kept, so that repeating a command
 * changes nothing and returns the same answer.
 */
import { continuedAt, isAhead } from './ahead.ts'
import { AnsweredOnce, type Answer, type AnswerBook } from './answered-once.ts'
import type { Clock, Dice } from './clock.ts'
import type { Codec, Draft } from './codec.ts'
import { unreadOf } from './stored-event.ts'
import type { Decider } from './decider.ts'
import { derivedId } from './derived-id.ts'
import type { Metadata, NewEvent, Origin } from './event.ts'
import { streamName } from './event.ts'
import type { EventLog, LogEvent } from './log.ts'
import { growingPause } from './pauses.ts'
import { isProblem, type ProblemEntries } from './problem.ts'

export type { Answer, AnswerBook, KeptAnswer } from './answered-once.ts'

/** Who is asking, and under which command id. */
export interface CommandEnvelope {
  tenant: string
  /** Unique; made at the edge. The same id with different content is refused. */
  commandId: string
  actor: string
  origin?: Origin
  correlation?: string | null
  causation?: string | null
  /** When it happened, if not now (a report that waited). */
  at?: number
}

/** An answer including the events, for a process that folds its own appends at once. */
export interface Carried<E extends NewEvent> {
  answer: Answer
  /**
   * What was appended now, in order; the last event has the answer's revision. Empty if an earlier attempt had written
   * them.
   */
  events: readonly E[]
  /** The `at` of these events. */
  at: number
  stream: string
}

/** A stream as already known to the caller, which saves loading it. */
export interface KnownStream<State> {
  state: State
  revision: number
  /** `at` of its last event. */
  lastAt: number
}

const ATTEMPTS = 8
/** After a conflict; the longest pause comes before the last attempt. */
const CONFLICT_PAUSES = { firstMs: 4, longestMs: 256 }
const MAX_STREAM = 100_000

export interface CommandsDependencies {
  log: EventLog
  codec: Codec
  clock: Clock
  dice: Dice
  answers: AnswerBook
  /** Every possible refusal; says which refusals are kept. By default the kernel's own. */
  problems?: ProblemEntries
  /** Told of what a command from outside wrote, before its sender is answered. */
  onHandled?: (carried: Carried<NewEvent>) => void
}

export class Commands {
  readonly #log: EventLog
  readonly #codec: Codec
  readonly #clock: Clock
  readonly #dice: Dice
  readonly #once: AnsweredOnce
  readonly #onHandled: (carried: Carried<NewEvent>) => void

  constructor(dependencies: CommandsDependencies) {
    this.#log = dependencies.log
    this.#codec = dependencies.codec
    this.#clock = dependencies.clock
    this.#dice = dependencies.dice
    this.#once = new AnsweredOnce(dependencies.answers, dependencies.problems)
    this.#onHandled = dependencies.onHandled ?? (() => {})
  }

  /**
   * Handles a command from outside: answered once, with the same answer when repeated.
   * @param content tells a repetition from another command under the same id; by default the command itself
   * @throws Problem the decider's refusal, `command.reused`, `log.conflict` after 8 attempts, `log.unavailable`
   */
  async handle<S, C, E extends NewEvent>(
    decider: Decider<S, C, E>,
    id: string,
    command: C,
    envelope: CommandEnvelope,
    content = `${decider.category} ${id} ${JSON.stringify(command)}`,
  ): Promise<Answer> {
    return this.#once.answer(envelope.tenant, envelope.commandId, content, async () => {
      const carried = await this.carryOut(decider, id, command, envelope)
      this.#onHandled(carried)
      return carried.answer
    })
  }

  /** The keyed hash of a text: the same every time, and impossible to guess, however little the text says. */
  digest(tenant: string, text: string): string {
    return this.#codec.digest(tenant, text)
  }

  /**
   * Handles a process's own command: idempotent by its event ids alone. `known` saves loading the stream at the first
   * attempt; if it proves stale, the stream is loaded. Events that this command had written before `known` do not count
   * as an earlier attempt: the caller had seen them and wants the command again. `beforeAppend` is called before each
   * append and throws if the caller may no longer decide: that process may have been stopped for a minute since it
   * began.
   */
  async carryOut<S, C, E extends NewEvent>(
    decider: Decider<S, C, E>,
    id: string,
    command: C,
    envelope: CommandEnvelope,
    known?: KnownStream<S>,
    beforeAppend?: () => void,
  ): Promise<Carried<E>> {
    const stream = streamName(decider.category, envelope.tenant, id)
    let current = known
    for (let attempt = 1; ; attempt++) {
      const loaded = current ?? (await this.#load(decider, stream, envelope.commandId, known?.revision))
      if ('answered' in loaded) return { answer: loaded.answered, events: [], at: 0, stream }
      current = undefined
      const now = this.#clock.now()
      const at = Math.max(envelope.at ?? now, loaded.lastAt)
      let made = 0
      const first = loaded.revision + 1
      const newId = (): string => derivedId(envelope.commandId, `${stream}@${first} id${made++}`)
      const decided = decider.decide(command, loaded.state, { at, now, newId })
      const events = isAhead(loaded.lastAt, now) ? decided.map((event): E => continuedAt(event, now, at)) : decided
      if (events.length === 0)
        return { answer: { revision: loaded.revision, position: null, events: [] }, events, at, stream }
      const stored = await this.#codec.encode(
        events.map((event, index) => draft(event, eventId(envelope.commandId, stream, first + index), at, envelope)),
      )
      beforeAppend?.()
      try {
        const { revision, position } = await this.#log.append(
          stream,
          loaded.revision < 0 ? 'none' : loaded.revision,
          stored,
        )
        return { answer: { revision, position, events: events.map((event) => event.type) }, events, at, stream }
      } catch (error) {
        if (!isProblem(error, 'log.conflict') || attempt === ATTEMPTS) throw error
        await this.#pause(attempt)
      }
    }
  }

  /** What a command wrote to a stream in an earlier attempt whose answer was lost; null if it wrote nothing there. */
  async written<S, C, E extends NewEvent>(
    decider: Decider<S, C, E>,
    id: string,
    { tenant, commandId }: CommandEnvelope,
  ): Promise<Answer | null> {
    const loaded = await this.#load(decider, streamName(decider.category, tenant, id), commandId)
    return 'answered' in loaded ? loaded.answered : null
  }

  /**
   * The present state of a stream according to the log itself: it includes everything acknowledged, however far the
   * caller has read.
   * @param known what is already known of it, which saves reading that part
   * @throws Problem `log.unavailable`, or why an event cannot be read
   */
  async current<S, C, E extends NewEvent>(
    decider: Decider<S, C, E>,
    id: string,
    tenant: string,
    known?: KnownStream<S>,
  ): Promise<S> {
    const stored = await this.#log.readStream(
      streamName(decider.category, tenant, id),
      (known?.revision ?? -1) + 1,
      MAX_STREAM,
    )
    return (await this.#folded(decider, stored, known?.state ?? decider.initial, known?.lastAt ?? 0)).state
  }

  /** @param known events up to this revision do not count as an earlier attempt */
  async #load<S, C, E extends NewEvent>(
    decider: Decider<S, C, E>,
    stream: string,
    commandId: string,
    known = -1,
  ): Promise<KnownStream<S> | { answered: Answer }> {
    const stored = await this.#log.readStream(stream, 0, MAX_STREAM)
    const mine = writtenBy(commandId, stream, stored.slice(known + 1))
    const last = mine.at(-1)
    // An earlier attempt was written, but its answer got lost.
    if (last)
      return { answered: { revision: last.revision, position: last.position, events: mine.map((event) => event.type) } }
    return { ...(await this.#folded(decider, stored, decider.initial, 0)), revision: stored.length - 1 }
  }

  /** A state with stored events folded into it. */
  async #folded<S, C, E extends NewEvent>(
    decider: Decider<S, C, E>,
    stored: readonly LogEvent[],
    before: S,
    beforeAt: number,
  ): Promise<{ state: S; lastAt: number }> {
    let state = before
    let lastAt = beforeAt
    const { events, failures } = await this.#codec.decode(stored)
    const failed = new Map(failures.map((failure) => [failure.stored.revision, failure]))
    let read = 0
    for (const { revision } of stored) {
      const failure = failed.get(revision)
      const unread = failure && decider.unread ? unreadOf(failure) : null
      if (failure && !unread) throw failure.problem
      if (unread) {
        state = decider.unread!(state, unread)
        lastAt = Math.max(lastAt, unread.at)
      } else {
        const event = events[read++]!
        state = decider.evolve(state, event as never)
        lastAt = event.at
      }
    }
    return { state, lastAt }
  }

  #pause(attempt: number): Promise<void> {
    const ms = growingPause(CONFLICT_PAUSES, attempt, this.#dice)
    return new Promise((resolve) => this.#clock.at(this.#clock.now() + ms, resolve))
  }
}

function draft(event: NewEvent, id: string, at: number, envelope: CommandEnvelope): Draft {
  const meta: Omit<Metadata, 'schema'> = {
    tenant: envelope.tenant,
    actor: envelope.actor,
    at,
    origin: envelope.origin ?? 'live',
    correlation: envelope.correlation ?? null,
    causation: envelope.causation ?? envelope.commandId,
  }
  return { id, event, meta }
}

/** The id of the event that a command writes at a place: no other event anywhere has it. */
export function eventId(commandId: string, stream: string, revision: number): string {
  return derivedId(commandId, `${stream}@${revision}`)
}

/**
 * The events of a stream that a command wrote in one append; ids from earlier versions of the program do not include
 * the place.
 */
function writtenBy(commandId: string, stream: string, events: readonly LogEvent[]): LogEvent[] {
  const early = derivedId(commandId, 'event0')
  const isOurs = ({ id, revision }: LogEvent): boolean => id === eventId(commandId, stream, revision)
  const from = events.findIndex((event) => event.id === early || isOurs(event))
  if (from < 0) return []
  const belongs =
    events[from]!.id === early
      ? ({ id }: LogEvent, index: number) => id === derivedId(commandId, `event${index}`)
      : isOurs
  const rest = events.slice(from)
  const end = rest.findIndex((event, index) => !belongs(event, index))
  return end < 0 ? rest : rest.slice(0, end)
}
