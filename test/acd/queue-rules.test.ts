/** The rules of a queue at work: who may be considered when, and every exit with its own destination. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { picksUp } from '@ledgerline/adapters/telephony/simulator/people.ts'
import type { QueueDestination, QueueInput } from '@ledgerline/core/queue/settings.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import type { VirtualHouse } from '../support/house.ts'
import { queueNamed } from '../support/house.ts'
import { eventsOf, inHouse } from './in-house.ts'

const rules = suite('rules of a queue')

const MINUTE = 60_000
const hangUp: QueueDestination = { kind: 'hang_up', code: '', keepPlace: false }
const exits = (change: Partial<NonNullable<QueueInput['exits']>>): NonNullable<QueueInput['exits']> => ({
  timed_out: hangUp,
  no_agent: hangUp,
  left_by_key: hangUp,
  overflowed: hangUp,
  closed: hangUp,
  ...change,
})
const toQueue = (code: string, keepPlace = false): QueueDestination => ({ kind: 'queue', code, keepPlace })

/** Puts agents on other levels: 201 on the first, 202 on the second, and so on. */
async function onLevels(house: VirtualHouse, queueCode: string, levels: readonly number[]): Promise<void> {
  for (const [index, level] of levels.entries()) {
    await house.desk.agent(
      house.agents[index]!.agentId,
      { do: 'change_queues', queues: [{ queueCode, level, position: 1 }], byCode: null },
      house.by('supervisor'),
    )
  }
  await house.pass(10)
}

const lastAnswers = async (house: VirtualHouse): Promise<[string, number][]> =>
  (await eventsOf(house, 'CallAnswered')).map(({ data }) => [data.agentCode!, data.waitMs])
const exitsSeen = async (house: VirtualHouse): Promise<[string, number][]> =>
  (await eventsOf(house, 'CallLeftQueue')).map(({ data }) => [data.exit, Math.round(data.waitMs / 1000)])

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
    const [answer] = await lastAnswers(house)
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
    assert.ok((await lastAnswers(house))[0]![1] < 10_000)
  }),
)

rules('A3.2.2.1-max-wait: when time is up the caller goes to another queue, where the wait starts anew', () =>
  inHouse(
    {
      agents: 0,
      queues: [
        queueNamed('PS', { maxWaitMs: 20_000, exits: exits({ timed_out: toQueue('NE') }) }),
        queueNamed('NE', { maxWaitMs: 15_000 }),
      ],
    },
    async (house) => {
      const callId = house.call('PS', { patienceMs: 600_000 })
      await house.pass(MINUTE)
      assert.equal(await exitsSeen(house), [
        ['timed_out', 20],
        ['timed_out', 15],
      ])
      assert.equal((await house.story(callId)).filter((type) => type === 'CallQueued').length, 2)
    },
  ),
)

rules('A3.2.2.1-max-wait: a caller who is being connected stays', () =>
  inHouse(
    { agents: 1, queues: [queueNamed('PS', { maxWaitMs: 5_000 })], habits: picksUp({ after: () => 4_990 }) },
    async (house) => {
      house.call('PS', { talkMs: 1_000 })
      await house.pass(MINUTE)
      assert.is((await eventsOf(house, 'CallAnswered')).length, 1)
    },
  ),
)

rules(
  'A3.2.2.1-max-wait-no-agent A3.2.2.1-reject-interval: a new caller to a long-empty queue gets both times, and is ' +
    'never turned away at once',
  () =>
    inHouse(
      { agents: 0, queues: [queueNamed('PS', { noAgent: { afterMs: 20_000, rejectMs: 5_000, restCounts: true } })] },
      async (house) => {
        await house.pass(10 * MINUTE)
        house.call('PS', { patienceMs: 600_000 })
        await house.pass(24_000)
        assert.equal(await exitsSeen(house), [])
        await house.pass(MINUTE)
        assert.equal(await exitsSeen(house), [['no_agent', 25]])
      },
    ),
)

rules('A3.2.2.1-max-wait-no-agent: without a reject interval only the empty queue decides', () =>
  inHouse(
    { agents: 0, queues: [queueNamed('PS', { noAgent: { afterMs: 20_000, rejectMs: 0, restCounts: true } })] },
    async (house) => {
      await house.pass(10 * MINUTE)
      house.call('PS', { patienceMs: 600_000 })
      await house.pass(MINUTE)
      assert.equal(await exitsSeen(house), [['no_agent', 0]])
    },
  ),
)

rules(
  'max wait with no agent: the clock starts when the last one signs out, and agents on a break count unless the ' +
    'queue says otherwise',
  async () => {
    for (const restCounts of [true, false]) {
      await inHouse(
        { agents: 1, queues: [queueNamed('PS', { noAgent: { afterMs: 20_000, rejectMs: 5_000, restCounts } })] },
        async (house) => {
          await house.desk.setWork('201', 'away', 'lunch', house.by('agent:201'))
          await house.pass(10)
          house.call('PS', { patienceMs: 600_000 })
          await house.pass(2 * MINUTE)
          assert.equal(await exitsSeen(house), restCounts ? [] : [['no_agent', 25]])
          await house.desk.agent('201', { do: 'sign_out', by: 'agent' }, house.by('agent:201'))
          await house.pass(2 * MINUTE)
          assert.equal(await exitsSeen(house), [['no_agent', restCounts ? 140 : 25]])
        },
      )
    }
  },
)

rules('leaving by key is an outcome of its own and leads where the queue says; other keys do nothing', () =>
  inHouse(
    {
      agents: 1,
      queues: [
        queueNamed('PS', {
          exitKey: '2',
          exits: exits({ left_by_key: { kind: 'agent', code: '201', keepPlace: false } }),
        }),
      ],
      habits: picksUp({ after: () => 1_000 }),
    },
    async (house) => {
      await house.desk.setWork('201', 'not_ready', null, house.by('agent:201'))
      await house.pass(10)
      const keys = [
        { when: 'waiting' as const, digit: '9', afterMs: 2_000 },
        { when: 'waiting' as const, digit: '2', afterMs: 3_000 },
      ]
      const callId = house.call('PS', { patienceMs: 600_000, talkMs: 5_000, keys })
      await house.pass(6_000)
      assert.equal(await exitsSeen(house), [['left_by_key', 5]])
      await house.desk.setWork('201', 'ready', null, house.by('agent:201'))
      await house.pass(MINUTE)
      assert.ok((await house.story(callId)).includes('CallAnswered'), 'the agent named by the queue took the caller')
    },
  ),
)

rules('a queue may send callers who leave it to an outside phone: it rings, and they talk', () =>
  inHouse(
    {
      agents: 0,
      queues: [
        queueNamed('PS', {
          maxWaitMs: 10_000,
          exits: exits({ timed_out: { kind: 'number', code: '02088886666', keepPlace: false } }),
        }),
      ],
    },
    async (house) => {
      const callId = house.call('PS', { patienceMs: 600_000, talkMs: 20_000 })
      await house.pass(20_000)
      const [dialled] = (await eventsOf(house, 'LegDialled')).filter((event) => event.data.callId === callId)
      assert.is(dialled!.data.number, '02088886666')
      await house.pass(20 * MINUTE)
    },
  ),
)

rules(
  'a caller who finds a full queue moves on at once; a place already taken is not lost to a later caller of higher ' +
    'priority',
  () =>
    inHouse(
      {
        agents: 0,
        queues: [
          queueNamed('PS', { overflow: { length: 2, afterMs: 0 }, exits: exits({ overflowed: toQueue('NE', true) }) }),
          queueNamed('NE'),
        ],
      },
      async (house) => {
        const first = house.call('PS', { patienceMs: 600_000 })
        const second = house.call('PS', { patienceMs: 600_000 })
        await house.pass(1_000)
        const third = house.call('PS', { patienceMs: 600_000, priority: 500 })
        await house.pass(5_000)
        const queueOf = (callId: string): string | undefined => house.process.switchboard.call(callId)?.queue?.queueCode
        assert.equal([first, second, third].map(queueOf), ['PS', 'PS', 'NE'])
        await house.pass(20 * MINUTE)
      },
    ),
)

rules('overflow after a time keeps the place: the wait continues from when they first joined', () =>
  inHouse(
    {
      agents: 1,
      queues: [
        queueNamed('PS', {
          overflow: { length: 0, afterMs: 30_000 },
          exits: exits({ overflowed: toQueue('NE', true) }),
        }),
        queueNamed('NE'),
      ],
    },
    async (house) => {
      await house.desk.agent(
        '201',
        { do: 'change_queues', queues: [{ queueCode: 'NE', level: 1, position: 1 }], byCode: null },
        house.by('supervisor'),
      )
      const callId = house.call('PS', { patienceMs: 600_000, talkMs: 1_000 })
      await house.pass(2 * MINUTE)
      const [, again] = (await eventsOf(house, 'CallQueued')).filter((event) => event.data.callId === callId)
      assert.is(again!.data.queueCode, 'NE')
      assert.is(Math.round((again!.at - again!.data.joinedAt) / 1000), 30)
      assert.ok((await lastAnswers(house))[0]![1] >= 30_000)
    },
  ),
)

rules('a closed queue takes nobody, in the tenant’s zone; callers waiting at closing time are still served', () =>
  inHouse(
    { agents: 1, queues: [queueNamed('PS', { hours: [{ days: [1, 2, 3, 4, 5, 6, 7], from: '09:00', to: '18:00' }] })] },
    async (house) => {
      const local = (): number => Math.floor(((house.clock.now() + 8 * 3_600_000) % 86_400_000) / MINUTE)
      const until = async (minute: number): Promise<void> => {
        await house.pass(((minute - local() + 1440) % 1440) * MINUTE)
      }
      await until(18 * 60 - 1)
      await house.desk.setWork('201', 'not_ready', null, house.by('agent:201'))
      await house.pass(10)
      const early = house.call('PS', { patienceMs: 20 * MINUTE, talkMs: 1_000 })
      await house.pass(2 * MINUTE)
      const late = house.call('PS', { patienceMs: 20 * MINUTE })
      await house.pass(MINUTE)
      assert.equal((await house.story(late)).slice(2, 4), ['CallQueued', 'CallLeftQueue'])
      assert.is((await house.story(late)).includes('LegAnswered'), false, 'they are not even answered')
      await house.desk.setWork('201', 'ready', null, house.by('agent:201'))
      await house.pass(2 * MINUTE)
      assert.ok((await house.story(early)).includes('CallAnswered'))
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

rules(
  'A3.2.2.5-reload a queue removed by an activation lets nobody wait where nobody looks: its callers go where it ' +
    'sent them when closed, or are disconnected',
  () =>
    inHouse(
      {
        agents: 1,
        queues: [
          queueNamed('PS', {
            exits: exits({ closed: toQueue('NE', true) }),
            callback: { key: '1', media: null, attempts: 2, retryMs: 60_000 },
          }),
          queueNamed('IN'),
          queueNamed('NE'),
        ],
      },
      async (house) => {
        await house.desk.setWork('201', 'away', null, house.by('agent:201'))
        const moved = house.call('PS', { patienceMs: 30 * MINUTE, talkMs: 1_000 })
        const asked = house.call('PS', {
          from: '13811110000',
          patienceMs: 30 * MINUTE,
          keys: [{ when: 'waiting', digit: '1', afterMs: 5_000 }],
        })
        const cut = house.call('IN', { patienceMs: 30 * MINUTE })
        await house.pass(MINUTE)
        const agents = house.agents.map((agent) => ({ ...agent, queues: [{ queueCode: 'NE', level: 1, position: 1 }] }))
        await house.until(
          house.desk.activate(
            {
              zone: 'Asia/Shanghai',
              queues: [queueNamed('NE')],
              agents,
              routes: [{ code: 'all', to: '*', queueCode: 'NE' }],
            },
            house.by('operator'),
          ),
        )
        await house.pass(MINUTE)
        const left = (await eventsOf(house, 'CallLeftQueue'))
          .filter(({ data }) => data.exit === 'closed')
          .map(({ data }) => [data.callId, data.to?.code ?? null])
        // The call-back that held a place in the queue comes along.
        assert.equal(
          left.filter(([id]) => id === moved || id === cut),
          [
            [moved, 'NE'],
            [cut, null],
          ],
        )
        assert.ok((await house.story(cut)).includes('CallEnded'))
        assert.ok(
          left.some(([id, to]) => id!.startsWith(`${asked}~back`) && to === 'NE'),
          'the call-back waits on in the other queue',
        )
        const queued = (await eventsOf(house, 'CallQueued')).filter(({ data }) => data.callId === moved)
        assert.equal(
          queued.map(({ data }) => [data.queueCode, data.joinedAt]),
          [
            ['PS', queued[0]!.data.joinedAt],
            ['NE', queued[0]!.data.joinedAt],
          ],
        )
        await house.desk.agent(
          '201',
          { do: 'change_queues', queues: [{ queueCode: 'NE', level: 1, position: 1 }], byCode: null },
          house.by('supervisor'),
        )
        await house.desk.setWork('201', 'ready', null, house.by('agent:201'))
        await house.pass(10 * MINUTE)
        assert.ok((await house.story(moved)).includes('CallAnswered'))
      },
    ),
)

rules(
  'queues that send callers round in a circle are counted, and an event breaks the circle: the caller stays and is ' +
    'served',
  () =>
    inHouse(
      {
        agents: 1,
        queues: [
          queueNamed('PS', { maxWaitMs: 10_000, exits: exits({ timed_out: toQueue('NE') }) }),
          queueNamed('NE', { overflow: { length: 0, afterMs: 10_000 }, exits: exits({ overflowed: toQueue('PS') }) }),
        ],
      },
      async (house) => {
        await house.desk.setWork('201', 'away', null, house.by('agent:201'))
        const caller = house.call('PS', { patienceMs: 60 * MINUTE, talkMs: 1_000 })
        await house.pass(20 * MINUTE)
        const of = async (type: 'CallQueued' | 'CallCircleBroken') =>
          (await eventsOf(house, type)).filter(({ data }) => data.callId === caller)
        assert.is((await of('CallQueued')).length, 20)
        assert.equal(
          (await of('CallCircleBroken')).map(({ data }) => data),
          [{ callId: caller, queueCode: 'NE', exit: 'overflowed', to: 'PS', visits: 10 }],
        )
        await house.desk.setWork('201', 'ready', null, house.by('agent:201'))
        await house.pass(MINUTE)
        assert.ok((await house.story(caller)).includes('CallAnswered'))
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

rules(
  'a call-back keeps the place: the caller hangs up, their turn comes, the agent rings first, then the caller is ' +
    'called and they talk',
  () =>
    inHouse(
      {
        agents: 1,
        queues: [queueNamed('PS', { callback: { key: '1', media: 'call_back_noted', attempts: 2, retryMs: 60_000 } })],
        habits: picksUp({ after: () => 1_000 }),
      },
      async (house) => {
        house.call('PS', { patienceMs: 600_000, talkMs: 120_000 })
        await house.pass(10_000)
        const asked = house.call('PS', {
          from: '13811110000',
          patienceMs: 600_000,
          keys: [{ when: 'waiting', digit: '1', afterMs: 5_000 }],
        })
        await house.pass(1_000)
        const behind = house.call('PS', { patienceMs: 900_000, talkMs: 1_000 })
        await house.pass(15 * MINUTE)
        assert.equal(
          (await house.story(asked)).filter((type) => type.startsWith('Call') && type !== 'CallRouted'),
          ['CallReceived', 'CallQueued', 'CallbackRequested', 'CallLeftQueue', 'CallbackPlaced', 'CallEnded'],
        )
        const [placed] = await eventsOf(house, 'CallPlaced')
        assert.equal([placed!.data.by, placed!.data.linkedCallId, placed!.data.to], ['callback', asked, '13811110000'])
        const legs = (await eventsOf(house, 'LegDialled'))
          .filter((event) => event.data.callId === placed!.data.callId)
          .map((event) => event.data.purpose)
        assert.equal(legs, ['agent', 'customer'])
        const order = (await eventsOf(house, 'CallOffered')).map((event) => event.data.callId)
        assert.ok(
          order.indexOf(placed!.data.callId) < order.indexOf(behind),
          'the place was before that of the caller behind',
        )
      },
    ),
)

rules('a call-back that nobody picks up is tried again after the interval, as often as the queue says', () =>
  inHouse(
    {
      agents: 1,
      queues: [queueNamed('PS', { wrapUpMs: 0, callback: { key: '1', media: null, attempts: 3, retryMs: 120_000 } })],
      habits: picksUp({ after: () => 1_000 }),
      callee: { reaction: { do: 'ignore' } },
    },
    async (house) => {
      await house.desk.setWork('201', 'not_ready', null, house.by('agent:201'))
      await house.pass(10)
      house.call('PS', {
        from: '13811110000',
        patienceMs: 600_000,
        keys: [{ when: 'waiting', digit: '1', afterMs: 1_000 }],
      })
      await house.pass(10_000)
      await house.desk.setWork('201', 'ready', null, house.by('agent:201'))
      await house.pass(30 * MINUTE)
      const placed = await eventsOf(house, 'CallPlaced')
      assert.equal(
        placed.map((event) => event.data.attempt),
        [1, 2, 3],
      )
      for (const [index, { at }] of placed.entries()) if (index > 0) assert.ok(at >= placed[index - 1]!.at)
      const offers = await eventsOf(house, 'CallOffered')
      assert.ok(offers[1]!.at - offers[0]!.at >= 120_000)
    },
  ),
)

rules('a call-back survives the owner’s death at any moment and is placed once', async () => {
  for (const dies of [1_000, 1_005, 1_100, 1_300, 3_000, 8_000]) {
    await inHouse(
      {
        agents: 1,
        queues: [queueNamed('PS', { callback: { key: '1', media: null, attempts: 1, retryMs: 60_000 } })],
        habits: picksUp({ after: () => 1_000 }),
      },
      async (house) => {
        await house.desk.setWork('201', 'not_ready', null, house.by('agent:201'))
        await house.pass(10)
        house.call('PS', {
          from: '13811110000',
          patienceMs: 600_000,
          keys: [{ when: 'waiting', digit: '1', afterMs: 1_000 }],
        })
        await house.pass(dies)
        await house.takeOver()
        await house.pass(10_000)
        await house.desk.setWork('201', 'ready', null, house.by('agent:201'))
        await house.pass(10 * MINUTE)
        assert.is((await eventsOf(house, 'CallPlaced')).length, 1, `died after ${dies} ms`)
        assert.is((await eventsOf(house, 'CallAnswered')).length, 1, `died after ${dies} ms`)
      },
    )
  }
})

rules('a call-back for which no agent comes ends by itself after a day', () =>
  inHouse(
    { agents: 0, queues: [queueNamed('PS', { callback: { key: '1', media: null, attempts: 1, retryMs: 60_000 } })] },
    async (house) => {
      house.call('PS', { patienceMs: 600_000, keys: [{ when: 'waiting', digit: '1', afterMs: 1_000 }] })
      await house.pass(25 * 60 * MINUTE)
      assert.equal(
        (await exitsSeen(house)).map(([exit]) => exit),
        ['called_back', 'timed_out'],
      )
    },
  ),
)

rules('a caller with a withheld number cannot be called back and keeps waiting', () =>
  inHouse(
    { agents: 0, queues: [queueNamed('PS', { callback: { key: '1', media: null, attempts: 1, retryMs: 60_000 } })] },
    async (house) => {
      house.call('PS', { from: null, patienceMs: 60_000, keys: [{ when: 'waiting', digit: '1', afterMs: 1_000 }] })
      await house.pass(5 * MINUTE)
      assert.equal(
        (await exitsSeen(house)).map(([exit]) => exit),
        ['abandoned'],
      )
    },
  ),
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

rules('a change of the configuration reaches callers who are already waiting', () =>
  inHouse({ agents: 0 }, async (house) => {
    house.call('PS', { patienceMs: 3_600_000 })
    await house.pass(5 * MINUTE)
    const { agents } = house
    await house.desk.activate(
      { zone: 'Asia/Shanghai', queues: [queueNamed('PS', { maxWaitMs: MINUTE })], agents, routes: [] },
      house.by('operator'),
    )
    await house.pass(1_000)
    assert.equal(
      (await exitsSeen(house)).map(([exit]) => exit),
      ['timed_out'],
    )
  }),
)

rules('exits must lead somewhere, and not in a circle within one moment', () =>
  inHouse({ agents: 0 }, async (house) => {
    const activate = async (...queues: QueueInput[]): Promise<string> => {
      try {
        await house.desk.activate({ zone: 'Asia/Shanghai', queues, agents: [], routes: [] }, house.by('operator'))
        return 'activated'
      } catch (error) {
        if (!isProblem(error)) throw error
        return error.code
      }
    }
    const full = { length: 3, afterMs: 0 }
    assert.is(
      await activate(queueNamed('PS', { exits: exits({ no_agent: toQueue('nowhere') }) })),
      'switchboard.exit_unknown',
    )
    assert.is(
      await activate(queueNamed('PS', { exits: exits({ closed: { kind: 'agent', code: '999', keepPlace: false } }) })),
      'switchboard.exit_unknown',
    )
    assert.is(
      await activate(
        queueNamed('PS', { overflow: full, exits: exits({ overflowed: toQueue('NE') }) }),
        queueNamed('NE', { overflow: full, exits: exits({ overflowed: toQueue('PS') }) }),
      ),
      'switchboard.exit_circle',
    )
    assert.is(
      await activate(
        queueNamed('PS', { maxWaitMs: 1000, exits: exits({ timed_out: toQueue('NE') }) }),
        queueNamed('NE', { maxWaitMs: 1000, exits: exits({ timed_out: toQueue('PS') }) }),
      ),
      'activated',
    )
  }),
)

rules.run()
