/**
 * The draft of the configuration over HTTP (catalogue A3.2, A3.2.2.5): items of sections are added, changed, removed and
 * moved; what waits is compared with what is in force, checked as a whole, and activated as a numbered version.
 */
import type { Request } from 'express'
import { z } from 'zod'
import { actorName, type Session } from '@ledgerline/core/access/session.ts'
import { itemSchemas, sectionName } from '@ledgerline/core/configuration/events.ts'
import { sumsOf } from '@ledgerline/core/configuration/difference.ts'
import { sectionOf, sections, type Item, type Section } from '@ledgerline/core/configuration/sections.ts'
import { itemOf, MOST_AT_ONCE, placeOf } from '@ledgerline/core/draft/draft.ts'
import type { Asked, Drafts, Look } from '@ledgerline/core/draft/drafts.ts'
import { sectionForms, titlesOf } from '@ledgerline/core/draft/form.ts'
import { draftProblems } from '@ledgerline/core/draft/problems.ts'
import type { Answer } from '@ledgerline/core/kernel/command.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { eachExtension } from '@ledgerline/core/network/extensions.ts'
import { InvalidRequest } from '../../problem-json.ts'
import { commandAnswer, commandId, type CommandDependencies } from '../routing/command.ts'
import { defineRoute, type Route } from '../routing/route.ts'
import { strictly } from '../routing/strictly.ts'
import { draftRow, draftRows, draftSchema, sectionForm } from './answers.ts'
import { draftRowsOf, shownDifference, withoutMask } from './draft-shown.ts'

export interface DraftDependencies extends CommandDependencies {
  draftsOf(tenant: string): Drafts
}

const GROUP = 'Voice platform'
/** A voice menu with everything that it may have, or a thousand agents. */
const ITEMS_LIMIT = 4 * 1024 * 1024
/** Differences shown at once. */
const MOST_SHOWN = 500
const PAGE = 200

const key = z.string().min(1).max(100).meta({ description: 'what the item is called' })
const inSection = sectionName.meta({ description: 'a section of the configuration' })
const rank = (description: string) => z.number().int().min(1).max(1_000_000).default(1).meta({ description })
const version = z
  .string()
  .max(64)
  .nullable()
  .optional()
  .meta({
    description:
      'the version that was read: refused if something has happened to it since; null: it is new; without it, the header ' +
      'If-Match says so by the ETag',
  })
const done = { 200: { about: 'In the draft, and in the ledger.', schema: commandAnswer } }
const refusals = ['command.reused', 'switchboard.none', ...Object.keys(draftProblems)]

export function draftRoutes(dependencies: DraftDependencies): Route[] {
  return [
    ...readRoutes(dependencies),
    ...sections.map((section) => putRoute(section, dependencies)),
    ...commandRoutes(dependencies),
  ]
}

/** The draft as it is now. */
export function lookAt({ draftsOf, deskOf }: DraftDependencies, { tenant }: Session): Promise<Look> {
  return draftsOf(tenant).look(tenant, deskOf(tenant).state.configuration.state)
}

function readRoutes(dependencies: DraftDependencies): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/draft',
      permission: 'switchboard.see',
      group: GROUP,
      about:
        'What was changed of the configuration and waits to be activated: section by section, item by item, field by field.',
      request: {
        query: z.strictObject({
          changes: z.coerce.number().int().min(0).max(MOST_SHOWN).default(MOST_SHOWN).meta({
            description: 'how many changes to describe',
          }),
        }),
      },
      responses: { 200: { about: 'The draft; the header ETag is its tag.', schema: draftSchema } },
      problems: ['switchboard.none'],
      async handle({ query, session, response }) {
        const look = await lookAt(dependencies, session)
        response.set('ETag', `"${look.tag}"`)
        return draftState(look, session, query.changes)
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/draft/forms',
      permission: 'switchboard.see',
      group: GROUP,
      about: 'The form of each section: its settings with labels, explanations, units and bounds.',
      request: {},
      responses: { 200: { about: 'All of them.', schema: z.object({ forms: z.array(sectionForm) }) } },
      handle: () => ({ forms: sectionForms() }),
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/draft/items/{section}',
      permission: 'switchboard.see',
      group: GROUP,
      about: 'The items of a section as the draft has them. Routes come in the order in which they are tried.',
      request: {
        params: z.object({ section: inSection }),
        query: z.strictObject({
          search: z.string().max(100).default('').meta({ description: 'a part of its number, code or name' }),
          from: z.coerce
            .number()
            .int()
            .min(0)
            .max(100_000)
            .default(0)
            .meta({ description: '`next` of the page before' }),
          limit: z.coerce.number().int().min(1).max(PAGE).default(PAGE).meta({ description: 'most rows of a page' }),
        }),
      },
      responses: { 200: { about: 'A page of items.', schema: draftRows } },
      problems: ['switchboard.none'],
      async handle({ params, query, session }) {
        const look = await lookAt(dependencies, session)
        const all = draftRowsOf(look, sectionOf(params.section)!, session, query.search)
        const end = query.from + query.limit
        return { rows: all.slice(query.from, end), total: all.length, next: end < all.length ? end : null }
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/draft/items/{section}/{key}',
      permission: 'switchboard.see',
      group: GROUP,
      about: 'One item as the draft has it.',
      request: { params: z.object({ section: inSection, key }) },
      responses: { 200: { about: 'The item; the header ETag is its version.', schema: draftRow } },
      problems: ['switchboard.none', 'draft.unknown'],
      async handle({ params, session, response }) {
        const look = await lookAt(dependencies, session)
        const section = sectionOf(params.section)!
        const row = draftRowsOf(look, section, session, '').find((one) => one.key === params.key)
        if (!row) throw new Problem('draft.unknown', { section: params.section, key: params.key })
        if (row.version !== null) response.set('ETag', `"${row.version}"`)
        return row
      },
    }),
  ]
}

function draftState(look: Look, session: Session, most: number) {
  const { draft, pending, inForce, ground, tag } = look
  const changeOf = (one: (typeof pending)[number]) => {
    const change = draft.changes.get(placeOf(one.section, one.key))
    return change && change.revision > ground.settled ? change : null
  }
  const changes = pending.map((one) => ({ one, change: changeOf(one) }))
  const based = draft.based && draft.based.revision > ground.settled ? draft.based : null
  const made = changes.flatMap(({ change }) => change ?? [])
  if (based && pending.length > 0) made.push(based as never)
  return {
    version: inForce.version,
    based: based && pending.length > 0 ? based.version : null,
    tag,
    pending: pending.length,
    sums: sumsOf(pending),
    by: [...new Set(made.map(({ by }) => by))],
    lastAt: made.length === 0 ? null : Math.max(...made.map(({ at }) => at)),
    changes: changes.slice(0, most).map(({ one, change }) => shownDifference(one, change ?? (based as never), session)),
    mayEdit: session.permissions.has('switchboard.edit'),
    mayActivate: session.permissions.has('switchboard.activate'),
  }
}

/** What is sent of an item: passwords that are left out stay as they are, and fields that only answers have are ignored. */
function sentItem({ name }: Section): z.ZodObject {
  const schema = strictly(itemSchemas[name])
  if (name === 'agents') return schema.omit({ agentId: true })
  if (name === 'extensions' || name === 'gateways')
    return schema.extend({ secretSet: z.boolean().optional().describe('as read; has no effect') })
  return schema
}

function putRoute(section: Section, dependencies: DraftDependencies): Route {
  const { one } = titlesOf(section.name)
  const item = sentItem(section)
  return defineRoute({
    method: 'post',
    path: `/api/v1/draft/items/${section.name}`,
    permission: 'switchboard.edit',
    group: GROUP,
    about:
      section.name === 'extensions'
        ? 'Adds or changes extensions in the draft.\n\nA number such as 101-110 stands for ten of them that share all settings.'
        : `Adds or changes in the draft: ${one.en}.`,
    request: {
      body: z.strictObject({
        commandId,
        items: z
          .array(
            z.strictObject({
              key: key.nullable().meta({ description: 'the item that is changed; null: it is new' }),
              version,
              item: item.meta({ description: 'all of its settings; what has a default may be left out' }),
            }),
          )
          .min(1)
          .max(MOST_AT_ONCE)
          .meta({ description: 'all are changed, or none' }),
      }),
    },
    bodyLimit: ITEMS_LIMIT,
    responses: done,
    problems: [
      ...refusals,
      'switchboard.out_of_bounds',
      'switchboard.code_invalid',
      'network.range_invalid',
      'network.too_large',
    ],
    async handle({ body, session, request }) {
      const { draft, ground } = await lookAt(dependencies, session)
      const items = body.items.flatMap((sent) => {
        const { secretSet: _, ...settings } = sent.item as Item & { secretSet?: boolean }
        const known = sent.key === null ? null : itemOf(draft, ground, section, sent.key)
        const whole = withoutMask(section.name, settings, known?.item ?? null, session)
        const put = { key: sent.key, version: sent.key === null ? null : versionOf(sent.version, request) }
        return eachOf(section, sent.key, whole).map((each) => ({ ...put, item: each }))
      })
      return carryOut(dependencies, session, body.commandId, { do: 'put', section: section.name, items })
    },
  })
}

/** A range of new extensions, one by one; anything else is one. */
function eachOf({ name }: Section, known: string | null, item: Item): Item[] {
  return name === 'extensions' && known === null ? eachExtension([item as never]) : [item]
}

/**
 * The version that a request is about, in its body or by `If-Match` (RFC 9110, 13.1.1).
 * @throws Problem `draft.version_missing` (RFC 6585, 3); InvalidRequest for a header that is no ETag
 */
function versionOf(given: string | null | undefined, request: Request): string {
  if (typeof given === 'string') return given
  const tag = request.get('If-Match')?.trim()
  if (tag === undefined) throw new Problem('draft.version_missing')
  if (tag === '*') return tag
  const [, name] = /^"([\w.-]{1,64})"$/.exec(tag) ?? []
  if (name !== undefined) return name
  throw new InvalidRequest('If-Match', {
    en: 'it is the ETag that came with what was read, or *',
    zh: '应为读取时返回的 ETag，或 *',
  })
}

function commandRoutes(dependencies: DraftDependencies): Route[] {
  const common = {
    method: 'post',
    permission: 'switchboard.edit',
    group: GROUP,
    responses: done,
    problems: refusals,
  } as const
  const places = z
    .array(z.strictObject({ section: inSection, key }))
    .min(1)
    .max(MOST_AT_ONCE)
  return [
    defineRoute({
      ...common,
      path: '/api/v1/draft/remove',
      about: 'Removes items of a section from the draft.',
      request: {
        body: z.strictObject({
          commandId,
          section: inSection,
          items: z
            .array(z.strictObject({ key, version }))
            .min(1)
            .max(MOST_AT_ONCE)
            .meta({ description: 'all are removed, or none' }),
        }),
      },
      handle({ body, session, request }) {
        const items = body.items.map((item) => ({ key: item.key, version: versionOf(item.version, request) }))
        return carryOut(dependencies, session, body.commandId, { do: 'remove', section: body.section, items })
      },
    }),
    defineRoute({
      ...common,
      path: '/api/v1/draft/move',
      about:
        'Moves a route right before another in the draft.\n\nIt gets a sequence number between its new neighbours; others get ' +
        'new ones only where there is no room.',
      request: {
        body: z.strictObject({
          commandId,
          key,
          before: key.nullable().meta({ description: 'the route that it is tried before; null: it is tried last' }),
          version,
        }),
      },
      handle({ body, session, request }) {
        const { commandId: id, key: moved, before } = body
        return carryOut(dependencies, session, id, {
          do: 'move',
          key: moved,
          before,
          version: versionOf(body.version, request),
        })
      },
    }),
    defineRoute({
      ...common,
      path: '/api/v1/draft/staff',
      about:
        'Lets agents serve a queue, with level and position (tiers).\n\nAgents who serve it already get the new place. ' +
        'Positions count up from the first.',
      request: {
        body: z.strictObject({
          commandId,
          queue: key.meta({ description: 'code of the queue' }),
          agents: z.array(key).min(1).max(MOST_AT_ONCE).meta({ description: 'agent numbers' }),
          level: rank('level of all of them'),
          position: rank('position of the first'),
        }),
      },
      problems: [...refusals, 'switchboard.out_of_bounds'],
      handle({ body: { commandId: id, ...asked }, session }) {
        return carryOut(dependencies, session, id, { do: 'staff', ...asked })
      },
    }),
    defineRoute({
      ...common,
      path: '/api/v1/draft/discard',
      about: 'Gives up pending changes, some or all.',
      request: {
        body: z.strictObject({ commandId, items: places.nullable().meta({ description: 'null: all of them' }) }),
      },
      handle({ body, session }) {
        return carryOut(dependencies, session, body.commandId, { do: 'discard', items: body.items })
      },
    }),
    defineRoute({
      ...common,
      path: '/api/v1/draft/take-over',
      about:
        'Takes an earlier version over into the draft, whole.\n\nWhat was pending is given up. It is in force once it is activated.',
      request: {
        body: z.strictObject({
          commandId,
          version: z.number().int().min(1).max(1_000_000_000).meta({ description: 'number of the version' }),
        }),
      },
      handle({ body, session }) {
        return carryOut(dependencies, session, body.commandId, { do: 'base', version: body.version })
      },
    }),
  ]
}

async function carryOut(
  { once, draftsOf, deskOf }: DraftDependencies,
  session: Session,
  id: string,
  asked: Asked,
): Promise<Answer> {
  const { tenant } = session
  const { desk, state } = deskOf(tenant)
  const envelope = { tenant, commandId: id, actor: actorName(session.actor('operator', {})) }
  const { revision, position, events } = await once.answer(tenant, id, desk.digest(tenant, JSON.stringify(asked)), () =>
    draftsOf(tenant).carryOut(asked, state.configuration.state, envelope),
  )
  return { revision, position, events }
}
