/**
 * An event that cannot be read (`codec.ts` decides): of a type that this version does not know (a later one wrote it
 * and was rolled back), of a newer schema, or broken. It must not stop the people it concerns, so its stream is set
 * aside. What was known before is closed by an explicit event that says why, and people carry on; nothing is guessed.
 * From then on the same holds for every reader, even for a later version that could read the event after all.
 */
import { z } from 'zod'
import { clearText } from './event.ts'

/** Where it is, and why it cannot be read; fields of the closing events. */
export const unreadFields = {
  eventId: clearText('id', 64).describe('the event that cannot be read'),
  eventType: clearText('id', 200),
  revision: z.number().int().min(0).describe('its place in the stream'),
  why: z
    .enum(['unknown', 'newer', 'corrupt'])
    .describe('of a type that this version does not know, of a newer schema, or broken'),
}

export interface Unread {
  stream: string
  eventId: string
  eventType: string
  revision: number
  why: 'unknown' | 'newer' | 'corrupt'
  /** When it happened, as far as that can be read, else when the log took it; UTC ms. */
  at: number
}

/** Part of the state of a stream that is set aside. */
export interface SetAside extends Pick<Unread, 'eventId' | 'eventType' | 'revision' | 'why'> {
  /** Is this recorded in the ledger? */
  written: boolean
}

/** The form in which a state keeps it. */
export function setAsideBy(
  { eventId, eventType, revision, why }: Omit<SetAside, 'written'>,
  written: boolean,
): SetAside {
  return { eventId, eventType, revision, why, written }
}
