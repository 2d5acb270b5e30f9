/**
 * Two processes that both believe they own a switchboard, because a lease or a clock is wrong: the streams ensure that
 * no caller is offered twice and no agent is reserved twice.
 */
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { MemoryLeases } from '@ledgerline/adapters/lease/memory.ts'
import { picksUp } from '@ledgerline/adapters/telephony/simulator/people.ts'
import { ownerDecider } from '@ledgerline/core/configuration/ownership.ts'
import type { ShiftCommand } from '@ledgerline/core/agent/commands.ts'
import { shiftDecider } from '@ledgerline/core/agent/shift.ts'
import type { ShiftEvent } from '@ledgerline/core/agent/events.ts'
import type { LogEvent } from '@ledgerline/core/kernel/log.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { times } from '../support/depth.ts'
import { given } from '../support/given.ts'
import { brokenPromises, offersOf, queueNamed, tenant } from '../support/house.ts'
import { Nodes } from '../support/nodes.ts'
import { owned, TAKE_OVER_MS, twoNodes } from './two-nodes.ts'

const HOUR_MS = 3_600_000
/** After that nothing is left: the longest patience, talk and wrap-up are over several times. */
const OVER_MS = 600_000

const RUNS = times('TWO_OWNERS', 15, 2_000)

const owners = suite('two owners of a switchboard')

owners('a take-over is refused without a higher epoch than the ledger knows', () => {
  const taken = { type: 'SwitchboardTakenOver' as const, data: { epoch: 7, node: 'a', address: null } }
  given(ownerDecider)
    .when({ do: 'take_over', epoch: 1, node: 'a', address: null })
    .then({ type: 'SwitchboardTakenOver', data: { epoch: 1, node: 'a' } })
  given(ownerDecider, taken)
    .when({ do: 'take_over', epoch: 8, node: 'b', address: null })
    .then({ type: 'SwitchboardTakenOver' })
  given(ownerDecider, taken)
    .when({ do: 'take_over', epoch: 7, node: 'b', address: null })
    .thenRefused('switchboard.superseded')
})

owners('a shift refuses an owner earlier than one that reserved it; a person asks without an epoch', () => {
  const who = { shiftId: '201-1', agentId: '201', agentCode: '201' }
  const offer = {
    offerId: 'o1',
    callId: 'c1',
    legId: 'l1',
    queueCode: 'PS',
    deadline: 60_000,
    direction: 'inbound' as const,
    decision: null,
  }
  const past: ShiftEvent[] = [
    {
      type: 'AgentSignedIn',
      data: {
        ...who,
        userId: '201',
        name: null,
        extension: '8201',
        group: null,
        department: null,
        queues: [],
        via: 'phone',
        registered: true,
      },
    },
    { type: 'AgentBecameReady', data: { ...who, by: 'agent', byCode: null, reason: null } },
    { type: 'AgentReserved', data: { ...who, ...offer, epoch: 5 } },
    {
      type: 'AgentReservationEnded',
      data: { ...who, offerId: 'o1', callId: 'c1', queueCode: 'PS', result: 'withdrawn', missed: 0, pausedUntil: null },
    },
  ]
  const reserve: ShiftCommand = { do: 'reserve', ...offer, offerId: 'o2', callId: 'c2' }
  given(shiftDecider, ...past)
    .when({ ...reserve, epoch: 4 })
    .thenRefused('switchboard.superseded')
  given(shiftDecider, ...past)
    .when({ ...reserve, epoch: 5 })
    .then({ type: 'AgentReserved', data: { epoch: 5 } })
  given(shiftDecider, ...past)
    .when(reserve)
    .then({ type: 'AgentReserved', data: { epoch: 0 } })
})

/** A later version of the program writes something that this one cannot read. */
async function unreadable({ house }: Nodes, stream: string, type: string, data: string): Promise<void> {
  const revision = (await house.log.readStream(stream)).length - 1
  await house.log.append(stream, revision, [
    {
      id: randomUUID(),
      type,
      data,
      metadata: JSON.stringify({ t: tenant, a: 'later version', at: house.clock.now() }),
    },
  ])
}

owners(
  'a take-over that cannot be read: the owner carries on, the standby does not act, but is the next all the same',
  async () => {
    for (const [type, data] of [
      ['SwitchboardTakenOver', '{"epoch":"many"}'],
      ['SwitchboardTakenOver', 'no JSON'],
      ['SwitchboardSold', '{}'],
    ] as const) {
      const { nodes, first, second } = await twoNodes({ agents: 1 })
      try {
        await unreadable(nodes, `switchboard-${tenant}.owner`, type, data)
        await nodes.house.pass(30_000)
        assert.is([first, second].filter(({ process }) => process.role === 'owner').length, 1, `${type} ${data}`)
        const owner = nodes.owner()
        nodes.use(owner).call(undefined, { talkMs: 2_000 })
        await nodes.house.pass(60_000)
        owner.kill()
        const other = owner === first ? second : first
        const took = await owned(nodes, other)
        assert.ok(took <= TAKE_OVER_MS, `${took} ms`)
        nodes.use(other).call(undefined, { talkMs: 2_000 })
        await nodes.house.pass(OVER_MS)
        const { events } = await nodes.house.codec.decode(await whole(nodes))
        assert.is(events.filter((event) => event.type === 'CallAnswered').length, 2)
        assert.equal(brokenPromises(events as never), [])
      } finally {
        await nodes.close()
      }
    }
  },
)

async function whole({ house }: Nodes): Promise<LogEvent[]> {
  const all: LogEvent[] = []
  for await (const { events } of house.log.readAll(null)) all.push(...events)
  return all
}

owners(
  'an event that cannot be read, with an owner and a standby, and with two that both believe they own it: closed ' +
    'once, and both know',
  async () => {
    for (const alone of [true, false]) {
      const nodes = new Nodes({ agents: 1 })
      const { house } = nodes
      const lies = (): { leases?: MemoryLeases } => (alone ? {} : { leases: new MemoryLeases(() => house.clock.now()) })
      const first = nodes.start(lies())
      await house.pass(100)
      await nodes.use(first).furnish()
      const callId = house.call(undefined, { talkMs: HOUR_MS, patienceMs: HOUR_MS })
      await house.pass(10_000)
      // Both read it late, so that the second decides before it sees what the first has written.
      const second = nodes.start({ ...lies(), lag: () => 50 })
      try {
        await house.pass(1_000)
        await unreadable(nodes, `call-${tenant}.${callId}`, 'CallTeleported', '{}')
        await unreadable(nodes, `shift-${tenant}.201-1`, 'AgentTeleported', '{}')
        await house.pass(5_000)
        const types = (await whole(nodes)).map(({ type }) => type)
        for (const type of ['CallSetAside', 'ShiftSetAside', 'AgentSignedOut'])
          assert.is(types.filter((one) => one === type).length, 1, `${type}, ${alone ? 'one owner' : 'two'}`)
        assert.is(
          (await whole(nodes)).filter(({ type, stream }) => type === 'CallEnded' && stream.endsWith(callId)).length,
          1,
        )
        for (const { process } of [first, second]) {
          assert.equal(
            process.switchboard.aside.map(({ closed }) => closed),
            [true, true],
          )
          assert.equal(
            [process.switchboard.shift('201'), process.switchboard.call(callId)?.status ?? null],
            [null, process.switchboard.call(callId) ? 'ended' : null],
          )
        }
        assert.equal(await house.telephony.legs(), [])
        second.kill()
        await house.until(nodes.use(first).desk.signIn('201', { via: 'phone', registered: true }, house.by('agent')))
        await house.pass(10)
        await house.until(house.desk.setWork('201', 'ready', null, house.by('agent')))
        const next = house.call(undefined, { talkMs: 2_000 })
        await house.pass(OVER_MS)
        const { events } = await house.codec.decode(await whole(nodes))
        assert.ok(
          events.some(
            (event) => event.type === 'AgentCallStarted' && (event.data as { callId: string }).callId === next,
          ),
        )
        assert.equal(brokenPromises(events as never), [])
      } finally {
        await nodes.close()
      }
    }
  },
)

type Action =
  | { do: 'call'; queue: string; patience: number; talk: number }
  | { do: 'pass'; ms: number }
  | { do: 'work'; agent: number; work: 'ready' | 'not_ready' }

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('call' as const),
      queue: fc.constantFrom('PS', 'NE'),
      patience: fc.integer({ min: 1, max: 120_000 }),
      talk: fc.integer({ min: 1, max: 30_000 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      ms: fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 15_000 })),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('work' as const),
      agent: fc.nat({ max: 3 }),
      work: fc.constantFrom('ready' as const, 'not_ready' as const),
    }),
  },
)

const habits = picksUp({ ignores: 0.15, refuses: 0.15, after: (dice) => Math.round(dice() * 8000) })

owners(
  'two that both believe they own it, under random load: no caller is offered twice, no agent reserved twice, ' +
    'nobody is stuck',
  async () => {
    let contested = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { minLength: 20, maxLength: 80 }),
        fc.nat(),
        fc.integer({ min: 50, max: 4_000 }),
        async (actions, seed, slow) => {
          const nodes = new Nodes({
            seed,
            agents: 4,
            queues: [
              queueNamed('PS', { strategy: 'random' }),
              queueNamed('NE', { strategy: 'random', priority: 1, maxWaitMs: 90_000 }),
            ],
            habits,
          })
          const { house } = nodes
          // Each has leases of its own and is always given one; and each reads late what the other has written.
          const lies = (): MemoryLeases => new MemoryLeases(() => house.clock.now())
          let lag = 0
          const first = nodes.start({ leases: lies(), lag: () => lag })
          await house.pass(100)
          await nodes.use(first).furnish()
          lag = slow
          const second = nodes.start({ leases: lies(), lag: () => lag })
          try {
            for (const each of actions) {
              if (each.do === 'pass') await house.pass(each.ms)
              else if (each.do === 'call') house.call(each.queue, { patienceMs: each.patience, talkMs: each.talk })
              else {
                const wanted = house.desk.setWork(house.agents[each.agent]!.agentId, each.work, null, house.by('agent'))
                await house.until(wanted).catch((error: unknown) => {
                  if (!(error instanceof Problem)) throw error
                })
              }
            }
            // In the end there is one again.
            second.kill()
            await house.pass(OVER_MS)
            const { twice, epochs } = offersOf(await house.ledger())
            assert.equal(twice, [])
            assert.equal(await house.audit(), [])
            // What was on its way when the second was killed may complain.
            assert.equal(
              house.notes.filter((note) => note.includes('a step broke') && !note.includes('node-2 is dead')),
              [],
            )
            contested += epochs
          } finally {
            await nodes.close()
          }
        },
      ),
      { numRuns: RUNS, endOnFailure: RUNS > 100, includeErrorInReport: true },
    )
    assert.ok(contested > RUNS, `the owners took turns ${contested} times`)
  },
)

owners.run()
