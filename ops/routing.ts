/** The configurations that can be asked where calls go: the one in force, and one in a file. */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import {
  CONFIGURATION_ID,
  configurationDecider,
  configurationOf,
  type Configuration,
} from '@ledgerline/core/configuration/configuration.ts'
import { agentInput, reasonSettings, supervisorSettings } from '@ledgerline/core/configuration/events.ts'
import { shiftRules } from '@ledgerline/core/agent/rules.ts'
import type { Codec } from '@ledgerline/core/kernel/codec.ts'
import { streamName } from '@ledgerline/core/kernel/event.ts'
import type { EventLog } from '@ledgerline/core/kernel/log.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { networkSettings } from '@ledgerline/core/network/settings.ts'
import { queueSettings } from '@ledgerline/core/queue/settings.ts'
import { routeSettings } from '@ledgerline/core/routing/settings.ts'
import { connect, disconnect } from '@ledgerline/projections/engine/connect.ts'
import { knownTenants } from '@ledgerline/projections/reports/latest.ts'
import type { Config } from './config.ts'
import { withInstallation, type InstallationNotes } from './installation/installation.ts'

/** What `POST …/switchboard/activate` takes, as far as routing needs it. */
const file = z.object({
  zone: z.string().max(64),
  queues: z.array(queueSettings),
  agents: z.array(agentInput),
  routes: z.array(routeSettings),
  shifts: shiftRules.optional(),
  reasons: z.array(reasonSettings).optional(),
  supervisors: z.array(supervisorSettings).optional(),
  network: networkSettings.optional(),
})

/** @throws Problem `route.file_unreadable`, `route.file_not_json`, `request.invalid`, and whatever activation refuses */
export async function configurationInFile(name: string): Promise<Configuration> {
  const text = await readFile(name, 'utf8').catch((cause: Error) => {
    throw new Problem('route.file_unreadable', { file: name, reason: cause.message }, { cause })
  })
  let read: unknown
  try {
    read = JSON.parse(text)
  } catch (cause) {
    throw new Problem('route.file_not_json', { file: name, reason: (cause as Error).message }, { cause })
  }
  const found = file.safeParse(read)
  if (!found.success) {
    const [issue] = found.error.issues
    throw new Problem(
      'request.invalid',
      { path: issue!.path.join('.') || name, reason: issue!.message },
      { where: name },
    )
  }
  const { shifts, reasons, supervisors, network, ...rest } = found.data
  const asked = {
    ...rest,
    ...(shifts && { shifts }),
    ...(reasons && { reasons }),
    ...(supervisors && { supervisors }),
    ...(network && { network }),
  }
  let made = 0
  const context = { at: 0, now: 0, newId: () => `agent-${++made}` }
  const [activated] = configurationDecider.decide({ do: 'activate', ...asked }, configurationDecider.initial, context)
  // It is in force nowhere.
  return { ...configurationOf(activated!.data), version: 0 }
}

/** @throws Problem `replay.which_tenant`, `route.nothing_in_force`, `data.*`, `log.*` */
export function configurationInForce(
  config: Config,
  tenant: string | null,
  notes: InstallationNotes,
): Promise<Configuration> {
  return withInstallation({ config, use: 'read', notes }, async ({ tables, eventLog, codec }) => {
    const wanted = tenant ?? (await onlyTenant(tables))
    const configuration = await configurationOfTenant(wanted, eventLog, codec)
    if (configuration.version === 0) throw new Problem('route.nothing_in_force', { tenant: wanted })
    return configuration
  })
}

/** The configuration that a tenant has in force; version 0 if there is none. */
export async function configurationOfTenant(tenant: string, eventLog: EventLog, codec: Codec): Promise<Configuration> {
  let configuration = configurationDecider.initial
  const stream = streamName(configurationDecider.category, tenant, CONFIGURATION_ID)
  for (let from = 0; ;) {
    const stored = await eventLog.readStream(stream, from, 100)
    for (const event of await codec.decodeAll(stored))
      configuration = configurationDecider.evolve(configuration, event as never)
    if (stored.length < 100) return configuration
    from += stored.length
  }
}

async function onlyTenant(tables: string): Promise<string> {
  const client = await connect(tables, { application: 'ledgerline route' })
  try {
    const tenants = await knownTenants(client)
    if (tenants.length !== 1) throw new Problem('replay.which_tenant', { tenants: tenants.join(', ') })
    return tenants[0]!
  } finally {
    await disconnect(client)
  }
}
