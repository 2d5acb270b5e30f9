/** The registrar's decision: given bindings, a REGISTER and the time, what is answered and what is bound. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  live,
  register,
  registrarRules,
  targetOf,
  type Binding,
  type Register,
} from '@ledgerline/adapters/telephony/sip/registrar.ts'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import { TEN_O_CLOCK } from '../support/clock.ts'

const test = suite('registrar')

const NOW = TEN_O_CLOCK
let cseq = 0

const asks = (contact: string | null, change: Partial<Register> = {}): Register => ({
  contact,
  expires: null,
  callId: 'one@phone',
  cseq: ++cseq,
  path: null,
  require: null,
  userAgent: 'eyeBeam release 1003s stamp 31159',
  source: { address: '192.0.2.5', port: 5060, protocol: 'udp' },
  receivedOn: '198.51.100.1:5060',
  server: '127.0.0.1:9022',
  ...change,
})

function accepted(request: Register, kept: readonly Binding[] = [], now = NOW) {
  const answer = register(request, kept, now)
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.reason}`)
  return answer
}

const refused = (request: Register, kept: readonly Binding[] = []) => {
  const answer = register(request, kept, NOW)
  return answer.status === 200 ? 200 : [answer.status, ...Object.entries(answer.headers).flat()]
}

const contactsOf = (bindings: readonly Binding[]) => bindings.map(({ contact }) => contact)

test('A3.2.1-sip-port a contact is bound for the time that it asks for, else that of the request, else an hour', () => {
  const lifetimes = (contact: string, expires: string | null) => accepted(asks(contact, { expires })).headers['Contact']
  assert.is(lifetimes('<sip:101@192.0.2.5>;expires=90', '200'), '<sip:101@192.0.2.5>;expires=90')
  assert.is(lifetimes('<sip:101@192.0.2.5>', '200'), '<sip:101@192.0.2.5>;expires=200')
  assert.is(lifetimes('<sip:101@192.0.2.5>', null), '<sip:101@192.0.2.5>;expires=3600')
  assert.is(lifetimes('<sip:101@192.0.2.5>;expires=soon', 'later'), '<sip:101@192.0.2.5>;expires=3600')
  assert.is(lifetimes('<sip:101@192.0.2.5>;expires=99999999999999999999', null), '<sip:101@192.0.2.5>;expires=3600')
})

test('each contact has its own time, and is there until exactly then', () => {
  const { bindings } = accepted(
    asks('<sip:a@192.0.2.5>;expires=60, "B, b" <sip:b@192.0.2.5>;expires=120, sip:c@192.0.2.5;expires=180'),
  )
  const at = (ms: number) => contactsOf(live(bindings, NOW + ms)).toSorted()
  assert.equal(at(59_999), ['sip:a@192.0.2.5', 'sip:b@192.0.2.5', 'sip:c@192.0.2.5'])
  assert.equal(at(60_000), ['sip:b@192.0.2.5', 'sip:c@192.0.2.5'])
  assert.equal(at(120_000), ['sip:c@192.0.2.5'])
  assert.equal(at(180_000), [])
})

test('a question without Contact is answered with what is there, and changes nothing', () => {
  const { bindings } = accepted(asks('<sip:a@192.0.2.5>;expires=60;q=0.5, <sip:b@192.0.2.5>;expires=120'))
  const asked = accepted(asks(null), bindings, NOW + 30_000)
  assert.is(asked.changed, false)
  assert.is(asked.headers['Contact'], '<sip:b@192.0.2.5>;expires=90, <sip:a@192.0.2.5>;expires=30;q=0.5')
  assert.is(accepted(asks(null), bindings, NOW + 200_000).headers['Contact'], undefined)
})

test('a time that is too short is refused with the shortest, and nothing of the request is done', () => {
  assert.equal(refused(asks('<sip:a@192.0.2.5>;expires=59')), [423, 'Min-Expires', '60'])
  assert.equal(refused(asks('<sip:a@192.0.2.5>, <sip:b@192.0.2.5>;expires=1')), [423, 'Min-Expires', '60'])
  assert.is(refused(asks('<sip:a@192.0.2.5>;expires=60')), 200)
})

test('0 takes one away, an unknown one too; * takes all away, with Expires: 0 and nothing else', () => {
  const { bindings } = accepted(asks('<sip:a@192.0.2.5>, <sip:b@192.0.2.5>'))
  assert.equal(contactsOf(accepted(asks('<sip:a@192.0.2.5>;expires=0'), bindings).bindings), ['sip:b@192.0.2.5'])
  assert.equal(contactsOf(accepted(asks('<sip:c@192.0.2.5>', { expires: '0' }), bindings).bindings).length, 2)
  const gone = accepted(asks(' * ', { expires: '0' }), bindings)
  assert.equal([gone.bindings, gone.headers['Contact'], gone.changed], [[], undefined, true])
  for (const [contact, expires] of [
    ['*', null],
    ['*', '60'],
    ['*', ''],
    ['*, <sip:a@192.0.2.5>', '0'],
    ['*;expires=0', null],
  ] as const)
    assert.equal(refused(asks(contact, { expires }), bindings), [400], `${contact} ${expires}`)
})

test('of one Call-ID a CSeq that is not higher is refused, with everything in its request', () => {
  const { bindings } = accepted(asks('<sip:a@192.0.2.5>', { cseq: 5 }))
  assert.equal(refused(asks('<sip:a@192.0.2.5>', { cseq: 5 }), bindings), [500])
  assert.equal(refused(asks('<sip:b@192.0.2.5>, <sip:a@192.0.2.5>;expires=0', { cseq: 4 }), bindings), [500])
  assert.equal(refused(asks('*', { cseq: 5, expires: '0' }), bindings), [500])
  assert.is(refused(asks('<sip:a@192.0.2.5>', { cseq: 6 }), bindings), 200)
  assert.is(refused(asks('<sip:a@192.0.2.5>', { cseq: 1, callId: 'rebooted@phone' }), bindings), 200)
  assert.equal(contactsOf(accepted(asks('*', { cseq: 1, callId: 'other', expires: '0' }), bindings).bindings), [])
  // The same contact twice in one request.
  assert.is(accepted(asks('<sip:c@192.0.2.5>, <sip:c@192.0.2.5>;expires=90')).bindings.length, 1)
})

test('contacts are the same by the rules for URIs, or if they are one registration of one phone', () => {
  const { bindings } = accepted(asks('<sip:a@PHONE.example;line=1>'))
  const renewed = (contact: string) => accepted(asks(contact), bindings).bindings.length
  assert.is(renewed('<sip:a@phone.EXAMPLE;line=1>'), 1)
  assert.is(renewed('<sip:%61@phone.example>'), 1)
  assert.is(renewed('<sip:a@phone.example;line=2>'), 2)
  assert.is(renewed('<sip:A@phone.example>'), 2)
  assert.is(renewed('<sip:a@phone.example:5060>'), 2)
  assert.is(renewed('<sip:a@phone.example;transport=tcp>'), 2)
  assert.is(renewed('<sips:a@phone.example>'), 2)
  const phone = '+sip.instance="<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>"'
  const first = accepted(asks(`<sip:a@192.0.2.5:1024>;${phone};reg-id=1`))
  assert.match(first.headers['Contact']!, `;${phone};reg-id=1`)
  assert.equal(contactsOf(accepted(asks(`<sip:a@192.0.2.9:2048>;${phone};reg-id=1`), first.bindings).bindings), [
    'sip:a@192.0.2.9:2048',
  ])
  assert.is(accepted(asks(`<sip:a@192.0.2.9:2048>;${phone};reg-id=2`), first.bindings).bindings.length, 2)
})

test('RFC 4475, 3.1.1.5: escaped nulls in two contacts make two', () => {
  const { bindings } = accepted(asks('<sip:%00@host5.example.com>, <sip:%00%00@host5.example.com>'))
  assert.is(bindings.length, 2)
})

test('they are tried by preference, then the latest first', () => {
  let { bindings } = accepted(
    asks('<sip:a@192.0.2.5>;q=0.3, <sip:b@192.0.2.5>;q=1.0, <sip:c@192.0.2.5>;q=0.25, <sip:d@192.0.2.5>;q=2'),
  )
  bindings = accepted(asks('<sip:e@192.0.2.5>'), bindings, NOW + 1).bindings
  assert.equal(
    contactsOf(live(bindings, NOW + 1)).map((uri) => uri[4]),
    ['e', 'b', 'd', 'a', 'c'],
  )
})

test('an extension has at most ten: the ones refreshed least recently go; one request cannot list more', () => {
  let bindings: Binding[] = []
  for (let n = 0; n < 14; n++) bindings = accepted(asks(`<sip:p${n}@192.0.2.5>`), bindings, NOW + n).bindings
  assert.is(bindings.length, registrarRules.contacts)
  assert.not.ok(contactsOf(bindings).includes('sip:p3@192.0.2.5'))
  assert.ok(contactsOf(bindings).includes('sip:p4@192.0.2.5'))
  assert.equal(refused(asks(Array.from({ length: 11 }, (_, n) => `<sip:p${n}@192.0.2.5>`).join(','))), [403])
})

test('the contact asked for stands first in the answer, as drachtio takes it for the life of a connection', () => {
  const { bindings } = accepted(asks('<sip:a@192.0.2.5>;q=1'))
  const { headers } = accepted(asks('<sip:b@192.0.2.5>;q=0.1;expires=60'), bindings)
  assert.match(headers['Contact']!, /^<sip:b@192.0.2.5>;expires=60;q=0.1, <sip:a@/)
})

test('behind NAT requests go to where the phone came from; over a connection, and to a name, to its contact', () => {
  const targets = (contact: string, change: Partial<Register> = {}) =>
    accepted(asks(contact, change)).bindings.map(targetOf)
  const udp = { source: { address: '203.0.113.7', port: 40_001, protocol: 'udp' } }
  assert.equal(targets('<sip:101@10.0.0.5:5060;line=x>', udp), [
    {
      uri: 'sip:101@10.0.0.5:5060;line=x',
      route: 'sip:203.0.113.7:40001;transport=udp',
      server: '127.0.0.1:9022',
      webRtc: false,
      srtp: false,
    },
  ])
  assert.equal(targets('<sip:101@203.0.113.7:5060>', udp)[0]!.route, 'sip:203.0.113.7:40001;transport=udp')
  assert.equal(targets('<sip:101@203.0.113.7:40001>', udp)[0]!.route, null)
  assert.equal(targets('<sip:101@192.0.2.5>')[0]!.route, null)
  assert.equal(
    targets('<sip:101@q3k9.invalid;transport=ws>', {
      source: { address: '203.0.113.7', port: 40_001, protocol: 'tls' },
    })[0]!.route,
    null,
  )
  assert.equal(
    targets('<sip:101@[2001:db8::5]>', { source: { address: '2001:db8::5', port: 5060, protocol: 'udp' } })[0]!.route,
    null,
  )
  assert.equal(
    targets('<sip:101@10.0.0.5>', { source: { address: '2001:db8::5', port: 5060, protocol: 'udp' } })[0]!.route,
    'sip:[2001:db8::5]:5060;transport=udp',
  )
})

test('a path is kept, used and given back', () => {
  const answer = accepted(
    asks('<sip:101@10.0.0.5>', { path: '<sip:edge.example;lr>, <sip:inner.example;lr>', require: 'Path' }),
  )
  assert.is(answer.headers['Path'], '<sip:edge.example;lr>, <sip:inner.example;lr>')
  assert.equal(answer.bindings.map(targetOf), [
    { uri: 'sip:101@10.0.0.5', route: 'sip:edge.example;lr', server: '127.0.0.1:9022', webRtc: false, srtp: false },
  ])
  assert.equal(refused(asks('<sip:101@10.0.0.5>', { path: '<sip:edge' })), [400])
})

test('RFC 4475, 3.3.8: header fields in a contact are kept, and never sent', () => {
  const { bindings } = accepted(asks('<sip:user@example.com?Route=%3Csip:sip.example.com%3E>'))
  assert.equal(bindings.map(targetOf), [
    { uri: 'sip:user@example.com', route: null, server: '127.0.0.1:9022', webRtc: false, srtp: false },
  ])
})

test('an extension of SIP that is insisted on and unknown is refused by name', () => {
  assert.equal(refused(asks(null, { require: 'path, outbound,nothingSupportsThis' })), [
    420,
    'Unsupported',
    'outbound, nothingsupportsthis',
  ])
})

test('contacts that cannot be read are refused', () => {
  const wrong = [
    '',
    ',',
    '<sip:a@192.0.2.5>,',
    '<sip:a@192.0.2.5',
    '"a <sip:a@192.0.2.5>',
    '<sip:a@192.0.2.5> trailing',
    '<mailto:a@example.com>',
    '<tel:+8613800001111>',
    '<sip:>',
    '<sip:@host>',
    '<sip:a@host:99999>',
    '<sip:a b@host>',
    '<sip:a@host\u0000>',
    `<sip:${'a'.repeat(600)}@host>`,
    '<<sip:a@host>>',
    // RFC 4475, 3.1.2.13: a question mark outside brackets.
    'sip:user@example.com?Route=%3Csip:sip.example.com%3E',
  ]
  for (const contact of wrong) assert.equal(refused(asks(contact)), [400], contact)
  assert.is(refused(asks('sip:a@192.0.2.5')), 200)
  assert.is(refused(asks('<sip:a@192.0.2.5>;\r\n expires=90')), 200)
})

test('any text: an answer, never an exception, and nothing in an answer that could open another field', () => {
  const throws = seededDice(4475)
  const pieces = [
    '<',
    '>',
    '"',
    '\\',
    ',',
    ';',
    '*',
    '?',
    '%',
    '%00',
    '@',
    ':',
    'sip:',
    'sips:a@b',
    '=',
    'expires=',
    '60',
    '0',
    'q=',
    ' ',
    '\t',
    '\r\n ',
    '\r\n',
    '\u0000',
    'é',
    '[::1]',
    '<sip:a@b>',
    '+sip.instance=',
  ]
  for (let n = 0; n < 20_000; n++) {
    const text = () =>
      Array.from({ length: Math.floor(throws() * 9) }, () => pieces[Math.floor(throws() * pieces.length)]).join('')
    const answer = register(
      asks(text(), { expires: text(), path: throws() < 0.2 ? text() : null, require: throws() < 0.1 ? text() : null }),
      [],
      NOW,
    )
    for (const value of Object.values(answer.headers)) assert.not.match(value, /[\r\n\u0000]/)
    if (answer.status === 200) for (const binding of answer.bindings) assert.ok(targetOf(binding).uri.startsWith('sip'))
  }
})

test.run()
