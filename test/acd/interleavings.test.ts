/**
 * Random days: callers, agents, supervisors, activations and the death of the owner in any order, on a machine whose
 * timers are late or not. Whatever was asked and whatever was refused, in the end nobody is stuck, the ledger keeps its
 * promises, and the switchboard's lists never had to be corrected.
 *
 * `INTERLEAVINGS=5000 ops/test acd/interleavings` for a long run.
 */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { faultKinds, type FaultKind } from '@ledgerline/adapters/telephony/simulator/faults.ts'
import { picksUp } from '@ledgerline/adapters/telephony/simulator/people.ts'
import type { QueueInput, QueueSettings } from '@ledgerline/core/queue/settings.ts'
import { legOfAgent } from '@ledgerline/core/call/state.ts'
import type { NetworkInput } from '@ledgerline/core/network/settings.ts'
import type { RouteSettings } from '@ledgerline/core/routing/settings.ts'
import { strategies, type Strategy } from '@ledgerline/core/queue/strategies.ts'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { times } from '../support/depth.ts'
import { houseWith, ivr, menu, node } from '../ivr/menus.ts'
import { callerTo, queueNamed, VirtualHouse } from '../support/house.ts'

type Action =
  | { do: 'menus'; there: boolean }
  | {
      do: 'call'
      queue: string
      asked: readonly string[]
      patience: number
      talk: number
      endedBy: 'customer' | 'agent'
      key: string | null
    }
  | { do: 'pass'; ms: number }
  | { do: 'work'; agent: number; work: 'ready' | 'not_ready' | 'away' | 'on_demand' }
  | { do: 'sign'; agent: number }
  | {
      do: 'act'
      agent: number
      other: number
      what:
        | 'hold'
        | 'resume'
        | 'transfer'
        | 'pass_on'
        | 'consult'
        | 'hand_over'
        | 'join'
        | 'drop'
        | 'hang_up'
        | 'place'
        | 'survey'
        | 'end_wrap_up'
        | DayAct
    }
  | {
      do: 'supervise'
      agent: number
      what:
        | 'listen'
        | 'whisper'
        | 'three_way'
        | 'take_over'
        | 'take_over_now'
        | 'leave'
        | 'disconnect'
        | 'force_out'
        | 'force_busy'
        | 'force_ready'
      supervisor: string
    }
  | { do: 'move'; nth: number; queue: string }
  | { do: 'phone'; agent: number; plugged: boolean }
  | { do: 'media_fails' }
  | { do: 'activate' }
  | { do: 'serve'; agent: number; queues: readonly string[] }
  | { do: 'fault'; kind: FaultKind; nth: number }
  | { do: 'dial'; agent: number; to: string; byPhone: boolean }
  | { do: 'keys'; agent: number; keys: string }
  | { do: 'trouble'; gateway: string; trouble: 'down' | 'failing' | 'silent' | null }
  | { do: 'owner_dies'; withSnapshot: boolean }

/** What belongs to the shift and to no call. */
const dayActs = [
  'long_sign_in',
  'leave_long_sign_in',
  'drop_phone',
  'preview',
  'skip',
  'desk_speaks',
  'desk_lost',
] as const
type DayAct = (typeof dayActs)[number]

const AGENTS = 4
const agent = fc.nat({ max: AGENTS - 1 })
const queue = fc.constantFrom('PS', 'NE')
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('call' as const),
      // A share of the callers come to a menu, a box of voicemail, a phone of nobody.
      queue: fc.constantFrom('PS', 'NE', 'PS', 'NE', 'PS', '95500', '95500', '8203', '8299'),
      asked: fc.array(fc.constantFrom('1', '2', '3', '4', '5', '6', '7', '8', '0', '9', '#'), { maxLength: 4 }),
      patience: fc.integer({ min: 1, max: 120_000 }),
      talk: fc.integer({ min: 1, max: 90_000 }),
      endedBy: fc.constantFrom('customer' as const, 'agent' as const),
      key: fc.option(fc.constantFrom('1', '2', '3'), { freq: 3 }),
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      ms: fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 40_000 })),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('work' as const),
      agent,
      work: fc.constantFrom('ready' as const, 'not_ready' as const, 'away' as const, 'on_demand' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sign' as const), agent }) },
  {
    weight: 9,
    arbitrary: fc.record({
      do: fc.constant('act' as const),
      agent,
      other: agent,
      what: fc.constantFrom(
        'hold' as const,
        'resume' as const,
        'transfer' as const,
        'pass_on' as const,
        'consult' as const,
        'hand_over' as const,
        'join' as const,
        'drop' as const,
        'hang_up' as const,
        'place' as const,
        'survey' as const,
        'end_wrap_up' as const,
        ...dayActs,
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('supervise' as const),
      agent,
      what: fc.constantFrom(
        'listen' as const,
        'whisper' as const,
        'three_way' as const,
        'take_over' as const,
        'take_over_now' as const,
        'leave' as const,
        'disconnect' as const,
        'force_out' as const,
        'force_busy' as const,
        'force_ready' as const,
      ),
      supervisor: fc.constantFrom('900', '204'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('move' as const), nth: fc.nat({ max: 5 }), queue }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('phone' as const), agent, plugged: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ do: 'media_fails' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('menus' as const), there: fc.boolean() }) },
  // Everybody is looked at, at whatever moment that is.
  { weight: 3, arbitrary: fc.constant({ do: 'activate' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('serve' as const), agent, queues: fc.subarray(['PS', 'NE']) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('fault' as const),
      kind: fc.constantFrom(...(Object.keys(faultKinds) as FaultKind[])),
      nth: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('owner_dies' as const), withSnapshot: fc.boolean() }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('dial' as const),
      agent,
      to: fc.constantFrom(
        '8201',
        '8202',
        '8203',
        '301',
        'PS',
        '13900001111',
        '110',
        '77',
        '*100',
        '*101',
        '*000',
        '*001',
        '*99',
        '*67',
      ),
      byPhone: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('keys' as const),
      agent,
      keys: fc.constantFrom('##', '*70*202#', '*71*8203#', '*10', '*88#', '*1', '00#'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('trouble' as const),
      gateway: fc.constantFrom('gw1', 'gw2'),
      trouble: fc.constantFrom('down' as const, 'failing' as const, 'silent' as const, null),
    }),
  },
)

/** Half of the houses have gateways; the others dial outside as they did before there were any. */
const voicemail = { afterMs: 10_000, longestMs: 30_000 }
const menus = ivr([
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
const network: NetworkInput = {
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
const toMenu: RouteSettings = {
  code: 'menu',
  order: 1,
  type: 'ivr',
  to: '95500',
  target: { kind: 'ivr', code: 'main' },
}
const inside: RouteSettings = { code: 'inside', order: 99, type: 'basic', to: '^\\d{3,4}$' }
const outbound: RouteSettings = { code: 'out', type: 'outbound', to: '^\\d{5,13}$', gateways: ['gw1', 'gw2'] }

/** Rules of a queue, each on or off; the exits lead to the other queue, an agent, a phone outside, or nowhere. */
const queueRules = fc.record({
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
function ruled(
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
const habits = picksUp({
  aloneMs: Number.POSITIVE_INFINITY,
  ignores: 0.15,
  refuses: 0.15,
  after: (dice) => Math.round(dice() * 8000),
})

async function act(
  house: VirtualHouse,
  action: Exclude<Action, { do: 'pass' | 'owner_dies' | 'media_fails' | 'fault' }>,
): Promise<void> {
  const { desk } = house
  const code = (number: number): string => house.agents[number]!.agentId
  switch (action.do) {
    case 'call':
      // While the media server is away nobody is let in.
      house.telephony.arrive(
        callerTo(action.queue, {
          patienceMs: action.patience,
          talkMs: action.talk,
          talkEndedBy: action.endedBy,
          keys: [
            ...(action.key === null ? [] : [{ when: 'waiting' as const, digit: action.key, afterMs: 3_000 }]),
            ...action.asked.map((digit) => ({ when: 'asked' as const, digit, afterMs: 2_000 })),
          ],
        }),
      )
      return
    case 'work':
      await desk.setWork(code(action.agent), action.work, null, house.by('agent'))
      return
    case 'sign': {
      const id = code(action.agent)
      if (house.process.switchboard.shift(id)) await desk.agent(id, { do: 'sign_out', by: 'agent' }, house.by('agent'))
      else await desk.signIn(id, { via: 'phone', registered: true }, house.by('agent'))
      return
    }
    case 'act': {
      const [id, other, by] = [code(action.agent), code(action.other), house.by('agent')]
      const now = house.clock.now()
      const acts = {
        hold: () => desk.hold(id, by),
        resume: () => desk.resume(id, by),
        transfer: () => desk.transferToQueue(id, 'NE', by),
        pass_on: () => desk.transferToAgent(id, other, by),
        consult: () => desk.consult(id, other, now, by),
        hand_over: () => desk.handOver(id, by),
        join: () => desk.join(id, by),
        drop: () => desk.endConsultation(id, by),
        hang_up: () => desk.hangUp(id, by),
        survey: () => desk.survey(id, by),
        place: () => desk.place(id, '13900001111', `placed-${by.commandId}`, now, by),
        end_wrap_up: () => desk.agent(id, { do: 'end_wrap_up', by: 'agent' }, by),
        long_sign_in: () => desk.longSignIn(id, null, by),
        leave_long_sign_in: () => desk.endLongSignIn(id, null, by),
        drop_phone: async () =>
          house.telephony.act(house.process.switchboard.shift(id)?.longSignIn?.legId ?? '', 'hang_up'),
        preview: () => desk.startPreview(id, `item-${by.commandId}`, now, by),
        skip: () => desk.agent(id, { do: 'end_preview', result: 'skipped' }, by),
        desk_speaks: () => desk.claimDesk(id, 'desk-1', by),
        desk_lost: () => desk.deskIsLost(id, by),
      }
      await acts[action.what]()
      return
    }
    case 'supervise': {
      const [id, by, supervisorCode] = [code(action.agent), house.by('supervisor'), action.supervisor]
      const engagement = house.process.switchboard.shift(id)?.engagement
      const callId = engagement?.kind === 'talking' ? engagement.callId : ''
      if (action.what === 'force_out') await desk.force(id, 'signed_out', supervisorCode, null, by)
      else if (action.what === 'force_ready') await desk.force(id, 'ready', supervisorCode, null, by)
      else if (action.what === 'force_busy') await desk.force(id, 'not_ready', supervisorCode, null, by)
      else if (action.what === 'disconnect') await desk.disconnect(id, supervisorCode, by)
      else if (action.what === 'take_over_now') await desk.call(callId, { do: 'take_over', supervisorCode }, by)
      else if (action.what === 'leave') await desk.call(callId, { do: 'end_supervision', supervisorCode }, by)
      else
        await desk.supervise(
          id,
          { supervisorCode, mode: action.what, extension: supervisorCode === '900' ? '8204' : null, number: null },
          house.clock.now(),
          by,
        )
      return
    }
    case 'move': {
      const waiting = [...house.process.switchboard.calls()].filter((call) => call.queue)
      const chosen = waiting[action.nth % Math.max(1, waiting.length)]
      if (chosen) await desk.move(chosen.callId, action.queue, house.by('supervisor'))
      return
    }
    case 'menus': {
      const { queues, agents, shifts, routes, network: kept } = house.process.switchboard.configuration.state
      // A house without gateways has no menus either.
      if (kept.gateways.length === 0) return
      await desk.activate(
        {
          zone: 'Asia/Shanghai',
          queues: Object.values(queues),
          agents: Object.values(agents),
          shifts,
          network: { ...kept, ivrs: action.there ? [menus] : [] },
          routes: [...routes.filter(({ to }) => to !== '95500'), ...(action.there ? [toMenu] : [])],
        },
        house.by('operator'),
      )
      return
    }
    case 'activate': {
      const { version, queues, agents, shifts, routes, network: kept } = house.process.switchboard.configuration.state
      await desk.activate(
        {
          zone: 'Asia/Shanghai',
          queues: Object.values(queues),
          agents: Object.values(agents),
          shifts,
          network: kept,
          routes: routes.map((route) => ({ ...route, code: `${route.to}-${version}` })),
        },
        house.by('operator'),
      )
      return
    }
    case 'serve':
      await desk.agent(
        code(action.agent),
        {
          do: 'change_queues',
          queues: action.queues.map((queueCode, index) => ({ queueCode, level: 1 + index, position: 1 })),
          byCode: '900',
        },
        house.by('supervisor'),
      )
      return
    case 'dial': {
      const { extension, agentId } = house.agents[action.agent]!
      const by = house.by('agent')
      if (action.byPhone) house.telephony.dial('test', extension!, action.to)
      else await desk.place(agentId, action.to, `placed-${by.commandId}`, house.clock.now(), by)
      return
    }
    case 'keys': {
      const shift = house.process.switchboard.shift(code(action.agent))
      const engagement = shift?.engagement
      const call = engagement?.kind === 'talking' ? house.process.switchboard.call(engagement.callId) : null
      const legId = (call && legOfAgent(call, code(action.agent))?.legId) ?? shift?.longSignIn?.legId
      if (legId) house.telephony.press(legId, action.keys)
      return
    }
    case 'trouble':
      house.telephony.trouble('test', action.gateway, action.trouble)
      return
    case 'phone': {
      const { extension } = house.agents[action.agent]!
      if (action.plugged) house.telephony.plug('test', extension!, habits)
      else house.telephony.unplug('test', extension!)
    }
  }
}

const RUNS = times('INTERLEAVINGS', 100, 2_000)
const interleavings = suite('random interleavings')

interleavings(
  'whatever people, network and process do: one agent has one call, every lease and leg ends, nobody is stuck',
  async () => {
    const seen = new Set<string>()
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { minLength: 20, maxLength: 120 }),
        fc.nat(),
        fc.constantFrom(...strategies),
        queueRules,
        queueRules,
        fc.constantFrom(0, 60, 900),
        fc.boolean(),
        async (actions, seed, strategy, first, second, late, networked) => {
          const lateness = seededDice(seed)
          const house = await new VirtualHouse({
            seed,
            agents: AGENTS,
            queues: [ruled('PS', strategy, first), ruled('NE', strategy, second)],
            habits,
            ...(networked && { network, routes: [toMenu, inside, outbound] }),
            late: () => Math.floor(lateness() * (late + 1)),
          }).open()
          try {
            for (const each of actions) {
              try {
                if (each.do === 'pass') await house.pass(each.ms)
                else if (each.do === 'owner_dies') await house.takeOver({ withSnapshot: each.withSnapshot })
                else if (each.do === 'media_fails') {
                  house.telephony.fail()
                  await house.pass(2_000)
                  house.telephony.recover()
                } else if (each.do === 'fault') house.telephony.inject({ kind: each.kind, when: { nth: each.nth } })
                else await house.until(act(house, each))
              } catch (error) {
                // People constantly ask for what does not fit; a refusal is a fine answer.
                if (!(error instanceof Problem)) throw error
              }
            }
            house.telephony.calm()
            for (const { extension } of house.agents) house.telephony.plug('test', extension!, habits)
            for (const gateway of ['gw1', 'gw2']) house.telephony.trouble('test', gateway, null)
            for (let turn = 0; turn < 30; turn++) {
              await house.pass(120_000)
              // Two of the house who talk to each other would go on for ever.
              for (const { customerLegId, legs } of house.process.switchboard.calls())
                if (customerLegId && legs[customerLegId]!.extension !== null)
                  house.telephony.act(customerLegId, 'hang_up')
            }
            // Call-backs may wait longer, but no longer than they live.
            if ([...house.process.switchboard.calls()].length > 0) await house.pass(25 * 3_600_000)
            // A phone in long sign-in stays connected as long as its shift lasts.
            for (const { agentId, longSignIn } of house.process.switchboard.shifts())
              if (longSignIn) await house.until(house.desk.endLongSignIn(agentId, null, house.by('agent')))
            await house.pass(60_000)
            assert.equal(await house.audit(), [])
            for (const { type } of await house.ledger()) seen.add(type)
            assert.equal(
              house.notes.filter((note) => note.startsWith('a step broke')),
              [],
            )
          } finally {
            await house.close()
          }
        },
      ),
      {
        numRuns: RUNS,
        includeErrorInReport: true,
        endOnFailure: RUNS > 500,
      },
    )
    // A share of the days has menus, boxes and surveys; over all of them each of these happens many times.
    const often = ['IvrKeyPressed', 'IvrTransferred', 'IvrExited', 'VoiceMessageLeft', 'SurveyStarted'] as const
    assert.equal(
      often.filter((type) => !seen.has(type)),
      [],
    )
  },
)

interleavings.run()
