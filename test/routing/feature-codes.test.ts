/** Agents with a phone and no computer: feature codes on the virtual clock (catalogue C21). */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { AnyEvent } from '@ledgerline/core/catalogue.ts'
import { picksUp } from '@ledgerline/adapters/telephony/simulator/people.ts'
import type { NetworkInput } from '@ledgerline/core/network/settings.ts'
import { tenant, VirtualHouse, type HouseOptions } from '../support/house.ts'

const test = suite('feature codes')

async function house(options: HouseOptions = {}): Promise<VirtualHouse> {
  return new VirtualHouse({ agents: 3, habits: picksUp({ after: () => 2_000, aloneMs: 600_000 }), ...options }).open()
}

const shift = (the: VirtualHouse, agentId: string) => the.process.switchboard.shift(agentId)

/** A phone dials a code; what came of it, and what was heard. */
async function dial(the: VirtualHouse, extension: string, code: string): Promise<{ result: string; say: string }> {
  const dialled = the.telephony.dial(tenant, extension, code)
  assert.ok(dialled, 'the phone is free')
  await the.pass(8_000)
  const used = (await the.ledger()).findLast(
    (event): event is Extract<AnyEvent, { type: 'FeatureUsed' }> =>
      event.type === 'FeatureUsed' && event.data.callId === dialled.callId,
  )
  assert.ok(used, `${code} was carried out`)
  assert.equal((await the.story(dialled.callId)).at(-1), 'CallEnded')
  return { result: used.data.result, say: used.data.say }
}

/** A customer talks to this agent; the others are away. */
async function talking(the: VirtualHouse, agentId: string): Promise<{ callId: string; legId: string }> {
  for (const other of ['201', '202', '203'])
    if (other !== agentId) await the.desk.setWork(other, 'not_ready', null, the.by(`agent:${other}`))
  await the.pass(10)
  const callId = the.call('PS', { talkMs: 3_600_000, holdPatienceMs: 3_600_000, patienceMs: 3_600_000 })
  await the.pass(3_000)
  const engagement = shift(the, agentId)!.engagement
  assert.is(engagement.kind === 'talking' && engagement.callId, callId)
  return { callId, legId: the.process.switchboard.call(callId)!.segments[agentId]!.legId }
}

async function rest(the: VirtualHouse): Promise<void> {
  for (const { legId, purpose } of await the.telephony.legs())
    if (purpose !== 'standing') the.telephony.act(legId, 'hang_up')
  await the.pass(60_000)
  for (const agentId of ['201', '202', '203'])
    if (shift(the, agentId)?.longSignIn) await the.desk.endLongSignIn(agentId, null, the.by('test'))
  await the.pass(30_000)
  assert.equal(await the.audit(), [])
  await the.close()
}

for (const [dialect, code] of [
  ['standard', { in: '*001', out: '*000', ready: '*101', busy: '*100' }],
  ['zhongfang', { in: '90001', out: '90000', ready: '90101', busy: '90100' }],
] as const)
  test(`C21.0-code-login C21.0-code-logout C21.0-code-idle C21.0-code-busy C21.0-variants: a day by phone, ${dialect}`, async () => {
    const network: NetworkInput = { featureCodes: { dialect } }
    const the = await house({ network })
    assert.equal(await dial(the, '8201', code.busy), { result: 'done', say: 'done' })
    assert.is(shift(the, '201')!.work, 'not_ready')
    assert.equal(await dial(the, '8201', code.ready), { result: 'done', say: 'done' })
    assert.is(shift(the, '201')!.work, 'ready')
    assert.equal(await dial(the, '8201', code.out), { result: 'done', say: 'done' })
    assert.is(shift(the, '201'), null)
    assert.equal(await dial(the, '8201', code.out), { result: 'agent.not_signed_in', say: 'refused' })
    assert.equal(await dial(the, '8201', code.in), { result: 'done', say: 'done' })
    assert.is(shift(the, '201')?.via, 'phone')
    assert.equal(await dial(the, '8201', code.in), { result: 'agent.already_signed_in', say: 'refused' })
    await rest(the)
  })

test('C21.0-code-login: a phone that belongs to nobody signs nobody in', async () => {
  const the = await house()
  the.telephony.plug(tenant, '8300', picksUp())
  assert.equal(await dial(the, '8300', '*001'), { result: 'agent.unknown', say: 'refused' })
  await rest(the)
})

test('C21.0-code-long-sign-in C21.0-code-exit-long-sign-in: the call is kept, a caller is put through on it, and *88# ends that', async () => {
  const the = await house()
  assert.equal(await dial(the, '8201', '*99'), { result: 'done', say: 'done' })
  await the.pass(5_000)
  const standing = shift(the, '201')!.longSignIn
  assert.is(standing?.active, true)
  // Nothing rang: the leg is the one that dialled, kept for the shift, and its call is over.
  const legs = await the.telephony.legs()
  assert.equal(
    legs.map(({ legId, purpose, callId }) => [legId, purpose, callId]),
    [[standing!.legId, 'standing', `shift:${shift(the, '201')!.shiftId}`]],
  )
  assert.equal(
    [...the.process.switchboard.calls()].map(({ status }) => status),
    [],
  )
  await the.desk.setWork('201', 'ready', null, the.by('agent:201'))
  const callId = the.call('PS', { talkMs: 20_000 })
  await the.pass(10_000)
  assert.ok((await the.story(callId)).includes('CallAnswered'))
  await the.pass(60_000)
  assert.is(shift(the, '201')!.longSignIn?.legId, standing!.legId)
  the.telephony.press(standing!.legId, '*88#')
  await the.pass(1_000)
  assert.is(shift(the, '201')!.longSignIn, null)
  await rest(the)
})

test('C21.0-code-hangup C4.4-a4-end-call: ## ends the call', async () => {
  const the = await house()
  const { callId, legId } = await talking(the, '201')
  the.telephony.press(legId, '##')
  await the.pass(1_000)
  assert.ok((await the.story(callId)).includes('CallEnded'))
  assert.is(shift(the, '201')!.engagement.kind, 'wrap_up')
  await rest(the)
})

test('C21.0-code-blind-transfer C3.5-transfer-by-code: *70*<agent no.># moves the customer', async () => {
  const the = await house()
  const { callId, legId } = await talking(the, '201')
  await the.desk.setWork('202', 'ready', null, the.by('agent:202'))
  the.telephony.press(legId, '*70*202#')
  await the.pass(5_000)
  const [segment] = Object.values(the.process.switchboard.call(callId)!.segments)
  assert.is(segment?.agentCode, '202')
  await rest(the)
})

test('C21.0-code-consult-transfer C3.5-consult-transfer: *71*<agent no.>#, and ## hands the customer over', async () => {
  const the = await house()
  const { callId, legId } = await talking(the, '201')
  await the.desk.setWork('203', 'ready', null, the.by('agent:203'))
  // An extension will do as well as an agent number.
  the.telephony.press(legId, '*71*8203#')
  await the.pass(5_000)
  const call = () => the.process.switchboard.call(callId)!
  assert.is(call().consultation?.answered, true)
  assert.is(call().legs[call().customerLegId!]?.state, 'held')
  the.telephony.press(legId, '##')
  await the.pass(1_000)
  assert.equal(Object.keys(call().segments), ['203'])
  assert.is(call().legs[call().customerLegId!]?.state, 'answered')
  await rest(the)
})

test('C21.0-code-blind-transfer: to nobody is refused, and the talk goes on', async () => {
  // Nothing leads outside, so 998 is nobody; 999 calls for help in some countries.
  const the = await house({ network: { gateways: [{ code: 'gw1', mode: 'nni', address: '10.0.0.1' }] } })
  const { callId, legId } = await talking(the, '201')
  the.telephony.press(legId, '*70*998#')
  await the.pass(1_000)
  const used = (await the.ledger()).find(({ type }) => type === 'FeatureUsed')
  assert.equal(used?.type === 'FeatureUsed' && [used.data.result, used.data.callId], ['call.refused', callId])
  assert.equal(Object.keys(the.process.switchboard.call(callId)!.segments), ['201'])
  await rest(the)
})

test('C21.0-code-agent-no C21.0-code-extension C21.0-code-last-number C4.4-a6-last-number: numbers are read out', async () => {
  const the = await house()
  const heard: string[] = []
  const command = the.telephony.command.bind(the.telephony)
  the.telephony.command = async (id, of, asked) => {
    if (asked.do === 'play' && asked.media.startsWith('digits/')) heard.push(asked.media)
    return command(id, of, asked)
  }
  assert.equal(await dial(the, '8201', '*67'), { result: 'call.no_last_number', say: 'refused' })
  const { legId } = await talking(the, '201')
  the.telephony.press(legId, '##')
  await the.pass(20_000)
  assert.equal(await dial(the, '8201', '*114*1'), { result: 'done', say: 'agent_number' })
  assert.equal(await dial(the, '8201', '*114*2'), { result: 'done', say: 'extension_number' })
  assert.equal(await dial(the, '8201', '*67'), { result: 'done', say: 'last_number' })
  assert.equal(heard, ['digits/201', 'digits/8201', 'digits/13800002225'])
  // Somebody's number is nowhere in the clear, not even as a prompt.
  for await (const page of the.log.readAll(null))
    for (const event of page.events) assert.not.match(JSON.stringify(event), 'digits/138')
  await rest(the)
})

test('C21.0-code-mark-announce: keys that may become a longer code wait for it', async () => {
  const the = await house()
  const { legId } = await talking(the, '201')
  const used = async () =>
    (await the.ledger()).flatMap((event) =>
      event.type === 'FeatureUsed' ? [`${event.data.action}${event.data.digit ?? ''}`] : [],
    )
  the.telephony.press(legId, '*10')
  await the.pass(1_500)
  assert.equal(await used(), [])
  await the.pass(1_000)
  assert.equal(await used(), ['mark_announce1'])
  the.telephony.press(legId, '*10')
  await the.pass(1_000)
  the.telephony.press(legId, '0')
  await the.pass(100)
  assert.equal(await used(), ['mark_announce1', 'not_ready'])
  the.telephony.press(legId, '5')
  the.telephony.press(legId, '*3#')
  await the.pass(100)
  assert.equal((await used()).at(-1), 'mark3')
  await rest(the)
})

test('C21.0-code-balance C21.0-code-mark: what cannot be done by phone yet says so', async () => {
  const the = await house()
  for (const code of ['*181', '*3#', '*66*3#', '*66*30'])
    assert.equal(await dial(the, '8201', code), { result: 'call.feature_unavailable', say: 'refused' })
  await rest(the)
})

test('a phone that dialled a function is never left on the line, even if its answer gets lost', async () => {
  const the = await house()
  const { callId } = the.telephony.dial(tenant, '8201', '*100')!
  await the.pass(0)
  await the.takeOver()
  await the.pass(30_000)
  assert.equal(await the.telephony.legs(), [])
  assert.ok((await the.story(callId)).length === 0 || (await the.story(callId)).includes('CallEnded'))
  await rest(the)
})

test.run()
