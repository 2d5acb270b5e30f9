/**
 * The dry run of an activation: everything that there is to say about a configuration, at once and in both languages.
 * Nothing is written. Activation asks the same question and stops at the first refusal.
 */
import { z } from 'zod'
import { checkConfiguration, isTelling, type Activate } from '@ledgerline/core/configuration/configuration.ts'
import type { ProblemEntries } from '@ledgerline/core/kernel/problem.ts'
import { refusal, type Remark } from '@ledgerline/core/kernel/remark.ts'
import { tell } from '@ledgerline/core/problems.ts'
import type { CommandDependencies } from '../routing/command.ts'
import { defineRoute, type Route } from '../routing/route.ts'

/** At most this many findings are returned; mend those, and ask again. */
const MOST_FINDINGS = 1_000

const words = z.object({
  sentence: z.string().describe('what is wrong'),
  cure: z.string().describe('what would be right'),
})

const finding = z.object({
  code: z.string().describe('stable: programs rely on it'),
  refuses: z.boolean().describe('activation would refuse this; otherwise it is only worth knowing'),
  where: z.string().nullable().describe('path of the setting, such as network.extensions.3.target'),
  details: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
    .describe('the values in the sentence'),
  en: words,
  zh: words,
})

const answer = z
  .object({
    activates: z.boolean().describe('would it be activated as it is?'),
    findings: z.array(finding).describe('refusals first'),
    more: z.number().int().describe('findings that were left out'),
  })
  .meta({ id: 'ConfigurationFindings' })

export function checkRoute<B extends z.ZodObject>({
  body,
  bodyLimit,
  given,
  deskOf,
  entries,
}: {
  body: B
  bodyLimit: number
  given: (body: z.infer<B>) => Omit<Activate, 'do'>
  deskOf: CommandDependencies['deskOf']
  entries: ProblemEntries
}): Route {
  return defineRoute({
    method: 'post',
    path: '/api/v1/switchboard/check',
    permission: 'switchboard.activate',
    group: 'Switchboard',
    about:
      'Says what is wrong with a configuration without activating it.\n\nAll findings at once, in both languages: what activation ' +
      'would refuse, and what it accepts though it is hardly meant, such as a route that never matches.',
    request: { body },
    bodyLimit,
    responses: { 200: { about: 'The findings; none if all is well.', schema: answer } },
    problems: ['switchboard.none'],
    handle({ body: sent, session }) {
      const { state } = deskOf(session.tenant).state.configuration
      const wanted = given(sent as z.infer<B>)
      const remarks = [...tellingIds(wanted, state), ...checkConfiguration({ do: 'activate', ...wanted }, state)]
      // Refusals first; apart from that in the order of the configuration.
      remarks.sort((a, b) => Number(b.refuses) - Number(a.refuses))
      return {
        activates: !remarks.some(({ refuses }) => refuses),
        findings: remarks.slice(0, MOST_FINDINGS).map((remark) => told(remark, entries)),
        more: Math.max(0, remarks.length - MOST_FINDINGS),
      }
    },
  })
}

function* tellingIds({ agents }: Omit<Activate, 'do'>, inForce: Parameters<typeof isTelling>[1]): Generator<Remark> {
  for (const [index, agent] of agents.entries())
    if (isTelling(agent, inForce))
      yield refusal('switchboard.id_telling', { agent: agent.agentCode, id: agent.agentId! }, `agents.${index}.agentId`)
}

function told({ problem, refuses }: Remark, entries: ProblemEntries): z.infer<typeof finding> {
  const said = (language: 'en' | 'zh') => {
    const { sentence, cure } = tell(problem, language, entries)
    return { sentence, cure }
  }
  return {
    code: problem.code,
    refuses,
    where: problem.where,
    details: problem.details,
    en: said('en'),
    zh: said('zh'),
  }
}
