/**
 * A call centre that is stopped politely and started again, as for an upgrade: nobody who talks, waits or is on hold
 * notices; phones stop ringing and are called again. Needs: LIVE_DRACHTIO, LIVE_FREESWITCH.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { until } from '../../support/gate.ts'
import { TonePhone } from '../../support/tone-phone.ts'
import { Centre, OUTSIDE } from './centre.ts'
import { OwnFreeSwitch } from './freeswitch.ts'
import { OwnDrachtio } from './server.ts'

/** Hz. */
const [CUSTOMER, FIRST, WAITING] = [400, 700, 1100]

interface Parts {
  drachtio: OwnDrachtio
  freeswitch: OwnFreeSwitch
  centre: Centre
  outside: TonePhone
  waiting: TonePhone
  first: TonePhone
}

const test = suite<Parts>('a call centre that is stopped and started again')

test.before(async (context) => {
  context.drachtio = await OwnDrachtio.start()
  context.freeswitch = await OwnFreeSwitch.start()
  context.outside = await new TonePhone('13800001111', { tone: CUSTOMER, host: OUTSIDE }).start()
  context.waiting = await new TonePhone('13800002222', { tone: WAITING, host: OUTSIDE }).start()
  context.centre = await Centre.open(context.drachtio, context.freeswitch, context.outside.port)
  for (const phone of [context.outside, context.waiting]) context.centre.keep(phone)
  context.first = await context.centre.phone('8201', FIRST, { answerAfterMs: 100 })
})
test.after(async ({ drachtio, freeswitch, centre }) => {
  await centre.close()
  await centre.remove()
  await drachtio.remove()
  await freeswitch.remove()
})

const hears = (phone: TonePhone, ...tones: number[]): boolean => phone.hears(...tones).length === tones.length

test('they talk on, the next caller keeps their place, and is answered once the agent is free', async (parts) => {
  const { centre, outside, waiting, first, freeswitch } = parts
  await centre.ready('201')
  assert.is(await centre.call(outside, '95500'), 200)
  await until('both to talk', () => hears(outside, FIRST) && hears(first, CUSTOMER))
  assert.is(await centre.call(waiting, '95500'), 200)
  await until('the next caller in the queue', async () =>
    (await centre.get('/api/v1/calls')).rows.some(({ status }) => status === 'waiting'),
  )
  const before = await calls(centre)

  await centre.stop()
  assert.is(await freeswitch.channels(), 3, 'nobody was cut off')
  await until('the talk without us', () => hears(outside, FIRST) && hears(first, CUSTOMER))
  await centre.again()
  await until('the house to own its calls again', async () => {
    const { switchboard } = (await centre.get('/health')) as { switchboard?: { role?: string } }
    return switchboard?.role === 'owner'
  })
  assert.equal(await calls(centre), before)
  await centre.command('calls/hold', { callId: (await centre.agent('201'))['callId'], agentCode: '201' })
  await until('the hold', () => !hears(outside, FIRST) && !hears(first, CUSTOMER))
  await centre.command('calls/resume', { callId: (await centre.agent('201'))['callId'], agentCode: '201' })
  await until('the talk again', () => hears(outside, FIRST) && hears(first, CUSTOMER))

  await centre.command('calls/hang-up', { callId: (await centre.agent('201'))['callId'], agentCode: '201' })
  await until('the next caller with the agent', () => hears(waiting, FIRST) && hears(first, WAITING))
  await waiting.bye()
  await until('no channel to be left', async () => (await freeswitch.channels()) === 0)
  await until('every call to be over', async () => (await calls(centre)).every(([, status]) => status === 'ended'))
})

async function calls(centre: Centre): Promise<unknown[][]> {
  const { rows } = await centre.get('/api/v1/calls')
  return rows.map(({ callId, status }) => [callId, status]).toSorted()
}

test.run()
