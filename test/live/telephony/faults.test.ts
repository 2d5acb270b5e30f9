/**
 * A call centre on real servers whose process is killed, and started again, in every phase of a call. Whoever talks, waits or
 * is on hold goes on; what rang is offered again; and afterwards nothing is left of any call: no channel, no leg, nobody
 * reserved, and tables that equal the log. Servers that die: `server-faults.test.ts`. Needs: LIVE_DRACHTIO, LIVE_FREESWITCH.
 */
import { suite } from 'uvu'
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
    await phases[phase](house)
    await centre.kill()
    await centre.again()
    await centre.until('the house to own its calls again', () => centre.owns())
    await goesOn(phase, house)
    // Nobody is told that these hang up: it is noticed by their silence.
    await hangUp(house)
    await nothingLeft(house)
    await registered(house)
  })

test.run()
