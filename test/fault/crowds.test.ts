/**
 * Crowds: hundreds of agents who sign in at once (a thousand in a deep run), and a queue of five times as many callers while
 * nobody is there. The owner dies in the middle of both. Nobody is lost, nobody overtakes, nobody is stuck.
 *
 * Time limit: 120 s.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { picksUp } from '@ledgerline/adapters/telephony/simulator/people.ts'
import { seededDice } from '@ledgerline/core/kernel/clock.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import { times } from '../support/depth.ts'
import { queueNamed, VirtualHouse } from '../support/house.ts'

const HOUR_MS = 3_600_000
/** Agents who sign in at once. */
const CROWD = times('CROWD', 300, 1_000)
const crowds = suite('crowds')

const habits = picksUp({ after: () => 1_000 })

crowds(
  'agents all sign in at once, each twice and by two desks: they have one shift each, and all of them get calls',
  async () => {
    const house = new VirtualHouse({ agents: CROWD, habits, queues: [queueNamed('PS', { wrapUpMs: 0 })] })
    try {
      await house.takeOver()
      const { queues, agents } = house
      await house.until(
        house.desk.activate(
          { zone: 'Asia/Shanghai', queues, agents, routes: [{ code: 'all', to: '*', queueCode: 'PS' }] },
          house.by('operator'),
        ),
      )
      await house.pass(10)
      const signIn = (agentId: string): Promise<unknown> =>
        house.desk
          .signIn(agentId, { via: 'phone', registered: true }, house.by(`agent:${agentId}`))
          .catch((error: unknown) => {
            if (!isProblem(error, 'agent.already_signed_in')) throw error
          })
      await house.until(Promise.all([...agents, ...agents].map(({ agentId }) => signIn(agentId))))
      await house.pass(100)
      await house.until(
        Promise.all(
          agents.map(({ agentId }) => house.desk.setWork(agentId, 'ready', null, house.by(`agent:${agentId}`))),
        ),
      )
      await house.takeOver({ withSnapshot: true })
      for (let caller = 0; caller < CROWD; caller++) house.call('PS', { talkMs: 60_000 })
      await house.pass(HOUR_MS / 4)

      const ledger = await house.ledger()
      assert.is(ledger.filter((event) => event.type === 'AgentSignedIn').length, CROWD)
      const talked = ledger.filter((event) => event.type === 'CallAnswered').map(({ data }) => data.agentId)
      assert.equal([talked.length, new Set(talked).size], [CROWD, CROWD], 'everybody got one')
      assert.equal(await house.audit(), [])
    } finally {
      await house.close()
    }
  },
)

crowds(
  'callers by the thousand wait while nobody is there; then agents come: all are answered, in the order in which they came',
  async () => {
    const CALLERS = 5 * CROWD
    const AGENTS = CROWD / 5
    const dice = seededDice(3)
    const house = new VirtualHouse({ agents: AGENTS, habits, queues: [queueNamed('PS', { wrapUpMs: 0 })] })
    try {
      await house.takeOver()
      const { queues, agents } = house
      await house.until(
        house.desk.activate(
          { zone: 'Asia/Shanghai', queues, agents, routes: [{ code: 'all', to: '*', queueCode: 'PS' }] },
          house.by('operator'),
        ),
      )
      const order: string[] = []
      for (let caller = 0; caller < CALLERS; caller++) {
        house.clock.at(
          house.clock.now() + caller * 2,
          () =>
            void order.push(
              house.call('PS', { patienceMs: 24 * HOUR_MS, talkMs: 10_000 + Math.round(dice() * 10_000) }),
            ),
        )
      }
      await house.pass(CALLERS * 2 + 1_000)
      assert.is(house.process.switchboard.matching.waitingIn('PS'), CALLERS)
      await house.takeOver({ withSnapshot: true })
      for (const { agentId } of agents) {
        await house.until(house.desk.signIn(agentId, { via: 'phone', registered: true }, house.by(`agent:${agentId}`)))
        await house.pass(1)
        await house.until(house.desk.setWork(agentId, 'ready', null, house.by(`agent:${agentId}`)))
      }
      await house.pass(60_000)
      await house.takeOver({ withSnapshot: true })
      await house.pass(HOUR_MS)

      const ledger = await house.ledger()
      const offered = ledger.filter((event) => event.type === 'CallOffered').map(({ data }) => data.callId)
      // A caller who was offered once keeps their place when the owner dies in between, and is offered again before
      // those after them.
      assert.equal([...new Set(offered)], order)
      assert.is(
        new Set(ledger.filter((event) => event.type === 'CallAnswered').map(({ data }) => data.callId)).size,
        CALLERS,
      )
      assert.equal(await house.audit(), [])
    } finally {
      await house.close()
    }
  },
)

crowds.run()
