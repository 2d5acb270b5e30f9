/** What phones ask of a call under way by keys of their own: hold, another session, a transfer, no calls at all. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { VirtualClock } from '@ledgerline/adapters/clock/virtual.ts'
import type { LegEnd } from '@ledgerline/core/telephony/port.ts'
import { pass, testClock } from '../support/clock.ts'
import { until } from '../support/gate.ts'
import { isSameSession, laterBy, saysHold } from '@ledgerline/adapters/telephony/drachtio/held-sdp.ts'
import { house, PretendRequest, type House, type PretendDialog } from './network.ts'

const COMPLETED: LegEnd = { by: 'system', cause: 16, sip: null, reason: 'completed' }
const test = suite<{ it: House; clock: VirtualClock }>('keys of a phone at its SIP server')

test.before.each(async (context) => {
  context.clock = testClock()
  context.it = await house(context.clock)
})
test.after.each(({ it }) => it.close())

async function talk(it: House, sdp = 'theirs') {
  const { legId, callId, phone } = await it.answered()
  const { ringing, channel } = await it.dial('A', callId)
  const both = ringing.answers(sdp)
  it.media.made(channel, '+OK')
  await until('the answer', () => it.of('answered').some((report) => report.legId === 'A'))
  const agent = { channel, phone: both.uac }
  await it.send({ do: 'bridge', legId: 'A', to: legId })
  return { legId, callId, customer: phone, agent: agent.phone, inner: both.uas, channel: agent.channel }
}

/** A phone asks something in its dialog; its answer, once it is there. */
async function asks(dialog: PretendDialog, event: string, fields: Record<string, string> = {}, body = 'sdp') {
  const asked = new PretendRequest(event === 'modify' ? 'INVITE' : event.toUpperCase(), 'sip:us', fields)
  asked.request.body = body
  dialog.emit(event, asked.request, asked.response)
  await until('an answer', () => asked.response.finalResponseSent)
  return asked.answered.at(-1)!
}

const sdpOf = (direction: string, port = 4000, version = 1): string =>
  ['v=0', `o=- 7 ${version} IN IP4 10.0.0.5`, 's=-', `m=audio ${port} RTP/AVP 8`, `a=${direction}`, ''].join('\r\n')

test('C3.3-hold a phone’s hold and resume are reported, as its own leg’s, and the media server is not asked', async ({
  it,
}) => {
  const { agent, inner } = await talk(it, sdpOf('sendrecv'))
  for (const [direction, ours] of [
    ['sendonly', 'recvonly'],
    ['inactive', 'inactive'],
    ['sendrecv', 'sendrecv'],
    ['sendonly', 'recvonly'],
  ] as const) {
    const { status, body } = await asks(agent, 'modify', {}, sdpOf(direction))
    assert.equal([status, /^a=(\w+)/m.exec(body!)?.[1]], [200, ours])
  }
  assert.equal(
    it.of('held').map(({ legId, by }) => [legId, by]),
    [
      ['A', 'agent'],
      ['A', 'agent'],
    ],
  )
  assert.is(it.of('resumed').length, 1)
  assert.equal(inner.said, [])
  inner.answers = { status: 200, body: sdpOf('sendrecv', 6000, 3) }
  const { body } = await asks(agent, 'modify', {}, sdpOf('sendrecv', 4002))
  assert.equal([inner.said.length, it.of('resumed').length], [1, 2], 'back at another address: it is told')
  assert.match(body!, /^o=- 7 7 /m, 'after four versions of our own')
})

test('a customer’s own hold is the media server’s to answer', async ({ it }) => {
  const { legId, customer } = await talk(it)
  await asks(customer, 'modify', {}, sdpOf('sendonly'))
  await until('the report', () => it.of('held').length === 1)
  assert.equal([it.of('held')[0]!.legId, it.of('held')[0]!.by], [legId, 'customer'])
  await asks(customer, 'modify', {}, sdpOf('sendrecv'))
  assert.is(it.of('resumed').length, 1)
})

test('what an SDP says of hold', () => {
  for (const [sdp, isHold] of [
    ['v=0\r\nc=IN IP4 10.0.0.1\r\nm=audio 4 RTP/AVP 8\r\n', false],
    ['v=0\r\nc=IN IP4 0.0.0.0\r\nm=audio 4 RTP/AVP 8\r\n', true],
    ['v=0\r\nc=IN IP4 0.0.0.0\r\nm=audio 4 RTP/AVP 8\r\nc=IN IP4 10.0.0.1\r\n', false],
    ['v=0\r\na=inactive\r\nm=audio 4 RTP/AVP 8\r\n', true],
    ['v=0\r\na=sendonly\r\nm=audio 4 RTP/AVP 8\r\na=sendrecv\r\n', false],
    ['v=0\r\nm=audio 4 RTP/AVP 8\r\nm=video 6 RTP/AVP 99\r\na=sendonly\r\n', false],
    ['v=0\nm=audio 4 RTP/AVP 8\na=sendonly\n', true],
    ['', false],
  ] as const)
    assert.is(saysHold(sdp), isHold, sdp)
  assert.ok(isSameSession(sdpOf('sendonly', 4000, 2), sdpOf('sendrecv')))
  assert.not(isSameSession(sdpOf('sendrecv', 4002), sdpOf('sendrecv')))
  assert.match(laterBy('v=0\r\no=FreeSWITCH 99 18446744073709551615 IN IP4 a\r\n', 1), /18446744073709551616/)
})

test('another session is passed on, a refusal is passed back, and the next one is passed on all the same', async ({
  it,
}) => {
  const { agent, inner } = await talk(it)
  assert.equal(await asks(agent, 'modify', {}, 'held'), { status: 200, body: 'changed' })
  assert.equal([inner.said.at(-1)!.method, inner.said.at(-1)!.body, inner.local.sdp], ['INVITE', 'held', 'held'])
  inner.answers = { status: 488 }
  assert.is((await asks(agent, 'modify', {}, 'refused')).status, 488)
  assert.is(inner.local.sdp, 'held', 'what was agreed holds')
  inner.answers = { status: 200, body: 'again' }
  assert.is((await asks(agent, 'modify', {}, 'sendrecv')).body, 'again')
  assert.is((await asks(agent, 'update', {}, 'by update')).body, 'again')
  const before = inner.said.length
  assert.is((await asks(agent, 'modify', {}, 'by update')).body, 'again', 'the same again')
  assert.is((await asks(agent, 'update', {}, '')).status, 200, 'a session timer')
  assert.is((await asks(agent, 'modify', {}, '')).body, 'again', 'without an offer: what was agreed')
  assert.is(inner.said.length, before)
})

test('two sides that ask at once are both told to ask again (491)', async ({ it }) => {
  const { agent, inner } = await talk(it)
  agent.answers = null
  const asked = new PretendRequest('INVITE', 'sip:us')
  inner.emit('modify', asked.request, asked.response)
  assert.is((await asks(agent, 'modify')).status, 491)
  assert.is((await asks(inner, 'modify')).status, 500, 'one at a time')
})

test('C3.5-blind-transfer the transfer key is reported, and the phone is told what came of it', async ({ it }) => {
  const { agent } = await talk(it)
  const fields = { 'refer-to': '"Colleague" <sip:8202@10.0.0.1;user=phone?Subject=x>' }
  assert.is((await asks(agent, 'refer', fields)).status, 202)
  await until('the report', () => it.of('referred').length === 1)
  assert.equal([it.of('referred')[0]!.legId, it.of('referred')[0]!.to], ['A', '8202'])
  const told = () => agent.said.filter(({ method }) => method === 'NOTIFY').map(({ body }) => body?.trim())
  assert.equal(told(), ['SIP/2.0 100 Trying'])
  assert.is((await asks(agent, 'refer', fields)).status, 491, 'one at a time')
  await it.send({ do: 'answer_refer', legId: 'A', accepted: false })
  assert.equal(told(), ['SIP/2.0 100 Trying', 'SIP/2.0 603 Decline'])
  assert.match(agent.said.at(-1)!.headers!['Subscription-State']!, /^terminated/)
  await asks(agent, 'refer', fields)
  await it.send({ do: 'hang_up', legId: 'A', end: { ...COMPLETED, by: 'agent' } })
  assert.is(told().at(-1), 'SIP/2.0 100 Trying', 'it is let go, and the target rings')
  await it.send({ do: 'answer_refer', legId: 'A', accepted: false, status: 486 })
  const said = it.sip.byId.at(-1)!
  assert.equal(
    [said.method, said.body?.trim(), said.headers?.['Call-ID']],
    ['NOTIFY', 'SIP/2.0 486 Busy Here', agent.sip.callId],
  )
  assert.match(said.headers!['Subscription-State']!, /^terminated/)
})

test('C3.3-hold-music the hold key in a consultation: the colleague hears music, and comes back', async ({ it }) => {
  const { agent, callId, legId } = await talk(it)
  await it.send({ do: 'hold', legId, music: null })
  const { channel } = await it.reach('B', callId, {
    purpose: 'consultation',
    to: { kind: 'extension', extension: '8202' },
  })
  await it.send({ do: 'bridge', legId: 'B', to: 'A' })
  const held = sdpOf('sendonly')
  assert.is((await asks(agent, 'modify', {}, held)).status, 200)
  await until('the music', () =>
    it.media.commands.some((line) => line.includes(channel) && line.includes('hold_music')),
  )
  assert.is(it.of('held').at(-1)!.legId, 'B')
  assert.is((await asks(agent, 'modify', {}, sdpOf('sendrecv'))).status, 200)
  await until('the talk', () => it.of('resumed').some((report) => report.legId === 'B'))
  const customer = (await it.telephony.legs()).find((leg) => leg.legId === legId)
  assert.is(customer?.state, 'held', 'the customer hears theirs')
})

test('C3.5-consult-transfer two calls on two media servers cannot be connected: the key is refused, and why is noted', async ({
  it,
}) => {
  Object.assign(it.media, { draining: true })
  Object.assign(it.spare, { draining: false })
  const second = await it.answeredPhone('8201')
  const { callId: dialog, localTag, remoteTag } = second.phone.sip
  Object.assign(it.media, { draining: false })
  const { agent } = await talk(it)
  const replaces = encodeURIComponent(`${dialog};to-tag=${localTag};from-tag=${remoteTag}`)
  assert.is((await asks(agent, 'refer', { 'refer-to': `<sip:8202@us?Replaces=${replaces}>` })).status, 603)
  assert.equal(it.of('referred'), [])
  assert.ok(it.warned.some((line) => line.includes('different media servers')))
})

test('C3.5-consult-transfer the transfer key names another call of the same phone', async ({ it }) => {
  const { agent, callId, legId } = await talk(it)
  const second = await it.answeredPhone('8201')
  const { callId: dialog, localTag, remoteTag } = second.phone.sip
  const replaces = (id: string, tag: string): Record<string, string> => ({
    'refer-to': `<sip:8202@us?Replaces=${encodeURIComponent(`${id};to-tag=${tag};from-tag=${remoteTag}`)}>`,
  })
  assert.is((await asks(agent, 'refer', replaces('another', localTag))).status, 481)
  assert.is((await asks(agent, 'refer', replaces(dialog, 'another'))).status, 481)
  assert.is((await asks(agent, 'refer', replaces(dialog, localTag))).status, 202)
  await until('the report', () => it.of('referred').length === 1)
  assert.equal(it.of('referred')[0]!.other, { legId: second.legId, callId: second.callId })
  // The colleague is in the phone's second call, and goes on in the first one.
  await it.reach('B', second.callId, { to: { kind: 'extension', extension: '8202' } })
  await it.send({ do: 'bridge', legId: 'B', to: second.legId })
  const target = {
    legId: 'N',
    callId,
    purpose: 'consultation',
    to: { kind: 'leg', legId: 'B' },
    callerId: null,
  } as const
  await it.send({ do: 'dial', target: { ...target, ringMs: 0 } })
  assert.equal([it.ended('B'), it.of('answered').at(-1)!.callId], ['completed', callId])
  await it.send({ do: 'bridge', legId: 'N', to: legId })
  assert.equal(it.of('bridged').at(-1)!.legId, 'N')
  await it.send({ do: 'dial', target: { ...target, legId: 'M', to: { kind: 'leg', legId: 'nobody' }, ringMs: 0 } })
  assert.is(it.ended('M'), 'unreachable')
})

test('a transfer that nobody decides, to nobody, or by somebody outside', async ({ it, clock }) => {
  const { agent, customer } = await talk(it)
  assert.is((await asks(agent, 'refer', { 'refer-to': '<sip:10.0.0.1>' })).status, 400)
  assert.is((await asks(agent, 'refer', {})).status, 400)
  assert.is((await asks(customer, 'refer', { 'refer-to': '<sip:8202@us>' })).status, 403)
  assert.is((await asks(agent, 'refer', { 'refer-to': '<tel:+8613800001111>', 'refer-sub': 'false' })).status, 202)
  await until('the report', () => it.of('referred').length === 1)
  assert.is(it.of('referred')[0]!.to, '+8613800001111')
  await pass(clock, 10_000)
  assert.equal(agent.said, [], 'it did not want to know')
  await asks(agent, 'refer', { 'refer-to': '<sip:8202@us>' })
  await pass(clock, 10_000)
  assert.match(agent.said.at(-1)!.body!, /503/)
})

test('a phone that refuses because it wants no calls at all says so; one that is busy does not', async ({ it }) => {
  for (const [status, reason, fields, isDnd] of [
    [480, 'Do Not Disturb', {}, true],
    [486, 'Busy Here', { reason: 'SIP;cause=486;text="DND on"' }, true],
    [603, 'Decline', { warning: '399 phone "do-not-disturb"' }, true],
    [603, 'Decline', {}, false],
    [486, 'Busy Here', {}, false],
    [480, 'Temporarily Unavailable', {}, false],
  ] as const) {
    const legId = `A${it.of('ended').length}`
    const { ringing } = await it.dial(legId, 'call')
    ringing.refuses(status, reason, fields)
    await until('the end', () => it.ended(legId) !== undefined)
    const said = it.of('do_not_disturb').some((report) => report.legId === legId)
    assert.is(said, isDnd, `${status} ${reason}`)
    if (isDnd) assert.is(it.ended(legId), 'rejected')
  }
})

test('a phone that is asked to call somebody else (3xx) has refused: nobody is called in its place', async ({ it }) => {
  const { ringing } = await it.dial('A', 'call')
  ringing.refuses(302, 'Moved Temporarily', { contact: '<sip:0088211@10.0.0.9>' })
  await until('the end', () => it.ended('A') !== undefined)
  assert.equal([it.ended('A'), it.sip.ringing.length], ['rejected', 1])
})

test('a phone that knows nothing of the talk has hung up; one that says nothing is listened for', async ({
  it,
  clock,
}) => {
  const { legId, agent, customer, channel } = await talk(it)
  const channelOfCustomer = it.media.commands.find((line) => line.startsWith('uuid_bridge'))!.split(' ')[2]!
  customer.answers = { status: 405 }
  agent.answers = { status: 200 }
  await pass(clock, 40_000)
  assert.ok(agent.said.some(({ method }) => method === 'OPTIONS'))
  agent.answers = { status: 408 }
  for (let look = 1; look <= 24; look++) {
    it.media.packets.set(channel, look)
    await pass(clock, 5_000)
  }
  assert.equal([it.ended('A'), it.ended(legId)], [undefined, undefined], 'it can be heard')
  for (let look = 1; look <= 4; look++) await pass(clock, 5_000)
  assert.is(it.ended('A'), 'no_media')
  assert.ok(
    it.media.commands.every((line) => !line.includes(`getvar ${channelOfCustomer}`)),
    'whoever answers is not',
  )
  customer.answers = { status: 481 }
  await pass(clock, 60_000)
  assert.is(it.ended(legId), 'hung_up')
  assert.is(clock.pending, 0)
})

test.run()
