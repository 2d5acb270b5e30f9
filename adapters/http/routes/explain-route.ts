/** "What happens if X calls Y at Z?" over HTTP (catalogue A3.2.3). */
import { z } from 'zod'
import { linesOf } from '@ledgerline/core/flow/routed.ts'
import type { Whole } from '@ledgerline/core/configuration/sections.ts'
import type { DialPlan } from '@ledgerline/core/routing/dial-plan.ts'
import { explain } from '@ledgerline/core/routing/explain.ts'
import { phoneNumber } from '@ledgerline/core/number/number.ts'
import { instantInput } from '../../queries/inputs.ts'
import { masked } from '../../queries/mask.ts'
import { lookAt, type DraftDependencies } from '../switchboard/draft-routes.ts'
import { wordsSchema } from '../routing/words.ts'
import { defineRoute, type Route } from '../routing/route.ts'

const explanation = z
  .object({
    version: z.number().int().describe('version of the configuration that was asked; 0: nothing has been activated'),
    at: z.number().int().describe('the moment that was asked about, UTC ms'),
    caller: z
      .enum(['extension', 'gateway', 'house'])
      .describe('extension: a phone of ours calls; gateway: someone outside does'),
    rule: z.string().nullable().describe('the rule that decided; null: none did'),
    outcome: z
      .string()
      .describe('queue, extension, agent, ivr, robot, voicemail, outside, feature, closed, hang_up or refused'),
    target: z
      .string()
      .nullable()
      .describe('queue, extension, agent, menu, robot or function; the reason of a refusal; null: nothing is named'),
    then: z.string().nullable().describe('of a call that finds it closed: its outcome after the prompt'),
    gateways: z.array(z.string()).describe('gateways in the order in which they would be tried'),
    record: z.boolean().describe('the call would be recorded, whatever the phones say'),
    summary: wordsSchema.describe('where the call goes, in words'),
    steps: z
      .array(
        z.object({
          code: z.string().describe('what was looked at'),
          words: wordsSchema.describe('what was found'),
        }),
      )
      .describe('everything that was looked at, in order'),
  })
  .meta({ id: 'RoutingExplanation' })

const party = z.string().min(1).max(64)

export function explainRoute(dependencies: DraftDependencies): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/routing/explain',
    permission: 'switchboard.see',
    group: 'Switchboard',
    about:
      'What would happen if somebody called a number now, or at another moment, with the reason at every step.\n\n' +
      'The configuration in force is asked, or the draft; gateways and phones are taken as they are now. Nothing is dialled.',
    request: {
      query: z.strictObject({
        from: party.optional().describe('an extension of ours, or a number outside; omitted: withheld'),
        to: party.describe('the number that is called'),
        gateway: party.optional().describe('the gateway by which a call from outside comes'),
        at: instantInput('the moment; omitted: now').optional(),
        of: z.enum(['in_force', 'draft']).default('in_force').describe('draft: as if it had been activated'),
      }),
    },
    responses: { 200: { about: 'Where the call would go, and why.', schema: explanation } },
    problems: ['switchboard.none'],
    async handle({ query, session }) {
      const { state, now } = dependencies.deskOf(session.tenant)
      const at = query.at ?? now()
      const configuration = state.configuration.state
      const clear = session.permissions.has('numbers.see')
      const { kind } = phoneNumber(query.to)
      // Short numbers of our own and emergency numbers are nobody's.
      const shown = (number: string): string =>
        clear || kind === 'internal' || kind === 'emergency' ? number : masked(number)
      const question = { from: query.from ?? null, gateway: query.gateway ?? null, to: query.to, at }
      const plan = query.of === 'draft' ? planOf((await lookAt(dependencies, session)).whole) : configuration
      return { version: configuration.version, at, ...explain(question, plan, linesOf(state, now()), shown) }
    },
  })
}

/** What a draft says about routing. */
function planOf({ zone, queues, agents, routes, network }: Whole): DialPlan {
  return {
    zone,
    queues: Object.assign(Object.create(null), Object.fromEntries(queues.map((queue) => [queue.code, queue]))),
    agents: Object.assign(Object.create(null), Object.fromEntries(agents.map((agent) => [agent.agentId, agent]))),
    routes,
    network,
  }
}
