/**
 * A call centre on real servers whose process is killed, and started again, in every phase of a call. Whoever talks, waits or
 * is on hold goes on; what rang is offered again; and afterwards nothing is left of any call: no channel, no leg, nobody
 * reserved, and tables that equal the log. Servers that die: `server-faults.test.ts`. Needs: LIVE_DRACHTIO, LIVE_FREESWITCH.
 *
 * Time limit: 300 s.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { until } from '../../support/gate.ts'
import {
  closeFaultHouse,
  goesOn,
  hangUp,
  nothingLeft,
  openFaultHouse,
  phases,
  registered,
  type FaultHouse,
  type Phase,
} from './fault-house.ts'

const test = suite<FaultHouse>('a call centre whose process is killed')

test.before(async (context) => void Object.assign(context, await openFaultHouse()))
test.after(closeFaultHouse)

for (const phase of Object.keys(phases) as Phase[])
  test(`killed ${phase}`, async (house) => {
    const { centre } = house
    await registered(house)
    await phases[phase](house)
    await centre.kill()
    if (phase === 'before the caller is answered') {
      house.freeswitch.thaw()
      await centre.again()
      // Nobody would ever answer them: they are told, and may try again.
      assert.is(await house.called, 503)
      await centre.until('the next call to be taken', async () => (await centre.call(house.outside, '95500')) === 200)
    } else await centre.again()
    await centre.until('the house to own its calls again', () => centre.owns())
    await goesOn(phase, house)
    // Nobody is told that these hang up: it is noticed by their silence.
    await hangUp(house)
    await nothingLeft(house)
  })

test('killed while it rings, and the phone answers nobody: it is let go, and called again, without a storm', async (house) => {
  const { centre, first } = house
  await registered(house)
  await phases['while it rings'](house)
  await centre.kill()
  first.answer()
  first.asked.length = 0
  await centre.again()
  await centre.until('the house to own its calls again', () => centre.owns())
  await goesOn('while it rings', house)
  const calls = first.asked.filter((method) => method === 'INVITE').length
  assert.ok(calls <= 3, `it was called ${calls} times`)
  await hangUp(house)
  await nothingLeft(house)
})

test('killed while it rings, and not started again: the phone stops ringing by itself', async (house) => {
  const { centre, first, outside } = house
  await registered(house)
  await phases['while it rings'](house)
  await centre.kill()
  // As long as it was to ring, and a little more.
  await until('the phone to give up', () => first.invitation === null, 60_000)
  await centre.again()
  await centre.until('the house to own its calls again', () => centre.owns())
  await goesOn('while it rings', house)
  assert.ok(outside.inCall)
  await hangUp(house)
  await nothingLeft(house)
})

test.run()
