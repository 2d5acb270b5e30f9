/** Call-backs: a caller hangs up and keeps their place, and is called when their turn comes. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { picksUp } from '@ledgerline/adapters/telephony/simulator/people.ts'
import { queueNamed } from '../support/house.ts'
import { eventsOf, exitsSeen, inHouse } from './in-house.ts'

const rules = suite('call-backs')

const MINUTE = 60_000

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

rules.run()
