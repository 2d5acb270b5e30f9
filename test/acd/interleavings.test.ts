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
import { legOfAgent } from '@ledgerline/core/call/state.ts'
import { strategies } from '@ledgerline/core/queue/strategies.ts'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { times } from '../support/depth.ts'
import { action, AGENTS, type Action } from './any-action.ts'
import { habits, inside, menus, network, outbound, queueRules, ruled, toMenu } from './any-house.ts'
import { callerTo, VirtualHouse } from '../support/house.ts'

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
