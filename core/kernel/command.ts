/**
 * Command handling: load the stream, decide, append at the revision that was read; on a conflict load
 * again, bounded and with jitter. A command has an id, from which the ids of its events are derived together
 * with the place where each stands: a command that is repeated is found again, and no id can stand twice in the
 * ledger, also where a process does a thing under the name under which it did it before. Its answer (a refusal
 * too) is kept, so that a repeated command changes nothing and is answered as before.
 */
import { hash } from 'node:crypto'
import { carriedOn, isAhead } from './ahead.ts'
import { AnsweredOnce, type Answer, type AnswerBook } from './answered-once.ts'
import type { Clock, Dice } from './clock.ts'
import { unreadOf, type Codec, type Draft } from './codec.ts'
import type { Decider } from './decider.ts'
import type { Metadata, NewEvent, Origin } from './event.ts'
import { streamName } from './event.ts'
import type { EventLog, LogEvent } from './log.ts'
import { growingPause } from './pauses.ts'
import { isProblem, type ProblemEntries } from './problem.ts'

export type { Answer, AnswerBook, KeptAnswer } from './answered-once.ts'

/** Who asks, and under which id. */
export interface CommandEnvelope {
  tenant: string
  /** Unique; made at the edge. The same id with another content is refused. */
  commandId: string
  actor: string
  origin?: Origin
  correlation?: string | null
  causation?: string | null
  /** When it happened, where that is not now (a report that waited). */
  at?: number
}

/** An answer with the events themselves, for a process that folds its own appends at once. */
export interface Carried<E extends NewEvent> {
  answer: Answer
  /** What was appended now, in order; the last has the answer's revision. Empty when an earlier attempt had written them. */
  events: readonly E[]
  /** The moment that they carry. */
  at: number
  stream: string
}

/** A stream as somebody already knows it, which spares loading it. */
export interface KnownStream<State> {
  state: State
  revision: number
  /** `at` of its last event. */
  lastAt: number
}

const ATTEMPTS = 8
/** After a conflict; the last attempt but one is followed by the longest. */
const CONFLICT_PAUSES = { firstMs: 4, longestMs: 256 }
const MAX_STREAM = 100_000

export interface CommandsDependencies {
  log: EventLog
  codec: Codec
  clock: Clock
  dice: Dice
  answers: AnswerBook
  /** Everything that may be refused: says which refusals are kept; by default what the kernel itself names. */
  problems?: ProblemEntries
}

export class Commands {
  readonly #log: EventLog
  readonly #codec: Codec
  readonly #clock: Clock
  readonly #dice: Dice
  readonly #once: AnsweredOnce

  constructor(dependencies: CommandsDependencies) {
    this.#log = dependencies.log
    this.#codec = dependencies.codec
    this.#clock = dependencies.clock
    this.#dice = dependencies.dice
    this.#once = new AnsweredOnce(dependencies.answers, dependencies.problems)
  }

  /**
   * Handles a command from outside: answered once, and the same again when it is repeated.
   * @throws Problem the decider's refusal, `command.reused`, `log.conflict` after 8 attempts, `log.unavailable`
   */
  async handle<S, C, E extends NewEvent>(
    decider: Decider<S, C, E>,
    id: string,
    command: C,
    envelope: CommandEnvelope,
  ): Promise<Answer> {
    const content = `${decider.category} ${id} ${JSON.stringify(command)}`
    return this.#once.answer(
      envelope.tenant,
      envelope.commandId,
      content,
      async () => (await this.carryOut(decider, id, command, envelope)).answer,
    )
  }

  /**
   * Handles a command of a process: idempotent by its event ids alone. `known` spares the load at the
   * first attempt; when it proves stale, the stream is loaded. What the command wrote before was known then is
   * no earlier attempt: whoever decided had seen it, and wants it again. `mayAppend` is asked before each append, and
   * throws where whoever decided may decide no more: that process may have been stopped for a minute since it began.
   */
  async carryOut<S, C, E extends NewEvent>(
    decider: Decider<S, C, E>,
    id: string,
    command: C,
    envelope: CommandEnvelope,
    known?: KnownStream<S>,
    mayAppend?: () => void,
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
      const events = isAhead(loaded.lastAt, now) ? decided.map((event): E => carriedOn(event, now, at)) : decided
      if (events.length === 0)
        return { answer: { revision: loaded.revision, position: null, events: [] }, events, at, stream }
      const stored = await this.#codec.encode(
        events.map((event, index) => draft(event, eventId(envelope.commandId, stream, first + index), at, envelope)),
      )
      mayAppend?.()
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

  /** What a command wrote to a stream at an earlier attempt whose answer was lost; null when it wrote nothing there. */
  async written<S, C, E extends NewEvent>(
    decider: Decider<S, C, E>,
    id: string,
    { tenant, commandId }: CommandEnvelope,
  ): Promise<Answer | null> {
    const loaded = await this.#load(decider, streamName(decider.category, tenant, id), commandId)
    return 'answered' in loaded ? loaded.answered : null
  }

  /**
   * What a stream says now, by the log itself: whatever was acknowledged is in it, however far whoever asks has read.
   * @param known what is known of it already, which spares reading it
   * @throws Problem `log.unavailable`, what an event cannot be read for
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

  /** @param known up to this revision nothing is taken for an earlier attempt */
  async #load<S, C, E extends NewEvent>(
    decider: Decider<S, C, E>,
    stream: string,
    commandId: string,
    known = -1,
  ): Promise<KnownStream<S> | { answered: Answer }> {
    const stored = await this.#log.readStream(stream, 0, MAX_STREAM)
    const mine = writtenBy(commandId, stream, stored.slice(known + 1))
    const last = mine.at(-1)
    // An earlier attempt was written, and its answer lost on the way.
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

/** The id of an event that a command writes at a place: of that command there, and of none other anywhere. */
export function eventId(commandId: string, stream: string, revision: number): string {
  return derivedId(commandId, `${stream}@${revision}`)
}

/** What a command wrote at once among events of a stream; ids of earlier versions of the program do not name the place. */
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

/** A UUID (version 8, RFC 9562) that follows from a command id and a name within it. */
export function derivedId(commandId: string, name: string): string {
  const hex = hash('sha256', `${commandId} ${name}`, 'hex')
  const variant = (0x8 + (Number.parseInt(hex[16]!, 16) & 3)).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
