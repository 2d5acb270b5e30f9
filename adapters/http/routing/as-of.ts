/** How current an answer is, as stated by every query and report. */
import { z } from 'zod'

export const asOfSchema = z
  .object({
    position: z.string().nullable().describe('the answer includes everything up to here'),
    at: z.number().int().nullable().describe('when the log took that event (UTC ms)'),
    lagMs: z.number().int().describe('how long the oldest unprocessed event has been waiting; 0 when none is'),
  })
  .meta({ id: 'AsOf' })
