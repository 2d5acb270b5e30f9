/** The switchboard at work: real process, simulated telephony, virtual time. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { picksUp } from '@ledgerline/adapters/telephony/simulator/people.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import type { AnyEvent } from '@ledgerline/core/catalogue.ts'
import { queueNamed, tenant, VirtualHouse, type HouseOptions } from '../support/house.ts'

const switchboard = suite('switchboard')

async function inHouse(options: HouseOptions, body: (house: VirtualHouse) => Promise<void>): Promise<void> {
  const house = await new VirtualHouse(options).open()
  try {
    await body(house)
    assert.equal(await house.audit(), [])
  } finally {
    await house.close()
  }
}

async function eventsOf(house: VirtualHouse, type: AnyEvent['type']): Promise<AnyEvent[]> {
  return (await house.ledger()).filter((event) => event.type === type)
}

switchboard('one call: received, queued, offered, answered, ended, wrapped up', () =>
  inHouse({ agents: 1 }, async (house) => {
    const callId = house.call('PS', { talkMs: 60_000 })
    await house.pass(120_000)
    assert.equal(await house.story(callId), [
      'CallReceived',
      'CallRouted',
      'CallQueued',
      'LegAnswered',
      'CallOffered',
      'LegDialled',
      'LegRinging',
      'LegAnswered',
      'CallAnswered',
      'LegEnded',
      'AgentLeftCall',
      'CallEnded',
      'LegEnded',
    ])
    const shift = (await house.ledger()).filter((event) => event.stream.startsWith('shift-')).map((event) => event.type)
    assert.equal(shift, [
      'AgentSignedIn',
      'AgentBecameReady',
      'AgentReserved',
      'AgentRang',
      'AgentCallStarted',
      'AgentCallEnded',
      'AgentWrapUpStarted',
      'AgentWrapUpEnded',
    ])
    const [left] = await eventsOf(house, 'AgentLeftCall')
    assert.equal((left as Extract<AnyEvent, { type: 'AgentLeftCall' }>).data.talkMs, 60_000)
  }),
)

switchboard('the agent who has been idle longest is offered the call', () =>
  inHouse({ agents: 3 }, async (house) => {
    const order: string[] = []
    for (let n = 0; n < 6; n++) {
      house.call('PS', { talkMs: 5_000 })
      await house.pass(60_000)
    }
    for (const event of await eventsOf(house, 'CallAnswered'))
      order.push((event as Extract<AnyEvent, { type: 'CallAnswered' }>).data.agentCode!)
    assert.equal(order, ['201', '202', '203', '201', '202', '203'])
  }),
)

switchboard('a base score of 90 is a head start of 90 seconds in the queue', () =>
  inHouse({ agents: 1 }, async (house) => {
    house.call('PS', { talkMs: 200_000, patienceMs: 600_000 })
    await house.pass(10_000)
    const early = house.call('PS', { talkMs: 10_000, patienceMs: 900_000 })
    await house.pass(60_000)
    const preferred = house.call('PS', { talkMs: 10_000, patienceMs: 900_000, priority: 90 })
    await house.pass(600_000)
    const answered = (await eventsOf(house, 'CallAnswered')).map((event) => (event.data as { callId: string }).callId)
    assert.equal(answered.slice(1), [preferred, early])
  }),
)

switchboard('an agent of two queues gets the caller of the queue with the higher priority', () =>
  inHouse({ agents: 1, queues: [queueNamed('PS'), queueNamed('NE', { priority: 5 })] }, async (house) => {
    house.call('PS', { talkMs: 60_000 })
    await house.pass(10_000)
    const first = house.call('PS', { talkMs: 5_000, patienceMs: 900_000 })
    await house.pass(1_000)
    const preferred = house.call('NE', { talkMs: 5_000, patienceMs: 900_000 })
    await house.pass(300_000)
    const answered = (await eventsOf(house, 'CallAnswered')).map((event) => (event.data as { callId: string }).callId)
    assert.equal(answered.slice(1), [preferred, first])
  }),
)

switchboard('a caller who hangs up while waiting has abandoned, and no agent is offered to them', () =>
  inHouse({ agents: 0 }, async (house) => {
    const callId = house.call('PS', { patienceMs: 30_000 })
    await house.pass(60_000)
    assert.equal(await house.story(callId), [
      'CallReceived',
      'CallRouted',
      'CallQueued',
      'LegAnswered',
      'LegEnded',
      'CallLeftQueue',
      'CallEnded',
    ])
  }),
)

switchboard('an unanswered offer goes to the next agent; the third in a row makes the first not responding', () =>
  inHouse(
    { agents: 2, habits: picksUp({ ignores: 1 }), queues: [queueNamed('PS', { maxNoAnswer: 2, ringMs: 10_000 })] },
    async (house) => {
      house.call('PS', { patienceMs: 300_000 })
      await house.pass(600_000)
      const missed = await eventsOf(house, 'AgentBecameNotResponding')
      assert.equal(missed.map((event) => (event.data as { agentCode: string }).agentCode).toSorted(), ['201', '202'])
      const [left] = await eventsOf(house, 'CallLeftQueue')
      assert.is((left as Extract<AnyEvent, { type: 'CallLeftQueue' }>).data.waitMs > 290_000, true)
    },
  ),
)

switchboard('a waiting caller is given one agent at a time: no second one is reserved for them', () =>
  inHouse({ agents: 4 }, async (house) => {
    for (let n = 0; n < 40; n++) {
      house.call('PS', { talkMs: 8_000, patienceMs: 900_000 })
      await house.pass(n % 7)
    }
    await house.pass(900_000)
    assert.is((await eventsOf(house, 'AgentReserved')).length, (await eventsOf(house, 'CallOffered')).length)
    assert.is((await eventsOf(house, 'CallAnswered')).length, 40)
  }),
)

switchboard('a refused offer pauses the agent and the caller keeps their place', () =>
  inHouse({ agents: 1, habits: picksUp({ refuses: 1, after: () => 2000 }) }, async (house) => {
    house.call('PS', { patienceMs: 60_000 })
    await house.pass(200_000)
    const ends = (await eventsOf(house, 'AgentReservationEnded')) as Extract<
      AnyEvent,
      { type: 'AgentReservationEnded' }
    >[]
    assert.ok(ends.length > 3)
    assert.ok(
      ends
        .slice(0, -1)
        .every((event) => event.data.result === 'refused' && event.data.pausedUntil! - event.at === 5_000),
    )
  }),
)

switchboard('a caller who waited longer than the queue allows is released with an outcome of its own', () =>
  inHouse({ agents: 0, queues: [queueNamed('PS', { maxWaitMs: 20_000 })] }, async (house) => {
    house.call('PS', { patienceMs: 600_000 })
    await house.pass(60_000)
    const [left] = (await eventsOf(house, 'CallLeftQueue')) as Extract<AnyEvent, { type: 'CallLeftQueue' }>[]
    assert.is(left!.data.exit, 'timed_out')
    const [end] = (await eventsOf(house, 'CallEnded')) as Extract<AnyEvent, { type: 'CallEnded' }>[]
    assert.is(end!.data.by, 'system')
  }),
)

switchboard('an agent who hangs up releases the customer, in the agent’s name', () =>
  inHouse({ agents: 1 }, async (house) => {
    house.call('PS', { talkMs: 60_000, talkEndedBy: 'agent' })
    await house.pass(200_000)
    const [end] = (await eventsOf(house, 'CallEnded')) as Extract<AnyEvent, { type: 'CallEnded' }>[]
    assert.is(end!.data.by, 'agent')
  }),
)

switchboard('C3.3-hold C3.4-resume: hold and back; the shift follows', () =>
  inHouse({ agents: 1 }, async (house) => {
    house.call('PS', { talkMs: 60_000 })
    await house.pass(20_000)
    await house.desk.hold('201', house.by('agent:201'))
    await house.pass(10_000)
    assert.is((house.process.switchboard.shift('201')!.engagement as { held: boolean }).held, true)
    await house.desk.resume('201', house.by('agent:201'))
    await house.pass(200_000)
    const [left] = (await eventsOf(house, 'AgentLeftCall')) as Extract<AnyEvent, { type: 'AgentLeftCall' }>[]
    assert.equal([left!.data.talkMs, left!.data.holdMs], [60_000, 10_000])
  }),
)

switchboard('C3.5-transfer: attended, three-way and blind transfers leave each agent their own talk', () =>
  inHouse({ agents: 3 }, async (house) => {
    const callId = house.call('PS', { talkMs: 120_000 })
    await house.pass(20_000)
    await house.desk.consult('201', '202', house.clock.now(), house.by('agent:201'))
    await house.pass(10_000)
    assert.is(house.process.switchboard.shift('202')!.engagement.kind, 'talking')
    await house.desk.handOver('201', house.by('agent:201'))
    await house.pass(30_000)
    assert.equal(Object.keys(house.process.switchboard.call(callId)!.segments), ['202'])
    await house.desk.transferToAgent('202', '203', house.by('agent:202'))
    await house.pass(10_000)
    assert.equal(Object.keys(house.process.switchboard.call(callId)!.segments), ['203'])
    await house.pass(300_000)
    const left = (await eventsOf(house, 'AgentLeftCall')) as Extract<AnyEvent, { type: 'AgentLeftCall' }>[]
    assert.equal(
      left.map((event) => event.data.agentCode),
      ['201', '202', '203'],
    )
  }),
)

switchboard('A2.2-btn-three-way: consult, join, the first agent leaves, the others carry on', () =>
  inHouse({ agents: 2 }, async (house) => {
    house.call('PS', { talkMs: 120_000 })
    await house.pass(20_000)
    await house.desk.consult('201', '202', house.clock.now(), house.by('agent:201'))
    await house.pass(10_000)
    await house.desk.join('201', house.by('agent:201'))
    await house.pass(10_000)
    await house.desk.hangUp('201', house.by('agent:201'))
    await house.pass(5_000)
    assert.is(house.process.switchboard.shift('201')!.engagement.kind, 'wrap_up')
    assert.is(house.process.switchboard.shift('202')!.engagement.kind, 'talking')
    await house.pass(300_000)
  }),
)

switchboard('C5.2-listen C5.4-barge C5.5-break: a supervisor listens, takes over, and disconnects another call', () =>
  inHouse({ agents: 3 }, async (house) => {
    house.call('PS', { talkMs: 120_000 })
    await house.pass(20_000)
    house.telephony.plug(tenant, '8900', picksUp({ after: () => 3000 }))
    await house.desk.supervise(
      '201',
      { supervisorCode: '900', mode: 'listen', extension: '8900', number: null },
      house.clock.now(),
      house.by('supervisor:900'),
    )
    await house.pass(10_000)
    const { callId } = house.process.switchboard.shift('201')!.engagement as { callId: string }
    await house.desk.call(callId, { do: 'take_over', supervisorCode: '900' }, house.by('supervisor:900'))
    await house.pass(1_000)
    assert.is(house.process.switchboard.shift('201')!.engagement.kind, 'wrap_up')
    house.call('PS', { talkMs: 120_000 })
    await house.pass(20_000)
    await house.desk.disconnect('202', '900', house.by('supervisor:900'))
    await house.pass(300_000)
    const ends = (await eventsOf(house, 'CallEnded')) as Extract<AnyEvent, { type: 'CallEnded' }>[]
    assert.equal(ends.map((event) => event.data.by).toSorted(), ['customer', 'supervisor'])
  }),
)

switchboard('C3.1-agent-leg-first: an agent places a call; no queue call reaches them meanwhile', () =>
  inHouse({ agents: 1 }, async (house) => {
    await house.desk.place('201', '13900001111', 'placed-1', house.clock.now(), house.by('agent:201'))
    const waiting = house.call('PS', { talkMs: 5_000, patienceMs: 900_000 })
    await house.pass(5_000)
    assert.is(house.process.switchboard.call(waiting)!.queue?.queueCode, 'PS')
    await house.pass(900_000)
    assert.ok((await house.story('placed-1')).includes('CallAnswered'))
    assert.ok((await house.story(waiting)).includes('CallAnswered'))
  }),
)

switchboard(
  'C3.1-agent-leg-first: the reservation waits two seconds for the call the agent is placing; if it never comes ' +
    'they are free again',
  () =>
    inHouse({ agents: 1 }, async (house) => {
      const placing = {
        offerId: 'own',
        callId: 'never',
        legId: 'never:agent',
        queueCode: null,
        deadline: house.clock.now() + 30_000,
        direction: 'outbound' as const,
        decision: null,
      }
      await house.desk.agent('201', { do: 'reserve', ...placing }, house.by('agent:201'))
      house.call('PS', { patienceMs: 900_000 })
      await house.pass(1_500)
      assert.is(house.process.switchboard.shift('201')!.reservation?.offerId, 'own')
      await house.pass(1_000)
      assert.is(house.process.switchboard.shift('201')!.reservation?.queueCode, 'PS')
      await house.pass(900_000)
    }),
)

switchboard('a command repeated with its id gets the same answer and changes nothing', () =>
  inHouse({ agents: 1 }, async (house) => {
    const envelope = house.by('agent:201')
    const first = await house.desk.setWork('201', 'away', 'lunch', envelope)
    const again = await house.desk.setWork('201', 'away', 'lunch', envelope)
    assert.equal(again, first)
    try {
      await house.desk.setWork('201', 'ready', null, envelope)
      assert.unreachable()
    } catch (error) {
      assert.ok(isProblem(error, 'command.reused'))
    }
  }),
)

switchboard('a phone that loses its registration gets no offers until it is back', () =>
  inHouse({ agents: 1 }, async (house) => {
    house.telephony.unplug('test', '8201')
    await house.pass(100)
    const callId = house.call('PS', { patienceMs: 300_000, talkMs: 5_000 })
    await house.pass(30_000)
    assert.not.ok((await house.story(callId)).includes('CallOffered'))
    house.telephony.plug('test', '8201', picksUp())
    await house.pass(60_000)
    assert.ok((await house.story(callId)).includes('CallAnswered'))
  }),
)

const answeredBy = async (house: VirtualHouse): Promise<string[]> =>
  ((await eventsOf(house, 'CallAnswered')) as Extract<AnyEvent, { type: 'CallAnswered' }>[]).map(
    (event) => event.data.agentCode!,
  )

switchboard(
  'A3.2.2.1-strategy-ring-all: all phones ring; the first to answer wins, the others stop ringing and are not blamed',
  () => {
    let rung = 0
    return inHouse(
      {
        agents: 3,
        queues: [queueNamed('PS', { strategy: 'ring-all', maxNoAnswer: 1 })],
        habits: picksUp({ after: () => 2_000 + 1_000 * (rung++ % 3) }),
      },
      async (house) => {
        house.call('PS', { talkMs: 20_000 })
        await house.pass(100_000)
        assert.is((await eventsOf(house, 'CallOffered')).length, 3)
        assert.equal(await answeredBy(house), ['201'])
        const others = (await eventsOf(house, 'OfferEnded')) as Extract<AnyEvent, { type: 'OfferEnded' }>[]
        assert.equal(
          others.map((event) => event.data.result),
          ['lost_race', 'lost_race'],
        )
        for (const shift of house.process.switchboard.shifts()) assert.equal([shift.missed, shift.work], [0, 'ready'])
      },
    )
  },
)

switchboard('ring-all: two who answer at the same moment do not both get the caller', () =>
  inHouse(
    { agents: 4, queues: [queueNamed('PS', { strategy: 'ring-all' })], habits: picksUp({ after: () => 2_000 }) },
    async (house) => {
      for (let n = 0; n < 5; n++) {
        house.call('PS', { talkMs: 10_000 })
        await house.pass(60_000)
      }
      assert.is((await eventsOf(house, 'CallAnswered')).length, 5)
      const left = (await eventsOf(house, 'AgentLeftCall')) as Extract<AnyEvent, { type: 'AgentLeftCall' }>[]
      assert.ok(left.every((event) => event.data.talkMs === 10_000))
    },
  ),
)

switchboard('ring-progressively: one more rings every ten seconds while the earlier ones keep ringing', () =>
  inHouse(
    {
      agents: 3,
      queues: [queueNamed('PS', { strategy: 'ring-progressively', ringMs: 60_000 })],
      habits: picksUp({ ignores: 1 }),
    },
    async (house) => {
      const callId = house.call('PS', { patienceMs: 50_000 })
      const ringing = (): number => Object.keys(house.process.switchboard.call(callId)!.offers).length
      for (const expected of [1, 2, 3, 3]) {
        await house.pass(9_000)
        assert.is(ringing(), expected)
        await house.pass(1_500)
      }
      await house.pass(200_000)
    },
  ),
)

switchboard('A3.2.2.1-strategy-round-robin: each call goes to the next agent, even after the owner was replaced', () =>
  inHouse({ agents: 3, queues: [queueNamed('PS', { strategy: 'round-robin', wrapUpMs: 0 })] }, async (house) => {
    for (let n = 0; n < 6; n++) {
      house.call('PS', { talkMs: 3_000 })
      await house.pass(30_000)
      if (n === 2) await house.takeOver({ withSnapshot: true })
    }
    // Places in the test's queue: everybody has position 1, so the agent with the least recent offer is next.
    assert.equal(new Set((await answeredBy(house)).slice(0, 3)).size, 3)
    assert.equal(new Set((await answeredBy(house)).slice(3)).size, 3)
  }),
)

switchboard('A3.2.2.1-strategy-least-talk A3.2.2.1-strategy-fewest-calls: work is evened out over the window', () =>
  inHouse(
    { agents: 2, queues: [queueNamed('PS', { strategy: 'agent-with-least-talk-time', wrapUpMs: 0 })] },
    async (house) => {
      house.call('PS', { talkMs: 300_000 })
      await house.pass(310_000)
      for (let n = 0; n < 4; n++) {
        house.call('PS', { talkMs: 30_000 })
        await house.pass(60_000)
      }
      const [first, ...rest] = await answeredBy(house)
      assert.ok(
        rest.every((code) => code !== first),
        'who talked five minutes is spared',
      )
    },
  ),
)

for (const away of ['before', 'after'] as const) {
  switchboard(
    `the log is away for 30 s (${away === 'before' ? 'nothing is written' : 'written, and the answer lost'}): talk continues, new callers are refused, nothing is lost or doubled`,
    () =>
      inHouse({ agents: 3 }, async (house) => {
        const talks = house.call('PS', { talkMs: 60_000 })
        const ends = house.call('PS', { talkMs: 20_000 })
        await house.pass(10_000)
        house.logIsAway = away
        const refused = house.call('PS', { talkMs: 10_000 })
        await house.pass(30_000)
        house.logIsAway = false
        await house.pass(300_000)
        assert.equal((await house.story(refused)).includes('CallAnswered'), false)
        const left = (await eventsOf(house, 'AgentLeftCall')) as Extract<AnyEvent, { type: 'AgentLeftCall' }>[]
        assert.equal(
          left.map(({ data }) => [data.callId, data.talkMs]).toSorted(),
          [
            [talks, 60_000],
            [ends, 20_000],
          ].toSorted(),
          'with their own times',
        )
        assert.equal(new Set((await house.ledger()).map((event) => event.id)).size, (await house.ledger()).length)
      }),
  )
}

switchboard(
  'a repeated take-over closes what the dead owner left, and continues with the callers who are still there',
  () =>
    inHouse({ agents: 2 }, async (house) => {
      for (let n = 0; n < 4; n++) house.call('PS', { talkMs: 30_000, patienceMs: 600_000 })
      for (let n = 0; n < 12; n++) {
        await house.pass(7_000)
        await house.takeOver({ withSnapshot: n % 2 === 0 })
      }
      await house.pass(600_000)
      assert.is((await eventsOf(house, 'CallAnswered')).length, 4)
    }),
)

switchboard.run()
