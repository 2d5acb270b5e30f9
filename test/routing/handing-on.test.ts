/** Agents hand callers on to whatever their phone could dial: blind, and after a consultation (catalogue C3.5, A2.2). */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { AnyEvent } from '@ledgerline/core/catalogue.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import type { NetworkInput } from '@ledgerline/core/network/settings.ts'
import type { RouteSettings } from '@ledgerline/core/routing/settings.ts'
import { tenant, VirtualHouse, type HouseOptions } from '../support/house.ts'

const test = suite('handing callers on')

const OUTSIDE = '13800001111'
const network: NetworkInput = {
  extensions: [
    { number: '8201', announceAgent: false },
    { number: '8202', announceAgent: false },
    { number: '8300' },
    { number: '301', type: 'queue', target: 'PS' },
  ],
  gateways: [{ code: 'gw1', mode: 'nni', address: '10.0.0.1' }],
  numbers: [{ number: '62620668', gateway: 'gw1' }],
}
const local: RouteSettings = { code: 'local', type: 'basic', to: '^\\d{3,4}$' }
const out: RouteSettings = { code: 'out', order: 90, type: 'outbound', to: '^(\\d{5,13})$', gateways: ['gw1'] }

interface Talk {
  the: VirtualHouse
  callId: string
  events(): Promise<AnyEvent[]>
  one<T extends AnyEvent['type']>(type: T): Promise<Extract<AnyEvent, { type: T }>>
  story(): Promise<string[]>
}

/** A caller from a queue talks to agent 201; 202 is there, too. */
async function talk(options: HouseOptions = {}): Promise<Talk> {
  const the = await new VirtualHouse({ agents: 2, network, routes: [local, out], ...options }).open()
  await the.desk.setWork('202', 'not_ready', null, the.by('agent:202'))
  await the.pass(100)
  const callId = the.call('PS', { patienceMs: 120_000, talkMs: 60_000 })
  await the.pass(5_000)
  const events = async () => (await the.ledger()).filter(({ stream }) => stream === `call-${tenant}.${callId}`)
  return {
    the,
    callId,
    events,
    async one(type) {
      const found = (await events()).filter((event) => event.type === type)
      assert.is(found.length, 1, type)
      return found[0] as never
    },
    story: () => the.story(callId),
  }
}

const ask = ({ the }: Talk, asked: (envelope: ReturnType<VirtualHouse['by']>, now: number) => Promise<unknown>) =>
  the.until(asked(the.by('agent:201'), the.clock.now()))

async function nobodyLeft({ the }: Talk): Promise<void> {
  await the.pass(300_000)
  assert.equal(await the.audit(), [])
  await the.close()
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error: unknown) => (isProblem(error) ? error.code : String(error)),
  )

test('C3.5-blind-transfer to a number outside: the caller talks to them, and the agent is free', async () => {
  const at = await talk()
  await ask(at, (by, now) => at.the.desk.transferToNumber('201', OUTSIDE, now, by))
  await at.the.pass(12_000)
  const { data } = await at.one('CallTransferred')
  assert.equal([data.kind, data.to], ['blind', { kind: 'number', code: '', number: OUTSIDE }])
  const dialled = (await at.events()).findLast(({ type }) => type === 'LegDialled')
  assert.ok(dialled?.type === 'LegDialled' && dialled.data.number === OUTSIDE && dialled.data.gateway === 'gw1')
  assert.is(at.the.process.switchboard.shift('201')!.engagement.kind, 'wrap_up')
  const call = at.the.process.switchboard.call(at.callId)!
  assert.is(call.status, 'live')
  assert.ok(call.outsideLegId && call.legs[call.outsideLegId]!.state === 'answered')
  assert.not.ok((await at.story()).includes('TransferFailed'))
  await nobodyLeft(at)
})

test('C3.5-blind-transfer someone outside who does not answer: the caller is back in the queue, with their place', async () => {
  const at = await talk({ callee: { reaction: { do: 'ignore' } } })
  await ask(at, (by, now) => at.the.desk.transferToNumber('201', OUTSIDE, now, by))
  await at.the.pass(100_000)
  const failed = await at.one('TransferFailed')
  assert.equal(failed.data.to, { kind: 'number', code: '', number: OUTSIDE })
  assert.is(failed.data.reason, 'no_answer')
  assert.is(failed.data.agentCode, '201')
  const story = await at.story()
  assert.ok(story.lastIndexOf('CallQueued') > story.indexOf('TransferFailed'))
  // And the agent who handed them on, free again, has them once more.
  assert.is(story.filter((type) => type === 'CallAnswered').length, 2)
  await nobodyLeft(at)
})

test('C3.5-blind-transfer to an extension: its phone, its agent, its queue', async () => {
  const phone = await talk()
  phone.the.telephony.plug(tenant, '8300', { react: () => ({ do: 'answer', afterMs: 2_000 }), aloneMs: 30_000 })
  await ask(phone, (by, now) => phone.the.desk.transferToNumber('201', '8300', now, by))
  await phone.the.pass(5_000)
  assert.equal((await phone.one('CallTransferred')).data.to, { kind: 'extension', code: '8300', number: null })
  const call = phone.the.process.switchboard.call(phone.callId)!
  assert.is(call.legs[call.outsideLegId!]!.extension, '8300')
  await nobodyLeft(phone)

  const agent = await talk()
  await agent.the.desk.setWork('202', 'ready', null, agent.the.by('agent:202'))
  await ask(agent, (by, now) => agent.the.desk.transferToNumber('201', '8202', now, by))
  await agent.the.pass(10_000)
  assert.is((await agent.events()).filter(({ type }) => type === 'CallAnswered').length, 2)
  await nobodyLeft(agent)

  const queue = await talk()
  await ask(queue, (by, now) => queue.the.desk.transferToNumber('201', '301', now, by))
  await queue.the.pass(1_000)
  assert.equal((await queue.one('CallTransferred')).data.to, { kind: 'queue', code: 'PS', number: null })
  await nobodyLeft(queue)
})

test('C3.5-blind-transfer out of hold: whoever takes over finds the caller there', async () => {
  const at = await talk()
  await at.the.desk.setWork('202', 'ready', null, at.the.by('agent:202'))
  await ask(at, (by) => at.the.desk.call(at.callId, { do: 'hold', agentId: '201' }, by))
  await at.the.pass(1_000)
  await ask(at, (by) => at.the.desk.transferToAgent('201', '202', by))
  await at.the.pass(10_000)
  const answers = (await at.events()).flatMap(({ type, data }) => (type === 'CallAnswered' ? [data.agentCode] : []))
  assert.equal(answers, ['201', '202'])
  await nobodyLeft(at)
})

test('C3.5-consult-transfer someone outside is asked first, then the caller is handed over to them', async () => {
  const at = await talk()
  await ask(at, (by, now) => at.the.desk.consultNumber('201', OUTSIDE, now, by))
  await at.the.pass(12_000)
  assert.equal((await at.one('ConsultationStarted')).data.to, { kind: 'number', code: '', number: OUTSIDE })
  assert.ok(at.the.process.switchboard.call(at.callId)!.consultation!.answered)
  await ask(at, (by) => at.the.desk.handOver('201', by))
  await at.the.pass(2_000)
  const { data } = await at.one('CallTransferred')
  assert.equal([data.kind, data.to], ['attended', { kind: 'number', code: '', number: OUTSIDE }])
  const call = at.the.process.switchboard.call(at.callId)!
  assert.is(call.legs[call.outsideLegId!]!.number, OUTSIDE)
  await nobodyLeft(at)
})

test('C3.5-consult-transfer a phone at which nobody is signed in is consulted, and joins', async () => {
  const at = await talk()
  at.the.telephony.plug(tenant, '8300', { react: () => ({ do: 'answer', afterMs: 1_000 }), aloneMs: 60_000 })
  await ask(at, (by, now) => at.the.desk.consultNumber('201', '8300', now, by))
  await at.the.pass(3_000)
  assert.equal((await at.one('ConsultationStarted')).data.to, { kind: 'extension', code: '8300', number: null })
  await ask(at, (by) => at.the.desk.join('201', by))
  await at.the.pass(1_000)
  assert.is((await at.one('ThreeWayStarted')).data.legIds.length, 3)
  await nobodyLeft(at)
})

test('C3.5-transfer what the agent’s phone may not dial is refused, and the talk goes on', async () => {
  const extensions = [{ number: '8201', announceAgent: false, outside: false }, { number: '8202' }]
  const at = await talk({ network: { ...network, extensions } })
  const now = at.the.clock.now()
  const { desk } = at.the
  assert.is(await codeOf(desk.transferToNumber('201', OUTSIDE, now, at.the.by('agent:201'))), 'call.refused')
  assert.is(await codeOf(desk.consultNumber('201', OUTSIDE, now, at.the.by('agent:201'))), 'call.refused')
  assert.is(await codeOf(desk.transferToNumber('201', '  ', now, at.the.by('agent:201'))), 'call.number_invalid')
  assert.is(at.the.process.switchboard.shift('201')!.engagement.kind, 'talking')
  await nobodyLeft(at)
})

test('C3.5-transfer-by-code C21.0-code-blind-transfer a number outside can be keyed in as well', async () => {
  const at = await talk()
  const leg = Object.values(at.the.process.switchboard.call(at.callId)!.legs).find(({ agentId }) => agentId === '201')!
  at.the.telephony.press(leg.legId, `*70*${OUTSIDE}#`)
  await at.the.pass(15_000)
  assert.equal((await at.one('CallTransferred')).data.to, { kind: 'number', code: '', number: OUTSIDE })
  await nobodyLeft(at)
})

test.run()
