/**
 * The configuration of the switchboard as a decider: queues, agents and routes are activated together
 * as a numbered version. Activating what is in force already changes nothing.
 */
import { houseShiftRules, type ShiftRules } from '../agent/rules.ts'
import type { Decider } from '../kernel/decider.ts'
import type { AgentSettings, QueueSettings, RouteSettings, SwitchboardEvent } from './events.ts'

export interface Configuration {
  /** 0: nothing was activated yet. */
  version: number
  zone: string
  queues: Readonly<Record<string, QueueSettings>>
  agents: Readonly<Record<string, AgentSettings>>
  routes: readonly RouteSettings[]
  shifts: ShiftRules
}

export const noConfiguration: Configuration = { version: 0, zone: 'Asia/Shanghai', queues: {}, agents: {}, routes: [], shifts: houseShiftRules }

export interface Activate {
  do: 'activate'
  zone: string
  queues: readonly QueueSettings[]
  agents: readonly AgentSettings[]
  routes: readonly RouteSettings[]
  /** Nothing: the house's rules. */
  shifts?: ShiftRules
}

/** The id of the one configuration stream of a tenant. */
export const CONFIGURATION_ID = 'configuration'

export const configurationDecider: Decider<Configuration, Activate, SwitchboardEvent> = {
  category: 'switchboard',
  initial: noConfiguration,
  decide(command, state) {
    const { do: _, shifts = houseShiftRules, ...rest } = command
    const wanted = { ...rest, shifts }
    if (state.version > 0 && sameText(wanted, asActivated(state))) return []
    const { zone, queues, agents, routes } = wanted
    return [{ type: 'SwitchboardActivated', data: { version: state.version + 1, zone, queues: [...queues], agents: [...agents], routes: [...routes], shifts } }]
  },
  evolve: (_, event) => configurationOf(event.data),
}

export function configurationOf(data: SwitchboardEvent['data']): Configuration {
  const { version, zone, queues, agents, routes, shifts } = data
  return {
    version,
    zone,
    queues: Object.fromEntries(queues.map((queue) => [queue.code, queue])),
    agents: Object.fromEntries(agents.map((agent) => [agent.agentId, agent])),
    routes,
    shifts: shifts ?? houseShiftRules,
  }
}

/** The route for a called number: the one that names it, else the one for every other number. */
export function routeFor(configuration: Configuration, to: string): RouteSettings | null {
  return configuration.routes.find((route) => route.to === to) ?? configuration.routes.find((route) => route.to === '*') ?? null
}

function asActivated(state: Configuration): Omit<Activate, 'do'> {
  return { zone: state.zone, queues: Object.values(state.queues), agents: Object.values(state.agents), routes: state.routes, shifts: state.shifts }
}

/** Equal whatever the order of keys within objects. */
function sameText(a: unknown, b: unknown): boolean {
  return JSON.stringify(a, sortKeys) === JSON.stringify(b, sortKeys)
}

function sortKeys(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
