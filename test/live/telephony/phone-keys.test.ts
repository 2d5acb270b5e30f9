/**
 * Telephones that have keys of their own for what the desk has buttons for: hold, transfer, do not disturb. The whole centre
 * on real servers; who hears whom is told by tones, what is written by the tables. Needs: LIVE_DRACHTIO, LIVE_FREESWITCH.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { until } from '../../support/gate.ts'
import { TonePhone } from '../../support/tone-phone.ts'
import { Centre, COMMAND, OUTSIDE } from './centre.ts'
import { OwnFreeSwitch } from './freeswitch.ts'
import { OwnDrachtio } from './server.ts'

/** Hz; music on hold is none of them. */
const [CUSTOMER, FIRST, SECOND] = [400, 700, 900]

interface Parts {
  drachtio: OwnDrachtio
  freeswitch: OwnFreeSwitch
  centre: Centre
  outside: TonePhone
  first: TonePhone
  second: TonePhone
}

const test = suite<Parts>('keys of telephones')

test.before(async (context) => {
  context.drachtio = await OwnDrachtio.start()
  context.freeswitch = await OwnFreeSwitch.start()
  context.outside = await new TonePhone('13800001111', { tone: CUSTOMER, host: OUTSIDE }).start()
  context.centre = await Centre.open(context.drachtio, context.freeswitch, context.outside.port)
  context.centre.keep(context.outside)
  context.first = await context.centre.phone('8201', FIRST, { answerAfterMs: 100 })
  context.second = await context.centre.phone('8202', SECOND, { answerAfterMs: 100 })
})
test.after(async ({ drachtio, freeswitch, centre }) => {
  const data = await centre.close()
  const verify = spawn(process.execPath, [COMMAND, '--lang', 'en', 'verify', '--data', data], { stdio: 'ignore' })
  const [code] = (await once(verify, 'exit')) as [number]
  await centre.remove()
  await drachtio.remove()
  await freeswitch.remove()
  assert.is(code, 0, 'verify agrees')
})
test.after.each(async ({ centre, freeswitch, outside, first, second }) => {
  for (const phone of [outside, first, second]) {
    if (phone.inCall) await phone.bye()
    Object.assign(phone.options, { takes: 'answer', holdsBy: 'sendonly' })
  }
  await until('no channel to be left', async () => (await freeswitch.channels()) === 0)
  await until('every call to be over', async () => {
    const { rows } = await centre.get('/api/v1/calls')
    return rows.length > 0 && rows.every(({ status }) => status === 'ended')
  })
  await until('nobody to be in a call', async () =>
    (await centre.get('/api/v1/agent_monitor')).rows.every(
      ({ callId, callState }) => callId === null && callState === 'idle',
    ),
  )
  for (const agentCode of ['201', '202'])
    if ((await centre.agent(agentCode))?.['work'] !== 'signed_out')
      await centre.command('agents/sign-out', { agentCode }).catch(() => {})
})

const hears = (phone: TonePhone, ...tones: number[]): boolean => phone.hears(...tones).length === tones.length
const nobody = (phone: TonePhone, ...tones: number[]): boolean => phone.hears(...tones).length === 0

async function talk({ centre, outside, first }: Parts): Promise<void> {
  await centre.ready('201')
  assert.is(await centre.call(outside, '95500'), 200)
  await until('both to talk', () => hears(outside, FIRST) && hears(first, CUSTOMER))
}

const last = async (centre: Centre) =>
  (await centre.get('/api/v1/calls')).rows.toSorted((a, b) =>
    String(b['receivedAt']).localeCompare(String(a['receivedAt'])),
  )[0]!

for (const holdsBy of ['sendonly', 'inactive', '0.0.0.0'] as const)
  test(`C3.3-hold C3.3-hold-music C3.4-resume the hold key (${holdsBy}): on the boards, music, and back`, async (parts) => {
    const { centre, outside, first } = parts
    await talk(parts)
    first.options.holdsBy = holdsBy
    assert.is(await first.hold(true), 200)
    await until('the hold on the boards', async () => (await last(centre))['status'] === 'held')
    await until('silence for the agent, and music', () => nobody(first, CUSTOMER) && nobody(outside, FIRST))
    const packets = outside.packets
    await until('sound for the customer', () => outside.packets > packets + 20)
    assert.is(await first.hold(false), 200)
    await until('the talk on the boards', async () => (await last(centre))['status'] === 'talking')
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
  await until('the hold on the boards', async () => (await last(centre))['status'] === 'held')
  await centre.command('calls/resume', here)
  await until('the talk on the boards', async () => (await last(centre))['status'] === 'talking')
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
  assert.equal(first.told, ['SIP/2.0 100 Trying', 'SIP/2.0 200 OK'])
  await outside.bye()
  await until('the call in the tables', async () => (await last(centre))['status'] === 'ended')
  const { agentCode, transfers } = await last(centre)
  assert.equal({ agentCode, transfers }, { agentCode: '202', transfers: 1 })
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
  await until('the hold on the boards', async () => (await last(centre))['status'] === 'held')
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
  await centre.ready('202')
  await until('the customer with the second', () => hears(outside, SECOND) && hears(second, CUSTOMER))
  assert.is((await last(centre))['agentCode'], '202')
})

test.run()
