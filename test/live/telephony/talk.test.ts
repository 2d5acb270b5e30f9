/**
 * Who hears whom, on real servers: telephones send a tone each and say which tones they hear. Every test ends with
 * nothing left of its calls. Needs: LIVE_DRACHTIO, LIVE_FREESWITCH.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { SupervisorMode } from '@ledgerline/core/telephony/port.ts'
import { OwnFreeSwitch } from './freeswitch.ts'
import { CallHouse, COMPLETED, hear, tones, type Talk } from './house.ts'
import { OwnDrachtio } from './server.ts'
import { readWave, secondsOf } from './wave.ts'

const { customer: CUSTOMER, agent: AGENT, third: THIRD, supervisor: SUPERVISOR } = tones
const { music: MUSIC, prompt: PROMPT, waiting: WAITING, beep: BEEP } = tones

const test = suite<{ drachtio: OwnDrachtio; freeswitch: OwnFreeSwitch; house: CallHouse }>('who hears whom')

test.before(async (context) => {
  context.drachtio = await OwnDrachtio.start()
  context.freeswitch = await OwnFreeSwitch.start()
})
test.after(async ({ drachtio, freeswitch }) => {
  await drachtio.remove()
  await freeswitch.remove()
})
test.before.each(async (context) => {
  context.house = await CallHouse.ready(context.drachtio, context.freeswitch)
})
test.after.each(async ({ house, freeswitch }) => {
  await house.close()
  await house.until('no channel to be left', async () => (await freeswitch.channels()) === 0)
})

test('A2.2-btn-answer A2.2-btn-hangup a caller and an agent hear each other; the agent hangs up', async ({ house }) => {
  const { customer, agent, legId } = await house.talk()
  await agent.bye()
  assert.equal(await house.ends('A'), { by: 'agent', cause: 16, sip: null, reason: 'hung_up' })
  assert.ok(customer.inCall, 'the switchboard decides what becomes of the customer')
  await house.send({ do: 'hang_up', legId, end: COMPLETED })
  await house.until('the customer to be let go', () => !customer.inCall)
  await house.leaves()
})

test('A2.2-btn-hangup the customer hangs up; the agent’s phone is let go by command', async ({ house }) => {
  const { customer, agent, legId } = await house.talk()
  await customer.bye()
  assert.is((await house.ends(legId)).by, 'customer')
  await house.send({ do: 'hang_up', legId: 'A', end: COMPLETED })
  await house.until('the agent’s phone to be let go', () => !agent.inCall)
  await house.leaves()
})

test('A2.2-btn-hold C3.3-hold C3.3-hold-music C3.4-resume held, the customer hears music and the agent nothing', async ({
  house,
}) => {
  const { customer, agent, legId } = await house.talk()
  await house.send({ do: 'hold', legId, music: null })
  await hear([customer, MUSIC], [agent])
  await house.send({ do: 'resume', legId, to: 'A' })
  await hear([customer, AGENT], [agent, CUSTOMER])
  assert.equal([house.of('held').length, house.of('resumed').length], [1, 1])
  await end(house, 'A', legId)
})

test('C3.3-hold the phone’s own hold key: the customer hears music, and it is reported', async ({ house }) => {
  const { customer, agent, legId } = await house.talk()
  assert.is(await agent.hold(true), 200)
  await house.report('held', 'A')
  await house.send({ do: 'hold', legId, music: null })
  await hear([customer, MUSIC], [agent])
  assert.is(await agent.hold(false), 200)
  await house.report('resumed', 'A')
  await house.send({ do: 'resume', legId, to: 'A' })
  await hear([customer, AGENT], [agent, CUSTOMER])
  await end(house, 'A', legId)
})

test('A2.2-btn-transfer C3.5-blind-transfer the customer hears music until the next agent is there', async ({
  house,
}) => {
  const { customer, agent, legId, callId } = await house.talk()
  const third = await house.phone('8202', THIRD)
  await house.send({ do: 'hold', legId, music: null })
  await house.send({ do: 'hang_up', legId: 'A', end: COMPLETED })
  await hear([customer, MUSIC])
  await house.reach('B', callId, '8202')
  await house.send({ do: 'bridge', legId: 'B', to: legId })
  await hear([customer, THIRD], [third, CUSTOMER], [agent])
  assert.not(agent.inCall)
  await end(house, 'B', legId)
})

test('C3.5-consult-transfer agent and third talk while the customer hears music, then customer and third', async ({
  house,
}) => {
  const { customer, agent, third, legId } = await consulting(house)
  await house.send({ do: 'bridge', legId, to: 'B' })
  await hear([customer, THIRD], [third, CUSTOMER], [agent])
  assert.ok(agent.inCall, 'the agent’s phone has a dead line until it is hung up')
  await house.send({ do: 'hang_up', legId: 'A', end: COMPLETED })
  await hear([customer, THIRD], [third, CUSTOMER])
  await end(house, 'B', legId)
})

test('C3.5-consult-transfer the third refuses: back to the customer', async ({ house }) => {
  const { customer, agent, third, legId } = await consulting(house)
  await third.bye()
  await house.ends('B')
  await hear([customer, MUSIC], [agent])
  await house.send({ do: 'resume', legId, to: 'A' })
  await hear([customer, AGENT], [agent, CUSTOMER])
  await end(house, 'A', legId)
})

test('A2.2-btn-three-way all three hear each other, and two go on when one leaves', async ({ house }) => {
  const { customer, agent, third, legId } = await consulting(house)
  await house.send({ do: 'conference', conferenceId: 'room', legIds: [legId, 'A', 'B'] })
  await hear([customer, AGENT, THIRD], [agent, CUSTOMER, THIRD], [third, CUSTOMER, AGENT])
  await third.bye()
  await house.ends('B')
  await hear([customer, AGENT], [agent, CUSTOMER])
  await house.send({ do: 'bridge', legId: 'A', to: legId })
  await hear([customer, AGENT], [agent, CUSTOMER])
  await end(house, 'A', legId)
})

test('C5.2-listen C5.3-whisper a supervisor changes between listening, whispering and three-way while it runs', async ({
  house,
}) => {
  const { talk, supervisor, supervise } = await supervised(house)
  const { customer, agent, legId } = talk
  await supervise('listen')
  await hear([supervisor, CUSTOMER, AGENT], [agent, CUSTOMER], [customer, AGENT])
  await supervise('whisper')
  await hear([supervisor, CUSTOMER, AGENT], [agent, CUSTOMER, SUPERVISOR], [customer, AGENT])
  await supervise('three_way')
  await hear([supervisor, CUSTOMER, AGENT], [agent, CUSTOMER, SUPERVISOR], [customer, AGENT, SUPERVISOR])
  await supervise('listen')
  await hear([supervisor, CUSTOMER, AGENT], [agent, CUSTOMER], [customer, AGENT])
  await supervisor.bye()
  assert.is((await house.ends('S')).by, 'supervisor')
  await hear([agent, CUSTOMER], [customer, AGENT])
  await end(house, 'A', legId)
})

test('C5.2-listen a key on the supervisor’s phone does not let them be heard', async ({ house }) => {
  const { talk, supervisor, supervise } = await supervised(house)
  const { customer, agent, legId } = talk
  await supervise('listen')
  await hear([supervisor, CUSTOMER, AGENT], [agent, CUSTOMER], [customer, AGENT])
  await supervisor.press('3')
  await house.until('the key to be heard', () => house.of('digit', 'S').length > 0)
  await hear([supervisor, CUSTOMER, AGENT], [agent, CUSTOMER], [customer, AGENT])
  await end(house, 'S', 'A', legId)
})

test('C5.3-whisper through hold: the supervisor stays with the agent, and the customer has their music', async ({
  house,
}) => {
  const { talk, supervisor, supervise } = await supervised(house)
  const { customer, agent, legId } = talk
  await supervise('whisper')
  await hear([supervisor, CUSTOMER, AGENT], [agent, CUSTOMER, SUPERVISOR], [customer, AGENT])
  await house.send({ do: 'hold', legId, music: null })
  await supervise('whisper', null)
  await hear([supervisor, AGENT], [agent, SUPERVISOR], [customer, MUSIC])
  await supervise('listen', null)
  await hear([supervisor, AGENT], [agent], [customer, MUSIC])
  await house.send({ do: 'resume', legId, to: 'A' })
  await supervise('listen')
  await hear([supervisor, CUSTOMER, AGENT], [agent, CUSTOMER], [customer, AGENT])
  await end(house, 'S', 'A', legId)
})

test('C5.3-whisper through a consultation and the transfer: the supervisor follows the agent, then the customer’s new one', async ({
  house,
}) => {
  const { talk, supervisor, supervise } = await supervised(house)
  const { customer, agent, legId, callId } = talk
  await supervise('whisper')
  const third = await house.phone('8202', THIRD)
  await house.send({ do: 'hold', legId, music: null })
  await supervise('whisper', null)
  await house.reach('B', callId, '8202', 'consultation')
  await house.send({ do: 'bridge', legId: 'A', to: 'B' })
  await hear([supervisor, AGENT, THIRD], [agent, THIRD, SUPERVISOR], [third, AGENT], [customer, MUSIC])
  await house.send({ do: 'bridge', legId, to: 'B' })
  await house.send({ do: 'hang_up', legId: 'A', end: COMPLETED })
  await house.send({ do: 'supervise', legId: 'S', customerLegId: legId, agentLegId: 'B', mode: 'whisper' })
  await hear([supervisor, CUSTOMER, THIRD], [third, CUSTOMER, SUPERVISOR], [customer, THIRD])
  await end(house, 'S', 'B', legId)
})

test('C5.3-whisper in a conference: the supervisor is heard by their agent alone', async ({ house }) => {
  const { talk, supervisor, supervise } = await supervised(house)
  const { customer, agent, legId, callId } = talk
  const third = await house.phone('8202', THIRD)
  await house.reach('B', callId, '8202', 'consultation')
  await house.send({ do: 'conference', conferenceId: 'room', legIds: [legId, 'A', 'B'] })
  await supervise('listen')
  const others = [
    [customer, AGENT, THIRD],
    [third, CUSTOMER, AGENT],
  ] as const
  await hear([supervisor, CUSTOMER, AGENT, THIRD], [agent, CUSTOMER, THIRD], ...others)
  await supervise('whisper')
  await hear([supervisor, CUSTOMER, AGENT, THIRD], [agent, CUSTOMER, THIRD, SUPERVISOR], ...others)
  await end(house, 'S', 'B', 'A', legId)
})

test('C5.4-barge the supervisor takes over: they talk with the customer, the first agent’s part ends', async ({
  house,
}) => {
  const { talk, supervisor, supervise } = await supervised(house)
  const { customer, agent, legId } = talk
  await supervise('whisper')
  await house.send({ do: 'bridge', legId, to: 'S' })
  await house.send({ do: 'hang_up', legId: 'A', end: { ...COMPLETED, by: 'supervisor', reason: 'taken_over' } })
  await hear([customer, SUPERVISOR], [supervisor, CUSTOMER], [agent])
  assert.not(agent.inCall)
  await end(house, 'S', legId)
})

test('C5.5-break both are disconnected by force', async ({ house }) => {
  const { customer, agent, legId } = await house.talk()
  for (const leg of ['A', legId])
    await house.send({ do: 'hang_up', legId: leg, end: { by: 'supervisor', cause: 16, sip: null, reason: 'forced' } })
  await house.until('both phones to be let go', () => !customer.inCall && !agent.inCall)
  assert.is((await house.ends(legId)).reason, 'forced')
  await house.leaves()
})

test('A3.2.4.3.8-play a prompt is heard once to its end; a repeating one goes on, and after another prompt again', async ({
  house,
}) => {
  const { caller, legId } = await answered(house)
  await house.send({ do: 'play', legId, media: 'welcome', repeat: false })
  await hear([caller, PROMPT])
  await house.until('its end', () => house.of('played').length > 0)
  assert.equal(
    house.of('played').map(({ media, complete }) => [media, complete]),
    [['welcome', true]],
  )
  await hear([caller])
  await house.send({ do: 'play', legId, media: 'waiting', repeat: true })
  await hear([caller, WAITING])
  await house.send({ do: 'play', legId, media: 'welcome', repeat: false })
  await hear([caller, PROMPT])
  await hear([caller, WAITING])
  assert.is(house.of('played').length, 2)
  await house.send({ do: 'play', legId, media: 'welcome', repeat: false })
  await house.send({ do: 'play', legId, media: 'other', repeat: false })
  await house.until('the second prompt to end', () => house.of('played').length === 4)
  assert.equal(
    house
      .of('played')
      .slice(2)
      .map(({ media, complete }) => [media, complete]),
    [
      ['welcome', false],
      ['other', true],
    ],
  )
  await end(house, legId)
})

test('keys are gathered early, during a prompt, and late; RFC 4733', async ({ house }) => {
  const { caller, legId } = await answered(house)
  await house.send({ do: 'play', legId, media: 'welcome', repeat: false })
  await house.send({ do: 'collect', legId, maxDigits: 3, waitMs: 10_000 })
  await caller.press('12#')
  await house.report('collected', legId)
  assert.equal(
    house.of('played').map(({ complete }) => complete),
    [false],
    'the first key ends the prompt',
  )
  await hear([caller])
  await house.send({ do: 'collect', legId, maxDigits: 4, waitMs: 700 })
  await caller.press('7')
  await house.until('the pause to be over', () => house.of('collected').length === 2)
  await caller.press('*')
  await house.until('a key that nobody asked for', () => house.of('digit').length === 1)
  assert.equal(
    house.of('collected').map(({ digits, complete }) => [digits, complete]),
    [
      ['12#', true],
      ['7', false],
    ],
  )
  assert.is(house.of('digit')[0]!.digit, '*')
  await end(house, legId)
})

test('keys by SIP INFO count as much', async ({ house }) => {
  const { caller, legId } = await answered(house)
  await house.send({ do: 'collect', legId, maxDigits: 2, waitMs: 10_000 })
  for (const key of '49') assert.is(await caller.inform(key), 200)
  await house.report('collected', legId)
  assert.is(await caller.inform('5'), 200)
  await house.report('digit', legId)
  assert.equal([house.of('collected')[0]!.digits, house.of('digit').map(({ digit }) => digit)], ['49', ['5']])
  await end(house, legId)
})

test('talk ends both prompt and question', async ({ house }) => {
  const { caller, legId, callId } = await answered(house)
  const agent = await house.phone('8201', AGENT)
  await house.send({ do: 'play', legId, media: 'waiting', repeat: true })
  await house.send({ do: 'collect', legId, maxDigits: 2, waitMs: 60_000 })
  await house.reach('A', callId, '8201')
  await house.send({ do: 'bridge', legId: 'A', to: legId })
  await hear([caller, AGENT], [agent, CUSTOMER])
  assert.equal(
    house.of('collected').map(({ digits, complete }) => [digits, complete]),
    [['', false]],
  )
  await end(house, 'A', legId)
})

test('a recording holds the customer left and the agent right, and silence where it was masked', async ({
  house,
  freeswitch,
}) => {
  const { customer, agent, legId } = await house.talk()
  await house.send({ do: 'record', legId, recordingId: 'r1', on: true })
  await heardMore(customer, 1)
  await house.send({ do: 'mask', legId, recordingId: 'r1', on: true })
  await heardMore(customer, 1)
  await hear([customer, AGENT], [agent, CUSTOMER])
  await house.send({ do: 'mask', legId, recordingId: 'r1', on: false })
  await heardMore(customer, 1)
  await house.send({ do: 'record', legId, recordingId: 'r1', on: false })
  await house.until('the end of the recording', () => house.recorded.length > 0)
  assert.equal(house.recorded, ['r1'])
  const path = join(freeswitch.directory, 'r1.wav')
  await house.until('the file to be written', () => statSync(path).size > 44)
  const { channels, rate, bytes } = readWave(path)
  assert.is(channels.length, 2)
  assert.ok(bytes > 3 * rate * 4 * 0.8, `three seconds and more: ${bytes} bytes`)
  const [left, right] = channels as [Float32Array, Float32Array]
  for (const [side, theirs, other] of [
    [left, CUSTOMER, AGENT],
    [right, AGENT, CUSTOMER],
  ] as const) {
    assert.ok(secondsOf(side, rate, theirs) > 1.5, `${theirs} Hz: ${secondsOf(side, rate, theirs)} s`)
    assert.is(secondsOf(side, rate, other), 0)
    assert.ok(secondsOf(side, rate, 0) > 0.7, `silence: ${secondsOf(side, rate, 0)} s`)
  }
  await end(house, 'A', legId)
})

test('a recording that the customer ends by hanging up is reported and whole', async ({ house, freeswitch }) => {
  const { customer, legId } = await house.talk()
  await house.send({ do: 'record', legId, recordingId: 'r2', on: true })
  await heardMore(customer, 1)
  await customer.bye()
  await house.ends(legId)
  await house.until('the end of the recording', () => house.recorded.length > 0)
  const path = join(freeswitch.directory, 'r2.wav')
  await house.until('the file to be written', () => statSync(path).size > 44)
  const { channels, rate } = readWave(path)
  assert.ok(secondsOf(channels[0]!, rate, CUSTOMER) > 0.5)
  await end(house, 'A')
})

test('C4.4-long-sign-in C4.4-a2-beep C4.4-b4-hangup-button a phone kept connected: beep, customer, hang-up keeps the phone', async ({
  house,
}) => {
  const agent = await house.phone('8201', AGENT)
  await house.reach('kept', 'shift:1', '8201', 'standing')
  for (const put of ['first', 'second']) {
    const { caller, legId, callId } = await answered(house, `1380000${put.length}`)
    let beeped = false
    const listening = setInterval(() => (beeped ||= agent.hears(BEEP).length > 0), 20)
    await house.dial(put, callId, '', { to: { kind: 'standing', legId: 'kept' } })
    await house.report('answered', put)
    await house.until('the beep', () => beeped)
    clearInterval(listening)
    assert.is(house.of('ringing', put).length, 0)
    await house.send({ do: 'bridge', legId: put, to: legId })
    await hear([caller, AGENT], [agent, CUSTOMER])
    await house.send({ do: 'hang_up', legId: put, end: COMPLETED })
    await house.send({ do: 'hang_up', legId, end: COMPLETED })
    await house.until('the customer to be let go', () => !caller.inCall)
    await hear([agent])
    assert.ok(agent.inCall)
  }
  await agent.bye()
  assert.is((await house.ends('kept')).by, 'agent')
  await house.leaves()
})

test('C4.4-b5-stop-resume hanging up the phone that is kept connected ends its call, too', async ({ house }) => {
  const agent = await house.phone('8201', AGENT)
  await house.reach('kept', 'shift:1', '8201', 'standing')
  const { caller, legId, callId } = await answered(house)
  await house.dial('put', callId, '', { to: { kind: 'standing', legId: 'kept' } })
  await house.report('answered', 'put')
  await house.send({ do: 'bridge', legId: 'put', to: legId })
  await hear([caller, AGENT], [agent, CUSTOMER])
  await agent.bye()
  await house.ends('put')
  await house.ends('kept')
  await end(house, legId)
})

test('keys that we send are heard by the phone (RFC 4733)', async ({ house }) => {
  const { customer, legId } = await house.talk()
  await house.send({ do: 'tone', legId, digits: '80#' })
  await house.until('the keys', () => customer.keys === '80#')
  await end(house, 'A', legId)
})

/** Hangs these up and sees that nothing is left. */
async function end(house: CallHouse, ...legs: string[]): Promise<void> {
  for (const legId of legs) await house.send({ do: 'hang_up', legId, end: COMPLETED })
  await house.leaves()
}

async function answered(house: CallHouse, number?: string) {
  const caller = await house.outside(number)
  const { legId, callId, status } = await house.incoming(caller)
  await house.send({ do: 'answer', legId })
  assert.is(await status, 200)
  return { caller, legId, callId }
}

/** The agent talks with a third party, the customer hears music. */
async function consulting(house: CallHouse) {
  const talk = await house.talk()
  const third = await house.phone('8202', THIRD)
  await house.send({ do: 'hold', legId: talk.legId, music: null })
  await house.reach('B', talk.callId, '8202', 'consultation')
  await house.send({ do: 'bridge', legId: 'A', to: 'B' })
  await hear([talk.customer, MUSIC], [talk.agent, THIRD], [third, AGENT])
  return { ...talk, third }
}

/** A supervisor whose phone is there. */
async function supervised(house: CallHouse) {
  const talk: Talk = await house.talk()
  const supervisor = await house.phone('8900', SUPERVISOR)
  await house.reach('S', talk.callId, '8900', 'supervisor')
  const supervise = (mode: SupervisorMode, customerLegId: string | null = talk.legId): Promise<void> =>
    house.send({ do: 'supervise', legId: 'S', customerLegId, agentLegId: 'A', mode })
  return { talk, supervisor, supervise }
}

/** A phone has heard this many seconds more. */
async function heardMore(phone: Talk['customer'], seconds: number): Promise<void> {
  const from = phone.samples
  while (phone.samples - from < seconds * 8_000) await new Promise((resolve) => setTimeout(resolve, 20))
}

test.run()
