/**
 * Activation over HTTP (catalogue A3.2.2.5-reload): the draft is checked as a whole, put in force as a numbered version on
 * the running switchboard, and compared with versions before it.
 */
import { z } from 'zod'
import { actorName } from '@ledgerline/core/access/session.ts'
import { checkConfiguration, wholeOf } from '@ledgerline/core/configuration/configuration.ts'
import { differences } from '@ledgerline/core/configuration/difference.ts'
import { holidayRemarks } from '@ledgerline/core/configuration/holidays.ts'
import { itemsOf, keyOf, ONLY, sections, type Whole } from '@ledgerline/core/configuration/sections.ts'
import { activationOf, type Look } from '@ledgerline/core/draft/drafts.ts'
import { draftProblems } from '@ledgerline/core/draft/problems.ts'
import { Problem, type ProblemEntries } from '@ledgerline/core/kernel/problem.ts'
import type { Remark } from '@ledgerline/core/kernel/remark.ts'
import { networkProblems } from '@ledgerline/core/network/problems.ts'
import { tell } from '@ledgerline/core/problems.ts'
import { commandAnswer, commandId, type CommandDesk } from '../routing/command.ts'
import { defineRoute, type Route } from '../routing/route.ts'
import { draftCheck, itemDifference, versionRows, type DraftCheck, type DraftFinding } from './answers.ts'
import { lookAt, type DraftDependencies } from './draft-routes.ts'
import { shownDifference } from './draft-shown.ts'

const GROUP = 'Voice platform'
/** At most this many findings are returned; mend those, and check again. */
const MOST_FINDINGS = 500
const MOST_SHOWN = 500
const PAGE = 20

export function activationRoutes(dependencies: DraftDependencies, entries: ProblemEntries): Route[] {
  const { once, draftsOf, deskOf } = dependencies
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/draft/check',
      permission: 'switchboard.see',
      group: GROUP,
      about:
        'Says what is wrong with the whole configuration as the draft has it, in both languages and at the item that it is ' +
        'about, and what an activation would meet now.',
      request: {},
      responses: { 200: { about: 'The findings; none if all is well.', schema: draftCheck } },
      problems: ['switchboard.none'],
      async handle({ session }) {
        const look = await lookAt(dependencies, session)
        const desk = deskOf(session.tenant)
        return { ...checked(look, desk.now(), entries), effect: effectOf(look, desk) }
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/draft/activate',
      permission: 'switchboard.activate',
      group: GROUP,
      about:
        'Puts the draft in force as a new version, on the running switchboard.\n\nRefused if anything of it changed since it was ' +
        'looked at, if the check refuses something, or if it warns of more than was read. Signed-in agents keep their queues ' +
        'until they sign in again.',
      request: {
        body: z.strictObject({
          commandId,
          tag: z.string().max(64).optional().meta({ description: 'what was looked at; or the header If-Match' }),
          note: z.string().trim().max(200).default('').meta({ description: 'what this version is for' }),
          warnings: z
            .number()
            .int()
            .min(0)
            .max(1_000_000)
            .default(0)
            .meta({ description: 'how many warnings were read' }),
        }),
      },
      responses: { 200: { about: 'In force, and in the ledger.', schema: commandAnswer } },
      problems: [
        'command.reused',
        'switchboard.none',
        ...Object.keys(draftProblems),
        'switchboard.activated_meanwhile',
        ...Object.keys(networkProblems),
      ],
      async handle({ body, session, request }) {
        const { tenant } = session
        const { commandId: id, note, warnings } = body
        const tag = body.tag ?? /^"([\w.-]{1,64})"$/.exec(request.get('If-Match')?.trim() ?? '')?.[1]
        if (tag === undefined) throw new Problem('draft.version_missing')
        const { desk, now } = deskOf(tenant)
        const content = desk.digest(tenant, JSON.stringify(['draft/activate', tag, note, warnings]))
        const { position, events } = await once.answer(tenant, id, content, async () => {
          const look = await lookAt(dependencies, session)
          if (look.tag !== tag) throw new Problem('draft.moved_on')
          if (look.pending.length === 0) throw new Problem('draft.nothing_pending')
          const found = remarksOn(look, now())
          const refusal = found.find(({ refuses }) => refuses)
          if (refusal) throw refusal.problem
          if (found.length > warnings)
            throw new Problem('draft.warnings_unread', { warnings: found.length, read: warnings })
          const actor = actorName(session.actor('operator', {}))
          return desk.activate(activationOf(look, note), { tenant, commandId: id, actor })
        })
        return { position, events }
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/switchboard/versions',
      permission: 'switchboard.see',
      group: GROUP,
      about:
        'The versions of the configuration, latest first: who activated them, when, what for, and what they changed.',
      request: {
        query: z.strictObject({
          before: z.coerce
            .number()
            .int()
            .min(0)
            .max(1_000_000_000)
            .optional()
            .meta({ description: '`next` of the page before' }),
        }),
      },
      responses: { 200: { about: 'A page of versions.', schema: versionRows } },
      problems: ['switchboard.none'],
      async handle({ query, session }) {
        const { tenant } = session
        const { state } = deskOf(tenant)
        const { revision, state: inForce } = state.configuration
        const versions = await draftsOf(tenant).versions(tenant, revision, query.before ?? null, PAGE)
        const first = Math.max(0, Math.min(revision + 1, query.before ?? revision + 1) - PAGE)
        return {
          versions,
          next: first > 0 ? first : null,
          inForce: inForce.version,
          runsOn: { node: state.owner.state.node, version: inForce.version },
        }
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/switchboard/versions/{version}',
      permission: 'switchboard.see',
      group: GROUP,
      about: 'What a version changed, compared with the one before it.',
      request: {
        params: z.object({
          version: z.coerce.number().int().min(1).max(1_000_000_000).meta({ description: 'its number' }),
        }),
      },
      responses: {
        200: {
          about: 'The changes; the first 500 if there are more.',
          schema: z.object({ changes: z.array(itemDifference), more: z.number().int() }).meta({ id: 'VersionChanges' }),
        },
      },
      problems: ['switchboard.none', 'draft.version_unknown'],
      async handle({ params, session }) {
        const drafts = draftsOf(session.tenant)
        const after = wholeOf(await drafts.versionNumbered(session.tenant, params.version))
        const before = params.version === 1 ? null : await drafts.versionNumbered(session.tenant, params.version - 1)
        const all = [...differences(before ? wholeOf(before) : nothing(after), after)]
        return {
          changes: all.slice(0, MOST_SHOWN).map((one) => shownDifference(one, null, session)),
          more: Math.max(0, all.length - MOST_SHOWN),
        }
      },
    }),
  ]
}

/** What there was before the first version. */
function nothing(whole: Whole): Whole {
  const network = { ...whole.network, extensions: [], gateways: [], numbers: [], media: [], calendars: [], ivrs: [] }
  return { ...whole, queues: [], agents: [], routes: [], supervisors: [], network }
}

const kept = new WeakMap<Look, { day: number; remarks: readonly Remark[] }>()
const DAY_MS = 86_400_000

/** Looked for once, as long as nothing changes: with 20,000 agents that takes a moment. Refusals first. */
function remarksOn(look: Look, at: number): readonly Remark[] {
  const day = Math.floor(at / DAY_MS)
  const known = kept.get(look)
  if (known?.day === day) return known.remarks
  const asked = { do: 'activate' as const, ...activationOf(look, '') }
  const remarks = [
    ...checkConfiguration(asked, look.inForce),
    ...holidayRemarks(look.whole.network.calendars, at, look.whole.zone),
  ].toSorted((a, b) => Number(b.refuses) - Number(a.refuses))
  kept.set(look, { day, remarks })
  return remarks
}

function checked(look: Look, at: number, entries: ProblemEntries): Omit<DraftCheck, 'effect'> {
  const began = performance.now()
  const remarks = remarksOn(look, at)
  const refusals = remarks.filter(({ refuses }) => refuses).length
  return {
    tag: look.tag,
    activates: refusals === 0,
    refusals,
    warnings: remarks.length - refusals,
    findings: remarks.slice(0, MOST_FINDINGS).map((remark) => told(remark, look.whole, entries)),
    tookMs: Math.round(performance.now() - began),
  }
}

function told({ problem, refuses }: Remark, whole: Whole, entries: ProblemEntries): DraftFinding {
  const said = (language: 'en' | 'zh') => {
    const { sentence, cure } = tell(problem, language, entries)
    return { sentence, cure }
  }
  return { code: problem.code, refuses, ...placeOf(problem.where, whole), en: said('en'), zh: said('zh') }
}

/** The item that a path of the configuration leads to: `network.extensions.3.target`. */
function placeOf(where: string | null, whole: Whole): Pick<DraftFinding, 'section' | 'key' | 'field'> {
  const steps = (where ?? '').replace(/^network\./, '').split('.')
  const name = steps[0] === 'zone' ? 'house' : steps[0]
  const section = sections.find((one) => one.name === name)
  if (!section) return { section: null, key: null, field: null }
  if (section.key === null) return { section: section.name, key: ONLY, field: steps.slice(1).join('.') || null }
  const item = itemsOf(whole, section)[Number(steps[1])]
  return { section: section.name, key: item ? keyOf(section, item) : null, field: steps.slice(2).join('.') || null }
}

/** What an activation would meet: it ends no call, and signs nobody out. */
function effectOf({ pending }: Look, { state }: CommandDesk): DraftCheck['effect'] {
  const removed = new Set(pending.flatMap(({ section, key, after }) => (section === 'queues' && !after ? key : [])))
  let calls = 0
  let waiting = 0
  for (const call of state.calls()) {
    calls++
    if (call.queue && removed.has(call.queue.queueCode)) waiting++
  }
  const shifts = pending.filter(({ section, after }) => {
    const agentId = section === 'agents' ? (after as { agentId?: string } | null)?.agentId : undefined
    return agentId !== undefined && state.shift(agentId) !== null
  }).length
  return { calls, waiting, shifts }
}
