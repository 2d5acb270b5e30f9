/** What callers hear and key in voice menus, through the whole switchboard on the virtual clock. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ivrSettings } from '@ledgerline/core/ivr/settings.ts'
import { inHouse } from '../acd/in-house.ts'
import { callerTo, tenant } from '../support/house.ts'
import { eventsOf, inMenus, keys, story, told } from './in-menus.ts'
import { houseWith, ivr, menu, node } from './menus.ts'

const test = suite('voice menus')

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

test.run()
