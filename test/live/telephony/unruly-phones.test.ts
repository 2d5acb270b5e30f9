/**
 * Agents' and callers' telephones that lose a BYE, hang up at once, pick up too late or send callers elsewhere: nobody stays
 * reserved, and no call stays open. The races themselves: `races.test.ts`. Needs: LIVE_DRACHTIO, LIVE_FREESWITCH.
 * Time limit: 300 s.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { until } from '../../support/gate.ts'
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

const test = suite<Floor>('agents with unruly telephones')

test.before(openFloor)
test.after(closeFloor)
test.after.each(nothingLeft)

/** Longer than it takes to ask a phone whether it is there. */
const NOTICED_MS = 60_000

test('the BYE of an agent’s phone is lost: their call ends, and they get the next one', async (parts) => {
  const { centre, outside, first } = parts
  await talk(parts)
  first.options.sendsInVain = ['BYE']
  void first.bye()
  await until('the customer to be let go', () => !outside.inCall, NOTICED_MS)
  first.behave()
  await until('the call to be over', async () => (await lastCall(centre))['status'] === 'ended')
  assert.is((await lastCall(centre))['endedBy'], 'agent')
  assert.is(await centre.call(outside, '95500'), 200)
  await until('the next call', () => hears(outside, FIRST) && hears(first, CUSTOMER))
})

test('the BYE of a caller is lost: the agent is let go', async (parts) => {
  const { centre, outside, first } = parts
  await talk(parts)
  outside.options.sendsInVain = ['BYE']
  void outside.bye()
  await until('the agent to be let go', () => !first.inCall, NOTICED_MS)
  outside.behave()
  await until('the call to be over', async () => (await lastCall(centre))['status'] === 'ended')
  assert.is((await lastCall(centre))['endedBy'], 'customer')
})

test('our BYE is lost: the agent gets the next call all the same', async (parts) => {
  const { centre, outside, first, second } = parts
  await talk(parts)
  first.options.loses = ['BYE']
  await outside.bye()
  await until('the agent to be idle', async () => (await centre.agent('201'))['callId'] === null)
  await until('the call to be over', async () => (await lastCall(centre))['status'] === 'ended')
  await centre.ready('202')
  assert.is(await centre.call(outside, '95500'), 200)
  // Their phone says that it is busy, since it has not heard of the end.
  await until('the next agent', () => hears(outside, SECOND) && hears(second, CUSTOMER))
})

test('an agent’s phone hangs up at the moment it is connected: the caller goes on to the next agent', async (parts) => {
  const { centre, outside, first, second } = parts
  first.options.hangsUpAtOnce = true
  await centre.ready('201')
  assert.is(await centre.call(outside, '95500'), 200)
  await until('the first phone to have hung up', () => first.asked.includes('ACK') && !first.inCall)
  await until('the call to be over, or the caller to wait', async () => {
    const { status } = await lastCall(centre)
    return status === 'ended' || status === 'waiting' || status === 'offered'
  })
  first.behave()
  if ((await lastCall(centre))['status'] !== 'ended') {
    await centre.takesCalls('202')
    await until('an agent', () => hears(outside, SECOND) || hears(outside, FIRST))
  }
  assert.ok(second)
})

test('a caller hangs up at the moment they are answered, and one whose CANCEL meets the answer', async (parts) => {
  const { centre, outside } = parts
  await centre.ready('201')
  for (const quirk of ['hangsUpAtOnce', 'crosses'] as const) {
    outside.options[quirk] = true
    assert.is(await centre.call(outside, '95500'), 200)
    await until('the call to be over', async () => (await lastCall(centre))['status'] === 'ended')
    outside.behave()
  }
})

test('an agent’s phone picks up at the moment it is no longer called', async (parts) => {
  const { centre, outside, first } = parts
  Object.assign(first.options, { takes: 'ring', crosses: true })
  await centre.ready('201')
  first.asked.length = 0
  assert.is(await centre.call(outside, '95500'), 200)
  await until('the phone to ring', () => first.asked.includes('INVITE'))
  await outside.bye()
  await until('the phone to be let go', () => first.asked.includes('BYE') && !first.inCall)
})

test('a phone that sends callers elsewhere (302): nobody there is called, and the next agent takes them', async (parts) => {
  const { centre, outside, first, second } = parts
  first.options.takes = 'elsewhere'
  await centre.ready('201')
  assert.is(await centre.call(outside, '95500'), 200)
  await until('the refusal', () => first.asked.includes('ACK'))
  await centre.takesCalls('202')
  await until('the next agent', () => hears(outside, SECOND) && hears(second, CUSTOMER))
})

test.run()
