/**
 * Who should be connected is compared with what the media server says, here a stand-in that says what it is told to. Who hears
 * whom on a real one: `test/live/telephony/talk.test.ts`.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Connections } from '@ledgerline/adapters/telephony/drachtio/connections.ts'
import { newLeg, type Leg } from '@ledgerline/adapters/telephony/drachtio/leg.ts'
import { Legs } from '@ledgerline/adapters/telephony/drachtio/legs.ts'
import { Listening } from '@ledgerline/adapters/telephony/drachtio/listening.ts'
import type { MediaServer } from '@ledgerline/adapters/telephony/drachtio/media-server.ts'
import { foundLeg, legTagOf } from '@ledgerline/adapters/telephony/drachtio/tags.ts'
import { ReportQueue } from '@ledgerline/adapters/telephony/reports.ts'
import { realClock } from '@ledgerline/adapters/clock/real.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import { until } from '../support/gate.ts'

interface Desk {
  connections: Connections
  legs: Legs
  leg(legId: string, purpose?: Leg['purpose']): Leg
  /** Orders that the media server was given. */
  orders: string[]
  bridges(): string[]
  /** Events with which it answers an order; by default what FreeSWITCH does. */
  answers: { to(order: string): void }
  parked(channel: string): void
  bridged(one: string, other: string): void
  warnings: unknown[]
}

function desk(): Desk {
  const warnings: unknown[] = []
  const legs = new Legs({
    clock: realClock,
    queue: new ReportQueue(),
    ended: () => {},
    logger: { warn: (details) => void warnings.push(details) },
  })
  const listening = new Listening({
    clock: realClock,
    sourceOf: (_, media) => media,
    report: () => {},
    failed: (error) => void warnings.push(error),
  })
  const connections = new Connections({ legs, listening, seenMs: 20 })
  const orders: string[] = []
  const others = new Map<string, string>()
  const parked = (channel: string): void => connections.heard({ 'Event-Name': 'CHANNEL_PARK', 'Unique-ID': channel })
  const bridged = (one: string, other: string): void =>
    connections.heard({
      'Event-Name': 'CHANNEL_BRIDGE',
      'Unique-ID': one,
      // What FreeSWITCH remembers of an earlier talk.
      'Other-Leg-Unique-ID': 'someone before',
      'Bridge-A-Unique-ID': one,
      'Bridge-B-Unique-ID': other,
    })
  const answers = {
    to(order: string): void {
      const [command = '', channel = '', other = ''] = order.split(' ')
      if (command === 'uuid_bridge') {
        bridged(channel, other)
        others.set(channel, other).set(other, channel)
      }
      // Both sides of a bridge.
      if (command === 'uuid_park') for (const each of [channel, others.get(channel)]) if (each) parked(each)
    },
  }
  const api = async (order: string): Promise<string> => {
    orders.push(order)
    queueMicrotask(() => answers.to(order))
    return order.startsWith('uuid_exists') ? 'true' : order.startsWith('uuid_getvar') ? '_undef_' : '+OK'
  }
  const hurried = <T>(told: Promise<T>): Promise<T> => told
  const socket = { api, execute: async () => 'application', hurried }
  const server = { socket, legs: 0, isUp: true } as unknown as MediaServer
  return {
    connections,
    legs,
    orders,
    answers,
    parked,
    bridged,
    warnings,
    bridges: () => orders.filter((order) => order.startsWith('uuid_bridge')),
    leg(legId, purpose = 'agent') {
      const leg = legs.add(
        newLeg({ tenant: 'bank', legId, callId: 'call', purpose, extension: null, server, channel: '' }, 0),
      )
      legs.place(leg, `channel-${legId}`)
      leg.state = 'answered'
      return leg
    },
  }
}

const test = suite('who is connected with whom')

test('a channel that is parked late, after it was connected, is connected again', async () => {
  const { connections, leg, parked, bridges } = desk()
  const [customer, agent] = [leg('C', 'customer'), leg('A')]
  await connections.bridge(customer, agent)
  parked('channel-A')
  await until('a second bridge', () => bridges().length === 2)
  assert.is(customer.partner, agent)
})

test('a bridge that was accepted and not carried out is ordered again, and in the end given up', async () => {
  const { connections, leg, answers, bridges } = desk()
  const [customer, third] = [leg('C', 'customer'), leg('T', 'consultation')]
  const carryOut = answers.to
  let lost = 1
  answers.to = (order) => (order.startsWith('uuid_bridge') && lost-- > 0 ? undefined : carryOut(order))
  await connections.bridge(third, customer)
  assert.is(bridges().length, 2)
  assert.is(customer.partner, third)
  lost = Infinity
  const [another, agent] = [leg('D', 'customer'), leg('A')]
  const failed = await connections.bridge(agent, another).then(
    () => null,
    (error: unknown) => error,
  )
  assert.ok(isProblem(failed, 'telephony.unavailable'))
  assert.is(another.partner, null)
})

test('one that is undone again and again is mended a few times only', async () => {
  const { connections, leg, answers, bridges, bridged, parked } = desk()
  const [customer, agent] = [leg('C', 'customer'), leg('A')]
  answers.to = (order) => {
    if (!order.startsWith('uuid_bridge')) return
    bridged('channel-C', 'channel-A')
    queueMicrotask(() => parked('channel-C'))
  }
  await connections.bridge(customer, agent)
  let [before, same] = [0, 0]
  await until('an end of it', () => {
    same = bridges().length === before ? same + 1 : 0
    before = bridges().length
    return same > 20
  })
  assert.ok(before >= 3 && before <= 12, `${before} bridges`)
})

test('nobody is connected with a channel that is gone, or again after they parted', async () => {
  const { connections, legs, leg, bridges, parked } = desk()
  const [customer, agent] = [leg('C', 'customer'), leg('A')]
  await connections.bridge(customer, agent)
  legs.finish(agent, { by: 'agent', cause: 16, sip: null, reason: 'hung_up' })
  connections.ended(agent)
  parked('channel-C')
  await connections.hold(customer, null)
  assert.is(bridges().length, 1)
})

test('the legs of a call are changed one after the other', async () => {
  const { connections, leg, orders } = desk()
  const [customer, agent] = [leg('C', 'customer'), leg('A')]
  await connections.bridge(customer, agent)
  orders.length = 0
  await Promise.all([connections.hold(customer, null), connections.bridge(agent, customer)])
  const order = orders
    .map((each) => each.split(' ')[0])
    .filter((each) => each === 'uuid_park' || each === 'uuid_bridge')
  assert.equal(order, ['uuid_park', 'uuid_bridge'])
  assert.is(customer.partner, agent)
})

test('a channel tells its partner only while they are connected, and whether its phone has answered', () => {
  const { leg } = desk()
  const tag = { variable_ledgerline_leg: legTagOf('node1', leg('A')) }
  const before = { ...tag, 'Other-Leg-Unique-ID': 'channel-C', variable_bridge_uuid: 'channel-C' }
  assert.is(foundLeg(before)!.partner, null)
  assert.is(foundLeg({ ...before, variable_bridge_to: 'channel-B' })!.partner, 'channel-B')
  assert.is(foundLeg({ ...tag, 'Call-Direction': 'outbound', 'Answer-State': 'answered' })!.answered, true)
  assert.is(foundLeg({ ...tag, 'Call-Direction': 'outbound', 'Answer-State': 'ringing' })!.answered, false)
  // A caller's channel is answered before they are.
  const caller = { ...tag, 'Call-Direction': 'inbound', 'Answer-State': 'answered' }
  assert.is(foundLeg(caller)!.answered, false)
  assert.is(foundLeg({ ...caller, variable_ledgerline_answered: 'ours' })!.answered, true)
})

test.run()
