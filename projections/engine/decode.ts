/** From a page of the log to what folds take: only what some model folds is decoded, and what cannot be read is set aside. */
import { catalogue, concepts } from '@ledgerline/core/catalogue.ts'
import type { Codec } from '@ledgerline/core/kernel/codec.ts'
import { categoryOf, type RecordedEvent } from '@ledgerline/core/kernel/event.ts'
import type { LogEvent } from '@ledgerline/core/kernel/log.ts'
import type { Fold } from './fold.ts'
import type { Entity } from './model.ts'

export class PageDecoder {
  readonly #codec: Codec
  readonly #wanted: ReadonlySet<string>

  constructor(codec: Codec, types: Iterable<string>) {
    this.#codec = codec
    this.#wanted = new Set(types)
  }

  /** Events in order. What could not be read is told to the fold, which parks its stream for the models concerned. */
  async decode(stored: readonly LogEvent[], fold: Fold): Promise<RecordedEvent[]> {
    const wanted = stored.filter(({ type }) => this.#wanted.has(type) || !(type in catalogue))
    if (wanted.length === 0) return []
    const { events, failures } = await this.#codec.decode(wanted)
    for (const { stored: event, problem } of failures)
      fold.unreadable(event, tenantOf(event), problem, (model) => concerns(model, event))
    return events
  }
}

/** Would the model have folded this event? Of a type that nobody knows: does it fold events of such streams at all? */
function concerns(model: Entity, event: Pick<LogEvent, 'type' | 'stream'>): boolean {
  if (event.type in catalogue) return event.type in model.on
  const concept = concepts[categoryOf(event.stream).replace(/^imported_/, '') as keyof typeof concepts]
  return concept !== undefined && Object.keys(concept).some((type) => type in model.on)
}

/** Types of events that parked something and that nobody knows: whoever reads by types asks for these too, or would fold past them. */
export function unknownTypes(parked: Iterable<{ type: string }>): string[] {
  return [...new Set([...parked].map(({ type }) => type))].filter((type) => type !== '' && !(type in catalogue))
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
