/**
 * The routes of declared registers: one record, its history, and what may be done to it. Lists are queries like any
 * other (`queries/query-routes.ts`); these routes are made from the same declarations.
 */
import type { Request } from 'express'
import { z } from 'zod'
import { actorName, demand, type Session } from '@ledgerline/core/access/session.ts'
import type { AnsweredOnce } from '@ledgerline/core/kernel/answered-once.ts'
import type { Codec } from '@ledgerline/core/kernel/codec.ts'
import type { Answer, CommandEnvelope } from '@ledgerline/core/kernel/command.ts'
import { derivedId } from '@ledgerline/core/kernel/derived-id.ts'
import type { EventLog } from '@ledgerline/core/kernel/log.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { Book, RecordCommand } from '@ledgerline/core/record/book.ts'
import type { RecordCommands } from '@ledgerline/core/record/commands.ts'
import { latest } from '@ledgerline/core/record/entry.ts'
import type { Values } from '@ledgerline/core/record/fields.ts'
import { changesInput, MOST_OF_NOTE, valuesInput, type Kind, type RecordEvent } from '@ledgerline/core/record/kind.ts'
import { registers } from '@ledgerline/core/registers.ts'
import type { ReadModel } from '@ledgerline/projections/engine/model.ts'
import { recordChanges } from '@ledgerline/projections/registers/registers.ts'
import { InvalidRequest } from '../../problem-json.ts'
import { rowSchema, type Rows } from '../../queries/answers.ts'
import type { ReadSide } from '../../queries/read-side.ts'
import { selectPage, type Row } from '../../queries/select.ts'
import { seenBy } from '../../queries/seen.ts'
import { commandAnswer, commandId } from '../routing/command.ts'
import { defineRoute, type Route } from '../routing/route.ts'
import { registersRoute } from './declared-route.ts'

export interface RegisterDependencies {
  readSide: ReadSide
  log: EventLog
  codec: Codec
  once: AnsweredOnce
  recordsOf(tenant: string): RecordCommands
}

/** Records that one command may touch. */
const MOST_AT_ONCE = 200
/** Records by which a removal says what depends on it. */
const MOST_NAMED = 20

const recordId = z.uuid().meta({ description: 'id of the record' })
const version = z
  .number()
  .int()
  .min(1)
  .nullable()
  .optional()
  .meta({
    description:
      'the version that was read: refused if something has happened to it since; null: whatever it is now; without it, the ' +
      'header If-Match says so by the ETag',
  })

const added = commandAnswer
  .extend({ recordId: z.string().describe('id of the new record') })
  .meta({ id: 'RecordAdded' })

export function registerRoutes(dependencies: RegisterDependencies): Route[] {
  const { readSide } = dependencies
  const routes = registers.flatMap((kind) => {
    const model = readSide.models.find(({ name }) => name === kind.table)
    return model ? routesOf(kind, model, dependencies) : []
  })
  return [registersRoute(), ...routes]
}

function routesOf(kind: Kind, model: ReadModel, dependencies: RegisterDependencies): Route[] {
  const path = `/api/v1/${kind.table}`
  const group = kind.many.en
  const one = kind.one.en
  const done = { 200: { about: 'Done, and in the ledger.', schema: commandAnswer } }
  const carriedOut = (session: Session, id: string, content: object, command: RecordCommand): Promise<Answer> =>
    carryOut(dependencies, kind, session, id, content, command)
  const rows = rowSchema(model as unknown as Rows<never, never>)

  const routes = [
    defineRoute({
      method: 'get',
      path: `${path}/{recordId}`,
      permission: kind.see,
      group,
      about: `One ${one}.`,
      request: { params: z.object({ recordId }) },
      responses: { 200: { about: 'Its row; the header ETag is its version.', schema: rows } },
      problems: ['record.unknown'],
      async handle({ params, session, response }) {
        const row = await found(dependencies, kind, model, session, params.recordId)
        response.set('ETag', `"${String(row['version'])}"`)
        return row
      },
    }),
    defineRoute({
      method: 'get',
      path: `${path}/{recordId}/history`,
      permission: kind.see,
      group,
      about: `What happened to a ${one}, newest first: who, when, and each field before and after.`,
      request: {
        params: z.object({ recordId }),
        query: z.strictObject({
          cursor: z.string().max(2000).optional().meta({ description: '`next` of the previous answer' }),
        }),
      },
      responses: { 200: { about: 'A page of changes.', schema: historySchema } },
      problems: ['record.unknown'],
      handle: ({ params, query, session }) =>
        history(dependencies, kind, model, session, params.recordId, query.cursor),
    }),
    defineRoute({
      method: 'post',
      path,
      permission: kind.edit,
      group,
      about: `Adds a ${one}.`,
      request: { body: z.strictObject({ commandId, values: valuesInput(kind).meta({ description: 'its fields' }) }) },
      responses: { 201: { about: 'Added, and in the ledger.', schema: added } },
      problems: ['command.reused', 'record.taken', 'record.refers_to_nothing', 'record.too_many'],
      async handle({ body, session, response }) {
        const id = derivedId(body.commandId, `${kind.name} of ${session.tenant}`)
        const values = body.values as Values
        const answer = await carriedOut(
          session,
          body.commandId,
          { add: values },
          {
            do: 'add',
            kind: kind.name,
            recordId: id,
            values,
          },
        )
        response.status(201)
        return { recordId: id, position: answer.position, events: answer.events }
      },
    }),
    defineRoute({
      method: 'post',
      path: `${path}/change`,
      permission: kind.edit,
      group,
      about: kind.review
        ? `Changes fields of a ${one}.\n\nOne that was approved is seen as it was until the change is approved, too.`
        : `Changes fields of a ${one}.`,
      request: {
        body: z.strictObject({
          commandId,
          recordId,
          version,
          values: changesInput(kind).meta({ description: 'the fields to change' }),
        }),
      },
      responses: done,
      problems: [
        'command.reused',
        'record.unknown',
        'record.changed_meanwhile',
        'record.version_missing',
        'record.taken',
        'record.refers_to_nothing',
      ],
      handle: ({ body, session, request }) => {
        const { commandId: id, ...asked } = body
        const content = { ...asked, version: versionOf(body.version, request) }
        const values = body.values as Values
        return carriedOut(
          session,
          id,
          { change: content },
          {
            do: 'change',
            kind: kind.name,
            recordId: body.recordId,
            version: content.version,
            values,
          },
        )
      },
    }),
    defineRoute({
      method: 'post',
      path: `${path}/removal`,
      permission: kind.edit,
      group,
      about: `What removing these would do: what would go along, what would lose its reference, and what is in the way.`,
      request: { body: z.strictObject({ recordIds: idsInput }) },
      responses: { 200: { about: 'What would happen; nothing does.', schema: removalSchema } },
      async handle({ body, session }) {
        const { book, removal } = await dependencies
          .recordsOf(session.tenant)
          .removal(kind, session.tenant, body.recordIds)
        const asked = new Set(body.recordIds)
        return {
          removed: named(
            book,
            removal.removed.filter((id) => !asked.has(id)),
          ),
          cleared: named(
            book,
            removal.cleared.map((of) => of.recordId),
          ),
          inTheWay: named(
            book,
            removal.refused.map((of) => of.recordId),
          ),
        }
      },
    }),
    defineRoute({
      method: 'post',
      path: `${path}/remove`,
      permission: kind.edit,
      group,
      about: `Removes records of this register, all or none.`,
      request: {
        body: z.strictObject({
          commandId,
          recordIds: idsInput,
          others: z
            .number()
            .int()
            .min(0)
            .max(1_000_000)
            .default(0)
            .meta({ description: 'how many other records may go along or lose their reference, as `removal` said' }),
        }),
      },
      responses: done,
      problems: ['command.reused', 'record.unknown', 'record.in_use', 'record.touches_others'],
      handle: ({ body, session }) => {
        const { commandId: id, ...content } = body
        return carriedOut(session, id, { remove: content }, { do: 'remove', kind: kind.name, ...content })
      },
    }),
  ]
  if (kind.review !== null)
    routes.push(
      defineRoute({
        method: 'post',
        path: `${path}/review`,
        permission: kind.review,
        group,
        about: `Approves what was written of a ${one}, or sends it back to its editors.`,
        request: {
          body: z.strictObject({
            commandId,
            recordId,
            version,
            approve: z.boolean().meta({ description: 'true: everybody sees it; false: it is sent back' }),
            note: z.string().trim().max(MOST_OF_NOTE).default('').meta({ description: 'what is to be done about it' }),
          }),
        },
        responses: done,
        problems: [
          'command.reused',
          'record.unknown',
          'record.changed_meanwhile',
          'record.version_missing',
          'record.nothing_to_review',
        ],
        handle: ({ body, session, request }) => {
          const { commandId: id, approve, note, ...asked } = body
          const of = { ...asked, version: versionOf(body.version, request) }
          const command = approve
            ? { do: 'approve' as const, kind: kind.name, ...of }
            : { do: 'reject' as const, kind: kind.name, ...of, note }
          return carriedOut(session, id, { review: { ...of, approve, note } }, command)
        },
      }),
    )
  return routes
}

const idsInput = z
  .array(recordId)
  .min(1)
  .max(MOST_AT_ONCE)
  .refine((all) => new Set(all).size === all.length, {
    message: 'each is named once',
    params: { zh: '不能重复' },
  })
  .meta({ description: 'ids of the records' })

/**
 * The version that a request is about, in its body or by `If-Match` (RFC 9110, 13.1.1); null: any.
 * @throws Problem `record.version_missing` (RFC 6585, 3); InvalidRequest for a header that is no ETag of a record
 */
function versionOf(given: number | null | undefined, request: Request): number | null {
  if (given !== undefined) return given
  const tag = request.get('If-Match')?.trim()
  if (tag === undefined) throw new Problem('record.version_missing')
  if (tag === '*') return null
  const [, number] = /^"(\d{1,9})"$/.exec(tag) ?? []
  if (number !== undefined) return Number(number)
  throw new InvalidRequest('If-Match', {
    en: 'it is the ETag that came with the record, or *',
    zh: '应为读取该记录时返回的 ETag，或 *',
  })
}

async function carryOut(
  { once, recordsOf }: RegisterDependencies,
  kind: Kind,
  session: Session,
  id: string,
  content: object,
  command: RecordCommand,
): Promise<Answer> {
  const { tenant } = session
  const actor = actorName(session.actor('operator', {}))
  const envelope: CommandEnvelope = { tenant, commandId: id, actor }
  const {
    revision,
    position: at,
    events,
  } = await once.answer(tenant, id, JSON.stringify([kind.table, content]), () =>
    recordsOf(tenant).carryOut(kind, command, envelope),
  )
  return { revision, position: at, events }
}

/** A record as this viewer sees it. @throws Problem `record.unknown` */
async function found(
  { readSide }: RegisterDependencies,
  kind: Kind,
  model: ReadModel,
  session: Session,
  id: string,
): Promise<Row> {
  const { tenant } = session
  const tables = await readSide.tablesOf(tenant)
  const seen = seenBy(model, session)
  const conditions = [{ column: 'recordId', is: 'one_of' as const, values: [id] }, ...seen.conditions]
  const { rows } = await selectPage(tables, model, { tenant, conditions, sort: 'recordId', limit: 1 })
  if (!rows[0]) throw new Problem('record.unknown', { what: kind.name })
  return seen.row(rows[0])
}

const value = z.union([z.string(), z.number(), z.boolean(), z.null()])
const historySchema = z
  .object({
    changes: z.array(
      z.object({
        change: z.string().describe('added, changed, approved, rejected or removed'),
        at: z.number().int().describe('when (UTC ms)'),
        by: z.string().describe('who'),
        because: z.string().nullable().describe('the record whose removal led to this; null: somebody did it'),
        note: z.string().nullable().describe('with which it was sent back'),
        fields: z
          .array(z.object({ field: z.string(), before: value, after: value }))
          .describe('each field that was set or changed'),
      }),
    ),
    next: z.string().nullable().describe('`cursor` of the next page; null after the last'),
  })
  .meta({ id: 'RecordHistory' })

/** How many changes are shown at once. */
const CHANGES = 50

async function history(
  dependencies: RegisterDependencies,
  kind: Kind,
  model: ReadModel,
  session: Session,
  id: string,
  cursor: string | undefined,
) {
  const { readSide, log, codec } = dependencies
  const { tenant, permissions } = session
  // Who may not see it as it is has no business with how it became so; of one that is gone, its editors may know.
  if (!permissions.has(kind.edit)) await found(dependencies, kind, model, session, id)
  if (kind.review !== null && !permissions.has(kind.edit)) demand(session, kind.review)
  const tables = await readSide.tablesOf(tenant)
  const { rows, next } = await selectPage(tables, recordChanges, {
    tenant,
    conditions: [
      { column: 'recordId', is: 'one_of', values: [id] },
      { column: 'register', is: 'one_of', values: [kind.table] },
    ],
    sort: '-at',
    limit: CHANGES,
    cursor,
  })
  if (rows.length === 0 && cursor === undefined) throw new Problem('record.unknown', { what: kind.name })
  const events = await Promise.all(
    rows.map(async (row) => {
      const stored = await log.readStream(String(row['stream']), Number(row['revision']), 1)
      const [event] = (await codec.decode(stored)).events
      return { row, data: (event?.data ?? {}) as Partial<RecordEvent['data']> }
    }),
  )
  return {
    changes: events.map(({ row, data }) => ({
      change: row['change'],
      at: row['at'],
      by: row['by'],
      because: data.because ?? null,
      note: data.note ?? null,
      fields: Object.entries(data.values ?? {}).map(([field, after]) => ({
        field,
        before: data.before?.[field] ?? null,
        after,
      })),
    })),
    next,
  }
}

const namedSchema = z.object({
  total: z.number().int().describe('how many'),
  first: z
    .array(z.object({ register: z.string(), label: z.string() }))
    .describe('the first of them, as people know them'),
})
const removalSchema = z
  .object({
    removed: namedSchema.describe('would go along'),
    cleared: namedSchema.describe('would lose their reference'),
    inTheWay: namedSchema.describe('refer to one of these and may not do without: nothing can be removed'),
  })
  .meta({ id: 'RecordRemoval' })

function named({ records }: Book, ids: readonly string[]): z.infer<typeof namedSchema> {
  const all = [...new Set(ids)]
  const first = all.slice(0, MOST_NAMED).flatMap((id) => {
    const kept = records.get(id)
    return kept ? [{ register: kept.kind.table, label: String(latest(kept.entry)[kept.kind.label] ?? '') }] : []
  })
  return { total: all.length, first }
}
