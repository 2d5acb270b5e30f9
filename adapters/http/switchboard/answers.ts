/** What the routes of the draft answer. Read by the screens, too. */
import { z } from 'zod'
import { sectionName } from '@ledgerline/core/configuration/events.ts'
import { wordsSchema as words } from '../routing/words.ts'

const moment = z.number().int().describe('UTC ms')

/** Any value of a setting. */
const value = z.unknown().describe('a text, number, flag, list or null')

const fieldDifference = z.object({
  field: z.string().describe('path of the setting, `[]` for an element: menus[].nodes[].action.to'),
  of: z.array(z.string()).describe('the elements it is of, outermost first'),
  before: value,
  after: value,
})

export const itemDifference = z.object({
  section: sectionName,
  key: z.string(),
  label: z.string().describe('what it is called on screens'),
  change: z.enum(['added', 'changed', 'removed']),
  fields: z.array(fieldDifference).describe('what differs; the first of them if there are many'),
  more: z.number().int().describe('fields that were left out'),
  by: z.string().nullable().describe('who changed it last; null: it came with a version that was taken over'),
  at: moment.nullable(),
})
export type ItemDifferenceRow = z.infer<typeof itemDifference>

const count = z.number().int()
const sums = z.array(z.object({ section: sectionName, added: count, changed: count, removed: count }))

export const draftSchema = z
  .object({
    version: z.number().int().describe('the version in force; 0: none yet'),
    based: z.number().int().nullable().describe('the earlier version that was taken over; null: none'),
    tag: z.string().describe('says what was looked at: an activation names it (also as ETag)'),
    pending: z.number().int().describe('items that differ from what is in force'),
    sums: sums.describe('the same by section'),
    by: z.array(z.string()).describe('who changed something'),
    lastAt: moment.nullable().describe('the last change; null: none waits'),
    changes: z.array(itemDifference).describe('the changes; the first 500 if there are more'),
    mayEdit: z.boolean(),
    mayActivate: z.boolean(),
  })
  .meta({ id: 'Draft' })
export type DraftState = z.infer<typeof draftSchema>

export const draftRow = z.object({
  key: z.string(),
  label: z.string(),
  item: z.record(z.string(), value).describe('its settings, without passwords; of a removed one as it was'),
  version: z.string().nullable().describe('send it with a change or removal, or as If-Match; null: it is removed'),
  change: z.enum(['added', 'changed', 'removed']).nullable().describe('what waits to be activated; null: nothing'),
  by: z.string().nullable(),
  at: moment.nullable(),
})
export type DraftRow = z.infer<typeof draftRow>

export const draftRows = z
  .object({
    rows: z.array(draftRow),
    total: z.number().int().describe('how many match'),
    next: z.number().int().nullable().describe('`from` of the next page; null after the last'),
  })
  .meta({ id: 'DraftItems' })
export type DraftRows = z.infer<typeof draftRows>

const kinds = [
  'text',
  'secret',
  'integer',
  'ratio',
  'duration',
  'flag',
  'choice',
  'several',
  'texts',
  'reference',
  'clock',
  'day',
  'group',
  'list',
] as const

const fieldBase = z.object({
  name: z.string().describe('in items'),
  path: z.string().describe('in differences and findings'),
  kind: z.enum(kinds),
  label: words,
  help: words.nullable().describe('what it does'),
  optional: z.boolean().describe('may be left empty'),
  usual: value.describe('what is meant if it is left out'),
  advanced: z.boolean().describe('rarely changed'),
  least: z.number().nullable(),
  most: z.number().nullable().describe('largest value, longest text, most elements'),
  off: z.boolean().describe('0 is allowed, too, and switches the rule off'),
  choices: z.array(z.object({ value: z.union([z.string(), z.number()]), label: words })),
  to: z.array(z.string()).describe('sections whose items it may name'),
})
export type FormField = z.infer<typeof fieldBase> & { fields: readonly FormField[] }
const formField: z.ZodType<FormField> = fieldBase
  .extend({
    get fields() {
      return z.array(formField)
    },
  })
  .meta({ id: 'FormField' }) as never

export const sectionForm = z
  .object({
    section: sectionName,
    key: z.string().nullable().describe('the field that names an item; null: there is one'),
    one: words,
    many: words,
    about: words,
    fields: z.array(formField),
    fresh: z.record(z.string(), value).describe('what a new item begins with'),
    columns: z.array(z.string()).describe('fields of its list'),
    most: z.number().int().describe('how many there may be'),
  })
  .meta({ id: 'SectionForm' })
export type SectionForm = z.infer<typeof sectionForm>

const findingWords = z.object({
  sentence: z.string().describe('what is wrong'),
  cure: z.string().describe('what would be right'),
})
export const draftFinding = z.object({
  code: z.string(),
  refuses: z.boolean().describe('activation would refuse this'),
  section: sectionName.nullable().describe('where it is; null: of the whole'),
  key: z.string().nullable(),
  field: z.string().nullable().describe('path of the setting within the item'),
  en: findingWords,
  zh: findingWords,
})
export type DraftFinding = z.infer<typeof draftFinding>

export const draftCheck = z
  .object({
    tag: z.string().describe('what was checked'),
    activates: z.boolean(),
    refusals: z.number().int(),
    warnings: z.number().int(),
    findings: z.array(draftFinding).describe('refusals first'),
    effect: z
      .object({
        calls: z.number().int().describe('calls that go on under the version they began with'),
        waiting: z.number().int().describe('callers who wait in queues that are removed; they are led on'),
        shifts: z.number().int().describe('agents signed in; they keep their queues until they sign in again'),
      })
      .describe('what an activation would meet now'),
    tookMs: z.number().int(),
  })
  .meta({ id: 'DraftCheck' })
export type DraftCheck = z.infer<typeof draftCheck>

export const versionRows = z
  .object({
    versions: z.array(
      z.object({
        version: z.number().int(),
        at: moment,
        by: z.string(),
        note: z.string(),
        changed: sums.nullable().describe('what it changed; null: an early version, which does not say'),
      }),
    ),
    next: z.number().int().nullable().describe('`before` of the next page; null after the last'),
    inForce: z.number().int(),
    runsOn: z
      .object({
        node: z.string().nullable().describe('the process that owns the switchboard; null: the only one'),
        version: z.number().int(),
      })
      .describe('which version decides calls, and where'),
  })
  .meta({ id: 'SwitchboardVersions' })
export type VersionRows = z.infer<typeof versionRows>
