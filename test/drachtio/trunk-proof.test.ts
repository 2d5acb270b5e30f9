/** Trunks that want to know who calls: what they ask for, and what they get. */
import { createHash } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { testClock } from '../support/clock.ts'
import { until } from '../support/gate.ts'
import { house, type House } from './network.ts'

const test = suite<{ it: House }>('calls by trunks that ask for a proof')

test.before.each(async (context) => {
  context.it = await house(testClock())
})
test.after.each(({ it }) => it.close())

const to = { kind: 'number', number: '13800001111', gateway: 'gw1' } as const
const uri = 'sip:13800001111@trunk'
const asked = (algorithm: string, nonce: string, more = ''): string =>
  `Digest realm="trunk", nonce="${nonce}", algorithm=${algorithm}, qop="auth"${more}`

/** Is this the right answer to a challenge? */
function isRight(field: string | undefined, hash: string, nonce: string): boolean {
  const of = (name: string): string => new RegExp(`\\b${name}="?([^",]*)`).exec(field ?? '')?.[1] ?? ''
  const digest = (text: string): string => createHash(hash).update(text).digest('hex')
  const [who, what] = [digest('us:trunk:secret'), digest(`INVITE:${uri}`)]
  return of('response') === digest(`${who}:${nonce}:${of('nc')}:${of('cnonce')}:auth:${what}`)
}

for (const [status, challenge, field] of [
  [401, 'www-authenticate', 'Authorization'],
  [407, 'proxy-authenticate', 'Proxy-Authorization'],
] as const)
  test(`SHA-256 before MD5, when asked by ${status}`, async ({ it }) => {
    const { ringing } = await it.dial('A', 'call', { to, purpose: 'customer' })
    assert.equal(
      Object.keys(ringing.headers).filter((name) => /authorization/i.test(name)),
      [],
    )
    ringing.refuses(status, 'Who?', { [challenge]: `${asked('MD5', 'n1')}, ${asked('SHA-256', 'n1')}` })
    await until('another try', () => it.sip.ringing.length === 2)
    const [, again] = it.sip.ringing
    assert.ok(isRight(again!.headers[field], 'sha256', 'n1'))
    assert.equal([again!.headers['Call-ID'], again!.headers['CSeq']], ['call', '8 INVITE'])
    assert.is(again!.proxy, 'sip:10.0.0.9:5070;transport=udp', 'to the server that asked')
    again!.answers()
    it.media.made(it.media.channels.values().next().value!, '+OK')
    await until('the answer', () => it.of('answered').length === 1)
    assert.is(ringing.cancelled, false)
  })

test('MD5 where nothing else is asked for; again if only the nonce was too old; not for ever', async ({ it }) => {
  const { ringing } = await it.dial('A', 'call', { to, purpose: 'customer' })
  ringing.refuses(407, 'Who?', { 'proxy-authenticate': asked('MD5', 'n1') })
  await until('another try', () => it.sip.ringing.length === 2)
  assert.ok(isRight(it.sip.ringing[1]!.headers['Proxy-Authorization'], 'md5', 'n1'))
  it.sip.ringing[1]!.refuses(407, 'Old', { 'proxy-authenticate': asked('MD5', 'n2', ', stale=true') })
  await until('a third', () => it.sip.ringing.length === 3)
  assert.ok(isRight(it.sip.ringing[2]!.headers['Proxy-Authorization'], 'md5', 'n2'))
  it.sip.ringing[2]!.refuses(407, 'Old', { 'proxy-authenticate': asked('MD5', 'n3', ', stale=true') })
  await until('the end', () => it.ended('A') !== undefined)
  assert.is(it.sip.ringing.length, 3)
})

test('a wrong proof is not given twice; a challenge that nobody can answer is a refusal', async ({ it }) => {
  const { ringing } = await it.dial('A', 'call', { to, purpose: 'customer' })
  ringing.refuses(401, 'Who?', { 'www-authenticate': asked('MD5', 'n1') })
  await until('another try', () => it.sip.ringing.length === 2)
  it.sip.ringing[1]!.refuses(401, 'Wrong', { 'www-authenticate': asked('MD5', 'n2') })
  await until('the end', () => it.ended('A') !== undefined)
  const other = await it.dial('B', 'call', { to, purpose: 'customer' })
  other.ringing.refuses(401, 'Who?', { 'www-authenticate': asked('AKAv1-MD5', 'n1') })
  await until('the end', () => it.ended('B') !== undefined)
  assert.is(it.sip.ringing.length, 3)
})

test.run()
