/** What the doctor says of the certificate that a SIP server shows. */
import { once } from 'node:events'
import { createServer as createPlain, type AddressInfo } from 'node:net'
import { createServer } from 'node:tls'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { certificateCheck } from '@ledgerline/ops/doctor/certificates.ts'
import { selfSigned } from '../eventstore/certificate.ts'

const DAY = 86_400_000

async function found(port: number, now: number): Promise<string[]> {
  const contacts = ['udp', 'tls'].map((transport) => ({ transport, host: '127.0.0.1', port }))
  const said: string[] = []
  for await (const finding of certificateCheck(contacts, now, 2_000))
    said.push(finding.state === 'good' ? finding.says.en : finding.problem.code)
  return said
}

test('a certificate that ends soon, has ended, is not trusted, or is not shown at all', async () => {
  const { key, certificate } = selfSigned()
  const server = createServer({ key, cert: certificate }, (socket) => socket.on('error', () => {})).listen(
    0,
    '127.0.0.1',
  )
  const mute = createPlain((socket) => socket.destroy()).listen(0, '127.0.0.1')
  await Promise.all([once(server, 'listening'), once(mute, 'listening')])
  const [shown, silent] = [server, mute].map((each) => (each.address() as AddressInfo).port) as [number, number]
  const now = Date.now()
  try {
    assert.equal(await found(shown, now), ['doctor.certificate_ends', 'doctor.certificate_untrusted'])
    assert.equal(await found(shown, now + 2 * DAY), ['doctor.certificate_expired'])
    assert.equal(await found(shown, now - 60 * DAY), ['doctor.certificate_untrusted'])
    assert.equal(await found(silent, now), ['doctor.tls_silent'])
  } finally {
    server.close()
    mute.close()
  }
})

test.run()
