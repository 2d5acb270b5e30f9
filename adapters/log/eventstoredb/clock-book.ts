/**
 * Keeps what was found out about the server's clock, in the metadata of a stream that has no events; the server itself
 * retains only their latest version. There it is part of the log, including its backup and all its nodes.
 */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Appends } from './appends.ts'
import type { Reads } from './reads.ts'
import type { ClockBook } from './server-clock.ts'

const STREAM = '$$ledgerline_clock'

const place = z.object({ commit: z.int(), prepare: z.int() })
const looked = z.object({
  through: place.nullable(),
  moment: z.number(),
  stretches: z.array(z.object({ from: place, to: place.nullable(), moment: z.number() })),
})

export function bookIn(reads: Reads, appends: Appends): ClockBook {
  return {
    async load() {
      const last = await reads.firstOf({ stream: STREAM, from: 'end' })
      return last && looked.parse((JSON.parse(last.data) as { looked: unknown }).looked)
    },
    async save(found) {
      // Nothing waits for it: the house's own appends go first.
      await appends.append(
        {
          stream: STREAM,
          expected: 'any',
          events: [{ id: randomUUID(), type: '$metadata', data: JSON.stringify({ looked: found }), metadata: '{}' }],
        },
        true,
      )
    },
  }
}
