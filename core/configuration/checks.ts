/**
 * What there is to say about a configuration before it is activated. Activation stops at the first refusal; a dry run
 * asks for everything at once. Both ask here.
 */
import { memberBounds, shiftBounds } from '../agent/bounds.ts'
import { ruleReasons } from '../agent/reasons.ts'
import { outside, type Bounds } from '../kernel/bounds.ts'
import { refusal, hint, twice, type Remark } from '../kernel/remark.ts'
import { LONGEST_ITEM } from '../kernel/sections.ts'
import { isIanaZone } from '../kernel/time.ts'
import { isEmergency } from '../number/number.ts'
import { ivrBounds } from '../ivr/bounds.ts'
import {
  calendarBounds,
  extensionBounds,
  featureBounds,
  gatewayBounds,
  limitBounds,
  recordingBounds,
  mediaBounds,
} from '../network/bounds.ts'
import { queueBounds } from '../queue/bounds.ts'
import { routeBounds } from '../routing/bounds.ts'
import { housePrompts } from '../telephony/house-prompts.ts'
import { exitRemarks } from './exits.ts'
import { networkRemarks } from './network-checks.ts'
import { routeRemarks, sameCalls } from './route-checks.ts'
import type { Wanted } from './wanted.ts'

/** Everything that is wrong, and what is hardly meant. */
export function* remarksOn(wanted: Wanted): Generator<Remark> {
  yield* looseEnds(wanted)
  yield* outOfBounds(wanted)
  yield* exitRemarks(wanted)
  yield* networkRemarks(wanted)
  yield* routeRemarks(wanted)
  yield* promptRemarks(wanted)
  yield* tooLarge(wanted)
}

/** @throws Problem the first reason why it cannot be activated */
export function refuseImpossible(wanted: Wanted): void {
  for (const { refuses, problem } of remarksOn(wanted)) if (refuses) throw problem
}

/** Names that every object has: looked up as a code, they would find something nobody configured. */
const INHERITED = new Set([...Object.getOwnPropertyNames(Object.prototype), 'prototype'])

/** A code is what people type and other systems send. */
export function* codeRemarks(what: string, code: string | null | undefined, where: string): Generator<Remark> {
  if (code === null || code === undefined) return
  // eslint-disable-next-line no-control-regex
  if (INHERITED.has(code) || /[\u0000-\u001f\u007f-\u009f]/.test(code) || code !== code.trim())
    yield refusal('switchboard.code_invalid', { what, code: JSON.stringify(code) }, where)
}

/** Codes must be unique, and everything named must exist. */
function* looseEnds({ zone, queues, agents, routes, reasons, supervisors, network }: Wanted): Generator<Remark> {
  if (!isIanaZone(zone)) yield refusal('switchboard.zone_unknown', { zone }, 'zone')
  for (const [index, { code }] of queues.entries()) yield* codeRemarks('queue', code, `queues.${index}.code`)
  for (const [index, { agentId, agentCode, extension }] of agents.entries()) {
    yield* codeRemarks('agent', agentCode, `agents.${index}.agentCode`)
    yield* codeRemarks('agent id', agentId, `agents.${index}.agentId`)
    yield* codeRemarks('extension', extension, `agents.${index}.extension`)
  }
  for (const [index, { code }] of routes.entries()) yield* codeRemarks('route', code, `routes.${index}.code`)
  for (const [index, { code }] of supervisors.entries())
    yield* codeRemarks('supervisor', code, `supervisors.${index}.code`)
  const { gateways, media, calendars, ivrs } = network
  for (const [name, what, list] of [
    ['gateways', 'gateway', gateways],
    ['media', 'media', media],
    ['calendars', 'calendar', calendars],
    ['ivrs', 'ivr', ivrs],
  ] as const)
    for (const [index, { code }] of list.entries()) yield* codeRemarks(what, code, `network.${name}.${index}.code`)
  for (const { code, survey } of queues)
    yield* twice(
      'key',
      (survey?.keys ?? []).map(({ key }) => `survey of ${code} ${key}`),
    )
  const codes = new Set(queues.map((queue) => queue.code))
  yield* twice(
    'queue',
    queues.map((queue) => queue.code),
  )
  yield* twice(
    'agent',
    agents.flatMap((agent) => agent.agentId ?? []),
  )
  yield* twice(
    'agent code',
    agents.map((agent) => agent.agentCode),
  )
  yield* twice(
    'extension',
    agents.flatMap((agent) => agent.extension ?? []),
  )
  // A reason with a rule's word would be mistaken for the rule.
  yield* twice('reason', [...ruleReasons, ...reasons.map((reason) => reason.code)])
  yield* twice('supervisor', [...agents.map(({ agentCode }) => agentCode), ...supervisors.map(({ code }) => code)])
  yield* twice(
    'route',
    routes.map((route) => route.code),
  )
  const calls = new Set<string>()
  for (const route of routes) {
    if (calls.has(sameCalls(route))) yield refusal('switchboard.twice', { what: 'route to', code: route.to })
    calls.add(sameCalls(route))
  }
  for (const [index, { agentCode, extension }] of agents.entries())
    if (isEmergency(extension))
      yield refusal(
        'switchboard.extension_reserved',
        { agent: agentCode, extension: extension! },
        `agents.${index}.extension`,
      )
  for (const [index, { agentCode, queues: memberships }] of agents.entries()) {
    yield* twice(
      `membership of ${agentCode}`,
      memberships.map((membership) => membership.queueCode),
    )
    for (const [place, { queueCode }] of memberships.entries())
      if (!codes.has(queueCode))
        yield refusal(
          'switchboard.queue_unknown',
          { who: agentCode, queue: queueCode },
          `agents.${index}.queues.${place}.queueCode`,
        )
  }
  for (const [index, { code, queueCode }] of routes.entries())
    if (queueCode && !codes.has(queueCode))
      yield refusal('switchboard.queue_unknown', { who: code, queue: queueCode }, `routes.${index}.queueCode`)
}

/** Settings out of bounds. */
function* outOfBounds({ queues, agents, routes, shifts, network }: Wanted): Generator<Remark> {
  const each = function* <T extends object>(list: readonly T[], of: (one: T) => string, bounds: Bounds, at: string) {
    for (const [index, one] of list.entries())
      for (const problem of outside(of(one), one, bounds, `${at}.${index}`)) yield { problem, refuses: true }
  }
  yield* each(queues, ({ code }) => `queue ${code}`, queueBounds, 'queues')
  for (const [index, { agentCode, queues: places }] of agents.entries())
    yield* each(places, ({ queueCode }) => `agent ${agentCode} in ${queueCode}`, memberBounds, `agents.${index}.queues`)
  yield* each(routes, ({ code }) => `route ${code}`, routeBounds, 'routes')
  const { extensions, gateways, media, calendars, ivrs, featureCodes, limits, recording = {} } = network
  yield* each(extensions, ({ number }) => `extension ${number}`, extensionBounds, 'network.extensions')
  yield* each(gateways, ({ code }) => `gateway ${code}`, gatewayBounds, 'network.gateways')
  yield* each(media, ({ code }) => `media ${code}`, mediaBounds, 'network.media')
  yield* each(calendars, ({ code }) => `calendar ${code}`, calendarBounds, 'network.calendars')
  yield* each(ivrs, ({ code }) => `ivr ${code}`, ivrBounds, 'network.ivrs')
  for (const problem of [
    ...outside('shifts', shifts, shiftBounds, 'shifts'),
    ...outside('featureCodes', featureCodes, featureBounds, 'network.featureCodes'),
    ...outside('limits', limits, limitBounds, 'network.limits'),
    ...outside('recording', recording, recordingBounds, 'network.recording'),
  ])
    yield { problem, refuses: true }
}

/** Prompts of queues that are not among the media; those of the house, and composed ones, need not be. */
function* promptRemarks({ queues, network }: Wanted): Generator<Remark> {
  if (network.media.length === 0) return
  const media = new Set(network.media.map(({ code }) => code))
  const isKnown = (name: string): boolean => media.has(name) || housePrompts.has(name.replace(/^tone:/, ''))
  for (const [index, { code, music, announcements, callback, survey }] of queues.entries()) {
    const prompts: [string, string | null][] = [
      ['music', music],
      ['callback.media', callback.media],
      ...(['question', 'invalid', 'silent', 'thanks'] as const).map((name): [string, string | null] => [
        `survey.${name}`,
        survey?.[name] ?? null,
      ]),
      ...announcements.map(({ media }, place): [string, string] => [`announcements.${place}.media`, media]),
    ]
    for (const [setting, prompt] of prompts)
      if (prompt !== null && !prompt.includes('{value}') && !isKnown(prompt))
        yield hint('network.prompt_unknown', { queue: code, media: prompt }, `queues.${index}.${setting}`)
  }
}

/** What would be too large for one event: a voice menu or calendar with everything that they may have. */
function* tooLarge({ network: { ivrs, calendars } }: Wanted): Generator<Remark> {
  for (const [name, what, list] of [
    ['ivrs', 'ivr', ivrs],
    ['calendars', 'calendar', calendars],
  ] as const)
    for (const [index, item] of list.entries()) {
      const bytes = Buffer.byteLength(JSON.stringify(item))
      if (bytes > LONGEST_ITEM)
        yield refusal(
          'network.too_large',
          { what, code: item.code, bytes, most: LONGEST_ITEM },
          `network.${name}.${index}`,
        )
    }
}
