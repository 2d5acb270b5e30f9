/**
 * The routes of declared registers: one record, its history, and what may be done to it. Lists are queries like any
 * other (`queries/query-routes.ts`); these routes are made from the same declarations.
 */
import type { Request } from 'express'
import { z } from 'zod'
import type { Session } from '@ledgerline/core/access/session.ts'
import { derivedId } from '@ledgerline/core/kernel/derived-id.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import type { RecordCommand } from '@ledgerline/core/record/book.ts'
import type { Done } from '@ledgerline/core/record/large-commands.ts'
import type { Values } from '@ledgerline/core/record/fields.ts'
import { changesInput, kept, MOST_OF_NOTE, valuesInput, type Kind } from '@ledgerline/core/record/kind.ts'
import { registers } from '@ledgerline/core/registers.ts'
import type { ReadModel } from '@ledgerline/projections/engine/model.ts'
import { InvalidRequest } from '../../problem-json.ts'
import { rowSchema, type Rows } from '../../queries/answers.ts'
import { commandAnswer, commandId } from '../routing/command.ts'
import { defineRoute, type Route } from '../routing/route.ts'
import { carryOut, type RegisterDependencies } from './carry-out.ts'
import { manyRoutes } from './many-routes.ts'
import { found, history, historySchema } from './record-history.ts'
import { registersRoute } from './declared-route.ts'

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
const changed = commandAnswer
  .extend({
    recordId: z
      .string()
      .describe('id of the record: of a large register it is another if what identifies it was changed'),
  })
  .meta({ id: 'RecordChanged' })

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
  const carriedOut = (session: Session, id: string, content: object, command: RecordCommand): Promise<Done> =>
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
      problems: kind.large
        ? ['command.reused', 'record.key_taken', 'record.refers_to_nothing']
        : ['command.reused', 'record.taken', 'record.refers_to_nothing', 'record.too_many'],
      async handle({ body, session, response }) {
        const values = kept(kind, body.values as Values)
        const own = derivedId(body.commandId, `${kind.name} of ${session.tenant}`)
        const id = dependencies.recordsOf(session.tenant).newId(kind, session.tenant, values, own)
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
      responses: { 200: { about: 'Done, and in the ledger.', schema: changed } },
      problems: [
        'command.reused',
        'record.unknown',
        'record.changed_meanwhile',
        'record.version_missing',
        kind.large ? 'record.key_taken' : 'record.taken',
        'record.refers_to_nothing',
      ],
      handle: ({ body, session, request }) => {
        const { commandId: id, ...asked } = body
        const content = { ...asked, version: versionOf(body.version, request) }
        const values = kept(kind, body.values as Values)
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
    ...manyRoutes(kind, model, dependencies),
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
