/**
 * A phone that sends nothing while it holds the call by its own key is not taken for one that is gone, however long it
 * takes; one that sends nothing in a talk is. Needs: LIVE_DRACHTIO, LIVE_FREESWITCH, which must heed FS_MEDIA_TIMEOUT_MS.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { until } from '../../support/gate.ts'
import { OwnFreeSwitch } from './freeswitch.ts'
import { CallHouse, COMPLETED, hear, tones } from './house.ts'
import { OwnDrachtio } from './server.ts'

const { customer: CUSTOMER, agent: AGENT, music: MUSIC } = tones
/** How long the media server waits for sound. */
const SILENCE_MS = 2_000

const test = suite<{ drachtio: OwnDrachtio; freeswitch: OwnFreeSwitch; house: CallHouse }>('silence on hold')

test.before(async (context) => {
  context.drachtio = await OwnDrachtio.start()
  process.env['FS_MEDIA_TIMEOUT_MS'] = String(SILENCE_MS)
  context.freeswitch = await OwnFreeSwitch.start()
})
test.after(async ({ drachtio, freeswitch }) => {
  delete process.env['FS_MEDIA_TIMEOUT_MS']
  await drachtio.remove()
  await freeswitch.remove()
})

test('C3.3-hold a phone is silent while it holds, for as long as it likes, and no longer', async (context) => {
  const { freeswitch } = context
  const house = await CallHouse.ready(context.drachtio, freeswitch, { probe: { everyMs: 2_000, answerMs: 1_000 } })
  const { customer, agent, legId } = await house.talk()
  assert.is(await agent.hold(true, true), 200)
  await house.report('held', 'A')
  await house.send({ do: 'hold', legId, music: null })
  await hear([customer, MUSIC])
  // As told by sound, not by a clock: what the customer hears meanwhile.
  const from = customer.samples
  await until('three times as long', () => customer.samples - from > 3 * 8 * SILENCE_MS, 60_000)
  assert.equal(house.of('ended'), [])
  assert.is(await agent.hold(false), 200)
  await house.report('resumed', 'A')
  await house.send({ do: 'resume', legId, to: 'A' })
  await hear([customer, AGENT], [agent, CUSTOMER])
  agent.unplug()
  assert.is((await house.ends('A')).reason, 'no_media')
  await house.send({ do: 'hang_up', legId, end: COMPLETED })
  await house.leaves()
  await house.close()
})

test.run()
