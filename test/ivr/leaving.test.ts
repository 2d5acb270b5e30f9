/** Where voice menus lead, and what happens to callers in them meanwhile: through the whole switchboard on the virtual clock. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { picksUp } from '@ledgerline/adapters/telephony/simulator/people.ts'
import { inHouse } from '../acd/in-house.ts'
import { callerTo, tenant } from '../support/house.ts'
import { eventsOf, inMenus, story, told } from './in-menus.ts'
import { houseWith, ivr, menu, node } from './menus.ts'

const test = suite('out of voice menus')

test('A3.2.4.3.1-internal: who cannot be put through goes where the menu sends those it gives up; robots are not built', () =>
  inMenus(
    ivr([
      menu('root', [node('1', 'robot', 'r1'), node('2', 'extension', '8300')], {
        exhausted: { do: 'queue', to: 'PS' },
      }),
    ]),
    async (house) => {
      const robot = await story(house, '1')
      assert.ok(robot.includes('refused not_built') && robot.includes('talks 201'), robot.join())
      house.telephony.plug(tenant, '8300', picksUp())
      house.telephony.unplug(tenant, '8300')
      await house.pass(10)
      const nobody = await story(house, '2')
      assert.ok(nobody.includes('refused not_eligible') && nobody.includes('to queue PS'), nobody.join())
    },
    { network: { extensions: [{ number: '8300' }] } },
  ))

test('A3.2.4.3.1-internal: a transfer that fails after it began comes back to where the menu sends those it gives up, once', () =>
  inMenus(
    ivr([
      menu('root', [node('1', 'extension', '8300'), node('2', 'agent', '202'), node('3', 'number', '13911112222')], {
        exhausted: { do: 'queue', to: 'PS' },
      }),
    ]),
    async (house) => {
      house.telephony.plug(tenant, '8300', picksUp({ ignores: 1 }))
      await house.pass(10)
      const unanswered = await story(house, '1', 200_000)
      assert.equal(unanswered.slice(-6), [
        'refused no_answer',
        'heard exit',
        'to queue PS',
        'queued PS',
        'talks 201',
        'ended hung_up',
      ])
      await house.until(house.desk.agent('202', { do: 'sign_out', by: 'agent' }, house.by('agent:202')))
      const gone = await story(house, '2', 200_000)
      assert.equal(gone.slice(-7, -1), [
        'to agent 202',
        'refused unreachable',
        'heard exit',
        'to queue PS',
        'queued PS',
        'talks 201',
      ])
      const outside = await story(house, '3', 200_000)
      assert.equal(outside.slice(-6, -1), ['refused busy', 'heard exit', 'to queue PS', 'queued PS', 'talks 201'])
    },
    { network: { extensions: [{ number: '8300' }] }, callee: { reaction: { do: 'busy' } } },
  ))

test('A3.2.4.3.1-internal: where nobody takes whom the menu gives up either, the call ends; nobody is sent anywhere twice', () =>
  inMenus(
    ivr([menu('root', [node('1', 'extension', '8300')], { exhausted: { do: 'extension', to: '8300' } })]),
    async (house) => {
      house.telephony.plug(tenant, '8300', picksUp({ ignores: 1 }))
      await house.pass(10)
      const lines = await story(house, '1', 200_000)
      assert.equal(lines.slice(-4), ['to extension 8300', 'refused no_answer', 'out refused', 'ended unreachable'])
    },
    { network: { extensions: [{ number: '8300' }] } },
  ))

test('A3.2.4.3.2-external: a talk with somebody outside that is over ends the call, and the menu is behind the caller', () =>
  inMenus(
    ivr([menu('root', [node('2', 'number', '13911112222')], { exhausted: { do: 'queue', to: 'PS' } })]),
    async (house) => {
      const { legId, callId } = house.telephony.arrive(callerTo('95500', { patienceMs: 600_000, talkMs: 600_000 }))!
      await house.pass(7_000)
      house.telephony.press(legId, '2')
      await house.pass(200_000)
      const lines = await told(house, callId)
      assert.equal(lines.slice(-2), ['to number 13911112222', 'ended hung_up'])
    },
    { callee: { talkMs: 20_000 } },
  ))

test('A3.2.4.3.1-internal: an agent by their number, who answers', () =>
  inMenus(ivr([menu('root', [node('1', 'agent', '202')])]), async (house) => {
    const lines = await story(house, '1', 200_000)
    assert.equal(lines.slice(-4), ['heard transfer', 'to agent 202', 'talks 202', 'ended hung_up'])
  }))

test('A3.2.4.3.1-internal A11.1.5-voicemail: a key leads to a box, by extension or by agent number', () =>
  inMenus(ivr([menu('root', [node('1', 'voicemail', '8201'), node('2', 'voicemail', '202')])]), async (house) => {
    const own = await story(house, '1', 200_000)
    assert.equal(own.slice(-4), ['to voicemail 8201', 'box 8201', 'message', 'ended completed'])
    const agents = await story(house, '2', 200_000)
    assert.equal(agents.slice(-4), ['to voicemail 202', 'box 8202', 'message', 'ended completed'])
  }))

test('A3.2.3.3-offhours-script: outside its times a call is led to a menu of its own, and from there to a box', () => {
  const night = ivr([menu('root', [node('1', 'voicemail', '8201')], { exhausted: { do: 'hang_up', to: '' } })])
  const { network, routes } = houseWith(night)
  const never = { code: 'never', name: 'Never', hours: [], days: [] as never[] }
  // The house opens in 2026: a calendar that is open on one day of the past is closed now.
  const past = { ...never, hours: [{ days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '00:01' }] }
  const inbound = {
    code: 'line',
    order: 1,
    type: 'inbound' as const,
    to: '95588',
    target: { kind: 'queue' as const, code: 'PS' },
    calendar: 'never',
    closed: { media: 'closed', target: { kind: 'ivr' as const, code: 'main' } },
  }
  const media = [...(network.media ?? []), { code: 'closed', name: 'Closed', file: 'closed.wav' }]
  return inHouse({ network: { ...network, media, calendars: [past] }, routes: [inbound, ...routes] }, async (house) => {
    const { legId, callId } = house.telephony.arrive(callerTo('95588', { patienceMs: 600_000 }))!
    await house.pass(15_000)
    house.telephony.press(legId, '1')
    await house.pass(200_000)
    assert.equal((await told(house, callId)).slice(-5), [
      'heard transfer',
      'to voicemail 8201',
      'box 8201',
      'message',
      'ended completed',
    ])
    assert.ok((await house.story(callId)).includes('CallFoundClosed'))
  })
})

test('A3.2.4-purpose: the caller hangs up in the menu', () =>
  inMenus(ivr([menu('root', [])]), async (house) => {
    const callId = house.call('95500', { patienceMs: 7_000 })
    await house.pass(20_000)
    assert.equal((await told(house, callId)).slice(-2), ['out caller_gone', 'ended hung_up'])
  }))

test('A3.2.4-purpose: settings activated meanwhile: they go on in their menu, from the root if it is gone, and out where it sent them when all of it is gone', () =>
  inMenus(ivr([menu('root', [node('1', 'menu', 'sub')]), menu('sub', [node('1', 'hang_up')])]), async (house) => {
    const { legId, callId } = house.telephony.arrive(callerTo('95500', { patienceMs: 600_000 }))!
    const press = async (digit: string) => {
      house.telephony.press(legId, digit)
      await house.pass(7_000)
    }
    const activate = async (...menus: Parameters<typeof ivr>[0]) => {
      await house.reconfigure(houseWith(ivr(menus)))
      await house.pass(7_000)
    }
    await house.pass(7_000)
    await press('1')
    await activate(menu('root', []), menu('sub', [node('2', 'menu', 'deep')]), menu('deep', []))
    await press('2')
    assert.ok((await told(house, callId)).includes('sub deep'))
    await activate(menu('root', [node('5', 'play', 'news')]))
    assert.ok((await told(house, callId)).includes('top root changed'))
    await house.reconfigure({ network: {}, routes: [] })
    await house.pass(1_000)
    assert.equal((await told(house, callId)).slice(-3), ['gone', 'out removed', 'ended unreachable'])
  }))

test('A3.2.4-purpose A3.2.4.2-exit: a caller whose whole IVR is removed is led where its root sends those it gives up', () =>
  inMenus(ivr([menu('root', [], { exhausted: { do: 'queue', to: 'PS' } })]), async (house) => {
    const { callId } = house.telephony.arrive(callerTo('95500', { patienceMs: 600_000 }))!
    await house.pass(7_000)
    await house.reconfigure({ network: {}, routes: [] })
    await house.pass(200_000)
    assert.equal((await told(house, callId)).slice(2), [
      'gone',
      'to queue PS',
      'queued PS',
      'talks 201',
      'ended hung_up',
    ])
  }))

test('A3.2.4-purpose: what an agent’s phone keys in at a menu is for the menu, never a feature code, even while it puts them through', () =>
  inMenus(ivr([menu('root', [node('1', 'queue', 'PS')])]), async (house) => {
    const { legId, callId } = house.telephony.dial(tenant, '8201', '95500')!
    await house.pass(7_000)
    house.telephony.press(legId, '1')
    await house.pass(500)
    house.telephony.press(legId, '*5#')
    await house.pass(3_000)
    const types = (await eventsOf(house, callId)).map(({ type }) => type)
    assert.ok(types.includes('IvrKeyPressed'))
    assert.not(types.includes('FeatureUsed') || types.includes('LegDigit'))
    house.telephony.act(legId, 'hang_up')
    await house.pass(60_000)
  }))

test('A3.2.4-purpose: an owner dies at every step; the next one goes on where the caller is', async () => {
  const settings = ivr([
    menu('root', [node('1', 'menu', 'sub')], { digitLen: 3 }),
    menu('sub', [node('2', 'queue', 'PS')], { confirmMacro: 'you_pressed' }),
  ])
  const script = [3_000, '1', 3_000, '2', 8_000, '#', 2_000] as const
  for (let killAt = 1; killAt < script.length; killAt++)
    for (const withSnapshot of [false, true])
      await inMenus(settings, async (house) => {
        const { legId, callId } = house.telephony.arrive(callerTo('95500', { patienceMs: 600_000 }))!
        for (const [index, what] of script.entries()) {
          if (index === killAt) {
            house.kill()
            await house.pass(3_000)
            await house.takeOver({ withSnapshot })
          }
          if (typeof what === 'number') await house.pass(what)
          else if ((await house.telephony.legs()).some((leg) => leg.legId === legId)) house.telephony.press(legId, what)
        }
        await house.pass(300_000)
        const lines = await told(house, callId)
        const told1 = `${killAt} ${withSnapshot}: ${lines.join()}`
        assert.ok(lines.includes('sub sub') && lines.includes('to queue PS') && lines.includes('talks 201'), told1)
      })
})

test.run()
