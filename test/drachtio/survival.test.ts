/** Legs whose server, or whose process, is gone: what goes on, what ends, and who takes over. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { VirtualClock } from '@ledgerline/adapters/clock/virtual.ts'
import { dialogsTagOf, foundLeg, legTagOf } from '@ledgerline/adapters/telephony/drachtio/tags.ts'
import type { Leg } from '@ledgerline/adapters/telephony/drachtio/leg.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import type { LegEnd } from '@ledgerline/core/telephony/port.ts'
import { pass, testClock } from '../support/clock.ts'
import { until } from '../support/gate.ts'
import { house, PretendSip, TENANT, type House } from './network.ts'

const COMPLETED: LegEnd = { by: 'system', cause: 16, sip: null, reason: 'completed' }
const test = suite<{ it: House; clock: VirtualClock }>('legs that lost a server')

test.before.each(async (context) => {
  context.clock = testClock()
  context.it = await house(context.clock)
})
test.after.each(({ it }) => it.close())

const legIds = async ({ telephony }: House): Promise<string[]> =>
  (await telephony.legs()).map(({ legId }) => legId).toSorted()

async function talk(it: House) {
  const { legId, callId, phone } = await it.answered()
  const agent = await it.reach('A', callId)
  await it.send({ do: 'bridge', legId: 'A', to: legId })
  return { legId, callId, phone, agent }
}

test('a SIP server is lost: who talks goes on, what rings ends, and the phones are told by a later connection', async ({
  it,
}) => {
  const { legId, callId, phone, agent } = await talk(it)
  const { channel } = await it.dial('B', callId, { to: { kind: 'extension', extension: '8202' } })
  const caller = await it.caller()
  it.telephony.sipServer('drachtio:9022', null)
  await until('what rang to end', () => it.ended('B') !== undefined && it.ended(caller.legId) !== undefined)
  assert.equal([it.ended('B'), it.ended(caller.legId)], ['node_lost', 'node_lost'])
  assert.ok(it.media.commands.some((line) => line.startsWith(`uuid_kill ${channel}`)))
  assert.equal(await legIds(it), ['A', legId].toSorted())
  const later = new PretendSip()
  it.telephony.sipServer('drachtio:9022', later.srf)
  for (const each of ['A', legId]) await it.send({ do: 'hang_up', legId: each, end: COMPLETED })
  assert.equal(
    later.byId.map(({ method }) => method),
    ['BYE', 'BYE', 'BYE', 'BYE'],
  )
  const told = new Set(later.byId.map(({ stackDialogId }) => stackDialogId))
  assert.ok(told.has(phone.id) && told.has(agent.phone.id))
  assert.equal(await legIds(it), [])
})

test('without signalling a leg lasts as long as it is heard, and no longer than the limit', async ({ it, clock }) => {
  const { legId, agent } = await talk(it)
  it.telephony.sipServer('drachtio:9022', null)
  const customer = it.media.commands.find((line) => line.startsWith('uuid_bridge'))!.split(' ')[2]!
  for (let look = 1; look <= 4; look++) {
    it.media.packets.set(agent.channel, look * 250)
    it.media.packets.set(customer, Math.min(look, 2) * 250)
    await pass(clock, 5_000)
  }
  assert.equal([it.ended(legId), it.ended('A')], ['no_media', undefined], 'one falls silent')
  for (let look = 5; it.ended('A') === undefined && look < 4_000; look++) {
    it.media.packets.set(agent.channel, look * 250)
    await pass(clock, 5_000)
  }
  assert.is(it.ended('A'), 'limit')
  assert.is(clock.pending, 0)
})

test('a caller who was not answered is given to another media server, or waits for one', async ({ it }) => {
  const { legId, invite } = await it.caller()
  it.spare.draining = false
  it.media.isUp = false
  it.telephony.serverLost(it.media.asServer)
  await until('the other server', () => it.spare.legs === 1)
  assert.is(it.ended(legId), undefined)
  it.spare.isUp = false
  it.telephony.serverLost(it.spare.asServer)
  await new Promise(setImmediate)
  assert.equal([it.ended(legId), await legIds(it)], [undefined, [legId]])
  it.media.isUp = true
  await it.telephony.serverUp(it.media.asServer, new Set())
  await until('the first server again', () => it.media.legs === 1 && it.spare.legs === 0)
  await it.send({ do: 'answer', legId })
  assert.is(it.of('answered').length, 1)
  assert.equal(invite.answered, [])
})

test('a media server that refuses a caller: the next one takes them; none does: 503', async ({ it }) => {
  it.spare.draining = false
  it.sip.refusesMedia = (uri) => uri.includes('fs1')
  await it.caller()
  assert.equal([it.media.legs, it.spare.legs], [0, 1])
  it.sip.refusesMedia = () => true
  const { legId, invite } = await it.caller()
  await until('the refusal', () => it.ended(legId) !== undefined)
  assert.equal([it.ended(legId), invite.answered.at(-1)?.status], ['media_lost', 503])
})

test('a phone that answers is told of at once; what is ordered of it waits until the media server has it', async ({
  it,
}) => {
  const { legId, callId } = await it.answered()
  const { channel, ringing } = await it.dial('A', callId)
  ringing.answers()
  await until('the answer', () => it.of('answered').some((report) => report.legId === 'A'))
  const bridged = it.send({ do: 'bridge', legId: 'A', to: legId })
  await new Promise(setImmediate)
  assert.not(it.media.commands.some((line) => line.startsWith('uuid_bridge')))
  it.media.made(channel, '+OK')
  await bridged
  assert.ok(it.media.commands.some((line) => line.startsWith(`uuid_bridge ${channel}`)))
})

test('a phone that has answered, and that the media server does not take, is ended', async ({ it }) => {
  const { legId, callId } = await it.answered()
  const { channel, ringing } = await it.dial('A', callId)
  const { uac } = ringing.answers()
  await until('the answer', () => it.of('answered').some((report) => report.legId === 'A'))
  const bridged = it.send({ do: 'bridge', legId: 'A', to: legId }).catch((error: { code: string }) => error.code)
  it.media.made(channel, '-ERR INCOMPATIBLE_DESTINATION')
  assert.is(await bridged, 'telephony.no_leg')
  assert.equal([it.ended('A'), uac.connected], ['unreachable', false])
})

/** A message of SIP, as the library gives it. */
const message = (fields: Record<string, string>, more: object = {}): object => ({
  get: (name: string) => fields[name],
  source_address: '10.0.0.7',
  source_port: 5060,
  protocol: 'udp',
  ...more,
})

test('whose leg it is, and how its phone is told its end, is said in the answers of the phone', async ({ it }) => {
  const { callId } = await it.answered()
  const { ringing } = await it.dial('A', callId)
  const dumpOf = (answer: object, origin: string) =>
    Object.fromEntries(Object.entries(ringing.says(answer)).map(([name, text]) => [`variable_${origin}${name}`, text]))
  const rings = foundLeg(dumpOf({ status: 180 }, 'sip_ph_'))
  assert.equal([rings?.leg.leg, rings?.leg.purpose, rings?.dialogs], ['A', 'agent', null])
  const req = message({ from: '<sip:us@sip>;tag=us', 'call-id': 'call' })
  const fields = { contact: '<sip:8201@10.0.0.7>', to: '<sip:8201@phone>;tag=them' }
  const dialogs = foundLeg(
    dumpOf(message(fields, { status: 200, req, stackDialogId: 'call;from-tag=us' }), 'sip_rh_'),
  )?.dialogs
  assert.equal(dialogs?.ids, ['call;from-tag=us'])
  assert.equal(
    [dialogs?.farewell?.uri, dialogs?.farewell?.from, dialogs?.farewell?.to],
    ['sip:8201@10.0.0.7', '<sip:us@sip>;tag=us', '<sip:8201@phone>;tag=them'],
  )
})

test('how a caller is told their end is said when the media server gets them, and holds once they were answered', () => {
  const given = {
    uri: 'sip:caller@10.0.0.8',
    proxy: null,
    from: '<sip:95500@us>;tag=',
    to: '<sip:139@trunk>;tag=them',
    callId: 'call',
    route: [],
  }
  const dump = {
    'variable_sip_h_X-Ledgerline-Tag': legTagOf('node2', {
      tenant: TENANT,
      legId: 'C',
      callId: 'call',
      purpose: 'customer',
      extension: null,
      since: 0,
    } as Leg),
    'variable_sip_h_X-Ledgerline-Dialogs': dialogsTagOf({ server: 'drachtio:9022', ids: ['outer'], farewell: given }),
  }
  const unsaid = foundLeg(dump)!
  assert.equal(
    [unsaid.answered, unsaid.dialogs?.ids, unsaid.dialogs?.farewell],
    [false, ['outer'], null],
    'by its id alone',
  )
  const { dialogs } = foundLeg({ ...dump, variable_ledgerline_answered: 'ours' })!
  assert.is(dialogs?.farewell?.from, '<sip:95500@us>;tag=ours')
})

/** Channels that another process left on a media server. */
function leftBehind(it: House, node = 'node2', tenant = TENANT): void {
  const leg = (legId: string, purpose: Leg['purpose'], more: object = {}): string =>
    legTagOf(node, {
      tenant,
      legId,
      callId: 'call',
      purpose,
      extension: null,
      since: it.clock.now() - 60_000,
      ...more,
    } as Leg)
  const dialogs = dialogsTagOf({ server: 'drachtio:9022', ids: ['outer', 'inner'] })
  it.spare.dumps.set('c1', {
    'variable_sip_h_X-Ledgerline-Tag': leg('C', 'customer'),
    variable_ledgerline_dialogs: dialogs,
    variable_ledgerline_answered: 'ours',
    variable_bridge_to: 'c2',
  })
  it.spare.dumps.set('c2', {
    variable_ledgerline_leg: leg('A2', 'agent'),
    variable_ledgerline_dialogs: dialogs,
    'Call-Direction': 'outbound',
    'Answer-State': 'answered',
    variable_bridge_to: 'c1',
  })
  it.spare.dumps.set('c3', {
    variable_ledgerline_leg: leg('R', 'agent'),
    variable_ledgerline_dialogs: dialogsTagOf({ server: 'drachtio:9022', ids: ['rings'], invite: 'invite' }),
    'Call-Direction': 'outbound',
    'Answer-State': 'ringing',
  })
  it.spare.dumps.set('c4', {})
  for (const channel of ['c1', 'c2', 'c3', 'c4', 'c5']) it.spare.channels.add(channel)
}

test('what another process left behind is taken over, also beside legs of our own; what nobody answered is ended', async ({
  it,
}) => {
  await it.answered()
  it.spare.draining = false
  it.media.draining = true
  await it.answered()
  leftBehind(it)
  const before = (await legIds(it)).length
  for (const dialog of it.sip.dialogs) it.spare.channels.add(dialog.sip.callId)
  await it.telephony.serverUp(it.spare.asServer, new Set(it.spare.channels))
  assert.equal((await legIds(it)).length, before + 2)
  assert.equal([it.ended('A2'), it.ended('C')], [undefined, undefined])
  assert.equal(
    it.spare.commands.filter((line) => line.startsWith('uuid_kill')),
    ['uuid_kill c3 NORMAL_TEMPORARY_FAILURE'],
  )
  assert.equal(
    it.sip.byId.splice(0).map(({ method, stackTxnId }) => [method, stackTxnId]),
    [['CANCEL', 'invite']],
    'its phone stops ringing',
  )
  // Connected as they are: no need to connect them again.
  await it.send({ do: 'bridge', legId: 'A2', to: 'C' })
  assert.not(it.spare.commands.some((line) => line.startsWith('uuid_bridge c')))
  await it.send({ do: 'hang_up', legId: 'C', end: COMPLETED })
  assert.equal(
    it.sip.byId.map(({ stackDialogId }) => stackDialogId),
    ['outer', 'inner'],
  )
})

test('the process before ended as somebody was answered: who can be heard, or has answered, is taken over', async ({
  it,
}) => {
  leftBehind(it)
  for (const channel of ['c1', 'c2'])
    for (const lost of ['variable_ledgerline_dialogs', 'variable_ledgerline_answered'])
      delete (it.spare.dumps.get(channel) as Record<string, unknown>)[lost]
  it.spare.packets.set('c1', 12)
  Object.assign(it.spare.dumps.get('c2')!, { 'Call-Direction': 'outbound', 'Answer-State': 'answered' })
  await it.telephony.serverUp(it.spare.asServer, new Set(it.spare.channels))
  assert.equal(await legIds(it), ['A2', 'C'])
  assert.equal(
    it
      .of('answered')
      .map(({ legId }) => legId)
      .toSorted(),
    ['A2', 'C'],
  )
})

test('legs of others on the same media server are left alone', async ({ it }) => {
  leftBehind(it, 'node1', 'another bank')
  await it.telephony.serverUp(it.spare.asServer, new Set(it.spare.channels))
  assert.equal(await legIds(it), [])
  assert.not(it.spare.commands.some((line) => line.startsWith('uuid_kill')))
})

test('a media server that comes back without a channel has lost its leg; one whose list is late has not', async ({
  it,
}) => {
  const { legId, agent } = await talk(it)
  it.media.channels.add(agent.channel)
  await it.telephony.serverUp(it.media.asServer, new Set())
  assert.equal([it.ended(legId), it.ended('A')], ['media_lost', undefined])
})

test('a media server ends a channel on which no sound came for too long: the leg ends, and says so', async ({ it }) => {
  const { legId, agent } = await talk(it)
  it.media.hear({
    'Event-Name': 'CHANNEL_HANGUP_COMPLETE',
    'Unique-ID': agent.channel,
    'Hangup-Cause': 'MEDIA_TIMEOUT',
  })
  await until('the end', () => it.ended('A') !== undefined)
  assert.equal([it.ended('A'), it.ended(legId)], ['no_media', undefined])
})

test('a customer hangs up: whoever listened stays, parked', async ({ it }) => {
  const { legId, callId, phone } = await talk(it)
  const ear = await it.reach('S', callId, { purpose: 'supervisor' })
  await it.send({ do: 'supervise', legId: 'S', customerLegId: legId, agentLegId: 'A', mode: 'listen' })
  assert.ok(it.media.commands.at(-1)!.match(new RegExp(`^uuid_transfer ${ear.channel} eavesdrop:[\\w-]+,park inline$`)))
  phone.hangUp()
  await until('the end', () => it.ended(legId) !== undefined)
  assert.equal(await legIds(it), ['A', 'S'])
  await it.send({ do: 'supervise', legId: 'S', customerLegId: legId, agentLegId: 'A', mode: 'listen' })
  assert.is(it.media.commands.filter((line) => line.includes('eavesdrop:')).length, 2)
})

test('a phone rings as long as the clock says that it may, whatever the machine’s clock says', async ({
  it,
  clock,
}) => {
  const { ringing } = await it.dial('A', 'call', { ringMs: 15_000 })
  ringing.rings()
  await pass(clock, 14_900)
  assert.equal([it.ended('A'), ringing.cancelled], [undefined, false])
  await pass(clock, 200)
  assert.equal([it.ended('A'), ringing.cancelled], ['no_answer', true])
})

test('nothing is said of legs, and nothing done, before every media server was heard of, or given up', async () => {
  const it = await house(testClock(), false)
  assert.ok(isProblem(await it.telephony.legs().catch((error: unknown) => error), 'telephony.unavailable'))
  leftBehind(it)
  const told = it.send({ do: 'hang_up', legId: 'C', end: COMPLETED })
  it.media.isUp = false
  it.telephony.serverLost(it.media.asServer)
  assert.ok(isProblem(await it.telephony.legs().catch((error: unknown) => error), 'telephony.unavailable'))
  await it.telephony.serverUp(it.spare.asServer, new Set(it.spare.channels))
  await told
  assert.equal(await legIds(it), ['A2'])
  await it.close()
})

test('another process owns the calls: they are neither ended nor spoken of any more', async ({ it }) => {
  const { legId } = await talk(it)
  it.telephony.release()
  it.telephony.sipServer('drachtio:9022', null)
  assert.equal(await legIds(it), [])
  await it.telephony.close()
  assert.equal([it.ended(legId), it.ended('A')], [undefined, undefined])
  assert.not(it.media.commands.some((line) => line.startsWith('uuid_kill')))
})

test('another process owns the calls: who was not answered is turned away, and what rings is let go', async ({
  it,
}) => {
  const { invite } = await it.caller()
  const { ringing } = await it.dial('A', 'call')
  it.telephony.release()
  assert.equal(
    invite.answered.map(({ status }) => status),
    [503],
  )
  await until('the phone to be let go', () => ringing.cancelled)
  await it.telephony.close()
  assert.equal(it.of('ended'), [])
})

test('a media server is lost while a phone rings: the phone is not left ringing', async ({ it }) => {
  const { ringing } = await it.dial('A', 'call')
  it.media.isUp = false
  it.telephony.serverLost(it.media.asServer)
  await until('the phone to be let go', () => ringing.cancelled)
  assert.is(it.ended('A'), 'media_lost')
})

test.run()
