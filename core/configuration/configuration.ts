/**
 * The configuration of the switchboard as a decider: queues, agents and routes are activated together as a numbered
 * version. Activating what is already in force changes nothing.
 */
import { houseReasons, type Reason } from '../agent/reasons.ts'
import { houseShiftRules, type ShiftRules } from '../agent/rules.ts'
import type { Queueing } from '../call/commands.ts'
import type { Decider } from '../kernel/decider.ts'
import { isProblem, Problem } from '../kernel/problem.ts'
import type { Remark } from '../kernel/remark.ts'
import { memberBounds, shiftBounds } from '../agent/bounds.ts'
import { paced } from '../kernel/bounds.ts'
import { queueBounds } from '../queue/bounds.ts'
import { refuseImpossible, remarksOn } from './checks.ts'
import { queueSettings, type QueueDestination, type QueueInput, type QueueSettings } from '../queue/settings.ts'
import {
  calendarBounds,
  extensionBounds,
  featureBounds,
  gatewayBounds,
  limitBounds,
  recordingBounds,
  mediaBounds,
} from '../network/bounds.ts'
import { eachExtension, leftOut } from '../network/extensions.ts'
import { withKnownSecrets } from '../network/secrets.ts'
import { networkSettings, noNetwork, type NetworkInput, type NetworkSettings } from '../network/settings.ts'
import { ivrBounds } from '../ivr/bounds.ts'
import { routeBounds } from '../routing/bounds.ts'
import type { RouteSettings } from '../routing/settings.ts'
import {
  MOST_RETIRED,
  type AgentInput,
  type AgentSettings,
  type SupervisorSettings,
  type SwitchboardEvent,
} from './events.ts'
import { differences, same, sumsOf } from './difference.ts'
import type { Whole } from './sections.ts'
import type { Wanted } from './wanted.ts'

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
  /** Its activation says all this by itself. Absent: it takes those before it, since they say which queues are gone. */
  byItself?: true
  /** Versions after this one that cannot be read: the next one gets a number after them. Absent: none. */
  unread?: number
  /** Changes of the draft up to this revision of its stream are settled (`draft/`). Absent: none are. */
  draft?: number
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
  /** The version that was in force when this was decided on; absent: whichever. */
  after?: number
  /** The revision up to which the draft is contained; absent: it is no draft that is activated. */
  draft?: number
  /** What it is for. */
  note?: string
}

/** The id of the one configuration stream of a tenant. */
export const CONFIGURATION_ID = 'configuration'

export const configurationDecider: Decider<Configuration, Activate, Activated> = {
  category: 'switchboard',
  initial: noConfiguration,
  decide(command, state, { newId }) {
    const { after, note, draft = state.draft } = command
    if (after !== undefined && after !== state.version + (state.unread ?? 0))
      throw new Problem('switchboard.activated_meanwhile', { version: state.version, after })
    const wanted = wantedBy(command, state)
    refuseImpossible(wanted)
    const before = wholeOf(state)
    if (state.version > 0 && !state.unread && same(wanted, before)) return []
    const { zone, queues, routes, shifts, reasons, supervisors, network } = wanted
    const agents = wanted.agents.map((agent): AgentSettings => ({ ...agent, agentId: agent.agentId ?? newId() }))
    const kept = new Set(network.gateways.map((gateway) => gateway.code))
    const gone = state.network.gateways.map((gateway) => gateway.code).filter((gateway) => !kept.has(gateway))
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
          network,
          ...(gone.length > 0 && { gone: { gateways: gone } }),
          ...(draft !== undefined && { draft }),
          ...(note && { note }),
          changed: sumsOf(differences(before, { ...wanted, agents })),
          retired: Object.entries(retiredBy(queues, state))
            .slice(-MOST_RETIRED)
            .map(([code, to]) => ({ code, to })),
        },
      },
    ]
  },
  evolve: (state, event) => configurationOf(event.data, state),
  // The last readable version stays in force.
  unread: (state) => ({ ...state, unread: (state.unread ?? 0) + 1 }),
}

/** What a command asks for, with everything that was left out. */
function wantedBy(command: Activate, state: Configuration): Wanted {
  const { zone, shifts = houseShiftRules, reasons = houseReasons, supervisors = [], network = {}, ...asked } = command
  return {
    zone,
    routes: asked.routes,
    queues: asked.queues.map((queue) => queueSettings.parse(queue)),
    agents: withKnownIds(asked.agents, state),
    shifts,
    reasons,
    supervisors,
    network: networkOf(network, state.network),
  }
}

/**
 * Everything that there is to say about a configuration before it is activated: what activation would refuse, and what it
 * accepts though it is hardly meant.
 */
export function* checkConfiguration(command: Activate, state: Configuration): Generator<Remark> {
  let wanted: Wanted
  try {
    wanted = wantedBy(command, state)
  } catch (error) {
    if (!isProblem(error)) throw error
    // A range that is none: without its extensions nothing else can be judged.
    return yield { problem: error, refuses: true }
  }
  yield* leftOut(command.network?.extensions ?? [])
  yield* remarksOn(wanted)
}

/** The network as asked for: ranges of extensions written out, passwords that were not given as they are in force. */
function networkOf({ extensions = [], ...asked }: NetworkInput, inForce: NetworkSettings): NetworkSettings {
  return withKnownSecrets(networkSettings.parse({ ...asked, extensions: eachExtension(extensions) }), inForce)
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
  const { version, zone, queues, agents, routes, shifts, reasons, supervisors, network, retired } = data
  const draft = data.draft ?? before.draft
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
    routes: routes.map((route) => paced(route, routeBounds)),
    shifts: paced(shifts ?? houseShiftRules, shiftBounds),
    reasons: reasons ?? houseReasons,
    supervisors: supervisors ?? [],
    network: pacedNetwork(network ?? noNetwork),
    ...(draft !== undefined && { draft }),
    ...(retired
      ? { retired: byKey(retired.map(({ code, to }) => [code, to])), byItself: true as const }
      : { retired: retiredBy(queues, before) }),
  }
}

function pacedNetwork(network: NetworkSettings): NetworkSettings {
  return {
    ...network,
    extensions: network.extensions.map((extension) => paced(extension, extensionBounds)),
    gateways: network.gateways.map((gateway) => paced(gateway, gatewayBounds)),
    media: network.media.map((medium) => paced(medium, mediaBounds)),
    calendars: network.calendars.map((calendar) => paced(calendar, calendarBounds)),
    ivrs: network.ivrs.map((ivr) => paced(ivr, ivrBounds)),
    featureCodes: paced(network.featureCodes, featureBounds),
    limits: paced(network.limits, limitBounds),
    ...(network.recording && { recording: paced(network.recording, recordingBounds) }),
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

const wholes = new WeakMap<Configuration, Whole>()

/** What is in force, as a whole. Made once, so that sections in which nothing changes stay the same lists. */
export function wholeOf(configuration: Configuration): Whole {
  let whole = wholes.get(configuration)
  if (!whole) {
    const { zone, queues, agents, routes, shifts, reasons, supervisors, network } = configuration
    whole = {
      zone,
      queues: Object.values(queues),
      agents: Object.values(agents),
      routes,
      shifts,
      reasons,
      supervisors,
      network,
    }
    wholes.set(configuration, whole)
  }
  return whole
}
