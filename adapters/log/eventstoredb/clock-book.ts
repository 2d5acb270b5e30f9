/**
 * Where it is kept what was found out about the server's clock: in the metadata of a stream that has no events, of which
 * the server keeps the last version by itself. There it is one with the log, also in its backup and on all of its nodes.
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
      // Nobody waits for it: appends of the house go first.
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
