/**
 * A call centre whose drachtio-server or FreeSWITCH is killed, and started again, in every phase of a call. Without drachtio
 * talk goes on, and what rang rings again; without FreeSWITCH whoever it held is let go, with the reason. Afterwards the next
 * call is served, and nothing is left of any. Needs: LIVE_DRACHTIO, LIVE_FREESWITCH.
 *
 * Time limit: 300 s.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  closeFaultHouse,
  CUSTOMER,
  FIRST,
  goesOn,
  hangUp,
  nothingLeft,
  openFaultHouse,
  phases,
  registered,
  SECOND,
  takesCalls,
  talking,
  type FaultHouse,
  type Phase,
} from './fault-house.ts'

const test = suite<FaultHouse>('a call centre whose servers are killed')

test.before(async (context) => void Object.assign(context, await openFaultHouse()))
test.after(closeFaultHouse)

const all = [
  'as the caller is answered',
  'while the caller waits',
  'while it rings',
  'as the agent answers',
  'while they talk',
  'while they talk on a phone that is kept connected',
  'on hold',
  'in a blind transfer',
  'in a consultation',
  'in the survey',
  'in wrap-up',
] as const

for (const phase of all satisfies readonly Phase[])
  test(`drachtio is killed ${phase}`, async (house) => {
    const { drachtio } = house
    await registered(house)
    await phases[phase](house)
    // A moment earlier the answer dies with drachtio: nobody knows of it but the caller, whose call ends here.
    if (phase === 'as the caller is answered') await answerKnown(house)
    await drachtio.kill()
    await drachtio.up()
    await registered(house)
    await goesOn(phase, house)
    await hangUp(house)
    await nothingLeft(house)
  })

for (const phase of all satisfies readonly Phase[])
  test(`FreeSWITCH is killed ${phase}`, async (house) => {
    const { centre, freeswitch, outside, first, second } = house
    await registered(house)
    await phases[phase](house)
    await freeswitch.kill()
    await centre.until('all to be let go', () => [outside, first, second].every(({ inCall }) => !inCall))
    await centre.until('the call to be over', async () => (await centre.last())?.['status'] === 'ended')
    // It was over before.
    assert.is((await centre.last())?.['reason'], phase === 'in wrap-up' ? 'hung_up' : 'media_lost')
    const rings = { 'while it rings': first, 'in a blind transfer': second }[phase as string]
    if (rings) await centre.until('the phone to stop ringing', () => rings.invitation === null)
    await freeswitch.up()
    for (const each of [first, second]) each.options.takes = 'answer'
    // Until it is known to be there again, callers hear 480.
    await centre.until('the next caller to be taken', async () => (await centre.call(outside, '95500')) === 200)
    await takesCalls(house)
    // After a transfer or a consultation both agents are there.
    await centre.until(
      'an agent for the next caller',
      () => talking(outside, CUSTOMER, first, FIRST)() || talking(outside, CUSTOMER, second, SECOND)(),
    )
    await hangUp(house)
    await nothingLeft(house)
  })

async function answerKnown({ centre }: FaultHouse): Promise<void> {
  await centre.until('the answer to be known', async () => {
    const { callId } = (await centre.last()) ?? {}
    return (await centre.get(`/api/v1/legs?callId=${callId}`)).rows.some(({ answeredAt }) => answeredAt !== null)
  })
}

test.run()
