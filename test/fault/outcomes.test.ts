/** What happens to calls and agents when the network fails: who is told what, how soon, and who is blamed. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { picksUp } from '@ledgerline/adapters/telephony/simulator/people.ts'
import type { AnyEvent } from '@ledgerline/core/catalogue.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { queueNamed, tenant, VirtualHouse, type HouseOptions } from '../support/house.ts'

const outcome = suite('what becomes of a call when the network fails')

/** Nobody hangs up because a line is dead. */
const patient = picksUp({ after: () => 3_000, aloneMs: Number.POSITIVE_INFINITY })
const HOUR_MS = 3_600_000

function inHouse(options: HouseOptions, body: (house: VirtualHouse) => Promise<void>): () => Promise<void> {
  return async () => {
    const house = await new VirtualHouse({ habits: patient, ...options }).open()
    try {
      await body(house)
      assert.equal(await house.audit(), [])
      assert.equal(
        house.notes.filter((note) => note.startsWith('a step broke')),
        [],
      )
    } finally {
      await house.close()
    }
  }
}

type EventOf<T extends AnyEvent['type']> = Extract<AnyEvent, { type: T }>

async function of<T extends AnyEvent['type']>(house: VirtualHouse, type: T): Promise<EventOf<T>[]> {
  return (await house.ledger()).filter((event): event is EventOf<T> => event.type === type)
}

const legOf = (house: VirtualHouse, callId: string) => house.process.switchboard.call(callId)!.customerLegId!

outcome(
  'the media server goes: talking and waiting callers are cut off with that cause, agents are free at once, and ' +
    'the house carries on when it is back',
  inHouse({ agents: 2, queues: [queueNamed('PS', { wrapUpMs: 0 })] }, async (house) => {
    const talks = [house.call('PS', { talkMs: HOUR_MS }), house.call('PS', { talkMs: HOUR_MS })]
    await house.pass(10_000)
    const waits = house.call('PS', { patienceMs: HOUR_MS, redials: { times: 3, afterMs: 40_000 }, talkMs: 10_000 })
    await house.pass(10_000)
    house.telephony.fail()
    const failedAt = house.clock.now()
    await house.pass(1_000)
    const ends = await of(house, 'CallEnded')
    assert.equal(ends.map(({ data }) => data.callId).toSorted(), [...talks, waits].toSorted())
    assert.ok(
      ends.every(({ data, at }) => data.reason === 'media_lost' && data.by === 'network' && at - failedAt < 1_000),
    )
    assert.is((await of(house, 'AgentLeftCall')).length, 2)
    assert.is((await of(house, 'CallLeftQueue'))[0]!.data.exit, 'failed', 'it is not the caller who gave up')
    for (const shift of house.process.switchboard.shifts()) assert.is(shift.engagement.kind, 'idle')
    await house.pass(20_000)
    house.telephony.recover()
    await house.pass(60_000)
    assert.is((await of(house, 'CallAnswered')).length, 3, 'who was cut off called again, and was served')
  }),
)

outcome(
  'a caller who arrives while the media server restarts is answered if it is back soon, else turned away on both sides',
  inHouse({ agents: 1 }, async (house) => {
    const arrivesWhile = async (awayMs: number): Promise<string> => {
      const callId = house.call('PS', { talkMs: 10_000, patienceMs: HOUR_MS })
      house.telephony.fail()
      house.clock.at(house.clock.now() + awayMs, () => house.telephony.recover())
      await house.pass(60_000)
      return callId
    }
    assert.ok((await house.story(await arrivesWhile(800))).includes('CallAnswered'))
    const refused = await arrivesWhile(10_000)
    assert.equal(
      (await house.telephony.legs()).filter((leg) => leg.callId === refused),
      [],
    )
    const [end] = (await of(house, 'CallEnded')).filter(({ data }) => data.callId === refused)
    assert.equal([end!.data.by, end!.data.reason], ['network', 'unreachable'])
  }),
)

outcome(
  'a phone that goes in mid-offer: the next agent rings at once, and nobody is blamed',
  inHouse({ agents: 2, queues: [queueNamed('PS', { maxNoAnswer: 1 })] }, async (house) => {
    const callId = house.call('PS', { talkMs: 10_000, patienceMs: HOUR_MS })
    await house.pass(1_000)
    house.telephony.unplug(tenant, '8201')
    await house.pass(100)
    assert.equal(
      (await of(house, 'OfferEnded')).map(({ data }) => [data.agentCode, data.result]),
      [['201', 'unregistered']],
    )
    assert.equal(
      Object.values(house.process.switchboard.call(callId)!.offers).map((offer) => offer.agentCode),
      ['202'],
    )
    await house.pass(60_000)
    house.telephony.plug(tenant, '8201', patient)
    await house.pass(100)
    const shift = house.process.switchboard.shift('201')!
    assert.equal([shift.missed, shift.work, shift.registered], [0, 'ready', true])
  }),
)

outcome(
  'a lost BYE: the agent is out of the call within the pace of the reconciler, with the reason',
  inHouse({ agents: 1 }, async (house) => {
    const callId = house.call('PS', { talkMs: HOUR_MS })
    await house.pass(10_000)
    house.telephony.inject({ kind: 'bye-lost', when: { nth: 1 }, of: { legId: legOf(house, callId) } })
    house.telephony.act(legOf(house, callId), 'hang_up')
    await house.pass(17_100)
    assert.is(house.process.switchboard.shift('201')!.engagement.kind, 'wrap_up')
    const [end] = await of(house, 'CallEnded')
    assert.equal([end!.data.by, end!.data.cause, end!.data.reason], ['system', 41, 'node_lost'])
    await house.pass(60_000)
  }),
)

outcome(
  'a report of an end that is only late keeps its own cause: the reconciler lets a leg have its last word',
  inHouse({ agents: 1 }, async (house) => {
    const openedAt = house.clock.now()
    const callId = house.call('PS', { talkMs: HOUR_MS })
    await house.pass(10_000)
    // 1.5 s late at most, and about to be missed by the reconciler.
    const untilNext = 15_000 - ((house.clock.now() - openedAt) % 15_000)
    await house.pass(untilNext - 100)
    house.telephony.inject({ kind: 'report-overtaken', when: { nth: 1 }, of: { what: 'ended' }, lastsMs: 1_500 })
    house.telephony.act(legOf(house, callId), 'hang_up')
    await house.pass(60_000)
    assert.is(house.telephony.struck.get('report-overtaken'), 1)
    assert.equal(
      (await of(house, 'CallEnded')).map(({ data }) => [data.by, data.reason]),
      [['customer', 'hung_up']],
    )
  }),
)

outcome(
  'a connection that fails because one side is gone does not end the side that is still there',
  inHouse({ agents: 3 }, async (house) => {
    const callId = house.call('PS', { talkMs: 60_000 })
    await house.pass(10_000)
    await house.until(house.desk.consult('201', '202', house.clock.now(), house.by('agent')))
    await house.pass(5_000)
    house.telephony.lose(house.process.switchboard.call(callId)!.consultation!.legId)
    await house.until(house.desk.join('201', house.by('agent')))
    await house.pass(1_000)
    const call = house.process.switchboard.call(callId)!
    assert.equal(
      [call.status, call.legs[call.customerLegId!]!.state, Object.keys(call.segments)],
      ['live', 'answered', ['201']],
    )
    assert.is.not(house.process.switchboard.shift('202')!.engagement.kind, 'talking')
    await house.pass(200_000)
    assert.equal(
      (await of(house, 'CallEnded')).map(({ data }) => data.by),
      ['customer'],
    )
  }),
)

outcome(
  'music or a prompt that fails costs nobody their call',
  inHouse({ agents: 1 }, async (house) => {
    const { telephony } = house
    const command = telephony.command.bind(telephony)
    telephony.command = async (id, whose, asked) => {
      if (asked.do === 'hold' || asked.do === 'play') throw new Problem('telephony.unavailable', { reason: 'no music' })
      return command(id, whose, asked)
    }
    house.call('PS', { talkMs: 30_000 })
    await house.pass(10_000)
    await house.until(house.desk.hold('201', house.by('agent')))
    await house.pass(10_000)
    await house.until(house.desk.resume('201', house.by('agent')))
    await house.pass(100_000)
    assert.equal(
      (await of(house, 'CallEnded')).map(({ data }) => data.by),
      ['customer'],
    )
  }),
)

outcome(
  'a hang-up, an answer and a bridge that the network accepted and lost are ordered again',
  inHouse({ agents: 1, queues: [queueNamed('PS', { wrapUpMs: 0 })] }, async (house) => {
    for (const lost of ['answer', 'bridge', 'hang_up'] as const) {
      house.telephony.inject({ kind: 'command-lost', when: { nth: 1 }, of: { what: lost } })
      const callId = house.call('PS', { talkMs: 10_000, patienceMs: HOUR_MS })
      await house.pass(120_000)
      assert.ok((await house.story(callId)).includes('CallAnswered'), `${lost} was repeated`)
      assert.equal(await house.telephony.legs(), [])
    }
    assert.is(house.telephony.struck.get('command-lost'), 3)
  }),
)

outcome(
  'a hold, its end, a consultation and a three-way talk that the network accepted and lost are ordered again',
  inHouse({ agents: 3 }, async (house) => {
    const callId = house.call('PS', { talkMs: HOUR_MS })
    await house.pass(10_000)
    const lose = (what: 'bridge' | 'hold' | 'resume' | 'conference'): void =>
      void house.telephony.inject({ kind: 'command-lost', when: { nth: 1 }, of: { what } })
    const legIs = async (legId: string): Promise<string | undefined> =>
      (await house.telephony.legs()).find((leg) => leg.legId === legId)?.state
    const customer = legOf(house, callId)
    for (const [what, state] of [
      ['hold', 'held'],
      ['resume', 'answered'],
    ] as const) {
      lose(what)
      await house.until(house.desk[what]('201', house.by('agent')))
      await house.pass(1_000)
      assert.is.not(await legIs(customer), state)
      await house.pass(40_000)
      assert.is(await legIs(customer), state, what)
    }
    const given: string[] = []
    const command = house.telephony.command.bind(house.telephony)
    house.telephony.command = (id, whose, asked) => {
      if (asked.do === 'bridge' || asked.do === 'conference') given.push(asked.do)
      return command(id, whose, asked)
    }
    lose('bridge')
    await house.until(house.desk.consult('201', '202', house.clock.now(), house.by('agent')))
    await house.pass(50_000)
    assert.equal(given, ['bridge', 'bridge'], 'the consultation, and once more')
    lose('conference')
    await house.until(house.desk.join('201', house.by('agent')))
    await house.pass(100_000)
    assert.equal(given.slice(2), ['conference', 'conference'])
    house.telephony.act(customer, 'hang_up')
    await house.pass(60_000)
  }),
)

outcome(
  'a leg that the ledger has closed but the network still holds is hung up',
  inHouse({ agents: 1 }, async (house) => {
    house.call('PS', { talkMs: HOUR_MS })
    await house.pass(10_000)
    const { telephony } = house
    const command = telephony.command.bind(telephony)
    // The media server does not answer for a while, so that the agent's leg is given up.
    let away = true
    telephony.command = async (id, whose, asked) => {
      if (away && asked.do !== 'hang_up') throw new Problem('telephony.unavailable', { reason: 'slow' })
      return command(id, whose, asked)
    }
    const second = house.call('PS', { talkMs: HOUR_MS, patienceMs: HOUR_MS })
    house.telephony.inject({ kind: 'command-lost', when: { nth: 1 }, of: { what: 'hang_up' } })
    await house.pass(5_000)
    assert.is(house.process.switchboard.call(second), null, 'nobody could answer this caller, who is turned away')
    away = false
    await house.pass(40_000)
    assert.not.ok((await telephony.legs()).some((leg) => leg.callId === second))
    house.telephony.fail()
    house.telephony.recover()
    await house.pass(60_000)
  }),
)

outcome(
  'a key that is reported twice was pressed once; two keys at one moment are two',
  inHouse({ agents: 0 }, async (house) => {
    const callId = house.call('PS', { patienceMs: 60_000 })
    await house.pass(1_000)
    house.telephony.inject({ kind: 'report-doubled', when: { chance: 1 }, of: { what: 'digit' } })
    house.telephony.press(legOf(house, callId), '12')
    await house.pass(10_000)
    assert.equal(
      (await of(house, 'LegDigit')).map(({ data }) => data.digit),
      ['1', '2'],
    )
    assert.is(house.telephony.struck.get('report-doubled'), 2)
    await house.pass(60_000)
  }),
)

outcome(
  'a report about a phone that comes after a newer one changes nothing',
  inHouse({ agents: 1 }, async (house) => {
    house.telephony.inject({ kind: 'report-overtaken', when: { nth: 1 }, of: { what: 'unregistered' }, lastsMs: 5_000 })
    house.telephony.unplug(tenant, '8201')
    await house.pass(1)
    house.telephony.plug(tenant, '8201', patient)
    await house.pass(10_000)
    assert.is(house.telephony.struck.get('report-overtaken'), 1)
    assert.is(house.process.switchboard.shift('201')!.registered, true)
  }),
)

outcome(
  'a new owner begins although the network cannot say what it holds, and looks again later',
  inHouse({ agents: 1, queues: [queueNamed('PS', { wrapUpMs: 0 })] }, async (house) => {
    const callId = house.call('PS', { talkMs: HOUR_MS })
    await house.pass(10_000)
    const { telephony } = house
    const legs = telephony.legs.bind(telephony)
    telephony.legs = async () => {
      throw new Problem('telephony.unavailable', { reason: 'still starting' })
    }
    telephony.lose(legOf(house, callId))
    await house.takeOver()
    assert.is(house.process.switchboard.call(callId)?.status, 'live')
    telephony.legs = legs
    await house.pass(60_000)
    assert.is(house.process.switchboard.call(callId), null)
    assert.equal(house.notes.filter((note) => note.includes('does not say what it holds')).length, 1)
  }),
)

outcome(
  'a caller who arrives while the network is listing its legs is not taken for lost',
  inHouse({ agents: 1 }, async (house) => {
    const { telephony } = house
    const legs = telephony.legs.bind(telephony)
    telephony.legs = async () => {
      const before = await legs()
      await new Promise<void>((resolve) => house.clock.at(house.clock.now() + 200, resolve))
      return before
    }
    for (let n = 0; n < 200; n++) {
      house.call('PS', { talkMs: 1_000, patienceMs: 4_000 })
      await house.pass(100)
    }
    telephony.legs = legs
    await house.pass(60_000)
    assert.equal(
      (await of(house, 'CallEnded')).filter(({ data }) => data.by === 'system'),
      [],
    )
  }),
)

outcome(
  'reports of a call that nobody knows any longer change nothing',
  inHouse({ agents: 1 }, async (house) => {
    const callId = house.call('PS', { talkMs: 5_000 })
    house.telephony.inject({ kind: 'report-doubled', when: { chance: 1 }, lastsMs: 300_000 })
    await house.pass(60_000)
    const before = await house.story(callId)
    assert.ok(before.includes('CallEnded'))
    await house.pass(300_000)
    assert.equal(await house.story(callId), before)
    assert.ok((house.telephony.struck.get('report-doubled') ?? 0) > 5)
  }),
)

outcome.run()
