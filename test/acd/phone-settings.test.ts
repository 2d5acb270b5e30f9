/** What an extension's settings do to the calls that its phone gets: announcing the agent, and answering by itself. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { AnyEvent } from '@ledgerline/core/catalogue.ts'
import type { ExtensionSettings } from '@ledgerline/core/network/settings.ts'
import { tenant, VirtualHouse, type HouseOptions } from '../support/house.ts'

const test = suite('settings of an extension')

const local = { code: 'local', type: 'basic' as const, to: '^\\d{3,4}$' }
/** Nobody lifts these phones. */
const ignored = { react: () => ({ do: 'ignore' as const }), aloneMs: Number.POSITIVE_INFINITY }

async function house(of8201: Partial<ExtensionSettings>, options: HouseOptions = {}): Promise<VirtualHouse> {
  const network = {
    extensions: [
      { number: '8201', ...of8201 },
      { number: '8202', announceAgent: false },
    ],
  }
  return new VirtualHouse({ agents: 2, network, routes: [local], ...options }).open()
}

const of = async (the: VirtualHouse, callId: string): Promise<AnyEvent[]> =>
  (await the.ledger()).filter(({ stream }) => stream === `call-${tenant}.${callId}`)

async function one<T extends AnyEvent['type']>(the: VirtualHouse, callId: string, type: T) {
  const found = (await of(the, callId)).filter((event) => event.type === type)
  assert.is(found.length, 1, type)
  return found[0] as Extract<AnyEvent, { type: T }>
}

async function nobodyLeft(the: VirtualHouse): Promise<void> {
  await the.pass(120_000)
  assert.equal(await the.audit(), [])
  await the.close()
}

test('A3.2.1-announce-id the caller from a queue hears who answers, then talks; the wait ended when they answered', async () => {
  const the = await house({})
  const callId = the.call('PS', { patienceMs: 60_000, talkMs: 20_000 })
  await the.pass(60_000)
  const [heard, answered] = [await one(the, callId, 'PromptPlayed'), await one(the, callId, 'CallAnswered')]
  assert.equal([heard.data.media, heard.data.complete], ['agent/201', true])
  // Three seconds of ringing, and three in which the number is spoken.
  assert.ok(answered.at - heard.at < 100, `${answered.at} ${heard.at}`)
  assert.ok(answered.data.waitMs < 3_200, `${answered.data.waitMs}`)
  const queued = await one(the, callId, 'CallQueued')
  assert.ok(answered.at - queued.at >= 6_000, `${answered.at - queued.at}`)
  await nobodyLeft(the)
})

test('A3.2.1-announce-id a caller who hangs up meanwhile frees the agent; a phone that says so announces nobody', async () => {
  const the = await house({})
  const gone = the.call('PS', { patienceMs: 4_500, talkMs: 20_000 })
  await the.pass(20_000)
  const story = await the.story(gone)
  assert.not.ok(story.includes('CallAnswered'))
  assert.is(the.process.switchboard.shift('201')!.reservation, null)
  await nobodyLeft(the)
  const silent = await house({ announceAgent: false })
  const callId = silent.call('PS', { patienceMs: 60_000, talkMs: 20_000 })
  await silent.pass(60_000)
  assert.not.ok((await silent.story(callId)).includes('PromptPlayed'))
  await nobodyLeft(silent)
})

test('A3.2.1-announce-id an end of the announcement that is never told does not keep them apart', async () => {
  const the = await house({}, { promptMs: () => 600_000 })
  const callId = the.call('PS', { patienceMs: 60_000, talkMs: 20_000 })
  await the.pass(60_000)
  const [queued, answered] = [await one(the, callId, 'CallQueued'), await one(the, callId, 'CallAnswered')]
  const apart = answered.at - queued.at
  assert.ok(apart > 10_000 && apart < 12_000, `${apart}`)
  await nobodyLeft(the)
})

test('A3.2.1-auto-answer queue: the phone answers calls of its queues by itself, and no others', async () => {
  const the = await house({ autoAnswer: 'queue', announceAgent: false }, { habits: ignored })
  const callId = the.call('PS', { patienceMs: 60_000, talkMs: 10_000 })
  await the.pass(1_000)
  assert.is((await one(the, callId, 'CallAnswered')).data.agentId, '201')
  await the.pass(60_000)
  const { callId: inside } = await inward(the, '8201')
  await the.pass(60_000)
  assert.not.ok((await the.story(inside)).includes('CallAnswered'))
  await nobodyLeft(the)
})

test('A3.2.1-auto-answer all: calls within the house, too; off: the phone only rings', async () => {
  const all = await house({ autoAnswer: 'all', announceAgent: false }, { habits: ignored })
  const inside = await inward(all, '8201')
  await all.pass(5_000)
  assert.ok((await of(all, inside.callId)).some(({ type, data }) => type === 'CallAnswered' && data.agentId === '201'))
  all.telephony.act(inside.legId, 'hang_up')
  await nobodyLeft(all)
  const off = await house({ announceAgent: false }, { habits: ignored })
  const callId = off.call('PS', { patienceMs: 30_000, talkMs: 10_000 })
  await off.pass(60_000)
  assert.not.ok((await off.story(callId)).includes('CallAnswered'))
  await nobodyLeft(off)
})

/** A phone of the house calls another one by itself. */
async function inward(the: VirtualHouse, to: string): Promise<{ callId: string; legId: string }> {
  const dialled = the.telephony.dial(tenant, '8202', to)
  assert.ok(dialled, 'it is let in')
  await the.pass(100)
  return dialled
}

test.run()
