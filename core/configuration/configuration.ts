/**
 * The configuration of the switchboard as a decider: queues, agents and routes are activated together as a numbered
 * version. Activating what is already in force changes nothing.
 */
import { houseReasons, ruleReasons, type Reason } from '../agent/reasons.ts'
import { houseShiftRules, type ShiftRules } from '../agent/rules.ts'
import type { Queueing } from '../call/commands.ts'
import type { Decider } from '../kernel/decider.ts'
import { Problem } from '../kernel/problem.ts'
import { isIanaZone } from '../kernel/time.ts'
import { isEmergency, phoneNumber } from '../number/number.ts'
import { memberBounds, shiftBounds } from '../agent/bounds.ts'
import { paced } from '../kernel/bounds.ts'
import { queueBounds } from '../queue/bounds.ts'
import { refuseCode, refuseOutOfBounds } from './checks.ts'
import { queueSettings, type QueueDestination, type QueueInput, type QueueSettings } from '../queue/settings.ts'
import { networkSettings, noNetwork, type NetworkInput, type NetworkSettings } from '../network/settings.ts'
import type { RouteSettings } from '../routing/settings.ts'
import type { AgentInput, AgentSettings, SupervisorSettings, SwitchboardEvent } from './events.ts'

type Activated = Extract<SwitchboardEvent, { type: 'SwitchboardActivated' }>

export interface Configuration {
  /** 0: nothing has been activated yet. */
  version: number
  zone: string
  queues: Readonly<Record<string, QueueSettings>>
  agents: Readonly<Record<string, AgentSettings>>
  routes: readonly RouteSettings[]
  shifts: ShiftRules
  reasons: readonly Reason[]
  supervisors: readonly SupervisorSettings[]
  network: NetworkSettings
  /**
   * Queues that no longer exist, and where callers still waiting there were sent: the queue's exit for when it was
   * closed.
   */
  retired: Readonly<Record<string, QueueDestination>>
  /** Versions after this one that cannot be read: the next one gets a number after them. Absent: none. */
  unread?: number
}

export const noConfiguration: Configuration = {
  version: 0,
  zone: 'Asia/Shanghai',
  queues: {},
  agents: {},
  routes: [],
  shifts: houseShiftRules,
  reasons: houseReasons,
  supervisors: [],
  network: noNetwork,
  retired: {},
}

export interface Activate {
  do: 'activate'
  zone: string
  /** Settings with a default may be left out. */
  queues: readonly QueueInput[]
  agents: readonly AgentInput[]
  routes: readonly RouteSettings[]
  /** Absent: the house rules. */
  shifts?: ShiftRules
  /** Absent: the house reasons. */
  reasons?: readonly Reason[]
  supervisors?: readonly SupervisorSettings[]
  /** Absent: no telephone network of our own; routes lead to queues. */
  network?: NetworkInput
}

/** The id of the one configuration stream of a tenant. */
export const CONFIGURATION_ID = 'configuration'

export const configurationDecider: Decider<Configuration, Activate, Activated> = {
  category: 'switchboard',
  initial: noConfiguration,
  decide(command, state, { newId }) {
    const { do: _, shifts = houseShiftRules, reasons = houseReasons, supervisors = [], network, ...asked } = command
    const wanted = {
      ...asked,
      queues: asked.queues.map((queue) => queueSettings.parse(queue)),
      agents: withKnownIds(asked.agents, state),
      shifts,
      reasons,
      supervisors,
      network: networkSettings.parse(network ?? {}),
    }
    refuseLooseEnds(wanted)
    refuseOutOfBounds(wanted)
    refuseBadExits(wanted)
    if (state.version > 0 && !state.unread && sameText(wanted, asActivated(state))) return []
    const { zone, queues, routes } = wanted
    const agents = wanted.agents.map((agent): AgentSettings => ({ ...agent, agentId: agent.agentId ?? newId() }))
    return [
      {
        type: 'SwitchboardActivated',
        data: {
          version: state.version + (state.unread ?? 0) + 1,
          zone,
          queues: [...queues],
          agents,
          routes: [...routes],
          shifts,
          reasons: reasons.map((reason) => ({ ...reason, for: [...reason.for] })),
          supervisors: [...supervisors],
          network: wanted.network,
        },
      },
    ]
  },
  evolve: (state, event) => configurationOf(event.data, state),
  // The last readable version stays in force.
  unread: (state) => ({ ...state, unread: (state.unread ?? 0) + 1 }),
}

/** An agent number keeps the id it already has: shifts and figures belong to that id. */
function withKnownIds(agents: readonly AgentInput[], state: Configuration): AgentInput[] {
  const idOf = new Map(Object.values(state.agents).map(({ agentCode, agentId }) => [agentCode, agentId]))
  return agents.map((agent) => {
    const agentId = agent.agentId ?? idOf.get(agent.agentCode)
    return agentId === undefined ? agent : { ...agent, agentId }
  })
}

/**
 * Agent ids stand in the clear in events, stream names and tables, so an id must say nothing about the person. It says
 * nothing if it is a UUID or just the number; an id already in force for this number is in the clear anyway.
 */
export function isTelling({ agentId, agentCode }: AgentInput, inForce: Configuration): boolean {
  if (agentId === undefined || agentId === agentCode || inForce.agents[agentId]?.agentCode === agentCode) return false
  return !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(agentId)
}

/** @param before the configuration in force until then */
export function configurationOf(data: Activated['data'], before: Configuration = noConfiguration): Configuration {
  const { version, zone, queues, agents, routes, shifts, reasons, supervisors, network } = data
  return {
    version,
    zone,
    queues: byKey(queues.map((queue) => [queue.code, paced(queue, queueBounds)])),
    agents: byKey(
      agents.map((agent) => [
        agent.agentId,
        { ...agent, queues: agent.queues.map((membership) => paced(membership, memberBounds)) },
      ]),
    ),
    routes,
    shifts: paced(shifts ?? houseShiftRules, shiftBounds),
    reasons: reasons ?? houseReasons,
    supervisors: supervisors ?? [],
    network: network ?? noNetwork,
    retired: retiredBy(queues, before),
  }
}

/** Codes come from people and other systems; none may find a property that every object has. */
function byKey<T>(entries: readonly (readonly [string, T])[]): Record<string, T> {
  return Object.assign(Object.create(null) as Record<string, T>, Object.fromEntries(entries))
}

/** Restores a configuration that was JSON in a snapshot, from this version or the one before it. */
export function revived(kept: Configuration): Configuration {
  const { queues, agents, retired = {} } = kept as Partial<Configuration>
  return {
    ...noConfiguration,
    ...kept,
    queues: byKey(Object.entries(queues ?? {})),
    agents: byKey(Object.entries(agents ?? {})),
    retired: byKey(Object.entries(retired)),
  }
}

/** Queues that no longer exist. */
function retiredBy(queues: readonly QueueSettings[], before: Configuration): Record<string, QueueDestination> {
  const present = new Set(queues.map(({ code }) => code))
  const known = [
    ...Object.entries(before.retired ?? {}),
    ...Object.values(before.queues).map(({ code, exits }) => [code, exits.closed] as const),
  ]
  return byKey(known.filter(([code]) => !present.has(code)))
}

/**
 * Where callers go whose queue no longer exists: where it sent callers when it was closed, or where that queue did;
 * nowhere (disconnected) if that is gone too.
 */
export function successorOf(queueCode: string, { queues, retired }: Configuration): QueueDestination {
  let to: QueueDestination = { kind: 'queue', code: queueCode, keepPlace: true }
  for (const seen = new Set<string>(); to.kind === 'queue' && !queues[to.code];) {
    const next: QueueDestination | undefined = seen.has(to.code) ? undefined : retired[to.code]
    if (!next) return { kind: 'hang_up', code: '', keepPlace: false }
    seen.add(to.code)
    to = { ...next, keepPlace: true }
  }
  return to
}

/** The form in which called numbers are compared; what is not a number stays as it is. */
function calledNumber(to: string): string {
  return phoneNumber(to).normalised ?? to
}

/** Is this one of the configured reasons? */
export function isReason({ reasons }: Configuration, code: string): boolean {
  return reasons.some((reason) => reason.code === code)
}

/** How a call is put into a queue under the settings in force. */
export function queueing(
  { code, targetMs, shortAbandonMs }: QueueSettings,
  priority: number,
  configVersion: number,
): Queueing {
  return { queueCode: code, priority, targetMs, shortAbandonMs, configVersion }
}

/**
 * Codes must be unique, and everything named must exist.
 * @throws Problem `switchboard.zone_unknown`, `switchboard.twice`, `switchboard.queue_unknown`,
 * `switchboard.extension_reserved`, `switchboard.code_invalid`
 */
function refuseLooseEnds({ zone, queues, agents, routes, reasons, supervisors }: Wanted): void {
  if (!isIanaZone(zone)) throw new Problem('switchboard.zone_unknown', { zone })
  for (const { code } of queues) refuseCode('queue', code)
  for (const { agentId, agentCode, extension } of agents) {
    refuseCode('agent', agentCode)
    if (agentId !== undefined) refuseCode('agent id', agentId)
    if (extension !== null) refuseCode('extension', extension)
  }
  for (const { code } of routes) refuseCode('route', code)
  for (const { code } of supervisors) refuseCode('supervisor', code)
  const codes = once(
    'queue',
    queues.map((queue) => queue.code),
  )
  once(
    'agent',
    agents.flatMap((agent) => agent.agentId ?? []),
  )
  once(
    'agent code',
    agents.map((agent) => agent.agentCode),
  )
  once(
    'extension',
    agents.flatMap((agent) => agent.extension ?? []),
  )
  // A reason with a rule's word would be mistaken for the rule.
  once('reason', [...ruleReasons, ...reasons.map((reason) => reason.code)])
  once('supervisor', [...agents.map((agent) => agent.agentCode), ...supervisors.map((supervisor) => supervisor.code)])
  once(
    'route',
    routes.map((route) => route.code),
  )
  once(
    'route to',
    routes.map((route) => (route.to === '*' ? '*' : calledNumber(route.to))),
  )
  for (const { agentCode, extension } of agents)
    if (isEmergency(extension))
      throw new Problem('switchboard.extension_reserved', { agent: agentCode, extension: extension! })
  for (const { agentCode, queues: memberships } of agents) {
    once(
      `membership of ${agentCode}`,
      memberships.map((membership) => membership.queueCode),
    )
    for (const { queueCode } of memberships)
      if (!codes.has(queueCode)) throw new Problem('switchboard.queue_unknown', { who: agentCode, queue: queueCode })
  }
  for (const { code, queueCode } of routes)
    if (queueCode && !codes.has(queueCode))
      throw new Problem('switchboard.queue_unknown', { who: code, queue: queueCode })
}

/** @throws Problem `switchboard.twice` */
function once(what: string, codes: readonly string[]): Set<string> {
  const seen = new Set<string>()
  for (const code of codes) {
    if (seen.has(code)) throw new Problem('switchboard.twice', { what, code })
    seen.add(code)
  }
  return seen
}

/**
 * Every exit must lead somewhere, and a caller must not be sent in a circle without waiting anywhere.
 * @throws Problem `switchboard.exit_unknown`, `switchboard.exit_itself`, `switchboard.exit_circle`
 */
function refuseBadExits({ queues, agents }: { queues: readonly QueueSettings[]; agents: readonly AgentInput[] }): void {
  const byCode = new Map(queues.map((queue) => [queue.code, queue]))
  const agentCodes = new Set(agents.map((agent) => agent.agentCode))
  for (const queue of queues) {
    for (const [exit, { kind, code }] of Object.entries(queue.exits)) {
      const known =
        kind === 'queue'
          ? byCode.has(code)
          : kind === 'agent'
            ? agentCodes.has(code)
            : kind === 'hang_up' || code !== ''
      if (kind === 'queue' && code === queue.code)
        throw new Problem('switchboard.exit_itself', { queue: queue.code, exit })
      if (!known)
        throw new Problem('switchboard.exit_unknown', { queue: queue.code, exit, to: `${kind} ${code}`.trim() })
    }
  }
  for (const { code } of queues) {
    const circle = circleFrom([code], byCode)
    if (circle) throw new Problem('switchboard.exit_circle', { queue: code, to: circle.join(' → ') })
  }
}

/** The path by which a new caller to the first queue comes back to it at once; null: there is none. */
function circleFrom(way: readonly string[], queues: ReadonlyMap<string, QueueSettings>): readonly string[] | null {
  const { exits, hours, overflow } = queues.get(way.at(-1)!)!
  const next: string[] = []
  if (overflow.length > 0 && exits.overflowed.kind === 'queue') next.push(exits.overflowed.code)
  if (hours.length > 0 && exits.closed.kind === 'queue') next.push(exits.closed.code)
  for (const code of next) {
    if (code === way[0]) return [...way, code]
    const circle = way.includes(code) ? null : circleFrom([...way, code], queues)
    if (circle) return circle
  }
  return null
}

/** The configuration to be activated. */
interface Wanted {
  zone: string
  queues: readonly QueueSettings[]
  agents: readonly AgentInput[]
  routes: readonly RouteSettings[]
  shifts: ShiftRules
  reasons: readonly Reason[]
  supervisors: readonly SupervisorSettings[]
  network: NetworkSettings
}

function asActivated({ queues, agents, ...kept }: Configuration): Wanted {
  const { zone, routes, shifts, reasons, supervisors, network } = kept
  return {
    zone,
    queues: Object.values(queues),
    agents: Object.values(agents),
    routes,
    shifts,
    reasons,
    supervisors,
    network,
  }
}

/** Equal regardless of the order of keys within objects. */
function sameText(a: unknown, b: unknown): boolean {
  return JSON.stringify(a, sortKeys) === JSON.stringify(b, sortKeys)
}

function sortKeys(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
