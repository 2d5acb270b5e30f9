/** A text in both languages, as answers have it. */
import { z } from 'zod'

export const wordsSchema = z
  .object({ en: z.string().describe('in English'), zh: z.string().describe('in Chinese') })
  .meta({ id: 'Words' })
