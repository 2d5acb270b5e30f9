/** Passwords for telephones in browsers: for one extension, for minutes, over a WebSocket alone; and what is registered with them. */
import { createHash, randomBytes } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Admission, transportOf, type Account, type Arrived } from '@ledgerline/adapters/telephony/sip/admission.ts'
import { Digest } from '@ledgerline/adapters/telephony/sip/digest.ts'
import { Guard } from '@ledgerline/adapters/telephony/sip/guard.ts'
import { live, register, targetOf, type Register } from '@ledgerline/adapters/telephony/sip/registrar.ts'
import {
  extensionOfWebUser,
  WEB_PASSWORD_MS,
  WebCredentials,
} from '@ledgerline/adapters/telephony/sip/web-credentials.ts'
import { TEN_O_CLOCK } from '../support/clock.ts'

const test = suite('passwords for browsers')

const NOW = TEN_O_CLOCK
const phone = { tenant: 'bank', extension: '8201' }
const key = randomBytes(32)
const credentials = new WebCredentials(key, randomBytes)
const REALM = 'ledgerline'

test('a password is good for its tenant and its time; another process with the same key accepts it, none without', () => {
  const { user, password, expiresAt } = credentials.issue(phone, NOW)
  assert.is(expiresAt, NOW + WEB_PASSWORD_MS)
  assert.is(extensionOfWebUser(user), '8201')
  const other = new WebCredentials(key, randomBytes)
  assert.equal(other.accepts('bank', user, NOW), { password, expiresAt })
  assert.equal(other.accepts('bank', user, expiresAt - 1), { password, expiresAt })
  assert.is(other.accepts('bank', user, expiresAt), null)
  assert.is.not(other.accepts('another', user, NOW)?.password, password)
  assert.is.not(new WebCredentials(randomBytes(32), randomBytes).accepts('bank', user, NOW)?.password, password)
  assert.is.not(credentials.issue(phone, NOW).password, password, 'each is another')
})

test('nobody makes a password last longer, or makes it another extension’s', () => {
  const { user, password } = credentials.issue(phone, NOW)
  const [extension, , random] = user.split('~')
  const later = Buffer.from(String(NOW + 5 * 60_000 + WEB_PASSWORD_MS)).toString('base64url')
  for (const forged of [`${extension}~${later}~${random}`, user.replace('8201', '8202'), `${user}x`])
    assert.is.not(credentials.accepts('bank', forged, NOW)?.password, password, forged)
  for (const bad of ['', '~', '8201', '8201~~', '8201~x~y', `8201~${'9'.repeat(400)}~y`])
    assert.is(credentials.accepts('bank', bad, NOW), null, bad)
  for (const none of ['8201', '8201~x', '~x~y', '8201~x~y~z']) assert.is(extensionOfWebUser(none), null)
})

interface Asked {
  user: string
  password: string
  via?: string
  protocol?: string
  now?: number
  account?: Partial<Account>
}

/** A REGISTER of 8201 with these credentials: who is let in, and what is answered. */
async function asks({ user, password, via = 'WSS', protocol = 'tcp', now = NOW, account = {} }: Asked) {
  const digest = new Digest({ key: randomBytes(32), realm: REALM, since: NOW - 1, random: randomBytes })
  const admission = new Admission({
    digest,
    guard: new Guard(() => {}),
    clock: { now: () => now, at: () => () => {} },
    account: () => ({ ...phone, secret: 'of the phone on the table', webPhone: true, ...account }),
    web: credentials,
  })
  const [, nonce] = /nonce="([^"]+)"/.exec(digest.challenges(now)[0]!)!
  const md5 = (text: string): string => createHash('md5').update(text).digest('hex')
  const uri = 'sip:phones.example.com'
  const response = md5(`${md5(`${user}:${REALM}:${password}`)}:${nonce}:00000001:abc:auth:${md5(`REGISTER:${uri}`)}`)
  const fields: Record<string, string> = {
    via: `SIP/2.0/${via} 192.0.2.5;branch=z9hG4bK1`,
    'call-id': '1',
    authorization:
      `Digest username="${user}", realm="${REALM}", nonce="${nonce}", uri="${uri}", response="${response}", ` +
      'algorithm=MD5, qop=auth, nc=00000001, cnonce="abc"',
  }
  const answers: number[] = []
  const arrived = {
    request: { method: 'REGISTER', uri, protocol, source_address: '192.0.2.5', get: (name: string) => fields[name] },
    response: { finalResponseSent: false, send: (status: number) => answers.push(status) },
    srf: { app: { client: { mapServer: new Map() } } },
    server: '127.0.0.1:9022',
  } as unknown as Arrived
  const proven = await admission.proven(arrived, { user: '8201', domain: 'phones.example.com', status: 401 })
  return { proven, answers }
}

test('A3.2.1-webrtc: a browser is let in until its password expires, over a WebSocket, while the extension may be one', async () => {
  const { user, password, expiresAt } = credentials.issue(phone, NOW)
  const good = await asks({ user, password })
  assert.is(good.proven?.extension, '8201')
  assert.is(good.proven?.until, expiresAt)
  const refused = [
    { password: `${password}x` },
    { now: expiresAt },
    { account: { webPhone: false } },
    { account: { tenant: 'another' } },
    { via: 'UDP', protocol: 'udp' },
    { via: 'WSS', protocol: 'udp' },
    { via: 'TLS', protocol: 'tls' },
    { user: credentials.issue({ ...phone, extension: '8202' }, NOW).user },
    { user: '8201' },
  ]
  for (const change of refused) {
    const { proven, answers } = await asks({ user, password, ...change })
    assert.is(proven, null, JSON.stringify(change))
    assert.equal(answers, [403], JSON.stringify(change))
  }
  // The phone on the table goes on with its own, and a browser may not use it as its password.
  const table = await asks({ user: '8201', password: 'of the phone on the table', via: 'UDP', protocol: 'udp' })
  assert.is(table.proven?.until, null)
  assert.is((await asks({ user, password: 'of the phone on the table' })).proven, null)
  const none = await asks({ user: '8201', password: 'null', account: { secret: null } })
  assert.is(none.proven, null, 'an extension without a password has none')
})

test('what a phone calls its transport: drachtio says tcp of a WebSocket', () => {
  const of = (protocol: string, via: string): string =>
    transportOf({ protocol, get: () => via } as unknown as Arrived['request'])
  assert.is(of('tcp', 'SIP/2.0/WSS a.invalid;branch=z9hG4bK1'), 'wss')
  assert.is(of('tcp', 'SIP / 2.0 / ws a.invalid;branch=z9hG4bK1, SIP/2.0/UDP b'), 'ws')
  assert.is(of('tcp', 'SIP/2.0/TCP a;branch=z9hG4bK1, SIP/2.0/WSS b'), 'tcp')
  assert.is(of('udp', 'SIP/2.0/WSS a;branch=z9hG4bK1'), 'udp')
})

const asked = (contact: string, change: Partial<Register> = {}): Register => ({
  contact,
  expires: null,
  callId: contact,
  cseq: 1,
  path: null,
  require: null,
  userAgent: null,
  source: { address: '192.0.2.5', port: 5060, protocol: 'udp' },
  receivedOn: '198.51.100.1:5060',
  server: '127.0.0.1:9022',
  ...change,
})
const webSocket = { address: '192.0.2.5', port: 40_000, protocol: 'wss' }

test('C3.6-terminal-switch: a browser comes before the phone on the table, and is known as WebRTC', () => {
  const browser = register(
    asked('<sip:x@a.invalid;transport=ws>', { source: webSocket, until: NOW + WEB_PASSWORD_MS }),
    [],
    NOW - 1_000,
  )
  assert.is(browser.status, 200)
  if (browser.status !== 200) return
  const both = register(asked('<sip:8201@192.0.2.5:5060>'), browser.bindings, NOW)
  if (both.status !== 200) throw new Error('refused')
  const [first, second] = live(both.bindings, NOW).map(targetOf)
  assert.equal([first!.webRtc, first!.uri], [true, 'sip:x@a.invalid;transport=ws'])
  assert.equal([second!.webRtc, second!.uri], [false, 'sip:8201@192.0.2.5:5060'])
})

test('nothing is registered for longer than its password is good', () => {
  const lasts = (until: number | null, expires: string): number => {
    const answer = register(asked('<sip:x@a.invalid;transport=ws>', { source: webSocket, until, expires }), [], NOW)
    if (answer.status !== 200) throw new Error(String(answer.status))
    return answer.bindings[0]!.expiresAt - NOW
  }
  assert.is(lasts(NOW + 300_000, '3600'), 300_000)
  assert.is(lasts(NOW + 300_000, '120'), 120_000)
  assert.is(lasts(NOW + 10_000, '3600'), 60_000, 'but never for less than the shortest time')
  assert.is(lasts(null, '3600'), 3_600_000)
})

test.run()
