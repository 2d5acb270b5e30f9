/** What is said of a configuration before it is activated: refusals, and what is only worth knowing, all at once. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  checkConfiguration,
  configurationDecider,
  noConfiguration,
  type Activate,
} from '@ledgerline/core/configuration/configuration.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import type { NetworkInput } from '@ledgerline/core/network/settings.ts'
import type { RouteSettings } from '@ledgerline/core/routing/settings.ts'
import { queueNamed } from '../support/house.ts'

const test = suite('checks of a configuration')

const menu = (code: string, change: object = {}) => ({ code, name: code, nodes: [], ...change })
const ivr = (menus: ReturnType<typeof menu>[]) => ({ code: 'main', name: 'Main', root: 'top', menus })
const key = (digit: string, action: string, to = '') => ({ key: digit, name: digit, action: { do: action, to } })

const whole: NetworkInput = {
  extensions: [
    { number: '8201-8203', gateway: 'gw1', callerNumbers: ['62620668'] },
    { number: '200', type: 'ivr', target: 'main' },
    { number: '301', type: 'queue', target: 'A' },
    { number: '201', type: 'robot', target: 'robot1' },
  ],
  gateways: [{ code: 'gw1', mode: 'nni', address: '192.168.4.130' }],
  numbers: [{ number: '62620668' }, { number: '62620669', gateway: 'gw1' }],
  media: [
    { code: 'hello', name: 'Hello', file: 'hello.wav' },
    { code: 'closed', name: 'Closed', file: 'closed.mp3' },
  ],
  calendars: [{ code: 'office', name: 'Office', hours: [{ days: [1, 2, 3, 4, 5], from: '09:00', to: '18:00' }] }],
  ivrs: [
    ivr([
      menu('top', { greetLong: 'hello', nodes: [key('1', 'queue', 'A'), key('2', 'menu', 'sub')] }),
      menu('sub', { exhausted: { do: 'back', to: '' }, nodes: [key('0', 'agent', '201'), key('9', 'back')] }),
    ] as never) as never,
  ],
}
const routes: RouteSettings[] = [
  {
    code: 'Callin',
    to: '62620668',
    order: 1,
    type: 'inbound',
    target: { kind: 'ivr', code: 'main' },
    calendar: 'office',
  },
  { code: 'Queue', to: '301', order: 1, type: 'queue', queueCode: 'A' },
  { code: 'IVR', to: '200', order: 1, type: 'ivr' },
  { code: 'robot1', to: '201', order: 1, type: 'robot' },
  { code: 'Callout', to: '^(\\d{5,13})$', order: 90, type: 'outbound', gateways: ['gw1'] },
  { code: 'Local', to: '^(\\d{3,4})$', order: 100, type: 'basic' },
]
const agent = (extension: string | null) => ({
  agentId: '201',
  agentCode: '201',
  name: null,
  extension,
  group: null,
  department: null,
  queues: [],
})
const command = (network: NetworkInput, change: Partial<Activate> = {}): Activate => ({
  do: 'activate',
  zone: 'Asia/Shanghai',
  queues: [queueNamed('A'), queueNamed('B')],
  agents: [agent('8201')],
  routes,
  network: { ...whole, ...network },
  ...change,
})

/** `code where`, those that do not refuse in brackets. */
function findings(asked: Activate): string[] {
  return [...checkConfiguration(asked, noConfiguration)].map(({ problem, refuses }) => {
    const told = `${problem.code} ${problem.where ?? ''}`.trim()
    return refuses ? told : `(${told})`
  })
}
const ofNetwork = (network: NetworkInput) => findings(command(network))
const ofRoutes = (changed: RouteSettings[]) => findings(command({}, { routes: changed }))
const ofIvr = (menus: ReturnType<typeof menu>[]) => ofNetwork({ ivrs: [ivr(menus) as never] })

test('a network as the manual sets one up is accepted, with nothing to say', () => {
  assert.equal(findings(command({})), [])
})

test('activation stops at the first refusal of the check, and lets pass what is only worth knowing', () => {
  const decide = (asked: Activate): string => {
    try {
      configurationDecider.decide(asked, noConfiguration, { at: 0, now: 0, newId: () => '' })
      return 'accepted'
    } catch (error) {
      if (!isProblem(error)) throw error
      return `${error.code} ${error.where}`
    }
  }
  const bad = command({ calendars: [], gateways: [] })
  const all = findings(bad).filter((told) => !told.startsWith('('))
  assert.ok(all.length > 3, all.join())
  assert.is(decide(bad), all[0])
  const odd = command({}, { agents: [agent('8999')] })
  assert.equal([findings(odd), decide(odd)], [['(network.phone_unknown agents.0.extension)'], 'accepted'])
})

test('A3.2.1-type-rule: an extension of type ivr, queue or robot needs what is behind it, of its own kind', () => {
  const at = (extension: object) => ofNetwork({ extensions: [...whole.extensions!, extension as never] })
  const target = 'network.extensions.6.target'
  assert.equal(at({ number: '400', type: 'ivr' }), [`network.target_missing ${target}`])
  assert.equal(at({ number: '400', type: 'ivr', target: 'none' }), [`network.unknown ${target}`])
  assert.equal(at({ number: '400', type: 'ivr', target: 'A' }), [`network.other_kind ${target}`])
  assert.equal(at({ number: '400', type: 'queue', target: 'main' }), [`network.other_kind ${target}`])
  assert.equal(at({ number: '400', type: 'robot', target: 'anything' }), [])
  assert.equal(at({ number: '400', target: 'A' }), [`(network.line_with_target ${target})`])
})

test('A3.2.1-number: twice, not dialable, an emergency number, a feature code', () => {
  const at = (number: string) => ofNetwork({ extensions: [...whole.extensions!, { number }] })
  const where = 'network.extensions.6.number'
  assert.equal(at('8201'), ['switchboard.twice'])
  for (const number of ['1', '12345678901', '10a', '*1'])
    assert.equal(at(number), [`network.extension_invalid ${where}`])
  assert.equal(at('110'), [`network.extension_reserved ${where}`])
  const zhongfang = { featureCodes: { dialect: 'zhongfang' as const } }
  assert.equal(at('90181'), [])
  assert.equal(ofNetwork({ extensions: [...whole.extensions!, { number: '90181' }], ...zhongfang }), [
    `network.extension_is_code ${where}`,
  ])
  assert.equal(ofNetwork({ extensions: [...whole.extensions!, { number: '90661' }], ...zhongfang }), [
    `network.extension_is_code ${where}`,
  ])
})

test('A3.2.1-gateway, A3.2.1-caller-numbers: gateway and numbers exist, and the gateway may show the number', () => {
  const at = (change: object) => ofNetwork({ extensions: [...whole.extensions!, { number: '400', ...change }] })
  assert.equal(at({ gateway: 'gw9' }), ['network.unknown network.extensions.6.gateway'])
  assert.equal(at({ callerNumbers: ['1'] }), ['network.unknown network.extensions.6.callerNumbers.0'])
  assert.equal(at({ voicemail: { afterMs: 20_000, greeting: 'none' } }), [
    'network.unknown network.extensions.6.voicemail.greeting',
  ])
  const second = { code: 'gw2', mode: 'nni' as const, address: 'sip.example.net' }
  assert.equal(
    ofNetwork({
      gateways: [...whole.gateways!, second],
      extensions: [...whole.extensions!, { number: '400', gateway: 'gw2', callerNumbers: ['62620669'] }],
    }),
    ['(network.number_elsewhere network.extensions.6.callerNumbers.0)'],
  )
})

test('A3.2.1-type: an agent’s phone is a line', () => {
  assert.equal(findings(command({}, { agents: [agent('200')] })), ['network.phone_no_line agents.0.extension'])
  assert.equal(findings(command({}, { agents: [agent(null)] })), [])
})

test('A3.2.5-add, A3.2.9-add: codes and numbers are there once', () => {
  assert.equal(ofNetwork({ media: [...whole.media!, whole.media![0]!] }), ['switchboard.twice'])
  assert.equal(ofNetwork({ numbers: [...whole.numbers!, { number: '62620668' }] }), ['switchboard.twice'])
  assert.equal(ofNetwork({ numbers: [...whole.numbers!, { number: '62620670', gateway: 'gw9' }] }), [
    'network.unknown network.numbers.2.gateway',
  ])
})

test('A3.2.6-modes, A3.2.6.1-nni-fields, A3.2.6.2-uni-fields, A3.2.6.3-ims-fields: what each mode needs', () => {
  const at = (change: object) =>
    ofNetwork({ gateways: [...whole.gateways!, { code: 'gw2', mode: 'nni', address: 'ims.example.net', ...change }] })
  const here = 'network.gateways.1'
  assert.equal(at({}), [])
  assert.equal(at({ mode: 'uni', user: '6001', secret: '123456' }), [])
  assert.equal(at({ mode: 'uni' }), [
    `network.gateway_incomplete ${here}.user`,
    `(network.gateway_lacks ${here}.secret)`,
  ])
  const ims = { mode: 'ims', user: '+8613800001111@ims.example.net', secret: 'x', homeUser: '+8613800001111' }
  assert.equal(
    at({ ...ims, homeDomain: 'ims.example.net', outboundProxy: '10.0.0.1:5060', registerProxy: '10.0.0.1' }),
    [],
  )
  assert.equal(at(ims), [
    `(network.gateway_lacks ${here}.homeDomain)`,
    `(network.gateway_lacks ${here}.outboundProxy)`,
    `(network.gateway_lacks ${here}.registerProxy)`,
  ])
})

test('A3.2.6-add: addresses and networks are such, and no network lets everybody in', () => {
  const at = (change: object) =>
    ofNetwork({ gateways: [{ code: 'gw1', mode: 'nni', address: '192.168.4.130', ...change }] })
  for (const address of ['sip.example.net', 'pbx', '10.0.0.1', '2001:db8::1', '[2001:db8::1]'])
    assert.equal(at({ address }), [], address)
  for (const address of ['', 'a b', '300.1.1.1', '1.2.3', 'sip:host', '-x', 'host/24'])
    assert.equal(at({ address }), ['network.address_invalid network.gateways.0.address'], address)
  for (const allowed of ['10.1.0.0/16', '10.0.0.7', '2001:db8::/32', 'sbc.example.net'])
    assert.equal(at({ allowed: [allowed] }), [], allowed)
  for (const allowed of ['10.1.0.0/33', '10.1.0.0/', '10.1.0.0/16/8', 'host/16'])
    assert.equal(at({ allowed: [allowed] }), ['network.address_invalid network.gateways.0.allowed.0'], allowed)
  for (const allowed of ['0.0.0.0/0', '10.0.0.0/4', '::/0'])
    assert.equal(at({ allowed: [allowed] }), ['network.allows_everybody network.gateways.0.allowed.0'], allowed)
  for (const proxy of ['10.0.0.1:5080', 'sbc.example.net:5080', '[2001:db8::1]:5080', '2001:db8::1'])
    assert.equal(at({ outboundProxy: proxy }), [], proxy)
  assert.equal(at({ registerProxy: 'a b' }), ['network.address_invalid network.gateways.0.registerProxy'])
})

test('A3.2.3.3-effective-time: a calendar has days that exist, each once', () => {
  const at = (dates: string[]) =>
    ofNetwork({
      calendars: [{ ...whole.calendars![0]!, days: dates.map((date) => ({ date, open: [] })) }],
    })
  assert.equal(at(['2026-02-28', '2028-02-29']), [])
  assert.equal(at(['2026-02-31', '2026-02-29']), [
    'network.day_impossible network.calendars.0.days.0.date',
    'network.day_impossible network.calendars.0.days.1.date',
  ])
  assert.equal(at(['2026-10-01', '2026-10-01']), ['switchboard.twice'])
})

test('A3.2.4.3-node-key, A3.2.4.3-node-type: a menu’s keys are there once, and lead somewhere', () => {
  assert.equal(ofIvr([menu('top', { nodes: [key('1', 'hang_up'), key('1', 'top')] })]), ['switchboard.twice'])
  const nowhere: [string, string, string][] = [
    ['menu', 'none', 'network.menu_unknown'],
    ['extension', '9999', 'network.unknown'],
    ['queue', '200', 'network.other_kind'],
    ['agent', '999', 'network.unknown'],
    ['play', 'none', 'network.unknown'],
    ['voicemail', '9999', 'network.unknown'],
    ['number', '', 'network.target_empty'],
    ['application', '', 'network.target_empty'],
    ['application', 'transfer_money 1', 'network.unknown'],
  ]
  for (const [action, to, code] of nowhere)
    assert.equal(ofIvr([menu('top', { nodes: [key('1', action, to)] })]), [
      `${code} network.ivrs.0.menus.0.nodes.0.action`,
    ])
  for (const [action, to] of [
    ['extension', '8201'],
    ['voicemail', '8201'],
    ['voicemail', '201'],
    ['number', '95588'],
    ['robot', 'robot1'],
    ['play', 'hello'],
    ['top', ''],
  ] as const)
    assert.equal(ofIvr([menu('top', { nodes: [key('1', action, to)] })]), [], action)
  assert.equal(ofIvr([menu('top', { greetLong: 'none', exit: 'closed' })]), [
    'network.unknown network.ivrs.0.menus.0.greetLong',
  ])
  assert.equal(ofIvr([menu('other')]).slice(0, 1), ['network.menu_unknown network.ivrs.0.root'])
})

test('A3.2.4.2-max-timeouts, A3.2.4.3.6-back, A3.2.4.3.7-top: a caller who presses nothing gets out; all menus can be reached', () => {
  const gives = (action: string, to = '') => ({ exhausted: { do: action, to } })
  const at = 'network.ivrs.0.menus'
  assert.equal(ofIvr([menu('top', gives('top'))]), [`network.menu_circle ${at}.0.exhausted`])
  assert.equal(ofIvr([menu('top', gives('play', 'hello'))]), [`network.menu_circle ${at}.0.exhausted`])
  assert.equal(ofIvr([menu('top', gives('menu', 'sub')), menu('sub')]), ['network.root_keeps network.ivrs.0.root'])
  const sub = [key('1', 'menu', 'sub')]
  assert.equal(ofIvr([menu('top', { ...gives('menu', 'sub'), nodes: sub }), menu('sub', gives('back'))]), [
    `network.menu_circle ${at}.0.exhausted`,
  ])
  assert.equal(ofIvr([menu('top', { nodes: sub }), menu('sub', gives('back'))]), [])
  assert.equal(ofIvr([menu('top', { nodes: sub }), menu('sub', gives('top'))]), [])
  assert.equal(ofIvr([menu('top'), menu('sub')]), [`(network.menu_unreachable ${at}.1)`])
})

test('A3.2.3-pattern: unsafe expressions, such as cannot be read, and such as no number fits', () => {
  const at = (to: string) => ofRoutes([{ code: 'r', to, type: 'outbound' }])
  for (const to of ['^(\\d{3,4})$', '^0?1[3-9]\\d{9}$', '^(400|800)\\d{7}$', '95588', '*']) assert.equal(at(to), [], to)
  for (const to of ['^(\\d+)+$', '^(1|1){40}$']) assert.equal(at(to), ['network.pattern_unsafe routes.0.to'], to)
  for (const to of ['^(?=1)', '^(1)\\1', '^[3']) assert.equal(at(to), ['network.pattern_broken routes.0.to'], to)
  assert.equal(at('^10|20'), ['network.pattern_loose routes.0.to'])
  for (const to of ['^$', '^\\d{70}$', '^1$2'])
    assert.equal(at(to), ['(network.pattern_matches_nothing routes.0.to)'], to)
  assert.equal(at('110'), ['(network.route_emergency routes.0.to)'])
})

test('A3.2.3-order: a rule that never matches is named, with the one that takes its calls', () => {
  const never = (...changed: Partial<RouteSettings>[]) =>
    ofRoutes(changed.map((route, index) => ({ code: `r${index}`, to: '', type: 'queue', queueCode: 'A', ...route })))
  const told = (index: number) => [`(network.route_never routes.${index}.to)`]
  // A literal number behind a pattern, and not before it; between equals it goes first.
  assert.equal(never({ to: '^\\d+$', order: 1 }, { to: '301', order: 2 }), told(1))
  assert.equal(never({ to: '^\\d+$', order: 2 }, { to: '301', order: 1 }), [])
  assert.equal(never({ to: '^\\d+$' }, { to: '301' }), [])
  assert.equal(never({ to: '^3\\d+$', order: 1 }, { to: '401', order: 2 }), [])
  // Behind one for every number; but that is for callers from outside alone.
  assert.equal(never({ to: '*', order: 1 }, { to: '62620668', order: 2, type: 'inbound' }), told(1))
  assert.equal(never({ to: '*', order: 1 }, { to: '301', order: 2 }), [])
  assert.equal(never({ to: '*', order: 1, type: 'outbound' }, { to: '^9', order: 2, type: 'outbound' }), told(1))
  // The same number later.
  assert.equal(never({ to: '301', order: 1 }, { to: '301', order: 2 }), told(1))
  // One gateway takes no calls of another.
  const inbound = { to: '^6', order: 1, type: 'inbound' as const }
  assert.equal(never({ ...inbound, fromGateway: 'gw1' }, { ...inbound, order: 2 }), [])
  assert.equal(never(inbound, { ...inbound, order: 2, fromGateway: 'gw1' }), told(1))
  assert.equal(never(inbound, { ...inbound, order: 2, type: 'outbound' }), [])
  // A basic rule takes what is an extension.
  assert.equal(never({ to: '^\\d{3,4}$', order: 1, type: 'basic' }, { to: '301', order: 2 }), told(1))
  assert.equal(never({ to: '^\\d{3,4}$', order: 1, type: 'basic' }, { to: '777', order: 2 }), [])
})

test('A3.2.3-type: a rule leads to what its type says, and to something that exists', () => {
  const at = (route: Partial<RouteSettings>) => ofRoutes([{ code: 'r', to: '777', ...route }])
  assert.equal(at({ type: 'inbound' }), ['network.route_incomplete routes.0'])
  assert.equal(at({ type: 'ivr' }), ['network.route_incomplete routes.0'])
  assert.equal(at({ type: 'ivr', target: { kind: 'queue', code: 'A' } }), ['network.route_kind routes.0.target.kind'])
  assert.equal(at({ type: 'inbound', target: { kind: 'queue', code: 'none' } }), ['network.unknown routes.0.target'])
  assert.equal(at({ type: 'inbound', target: { kind: 'ivr', code: 'A' } }), ['network.other_kind routes.0.target'])
  assert.equal(at({ type: 'outbound', gateways: ['gw1', 'gw2'] }), ['network.unknown routes.0.gateways.1'])
  const inbound = { type: 'inbound' as const, queueCode: 'A' }
  assert.equal(at({ ...inbound, fromGateway: 'x' }), ['network.unknown routes.0.fromGateway'])
  assert.equal(at({ ...inbound, calendar: 'x' }), ['network.unknown routes.0.calendar'])
  assert.equal(at({ ...inbound, closed: { media: 'x', target: { kind: 'hang_up', code: '' } } }), [
    'network.unknown routes.0.closed.media',
  ])
  assert.equal(at({ ...inbound, closed: { target: { kind: 'extension', code: '9999' } } }), [
    'network.unknown routes.0.closed.target',
  ])
  // Rules from before there were types.
  assert.equal(at({ queueCode: 'A' }), [])
})

test('A3.2.3-name: a rule has a name of its own, and two for the same calls are refused', () => {
  const rule = (code: string, change: Partial<RouteSettings> = {}): RouteSettings => ({
    code,
    to: '62620668',
    type: 'inbound',
    queueCode: 'A',
    ...change,
  })
  assert.ok(ofRoutes([rule('r'), rule('r', { to: '1' })]).includes('switchboard.twice'))
  assert.ok(ofRoutes([rule('a'), rule('b')]).includes('switchboard.twice'))
  assert.equal(ofRoutes([rule('a', { fromGateway: 'gw1' }), rule('b')]), [])
  assert.equal(ofRoutes([rule('a'), rule('b', { type: 'outbound' })]), [])
})

test('C21.0-variants: own codes are keys of the right form, none is another’s, and one that others begin with is told', () => {
  const at = (...codes: [string, string][]) =>
    ofNetwork({ featureCodes: { codes: codes.map(([action, keys]) => ({ action, keys })) as never } })
  const where = 'network.featureCodes.codes.0.keys'
  assert.equal(at(['ready', '*55#'], ['mark', '*44*D#'], ['consult', '*45*A#']), [])
  for (const [action, keys] of [
    ['ready', ''],
    ['ready', 'x'],
    ['ready', '*D#'],
    ['mark', '*4#'],
    ['consult', '*4*D#'],
    ['ready', '110'],
  ] as [string, string][])
    assert.equal(at([action, keys])[0], `network.keys_invalid ${where}`, `${action} ${keys}`)
  assert.equal(at(['ready', '*100']), ['network.keys_same network.featureCodes.codes'])
  assert.equal(at(['ready', '*1']), [`(network.keys_begin ${where})`])
  assert.equal(at(['ready', '*55#'], ['ready', '*56#']), ['switchboard.twice'])
})

test('prompts of queues that are not among the media are worth knowing; queues’ exits to extensions must exist', () => {
  const queues = [queueNamed('A', { music: 'jazz' }), queueNamed('B')]
  assert.equal(findings(command({}, { queues })), ['(network.prompt_unknown queues.0.music)'])
  // The house’s own need not be uploaded, however many other media there are.
  const own = [queueNamed('A', { music: 'all_busy' }), queueNamed('B', { music: 'tone:long_sign_in' })]
  assert.equal(findings(command({}, { queues: own })), [])
  const exits = { ...queueNamed('A').exits, timed_out: { kind: 'extension' as const, code: '9999', keepPlace: false } }
  assert.equal(findings(command({}, { queues: [queueNamed('A', { exits } as never), queueNamed('B')] })), [
    'switchboard.exit_unknown queues.0.exits.timed_out',
  ])
})

test('5,000 rules and 20,000 extensions are checked in bounded work', () => {
  const many = Array.from({ length: 2_500 }, (_, index): RouteSettings[] => [
    { code: `p${index}`, to: `^${9_000 + index}\\d*\\d*$`, order: 1, type: 'outbound' },
    { code: `l${index}`, to: String(1_000_000 + index), order: 2, type: 'outbound' },
  ]).flat()
  const asked = command({ extensions: [{ number: '20000-29999' }, { number: '30000-39999' }] }, { routes: many })
  const refusals = findings(asked).filter((told) => !told.startsWith('('))
  // What the shortened network no longer has.
  assert.ok(refusals.length < 10, refusals.join())
})

test.run()
