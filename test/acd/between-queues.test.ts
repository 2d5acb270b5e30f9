/** Ties in one millisecond, ageing between queues, and queues that starve. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { picksUp } from '@ledgerline/adapters/telephony/simulator/people.ts'
import { Matching } from '@ledgerline/core/acd/matching.ts'
import { configurationOf } from '@ledgerline/core/configuration/configuration.ts'
import { Memory } from '@ledgerline/core/acd/memory.ts'
import { starves, STARVING_PASSED, STARVING_WAIT_MS } from '@ledgerline/core/switchboard/watch.ts'
import type { AnyEvent } from '@ledgerline/core/catalogue.ts'
import { agentNumbered, queueNamed, VirtualHouse, type HouseOptions } from '../support/house.ts'

const HOUR_MS = 3_600_000
const test = suite('between callers and between queues')

async function inHouse(options: HouseOptions, body: (house: VirtualHouse) => Promise<void>): Promise<void> {
  const house = await new VirtualHouse(options).open()
  try {
    await body(house)
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

// ── ties ────────────────────────────────────────────────────────────────────────────────────────

for (const freed of ['before', 'after', 'in the same millisecond as'] as const) {
  test(`a ring is over, and an agent becomes free ${freed} that: the caller who comes back goes first`, async () => {
    let reacts = 0
    const wrapUpMs = 15_000
    // 201 ignores the first call; 202 answers the second at once, talks, and wraps up until the ring of the first is
    // over.
    await inHouse(
      {
        agents: 2,
        queues: [queueNamed('PS', { ringMs: 20_000, wrapUpMs, maxNoAnswer: 0, noAnswerDelayMs: 60_000 })],
        habits: { aloneMs: HOUR_MS, react: () => (reacts++ === 0 ? { do: 'ignore' } : { do: 'answer', afterMs: 1 }) },
      },
      async (house) => {
        const first = house.call('PS', { patienceMs: HOUR_MS })
        await house.pass(100)
        const deadline = () =>
          Object.values(
            (house.process.switchboard.call(first) as { offers: Record<string, { deadline: number }> }).offers,
          )[0]!.deadline
        const over = deadline()
        const wanted = over + { before: -1, after: 1, 'in the same millisecond as': 0 }[freed]
        // Its talk is so long that the wrap-up ends at that very moment.
        const probe = house.call('PS', { patienceMs: HOUR_MS, talkMs: HOUR_MS })
        while (house.process.switchboard.shift('202')!.engagement.kind !== 'talking') await house.pass(1)
        house.call('PS', { patienceMs: HOUR_MS })
        await house.pass(wanted - wrapUpMs - house.clock.now())
        assert.ok(Object.keys((house.process.switchboard.call(probe) as { segments: object }).segments).length === 1)
        await house.until(house.desk.hangUp('202', house.by('agent')))
        await house.pass(10)
        const { engagement } = house.process.switchboard.shift('202')!
        // The report may take a few ms on its way: the wrap-up is lengthened, or the ring's end is decided by its
        // deadline.
        if (engagement.kind !== 'wrap_up') return assert.unreachable('it should write up')
        const shift = wanted - engagement.deadline
        if (shift !== 0)
          await house.until(house.desk.agent('202', { do: 'extend_wrap_up', byMs: shift }, house.by('agent')))
        // The ledger accepts what happens to calls a little later than what happens to shifts.
        const append = house.log.append.bind(house.log)
        house.log.append = async (...asked) => {
          if (asked[0].startsWith('call-'))
            await new Promise<void>((resolve) => void house.clock.at(house.clock.now() + 5, resolve))
          return append(...asked)
        }
        await house.pass(over + 50 - house.clock.now())
        const taken = (await eventsOf(house, 'AgentReserved')).filter(
          ({ data, at }) => data.agentId === '202' && at >= wanted,
        )
        if (freed === 'before')
          assert.is.not(taken[0]?.data.callId, first, 'who is there goes first while the other is still rung')
        else assert.is(taken[0]?.data.callId, first)
      },
    )
  })
}

test('agents are kept free for a caller about to be back in line, and no longer than that; other agents are not', () => {
  const queues = [queueNamed('PS'), queueNamed('low', { priority: -1 }), queueNamed('NE')]
  const agents = [agentNumbered(0, ['PS', 'low']), agentNumbered(1, ['NE'])]
  const configuration = configurationOf({
    version: 1,
    zone: 'Asia/Shanghai',
    queues,
    agents,
    routes: [],
    reasons: [],
    supervisors: [],
  } as never)
  const shifts = new Map(
    agents.map(({ agentId, queues: served }) => [
      agentId,
      { agentId, agentCode: agentId, queues: served, work: 'ready', idleSince: 0 } as never,
    ]),
  )
  const floorOf = () => {
    const matching = new Matching(
      {
        settings: () => configuration,
        call: () => ({ queue: { joinedAt: 0 } }) as never,
        shift: (id) => shifts.get(id) ?? null,
      },
      new Memory(),
      () => 0,
    )
    matching.configure(configuration, 0)
    for (const [agentId, shift] of shifts) matching.placeAgent(agentId, shift, true, 0)
    matching.placeCaller('back', 'PS', null, null)
    matching.await('back', 'PS', 5, 1_000)
    matching.placeCaller('later', 'PS', null, 10)
    matching.placeCaller('lower', 'low', null, 1)
    matching.placeCaller('elsewhere', 'NE', null, 1)
    return matching
  }
  const matched = (matching: Matching, now: number) => matching.match(now).map(({ callId }) => callId)
  const matching = floorOf()
  assert.equal(matched(matching, 100), ['elsewhere'])
  assert.equal(matched(matching, 999), [])
  matching.placeCaller('back', 'PS', 'PS', 5)
  assert.equal(matched(matching, 999), ['back'])
  const never = floorOf()
  assert.equal(matched(never, 100), ['elsewhere'])
  assert.equal(matched(never, 1_000), ['later'])
})

test('a queue that went without an agent because one was kept free is looked at again when that caller took another', () => {
  const queues = [queueNamed('PS'), queueNamed('low', { priority: -1 })]
  const agents = [agentNumbered(0, ['PS', 'low']), agentNumbered(1, ['PS'])]
  const configuration = configurationOf({
    version: 1,
    zone: 'Asia/Shanghai',
    queues,
    agents,
    routes: [],
    reasons: [],
    supervisors: [],
  } as never)
  const [both, one] = agents.map(({ agentId, queues: served }, index) => ({
    agentId,
    agentCode: agentId,
    queues: served,
    work: 'ready',
    idleSince: index === 0 ? 90 : 0,
  }))
  const shifts = new Map([both!, one!].map((shift) => [shift.agentId, shift as never]))
  const matching = new Matching(
    {
      settings: () => configuration,
      call: () => ({ queue: { joinedAt: 0 } }) as never,
      shift: (id) => shifts.get(id) ?? null,
    },
    new Memory(),
    () => 0,
  )
  matching.configure(configuration, 0)
  matching.placeAgent(both!.agentId, both as never, true, 0)
  matching.placeCaller('back', 'PS', null, null)
  matching.await('back', 'PS', 5, 1_000)
  matching.placeCaller('lower', 'low', null, 1)
  assert.equal(matching.match(100), [])
  matching.placeAgent(one!.agentId, one as never, true, 200)
  matching.placeCaller('back', 'PS', 'PS', 5)
  assert.equal(
    matching.match(200).map(({ callId, agentId }) => [callId, agentId]),
    [
      ['back', one!.agentId],
      ['lower', both!.agentId],
    ],
  )
})

// ── ageing ──────────────────────────────────────────────────────────────────────────────────────

/** A matching with one agent who serves two queues, and callers who joined at given moments. */
function floorWith(
  ageingMs: number | undefined,
  joined: Record<string, [queueCode: string, joinedAt: number]>,
): (now: number) => string[] {
  const queues = [
    queueNamed('low', { priority: 0, ...(ageingMs !== undefined && { ageingMs }) }),
    queueNamed('high', { priority: 2 }),
  ]
  const agents = [agentNumbered(0, ['low', 'high'])]
  const configuration = configurationOf({
    version: 1,
    zone: 'Asia/Shanghai',
    queues,
    agents,
    routes: [],
    reasons: [],
    supervisors: [],
  } as never)
  const shift = { agentId: '201', agentCode: '201', queues: agents[0]!.queues, work: 'ready', idleSince: 0 }
  const matching = new Matching(
    {
      settings: () => configuration,
      call: (id) => ({ queue: { joinedAt: joined[id]![1] } }) as never,
      shift: () => shift as never,
    },
    new Memory(),
    () => 0,
  )
  matching.configure(configuration, 0)
  for (const [callId, [queueCode, joinedAt]] of Object.entries(joined))
    matching.placeCaller(callId, queueCode, null, joinedAt)
  matching.placeAgent('201', shift as never, true, 0)
  return (now) => matching.match(now).map(({ callId }) => callId)
}

test('without ageing the higher queue goes first however long the other one waits; with it, a priority is gained at each interval', () => {
  const joined = { lower: ['low', 0], higher: ['high', 59_000] } as Record<string, [string, number]>
  assert.equal(floorWith(undefined, joined)(HOUR_MS), ['higher'])
  assert.equal(floorWith(0, joined)(HOUR_MS), ['higher'])
  assert.equal(floorWith(20_000, joined)(39_999), ['higher'])
  // After 40 s both queues count the same, and the caller's own wait decides.
  assert.equal(floorWith(20_000, joined)(60_000), ['lower'])
})

// ── starving ────────────────────────────────────────────────────────────────────────────────────

test('a queue starves when enough later callers were taken first and the wait is long', () => {
  assert.equal(
    [
      starves(STARVING_PASSED, STARVING_WAIT_MS, 20_000),
      starves(STARVING_PASSED - 1, HOUR_MS, 20_000),
      starves(50, STARVING_WAIT_MS - 1, 20_000),
      starves(50, STARVING_WAIT_MS, 45_000),
      starves(50, 90_000, 45_000),
    ],
    [true, false, false, false, true],
  )
})

/** Someone in the lower queue, and a higher one that never runs dry. */
async function flood(
  ageingMs: number | undefined,
  body: (house: VirtualHouse, callId: string) => Promise<void>,
): Promise<void> {
  const queues = [
    queueNamed('low', { priority: 0, wrapUpMs: 0, ...(ageingMs !== undefined && { ageingMs }) }),
    queueNamed('high', { priority: 1, wrapUpMs: 0 }),
  ]
  await inHouse({ agents: 1, queues, habits: picksUp({ after: () => 1_000 }) }, async (house) => {
    house.call('high', { patienceMs: HOUR_MS, talkMs: 10_000 })
    await house.pass(2_000)
    const callId = house.call('low', { patienceMs: HOUR_MS, talkMs: 10_000 })
    for (let round = 0; round < 40; round++) {
      house.call('high', { patienceMs: HOUR_MS, talkMs: 10_000 })
      await house.pass(9_000)
    }
    await body(house, callId)
  })
}

test('a lower queue under a flood in a higher one: an alarm while it happens, and an end to it', () =>
  flood(undefined, async (house, callId) => {
    const [starving, ...more] = await eventsOf(house, 'QueueStarving')
    assert.equal(
      [starving?.data.queueCode, starving?.data.callId, starving?.data.by, more.length],
      ['low', callId, 'high', 0],
    )
    assert.ok(starving!.at - starving!.data.since < STARVING_WAIT_MS + 15_000)
    assert.equal(await eventsOf(house, 'QueueStarvingEnded'), [])
    // Another owner knows of it from the ledger, and does not report it again.
    await house.takeOver()
    await house.pass(5_000)
    assert.is((await eventsOf(house, 'QueueStarving')).length, 1)
    await house.pass(2 * HOUR_MS)
    assert.equal(
      (await eventsOf(house, 'QueueStarvingEnded')).map(({ data }) => data),
      [{ queueCode: 'low', callId }],
    )
    assert.is(house.process.switchboard.starving.size, 0)
  }))

test('with ageing nobody starves under the same flood', () =>
  flood(30_000, async (house, callId) => {
    assert.equal(await eventsOf(house, 'QueueStarving'), [])
    const answered = (await eventsOf(house, 'CallAnswered')).find(({ data }) => data.callId === callId)
    assert.ok(answered, 'the caller of the lower queue was answered')
  }))

test.run()
