/**
 * The events of a call as text. The types come from the event catalogue, so an event without a text, or with a field that no
 * longer exists, breaks the build of the screens.
 */
import type { callEvents, OfferFailure, QueueExit } from '@ledgerline/core/call/events.ts'
import type { DataOf } from '@ledgerline/core/kernel/event.ts'
import type { EndedBy, LegEnd, LegPurpose } from '@ledgerline/core/telephony/port.ts'

type CallEvents = typeof callEvents
export type CallEventType = keyof CallEvents & string

/** How a sentence writes the values in it. */
export interface Say {
  queue(code: string | null): string
  agent(code: string | null): string
  leg(legId: string): string
  ms(duration: number): string
  number(value: string | null): string
}

export type EventWords = {
  title: { [T in CallEventType]: string }
  detail: { [T in CallEventType]?: (data: DataOf<CallEvents, T>, say: Say) => string }
}

export interface Terms {
  by: Record<EndedBy, string>
  purpose: Record<LegPurpose, string>
  reason: Record<LegEnd['reason'], string>
  offerFailure: Record<OfferFailure, string>
  queueExit: Record<QueueExit, string>
}

/** The sentence of an event as the timeline sends it; what is unknown is shown by its type. */
export function eventInWords(
  words: EventWords,
  event: { type: string; data: unknown },
  say: Say,
): { title: string; detail: string } {
  const type = event.type as CallEventType
  const detail = words.detail[type] as ((data: unknown, say: Say) => string) | undefined
  return {
    title: words.title[type] ?? event.type,
    detail: detail && event.data !== null ? detail(event.data, say) : '',
  }
}

/** Joins what there is. */
export function parts(...all: (string | null | false | undefined)[]): string {
  return all.filter((part) => part).join(' · ')
}
