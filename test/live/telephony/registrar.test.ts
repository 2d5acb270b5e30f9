/** Registrar, digest and guard behind a real drachtio-server, as behind the stand-in; and by TCP. Needs: LIVE_DRACHTIO. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openPostgresBindings } from '@ledgerline/adapters/telephony/sip/bindings-postgres.ts'
import { sipServerContract } from '../../contract/sip-server.ts'
import { connected, sipHouse, TENANT } from '../../drachtio/house.ts'
import { statusOf } from '../../drachtio/message.ts'
import { until } from '../../support/gate.ts'
import { freshDatabase } from '../../support/postgres.ts'
import { OwnDrachtio } from './server.ts'

sipServerContract('the SIP server, before drachtio-server', async () => {
  const drachtio = await OwnDrachtio.start()
  return { drachtio, close: () => drachtio.remove() }
}).run()

const test = suite('the SIP server, before drachtio-server, by TCP')

test('A3.2.7-list a phone registers by TCP, is asked over its own connection, and calls', async () => {
  const drachtio = await OwnDrachtio.start()
  const database = await freshDatabase('sip_tcp')
  const store = await openPostgresBindings(database.url)
  const pace = { natMs: 100, otherMs: 100, answerMs: 2_000, atOnce: 10 }
  const house = await sipHouse(drachtio, store, { pace })
  try {
    await connected(house)
    const phone = await house.phone('101', { transport: 'tcp' })
    assert.equal(await phone.register(), [200, `<${phone.contact}>;expires=3600`])
    const row = () => house.sip.registrations()[0]!
    await until('it to answer', () => row().status === 'reachable')
    assert.equal([row().protocol, row().port, row().behindNat], ['tcp', phone.port, false])
    assert.match(phone.asked[0]!.start, `OPTIONS ${phone.contact}`)
    assert.is(statusOf((await phone.prove('INVITE'))!), 486)
    // Its connection is gone, and nobody can open another one to it.
    phone.close()
    await until('it to be noticed', () => house.reports.some(({ what }) => what === 'unregistered'))
    assert.equal(house.sip.bindings.contactsOf({ tenant: TENANT, extension: '101' }), [])
    assert.equal(await store.all(), [])
  } finally {
    await house.close()
    await store.close()
    await database.drop()
    await drachtio.remove()
  }
})

test.run()
