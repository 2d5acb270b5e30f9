/** Waiting in a queue: which agents are considered and when, which place a caller has, and what they hear. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { picksUp, picksUpAtOnce, type PhoneHabits } from '@ledgerline/adapters/telephony/simulator/people.ts'
import type { QueueInput } from '@ledgerline/core/queue/settings.ts'
import type { VirtualHouse } from '../support/house.ts'
import { queueNamed } from '../support/house.ts'
import { eventsOf, inHouse, answers, onLevels } from './in-house.ts'

const rules = suite('waiting in a queue')

const MINUTE = 60_000

const tiers = { apply: true, waitMs: 30_000, multiply: false, skipEmpty: false }

/** 201 on level 1 is away; 202 on level 2 is ready. */
async function levelOneAway(options: Partial<QueueInput>, body: (house: VirtualHouse) => Promise<void>): Promise<void> {
  await inHouse({ agents: 2, queues: [queueNamed('PS', options)] }, async (house) => {
    house.agents[1]!.queues[0] = { queueCode: 'PS', level: 2, position: 1 }
    const { queues, agents } = house
    await house.desk.activate(
      { zone: 'Asia/Shanghai', queues, agents, routes: [{ code: 'all', to: '*', queueCode: 'PS' }] },
      house.by('operator'),
    )
    await onLevels(house, 'PS', [1, 2])
    await house.desk.setWork('201', 'away', null, house.by('agent:201'))
    await house.pass(10)
    await body(house)
  })
}

rules('A3.2.2.1-tier-rules-apply: off, a free agent of a further level is offered at once', () =>
  levelOneAway({ tiers: { ...tiers, apply: false } }, async (house) => {
    house.call('PS', { talkMs: 1_000 })
    await house.pass(MINUTE)
    const [answer] = await answers(house)
    assert.is(answer![0], '202')
    assert.ok(answer![1] < 10_000)
  }),
)

rules('A3.2.2.1-tier-rule-wait: on, a further level is considered after its wait, and the caller is woken for it', () =>
  levelOneAway({ tiers }, async (house) => {
    house.call('PS', { talkMs: 1_000 })
    await house.pass(29_000)
    assert.equal(await eventsOf(house, 'CallOffered'), [])
    await house.pass(MINUTE)
    const [reserved] = await eventsOf(house, 'AgentReserved')
    assert.is(reserved!.data.agentCode, '202')
    assert.is(Math.round(reserved!.data.decision!.waited / 1000), 30)
    assert.is(reserved!.data.decision!.level, 2)
  }),
)

rules('A3.2.2.1-tier-rule-multiply: level n waits n times as long', () =>
  levelOneAway({ tiers: { ...tiers, multiply: true } }, async (house) => {
    house.call('PS', { talkMs: 1_000 })
    await house.pass(2 * MINUTE)
    const [reserved] = await eventsOf(house, 'AgentReserved')
    assert.is(Math.round(reserved!.data.decision!.waited / 1000), 60)
  }),
)

rules('A3.2.2.1-tier-rule-skip: if nobody is signed in at a lower level, nobody waits for it', () =>
  levelOneAway({ tiers: { ...tiers, skipEmpty: true } }, async (house) => {
    house.call('PS', { talkMs: 1_000 })
    await house.pass(5_000)
    assert.equal(await eventsOf(house, 'CallOffered'), [], 'who rests is signed in')
    await house.desk.agent('201', { do: 'sign_out', by: 'agent' }, house.by('agent:201'))
    await house.pass(MINUTE)
    const [reserved] = await eventsOf(house, 'AgentReserved')
    assert.ok(reserved!.data.decision!.waited < 10_000)
  }),
)

rules('tier rules: a queue’s lowest level never waits (corrected)', () =>
  inHouse({ agents: 1, queues: [queueNamed('PS', { tiers })] }, async (house) => {
    house.agents[0]!.queues[0] = { queueCode: 'PS', level: 3, position: 1 }
    const { queues, agents } = house
    await house.desk.activate(
      { zone: 'Asia/Shanghai', queues, agents, routes: [{ code: 'all', to: '*', queueCode: 'PS' }] },
      house.by('operator'),
    )
    await onLevels(house, 'PS', [3])
    house.call('PS', { talkMs: 1_000 })
    await house.pass(MINUTE)
    assert.ok((await answers(house))[0]![1] < 10_000)
  }),
)

rules(
  'A3.2.2.4-ring-time A3.2.2.4-max-no-answer: an agent’s own settings in a queue take precedence over the queue’s',
  () =>
    inHouse(
      { agents: 1, queues: [queueNamed('PS', { ringMs: 20_000, maxNoAnswer: 0 })], habits: picksUp({ ignores: 1 }) },
      async (house) => {
        await house.desk.agent(
          '201',
          {
            do: 'change_queues',
            queues: [{ queueCode: 'PS', level: 1, position: 1, ringMs: 7_000, maxNoAnswer: 2 }],
            byCode: null,
          },
          house.by('supervisor'),
        )
        await house.pass(10)
        house.call('PS', { patienceMs: 120_000 })
        await house.pass(5 * MINUTE)
        const offers = await eventsOf(house, 'CallOffered')
        assert.equal(
          offers.map(({ data, at }) => data.deadline - at),
          [7_000, 7_000],
        )
        assert.is((await eventsOf(house, 'AgentBecameNotResponding')).length, 1)
      },
    ),
)

for (const { title, reaction, settings } of [
  {
    title:
      'A3.2.2.4-reject-delay: who rejects a call gets the next offer after the delay, by their own setting in the queue',
    reaction: { do: 'refuse', afterMs: 1_000 },
    settings: { rejectDelayMs: 20_000 },
  },
  {
    title: 'A3.2.2.4-busy-delay: a busy phone is called again after the delay, by the agent’s own setting in the queue',
    reaction: { do: 'busy' },
    settings: { busyDelayMs: 20_000 },
  },
] as const)
  rules(title, () => {
    const habits: PhoneHabits = { react: () => reaction, aloneMs: MINUTE }
    const delays = { rejectDelayMs: 90_000, busyDelayMs: 90_000, noAnswerDelayMs: 90_000, maxNoAnswer: 0 }
    return inHouse({ agents: 1, queues: [queueNamed('PS', delays)], habits }, async (house) => {
      await house.desk.agent(
        '201',
        {
          do: 'change_queues',
          queues: [{ queueCode: 'PS', level: 1, position: 1, ...settings }],
          byCode: null,
        },
        house.by('supervisor'),
      )
      await house.pass(10)
      house.call('PS', { patienceMs: 70_000 })
      await house.pass(2 * MINUTE)
      const offers = await eventsOf(house, 'CallOffered')
      const failures = await eventsOf(house, 'OfferEnded')
      assert.is(offers.length, 4)
      for (const [index, { at }] of offers.slice(1).entries()) {
        const pause = at - failures[index]!.at
        assert.ok(pause >= 20_000 && pause < 21_000, `offered again after ${pause} ms`)
      }
    })
  })

rules('A3.2.2.1-time-base-score: with time base system the time since the call was answered counts too', () =>
  inHouse(
    {
      agents: 1,
      queues: [queueNamed('PS', { timeBase: 'system' }), queueNamed('NE')],
      habits: picksUp({ after: () => 0 }),
    },
    async (house) => {
      house.call('PS', { talkMs: 120_000, patienceMs: 600_000 })
      await house.pass(5_000)
      const old = house.call('NE', { patienceMs: 900_000, talkMs: 1_000 })
      await house.pass(10_000)
      const first = house.call('PS', { patienceMs: 900_000, talkMs: 1_000 })
      await house.pass(2_000)
      // They came into this queue last, but have been in the system longest.
      await house.until(house.desk.move(old, 'PS', house.by('supervisor')))
      await house.pass(5 * MINUTE)
      const answered = (await eventsOf(house, 'CallAnswered')).map((event) => event.data.callId)
      assert.equal(answered.slice(1), [old, first])
    },
  ),
)

rules(
  'A3.2.2.1-abandoned-resume A3.2.2.1-discard-abandoned: a caller who hung up and calls again in time gets their ' +
    'place back; too late, they do not',
  () =>
    inHouse(
      { agents: 0, queues: [queueNamed('PS', { resume: { allowed: true, withinMs: 60_000 } })] },
      async (house) => {
        const redials = { times: 2, afterMs: 30_000 }
        house.call('PS', { from: '13811110000', patienceMs: 20_000, redials })
        await house.pass(10 * MINUTE)
        const queued = await eventsOf(house, 'CallQueued')
        assert.equal(
          queued.map(({ data, at }) => [data.resumed, Math.round((at - data.joinedAt) / 1000)]),
          [
            [false, 0],
            [true, 50],
            [true, 100],
          ],
        )
        await house.pass(2 * MINUTE)
        house.call('PS', { from: '13811110000', patienceMs: 1_000 })
        await house.pass(5_000)
        assert.is((await eventsOf(house, 'CallQueued')).at(-1)!.data.resumed, false)
      },
    ),
)

rules(
  'A3.2.2.1-abandoned-resume: a number is the same however it is written; a caller with a withheld number waits ' +
    'from their own arrival',
  () =>
    inHouse(
      { agents: 0, queues: [queueNamed('PS', { resume: { allowed: true, withinMs: 600_000 } })] },
      async (house) => {
        const calls = async (from: string | null) => {
          const call = house.call('PS', { from, patienceMs: 10_000 })
          await house.pass(20_000)
          const [queued] = (await eventsOf(house, 'CallQueued')).filter(({ data }) => data.callId === call)
          return queued!.data.resumed
        }
        assert.is(await calls('13800001111'), false)
        for (const from of [
          '+8613800001111',
          '008613800001111',
          '013800001111',
          'sip:+8613800001111@gateway',
          '13800001111',
        ])
          assert.is(await calls(from), true, from)
        for (const from of ['anonymous', 'anonymous', 'sip:anonymous@anonymous.invalid', null, null, ''])
          assert.is(await calls(from), false, String(from))
        const received = (await eventsOf(house, 'CallReceived')).map(({ data }) => [data.from, data.fromRaw])
        assert.equal(received[1], ['13800001111', '+8613800001111'])
        assert.equal(received[6], [null, 'anonymous'])
      },
    ),
)

rules('A3.2.2.1-abandoned-resume: a place is given once, even after a take-over, and to nobody else’s number', () =>
  inHouse(
    { agents: 0, queues: [queueNamed('PS', { resume: { allowed: true, withinMs: 600_000 } })] },
    async (house) => {
      house.call('PS', { from: '13811110000', patienceMs: 20_000 })
      await house.pass(30_000)
      await house.takeOver({ withSnapshot: true })
      for (const from of ['13822220000', '13811110000', '13811110000']) {
        house.call('PS', { from, patienceMs: 60_000 })
        await house.pass(1_000)
      }
      assert.equal(
        (await eventsOf(house, 'CallQueued')).slice(1).map((event) => event.data.resumed),
        [false, true, false],
      )
      await house.pass(5 * MINUTE)
    },
  ),
)

rules('a caller id, called number or gateway of any length or content is cut and kept: the call is accepted', () =>
  inHouse({ agents: 0, queues: [queueNamed('PS')] }, async (house) => {
    house.call('PS', {
      from: `sip:${'9'.repeat(3_000)}@x`,
      gateway: 'g'.repeat(500),
      customerId: 'c'.repeat(900),
      patienceMs: 5_000,
    })
    house.call('PS', { from: 'a\u0000b\u001b[31m'.repeat(90), patienceMs: 5_000 })
    await house.pass(20_000)
    const received = await eventsOf(house, 'CallReceived')
    assert.equal(
      received.map(({ data }) => [data.fromRaw?.length, data.gateway?.length, data.customerId?.length]),
      [
        [64, 64, 200],
        [64, undefined, undefined],
      ],
    )
    assert.is(received[1]!.data.fromRaw!.includes('\u0000'), false)
    assert.is((await eventsOf(house, 'CallQueued')).length, 2)
  }),
)

rules('A3.2.2.1-moh: who waits hears the music of their queue, without end', () =>
  inHouse({ agents: 0, queues: [queueNamed('PS', { music: 'harp' }), queueNamed('NW')] }, async (house) => {
    const heard: [string, boolean][] = []
    const command = house.telephony.command.bind(house.telephony)
    house.telephony.command = async (id, of, order) => {
      if (order.do === 'play') heard.push([order.media, order.repeat])
      return command(id, of, order)
    }
    for (const queue of ['PS', 'NW']) {
      house.call(queue, { patienceMs: MINUTE })
      await house.pass(2 * MINUTE)
    }
    assert.equal(heard, [
      ['harp', true],
      ['hold_music', true],
    ])
  }),
)

rules('A3.2.2.1-moh: who is connected at once hears no note of it', () =>
  inHouse({ agents: 1, queues: [queueNamed('PS', { music: 'harp' })], habits: picksUpAtOnce }, async (house) => {
    const heard: string[] = []
    const command = house.telephony.command.bind(house.telephony)
    house.telephony.command = async (id, of, order) => {
      if (order.do === 'play') heard.push(order.media)
      return command(id, of, order)
    }
    house.call('PS', { talkMs: MINUTE })
    await house.pass(2 * MINUTE)
    assert.is((await eventsOf(house, 'CallAnswered')).length, 1)
    assert.equal(heard, [])
  }),
)

rules(
  'A3.2.2.1-announce-sound A3.2.2.1-announce-frequency: a waiting caller repeatedly hears their place and probable ' +
    'wait as known',
  () =>
    inHouse(
      {
        agents: 0,
        queues: [
          queueNamed('PS', {
            announcements: [
              { kind: 'sound', media: 'all_busy', firstAfterMs: 0, everyMs: 40_000 },
              { kind: 'place', media: 'place/{value}', firstAfterMs: 10_000, everyMs: 60_000 },
            ],
          }),
        ],
      },
      async (house) => {
        house.call('PS', { patienceMs: 600_000 })
        await house.pass(1_000)
        const second = house.call('PS', { patienceMs: 600_000 })
        await house.pass(99_000)
        const told = (await eventsOf(house, 'CallAnnounced')).filter((event) => event.data.callId === second)
        assert.equal(
          told.map(({ data }) => [data.kind, data.value]),
          [
            ['sound', null],
            ['place', 2],
            ['sound', null],
            ['place', 2],
            ['sound', null],
          ],
        )
        await house.pass(20 * MINUTE)
      },
    ),
)

rules(
  'the expected wait is announced once the queue is known to move: place times the mean time between departures',
  () =>
    inHouse(
      {
        agents: 1,
        queues: [
          queueNamed('PS', {
            wrapUpMs: 0,
            announcements: [{ kind: 'expected_wait', media: 'wait/{value}', firstAfterMs: 0, everyMs: 30_000 }],
          }),
        ],
        habits: picksUp({ after: () => 0 }),
      },
      async (house) => {
        for (let n = 0; n < 8; n++) house.call('PS', { patienceMs: 3_600_000, talkMs: 60_000 })
        await house.pass(100_000)
        assert.equal(await eventsOf(house, 'CallAnnounced'), [], 'two departures tell nothing yet')
        await house.pass(2 * MINUTE)
        const told = await eventsOf(house, 'CallAnnounced')
        assert.ok(told.length > 0)
        for (const { data } of told) assert.ok(data.value! > 0 && data.value! < 10 * MINUTE, String(data.value))
        await house.pass(60 * MINUTE)
      },
    ),
)

rules.run()
