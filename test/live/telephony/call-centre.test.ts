/**
 * The whole call centre on real servers: `up` with drachtio and FreeSWITCH, telephones that register, people at desks who
 * act over HTTP, and what the tables say afterwards. Telephones send and detect tones. Needs: LIVE_DRACHTIO, LIVE_FREESWITCH.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { until } from '../../support/gate.ts'
import { TonePhone } from '../../support/tone-phone.ts'
import { Centre, OUTSIDE } from './centre.ts'
import { OwnFreeSwitch } from './freeswitch.ts'
import { OwnDrachtio } from './server.ts'

/** Hz. */
const [CUSTOMER, FIRST, SECOND, SUPERVISOR] = [400, 700, 900, 1100]

const hears = (phone: TonePhone, ...tones: number[]): boolean => phone.hears(...tones).length === tones.length
const nobody = (phone: TonePhone, ...tones: number[]): boolean => phone.hears(...tones).length === 0

const test = suite<{ drachtio: OwnDrachtio; freeswitch: OwnFreeSwitch; centre: Centre; outside: TonePhone }>(
  'a call centre on real servers',
)

test.before.each(async (context) => {
  context.drachtio = await OwnDrachtio.start()
  context.freeswitch = await OwnFreeSwitch.start()
  context.outside = await new TonePhone('13800001111', { tone: CUSTOMER, host: OUTSIDE }).start()
  context.centre = await Centre.open(context.drachtio, context.freeswitch, context.outside.port)
  context.centre.keep(context.outside)
})
test.after.each(async ({ drachtio, freeswitch, centre }) => {
  await until('no channel to be left', async () => (await freeswitch.channels()) === 0)
  await centre.closeAndVerify()
  await drachtio.remove()
  await freeswitch.remove()
})

test('A2.2-btn-hold A2.2-btn-transfer C3.3-hold C3.5-consult-transfer C5.3-whisper in by the gateway, through the queue, held, whispered at, handed over', async ({
  centre,
  outside,
}) => {
  const first = await centre.phone('8201', FIRST, { answerAfterMs: 100 })
  const second = await centre.phone('8202', SECOND, { answerAfterMs: 100 })
  const supervisor = await centre.phone('8900', SUPERVISOR, { answerAfterMs: 100 })
  await centre.ready('201')
  assert.is(await centre.call(outside, '95500'), 200)
  await until('both to talk', () => hears(outside, FIRST) && hears(first, CUSTOMER))
  const { callId } = await centre.agent('201')
  const here = { callId, agentCode: '201' }
  await centre.command('supervisor/whisper', { ...here, supervisorCode: '900', extension: '8900' })
  await until(
    'the whisper',
    () => hears(first, SUPERVISOR) && nobody(outside, SUPERVISOR) && hears(supervisor, CUSTOMER, FIRST),
  )
  await centre.command('calls/hold', here)
  await until('the hold', () => nobody(first, CUSTOMER) && nobody(outside, FIRST) && hears(first, SUPERVISOR))
  await centre.command('calls/resume', here)
  await until('the talk again', () => hears(outside, FIRST) && hears(first, CUSTOMER, SUPERVISOR))
  await centre.ready('202')
  await centre.command('calls/consult', { ...here, toAgentCode: '202' })
  await until('the consultation', () => hears(first, SECOND) && hears(second, FIRST) && nobody(outside, FIRST, SECOND))
  await centre.command('calls/hand-over', here)
  await until('the customer with the second', () => hears(outside, SECOND) && hears(second, CUSTOMER))
  await until('the first to be let go', () => !first.inCall)
  await outside.bye()
  await until('everybody to be let go', () => !second.inCall && !supervisor.inCall)
  await until('the call in the tables', async () => (await centre.get('/api/v1/calls')).rows[0]?.['status'] === 'ended')
  const { rows } = await centre.get('/api/v1/calls')
  assert.is(rows.length, 1)
  const { outcome, agentCode, queueCode, transfers, endedBy } = rows[0]!
  assert.equal(
    { outcome, agentCode, queueCode, transfers, endedBy },
    { outcome: 'answered', agentCode: '202', queueCode: 'service', transfers: 1, endedBy: 'customer' },
  )
  await until('nobody to be left in a call', async () =>
    (await centre.get('/api/v1/agent_monitor')).rows.every(({ callId: left }) => left === null),
  )
})

test('C3.1-agent-leg-first C3.1-internal-by-extension A2.2-btn-dial C21.0-code-busy out by the gateway, inside, and by keys', async ({
  centre,
  outside,
}) => {
  const first = await centre.phone('8201', FIRST, { answerAfterMs: 100 })
  const second = await centre.phone('8202', SECOND, { answerAfterMs: 100 })
  for (const code of ['201', '202']) await centre.ready(code)
  await centre.command('agents/place-call', { agentCode: '201', number: '13800001111' })
  await until('the customer and the agent', () => hears(outside, FIRST) && hears(first, CUSTOMER))
  await first.bye()
  await until('the customer to be let go', () => !outside.inCall)
  await until('the agent to be idle', async () => (await centre.agent('201'))['callId'] === null)

  const inside = centre.call(first, '8202')
  await until('the colleagues', () => hears(first, SECOND) && hears(second, FIRST))
  assert.is(await inside, 200)
  await first.bye()
  await until('the colleague to be let go', () => !second.inCall)

  const dialled = centre.call(first, '13800001111')
  await until('the customer that the phone dialled', () => hears(first, CUSTOMER) && hears(outside, FIRST))
  assert.is(await dialled, 200)
  await outside.bye()
  await until('the phone to be let go', () => !first.inCall)

  assert.is(await centre.call(first, '*100'), 200)
  await until('the agent to be busy', async () => (await centre.agent('201'))['work'] === 'not_ready')
  await until('the phone to be hung up', () => !first.inCall)
  await until('four calls to be over', async () => {
    const { rows } = await centre.get('/api/v1/calls')
    return rows.length === 4 && rows.every(({ status }) => status === 'ended')
  })
})

test('A3.2.3.5-ivr A3.2.4.2-greet-long A3.2.4.3-node-key a caller hears the menu, and their key leads to the agent', async ({
  centre,
  outside,
}) => {
  const first = await centre.phone('8201', FIRST, { answerAfterMs: 100 })
  await centre.ready('201')
  const before = outside.packets
  assert.is(await centre.call(outside, '200'), 200)
  await until('the greeting', () => outside.packets > before + 50)
  await outside.press('1')
  await until('both to talk', () => hears(outside, FIRST) && hears(first, CUSTOMER))
  await outside.bye()
  await until('the agent to be let go', () => !first.inCall)
  await until('the call in the tables', async () => (await centre.get('/api/v1/calls')).rows[0]?.['status'] === 'ended')
  const [call] = (await centre.get('/api/v1/calls')).rows
  assert.is(call!['outcome'], 'answered')
  assert.is(call!['queueCode'], 'service')
})

test.run()
