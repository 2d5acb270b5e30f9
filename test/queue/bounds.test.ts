/** Switchboard settings: what activation refuses, and what happens to settings that were stored before it refused them. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import {
  configurationDecider,
  configurationOf,
  revived,
  successorOf,
  type Activate,
} from '@ledgerline/core/configuration/configuration.ts'
import { queueSettings } from '@ledgerline/core/queue/settings.ts'
import { membership } from '@ledgerline/core/agent/events.ts'
import { shiftRules } from '@ledgerline/core/agent/rules.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import { memberBounds, shiftBounds } from '@ledgerline/core/agent/bounds.ts'
import { queueBounds } from '@ledgerline/core/queue/bounds.ts'
import { ivrBounds } from '@ledgerline/core/ivr/bounds.ts'
import { ivrSettings } from '@ledgerline/core/ivr/settings.ts'
import {
  calendarBounds,
  extensionBounds,
  featureBounds,
  gatewayBounds,
  limitBounds,
  recordingBounds,
  mediaBounds,
} from '@ledgerline/core/network/bounds.ts'
import { networkSettings, type NetworkInput } from '@ledgerline/core/network/settings.ts'
import { routeBounds } from '@ledgerline/core/routing/bounds.ts'
import { routeSettings } from '@ledgerline/core/routing/settings.ts'
import { queueNamed } from '../support/house.ts'

const test = suite('queue settings')

const asked = (change: Partial<Activate> = {}): Activate => ({
  do: 'activate',
  zone: 'Asia/Shanghai',
  queues: [queueNamed('A'), queueNamed('B')],
  agents: [],
  routes: [],
  ...change,
})
const activate = (command: Activate) =>
  configurationDecider.decide(command, configurationDecider.initial, { at: 0, now: 0, newId: () => '' })

function refusal(command: Activate): { code: string; where: unknown; params: Record<string, unknown> } | null {
  try {
    activate(command)
    return null
  } catch (error) {
    if (!isProblem(error)) throw error
    return {
      code: error.code,
      where: (error as { where?: unknown }).where,
      params: error.details as Record<string, unknown>,
    }
  }
}

/** Paths of all numbers in a schema. */
function numbersIn(schema: z.ZodType, path = ''): string[] {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional || schema instanceof z.ZodNullable)
    return numbersIn(schema.unwrap() as z.ZodType, path)
  if (schema instanceof z.ZodNumber) return [path]
  if (schema instanceof z.ZodArray) return numbersIn(schema.element as z.ZodType, `${path}[]`)
  if (schema instanceof z.ZodObject)
    return Object.entries(schema.shape).flatMap(([name, field]) =>
      numbersIn(field as z.ZodType, path === '' ? name : `${path}.${name}`),
    )
  return []
}

test('every number that can be set has a minimum and a maximum', () => {
  assert.equal(numbersIn(queueSettings).toSorted(), Object.keys(queueBounds).toSorted())
  assert.equal(numbersIn(membership).toSorted(), Object.keys(memberBounds).toSorted())
  assert.equal(numbersIn(shiftRules).toSorted(), Object.keys(shiftBounds).toSorted())
  assert.equal(numbersIn(routeSettings).toSorted(), Object.keys(routeBounds).toSorted())
  assert.equal(numbersIn(ivrSettings).toSorted(), Object.keys(ivrBounds).toSorted())
  const within = (name: string, bounds: object) => Object.keys(bounds).map((path) => `${name}.${path}`)
  assert.equal(
    numbersIn(networkSettings).toSorted(),
    [
      ...within('extensions[]', extensionBounds),
      ...within('gateways[]', gatewayBounds),
      ...within('media[]', mediaBounds),
      ...within('calendars[]', calendarBounds),
      ...within('ivrs[]', ivrBounds),
      ...within('featureCodes', featureBounds),
      ...within('limits', limitBounds),
      ...within('recording', recordingBounds),
    ].toSorted(),
  )
})

/** A network with a value of each kind of thing where a number can be set. */
const networkWith = (change: Record<string, object> = {}): NetworkInput => ({
  extensions: [{ number: '101', voicemail: { afterMs: 20_000 }, ...change['extension'] }],
  gateways: [{ code: 'gw1', mode: 'nni', address: '192.168.4.130', ...change['gateway'] }],
  media: [{ code: 'hello', name: 'Hello', file: 'hello.wav', ...change['medium'] }],
  ivrs: [
    {
      code: 'main',
      name: 'Main',
      root: 'top',
      menus: [{ code: 'top', name: 'Top', nodes: [], ...change['menu'] }],
      ...change['ivr'],
    },
  ],
  featureCodes: { ...change['featureCodes'] },
  limits: { ...change['limits'] },
})

const outOfBounds: [kind: string, change: object, of: string, setting: string][] = [
  ['extension', { voicemail: { afterMs: 1 } }, 'extension 101', 'voicemail.afterMs'],
  ['extension', { voicemail: { afterMs: 0, longestMs: 9e9 } }, 'extension 101', 'voicemail.longestMs'],
  ['gateway', { registerEveryMs: 0 }, 'gateway gw1', 'registerEveryMs'],
  ['gateway', { pingEveryMs: 1 }, 'gateway gw1', 'pingEveryMs'],
  ['medium', { durationMs: 9e12 }, 'media hello', 'durationMs'],
  ['menu', { timeoutMs: 0 }, 'ivr main', 'menus.0.timeoutMs'],
  ['menu', { interDigitMs: 0 }, 'ivr main', 'menus.0.interDigitMs'],
  ['ivr', { longestMs: 0 }, 'ivr main', 'longestMs'],
  ['featureCodes', { keyWaitMs: 0 }, 'featureCodes', 'keyWaitMs'],
  ['limits', { longestCallMs: 1 }, 'limits', 'longestCallMs'],
]

test('A3.2.1, A3.2.4.2, A3.2.6, C21.0: what is out of bounds in the network is refused, and paced where it is in force already', () => {
  assert.is(refusal(asked({ network: networkWith() })), null)
  const [inForce] = activate(asked({ network: networkWith() }))
  for (const [kind, change, of, setting] of outOfBounds) {
    const bad = networkWith({ [kind]: change })
    const told = refusal(asked({ network: bad }))
    assert.equal([told?.code, told?.params['of'], told?.params['setting']], ['switchboard.out_of_bounds', of, setting])
    const { network } = configurationOf({ ...inForce!.data, network: networkSettings.parse(bad) })
    assert.is(refusal(asked({ network })), null, `${of} ${setting} is paced`)
  }
  const routes = [{ code: 'r', to: '*', queueCode: 'A', timeoutMs: 1 }]
  assert.equal(refusal(asked({ routes }))?.params['of'], 'route r')
  assert.is(configurationOf({ ...inForce!.data, routes }).routes[0]!.timeoutMs, 1_000)
})

test('settings that would flood the network or last longer than a lifetime are refused, with the value and a valid range', () => {
  const bad: [Parameters<typeof queueNamed>[1], string][] = [
    [{ ringMs: 0 }, 'ringMs'],
    [{ ringMs: 1 }, 'ringMs'],
    [{ ringMs: 86_400_000 }, 'ringMs'],
    [{ maxWaitMs: 1 }, 'maxWaitMs'],
    [{ maxWaitMs: 9_007_199_254_740_991 }, 'maxWaitMs'],
    [{ overflow: { length: 0, afterMs: 1 } }, 'overflow.afterMs'],
    [{ noAgent: { afterMs: 1, rejectMs: 0, restCounts: true } }, 'noAgent.afterMs'],
    [{ callback: { key: '1', media: null, attempts: 10, retryMs: 0 } }, 'callback.retryMs'],
    [{ wrapUpMs: 86_400_000 }, 'wrapUpMs'],
    [
      { announcements: [{ kind: 'sound', media: 'x', firstAfterMs: 9e9, everyMs: 40_000 }] },
      'announcements.0.firstAfterMs',
    ],
  ]
  for (const [change, setting] of bad) {
    const told = refusal(asked({ queues: [queueNamed('A', change), queueNamed('B')] }))
    assert.equal(
      [told?.code, told?.params['setting'], told?.params['of']],
      ['switchboard.out_of_bounds', setting, 'queue A'],
    )
  }
  const agent = {
    agentId: 'a1',
    agentCode: '201',
    name: null,
    extension: '8201',
    group: null,
    department: null,
    queues: [{ queueCode: 'A', level: 1, position: 1, ringMs: 1 }],
  }
  assert.equal(refusal(asked({ agents: [agent] }))?.params['of'], 'agent 201 in A')
  assert.equal(refusal(asked({ shifts: shiftRules.parse({ deskGraceMs: 0 }) }))?.params['setting'], 'deskGraceMs')
  // 0 turns a rule off, where there is a rule to turn off.
  assert.is(
    refusal(
      asked({ queues: [queueNamed('A', { maxWaitMs: 0, overflow: { length: 0, afterMs: 0 } }), queueNamed('B')] }),
    ),
    null,
  )
})

test('a queue that overflows to itself, by any exit, is refused', () => {
  for (const exit of ['timed_out', 'no_agent', 'left_by_key', 'overflowed', 'closed'] as const) {
    const exits = {
      ...queueSettings.parse(queueNamed('A')).exits,
      [exit]: { kind: 'queue' as const, code: 'A', keepPlace: false },
    }
    assert.is(
      refusal(asked({ queues: [queueNamed('A', { exits }), queueNamed('B')] }))?.code,
      'switchboard.exit_itself',
      exit,
    )
  }
})

test('codes that are built-in property names, contain control characters or have spaces around them are refused', () => {
  const agent = (agentCode: string, extension: string | null = null) => ({
    agentId: 'a1',
    agentCode,
    name: null,
    extension,
    group: null,
    department: null,
    queues: [],
  })
  for (const code of [
    '__proto__',
    'constructor',
    'toString',
    'prototype',
    'hasOwnProperty',
    ' A',
    'A ',
    'A\u0000',
    'A\u001b[31m',
  ]) {
    assert.is(refusal(asked({ queues: [queueNamed(code)] }))?.code, 'switchboard.code_invalid', code)
    assert.is(refusal(asked({ agents: [agent(code)] }))?.code, 'switchboard.code_invalid', code)
    assert.is(refusal(asked({ routes: [{ code, to: '*', queueCode: 'A' }] }))?.code, 'switchboard.code_invalid', code)
  }
  assert.is(refusal(asked({ agents: [agent('201', '110')] }))?.code, 'switchboard.extension_reserved')
})

test('what was never configured is not found, whatever its name, even after a snapshot', () => {
  const [event] = activate(asked())
  const configuration = configurationOf(event!.data)
  for (const state of [configuration, revived(JSON.parse(JSON.stringify(configuration)) as typeof configuration)]) {
    for (const code of ['constructor', '__proto__', 'toString'])
      assert.equal([state.queues[code], state.agents[code]], [undefined, undefined], code)
    assert.equal(Object.keys(state.queues), ['A', 'B'])
  }
})

test('a time zone is an IANA name: offsets are refused, as JavaScript and PostgreSQL read their signs differently', () => {
  for (const zone of ['+08:00', '-03:30', '+08', 'UTC+8', '08:00', '', 'Mars/Olympus', '../etc'])
    assert.is(refusal(asked({ zone }))?.code, 'switchboard.zone_unknown', zone)
  for (const zone of ['Asia/Shanghai', 'UTC', 'America/Argentina/Buenos_Aires', 'Etc/GMT+8', 'Asia/Jerusalem'])
    assert.is(refusal(asked({ zone })), null, zone)
})

test('a number cannot have two routes, however it is written', () => {
  const routes = [
    { code: 'r1', to: '4001234567', queueCode: 'A' },
    { code: 'r2', to: '+86 400 123 4567', queueCode: 'B' },
  ]
  assert.is(refusal(asked({ routes }))?.code, 'switchboard.twice')
})

test('a configuration from before there were limits can still be read, and its retries are paced', () => {
  const [event] = activate(asked())
  const old = structuredClone(event!.data)
  Object.assign(old.queues[0]!, { ringMs: 0, maxWaitMs: 1, overflow: { length: 0, afterMs: 1 } })
  const { ringMs, maxWaitMs, overflow } = configurationOf(old).queues['A']!
  assert.equal([ringMs, maxWaitMs, overflow.afterMs], [1_000, 1_000, 1_000])
})

test('callers waiting in a queue that was removed go where it sent them when closed, and on from there', () => {
  const closed = (code: string) => ({
    ...queueSettings.parse(queueNamed('X')).exits,
    closed: { kind: 'queue' as const, code, keepPlace: false },
  })
  const versions: Activate[] = [
    asked({
      queues: [queueNamed('A', { exits: closed('B') }), queueNamed('B', { exits: closed('C') }), queueNamed('C')],
    }),
    asked({ queues: [queueNamed('B', { exits: closed('C') }), queueNamed('C')] }),
    asked({ queues: [queueNamed('C')] }),
    asked({ queues: [queueNamed('D')] }),
    asked({ queues: [queueNamed('A')] }),
  ]
  let state = configurationDecider.initial
  const to = versions.map((command) => {
    for (const event of configurationDecider.decide(command, state, { at: 0, now: 0, newId: () => '' }))
      state = configurationDecider.evolve(state, event as never)
    return successorOf('A', state).code
  })
  assert.equal(to, ['A', 'B', 'C', '', 'A'])
})

test.run()
