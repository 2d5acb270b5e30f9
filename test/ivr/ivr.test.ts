/** Callers in voice menus, through the whole switchboard on the virtual clock. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { AnyEvent } from '@ledgerline/core/catalogue.ts'
import { ivrSettings, type IvrSettings } from '@ledgerline/core/ivr/settings.ts'
import type { NetworkInput } from '@ledgerline/core/network/settings.ts'
import { picksUp, type KeyPress } from '@ledgerline/adapters/telephony/simulator/people.ts'
import { inHouse } from '../acd/in-house.ts'
import { callerTo, tenant, type HouseOptions, type VirtualHouse } from '../support/house.ts'
import { houseWith, ivr, menu, node } from './menus.ts'

const test = suite('voice menus')

/** A caller who presses these keys, each this long after they could. */
const keys = (digits: string, afterMs = 1_000): { keys: KeyPress[]; patienceMs: number } => ({
  patienceMs: 600_000,
  keys: [...digits].map((digit) => ({ when: 'asked', digit, afterMs })),
})

function inMenus(
  settings: IvrSettings,
  body: (house: VirtualHouse) => Promise<void>,
  { network = {}, ...more }: HouseOptions & { network?: NetworkInput } = {},
): Promise<void> {
  return inHouse({ ...houseWith(settings, network), ...more }, body)
}

async function eventsOf(house: VirtualHouse, callId: string): Promise<AnyEvent[]> {
  return (await house.ledger()).filter(({ stream }) => stream === `call-${tenant}.${callId}`)
}

/** What happened in the menus, each in a few letters. */
async function told(house: VirtualHouse, callId: string): Promise<string[]> {
  return (await eventsOf(house, callId)).flatMap((event): string[] => {
    switch (event.type) {
      case 'IvrEntered':
        return [`in ${event.data.menu}`]
      case 'IvrKeyPressed':
        return [`key ${event.data.key}`]
      case 'IvrEntryRead':
        return [`reads ${event.data.says.join()}`]
      case 'IvrInvalidInput':
        return [`wrong ${event.data.failures}`]
      case 'IvrInputTimedOut':
        return [`late ${event.data.timeouts}`]
      case 'IvrTimeUp':
        return ['time up']
      case 'IvrRemoved':
        return ['gone']
      case 'VoicemailReached':
        return [`box ${event.data.box}`]
      case 'VoiceMessageLeft':
        return ['message']
      case 'IvrSubmenuEntered':
        return [`sub ${event.data.menu}`]
      case 'IvrReturnedToParent':
        return [`back ${event.data.menu}`]
      case 'IvrReturnedToRoot':
        return [`top ${event.data.menu} ${event.data.why}`]
      case 'IvrPromptPlayed':
        return [event.data.complete ? `heard ${event.data.media}` : `cut ${event.data.media}`]
      case 'IvrTransferred':
        return [`to ${event.data.to.do} ${event.data.to.to}`]
      case 'IvrTransferRefused':
        return [`refused ${event.data.reason}`]
      case 'IvrExited':
        return [`out ${event.data.reason}`]
      case 'CallAnswered':
        return [`talks ${event.data.agentCode}`]
      case 'CallQueued':
        return [`queued ${event.data.queueCode}`]
      case 'CallEnded':
        return [`ended ${event.data.reason}`]
      default:
        return []
    }
  })
}

/** A caller who waits this long before each key; then time passes. */
async function story(house: VirtualHouse, digits: string, ms = 300_000, afterMs = 7_000): Promise<string[]> {
  const { legId, callId } = house.telephony.arrive(callerTo('95500', { patienceMs: 600_000 }))!
  for (const digit of digits) {
    await house.pass(afterMs)
    house.telephony.press(legId, digit)
  }
  await house.pass(ms)
  return told(house, callId)
}

test('A3.2.4-purpose A3.2.4-prerequisites A3.2.4.2-greet-long A3.2.4.2-transfer: long greeting, key, transfer prompt, queue', () =>
  inMenus(ivr([menu('root', [node('1', 'queue', 'PS')])]), async (house) => {
    assert.equal(await story(house, '1'), [
      'in root',
      'heard root_long',
      'key 1',
      'heard transfer',
      'to queue PS',
      'queued PS',
      'talks 201',
      'ended hung_up',
    ])
  }))

test('A3.2.4.2-timeout A3.2.4.2-greet-short A3.2.4.2-max-timeouts A3.2.4.2-exit: short greeting after each time-out, then exit', () =>
  inMenus(ivr([menu('root', [node('1', 'queue', 'PS')], { maxTimeouts: 2 })]), async (house) => {
    assert.equal(await story(house, ''), [
      'in root',
      'heard root_long',
      'late 1',
      'heard root_short',
      'late 2',
      'heard exit',
      'out exhausted',
      'ended limit',
    ])
  }))

test('A3.2.4.2-invalid A3.2.4.2-max-failures A3.2.4.3-node-key: a wrong key; after the most allowed, where the menu sends them', () =>
  inMenus(
    ivr([menu('root', [node('1', 'hang_up')], { maxFailures: 2, exhausted: { do: 'queue', to: 'PS' } })]),
    async (house) => {
      assert.equal((await story(house, '79', 300_000)).slice(0, 12), [
        'in root',
        'heard root_long',
        'key 7',
        'wrong 1',
        'heard invalid',
        'cut root_short',
        'key 9',
        'wrong 2',
        'heard invalid',
        'heard exit',
        'to queue PS',
        'queued PS',
      ])
    },
  ))

test('A3.2.4.2-greet-long: a key during the prompt cuts it short and counts at once', () =>
  inMenus(ivr([menu('root', [node('1', 'queue', 'PS')])]), async (house) => {
    const callId = house.call('95500', keys('1', 1_000))
    await house.pass(2_000)
    assert.equal((await told(house, callId)).slice(0, 3), ['in root', 'cut root_long', 'key 1'])
    await house.pass(200_000)
  }))

test('A3.2.4.3.1-internal A3.2.4.2-digit-len A3.2.4.2-confirm-key: callers dial an extension; time decides for a key that begins one', () =>
  inMenus(
    ivr([menu('root', [node('8', 'hang_up'), node('1', 'extension', '8202')], { digitLen: 4 })]),
    async (house) => {
      const dialled = house.call('95500', keys('8201', 500))
      await house.pass(12_000)
      assert.equal(
        (await told(house, dialled)).filter((line) => !line.startsWith('key')),
        ['in root', 'cut root_long', 'heard transfer', 'to extension 8201', 'talks 201'],
      )
      const single = house.call('95500', keys('8', 500))
      await house.pass(15_000)
      assert.equal((await told(house, single)).slice(-4), ['key 8', 'heard exit', 'out key', 'ended completed'])
      const node1 = house.call('95500', keys('1', 500))
      await house.pass(14_000)
      assert.equal((await told(house, node1)).slice(-4), ['key 1', 'heard transfer', 'to extension 8202', 'talks 202'])
      const none = house.call('95500', keys('82#', 500))
      await house.pass(5_000)
      assert.equal((await told(house, none)).slice(-4), ['key 8', 'key 2', 'key #', 'wrong 1'])
      await house.pass(600_000)
    },
  ))

test('A3.2.4.3.2-external: a key leads to an outside number', () =>
  inMenus(ivr([menu('root', [node('2', 'number', '13911112222')])]), async (house) => {
    const callId = house.call('95500', keys('2', 500))
    await house.pass(20_000)
    const dialled = (await eventsOf(house, callId)).find(({ type }) => type === 'LegDialled')
    assert.is(dialled?.type === 'LegDialled' && dialled.data.number, '13911112222')
    assert.ok((await told(house, callId)).includes('to number 13911112222'))
    await house.pass(600_000)
  }))

test('A3.2.4.3.3-hangup: a key ends the call, after the exit prompt', () =>
  inMenus(ivr([menu('root', [node('3', 'hang_up')])]), async (house) => {
    assert.equal((await story(house, '3')).slice(-4), ['key 3', 'heard exit', 'out key', 'ended completed'])
  }))

test('A3.2.4.3.4-exec-app: the time of day, and a number digit by digit; then the menu asks again', () =>
  inMenus(
    ivr([menu('root', [node('4', 'application', 'say_time'), node('5', 'application', 'say_number 955')])]),
    async (house) => {
      const lines = await story(house, '45', 60_000, 27_000)
      assert.ok(
        lines.some((line) => /^heard hours\/\d+$/.test(line)),
        lines.join(),
      )
      assert.ok(lines.some((line) => /^heard minutes\/\d+$/.test(line)))
      assert.equal(lines.slice(lines.indexOf('key 5')).slice(1, 3), ['heard digits/955', 'heard root_short'])
    },
  ))

test('A3.2.4.3.5-submenu A3.2.4.3.6-back A3.2.4.3.7-top: down, back up, and to the root, each with its own settings', () =>
  inMenus(
    ivr([
      menu('root', [node('1', 'menu', 'sub'), node('9', 'hang_up')]),
      menu('sub', [node('1', 'menu', 'deep'), node('0', 'back')]),
      menu('deep', [node('0', 'back'), node('9', 'top')], { maxTimeouts: 1, exhausted: { do: 'back', to: '' } }),
    ]),
    async (house) => {
      const lines = (await story(house, '11010119')).filter((line) => /^(in|sub|back|top)/.test(line))
      assert.equal(lines, [
        'in root',
        'sub sub',
        'sub deep',
        'back sub',
        'sub deep',
        'back sub',
        'sub deep',
        'top root key',
      ])
    },
  ))

test('A3.2.4.3.5-confirm-macro A3.2.4.3.5-confirm-key: an entry counts once the caller has heard and confirmed it', () =>
  inMenus(
    ivr([menu('root', [node('1', 'queue', 'PS')], { confirmMacro: 'you_pressed', confirmKey: '0' })]),
    async (house) => {
      const wrong = (await story(house, '1510')).slice(1)
      assert.equal(wrong.slice(0, 5), [
        'heard root_long',
        'key 1',
        'reads you_pressed,digits/1',
        'heard you_pressed',
        'cut digits/1',
      ])
      assert.ok(wrong.includes('wrong 1') && wrong.includes('talks 201'), wrong.join())
    },
  ))

test('A3.2.4.3.8-play: a key plays a prompt, then the menu asks again; exhausted leads to the menu above', () =>
  inMenus(
    ivr([
      menu('root', [node('8', 'play', 'hours'), node('1', 'menu', 'sub')]),
      menu('sub', [], { maxTimeouts: 1, exhausted: { do: 'back', to: '' } }),
    ]),
    async (house) => {
      const lines = await story(house, '81', 120_000, 12_000)
      assert.ok(lines.includes('heard hours') && lines.includes('sub sub') && lines.includes('back root'), lines.join())
    },
  ))

test('A3.2.4.2-max-timeouts: the longest time ends it, whatever keys are pressed', () =>
  inMenus(
    ivr([menu('root', [node('8', 'play', 'hours')], { exhausted: { do: 'queue', to: 'PS' } })], { longestMs: 60_000 }),
    async (house) => {
      const lines = await story(house, '8'.repeat(40), 400_000, 2_000)
      assert.ok(lines.includes('time up') && lines.includes('to queue PS') && lines.includes('talks 201'), lines.join())
    },
  ))

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

test('A3.2.4.1-mode-ivr A3.2.4.2-number: a menu has a number of its own, for callers from outside and for phones of the house', () => {
  const settings = ivr([menu('root', [node('1', 'queue', 'PS')])])
  const { network, routes } = houseWith(settings, { extensions: [{ number: '200', type: 'ivr', target: 'main' }] })
  const own = { code: 'IVR', order: 1, type: 'ivr' as const, to: '200' }
  return inHouse({ network, routes: [own, ...routes] }, async (house) => {
    const { legId, callId } = house.telephony.arrive(callerTo('200', { patienceMs: 600_000 }))!
    const phone = house.telephony.dial(tenant, '8202', '200')!
    await house.pass(7_000)
    assert.equal((await told(house, callId)).slice(0, 2), ['in root', 'heard root_long'])
    assert.equal((await told(house, phone.callId)).slice(0, 2), ['in root', 'heard root_long'])
    house.telephony.press(legId, '1')
    await house.pass(20_000)
    assert.ok((await told(house, callId)).includes('talks 201'))
    house.telephony.act(phone.legId, 'hang_up')
    await house.pass(200_000)
  })
})

test('A3.2.4.2-advanced: whatever is not said of a menu has its default', () => {
  const [root] = ivrSettings.parse({
    code: 'm',
    name: 'M',
    root: 'root',
    menus: [{ code: 'root', name: 'Root', nodes: [] }],
  }).menus
  const { confirmKey, timeoutMs, interDigitMs, maxFailures, maxTimeouts, digitLen, exhausted, greetLong } = root!
  assert.equal(
    { confirmKey, timeoutMs, interDigitMs, maxFailures, maxTimeouts, digitLen, exhausted, greetLong },
    {
      confirmKey: '#',
      timeoutMs: 5_000,
      interDigitMs: 2_000,
      maxFailures: 3,
      maxTimeouts: 3,
      digitLen: 1,
      exhausted: { do: 'hang_up', to: '' },
      greetLong: null,
    },
  )
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
