/**
 * SIP over TLS and SRTP: a telephone registers, calls and is called over its own connection, and its sound is encrypted where
 * it wants that. Needs: LIVE_DRACHTIO, LIVE_FREESWITCH.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { selfSigned } from '../../eventstore/certificate.ts'
import { freePort } from '../../support/free-port.ts'
import type { TonePhone } from '../../support/tone-phone.ts'
import { OwnFreeSwitch } from './freeswitch.ts'
import { CallHouse, COMPLETED, hear, tones } from './house.ts'
import { OwnDrachtio } from './server.ts'

interface Context {
  keys: string
  port: number
  drachtio: OwnDrachtio
  freeswitch: OwnFreeSwitch
  house: CallHouse
}

const { customer: CUSTOMER, agent: AGENT } = tones
const test = suite<Context>('SIP over TLS')

test.before(async (context) => {
  context.keys = await mkdtemp(join(tmpdir(), 'ledgerline-tls-'))
  const { key, certificate } = selfSigned()
  await writeFile(join(context.keys, 'key.pem'), key)
  await writeFile(join(context.keys, 'cert.pem'), certificate)
  context.port = await freePort()
  context.drachtio = await OwnDrachtio.start({
    DRACHTIO_TLS_PORT: String(context.port),
    DRACHTIO_TLS_KEY: join(context.keys, 'key.pem'),
    DRACHTIO_TLS_CERT: join(context.keys, 'cert.pem'),
  })
  context.freeswitch = await OwnFreeSwitch.start()
})
test.after(async ({ drachtio, freeswitch, keys }) => {
  await drachtio.remove()
  await freeswitch.remove()
  await rm(keys, { recursive: true, force: true })
})
test.before.each(async (context) => {
  context.house = await CallHouse.ready(context.drachtio, context.freeswitch)
})
test.after.each(async ({ house, freeswitch }) => {
  await house.close()
  await house.until('no channel to be left', async () => (await freeswitch.channels()) === 0)
})

const phone = ({ house, port }: Context, srtp: boolean, sips = false): Promise<TonePhone> =>
  house.phone('8201', AGENT, { tls: port, srtp, sips })

/** What the media server does with the sound of its channels: encrypted, or not. */
async function encrypted(freeswitch: OwnFreeSwitch): Promise<string[]> {
  const { rows } = JSON.parse(await freeswitch.api('show channels as json')) as { rows: { uuid: string }[] }
  const found = await Promise.all(
    rows.map(({ uuid }) => freeswitch.api(`uuid_getvar ${uuid} rtp_has_crypto`).then((crypto) => crypto.trim())),
  )
  return found.filter((crypto) => crypto !== '_undef_' && crypto !== '')
}

for (const [srtp, sips] of [
  [true, false],
  [true, true],
  [false, false],
] as const)
  test(`a phone over TLS${sips ? ' (sips:)' : ''} is called over its own connection; its sound: ${srtp ? 'SRTP' : 'RTP'}`, async (context) => {
    const { house, freeswitch } = context
    const agent = await phone(context, srtp, sips)
    assert.equal(
      house.sip.registrations().map(({ protocol, extension }) => [protocol, extension]),
      [['tls', '8201']],
    )
    const customer = await house.outside()
    const { legId, callId } = await house.incoming(customer)
    await house.send({ do: 'answer', legId })
    await house.reach('A', callId, '8201')
    await house.send({ do: 'bridge', legId: 'A', to: legId })
    await hear([customer, AGENT], [agent, CUSTOMER])
    assert.is((await encrypted(freeswitch)).length, srtp ? 1 : 0)
    for (const each of ['A', legId]) await house.send({ do: 'hang_up', legId: each, end: COMPLETED })
    await house.leaves()
  })

test('a phone over TLS calls, and offers SRTP: it gets it, and hears whom it called', async (context) => {
  const { house, freeswitch, port } = context
  const caller = await phone(context, true)
  const colleague = await house.phone('8202', CUSTOMER)
  const status = caller.call('8202', port)
  await house.until('the call', () => house.of('incoming').length === 1)
  const { legId, callId, extension } = house.of('incoming')[0]!
  assert.is(extension, '8201')
  await house.send({ do: 'answer', legId })
  assert.is(await status, 200)
  await house.reach('B', callId, '8202')
  await house.send({ do: 'bridge', legId: 'B', to: legId })
  await hear([colleague, AGENT], [caller, CUSTOMER])
  assert.is((await encrypted(freeswitch)).length, 1)
  for (const each of ['B', legId]) await house.send({ do: 'hang_up', legId: each, end: COMPLETED })
  await house.leaves()
})

test.run()
