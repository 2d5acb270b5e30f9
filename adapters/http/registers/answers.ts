/** What registers there are, as their lists and forms need them. Read by the screens, too. */
import { z } from 'zod'
import { wordsSchema as words } from '../routing/words.ts'

const field = z.object({
  name: z.string().describe('in rows and requests'),
  kind: z.string().describe('text, lines, link, integer, flag, day, colour, reference, phone or personal'),
  label: words.describe('what people call it'),
  help: words.nullable().describe('what to enter, and what it does'),
  optional: z.boolean().describe('may be empty'),
  personal: z.boolean().describe('about a person: masked for those who may not see it'),
  searched: z
    .enum(['part', 'name', 'number'])
    .nullable()
    .describe('lists find it by a part; a name also as it is read; null: not at all'),
  least: z.number().nullable().describe('smallest number'),
  most: z.number().nullable().describe('largest number; most characters'),
  colours: z.array(z.string()).nullable().describe('of a colour: its values'),
  to: z.string().nullable().describe('of a reference: the table of what it refers to'),
})

export const declaredRegister = z
  .object({
    table: z.string().describe('in addresses'),
    one: words.describe('one of them'),
    many: words.describe('the register'),
    about: words.describe('what it is for'),
    book: z.string().describe('registers of the same book are shown together'),
    fields: z.array(field).describe('in the order of its form'),
    label: z.string().describe('the field by which people know a record'),
    columns: z.array(z.string()).describe('fields of its list, in order'),
    sort: z.string().describe('the order of its list'),
    large: z.boolean().describe('may have millions of records; what it refers to takes them along'),
    reviewed: z.boolean().describe('what is written waits for approval'),
    mayEdit: z.boolean().describe('you may add, change and remove'),
    mayImport: z.boolean().describe('you may import files into it'),
    mayExport: z.boolean().describe('you may export it'),
    mayReview: z.boolean().describe('you may approve and send back'),
  })
  .meta({ id: 'Register' })
export type DeclaredRegister = z.infer<typeof declaredRegister>
export type DeclaredField = z.infer<typeof field>
