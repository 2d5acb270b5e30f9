/**
 * An event that cannot be read (`codec.ts` says so): of a type that this version does not know (a later one wrote it, and was rolled
 * back), of a newer schema, or broken. It must not stop those whom it is about: its stream is set aside. What was
 * known before is closed, by an explicit event that says why, and people go on; nothing is guessed. The same is
 * true for every reader from then on, also for one of a later version that could read the event after all.
 */
import { z } from 'zod'
import { clearText } from './event.ts'

/** Where it stands, and why it cannot be read; as the closing events say it. */
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

/** What a state says of a stream that is set aside. */
export interface SetAside extends Pick<Unread, 'eventId' | 'eventType' | 'revision' | 'why'> {
  /** Does the ledger say so? */
  written: boolean
}

/** As a state keeps it. */
export function setAsideBy(
  { eventId, eventType, revision, why }: Omit<SetAside, 'written'>,
  written: boolean,
): SetAside {
  return { eventId, eventType, revision, why, written }
}
