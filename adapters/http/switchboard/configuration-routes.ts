/**
 * The configuration of the switchboard over HTTP: reading the one in force and activating another
 * (catalogue A3.2.2.5-reload). A configuration is activated as a whole, so that no call is decided under half of it.
 */
import { z } from 'zod'
import { actorName } from '@ledgerline/core/access/session.ts'
import { isTelling } from '@ledgerline/core/configuration/configuration.ts'
import { agentInput, agentSettings, reasonSettings, supervisorSettings } from '@ledgerline/core/configuration/events.ts'
import { routeSettings } from '@ledgerline/core/routing/settings.ts'
import { queueSettings } from '@ledgerline/core/queue/settings.ts'
import { shiftRules } from '@ledgerline/core/agent/rules.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { commandAnswer, commandId, type CommandDependencies } from '../routing/command.ts'
import { networkProblems } from '@ledgerline/core/network/problems.ts'
import type { ProblemEntries } from '@ledgerline/core/kernel/problem.ts'
import { checkRoute } from './check-route.ts'
import { masked } from '../../queries/mask.ts'
import { defineRoute, type Route } from '../routing/route.ts'
import { networkInput, networkShown, shownNetwork } from './network-form.ts'

/** 20,000 agents in several queues each, and 20,000 extensions with all of their settings. */
const CONFIGURATION_LIMIT = 16 * 1024 * 1024

const parts = {
  zone: z.string().max(64).meta({ description: 'IANA name; the tenant’s days and hours follow it' }),
  queues: z.array(queueSettings).max(1000).meta({ description: 'skill groups and their rules' }),
  agents: z
    .array(agentSettings)
    .max(20_000)
    .meta({ description: 'agents, their phones, and the queues they serve when they sign in' }),
  routes: z.array(routeSettings).max(5000).meta({ description: 'where calls to our numbers are routed' }),
}

const reasons = z.array(reasonSettings).max(100)
const supervisors = z.array(supervisorSettings).max(1000)

const inForce = z
  .object({
    version: z.number().int().describe('0: nothing has been activated yet'),
    ...parts,
    shifts: shiftRules,
    reasons,
    supervisors,
    network: networkShown,
  })
  .meta({ id: 'SwitchboardConfiguration' })

/** What is activated, and what is checked: everything but the command's id. */
const asked = {
  ...parts,
  agents: z.array(agentInput).max(20_000).meta({ description: parts.agents.description }),
  shifts: shiftRules.optional().meta({ description: 'shift rules; defaults apply when omitted' }),
  reasons: reasons.optional().meta({ description: 'reasons people may choose; defaults apply when omitted' }),
  supervisors: supervisors.optional().meta({ description: 'supervisors who are not agents' }),
  network: networkInput
    .optional()
    .meta({ description: 'the telephone network; when omitted, there is none of our own' }),
}

/** Without what was left out: there, absent and undefined are not the same. */
function given({ shifts, reasons, supervisors, network, ...rest }: z.infer<z.ZodObject<typeof asked>>) {
  return {
    ...rest,
    ...(shifts && { shifts }),
    ...(reasons && { reasons }),
    ...(supervisors && { supervisors }),
    ...(network && { network }),
  }
}

export function switchboardRoutes({ once, deskOf }: CommandDependencies, entries: ProblemEntries): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/switchboard',
      permission: 'switchboard.see',
      group: 'Switchboard',
      about:
        'The configuration in force: queues, agents, routes, shift rules and the telephone network.\n\nPasswords are never shown; ' +
        '`secretSet` says whether there is one.',
      request: {},
      responses: { 200: { about: 'The configuration.', schema: inForce } },
      problems: ['switchboard.none'],
      handle({ session }) {
        const { version, zone, queues, agents, routes, shifts, reasons, supervisors, network } = deskOf(session.tenant)
          .state.configuration.state
        const seen = session.permissions.has('staff.see')
        const shown = <P extends { name: string | null }>(person: P): P =>
          seen || person.name === null ? person : { ...person, name: masked(person.name) }
        return {
          version,
          zone,
          queues: Object.values(queues),
          agents: Object.values(agents).map(shown),
          routes,
          shifts,
          reasons,
          supervisors: supervisors.map(shown),
          network: shownNetwork(network),
        }
      },
    }),
    defineRoute({
      method: 'get',
      path: '/api/v1/reasons',
      permission: 'boards.see',
      group: 'Switchboard',
      about: 'The configured reasons for being away, busy or signed out, in both languages.',
      request: {},
      responses: { 200: { about: 'The reasons.', schema: z.object({ reasons }).meta({ id: 'Reasons' }) } },
      problems: ['switchboard.none'],
      handle: ({ session }) => ({ reasons: deskOf(session.tenant).state.configuration.state.reasons }),
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/switchboard/activate',
      permission: 'switchboard.activate',
      group: 'Switchboard',
      about:
        'Puts a complete configuration in force as a new version.\n\nSubmitting the one already in force changes nothing. ' +
        'Signed-in agents keep their queues until they sign in again. A password that is left out or null stays as it ' +
        'is, so that the configuration can be read, changed and sent back; an empty text removes it.',
      request: {
        body: z.strictObject({ commandId, ...asked }),
      },
      bodyLimit: CONFIGURATION_LIMIT,
      responses: { 200: { about: 'In force, and in the ledger.', schema: commandAnswer } },
      problems: [
        'command.reused',
        'switchboard.none',
        'switchboard.zone_unknown',
        'switchboard.id_telling',
        'switchboard.twice',
        'switchboard.queue_unknown',
        'switchboard.extension_reserved',
        'switchboard.code_invalid',
        'switchboard.out_of_bounds',
        'switchboard.exit_unknown',
        'switchboard.exit_itself',
        'switchboard.exit_circle',
        ...Object.keys(networkProblems),
      ],
      async handle({ body: { commandId: id, ...body }, session }) {
        const { tenant } = session
        const wanted = given(body)
        const { desk, state } = deskOf(tenant)
        const { position, events } = await once.answer(
          tenant,
          id,
          desk.digest(tenant, JSON.stringify({ path: 'switchboard/activate', ...wanted })),
          () => {
            const telling = wanted.agents.find((agent) => isTelling(agent, state.configuration.state))
            if (telling) throw new Problem('switchboard.id_telling', { agent: telling.agentCode, id: telling.agentId! })
            return desk.activate(wanted, { tenant, commandId: id, actor: actorName(session.actor('operator', {})) })
          },
        )
        return { position, events }
      },
    }),
    checkRoute({ body: z.strictObject(asked), bodyLimit: CONFIGURATION_LIMIT, given, deskOf, entries }),
  ]
}
