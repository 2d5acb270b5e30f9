/**
 * Telephones that have keys of their own for what the desk has buttons for: hold, transfer, do not disturb. The whole centre
 * on real servers; who hears whom is told by tones, what is written by the tables. Needs: LIVE_DRACHTIO, LIVE_FREESWITCH.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { until } from '../../support/gate.ts'
import { TonePhone } from '../../support/tone-phone.ts'
import {
  closeFloor,
  CUSTOMER,
  FIRST,
  hears,
  lastCall,
  nothingLeft,
  openFloor,
  SECOND,
  talk,
  type Floor,
} from './floor.ts'

const test = suite<Floor>('keys of telephones')

test.before(openFloor)
test.after(closeFloor)
test.after.each(nothingLeft)

const nobody = (phone: TonePhone, ...tones: number[]): boolean => phone.hears(...tones).length === 0

for (const holdsBy of ['sendonly', 'inactive', '0.0.0.0'] as const)
  test(`C3.3-hold C3.3-hold-music C3.4-resume the hold key (${holdsBy}): on the boards, music, and back`, async (parts) => {
    const { centre, outside, first } = parts
    await talk(parts)
    first.options.holdsBy = holdsBy
    assert.is(await first.hold(true), 200)
    await until('the hold on the boards', async () => (await lastCall(centre))['status'] === 'held')
    await until('silence for the agent, and music', () => nobody(first, CUSTOMER) && nobody(outside, FIRST))
    const packets = outside.packets
    await until('sound for the customer', () => outside.packets > packets + 20)
    assert.is(await first.hold(false), 200)
    await until('the talk on the boards', async () => (await lastCall(centre))['status'] === 'talking')
    await until('both to talk again', () => hears(outside, FIRST) && hears(first, CUSTOMER))
  })

test('held by the key and resumed at the desk, held at the desk and resumed by the key', async (parts) => {
  const { centre, outside, first } = parts
  await talk(parts)
  const here = { callId: (await centre.agent('201'))['callId'], agentCode: '201' }
  await centre.command('calls/hold', here)
  await until('the hold', () => nobody(first, CUSTOMER) && nobody(outside, FIRST))
  assert.is(await first.hold(true), 200)
  assert.is(await first.hold(false), 200)
  await until('both to talk again', () => hears(outside, FIRST) && hears(first, CUSTOMER))
  assert.is(await first.hold(true), 200)
  await until('the hold on the boards', async () => (await lastCall(centre))['status'] === 'held')
  await centre.command('calls/resume', here)
  await until('the talk on the boards', async () => (await lastCall(centre))['status'] === 'talking')
  assert.is(await first.hold(false), 200)
  await until('both to talk at last', () => hears(outside, FIRST) && hears(first, CUSTOMER))
})

test('A2.2-btn-transfer C3.5-blind-transfer the transfer key: the customer goes to the colleague', async (parts) => {
  const { centre, outside, first, second } = parts
  await talk(parts)
  await centre.ready('202')
  assert.is(await first.refer('8202'), 202)
  await until('the customer with the second', () => hears(outside, SECOND) && hears(second, CUSTOMER))
  await until('the first to be let go', () => !first.inCall)
  await until('the outcome', () => first.told.length > 1)
  assert.equal(first.told, ['SIP/2.0 100 Trying', 'SIP/2.0 200 OK'])
  await outside.bye()
  await until('the call in the tables', async () => (await lastCall(centre))['status'] === 'ended')
  const { agentCode, transfers } = await lastCall(centre)
  assert.equal({ agentCode, transfers }, { agentCode: '202', transfers: 1 })
})

for (const [takes, line] of [
  ['busy', 'SIP/2.0 486 Busy Here'],
  ['decline', 'SIP/2.0 603 Decline'],
] as const)
  test(`C3.5-blind-transfer the phone it is transferred to says ${takes}: the key’s phone hears so, and the customer is served`, async (parts) => {
    const { outside, first, second } = parts
    await talk(parts)
    first.told.length = 0
    second.options.takes = takes
    assert.is(await first.refer('8202'), 202)
    await until('the outcome', () => first.told.length > 1)
    assert.equal(first.told, ['SIP/2.0 100 Trying', line])
    await until('the customer with the first again', () => hears(outside, FIRST) && hears(first, CUSTOMER))
  })

test('C3.5-blind-transfer while the phone it is transferred to rings, the key’s phone is free and hears nothing yet', async (parts) => {
  const { centre, outside, first, second } = parts
  await talk(parts)
  await centre.ready('202')
  first.told.length = 0
  second.options.takes = 'ring'
  second.invitation = null
  assert.is(await first.refer('8202'), 202)
  await until('the phone to ring', () => second.invitation !== null)
  await until('the first to be let go', () => !first.inCall)
  assert.equal(first.told, ['SIP/2.0 100 Trying'])
  second.answer()
  await until('the customer with the second', () => hears(outside, SECOND) && hears(second, CUSTOMER))
  await until('the outcome', () => first.told.at(-1) === 'SIP/2.0 200 OK')
})

test('C3.5-consult-transfer the colleague is asked on the second line, and the key connects the two', async (parts) => {
  const { centre, outside, first, second } = parts
  await talk(parts)
  await centre.ready('202')
  const { callId } = await lastCall(centre)
  first.told.length = 0
  assert.is(await first.hold(true), 200)
  await until('the hold on the boards', async () => (await lastCall(centre))['status'] === 'held')
  const line = centre.keep(new TonePhone('8201', { tone: FIRST, secret: 'secret of 8201' }))
  await line.start()
  assert.is(await centre.call(line, '8202'), 200)
  await until('the two colleagues', () => hears(line, SECOND) && hears(second, FIRST))
  assert.is(await first.refer('8202', line), 202)
  await until('the customer with the second', () => hears(outside, SECOND) && hears(second, CUSTOMER))
  await until('the first to be let go, on both lines', () => !first.inCall && !line.inCall)
  assert.equal(first.told, ['SIP/2.0 100 Trying', 'SIP/2.0 200 OK'])
  const here = async () => (await centre.get('/api/v1/calls')).rows.find((row) => row['callId'] === callId)!
  await until('the transfer in the tables', async () => (await here())['agentCode'] === '202')
  assert.is((await here())['transfers'], 1)
  await second.bye()
})

test('the transfer key on hold, as most phones press it; to nobody it is refused, and the talk goes on', async (parts) => {
  const { centre, outside, first, second } = parts
  await talk(parts)
  first.told.length = 0
  assert.is(await first.refer('8299'), 202)
  await until('the refusal', () => first.told.at(-1) === 'SIP/2.0 603 Decline')
  assert.ok(hears(outside, FIRST) && hears(first, CUSTOMER))
  await centre.ready('202')
  assert.is(await first.hold(true), 200)
  await until('the hold on the boards', async () => (await lastCall(centre))['status'] === 'held')
  assert.is(await first.refer('8202'), 202)
  await until('the customer with the second', () => hears(outside, SECOND) && hears(second, CUSTOMER))
  await until('the first to be let go', () => !first.inCall)
})

test('the do-not-disturb key: the offer is refused, its agent has a break, and the next agent gets the call', async (parts) => {
  const { centre, outside, first, second } = parts
  first.options.takes = 'no_calls'
  await centre.ready('201')
  assert.is(await centre.call(outside, '95500'), 200)
  await until('the agent to have a break', async () => (await centre.agent('201'))['work'] === 'not_ready')
  await centre.takesCalls('202')
  await until('the customer with the second', () => hears(outside, SECOND) && hears(second, CUSTOMER))
  assert.is((await lastCall(centre))['agentCode'], '202')
})

test.run()
