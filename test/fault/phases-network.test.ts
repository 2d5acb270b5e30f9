/** The phone that goes in the middle of a call, and the media server that takes every leg with it. */
import { tenant } from '../support/house.ts'
import { backAgain, faultTable } from './phases.ts'

faultTable(
  'network',
  [
    {
      name: 'phone gone for a minute',
      each: 'call',
      strike({ house }) {
        house.telephony.unplug(tenant, '8201')
        house.clock.at(house.clock.now() + 60_000, () => house.telephony.plug(tenant, '8201', backAgain))
      },
    },
    {
      name: 'media server away for half a minute',
      each: 'call',
      // At once: its report says that its legs are gone.
      agreeAfterMs: 5_000,
      strike({ house }) {
        house.telephony.fail()
        house.clock.at(house.clock.now() + 30_000, () => house.telephony.recover())
      },
    },
    {
      name: 'media server away for 200 ms',
      each: 'call',
      strike({ house }) {
        house.telephony.fail()
        house.clock.at(house.clock.now() + 200, () => house.telephony.recover())
      },
    },
  ],
  3_000,
)
