/** Our SIP server while a real drachtio-server is killed, frozen, or refuses the secret. Needs: LIVE_DRACHTIO. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openPostgresBindings } from '@ledgerline/adapters/telephony/sip/bindings-postgres.ts'
import type { Bindings } from '@ledgerline/adapters/telephony/sip/bindings.ts'
import { connected, sipHouse, TENANT } from '../../drachtio/house.ts'
import { until } from '../../support/gate.ts'
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts'
import { OwnDrachtio } from './server.ts'

const test = suite<{ drachtio: OwnDrachtio; database: TestDatabase; store: Bindings }>(
  'the SIP server while drachtio-server is away',
)
const quick = { pauses: { firstMs: 20, longestMs: 200 }, probeMs: 100, answerMs: 1_000 }

test.before(async (context) => {
  context.drachtio = await OwnDrachtio.start()
  context.database = await freshDatabase('sip_live')
  context.store = await openPostgresBindings(context.database.url)
})
test.after(async ({ drachtio, database, store }) => {
  await store.close()
  await database.drop()
  await drachtio.remove()
})

test('killed and started again: told once, and phones are served as before', async ({ drachtio, store }) => {
  const house = await sipHouse(drachtio, store, { line: quick })
  try {
    await connected(house)
    const phone = await house.phone('101')
    assert.is((await phone.register())[0], 200)
    await drachtio.kill()
    await until('the trouble to be told', () => house.troubles.length > 0)
    assert.is(house.sip.srf(), null)
    await drachtio.up()
    await connected(house)
    assert.equal(
      house.troubles.map(({ code }) => code),
      ['sip.server_away'],
    )
    assert.is((await phone.register())[0], 200)
    assert.is(house.sip.bindings.contactsOf({ tenant: TENANT, extension: '101' }).length, 1)
  } finally {
    await house.close()
  }
})

test('frozen: its silence is noticed; thawed, phones are served as before', async ({ drachtio, store }) => {
  const house = await sipHouse(drachtio, store, { line: quick })
  try {
    await connected(house)
    drachtio.freeze()
    await until('the silence to be noticed', () => house.troubles.length > 0)
    assert.is(house.troubles[0]!.code, 'sip.server_away')
    drachtio.thaw()
    await connected(house)
    assert.is((await (await house.phone('102')).register())[0], 200)
  } finally {
    drachtio.thaw()
    await house.close()
  }
})

test('a wrong secret is told once, and as that', async ({ drachtio, store }) => {
  const { control, sip } = drachtio
  let attempts = 0
  const house = await sipHouse({ control, sip, secret: 'wrong' }, store, {
    line: quick,
    // Thrown once for each pause.
    dice: () => {
      attempts++
      return Math.random()
    },
  })
  try {
    await until('several attempts', () => attempts >= 4)
    assert.equal(
      house.troubles.map(({ code }) => code),
      ['sip.secret_refused'],
    )
  } finally {
    await house.close()
  }
})

test.run()
