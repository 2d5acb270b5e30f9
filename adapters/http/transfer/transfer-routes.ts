/** Importing into registers and exporting them: upload, preview, tasks and their files. What carries tasks out: `transfer/`. */
import type { Request } from 'express'
import { z } from 'zod'
import { demand, type Session } from '@ledgerline/core/access/session.ts'
import { derivedId } from '@ledgerline/core/kernel/derived-id.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { conflictRules, type ConflictRule } from '@ledgerline/core/record/bulk.ts'
import type { Kind } from '@ledgerline/core/record/kind.ts'
import { registers } from '@ledgerline/core/registers.ts'
import { fileFormats } from '@ledgerline/core/transfer/events.ts'
import { MOST_BYTES, PART_BYTES } from '@ledgerline/core/transfer/parts.ts'
import { FILE_KEPT_MS, taskDecider, type Asked } from '@ledgerline/core/transfer/task.ts'
import { InvalidRequest } from '../../problem-json.ts'
import { conditionsOf, searchBody } from '../../queries/filters.ts'
import { maskedColumns } from '../../queries/mask.ts'
import { asKept, seenBy } from '../../queries/seen.ts'
import { PREVIEW_ROWS, preview } from '../../transfer/preview.ts'
import { written } from '../../transfer/write-files.ts'
import { commandId } from '../routing/command.ts'
import { defineRoute, type Route } from '../routing/route.ts'
import { format, group, lang, send, started, who } from './sending.ts'
import { taskRoutes, type TransferDependencies } from './task-routes.ts'
import { wordsSchema } from '../routing/words.ts'

const fileId = z.uuid().meta({ description: 'id of the file, made by the sender (a UUID)' })
const fields = z
  .array(z.string().max(64).nullable())
  .max(300)
  .meta({ description: 'for each column the field that it fills; null: none' })
const conflict = z
  .enum(conflictRules)
  .default('skip')
  .meta({ description: 'what is done with records that are there: skip, update, or report them as refused' })

export function transferRoutes(dependencies: TransferDependencies): Route[] {
  return [
    uploadRoute(dependencies),
    ...registers.flatMap((kind) => routesOf(kind, dependencies)),
    ...taskRoutes(dependencies),
  ]
}

function uploadRoute({ tools }: TransferDependencies): Route {
  return defineRoute({
    method: 'post',
    path: '/api/v1/uploads',
    permission: 'registers.import',
    group,
    about:
      `A part of a file that is to be imported: its bytes as they are (application/octet-stream).\n\n` +
      `Parts are counted from 0; each but the last has ${PART_BYTES} bytes. A part may be sent again.`,
    request: {
      query: z.strictObject({
        fileId,
        part: z.coerce
          .number()
          .int()
          .min(0)
          .max(MOST_BYTES / PART_BYTES - 1)
          .meta({ description: 'which part, from 0' }),
      }),
    },
    responses: { 200: { about: 'It is kept.', schema: z.object({ bytes: z.number().int() }) } },
    problems: ['request.too_large', 'request.broken_body', 'request.not_json', 'transfer.no_file', 'transfer.no_room'],
    async handle({ query, session, request }) {
      const type = request.get('content-type')?.split(';')[0]?.trim().toLowerCase()
      if (type !== 'application/octet-stream')
        throw new Problem('request.not_json', { reason: type ?? 'no content type' })
      const bytes = await bodyOf(request)
      const of = { tenant: session.tenant, file: query.fileId, owner: who(session) }
      await tools.files.put(of, query.part, bytes, tools.wall() + FILE_KEPT_MS)
      return { bytes: bytes.length }
    },
  })
}

/** @throws Problem `request.too_large`, `request.broken_body` */
async function bodyOf(request: Request): Promise<Buffer> {
  const parts: Buffer[] = []
  let length = 0
  try {
    for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += part.length
      if (length > PART_BYTES) throw new Problem('request.too_large', { limit: PART_BYTES })
      parts.push(part)
    }
  } catch (cause) {
    request.resume()
    throw cause instanceof Problem ? cause : new Problem('request.broken_body', { reason: 'it was cut off' }, { cause })
  }
  if (length === 0) throw new Problem('request.broken_body', { reason: 'it is empty' })
  return Buffer.concat(parts)
}

function routesOf(kind: Kind, { tools, once, nudge }: TransferDependencies): Route[] {
  const path = `/api/v1/${kind.table}`
  const many = kind.many.en.toLowerCase()
  const may = (session: Session): void => demand(session, kind.edit)
  const ask = async (session: Session, id: string, content: object, asked: Asked) => {
    const { tenant } = session
    const { commands } = tools.of(tenant)
    const envelope = { tenant, actor: who(session), commandId: id }
    const said = tools.codec.digest(tenant, JSON.stringify([asked.kind, content]))
    const answer = await once.answer(tenant, id, said, async () => {
      return (await commands.carryOut(taskDecider, asked.taskId, { do: 'ask', asked }, envelope)).answer
    })
    nudge()
    return { taskId: asked.taskId, position: answer.position, events: answer.events }
  }
  const routes = [
    defineRoute({
      method: 'get',
      path: `${path}/template`,
      permission: 'registers.import',
      group,
      about: `An empty file for importing ${many}: its headings.`,
      request: { query: z.strictObject({ format, lang }) },
      responses: { 200: { about: 'The file.', type: 'application/octet-stream' } },
      async handle({ query, session, response }) {
        may(session)
        const heading = Object.values(kind.fields).map(
          ({ label, optional }) => label[query.lang] + (optional ? '' : ' *'),
        )
        await send(response, `${kind.table}-template`, query.format, written(query.format, heading, noRows()))
      },
    }),
    defineRoute({
      method: 'post',
      path: `${path}/import/preview`,
      permission: 'registers.import',
      group,
      about: `What importing a file would do: its columns, and its first ${PREVIEW_ROWS} rows. Nothing is written.`,
      request: { body: z.strictObject({ fileId, fields: fields.nullable().default(null), conflict }) },
      responses: { 200: { about: 'What would happen.', schema: previewSchema } },
      problems: ['transfer.no_file', 'transfer.encoding', 'transfer.broken'],
      async handle({ body, session }) {
        may(session)
        const of = { tenant: session.tenant, file: body.fileId, owner: who(session) }
        return preview(tools, kind, of, knownFields(kind, body.fields), body.conflict as ConflictRule)
      },
    }),
    defineRoute({
      method: 'post',
      path: `${path}/import`,
      permission: 'registers.import',
      group,
      about: `Imports an uploaded file into ${many}: a task that goes on by itself.`,
      request: {
        body: z.strictObject({
          commandId,
          fileId,
          name: z.string().trim().max(200).default('').meta({ description: 'name of the file' }),
          fields,
          conflict,
        }),
      },
      responses: { 201: { about: 'It has begun.', schema: started } },
      problems: ['command.reused', 'transfer.no_file', 'transfer.encoding', 'transfer.no_heading'],
      async handle({ body: { commandId: id, ...body }, session, response }) {
        may(session)
        const of = { tenant: session.tenant, file: body.fileId, owner: who(session) }
        const chosen = knownFields(kind, body.fields) ?? []
        if (chosen.every((name) => name === null)) throw new Problem('transfer.no_heading')
        const { kindOfFile } = await import('../../transfer/rows.ts')
        const asked: Asked = {
          kind: 'import',
          taskId: derivedId(id, `import of ${session.tenant}`),
          register: kind.table,
          fileId: body.fileId,
          name: body.name === '' ? null : body.name,
          ...(await kindOfFile(tools.files, of)),
          fields: chosen,
          conflict: body.conflict,
          fileUntil: tools.wall() + FILE_KEPT_MS,
        }
        response.status(201)
        return ask(session, id, { table: kind.table, ...body }, asked)
      },
    }),
    defineRoute({
      method: 'post',
      path: `${path}/export`,
      permission: 'registers.export',
      group,
      about:
        `Exports ${many} to a file: a task. Those that are named, or all that the search finds.\n\n` +
        'What is about people is masked in it, unless its asker may see numbers.',
      request: {
        get body() {
          const model = tools.readSide.models.find(({ name }) => name === kind.table)!
          return z.strictObject({
            commandId,
            format,
            lang,
            recordIds: z
              .array(z.uuid())
              .min(1)
              .max(200)
              .nullable()
              .default(null)
              .meta({ description: 'these; null: by the search' }),
            search: searchBody(model).optional().meta({ description: 'filters and order of a list; without it: all' }),
          })
        },
      },
      responses: { 201: { about: 'It has begun.', schema: started } },
      problems: ['command.reused'],
      async handle({ body: { commandId: id, ...body }, session, response }) {
        demand(session, kind.see)
        const model = tools.readSide.models.find(({ name }) => name === kind.table)!
        const masks = maskedColumns(model, session)
        const {
          limit: _l,
          cursor: _c,
          count: _n,
          position: _p,
          sort = 'recordId',
          ...filters
        } = (body.search ?? {}) as Record<string, unknown>
        const conditions = [...conditionsOf(model, asKept(model, filters), masks), ...seenBy(model, session).conditions]
        const search = JSON.stringify({ conditions, sort })
        if (search.length > 4_000)
          throw new InvalidRequest('search', { en: 'there are too many filters', zh: '筛选条件过多' })
        const asked: Asked = {
          kind: 'export',
          taskId: derivedId(id, `export of ${session.tenant}`),
          register: kind.table,
          format: body.format,
          language: body.lang,
          recordIds: body.recordIds,
          search,
          clear: masks.length === 0,
        }
        response.status(201)
        return ask(session, id, { table: kind.table, ...body }, asked)
      },
    }),
  ]
  return routes
}

/** @throws InvalidRequest for a field that the register does not have, or that two columns fill */
function knownFields(kind: Kind, asked: readonly (string | null)[] | null): (string | null)[] | null {
  if (asked === null) return null
  const met = new Set<string>()
  for (const [index, name] of asked.entries()) {
    if (name === null) continue
    if (!Object.hasOwn(kind.fields, name))
      throw new InvalidRequest(`fields.${index}`, { en: 'the register has no such field', zh: '没有该字段' })
    if (met.has(name))
      throw new InvalidRequest(`fields.${index}`, { en: 'two columns fill this field', zh: '该字段对应了多列' })
    met.add(name)
  }
  return [...asked]
}

const fault = z.object({ field: z.string(), value: z.string(), reason: wordsSchema })
const previewSchema = z
  .object({
    format: z.enum(fileFormats),
    encoding: z.string().describe('utf-8 or gb18030'),
    heading: z.array(z.string()).describe('the first row of the file'),
    fields: z.array(z.string().nullable()).describe('for each column the field that it would fill'),
    rows: z.array(
      z.object({
        line: z.number().int(),
        cells: z.array(z.string()),
        outcome: z.string().describe('added, changed, same, skipped, taken or refused'),
        faults: z.array(fault),
      }),
    ),
  })
  .meta({ id: 'ImportPreview' })

async function* noRows(): AsyncGenerator<string[][]> {}
