/**
 * Timers that are late, as they are on a machine that is busy: whatever is looked at, folded or appended between a
 * deadline and its timer, nobody is forgotten. Also the switchboard's watch over its own lists.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { picksUp } from '@ledgerline/adapters/telephony/simulator/people.ts'
import type { Strategy } from '@ledgerline/core/queue/strategies.ts'
import { MENDED_TOLD_MS } from '@ledgerline/core/findings/mendings.ts'
import { HELD_MS } from '@ledgerline/core/switchboard/strays.ts'
import { WATCH_EVERY_MS } from '@ledgerline/core/switchboard/watch.ts'
import type { AnyEvent } from '@ledgerline/core/catalogue.ts'
import { queueNamed, VirtualHouse, type HouseOptions } from '../support/house.ts'

const HOUR_MS = 3_600_000
const test = suite('late timers, and lists that are wrong')

async function inHouse(options: HouseOptions, body: (house: VirtualHouse) => Promise<void>, mended = 0): Promise<void> {
  const house = await new VirtualHouse(options).open()
  try {
    await body(house)
    assert.is((await eventsOf(house, 'SwitchboardListsMended')).length, mended)
  } finally {
    await house.close()
  }
}

async function eventsOf<T extends AnyEvent['type']>(
  house: VirtualHouse,
  type: T,
): Promise<Extract<AnyEvent, { type: T }>[]> {
  return (await house.ledger()).filter((event): event is Extract<AnyEvent, { type: T }> => event.type === type)
}

/** Something is folded that touches everybody. */
async function activate(house: VirtualHouse, change: string): Promise<void> {
  const { queues, agents } = house
  const routes = [
    ...queues.map(({ code }) => ({ code: `to-${code}`, to: code, queueCode: code })),
    { code: change, to: '*', queueCode: queues[0]!.code },
  ]
  await house.until(house.desk.activate({ zone: 'Asia/Shanghai', queues, agents, routes }, house.by('operator')))
}

for (const between of ['an activation', 'another caller', 'nothing'] as const) {
  test(`a pause after a missed offer ends while every timer is 50 ms late, and ${between} comes in between: free, and offered the next call`, () => {
    let ignores = true
    return inHouse(
      {
        agents: 1,
        late: () => 50,
        queues: [queueNamed('PS', { noAnswerDelayMs: 5_000, maxNoAnswer: 0 })],
        habits: { aloneMs: HOUR_MS, react: () => (ignores ? { do: 'ignore' } : { do: 'answer', afterMs: 1_000 }) },
      },
      async (house) => {
        const callId = house.call('PS', { patienceMs: HOUR_MS })
        await house.pass(1_000)
        const shift = () => house.process.switchboard.shift('201')!
        while (!shift().pausedUntil) await house.pass(100)
        ignores = false
        await house.pass(shift().pausedUntil - house.clock.now() + 20)
        assert.is(shift().reservation, null, 'the timer has not fired yet')
        if (between === 'an activation') await activate(house, 'again')
        if (between === 'another caller') house.call('PS', { patienceMs: HOUR_MS })
        await house.pass(100)
        const offers = (await eventsOf(house, 'AgentReserved')).map(({ data }) => data.callId)
        assert.equal(offers, [callId, callId])
      },
    )
  })
}

test('a queue whose next level gets its turn by who is signed in: nobody waits for a turn that no timer knows of', () =>
  inHouse(
    {
      agents: 2,
      late: () => 50,
      queues: [queueNamed('PS', { tiers: { apply: true, waitMs: 20_000, multiply: false, skipEmpty: true } })],
    },
    async (house) => {
      const { queues, agents } = house
      for (const agent of agents)
        agent.queues = [{ queueCode: 'PS', level: agent.agentId === '201' ? 1 : 2, position: 1 }]
      await house.until(
        house.desk.activate(
          { zone: 'Asia/Shanghai', queues, agents, routes: [{ code: 'all', to: '*', queueCode: 'PS' }] },
          house.by('operator'),
        ),
      )
      // Level 1 is signed out and level 2 takes no calls: level 2's turn has come at once, and there is nothing to wait
      // for.
      for (const agentId of ['201', '202'])
        await house.until(house.desk.agent(agentId, { do: 'sign_out', by: 'agent' }, house.by('agent')))
      await house.until(house.desk.signIn('202', { via: 'phone', registered: true }, house.by('agent')))
      const callId = house.call('PS', { patienceMs: HOUR_MS })
      await house.pass(2_000)
      // Level 1 comes and takes no calls: now level 2 has its turn after 20 s.
      await house.until(house.desk.signIn('201', { via: 'phone', registered: true }, house.by('agent')))
      await house.until(house.desk.setWork('202', 'ready', null, house.by('agent')))
      await house.pass(10_000)
      assert.equal(await eventsOf(house, 'AgentReserved'), [])
      await house.pass(9_000)
      assert.equal(
        (await eventsOf(house, 'AgentReserved')).map(({ data }) => [data.callId, data.agentId]),
        [[callId, '202']],
      )
    },
  ))

for (const [what, strategy] of [
  ['with ring-progressively one more is rung', 'ring-progressively'],
  ['the next is rung after a ring that was in vain', 'longest-idle-agent'],
] as [string, Strategy][]) {
  test(`${what}, however late the timers`, () =>
    inHouse(
      {
        agents: 2,
        late: () => 70,
        queues: [queueNamed('PS', { strategy, maxNoAnswer: 0, noAnswerDelayMs: 60_000 })],
        habits: picksUp({ ignores: 1 }),
      },
      async (house) => {
        house.call('PS', { patienceMs: HOUR_MS })
        await house.pass(strategy === 'ring-progressively' ? 9_950 : 19_990)
        await activate(house, 'again')
        await house.pass(1_000)
        assert.is((await eventsOf(house, 'AgentReserved')).length, 2)
      },
    ))
}

test('an agent who is free but not in the lists is reported, corrected and offered a call within two rounds of the watch', () =>
  inHouse(
    { agents: 1 },
    async (house) => {
      house.process.switchboard.matching.strike('PS', '201')
      const callId = house.call('PS', { patienceMs: HOUR_MS })
      await house.pass(2 * WATCH_EVERY_MS + 50)
      const [mended] = await eventsOf(house, 'SwitchboardListsMended')
      assert.equal(
        mended?.data.found.map(({ kind, agentId, queueCode }) => [kind, agentId, queueCode]),
        [['agent_not_listed', '201', 'PS']],
      )
      assert.equal(
        (await eventsOf(house, 'AgentReserved')).map(({ data }) => data.callId),
        [callId],
      )
      assert.ok(house.notes.some((note) => note.startsWith('the lists of the switchboard were wrong')))
      await house.pass(10_000)
      // The health report shows it for a day, even from an owner that started with a snapshot.
      const told = () => house.process.switchboard.mendings.lately(house.clock.now())
      const { at } = mended!
      assert.equal(told(), {
        what: [{ kind: 'agent_not_listed', entries: 1 }],
        entries: 1,
        times: 1,
        since: at,
        lastAt: at,
      })
      house.process.switchboard.restore(
        JSON.parse(JSON.stringify(house.process.switchboard.snapshot())),
        house.clock.now(),
      )
      assert.is(told()!.times, 1)
      assert.is(house.process.switchboard.mendings.lately(at + MENDED_TOLD_MS), null)
    },
    1,
  ))

test('the reverse: in the lists but not free, in line but not waiting, waiting but not in line', () =>
  inHouse(
    { agents: 2 },
    async (house) => {
      const { switchboard } = house.process
      const callId = house.call('PS', { patienceMs: HOUR_MS, talkMs: HOUR_MS })
      house.call('PS', { patienceMs: HOUR_MS, talkMs: HOUR_MS })
      await house.pass(10_000)
      const talking = switchboard.shift('201')!
      assert.is(talking.engagement.kind, 'talking')
      switchboard.matching.placeAgent('201', talking, true, house.clock.now())
      await house.pass(2 * WATCH_EVERY_MS + 50)
      switchboard.matching.placeCaller(callId, 'PS', null, house.clock.now())
      await house.pass(2 * WATCH_EVERY_MS + 50)
      const waiting = house.call('PS', { patienceMs: HOUR_MS })
      await house.pass(1_500)
      switchboard.matching.placeCaller(waiting, 'PS', 'PS', null)
      await house.pass(2 * WATCH_EVERY_MS + 50)
      assert.is(switchboard.matching.placeOf('PS', waiting), 1)
      const found = (await eventsOf(house, 'SwitchboardListsMended')).map(({ data }) =>
        data.found.map(({ kind, agentId }) => `${kind} ${agentId}`),
      )
      assert.equal(found, [['agent_listed 201'], ['caller_in_line null'], ['caller_not_in_line null']])
      assert.equal([...switchboard.matching.freeIn('PS')], [])
    },
    3,
  ))

test('a choice that is never made holds nobody back for good', () =>
  inHouse(
    { agents: 1 },
    async (house) => {
      house.process.switchboard.claim('201', house.clock.now())
      const callId = house.call('PS', { patienceMs: HOUR_MS })
      await house.pass(40_000)
      assert.equal(
        (await eventsOf(house, 'AgentReserved')).map(({ data }) => data.callId),
        [callId],
      )
    },
    1,
  ))

test('a reservation that the log takes very long to write is held back for good reason: no alarm, and the caller is offered then', () =>
  inHouse({ agents: 2, late: () => 50 }, async (house) => {
    const answer = Promise.withResolvers<void>()
    const append = house.log.append.bind(house.log)
    house.log.append = async (...asked) => {
      if (asked[2].some(({ type }) => type === 'AgentReserved')) await answer.promise
      return append(...asked)
    }
    const callId = house.call('PS', { patienceMs: HOUR_MS })
    await house.pass(3 * HELD_MS)
    await activate(house, 'again')
    await house.pass(3 * HELD_MS)
    answer.resolve()
    await house.pass(60_000)
    assert.is((await eventsOf(house, 'CallAnswered')).filter(({ data }) => data.callId === callId).length, 1)
    assert.is(house.process.switchboard.mendings.lately(house.clock.now()), null)
  }))

test.run()
