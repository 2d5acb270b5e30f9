/**
 * What is done to many records at once: to those that are named, or to all that a search finds. What a search finds is
 * worked out here, with the asker's rights, and only if it is as many as they were told.
 */
import { z } from 'zod'
import type { Session } from '@ledgerline/core/access/session.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Book } from '@ledgerline/core/record/book.ts'
import { latest } from '@ledgerline/core/record/entry.ts'
import type { Values } from '@ledgerline/core/record/fields.ts'
import { changesInput, kept, type Kind } from '@ledgerline/core/record/kind.ts'
import type { ReadModel } from '@ledgerline/projections/engine/model.ts'
import { conditionsOf, searchBody } from '../../queries/filters.ts'
import { maskedColumns } from '../../queries/mask.ts'
import type { ReadSide } from '../../queries/read-side.ts'
import { asKept, seenBy } from '../../queries/seen.ts'
import { selectPage } from '../../queries/select.ts'
import { commandAnswer, commandId } from '../routing/command.ts'
import { defineRoute, type Route } from '../routing/route.ts'
import { carryOut, type RegisterDependencies } from './carry-out.ts'
import { demandAgreed, dependentsOf } from './dependents.ts'

/** Records that one command may name. */
const MOST_NAMED_AT_ONCE = 200
/** Records that a search may find for one command: of a large register each is a stream of its own. */
const MOST_FOUND = 10_000
const MOST_FOUND_OF_LARGE = 1_000
/** Records by which a removal says what depends on it. */
const MOST_NAMED = 20
const PAGE = 1_000

/** Which records a request is about: these, or all that a search finds. */
const named = z.strictObject({
  recordIds: z
    .array(z.uuid())
    .min(1)
    .max(MOST_NAMED_AT_ONCE)
    .refine((all) => new Set(all).size === all.length, { message: 'each is named once', params: { zh: '不能重复' } })
    .meta({ description: 'ids of the records' }),
})
const foundBy = (model: ReadModel) =>
  z.strictObject({
    matching: searchBody(model).meta({ description: 'filters as in a search; all that they find' }),
    total: z
      .number()
      .int()
      .min(0)
      .max(MOST_FOUND)
      .meta({ description: 'how many that were: refused if it is another number now' }),
  })
type Chosen = z.infer<typeof named> | z.infer<ReturnType<typeof foundBy>>

export function manyRoutes(kind: Kind, model: ReadModel, dependencies: RegisterDependencies): Route[] {
  return [...routesFor(kind, model, dependencies, ''), ...routesFor(kind, model, dependencies, 'found/')]
}

function routesFor(kind: Kind, model: ReadModel, dependencies: RegisterDependencies, what: '' | 'found/'): Route[] {
  const { readSide } = dependencies
  const path = `/api/v1/${kind.table}/${what}`
  const group = kind.many.en
  const those = what === '' ? 'these' : 'all that a search finds'
  const refusals = [
    ...(what === '' ? [] : (['record.selection_changed', 'record.selection_too_large'] as const)),
    'record.unknown' as const,
  ]
  /** Made when first asked for, as all that is about filters. */
  const bodyWith = <S extends z.ZodRawShape>(shape: S) => {
    const made = () => (what === '' ? named : foundBy(model)).extend(shape) as z.ZodObject<S>
    let body: z.ZodObject<S> | null = null
    return () => (body ??= made())
  }
  const idsOf = (session: Session, chosen: object): Promise<readonly string[]> =>
    chosenIds(readSide, kind, model, session, chosen as Chosen)
  const removalBody = bodyWith({})
  const removeBody = bodyWith({
    commandId,
    others: z
      .number()
      .int()
      .min(0)
      .max(1_000_000)
      .default(0)
      .meta({ description: 'how many other records may go along or lose their reference, as `removal` said' }),
    along: z
      .boolean()
      .default(false)
      .meta({ description: 'records of large registers that refer to these may go along, soon afterwards' }),
  })
  const changeBody = bodyWith({
    commandId,
    values: changesInput(kind).meta({ description: 'the fields to change, alike in all of them' }),
  })
  const done = { 200: { about: 'Done, and in the ledger.', schema: commandAnswer } }
  return [
    defineRoute({
      method: 'post',
      path: `${path}removal`,
      permission: kind.edit,
      group,
      about: `What removing ${those} would do: what would go along, what would lose its reference, and what is in the way.`,
      request: {
        get body() {
          return removalBody()
        },
      },
      responses: { 200: { about: 'What would happen; nothing does.', schema: removalSchema } },
      problems: refusals,
      async handle({ body, session }) {
        const recordIds = await idsOf(session, body)
        if (kind.large) return { chosen: recordIds.length, removed: none, cleared: none, inTheWay: none, along: [] }
        const { book, removal } = await dependencies.recordsOf(session.tenant).removal(kind, session.tenant, recordIds)
        const asked = new Set(recordIds)
        const alsoGoing = removal.removed.filter((id) => !asked.has(id))
        const idOf = ({ recordId }: { recordId: string }): string => recordId
        return {
          chosen: recordIds.length,
          removed: labelsOf(book, alsoGoing),
          cleared: labelsOf(book, removal.cleared.map(idOf)),
          inTheWay: labelsOf(book, removal.refused.map(idOf)),
          along: await dependentsOf(readSide, kind, session, recordIds),
        }
      },
    }),
    defineRoute({
      method: 'post',
      path: `${path}remove`,
      permission: kind.edit,
      group,
      about: `Removes ${those}, all or none.`,
      request: {
        get body() {
          return removeBody()
        },
      },
      responses: done,
      problems: [...refusals, 'command.reused', 'record.in_use', 'record.touches_others', 'record.takes_along'],
      handle({ body, session }) {
        const { commandId: id, along, ...content } = body
        return carryOut(dependencies, kind, session, id, { remove: content }, async () => {
          const recordIds = await idsOf(session, content)
          demandAgreed(await dependentsOf(readSide, kind, session, recordIds), along)
          return { do: 'remove', kind: kind.name, recordIds, others: content.others }
        })
      },
    }),
    defineRoute({
      method: 'post',
      path: `${path}change-many`,
      permission: kind.edit,
      group,
      about: `Gives ${those} the same values, all or none.`,
      request: {
        get body() {
          return changeBody()
        },
      },
      responses: done,
      problems: [
        ...refusals,
        'command.reused',
        'record.refers_to_nothing',
        kind.large ? 'record.key_taken' : 'record.taken',
      ],
      handle({ body, session }) {
        const { commandId: id, ...content } = body
        return carryOut(dependencies, kind, session, id, { changeMany: content }, async () => ({
          do: 'change_many',
          kind: kind.name,
          recordIds: await idsOf(session, content),
          values: kept(kind, content.values as Values),
        }))
      },
    }),
  ]
}

/** @throws Problem `record.selection_too_large`, `record.selection_changed` */
async function chosenIds(
  readSide: ReadSide,
  kind: Kind,
  model: ReadModel,
  session: Session,
  chosen: Chosen,
): Promise<readonly string[]> {
  if ('recordIds' in chosen) return chosen.recordIds
  const { matching, total } = chosen
  const { limit: _l, cursor: _c, sort: _s, count: _n, position: _p, ...filters } = matching as Record<string, unknown>
  const conditions = [
    ...conditionsOf(model, asKept(model, filters), maskedColumns(model, session)),
    ...seenBy(model, session).conditions,
  ]
  const most = kind.large ? MOST_FOUND_OF_LARGE : MOST_FOUND
  const tables = await readSide.lists()
  const found: string[] = []
  let cursor: string | undefined
  do {
    const page = await selectPage(tables, model, {
      tenant: session.tenant,
      conditions,
      sort: 'recordId',
      limit: PAGE,
      cursor,
    })
    found.push(...page.rows.map((row) => row['recordId'] as string))
    cursor = page.next ?? undefined
    if (found.length > most) throw new Problem('record.selection_too_large', { most })
  } while (cursor !== undefined)
  if (found.length !== total) throw new Problem('record.selection_changed', { told: total, now: found.length })
  return found
}

const namedSchema = z.object({
  total: z.number().int().describe('how many'),
  first: z
    .array(z.object({ register: z.string(), label: z.string() }))
    .describe('the first of them, as people know them'),
})
const removalSchema = z
  .object({
    chosen: z.number().int().describe('how many records were asked about'),
    removed: namedSchema.describe('would go along'),
    cleared: namedSchema.describe('would lose their reference'),
    inTheWay: namedSchema.describe('refer to one of these and may not do without: nothing can be removed'),
    along: z
      .array(
        z.object({
          register: z.string(),
          total: z.number().int().nullable().describe('how many; null: more than 10,000'),
        }),
      )
      .describe('records of large registers that refer to these: they are removed soon afterwards'),
  })
  .meta({ id: 'RecordRemoval' })

const none = { total: 0, first: [] }

function labelsOf({ records }: Book, ids: readonly string[]): z.infer<typeof namedSchema> {
  const all = [...new Set(ids)]
  const first = all.slice(0, MOST_NAMED).flatMap((id) => {
    const kept = records.get(id)
    return kept ? [{ register: kept.kind.table, label: String(latest(kept.entry)[kept.kind.label] ?? '') }] : []
  })
  return { total: all.length, first }
}
