/**
 * Days on which the same thing happens for the same cause again and again: a desk that is gone while supervisors set
 * its agent ready, a phone that comes and goes, calls that are moved to and fro, owners that die and leave answers
 * behind that nobody got. Every event has its own id, and everything that should be written was written.
 */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { picksUp } from '@ledgerline/adapters/telephony/simulator/people.ts'
import { houseShiftRules } from '@ledgerline/core/agent/rules.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { times } from '../support/depth.ts'
import { callerTo, queueNamed, VirtualHouse } from '../support/house.ts'

type Action =
  | { do: 'pass'; ms: number }
  | { do: 'call'; patienceMs: number }
  | { do: 'log'; answers: boolean }
  | { do: 'owner_dies'; withSnapshot: boolean }
  | { do: 'act'; agent: number; what: (typeof acts)[number] }

const acts = [
  'ready',
  'busy',
  'force_ready',
  'force_busy',
  'force_away',
  'desk_lost',
  'desk_speaks',
  'unplug',
  'plug',
  'hold',
  'resume',
  'to_queue',
  'end_wrap_up',
  'long_sign_in',
  'move',
] as const

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      ms: fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 8_000 })),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('call' as const), patienceMs: fc.integer({ min: 1, max: 60_000 }) }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('act' as const),
      agent: fc.nat({ max: 1 }),
      what: fc.constantFrom(...acts),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('log' as const), answers: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('owner_dies' as const), withSnapshot: fc.boolean() }) },
)

const habits = picksUp({
  aloneMs: Number.POSITIVE_INFINITY,
  ignores: 0.2,
  refuses: 0.2,
  after: (dice) => Math.round(dice() * 4_000),
})

async function act(house: VirtualHouse, agent: number, what: (typeof acts)[number]): Promise<unknown> {
  const { desk, telephony } = house
  const { agentId: id, extension } = house.agents[agent]!
  const [own, forced] = [house.by('agent'), house.by('supervisor')]
  switch (what) {
    case 'ready':
    case 'busy':
      return desk.setWork(id, what === 'ready' ? 'ready' : 'not_ready', null, own)
    case 'force_ready':
    case 'force_busy':
    case 'force_away':
      return desk.force(
        id,
        ({ force_ready: 'ready', force_busy: 'not_ready', force_away: 'away' } as const)[what],
        '900',
        null,
        forced,
      )
    case 'desk_lost':
      return desk.deskIsLost(id, own)
    case 'desk_speaks':
      return desk.claimDesk(id, 'desk-1', own)
    case 'unplug':
      return telephony.unplug('test', extension!)
    case 'plug':
      return telephony.plug('test', extension!, habits)
    case 'hold':
      return desk.hold(id, own)
    case 'resume':
      return desk.resume(id, own)
    case 'to_queue':
      return desk.transferToQueue(id, 'PS', own)
    case 'end_wrap_up':
      return desk.agent(id, { do: 'end_wrap_up', by: 'agent' }, own)
    case 'long_sign_in':
      return house.process.switchboard.shift(id)?.longSignIn
        ? desk.endLongSignIn(id, null, own)
        : desk.longSignIn(id, null, own)
    case 'move': {
      const waiting = [...house.process.switchboard.calls()].find((call) => call.queue)
      return waiting && desk.move(waiting.callId, 'PS', forced)
    }
  }
}

const test = suite('ids of events')

test('whatever happens, however often and for whatever cause, no id occurs twice in the ledger, and none is refused', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 20, maxLength: 80 }), fc.nat(), async (actions, seed) => {
      const house = await new VirtualHouse({
        seed,
        agents: 2,
        queues: [queueNamed('PS', { ringMs: 6_000, wrapUpMs: 3_000, maxNoAnswer: 2 })],
        habits,
      }).open()
      try {
        const { queues, agents } = house
        const shifts = { ...houseShiftRules, deskGraceMs: 3_000, deskSignOutMs: 0, phoneGraceMs: 3_000 }
        await house.until(
          house.desk.activate(
            { zone: 'Asia/Shanghai', queues, agents, routes: [{ code: 'all', to: '*', queueCode: 'PS' }], shifts },
            house.by('operator'),
          ),
        )
        for (const each of actions) {
          try {
            if (each.do === 'pass') await house.pass(each.ms)
            else if (each.do === 'call')
              house.telephony.arrive(callerTo('PS', { patienceMs: each.patienceMs, talkMs: 5_000 }))
            else if (each.do === 'act') await house.until(Promise.resolve(act(house, each.agent, each.what)))
            else if (each.do === 'owner_dies') await house.takeOver({ withSnapshot: each.withSnapshot })
            else {
              // The command is not written, or it is written but nobody hears of it.
              house.logIsAway = each.answers ? 'before' : 'after'
              await house.pass(700)
              house.logIsAway = false
            }
          } catch (error) {
            if (!(error instanceof Problem)) throw error
          }
        }
        await house.pass(600_000)
        const places = new Map<string, string>()
        for (const { id, stream, revision, type } of await house.ledger()) {
          assert.is(places.get(id), undefined, `${type} in ${stream} at ${revision} has an id that is used`)
          places.set(id, `${stream} ${revision}`)
        }
        assert.equal(
          house.notes.filter((note) => note.includes('log.id_used') || note.startsWith('a step broke')),
          [],
        )
      } finally {
        await house.close()
      }
    }),
    { numRuns: times('INTERLEAVINGS', 60, 2_000), includeErrorInReport: true },
  )
})

test.run()
