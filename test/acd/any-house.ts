/** A house in which anything may happen: its menus and network, and queues by any rules. */
import fc from 'fast-check'
import { picksUp } from '@ledgerline/adapters/telephony/simulator/people.ts'
import type { NetworkInput } from '@ledgerline/core/network/settings.ts'
import type { QueueInput, QueueSettings } from '@ledgerline/core/queue/settings.ts'
import type { Strategy } from '@ledgerline/core/queue/strategies.ts'
import type { RouteSettings } from '@ledgerline/core/routing/settings.ts'
import { houseWith, ivr, menu, node } from '../ivr/menus.ts'
import { queueNamed } from '../support/house.ts'

/** Half of the houses have gateways; the others dial outside as they did before there were any. */
const voicemail = { afterMs: 10_000, longestMs: 30_000 }
export const menus = ivr([
  menu(
    'root',
    [
      node('1', 'queue', 'PS'),
      node('2', 'agent', '202'),
      node('3', 'number', '13900001111'),
      node('4', 'voicemail', '8203'),
      node('5', 'menu', 'sub'),
      node('6', 'extension', '8299'),
      node('7', 'play', 'news'),
    ],
    { digitLen: 4, exhausted: { do: 'queue', to: 'NE' } },
  ),
  menu('sub', [node('0', 'back'), node('9', 'top'), node('1', 'extension', '8201')], {
    maxTimeouts: 1,
    exhausted: { do: 'back', to: '' },
  }),
])
export const network: NetworkInput = {
  extensions: [
    { number: '301', type: 'queue', target: 'PS' },
    { number: '8203', voicemail },
    { number: '8299', voicemail: { afterMs: 0, longestMs: 30_000 } },
  ],
  ...houseWith(menus).network,
  gateways: [
    { code: 'gw1', mode: 'nni', address: '10.0.0.1', concurrency: 2 },
    { code: 'gw2', mode: 'nni', address: '10.0.0.2' },
  ],
}
export const toMenu: RouteSettings = {
  code: 'menu',
  order: 1,
  type: 'ivr',
  to: '95500',
  target: { kind: 'ivr', code: 'main' },
}
export const inside: RouteSettings = { code: 'inside', order: 99, type: 'basic', to: '^\\d{3,4}$' }
export const outbound: RouteSettings = { code: 'out', type: 'outbound', to: '^\\d{5,13}$', gateways: ['gw1', 'gw2'] }

/** Rules of a queue, each on or off; the exits lead to the other queue, an agent, a phone outside, or nowhere. */
export const queueRules = fc.record({
  noAnswerDelayMs: fc.constantFrom(0, 5_000),
  ageingMs: fc.constantFrom(undefined, 10_000),
  tiers: fc.record({
    apply: fc.boolean(),
    waitMs: fc.constant(15_000),
    multiply: fc.boolean(),
    skipEmpty: fc.boolean(),
  }),
  maxWaitMs: fc.constantFrom(0, 45_000),
  noAgent: fc.record({
    afterMs: fc.constantFrom(0, 20_000),
    rejectMs: fc.constantFrom(0, 5_000),
    restCounts: fc.boolean(),
  }),
  overflow: fc.record({ length: fc.constantFrom(0, 0, 2), afterMs: fc.constantFrom(0, 30_000) }),
  exitKey: fc.constantFrom(null, '2'),
  callback: fc.record({
    key: fc.constantFrom(null, '1'),
    media: fc.constantFrom(null, 'noted'),
    attempts: fc.constantFrom(1, 3),
    retryMs: fc.constant(60_000),
  }),
  resume: fc.record({ allowed: fc.boolean(), withinMs: fc.constant(60_000) }),
  announcements: fc.constantFrom<NonNullable<QueueInput['announcements']>>(
    [],
    [
      { kind: 'place', media: 'place/{value}', everyMs: 10_000 },
      { kind: 'expected_wait', media: 'wait/{value}', everyMs: 15_000 },
    ],
  ),
  survey: fc.constantFrom(undefined, { when: 'every_call' as const }),
  way: fc.constantFrom('queue' as const, 'agent' as const, 'number' as const, 'voicemail' as const, 'hang_up' as const),
})

/** A queue with these rules; only the first sends callers on to the other one, so that nobody goes in a circle. */
export function ruled(
  code: string,
  strategy: Strategy,
  { way, ...rules }: typeof queueRules extends fc.Arbitrary<infer R> ? R : never,
): QueueSettings {
  const kind = way === 'queue' && code !== 'PS' ? 'hang_up' : way
  const to = {
    kind,
    code: { queue: 'NE', agent: '201', number: '02088886666', voicemail: '8203', hang_up: '' }[kind],
    keepPlace: true,
  }
  return queueNamed(code, {
    strategy,
    priority: code === 'NE' ? 1 : 0,
    ...rules,
    exits: { timed_out: to, no_agent: to, left_by_key: to, overflowed: to, closed: to },
  })
}

/** Nobody hangs up because a line is dead: every end was made by the switchboard. */
export const habits = picksUp({
  aloneMs: Number.POSITIVE_INFINITY,
  ignores: 0.15,
  refuses: 0.15,
  after: (dice) => Math.round(dice() * 8000),
})
