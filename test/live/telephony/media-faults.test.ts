/**
 * Phones and gateways that are gone without a word, on real servers: no BYE comes, no answer, no sound. A caller's leg ends
 * when nothing was heard of them for the time that is set, an agent's when its phone does not answer either; the reason says
 * so, and those who are left are let go or served. Needs: LIVE_DRACHTIO, LIVE_FREESWITCH.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { TonePhone } from '../../support/tone-phone.ts'
import { OUTSIDE } from './centre.ts'
import {
  closeFaultHouse,
  CUSTOMER,
  FIRST,
  hears,
  here,
  nothingLeft,
  openFaultHouse,
  phases,
  phone,
  SECOND,
  talk,
  talking,
  type FaultHouse,
} from './fault-house.ts'

/** How long the media server waits for sound, ms. */
const SILENT_MS = 3_000

const test = suite<{ house: FaultHouse }>('phones that are gone without a word')

test.before(async (context) => {
  context.house = await openFaultHouse({}, { ringMs: 3_000, env: { FS_MEDIA_TIMEOUT_MS: String(SILENT_MS) } })
})
test.after(({ house }) => closeFaultHouse(house))

test('a phone is unplugged while it rings: the next agent is offered the caller', async ({ house }) => {
  const { centre, outside, second } = house
  await phases['while it rings'](house)
  house.first.unplug()
  await centre.ready('202')
  await centre.until('the second agent', talking(outside, CUSTOMER, second, SECOND))
  await outside.bye()
  await nothingLeft(house)
  house.first = await phone(centre, '8201', FIRST)
})

test('an agent’s phone is unplugged while they talk: the customer stays, and the next agent takes them', async ({
  house,
}) => {
  const { centre, outside, second } = house
  await talk(house)
  house.first.unplug()
  await centre.until('the phone to be missed', async () => (await ends(house, 'agent')).includes('no_media'))
  assert.ok(outside.inCall)
  // They may be in the call before anybody could see them ready.
  await centre.takesCalls('202')
  await centre.until('the second agent', talking(outside, CUSTOMER, second, SECOND))
  await outside.bye()
  await nothingLeft(house)
  house.first = await phone(centre, '8201', FIRST)
})

test('an agent’s phone is unplugged in a consultation: the customer is not lost with it', async ({ house }) => {
  const { centre, outside, first } = house
  await phases['in a consultation'](house)
  house.second.unplug()
  await centre.until('the consultation to be over', async () =>
    (await ends(house, 'consultation')).includes('no_media'),
  )
  await centre.command('calls/resume', await here(centre))
  await centre.until('the talk again', talking(outside, CUSTOMER, first, FIRST))
  await outside.bye()
  await nothingLeft(house)
  house.second = await phone(centre, '8202', SECOND)
})

test('the gateway dies in mid-call: the agent is free, and the ledger says why', async ({ house }) => {
  const { centre, first } = house
  await talk(house)
  house.outside.unplug()
  await centre.until('the agent to be let go', () => !first.inCall)
  await centre.until('the call to be over', async () => (await centre.last())?.['status'] === 'ended')
  assert.is((await centre.last())?.['reason'], 'no_media')
  await nothingLeft(house)
  house.outside = centre.keep(await new TonePhone('13800001111', { tone: CUSTOMER, host: OUTSIDE }).start())
})

test('a customer on hold is not silent: the hold lasts as long as it likes', async ({ house }) => {
  const { centre, outside, first } = house
  await phases['on hold'](house)
  const before = outside.samples
  // More than twice the time that the media server waits.
  await centre.until('a long hold', () => outside.samples - before > 8 * 2.5 * SILENT_MS)
  await centre.command('calls/resume', await here(centre))
  await centre.until('the talk again', () => hears(outside, FIRST) && hears(first, CUSTOMER))
  await outside.bye()
  await nothingLeft(house)
})

/** How legs of the latest call ended that were for this. */
async function ends({ centre }: FaultHouse, purpose: string): Promise<unknown[]> {
  const call = await centre.last()
  const { legs } = (await centre.get(`/api/v1/calls/${call!['callId']}/timeline`)) as unknown as {
    legs: { purpose: string; reason: unknown }[]
  }
  return legs.filter((leg) => leg.purpose === purpose).map(({ reason }) => reason)
}

test.run()
