/**
 * Two processes of one call centre on real servers. The owner of the calls is killed: who talks talks on, and who waits is
 * served, both by the other process; people use it as they used the first. Needs: LIVE_DRACHTIO, LIVE_FREESWITCH.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts'
import { TonePhone } from '../../support/tone-phone.ts'
import { OUTSIDE, type Centre } from './centre.ts'
import {
  closeFaultHouse,
  CUSTOMER,
  FIRST,
  hears,
  here,
  nothingLeft,
  openFaultHouse,
  talk,
  talking,
  type FaultHouse,
} from './fault-house.ts'

const WAITING = 1100

const test = suite<{ house: FaultHouse; other: Centre; databases: TestDatabase[] }>('two processes, the owner killed')

test.before(async (context) => {
  const [tables, log] = [await freshDatabase('centre'), await freshDatabase('centre_log')]
  context.databases = [tables, log]
  context.house = await openFaultHouse({ DATABASE_URL: tables.url, LOG_DATABASE_URL: log.url })
  context.other = await context.house.centre.another()
})
test.after(async ({ house, other, databases }) => {
  await other.stop()
  await closeFaultHouse(house)
  for (const database of databases) await database.drop()
})

test('while they talk and another waits: the talk goes on, is held and ended at the desk, and the other is served', async ({
  house,
  other,
}) => {
  const { centre, outside, first } = house
  const waiting = centre.keep(await new TonePhone('13800002222', { tone: WAITING, host: OUTSIDE }).start())
  await talk(house)
  assert.is(await centre.call(waiting, '95500'), 200)
  await centre.until('another to wait', async () =>
    (await centre.get('/api/v1/calls')).rows.some(({ status }) => status === 'waiting'),
  )
  assert.is(await other.owns(), false)
  await centre.kill()
  await other.until('the other process to own the calls', () => other.owns())
  assert.ok(talking(outside, CUSTOMER, first, FIRST)(), 'they talk on')
  await other.command('calls/hold', await here(other))
  await other.until('the hold', () => !hears(first, CUSTOMER) && !hears(outside, FIRST))
  await other.command('calls/resume', await here(other))
  await other.until('the talk again', talking(outside, CUSTOMER, first, FIRST))
  await other.command('calls/hang-up', await here(other))
  await other.until('both to be told', () => !outside.inCall || hears(first, WAITING))
  await other.until('the one who waited', talking(waiting, WAITING, first, FIRST))
  // The first is back, and stands by.
  await centre.again()
  assert.is(await centre.owns(), false)
  await waiting.bye()
  await nothingLeft({ ...house, centre: other })
  await talk({ ...house, centre: other })
  await outside.bye()
  await nothingLeft({ ...house, centre: other })
})

test.run()
