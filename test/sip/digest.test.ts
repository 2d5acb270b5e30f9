/** Digest authentication, against a phone that computes its answers as the text of the RFCs says. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Digest, type DigestOptions } from '@ledgerline/adapters/telephony/sip/digest.ts'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import { digestOf } from '../drachtio/phone.ts'
import { TEN_O_CLOCK } from '../support/clock.ts'

const test = suite('digest')

const KEY = Buffer.alloc(32, 7)
const SECRET = 'correct horse'
const dice = seededDice(1)

function digest(change: Partial<DigestOptions> = {}): Digest {
  const random = (bytes: number): Buffer => Buffer.from(Array.from({ length: bytes }, () => Math.floor(dice() * 256)))
  return new Digest({ key: KEY, realm: 'ledgerline', since: TEN_O_CLOCK, random, ...change })
}

interface Phone {
  algorithm?: 'MD5' | 'SHA-256'
  secret?: string
  user?: string
  nc?: number | null
  uri?: string
  method?: string
  nonce?: string
}

/** The Authorization field with which a phone answers a nonce. */
function answer(nonce: string, phone: Phone = {}): string {
  const usual = {
    algorithm: 'SHA-256',
    secret: SECRET,
    user: '101',
    nc: 1,
    uri: 'sip:pbx.example',
    method: 'REGISTER',
  } as const
  return digestOf({ realm: 'ledgerline', nonce, ...usual, ...phone })
}

const nonceOf = (one: Digest, now = TEN_O_CLOCK): string => /nonce="([^"]+)"/.exec(one.challenges(now)[0]!)![1]!

function verdict(
  one: Digest,
  field: string,
  { now = TEN_O_CLOCK, method = 'REGISTER', uri = 'sip:pbx.example', secret = SECRET as string | null } = {},
) {
  const claim = one.credentials(field)
  return claim && one.verify(claim, { method, uri, secret, now })
}

test('A3.2.1-password SHA-256 is asked for first, MD5 second, each in a field of its own', () => {
  const [first, second, ...more] = digest().challenges(TEN_O_CLOCK)
  assert.match(first!, /^Digest realm="ledgerline", nonce="[\w-]{40}", algorithm=SHA-256, qop="auth"$/)
  assert.match(second!, /algorithm=MD5, qop="auth"$/)
  assert.equal(more, [])
  assert.match(digest().challenges(TEN_O_CLOCK, true)[0]!, /stale=true/)
})

test('A3.2.1-password the secret opens by SHA-256, by MD5, and by MD5 as old phones know it', () => {
  for (const phone of [{}, { algorithm: 'MD5' }, { algorithm: 'MD5', nc: null }] as Phone[]) {
    const one = digest()
    assert.equal(verdict(one, answer(nonceOf(one), phone)), { is: 'right' })
  }
})

test('the example of RFC 7616, 3.9.1 is computed as printed there', () => {
  // Its nonce is not ours, which is found out after the response: a wrong one would be called wrong.
  const field = (algorithm: string, response: string): string =>
    'Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", ' +
    `algorithm=${algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, ` +
    `cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, response="${response}", ` +
    'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
  const one = digest({ realm: 'http-auth@example.org' })
  const asked = { method: 'GET', uri: '/dir/index.html', secret: 'Circle of Life' }
  const forged = { is: 'again', stale: false, why: 'forged' }
  assert.equal(verdict(one, field('MD5', '8ca523f5e9506fed4657c9700eebdbec'), asked), forged)
  const sha = '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'
  assert.equal(verdict(one, field('SHA-256', sha), asked), forged)
  assert.equal(verdict(one, field('SHA-256', sha.replace('7', '8')), asked), { is: 'wrong' })
})

test('a wrong secret and an unknown user are the same wrong', () => {
  const one = digest()
  assert.equal(verdict(one, answer(nonceOf(one), { secret: 'guess' })), { is: 'wrong' })
  assert.equal(verdict(one, answer(nonceOf(one)), { secret: null }), { is: 'wrong' })
  assert.equal(verdict(one, answer(nonceOf(one), { method: 'INVITE' })), { is: 'wrong' })
})

test('a forged nonce is of no use, even to those who know the secret', () => {
  const one = digest()
  const other = digest({ key: Buffer.alloc(32, 8) })
  const nonce = nonceOf(one)
  const changed = `${nonce.startsWith('A') ? 'B' : 'A'}${nonce.slice(1)}`
  for (const forged of [nonceOf(other), changed, 'x', `${nonce}=`, `${nonce}AAAA`])
    assert.equal(verdict(one, answer(forged)), { is: 'again', stale: false, why: 'forged' })
  // Another realm of the same house signs for itself.
  assert.equal(verdict(one, answer(nonceOf(digest({ realm: 'elsewhere' })))), {
    is: 'again',
    stale: false,
    why: 'forged',
  })
})

test('an expired nonce is stale for those who know the secret, and only for them', () => {
  const one = digest({ nonceMs: 1_000 })
  const nonce = nonceOf(one)
  assert.equal(verdict(one, answer(nonce), { now: TEN_O_CLOCK + 1_000 }), { is: 'right' })
  assert.equal(verdict(one, answer(nonce, { nc: 2 }), { now: TEN_O_CLOCK + 1_001 }), {
    is: 'again',
    stale: true,
    why: 'expired',
  })
  assert.equal(verdict(one, answer(nonce, { nc: 2, secret: 'guess' }), { now: TEN_O_CLOCK + 1_001 }), { is: 'wrong' })
})

test('a nonce from before the start of this process is stale: nobody knows what it was used for', () => {
  const nonce = nonceOf(digest(), TEN_O_CLOCK - 1)
  assert.equal(verdict(digest(), answer(nonce)), { is: 'again', stale: true, why: 'expired' })
})

test('a count is good once; they may overtake each other, within a window', () => {
  const one = digest()
  const nonce = nonceOf(one)
  const use = (nc: number) => verdict(one, answer(nonce, { nc }))?.is
  assert.equal([1, 1, 2, 5, 3, 3, 4, 4, 5].map(use), [
    'right',
    'again',
    'right',
    'right',
    'right',
    'again',
    'right',
    'again',
    'again',
  ])
  assert.equal([100, 68, 68, 67, 99, 99].map(use), ['right', 'right', 'again', 'again', 'right', 'again'])
  assert.equal([132, 100, 101, 0xffff_ffff].map(use), ['right', 'again', 'right', 'right'])
  assert.equal(verdict(one, answer(nonce, { nc: 1 })), { is: 'again', stale: true, why: 'replayed' })
})

test('any order of counts: each is accepted at most once, and always if it is no more than 32 behind', () => {
  const throws = seededDice(12)
  for (let round = 0; round < 60; round++) {
    const one = digest()
    const nonce = nonceOf(one)
    const used = new Set<number>()
    let highest = 0
    for (let n = 0; n < 60; n++) {
      const nc = Math.max(1, highest + Math.floor(throws() * 90) - 60)
      const right = verdict(one, answer(nonce, { nc, algorithm: 'MD5' }))?.is === 'right'
      assert.is(right, !used.has(nc) && nc >= highest - 32, `${nc} after ${highest}`)
      if (right) used.add(nc)
      if (right) highest = Math.max(highest, nc)
    }
  }
})

test('without counts a nonce is good once', () => {
  const one = digest()
  const [nonce, other] = [nonceOf(one), nonceOf(one)]
  const old: Phone = { algorithm: 'MD5', nc: null }
  assert.is(verdict(one, answer(nonce, old))?.is, 'right')
  assert.equal(verdict(one, answer(nonce, old)), { is: 'again', stale: true, why: 'replayed' })
  assert.is(verdict(one, answer(nonce, { nc: 9 }))?.is, 'again')
  assert.is(verdict(one, answer(other))?.is, 'right')
  assert.is(verdict(one, answer(other, old))?.is, 'again')
})

test('memory is bounded: what was forgotten is stale, and never accepted again', () => {
  const one = digest({ remembered: 10 })
  const nonces = Array.from({ length: 30 }, (_, n) => nonceOf(one, TEN_O_CLOCK + n))
  for (const nonce of nonces) assert.is(verdict(one, answer(nonce))?.is, 'right')
  for (const nonce of nonces) assert.is(verdict(one, answer(nonce))?.is, 'again')
})

test('credentials for another call or another registrar are misdirected', () => {
  const one = digest()
  const to = (uri: string) => answer(nonceOf(one), { uri, method: 'INVITE' })
  const asked = { method: 'INVITE', uri: 'sip:9001@pbx.example' }
  assert.equal(verdict(one, to('sip:9002@pbx.example'), asked), { is: 'misdirected' })
  assert.equal(verdict(one, to('sip:9001@elsewhere.example'), asked), { is: 'misdirected' })
  assert.equal(verdict(one, to('sip:9001@PBX.example:5060;transport=udp'), asked), { is: 'right' })
  assert.equal(verdict(one, answer(nonceOf(one), { uri: 'sip:101@pbx.example' })), { is: 'right' })
})

test('of several credentials those for this realm are taken; other schemes are passed over', () => {
  const one = digest()
  const other =
    'Digest username="101", realm="elsewhere", nonce="a,b", uri="sip:x", response="00000000000000000000000000000000"'
  const fields = [other, 'NoOneKnowsThisScheme opaque-data=here', 'Basic MTAxOmd1ZXNz', answer(nonceOf(one))]
  assert.equal(verdict(one, fields.join(',')), { is: 'right' })
  assert.is(one.credentials(fields.slice(0, 3).join(',')), null)
})

test('what cannot be read is no credentials', () => {
  const one = digest()
  const right = answer(nonceOf(one))
  const wrong = [
    '',
    'Digest',
    'Digest ,',
    right.replace('Digest', 'Basic'),
    right.replace('qop=auth', 'qop=auth-int'),
    right.replace('nc=00000001', 'nc=1'),
    right.replace('nc=00000001', 'nc=00000000'),
    right.replace('nc=00000001, ', ''),
    right.replace(', qop=auth', ''),
    right.replace('algorithm=SHA-256', 'algorithm=SHA-256-sess'),
    right.replace('algorithm=SHA-256', 'algorithm=MD5'),
    right.replace('response="', 'response="z'),
    `${right}, nonce="again"`,
    right.replace('realm="ledgerline"', 'realm="ledgerline'),
    `Digest ${'x'.repeat(9_000)}=1`,
  ]
  for (const field of wrong) assert.is(one.credentials(field), null, field)
  assert.is(one.credentials(null), null)
  // As a field folded over two lines.
  assert.equal(verdict(one, right.replace(', uri', ',\r\n   uri')), { is: 'right' })
})

test.run()
