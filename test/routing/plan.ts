/** A dial plan to ask questions of: two gateways, a pool, a menu, a queue, a robot, and the rules of the manual. */
import type { DialPlan } from '@ledgerline/core/routing/dial-plan.ts'
import { quietLines, type Lines } from '@ledgerline/core/routing/lines.ts'
import type { Outcome, Routing } from '@ledgerline/core/routing/outcome.ts'
import { route, type Asked } from '@ledgerline/core/routing/route.ts'
import type { RouteSettings } from '@ledgerline/core/routing/settings.ts'
import { networkSettings, type NetworkInput } from '@ledgerline/core/network/settings.ts'

const network: NetworkInput = {
  extensions: [
    { number: '8201', gateway: 'gw1', callerNumbers: ['62620668'] },
    { number: '8202' },
    { number: '8203', outside: false, gateway: 'gw2' },
    { number: '8204', abroad: true, voicemail: { afterMs: 20_000 } },
    { number: '200', type: 'ivr', target: 'main' },
    { number: '301', type: 'queue', target: 'queue1' },
    { number: '201', type: 'robot', target: 'robot1' },
  ],
  gateways: [
    { code: 'gw1', mode: 'nni', address: '10.0.0.1' },
    { code: 'gw2', mode: 'uni', address: '10.0.0.2' },
  ],
  numbers: [{ number: '62620668' }, { number: '62620669', gateway: 'gw2' }, { number: '62620670', gateway: 'gw1' }],
  calendars: [
    {
      code: 'office',
      name: 'Office hours',
      hours: [{ days: [1, 2, 3, 4, 5], from: '09:00', to: '18:00' }],
      days: [{ date: '2026-10-01', name: '国庆节', open: [] }],
    },
  ],
  ivrs: [{ code: 'main', name: 'Main', root: 'root', menus: [{ code: 'root', name: 'Root', nodes: [] }] }],
}

/** The manual's own examples (A3.2.3.1 to A3.2.3.6). */
export const rules: RouteSettings[] = [
  { code: 'Local', order: 100, type: 'basic', to: '^(\\d{3,4})$' },
  { code: 'Callout', order: 90, type: 'outbound', to: '^(\\d{5,13})$', gateways: ['gw1', 'gw2'] },
  {
    code: 'Callin',
    order: 1,
    type: 'inbound',
    to: '62620668',
    target: { kind: 'ivr', code: 'main' },
    calendar: 'office',
    closed: { media: 'off-hours', target: { kind: 'voicemail', code: '8204' } },
  },
  { code: 'Queue', order: 1, type: 'queue', to: '301', queueCode: 'queue1' },
  { code: 'IVR', order: 1, type: 'ivr', to: '200' },
  { code: 'robot1', order: 1, type: 'robot', to: '201', target: { kind: 'robot', code: 'robot1' } },
]

const usual = networkSettings.parse(network)

export function planWith(change: { routes?: RouteSettings[]; network?: NetworkInput } = {}): DialPlan {
  return {
    zone: 'Asia/Shanghai',
    queues: { queue1: {}, queue2: {} },
    agents: { a1: { agentCode: '501', extension: '8201' }, a2: { agentCode: '502', extension: '8202' } },
    routes: change.routes ?? rules,
    network: change.network ? networkSettings.parse({ ...network, ...change.network }) : usual,
  }
}

/** A Monday, 10:00 in Shanghai. */
export const monday = Date.parse('2026-11-30T10:00:00+08:00')

export const from8201 = { kind: 'extension', extension: '8201' } as const
export const fromGw1 = { kind: 'gateway', gateway: 'gw1' } as const

export function asked(
  from: Asked['from'],
  to: string,
  { plan = planWith(), lines = {}, at = monday, die = 0 }: Asking = {},
): Routing {
  return route({ from, to, at, dice: () => die }, plan, { ...quietLines, ...lines })
}

export interface Asking {
  plan?: DialPlan
  lines?: Partial<Lines>
  at?: number
  die?: number
}

export function outcomeOf(from: Asked['from'], to: string, asking: Asking = {}): Outcome {
  return asked(from, to, asking).outcome
}
