/** Where a call goes, and why: rules, limits, gateways. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import fc from 'fast-check'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import { isEmergency, phoneNumber } from '@ledgerline/core/number/number.ts'
import { quietLines } from '@ledgerline/core/routing/lines.ts'
import type { Outside } from '@ledgerline/core/routing/outcome.ts'
import { outcomeInWords, stepInWords } from '@ledgerline/core/routing/reasons.ts'
import { route, type From } from '@ledgerline/core/routing/route.ts'
import { routeTarget, type RouteSettings } from '@ledgerline/core/routing/settings.ts'
import { networkSettings } from '@ledgerline/core/network/settings.ts'
import { asked, from8201, fromGw1, monday, outcomeOf, planWith, rules } from './plan.ts'

const test = suite('routing')

const from8202 = { kind: 'extension', extension: '8202' } as const
const codes = (from: From, to: string, asking = {}) => asked(from, to, asking).steps.map(({ code }) => code)
const gatewaysOf = (outcome: object) => (outcome as Outside).ways.map(({ gateway }) => gateway)

test('A3.2.3.1-basic: an extension that matches is rung, whoever is signed in there', () => {
  assert.equal(outcomeOf(from8201, '8202'), { do: 'extension', extension: '8202', agentCode: null })
  assert.equal(outcomeOf(from8201, '8202', { lines: { agentAt: (phone) => (phone === '8202' ? '777' : null) } }), {
    do: 'extension',
    extension: '8202',
    agentCode: '777',
  })
  assert.equal(outcomeOf(fromGw1, '8202'), { do: 'extension', extension: '8202', agentCode: null })
  assert.equal(outcomeOf(from8201, '8999'), { do: 'refused', reason: 'no_route' })
})

test('A3.2.3.1-basic: the number of a menu, a queue or a robot leads there', () => {
  const plan = planWith({ routes: rules.filter(({ type }) => type === 'basic') })
  assert.equal(outcomeOf(from8201, '200', { plan }), { do: 'ivr', code: 'main' })
  assert.equal(outcomeOf(from8201, '301', { plan }), { do: 'queue', queueCode: 'queue1' })
  assert.equal(outcomeOf(from8201, '201', { plan }), { do: 'robot', code: 'robot1' })
})

test('A3.2.3.4-target A3.2.3.5-ivr A3.2.3.6-robot: queues, menus and robots by their numbers', () => {
  for (const from of [from8201, fromGw1]) {
    assert.equal(outcomeOf(from, '301'), { do: 'queue', queueCode: 'queue1' })
    assert.equal(outcomeOf(from, '200'), { do: 'ivr', code: 'main' })
    assert.equal(outcomeOf(from, '201'), { do: 'robot', code: 'robot1' })
  }
})

test('A3.2.3.3-inbound: only calls from a gateway, in any spelling of our number', () => {
  assert.equal(outcomeOf(fromGw1, '62620668'), { do: 'ivr', code: 'main' })
  assert.is(outcomeOf(from8201, '62620668').do, 'outside')
  assert.ok(codes(from8201, '62620668').includes('rule_outside_only'))
  const plan = planWith({ routes: [{ code: 'in', type: 'inbound', to: '13800001111', queueCode: 'queue1' }] })
  for (const way of ['13800001111', '+8613800001111', '013800001111', 'tel:+8613800001111'])
    assert.equal(outcomeOf(fromGw1, way, { plan }), { do: 'queue', queueCode: 'queue1' }, way)
})

test('A3.2.3.3-effective-time A3.2.3.3-offhours-prompt: closed in the evening and on holidays, with prompt and target', () => {
  const at = (when: string) => outcomeOf(fromGw1, '62620668', { at: Date.parse(when) })
  const closed = { do: 'closed', media: 'off-hours', then: { do: 'voicemail', extension: '8204' } }
  assert.equal(at('2026-11-30T09:00:00+08:00'), { do: 'ivr', code: 'main' })
  assert.equal(at('2026-11-30T17:59:59+08:00'), { do: 'ivr', code: 'main' })
  assert.equal(at('2026-11-30T18:00:00+08:00'), closed)
  assert.equal(at('2026-11-29T10:00:00+08:00'), closed)
  assert.equal(at('2026-10-01T10:00:00+08:00'), closed)
  const plan = planWith({ routes: [{ code: 'in', type: 'inbound', to: '*', queueCode: 'queue1', calendar: 'office' }] })
  assert.equal(outcomeOf(fromGw1, '1', { plan, at: Date.parse('2026-10-01T10:00:00+08:00') }), {
    do: 'closed',
    media: null,
    then: { do: 'hang_up' },
  })
})

test('A3.2.3.2-outbound: a phone calls outside, a caller from outside does not', () => {
  const outcome = outcomeOf(from8201, '13800001111') as Outside
  assert.is(outcome.do, 'outside')
  assert.is(outcome.number, '13800001111')
  assert.is(outcome.timeoutMs, 60_000)
  assert.equal(outcomeOf(fromGw1, '13800001111'), { do: 'refused', reason: 'no_route' })
  assert.ok(codes(fromGw1, '13800001111').includes('rule_inside_only'))
})

test('A3.2.3.2-prefix A3.2.3.2-timeout A3.2.3.2-record: what a rule does to the number, and to the call', () => {
  const rule: RouteSettings = {
    code: 'nine',
    type: 'outbound',
    to: '^9(\\d{5,13})$',
    strip: 1,
    prefix: '17951',
    timeoutMs: 30_000,
    record: true,
  }
  const routing = asked(from8202, '913800001111', { plan: planWith({ routes: [rule] }) })
  const outcome = routing.outcome as Outside
  assert.is(outcome.number, '13800001111')
  assert.is(outcome.dialled, '1795113800001111')
  assert.is(outcome.timeoutMs, 30_000)
  assert.is(outcome.record, true)
  assert.is(routing.record, true)
  // A rule that says nothing leaves it to the extension that calls.
  const quiet = planWith({ network: { extensions: [{ number: '8202', record: false }] } })
  assert.is(asked(from8202, '13800001111', { plan: quiet }).record, false)
  assert.is(asked(from8202, '13800001111').record, true)
})

test('A3.2.3.2-gateway A3.2.6: the gateways of the rule in order, else the extension’s, else all of them', () => {
  assert.equal(gatewaysOf(outcomeOf(from8201, '13800001111')), ['gw1', 'gw2'])
  const plan = planWith({ routes: [{ code: 'out', type: 'outbound', to: '*' }] })
  assert.equal(gatewaysOf(outcomeOf(from8201, '13800001111', { plan })), ['gw1'])
  assert.equal(gatewaysOf(outcomeOf(from8202, '13800001111', { plan })), ['gw1', 'gw2'])
})

test('A3.2.6: a gateway that is down, full or has had its calls of this second is passed over', () => {
  const gateways = [
    { code: 'gw1', mode: 'nni' as const, address: '10.0.0.1', concurrency: 2, callsPerSecond: 3 },
    { code: 'gw2', mode: 'nni' as const, address: '10.0.0.2' },
  ]
  const plan = planWith({ network: { gateways } })
  const by = (lines: object) => gatewaysOf(outcomeOf(from8202, '13800001111', { plan, lines }))
  assert.equal(by({}), ['gw1', 'gw2'])
  assert.equal(by({ isUp: (code: string) => code !== 'gw1' }), ['gw2'])
  assert.equal(by({ callsOn: (code: string) => (code === 'gw1' ? 1 : 500) }), ['gw1', 'gw2'])
  assert.equal(by({ callsOn: () => 2 }), ['gw2'])
  assert.equal(by({ newCallsOn: () => 3 }), ['gw2'])
  assert.equal(outcomeOf(from8202, '13800001111', { plan, lines: { isUp: () => false } }), {
    do: 'refused',
    reason: 'no_gateway',
  })
})

test('A3.2.9-purpose A3.2.1-caller-numbers: the number bound to the extension, else one of the pool; only what the gateway may show', () => {
  const shown = (from: From, die: number) =>
    (outcomeOf(from, '13800001111', { die }) as Outside).ways.map(({ gateway, callerNumber }) => [
      gateway,
      callerNumber,
    ])
  assert.equal(shown(from8201, 0.9), [
    ['gw1', '62620668'],
    ['gw2', '62620668'],
  ])
  assert.equal(shown(from8202, 0), [
    ['gw1', '62620668'],
    ['gw2', '62620668'],
  ])
  assert.equal(shown(from8202, 0.99), [
    ['gw1', '62620670'],
    ['gw2', '62620669'],
  ])
  const foreign = planWith({ network: { extensions: [{ number: '8201', callerNumbers: ['62620669', '99999999'] }] } })
  const outcome = outcomeOf(from8201, '13800001111', { plan: foreign }) as Outside
  assert.equal(
    outcome.ways.map(({ callerNumber }) => callerNumber),
    [null, '62620669'],
  )
})

test('A3.2.1-allow-outbound: limits of a phone: outside, abroad, barred, calls a minute', () => {
  const limits = { abroad: true, barred: ['1259'], callsAMinute: 5 }
  const plan = planWith({ network: { limits }, routes: [{ code: 'out', type: 'outbound', to: '*' }] })
  const reason = (extension: string, to: string, asking = {}) => {
    const outcome = outcomeOf({ kind: 'extension', extension }, to, { plan, ...asking })
    return outcome.do === 'refused' ? outcome.reason : outcome.do
  }
  assert.is(reason('8203', '13800001111'), 'not_allowed')
  assert.is(reason('8202', '12590000'), 'barred')
  assert.is(reason('8202', '00442071234567'), 'abroad')
  assert.is(reason('8204', '00442071234567'), 'outside')
  assert.is(reason('8204', '+442071234567'), 'outside')
  assert.is(reason('8202', '13800001111', { lines: { callsOf: () => 5 } }), 'too_many_calls')
  assert.is(reason('8202', '13800001111', { lines: { callsOf: () => 4 } }), 'outside')
})

test('international is off by default, however the number is written', () => {
  const plan = planWith({ routes: [{ code: 'out', type: 'outbound', to: '*' }] })
  for (const number of ['+442071234567', '00442071234567', '0044', '00 44 (20) 7123-4567', '+999'])
    assert.equal(outcomeOf({ kind: 'extension', extension: '8204' }, number, { plan }), {
      do: 'refused',
      reason: 'abroad',
    })
  const nine = planWith({ routes: [{ code: 'out', type: 'outbound', to: '^9', strip: 1 }] })
  for (const number of ['900442071234567', '9+442071234567'])
    assert.equal(outcomeOf(from8202, number, { plan: nine }), { do: 'refused', reason: 'abroad' }, number)
  assert.is(outcomeOf(from8202, '+8613800001111', { plan }).do, 'outside')
})

test('a barred number stays barred behind a code for an outside line and in E.164', () => {
  const limits = { barred: ['1395'] }
  const plan = planWith({
    network: { limits },
    routes: [
      { code: 'out', type: 'outbound', to: '^9?(\\+|\\d)', strip: 0 },
      { code: 'nine', type: 'outbound', to: '^9', strip: 1, order: 1 },
    ],
  })
  for (const number of ['13951234567', '913951234567', '+8613951234567'])
    assert.equal(outcomeOf(from8202, number, { plan }), { do: 'refused', reason: 'barred' }, number)
})

test('emergency numbers: first, by any gateway that is up, whatever is configured against them', () => {
  const against = planWith({
    network: {
      limits: { barred: ['1', '110'], callsAMinute: 1 },
      gateways: [
        { code: 'gw1', mode: 'nni', address: '10.0.0.1', concurrency: 1, callsPerSecond: 1 },
        { code: 'gw2', mode: 'nni', address: '10.0.0.2', concurrency: 1 },
      ],
      featureCodes: { dialect: 'own', codes: [{ action: 'balance', keys: '110' }] },
    },
    routes: [{ code: 'to-queue', order: 0, type: 'basic', to: '^1' }],
  })
  const busy = { callsOn: () => 100, newCallsOn: () => 100, callsOf: () => 100 }
  for (const number of ['110', '119', '120', '122']) {
    const outcome = outcomeOf({ kind: 'extension', extension: '8203' }, number, {
      plan: against,
      lines: busy,
    }) as Outside
    assert.is(outcome.do, 'outside')
    assert.is(outcome.dialled, number)
    assert.is(outcome.emergency, true)
    assert.equal(gatewaysOf(outcome), ['gw2', 'gw1'])
  }
  const oneUp = { ...busy, isUp: (code: string) => code === 'gw1' }
  assert.equal(
    gatewaysOf(outcomeOf({ kind: 'extension', extension: '8203' }, '110', { plan: against, lines: oneUp })),
    ['gw1'],
  )
  const down = outcomeOf(from8201, '110', { plan: against, lines: { ...busy, isUp: () => false } })
  assert.equal(gatewaysOf(down).toSorted(), ['gw1', 'gw2'])
  const nine = planWith({
    routes: [{ code: 'nine', type: 'outbound', to: '^9', strip: 1 }],
    network: { limits: { barred: ['110'] } },
  })
  assert.is((outcomeOf(from8202, '9110', { plan: nine }) as Outside).dialled, '110')
})

test('A3.2.3-order A3.2.3-pattern: smaller first; of equals a number before an expression, an expression before *', () => {
  const queue = (code: string, to: string, order?: number): RouteSettings => ({
    code,
    to,
    queueCode: 'queue1',
    ...(order === undefined ? {} : { order }),
  })
  const first = (routes: RouteSettings[], to: string) => asked(fromGw1, to, { plan: planWith({ routes }) }).rule
  assert.is(first([queue('any', '*'), queue('some', '^4'), queue('one', '400')], '400'), 'one')
  assert.is(first([queue('any', '*'), queue('some', '^4'), queue('one', '400')], '401'), 'some')
  assert.is(first([queue('any', '*'), queue('some', '^4'), queue('one', '400')], '500'), 'any')
  assert.is(first([queue('any', '*', 5), queue('some', '^4', 6), queue('one', '400')], '400'), 'any')
  assert.is(first([queue('late', '^4', 7), queue('early', '^40', 6)], '400'), 'early')
})

test('C3.1-not-eligible: a colleague whose phone cannot ring is refused at once; a caller may leave a message', () => {
  const lines = { occupied: () => 'phone_not_registered' }
  assert.equal(outcomeOf(from8201, '8202', { lines }), { do: 'refused', reason: 'not_eligible' })
  assert.equal(outcomeOf(fromGw1, '8204', { lines }), { do: 'voicemail', extension: '8204' })
  assert.equal(outcomeOf(fromGw1, '8202', { lines: { occupied: () => 'talking' } }).do, 'extension')
})

test('a target that is gone is refused and named', () => {
  const plan = planWith({ routes: [{ code: 'gone', to: '400', queueCode: 'nowhere' }] })
  const { outcome, steps } = asked(fromGw1, '400', { plan })
  assert.equal(outcome, { do: 'refused', reason: 'no_target' })
  assert.ok(steps.some(({ code, values }) => code === 'target_missing' && values['code'] === 'nowhere'))
})

test('a rule that cannot be tried matches nothing, and the answer says so', () => {
  const plan = planWith({ routes: [{ code: 'evil', to: '^(\\d+)+$', queueCode: 'queue1' }] })
  assert.ok(codes(fromGw1, '11111111111111111111111111111x', { plan }).includes('rule_pattern_unusable'))
})

// ── properties ─────────────────────────────────────────────────────────────────────────────────

const numbers = fc.oneof(
  fc.stringMatching(/^[\d*#+]{0,20}$/),
  fc.string({ maxLength: 200 }),
  fc.constantFrom('110', '119', '8201', '301', '62620668', '*001', '##', '', '+', '*', '\u0000', '１１０'),
)
const origins: fc.Arbitrary<From> = fc.oneof(
  fc.record({ kind: fc.constant('extension' as const), extension: fc.constantFrom('8201', '8203', '999', '') }),
  fc.record({ kind: fc.constant('gateway' as const), gateway: fc.constantFrom('gw1', 'gwX', null) }),
  fc.constant({ kind: 'house' as const }),
)
const targets = fc.constantFrom(...routeTarget.shape.kind.options)
const rule = (index: number): fc.Arbitrary<RouteSettings> =>
  fc.record(
    {
      code: fc.constant(`r${index}`),
      to: fc.oneof(
        fc.constantFrom('*', '^1', '^(\\d{3,4})$', '^9', '^', '^(', '8202', '110'),
        fc.string({ maxLength: 20 }),
      ),
      order: fc.integer({ min: 0, max: 3 }),
      type: fc.constantFrom(
        'basic' as const,
        'inbound' as const,
        'outbound' as const,
        'queue' as const,
        'ivr' as const,
        'robot' as const,
      ),
      queueCode: fc.constantFrom('queue1', 'gone', null),
      target: fc.record({
        kind: targets,
        code: fc.constantFrom('8201', 'queue1', 'main', '501', '13800001111', '110', ''),
      }),
      calendar: fc.constantFrom('office', 'gone', null),
      gateways: fc.constantFrom(['gw1'], ['gw2', 'gone'], []),
      strip: fc.integer({ min: 0, max: 20 }),
      prefix: fc.constantFrom('', '9', '00'),
    },
    { requiredKeys: ['code', 'to'] },
  )
const anyRules = fc
  .integer({ min: 0, max: 6 })
  .chain((many) => fc.tuple(...Array.from({ length: many }, (_, index) => rule(index))))

test('total, deterministic for the same throw of the dice, and every step has words in both languages', () => {
  fc.assert(
    fc.property(origins, numbers, anyRules, fc.integer({ min: 1, max: 1e6 }), (from, to, routes, seed) => {
      const plan = planWith({ routes })
      const once = () => route({ from, to, at: monday, dice: seededDice(seed) }, plan, quietLines)
      const first = once()
      assert.equal(once(), first)
      for (const language of ['en', 'zh'] as const) {
        for (const step of first.steps) assert.not.match(stepInWords(step, language), /\{\w+\}/)
        assert.not.match(outcomeInWords(first.outcome, language), /\{\w+\}/)
      }
    }),
    { numRuns: 200, seed: 12 },
  )
})

test('an emergency number dialled inside always goes outside, whatever the rules, limits and lines', () => {
  const limits = fc.record({
    barred: fc.array(fc.stringMatching(/^\d{1,3}$/), { maxLength: 5 }),
    callsAMinute: fc.integer({ min: 1, max: 3 }),
  })
  fc.assert(
    fc.property(
      fc.constantFrom('8201', '8202', '8203', '999'),
      fc.constantFrom('110', '119', '120', '122', '112', '999', '911', '12395', '0110', '+86110', '１１９'),
      anyRules,
      limits,
      fc.boolean(),
      (extension, to, routes, limit, up) => {
        const { network, ...rest } = planWith({ routes })
        const plan = { ...rest, network: { ...network, limits: { ...network.limits, ...limit } } }
        const lines = { ...quietLines, isUp: () => up, callsOn: () => 99, newCallsOn: () => 99, callsOf: () => 99 }
        const { outcome } = route(
          { from: { kind: 'extension', extension }, to, at: monday, dice: () => 0 },
          plan,
          lines,
        )
        if (!isEmergency(to)) return
        assert.is(outcome.do, 'outside')
        assert.is((outcome as Outside).ways.length, 2)
      },
    ),
    { numRuns: 150, seed: 12 },
  )
})

test('routes from before there were types give the same result as ever', () => {
  const before = (routes: RouteSettings[], to: string): RouteSettings | null => {
    const key = (number: string) => phoneNumber(number).normalised ?? number
    return (
      routes.find((one) => one.to !== '*' && key(one.to) === key(to)) ?? routes.find((one) => one.to === '*') ?? null
    )
  }
  const oldRule = (index: number): fc.Arbitrary<RouteSettings> =>
    fc.record({
      code: fc.constant(`r${index}`),
      to: fc.constantFrom('*', '400', '95500', '13800001111', '02161234567', 'PS', 'service'),
      queueCode: fc.constantFrom('queue1', 'queue2', 'gone', null),
    })
  const oldRules = fc
    .tuple(oldRule(0), oldRule(1), oldRule(2), oldRule(3))
    .map((all) => all.filter(({ to }, index) => all.findIndex((other) => other.to === to) === index))
  fc.assert(
    fc.property(
      oldRules,
      fc.constantFrom('400', '95500', '+8613800001111', '8602161234567', 'PS', 'x', '110', ''),
      (routes, to) => {
        const plan = { ...planWith({ routes }), network: networkSettings.parse({}), agents: {} }
        const { outcome } = route(
          { from: { kind: 'gateway', gateway: null }, to, at: monday, dice: () => 0 },
          plan,
          quietLines,
        )
        const known = before(routes, to)?.queueCode
        assert.equal(
          outcome.do === 'queue' ? outcome.queueCode : null,
          known === 'queue1' || known === 'queue2' ? known : null,
        )
      },
    ),
    { numRuns: 150, seed: 12 },
  )
})

test('5,000 rules are looked up once, then a call is routed in no time', () => {
  const routes: RouteSettings[] = Array.from({ length: 5_000 }, (_, index) => ({
    code: `r${index}`,
    to: String(60_000_000 + index),
    queueCode: 'queue1',
  }))
  const plan = planWith({ routes })
  asked(fromGw1, '60000001', { plan })
  for (const to of ['60000000', '60004999'])
    assert.equal(outcomeOf(fromGw1, to, { plan }), { do: 'queue', queueCode: 'queue1' })
  assert.ok(asked(fromGw1, '60004999', { plan }).steps.length < 10)
})

test.run()
