/** Decodes a page of the log for folds: only events that some model folds. Those that cannot be read are set aside. */
import type { Codec } from '@ledgerline/core/kernel/codec.ts'
import type { RecordedEvent } from '@ledgerline/core/kernel/event.ts'
import type { LogEvent } from '@ledgerline/core/kernel/log.ts'
import type { EventRules } from './event-rules.ts'
import type { Fold } from './fold.ts'
import type { Entity } from './model.ts'

export class PageDecoder {
  readonly #codec: Codec
  readonly #events: EventRules
  readonly #wanted: ReadonlySet<string>

  constructor(codec: Codec, events: EventRules, types: Iterable<string>) {
    this.#codec = codec
    this.#events = events
    this.#wanted = new Set(types)
  }

  /**
   * Events in order. The fold learns of those that cannot be read, and parks their streams for the models concerned.
   */
  async decode(stored: readonly LogEvent[], fold: Fold): Promise<RecordedEvent[]> {
    const wanted = stored.filter(({ type }) => this.#wanted.has(type) || !this.#events.isKnown(type))
    if (wanted.length === 0) return []
    const { events, failures } = await this.#codec.decode(wanted)
    for (const { stored: event, problem } of failures)
      fold.unreadable(event, tenantOf(event), problem, (model) => concerns(this.#events, model, event))
    return events
  }
}

/** Would the model have folded this event? For an unknown type: does it fold events of such streams at all? */
function concerns(events: EventRules, model: Entity, event: Pick<LogEvent, 'type' | 'stream'>): boolean {
  if (events.isKnown(event.type)) return event.type in model.on
  return events.typesOf(events.subjectOf(event.stream).category).some((type) => type in model.on)
}

/** Unknown types of events that parked something. A read that filters by type must ask for these too, or it would skip them. */
export function unknownTypes(events: EventRules, parked: Iterable<{ type: string }>): string[] {
  return [...new Set([...parked].map(({ type }) => type))].filter((type) => type !== '' && !events.isKnown(type))
}

/** The tenant of an event whose data may be broken: from its metadata, or from its stream. */
function tenantOf({ metadata, stream }: LogEvent): string {
  try {
    const { t } = JSON.parse(metadata) as { t?: unknown }
    if (typeof t === 'string') return t
  } catch {
    // The name of the stream says it too.
  }
  return stream.slice(stream.indexOf('-') + 1, stream.lastIndexOf('.'))
}
