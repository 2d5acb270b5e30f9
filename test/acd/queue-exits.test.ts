/** How callers leave a queue: each exit, its destination, and what happens when none is left. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { picksUp } from '@ledgerline/adapters/telephony/simulator/people.ts'
import type { QueueDestination, QueueInput } from '@ledgerline/core/queue/settings.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import { queueNamed } from '../support/house.ts'
import { eventsOf, exitsSeen, inHouse, answers } from './in-house.ts'

const rules = suite('queue exits')

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
      assert.ok((await answers(house))[0]![1] >= 30_000)
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
