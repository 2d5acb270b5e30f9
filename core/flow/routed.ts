/** Asks where a call goes, for what the switchboard knows at the moment, and puts the answer into the words of calls. */
import { unavailable } from '../agent/state.ts'
import type { Routed } from '../call/commands.ts'
import { untried } from '../call/outside.ts'
import type { Leg, LiveCall } from '../call/state.ts'
import { queueing } from '../configuration/configuration.ts'
import { seededDice, type Dice } from '../kernel/clock.ts'
import { lookupOf } from '../routing/dial-plan.ts'
import type { Lines } from '../routing/lines.ts'
import type { Outcome, Routing, Way } from '../routing/outcome.ts'
import { gatewayFault } from '../routing/outside.ts'
import { route, routeTo, type From } from '../routing/route.ts'
import type { RouteTarget } from '../routing/settings.ts'
import type { SwitchboardState } from '../state/switchboard-state.ts'

export type RoutingState = Pick<
  SwitchboardState,
  'configuration' | 'memory' | 'trunks' | 'phones' | 'agentOfExtension' | 'shift'
>

/** What routing may know of the present. */
export function linesOf(switchboard: Omit<RoutingState, 'configuration' | 'memory'>, now: number): Lines {
  const { trunks, phones } = switchboard
  const shiftAt = (extension: string) => {
    const agentId = switchboard.agentOfExtension(extension)
    return agentId === null ? null : switchboard.shift(agentId)
  }
  return {
    isUp: (gateway) => trunks.isUp(gateway),
    callsOn: (gateway) => trunks.callsOn(gateway, now),
    newCallsOn: (gateway, at) => trunks.newCallsOn(gateway, at),
    callsOf: (extension, at) => trunks.callsOf(extension, at),
    agentAt: (extension) => shiftAt(extension)?.agentCode ?? null,
    occupied(extension) {
      const shift = shiftAt(extension)
      if (shift) return unavailable(shift, now)
      return phones.isMissing(extension) ? 'phone_not_registered' : null
    },
  }
}

/** The dice of a call: they fall the same way each time. */
function diceOf(callId: string): Dice {
  let hash = 0x811c9dc5
  for (let index = 0; index < callId.length; index++) hash = Math.imul(hash ^ callId.charCodeAt(index), 0x01000193)
  return seededDice(hash)
}

/** Where a new call goes. */
export function routeCall(from: From, to: string, callId: string, now: number, switchboard: RoutingState): Routing {
  const { state } = switchboard.configuration
  return route({ from, to, at: now, dice: diceOf(callId) }, state, linesOf(switchboard, now))
}

/** Where something in the house sends a call. */
export function sendCall(target: RouteTarget, callId: string, now: number, switchboard: RoutingState): Routing {
  const { state } = switchboard.configuration
  return routeTo(target, { at: now, dice: diceOf(callId) }, state, linesOf(switchboard, now))
}

/** The same, as calls take it. @param caller for the place of someone who hung up a moment ago */
export function asRouted(
  { outcome, rule, record }: Pick<Routing, 'outcome' | 'rule' | 'record'>,
  { number, priority, at }: { number: string | null; priority: number; at: number },
  switchboard: RoutingState,
): Routed {
  const { state: configuration } = switchboard.configuration
  const to = (outcome: Exclude<Outcome, { do: 'feature' }>): Routed['to'] => {
    switch (outcome.do) {
      case 'queue': {
        const queue = configuration.queues[outcome.queueCode]!
        // A caller who hung up a moment ago has their place again (A3.2.2.1-abandoned-resume).
        const kept = queue.resume.allowed
          ? switchboard.memory.keptPlace(queue.code, number, queue.resume.withinMs, at)
          : null
        const place = kept === null ? {} : { joinedAt: kept, resumed: true }
        return { kind: 'queue', queue: { ...queueing(queue, priority, configuration.version), ...place } }
      }
      case 'extension':
        return outcome.agentCode === null
          ? { kind: 'extension', code: outcome.extension }
          : { kind: 'agent', code: outcome.agentCode }
      case 'agent':
        return { kind: 'agent', code: outcome.agentCode }
      case 'ivr':
      case 'robot':
        return { kind: outcome.do, code: outcome.code }
      case 'voicemail':
        return { kind: 'voicemail', code: outcome.extension }
      case 'outside': {
        const { number: called, dialled, ways, timeoutMs, emergency } = outcome
        return { kind: 'outside', outside: { number: called, dialled, ways: [...ways], timeoutMs, emergency } }
      }
      case 'closed':
        return { kind: 'closed', media: outcome.media }
      case 'hang_up':
        return { kind: 'hang_up', code: '' }
      case 'refused':
        return { kind: 'refused', reason: outcome.reason }
    }
  }
  const known = outcome.do === 'feature' ? ({ do: 'refused', reason: 'not_allowed' } as const) : outcome
  return { route: rule, configVersion: configuration.version, record, to: to(known) }
}

/** Where a caller goes who has heard that it is closed. */
export function afterClosed(call: LiveCall, now: number, switchboard: RoutingState): Routed {
  const { route: code } = call.closed!
  const rule = switchboard.configuration.state.routes.find((one) => one.code === code)
  const target = rule?.closed?.target ?? { kind: 'hang_up' as const, code: '' }
  const sent = sendCall(target, call.callId, now, switchboard)
  return asRouted({ ...sent, rule: code }, { number: call.number, priority: 0, at: now }, switchboard)
}

/** The gateways of a call to someone outside that can be tried now. Null: the network finds its own way. */
export function waysNow(call: LiveCall, now: number, switchboard: RoutingState): readonly Way[] | null {
  const { outside } = call
  if (!outside || outside.ways.length === 0) return null
  if (outside.emergency) return untried(call)
  const lookup = lookupOf(switchboard.configuration.state)
  const lines = linesOf(switchboard, now)
  return untried(call).filter(({ gateway }) => gatewayFault(gateway, lookup, lines, now) === null)
}

/** How a leg to someone outside is dialled; null: it may not be. */
export function outsideTarget(
  call: LiveCall,
  leg: Leg,
  now: number,
  switchboard: RoutingState,
): { number: string; gateway: string | null; callerId: string | null; ringMs: number } | null {
  const number = leg.number!
  const { outside } = call
  if (outside && outside.number === number) {
    const callerId = leg.gateway ? (leg.callerNumber ?? null) : call.callerId
    return { number: outside.dialled ?? number, gateway: leg.gateway ?? null, callerId, ringMs: outside.timeoutMs }
  }
  // A consulted party or a supervisor: there is one attempt.
  const { outcome } = sendCall({ kind: 'number', code: number }, leg.legId, now, switchboard)
  if (outcome.do !== 'outside') return null
  const [way] = outcome.ways
  return {
    number: outcome.dialled,
    gateway: way?.gateway ?? null,
    callerId: way ? way.callerNumber : call.number,
    ringMs: outcome.timeoutMs,
  }
}
