/** What the network reports of gateways and phones, as events and as what a process knows that takes over. */
import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ReportQueue } from '@ledgerline/adapters/telephony/reports.ts'
import type { LogEvent } from '@ledgerline/core/kernel/log.ts'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import { idOfContact, type KnownContact, type PhoneContact } from '@ledgerline/core/registration/events.ts'
import {
  gatewayDecider,
  phoneDecider,
  type GatewayState,
  type PhoneState,
  type ReportPhone,
} from '@ledgerline/core/registration/reported.ts'
import { KnownNetwork } from '@ledgerline/core/state/known-network.ts'
import { tenant, VirtualHouse } from '../support/house.ts'
import { contactOf, tellingOf } from '../support/told-of-network.ts'

const test = suite('what the network reports of gateways and phones')
let made = 0
const context = { at: 0, now: 0, newId: () => `id-${made++}` }

const contact = (uri: string, change: Partial<PhoneContact> = {}): PhoneContact => ({
  contact: uri,
  userAgent: 'eyeBeam release 1011',
  host: '10.0.0.1:5060',
  address: '10.0.3.7',
  port: 5060,
  protocol: 'udp',
  behindNat: false,
  reach: 'unknown',
  pingMs: null,
  ...change,
})

function after(state: PhoneState, contacts: PhoneContact[]): { state: PhoneState; types: string[] } {
  const report: ReportPhone = { do: 'phone', extension: '8201', contacts }
  const events = phoneDecider.decide(report, state, context)
  return {
    state: events.reduce((so, event) => phoneDecider.evolve(so, { ...event, at: 0 }), state),
    types: events.map(({ type }) => type),
  }
}

test('A3.2.7-list a phone registers, answers, moves, and is gone: an event each, and none when nothing is new', () => {
  const [a, b] = ['sip:8201@10.0.3.7:5060', 'sip:8201@10.0.3.8:5060']
  let { state, types } = after({}, [contact(a)])
  assert.equal(types, ['ExtensionRegistered'])
  assert.equal(after(state, [contact(a)]).types, [])
  ;({ state, types } = after(state, [contact(a, { reach: 'reachable', pingMs: 12 })]))
  assert.equal(types, ['ExtensionReachChanged'])
  assert.equal(after(state, [contact(a, { reach: 'reachable', pingMs: 19 })]).types, [])
  assert.equal(after(state, [contact(a, { reach: 'reachable', pingMs: 190 })]).types, ['ExtensionReachChanged'])
  ;({ state, types } = after(state, [contact(a, { reach: 'reachable', pingMs: 12, port: 6060 })]))
  assert.equal(types, ['ExtensionRegistered', 'ExtensionReachChanged'])
  ;({ state, types } = after(state, [contact(b)]))
  assert.equal(types, ['ExtensionUnregistered', 'ExtensionRegistered'])
  assert.equal(after(state, []).types, ['ExtensionUnregistered'])
})

test('A3.2.7-list any reports: what is known afterwards is what was reported last', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const dice = seededDice(seed)
    let state: PhoneState = {}
    for (let n = 0; n < 10; n++) {
      const contacts = ['a', 'b', 'c']
        .filter(() => dice() < 0.5)
        .map((name) =>
          contact(`sip:${name}@x`, {
            port: 5060 + Math.floor(dice() * 2),
            reach: dice() < 0.5 ? 'unreachable' : 'unknown',
          }),
        )
      ;({ state } = after(state, contacts))
      const same = (all: PhoneContact[]) => all.toSorted((x, y) => (x.contact < y.contact ? -1 : 1))
      const known = Object.values(state).map(({ contactId: _, ...rest }) => rest as PhoneContact)
      assert.equal(same(known), same(contacts))
      assert.equal(after(state, contacts).types, [])
    }
  }
})

test('A3.2.8-list a gateway turns once, however often it is reported', () => {
  const up: GatewayState = { up: true, registration: 'registered', reach: 'reachable', pingMs: 10, sip: null }
  const report = { do: 'gateway', gateway: 'gw1', ...up } as const
  const [first] = gatewayDecider.decide(report, null, context)
  const state = gatewayDecider.evolve(null, { ...first!, at: 0 })
  assert.equal(state, up)
  assert.equal(gatewayDecider.decide({ ...report, pingMs: 18 }, state, context), [])
  assert.is(gatewayDecider.decide({ ...report, up: false, registration: 'failed', sip: 503 }, state, context).length, 1)
})

const network = {
  gateways: [
    { code: 'gw1', mode: 'nni' as const, address: '10.0.0.1' },
    { code: 'gw2', mode: 'nni' as const, address: '10.0.0.2' },
  ],
}

for (const withSnapshot of [false, true])
  test(`A3.2.8-list that a gateway is down survives a take-over ${withSnapshot ? 'with' : 'without'} a snapshot`, async () => {
    const the = await new VirtualHouse({ network }).open()
    the.telephony.trouble(tenant, 'gw1', 'down')
    await the.pass(1_000)
    const told = (await the.ledger()).filter(({ type }) => type === 'GatewayStateChanged')
    assert.equal(
      told.map(({ stream, data }) => [stream, (data as GatewayState).up]),
      [[`network-${tenant}.gateway-gw1`, false]],
    )
    assert.is(the.process.switchboard.trunks.isUp('gw1'), false)
    await the.takeOver({ withSnapshot })
    assert.is(the.process.switchboard.trunks.isUp('gw1'), false)
    assert.is(the.process.switchboard.trunks.isUp('gw2'), true)
    the.telephony.trouble(tenant, 'gw1', null)
    await the.pass(1_000)
    assert.is(the.process.switchboard.trunks.isUp('gw1'), true)
    await the.close()
  })

test('A3.2.7-list phones that the registrar does not know any more are not registered, whoever wrote that they are', async () => {
  const the = new VirtualHouse({ network })
  const reports = new ReportQueue()
  the.telephony.reports = (signal) => reports.read(signal)
  await the.open()
  type Said =
    | { what: 'contacts'; extension: string; contacts: PhoneContact[] }
    | { what: 'registrar'; extensions: string[] }
  const say = (report: Said): void => reports.push({ at: the.clock.now(), tenant, ...report })
  say({ what: 'contacts', extension: '8201', contacts: [contact('sip:8201@10.0.3.7')] })
  say({ what: 'contacts', extension: '8202', contacts: [contact('sip:8202@10.0.3.8')] })
  await the.pass(1_000)
  assert.equal([...the.process.switchboard.network.registered()].toSorted(), ['8201', '8202'])
  await the.takeOver()
  assert.equal([...the.process.switchboard.network.registered()].toSorted(), ['8201', '8202'])
  say({ what: 'registrar', extensions: ['8202'] })
  await the.pass(1_000)
  assert.equal([...the.process.switchboard.network.registered()], ['8202'])
  const last = (await the.ledger()).findLast(({ type }) => type === 'ExtensionUnregistered')
  const first = (await the.ledger()).find(({ type }) => type === 'ExtensionRegistered')
  assert.equal(last?.data, { extension: '8201', contactId: (first!.data as { contactId: string }).contactId })
  await the.close()
})

test('where a phone is stands sealed in the ledger, is gone when its owner is forgotten, and is then told anew', async () => {
  const the = await new VirtualHouse({ network }).open()
  const tell = tellingOf(the)
  const phone = contact('sip:8201@198.51.100.7:5060', { address: '198.51.100.7', reach: 'reachable', pingMs: 12 })
  const last = async () => (await the.ledger()).filter(({ stream }) => stream.endsWith('.phone-8201'))
  await tell.phone('8201', [phone])
  assert.equal(
    (await last()).map(({ type, data }) => [type, (data as KnownContact).contact, (data as KnownContact).address]),
    [
      ['ExtensionRegistered', phone.contact, '198.51.100.7'],
      ['ExtensionReachChanged', undefined, undefined],
    ],
  )
  const stored: LogEvent[] = []
  for await (const page of the.log.readAll(null)) stored.push(...page.events)
  assert.ok(stored.some(({ type }) => type === 'ExtensionRegistered'))
  assert.not.match(JSON.stringify(stored), '198.51.100')
  await the.vault.forget(tenant, the.codec.subject(tenant, '8201'))
  const [registered] = await last()
  assert.equal([(registered!.data as KnownContact).contact, (registered!.data as KnownContact).address], [null, null])
  await the.close()
})

test('a ledger that has contacts in the clear is read as it is, and goes on without them', async () => {
  const the = await new VirtualHouse({ network }).open()
  // Written by the version before contacts had ids: 8201 is registered, 8202 was.
  const kept = readFileSync(new URL('contacts-in-clear.jsonl', import.meta.url), 'utf8')
    .trim()
    .split('\n')
  const rows = kept.map((line) => JSON.parse(line) as LogEvent)
  for (const number of ['8201', '8202']) {
    const stream = `network-${tenant}.phone-${number}`
    const events = rows.filter((row) => row.stream === stream)
    await the.log.append(
      stream,
      -1,
      events.map(({ id, type, data, metadata }) => ({ id, type, data, metadata })),
    )
  }
  const tell = tellingOf(the)
  const before = (await the.ledger()).length
  const uri = 'sip:8201@198.51.100.7:5060'
  await tell.phone('8201', [contactOf('8201', { contact: uri, address: '198.51.100.7' })])
  await tell.phone('8202', [])
  assert.is((await the.ledger()).length, before)
  await tell.phone('8201', [])
  const gone = (await the.ledger()).at(-1)!
  assert.equal([gone.type, gone.data], ['ExtensionUnregistered', { extension: '8201', contactId: idOfContact(uri) }])
  await the.close()
})

test('a snapshot of a version that had contacts by themselves is taken up', () => {
  const { contactId: _, ...old } = { ...contact('sip:8201@10.0.3.7:5060'), contactId: '' }
  const network = new KnownNetwork()
  const state = { [old.contact]: old } as unknown as PhoneState
  network.restore({ gateways: [], phones: [['8201', { state, revision: 0, lastAt: 0 }]] })
  const known = network.phone('8201')!.state
  assert.equal(phoneDecider.decide({ do: 'phone', extension: '8201', contacts: [old] }, known, context), [])
  assert.equal(Object.keys(known), [idOfContact(old.contact)])
})

test.run()
